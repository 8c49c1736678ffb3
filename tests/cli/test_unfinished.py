"""A session whose recorder died is offered again."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from vig_capture.archive.reader import read_session
from vig_capture.archive.recover import unfinished
from vig_capture.archive.verify import verify
from vig_capture.cli import screen
from vig_capture.cli.around import HostAround
from vig_capture.cli.request import Request
from vig_capture.cli.unfinished import close_session, ended_by_itself, last_unfinished, note_started
from vig_capture.core.model import SoundTrack
from vig_capture.core.records import encode
from vig_capture.engine.plan import LATEST_END, SECOND
from vig_capture.media.segment_files import LosslessFile


def died(folder: Path) -> Path:
    """A session whose recorder was killed while a lossless file was open."""
    (folder / "sound").mkdir(parents=True)
    file = LosslessFile(folder / "sound" / "mic1-0001.flac", 0, SoundTrack(48_000, 1))
    for _ in range(20):
        file.add_sound(0, np.zeros((4800, 1), np.int16))
    records: list[dict[str, object]] = [
        {"kind": "session", "id": folder.name, "created_utc": "2026-11-22T09:40:00.000+00:00"},
        {
            "kind": "run",
            "run": 1,
            "origin_mono_ns": 0,
            "origin_utc_ns": 0,
            "boot_id": "gone",
            "mono_ns": 0,
            "utc_ns": 0,
        },
        {"kind": "stream", "stream": "mic1", "stream_kind": "audio", "source": "demo"},
        {"kind": "state", "state": "recording"},
        {
            "kind": "segment",
            "stream": "mic1",
            "file": "sound/mic1-0001.flac",
            "phase": "open",
            "start_ns": 0,
            "sound": "",
        },
    ]
    data = b"".join(encode({"v": 1, "seq": n, "t_ns": n, **record}) for n, record in enumerate(records, 1))
    (folder / "journal.msgpack").write_bytes(data)
    # The process is gone: nobody closes the file.
    file.close = lambda: None  # type: ignore[method-assign]
    return folder


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "find", lambda _: None)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_closing_writes_down_what_is_there(tmp_path: Path) -> None:
    """Closed afterwards, the session is whole: its open file is hashed, and verify and recover agree."""
    folder = died(tmp_path / "2026-11-22T0940-7f3a")
    assert [finding.folder for finding in unfinished(tmp_path)] == [folder]
    close_session(folder)
    view = read_session(folder).view
    assert view.closed
    assert (view.run, len(view.segments[0].sha256)) == (2, 64)
    assert view.segments[0].samples > 0
    assert verify(folder).ok
    assert unfinished(tmp_path) == []


def test_the_last_session_is_offered_until_it_is_closed(tmp_path: Path) -> None:
    """The session that was begun last is offered, without the password of its camera, until it is closed."""
    folder = died(tmp_path / "session")
    assert last_unfinished() is None
    note_started(Request(("rtsp://me:secret@camera/1",), ("none",), str(tmp_path)), folder)
    offered = last_unfinished()
    assert offered is not None
    assert (offered.resume, "secret" in str(offered.as_map())) == (str(folder), False)
    close_session(folder)
    assert last_unfinished() is None


def closed(folder: Path, reason: str) -> Path:
    """A session that was closed for this reason."""
    folder.mkdir()
    records: list[dict[str, object]] = [
        {"kind": "session", "id": folder.name, "created_utc": "2026-11-22T09:40:00.000+00:00"},
        {"kind": "closed", "reason": reason},
    ]
    data = b"".join(encode({"v": 1, "seq": n, "t_ns": n, **record}) for n, record in enumerate(records, 1))
    (folder / "journal.msgpack").write_bytes(data)
    return folder


def test_a_film_that_nobody_ended_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After the latest end has ended it the next `vig-capture` says so, on the screen and without one, with its day."""
    assert ended_by_itself() == ""
    folder = closed(tmp_path / "left alone", LATEST_END)
    note_started(Request(("demo",), ("none",), str(tmp_path)), folder)
    told = HostAround(tmp_path).news()
    assert "22 Nov 2026" in told
    assert "by itself at its latest end" in told
    assert screen.find_again() == 0
    assert told in capsys.readouterr().out


def test_a_film_that_went_on_elsewhere_is_looked_at_there(tmp_path: Path) -> None:
    """The first disk had refused: why the second session was closed is what counts."""
    folder = closed(tmp_path / "first", "the disk refused to write")
    second = tmp_path / "other disk"
    second.mkdir()
    closed(second / f"first{SECOND}", LATEST_END)
    note_started(Request(("demo",), ("none",), str(tmp_path), fallback=str(second)), folder)
    assert ended_by_itself()


@pytest.mark.parametrize("reason", ["stopped by the guider", "the time asked for is over", ""])
def test_a_film_that_was_ended_is_no_news(tmp_path: Path, capsys: pytest.CaptureFixture[str], reason: str) -> None:
    """Ended by the guider, or as it was asked to: nothing is said of it, nor of one that is gone."""
    folder = closed(tmp_path / "ended", reason)
    note_started(Request(("demo",), ("none",), str(tmp_path)), folder)
    assert ended_by_itself() == ""
    assert screen.find_again() == 0
    assert "latest end" not in capsys.readouterr().out
    shutil.rmtree(folder)
    assert ended_by_itself() == ""


def test_nothing_remembered_is_nothing_offered(tmp_path: Path) -> None:
    """A first run, or a damaged note, offers nothing and says nothing."""
    assert last_unfinished() is None
    note = tmp_path / "data" / "vig-capture" / "remembered.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text("{")
    assert last_unfinished() is None
