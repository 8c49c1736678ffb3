"""`python -m vig_capture` is `vig-capture`."""

from __future__ import annotations

from vig_capture.cli import main

main()
