"""cli/assembly.py: what an earlier run of the recorder left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.archive.tiny import Tiny, film, lossless
from vig_capture.cli.assembly import resumed
from vig_capture.core.time import SECOND_NS

STARTED: dict[str, Any] = {
    "created_utc": "2026-11-22T10:00:00.000+00:00",
    "tool": "t",
    "vocabulary": {},
    "profile": "",
    "settings": {},
}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A session that went on on a second disk: there a film only, on the first one film and sound."""
    first, second = Tiny(tmp_path / "one" / "visit"), Tiny(tmp_path / "two" / "visit-b")
    first.say("session", id="visit", previous="", **STARTED)
    first.open("cam1", "film/cam1-0001.mp4", film(tmp_path / "a.mp4", frames=30), 0)
    first.open("mic1", "sound/mic1-0001.flac", lossless(tmp_path / "a.flac", blocks=30), 0)
    first.write()
    second.say("session", id="visit-b", previous="visit", **STARTED)
    second.open("cam1", "film/cam1-0001.mp4", film(tmp_path / "b.mp4", frames=30), SECOND_NS)
    second.write()
    return first.folder, second.folder


def test_a_stream_without_a_file_on_the_second_disk_ends_on_the_first(folders: tuple[Path, Path]) -> None:
    """The end of each stream is looked for on both disks, and the first one's open files are to be synced too."""
    first, second = folders
    found = resumed(second, first.parent)
    assert found.ends == {
        "cam1": pytest.approx(2 * SECOND_NS, abs=SECOND_NS // 20),
        "mic1": pytest.approx(SECOND_NS, abs=SECOND_NS // 20),
    }
    assert {path for _, path in found.elsewhere} == {
        first / "film/cam1-0001.mp4",
        first / "sound/mic1-0001.flac",
    }
    assert [path for _, path in found.unsealed] == [second / "film/cam1-0001.mp4"]


def test_a_first_disk_that_is_gone_is_done_without(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Where the first disk cannot be read, the second one's own files say how far the film goes."""
    _, second = folders
    found = resumed(second, tmp_path / "gone")
    assert set(found.ends) == {"cam1"}
    assert found.elsewhere == ()
