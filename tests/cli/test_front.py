"""`record --no-tui`: what is said is said once, whichever recorder says it."""

from __future__ import annotations

from typing import Any

import pytest

from vig_capture.cli.front import Front
from vig_capture.cli.request import Request


def snapshot(*notices: tuple[int, str]) -> dict[str, Any]:
    said = [{"n": number, "what": what, "why": "", "do": ""} for number, what in notices]
    return {"snapshot": {"folder": "x", "state": "recording", "notices": said, "streams": []}}


def test_a_new_recorders_news_is_read_from_its_first(capsys: pytest.CaptureFixture[str]) -> None:
    """It counts from 1 again: nothing of it is passed over; a connection that only broke repeats nothing."""
    front = Front(Request(("demo",), ("demo",), "x"), False)
    front._take(snapshot((1, "one"), (2, "two")))
    front._take({"lost": True})
    front._take({"back": True})
    front._take(snapshot((1, "one"), (2, "two")))
    front._restarted = True
    front._take({"back": True})
    front._take(snapshot((1, "again one")))
    assert [line for line in capsys.readouterr().out.splitlines() if "State" not in line] == ["one", "two", "again one"]
