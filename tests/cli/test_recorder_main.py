"""The recorder's own main."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import pytest

from vig_capture.cli import recorder_main
from vig_capture.cli.request import Request
from vig_capture.devices.power import StayAwake
from vig_capture.engine.recorder import Recorder


def test_a_system_that_does_not_answer_delays_no_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The film begins, and ends, while the system has not yet said whether it stays awake."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    asked, answer = Event(), Event()
    released: list[bool] = []

    def hold(_: StayAwake) -> list[str]:
        asked.set()
        answer.wait(30)
        return []

    def run(_: Recorder, tell: Any) -> int:
        tell({"ok": asked.wait(10)})
        return 7

    monkeypatch.setattr(StayAwake, "hold", hold)
    monkeypatch.setattr(StayAwake, "release", lambda _: released.append(True))
    monkeypatch.setattr(Recorder, "run", run)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr(recorder_main, "HELD_S", 0.01)
    said: list[dict[str, Any]] = []
    try:
        code = recorder_main._record(Request(("none",), ("none",), str(tmp_path / "out")), said.append)
        # It is still being asked: what it holds ends with the process.
        assert (code, said, released) == (7, [{"ok": True}], [])
    finally:
        answer.set()
