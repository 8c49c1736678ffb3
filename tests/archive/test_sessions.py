"""The earlier sessions of a folder: what the list says of each, and that none can break it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive.tiny import Tiny
from vig_capture.archive.reader import LOCK_NAME
from vig_capture.archive.sessions import Session, session, sessions
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.lockfile import LockFile

BEGAN = datetime(2026, 11, 22, 9, 40, tzinfo=UTC)
NOW_NS = int((BEGAN + timedelta(weeks=9, seconds=-1)).timestamp()) * SECOND_NS


def tiny(folder: Path, closed: bool = True, runs: int = 1) -> Tiny:
    """Ten minutes filmed with a pause of one, three moments of which two are on the short list, one still."""
    made = Tiny(folder)
    made.say("session", id=folder.name, created_utc="2026-11-22T09:40:00.000+00:00", profile="interaction")
    for run in range(1, runs + 1):
        made.say("run", run=run)
    made.say("sheet", fields={"kind": "infant", "helping_question": "SECRET", "people": [{"initials": "XY"}]})
    made.say("state", state="recording")
    made.open("cam1", "film/cam1-0001.mp4", b"f" * 1000, 0)
    for number in range(3):
        made.say("marker", number, id=f"m{number}", key="a", label="SECRET", who="self")
    for number in range(2):
        made.say("edit", 5, id=f"e{number}", of=f"m{number}", fields={"shortlist": True})
    (folder / "stills").mkdir()
    (folder / "stills/0001.jpg").write_bytes(b"s" * 10)
    made.say("still", 7, id="p1", stream="cam1", file="stills/0001.jpg", sha256="", size_bytes=10)
    made.say("state", 300 * SECOND_NS, state="paused")
    made.say("state", 360 * SECOND_NS, state="recording")
    made.close("film/cam1-0001.mp4", 660 * SECOND_NS, frames=1)
    if closed:
        made.say("state", 660 * SECOND_NS, state="closed")
    made.write()
    return made


def one(folder: Path, keep_weeks: int = 0, now_ns: int = NOW_NS) -> Session:
    return session(folder, now_ns, keep_weeks)


def test_a_line_says_what_there_is(tmp_path: Path) -> None:
    """Local date, kind of the sheet, length without the pause, moments, short list, size; and that it is whole."""
    made = tiny(tmp_path / "a")
    item = one(made.folder)
    assert item.started == BEGAN
    assert item.started is not None
    assert item.started.tzinfo is not None
    assert (item.kind, item.length_ns, item.moments, item.shortlisted) == ("infant", 600 * SECOND_NS, 3, 2)
    assert item.size_bytes == 1010 + (made.folder / "journal.msgpack").stat().st_size
    assert (item.state, item.due, item.trouble) == ("whole", False, "")
    assert "SECRET" not in str(item)
    assert "XY" not in str(item)


def test_states(tmp_path: Path) -> None:
    """Recovered after a death of the recorder, not finished, and running while its lock is held."""
    assert one(tiny(tmp_path / "a", runs=2).folder).state == "recovered"
    assert one(tiny(tmp_path / "b", closed=False).folder).state == "unfinished"
    folder = tiny(tmp_path / "c", closed=False).folder
    lock = LockFile(folder / LOCK_NAME)
    assert lock.try_acquire()
    assert one(folder, 9, NOW_NS * 2).state == "running"
    assert not one(folder, 9, NOW_NS * 2).due
    lock.release()


@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        ("film/cam1-0001.mp4", None, "is missing"),
        ("film/cam1-0001.mp4", b"short", "another size"),
        ("stills/0001.jpg", None, "is missing"),
    ],
)
def test_a_damaged_one_is_told_without_reading_its_film(
    tmp_path: Path, file: str, data: bytes | None, said: str
) -> None:
    """A file that is not there, or has another size than the journal says."""
    folder = tiny(tmp_path / "a").folder
    if data is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(data)
    assert one(folder).state == "damaged"
    assert said in one(folder).trouble


def test_due_for_erasing(tmp_path: Path) -> None:
    """After so many weeks, not a second before; 0 weeks is never."""
    folder = tiny(tmp_path / "a").folder
    assert [one(folder, weeks, NOW_NS).due for weeks in (0, 8, 9)] == [False, True, False]
    assert one(folder, 9, NOW_NS + SECOND_NS).due
    assert not one(folder, 0, NOW_NS * 2).due


def test_newest_first_each_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred sessions are not read before the first is shown, and a damaged one among them breaks nothing."""
    for number in range(5):
        tiny(tmp_path / f"2026-11-{20 + number}T0940-aaaa")
    (tmp_path / "2026-11-22T0940-aaaa" / "journal.msgpack").write_bytes(b"\x92\xce" * 50)
    (tmp_path / "no session").mkdir()
    (tmp_path / "a file").write_text("")
    read: list[str] = []

    def noted(folder: Path, *rest: Any) -> Session:
        read.append(folder.name)
        return session(folder, *rest)

    monkeypatch.setattr("vig_capture.archive.sessions.session", noted)
    found = sessions(tmp_path, NOW_NS)
    assert next(iter(found)).folder.name == "2026-11-24T0940-aaaa"
    assert len(read) == 1
    assert [item.state for item in found] == ["whole", "damaged", "whole", "whole"]


def test_an_empty_folder_and_none(tmp_path: Path) -> None:
    """Nothing is nothing, not an error."""
    assert list(sessions(tmp_path, NOW_NS)) == []
    assert list(sessions(tmp_path / "gone", NOW_NS)) == []


@given(st.binary(max_size=400), st.integers(0, 3000))
def test_no_journal_breaks_the_list(tmp_path_factory: pytest.TempPathFactory, data: bytes, cut: int) -> None:
    """Whatever stands in a journal, the session is a line of the list."""
    folder = tmp_path_factory.mktemp("s") / "a"
    made = tiny(folder)
    path = made.folder / "journal.msgpack"
    whole = path.read_bytes()
    path.write_bytes(whole[:cut] + data)
    assert one(folder).state in ("whole", "recovered", "unfinished", "damaged")


def film(folder: Path, weeks: int, **sheet: object) -> Path:
    """A film that was made so many weeks after the first one."""
    made = Tiny(folder)
    made.say("session", id=folder.name, created_utc=(BEGAN + timedelta(weeks=weeks)).isoformat())
    made.say("sheet", fields=sheet)
    made.say("closed", 5)
    made.write()
    return folder


def test_due_is_counted_from_the_last_film_of_the_family(tmp_path: Path) -> None:
    """Where sheets have the same people and question; also over folders; else each counts by itself."""
    family = {"helping_question": "How do I calm him?", "people": [{"role": "mother"}, {"role": "child"}]}
    other = family | {"people": [{"role": "father"}, {"role": "child"}]}
    film(tmp_path / "2026-11-22-a", 0, **family)
    film(tmp_path / "later" / "2026-12-20-b", 4, **family)
    film(tmp_path / "2026-11-22-c", 0, **other)
    film(tmp_path / "2026-11-22-d", 0, people=family["people"])
    found = {item.folder.name: item for item in sessions(tmp_path, NOW_NS + SECOND_NS, 9)}
    assert {name for name, item in found.items() if item.due} == {"2026-11-22-c", "2026-11-22-d"}
    days = {
        name: (BEGAN + timedelta(weeks=weeks)).astimezone().date().isoformat() for name, weeks in (("a", 13), ("c", 9))
    }
    assert found["2026-11-22-a"].due_on == found["2026-12-20-b"].due_on == days["a"]
    assert found["2026-11-22-c"].due_on == days["c"]
    later = int((BEGAN + timedelta(weeks=13)).timestamp()) * SECOND_NS
    assert all(item.due for item in sessions(tmp_path, later, 9))
    assert not any(item.due or item.due_on for item in sessions(tmp_path, later, 0))
    assert "calm" not in str(list(found.values()))
