"""The journal stage when its disk refuses: nobody is left without an answer, nothing goes into the wrong folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from tests.clocks import HandClock
from vig_capture.core.errors import StorageError
from vig_capture.core.ports import Disk
from vig_capture.core.records import decode_all
from vig_capture.engine.events import Event, JournalFailed, JournalWrites
from vig_capture.engine.journal import RETRY_NS, JournalStage


class FakeFile:
    def __init__(self, disk: FakeDisk, path: Path) -> None:
        self._disk, self._path, self._written = disk, path, b""

    def write(self, data: bytes) -> None:
        self._disk.check(self._path)
        self._written += data

    def sync(self) -> None:
        self._disk.check(self._path)
        self._disk.durable[self._path] = self._written

    def close(self) -> None:
        pass


class FakeDisk:
    """Refuses whatever lies below the folders in `refusing`."""

    def __init__(self) -> None:
        self.refusing: set[Path] = set()
        self.durable: dict[Path, bytes] = {}

    def check(self, path: Path) -> None:
        if self.refusing & set(path.parents):
            raise StorageError("The disk is full.")

    def make_folder(self, path: Path) -> None:
        pass

    def create_journal(self, path: Path) -> FakeFile:
        assert path not in self.durable
        return FakeFile(self, path)

    def kinds(self, folder: Path) -> list[str]:
        files = [path for path in self.durable if path.parent == folder]
        return [record["kind"] for path in files for record in decode_all(self.durable[path]).records]


class Bench:
    first, second = Path("/disk/first"), Path("/other/second")

    def __init__(self) -> None:
        self.clock, self.disk, self.posted = HandClock(0), FakeDisk(), list[Event]()
        self.stage = JournalStage(self.clock, cast(Disk, self.disk), self.posted.append)
        self.answers: dict[str, list[bool]] = {}
        self._seq = 0

    def append(self, kind: str, stays: bool = False, **fields: Any) -> None:
        self._seq += 1
        answers = self.answers.setdefault(kind, [])
        record = {"v": 1, "kind": kind, "seq": self._seq, "t_ns": self._seq, **fields}
        self.stage.append(record, lambda error: answers.append(error is None), stays)

    def run(self) -> None:
        while self.stage.step():
            pass


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.stage.begin(bench.first)
    bench.append("session")
    bench.run()
    return bench


def test_press_during_a_failure_is_answered_at_once(bench: Bench) -> None:
    """A record that comes while the disk refuses is told so before the next try, and saved when it takes again."""
    bench.disk.refusing.add(bench.first)
    bench.append("marker")
    bench.run()
    assert bench.answers["marker"] == [False]
    bench.append("note")
    bench.run()
    assert bench.answers["note"] == [False]
    bench.disk.refusing.clear()
    bench.clock.now_ns += RETRY_NS
    bench.run()
    assert bench.answers["marker"][-1] is bench.answers["note"][-1] is True
    assert bench.disk.kinds(bench.first) == ["session", "marker", "note"]
    assert bench.stage.idle()


def test_a_new_file_is_announced_once_it_holds_something(bench: Bench) -> None:
    """A journal file that could be made but not written is never called the one in which the log goes on."""
    assert [event.file for event in bench.posted if isinstance(event, JournalWrites)] == ["journal.msgpack"]
    bench.disk.refusing.add(bench.first)
    bench.append("marker")
    for _ in range(3):
        bench.run()
        bench.clock.now_ns += RETRY_NS
    assert any(isinstance(event, JournalFailed) for event in bench.posted)
    assert sum(isinstance(event, JournalWrites) for event in bench.posted) == 1
    bench.disk.refusing.clear()
    bench.run()
    announced = [event for event in bench.posted if isinstance(event, JournalWrites)]
    assert len(announced) == 2
    assert announced[1].folder / announced[1].file in bench.disk.durable


def test_what_is_unsaved_moves_on_without_the_old_files(bench: Bench) -> None:
    """In a further folder the unsaved acts of the first one are kept, and what tells of its files stays behind."""
    bench.disk.refusing.add(bench.first)
    bench.append("marker")
    bench.append("segment", stays=True)
    bench.run()
    bench.stage.begin(bench.second)
    bench.append("state")
    bench.run()
    assert bench.disk.kinds(bench.second) == ["marker", "state"]
    assert bench.answers["marker"][-1] is True
    assert bench.answers["segment"] == [False]
