"""The screen's tests see the same terminal wherever they run."""

from __future__ import annotations

import pytest

from vig_capture.tui.picture import kitty as picture_kitty


@pytest.fixture(autouse=True)
def half_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a terminal that shows real pictures."""
    monkeypatch.setattr(picture_kitty, "speaks", lambda _: False)
