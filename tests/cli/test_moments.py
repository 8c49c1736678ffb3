"""The process that makes pictures and clips: asked over a pipe, newest clip first, gone with its parent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from tests.archive.tiny import film
from tests.media.known import pictures_of
from vig_capture.cli.moments import MomentsProcess
from vig_capture.cli.moments_main import WAITING_MAX, Requests, file_name
from vig_capture.core.clips import Part
from vig_capture.core.time import SECOND_NS

PATIENCE_S = 30


def part(start_s: float, end_s: float, file: str = "film/cam1-0001.mp4") -> Part:
    """Of a file that begins at 10 s of the session."""
    start_ns, end_ns = (round((10 + at_s) * SECOND_NS) for at_s in (start_s, end_s))
    return Part(file, start_ns, end_ns, round(start_s * SECOND_NS), True, False)


class Asked:
    """A process of a tiny session, and what it answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "film").mkdir(parents=True)
        film(folder / "film" / "cam1-0001.mp4", 60)
        self.answers: Queue[dict[str, Any]] = Queue()
        self.process = MomentsProcess(folder)
        self.process.listen(self.answers.put)

    def next(self) -> dict[str, Any]:
        return self.answers.get(timeout=PATIENCE_S)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    made = Asked(tmp_path / "session")
    yield made
    made.process.close()


def test_a_picture_and_a_clip_are_made(asked: Asked) -> None:
    """The picture has the asked-for size; the clip plays, lies in handoff/.looking, and is private."""
    asked.process.picture("m1", part(1, 2), 16, 10)
    told = asked.next()
    assert told["key"] == "m1"
    assert (told["picture"]["width"], told["picture"]["height"], len(told["picture"]["rgb"])) == (16, 10, 480)
    asked.process.clip("m1", [part(1.5, 2)])
    path = Path(asked.next()["clip"])
    assert path == asked.folder / "handoff" / ".looking" / "m1.mp4"
    assert len(pictures_of(path)) == 30
    assert path.parent.stat().st_mode & 0o777 == 0o700
    made_ns = path.stat().st_mtime_ns
    asked.process.clip("m1", [part(1.5, 2)])
    assert (Path(asked.next()["clip"]), path.stat().st_mtime_ns) == (path, made_ns)


def test_what_was_made_is_forgotten_when_the_film_has_changed(asked: Asked) -> None:
    """Clips that may show what is left out now are gone."""
    asked.process.clip("m1", [part(0, 1)])
    path = Path(asked.next()["clip"])
    asked.process.forget()
    assert asked.next()["forgotten"]
    assert not path.exists()
    asked.process.clip("m1", [part(0, 1)])
    assert Path(asked.next()["clip"]).exists()


@pytest.mark.parametrize("file", ["film/gone.mp4", "../elsewhere.mp4", "/etc/passwd"])
def test_what_cannot_be_made_is_told_in_words(asked: Asked, file: str) -> None:
    """A lost file, or a name that leads out of the session: what, why, do; the process goes on."""
    asked.process.clip("m1", [part(0, 1, file)])
    assert asked.next()["error"]["what"]
    asked.process.picture("m1", part(0, 1, file), 8, 8)
    assert asked.next()["error"]["what"]
    asked.process.picture("m1", part(0, 1), 8, 8)
    assert asked.next()["picture"]["rgb"]


def test_a_process_that_died_is_started_anew(asked: Asked) -> None:
    """What it owed is told as not made, and the next request is answered."""
    asked.process.picture("m1", part(0, 1), 8, 8)
    asked.next()
    child = asked.process._process
    assert child is not None
    child.kill()
    child.wait()
    asked.process.picture("m2", part(0, 1), 8, 8)
    told = asked.next()
    assert (told["key"], "picture" in told) == ("m2", True)


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    """The end of standard input, which is what a killed parent leaves, ends it."""
    command = [sys.executable, "-m", "vig_capture.cli.moments_main", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        os.read(process.stdout.fileno(), 100)
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0


def test_the_newest_clip_comes_first() -> None:
    """Before it only what is forgotten; then the newest picture, and of too many the oldest is left out."""
    requests = Requests()
    for number in range(WAITING_MAX):
        requests.add({"id": number, "picture": {}})
    for number, kind in ((1001, "clip"), (1002, "picture"), (1003, "clip"), (1004, "forget"), (1005, "picture")):
        requests.add({"id": number, kind: {}})
    found = [requests.take() for _ in range(WAITING_MAX)]
    order = [request["id"] for request in found if request is not None]
    assert order[:5] == [1004, 1003, 1001, 1005, 1002]
    assert order[5:] == list(range(WAITING_MAX - 1, 4, -1))
    requests.end()
    assert requests.take() is None


def test_a_markers_id_makes_a_safe_name() -> None:
    """Ids are made by clients: no path leads out of the folder, and no two ids share a name."""
    assert file_name("4f2a-1") == "4f2a-1"
    odd = ["../x", "a/b", "", ".", "a" * 200, "ü", "\ud800", "CON.", "m 1"]
    assert len({file_name(each) for each in odd}) == len(odd)
    assert all(file_name(each).startswith("m-") for each in odd)
