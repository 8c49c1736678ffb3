"""The commands: the one place that puts the parts together."""

from __future__ import annotations

# First of all imports: `vig-capture mark` marks the moment at which it was called.
from vig_capture.devices.clock import STARTED_MONO_NS  # isort: skip
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

FAULT = "vig-capture-fault-"
"""Begins the names of the files that a fault of the program leaves, in the folder for temporary files."""


def main() -> None:
    """The entry point `vig-capture`."""
    import sys

    from vig_capture.cli.secrets import hide_passwords

    sys.excepthook = _plain

    hide_passwords()
    from vig_capture.cli.app import run

    run(STARTED_MONO_NS)


def _plain(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    """A fault of the program itself: a sentence for the guider, the details in a file for whoever mends it."""
    import sys
    import tempfile
    import traceback

    if issubclass(kind, KeyboardInterrupt):
        return
    with tempfile.NamedTemporaryFile("w", prefix=FAULT, suffix=".txt", delete=False, encoding="utf-8") as file:
        traceback.print_exception(kind, fault, trace, file=file)
    print("Something in vig-capture itself went wrong. A film that is running goes on.", file=sys.stderr)
    print(f"Please send this file with your report: {file.name}", file=sys.stderr)
