"""Verifying a session's files against its journal."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from tests.archive.tiny import Tiny, damage
from vig_capture.archive.verify import Line, Report, verify

Make = Callable[..., Tiny]


def line(report: Report, file: str) -> Line:
    return next(item for item in report.lines if item.file == file)


def test_a_whole_session_is_whole(session: Make) -> None:
    """Hashes, pictures and samples as journalled: every line is well, and progress names every file."""
    said: list[tuple[int, int, str]] = []
    report = verify(session().folder, lambda *step: said.append(step))
    assert report.ok
    assert "60 pictures" in line(report, "film/cam1-0001.mp4").what
    assert "48000 samples" in line(report, "sound/mic1-0001.flac").what
    assert said == [(0, 2, "film/cam1-0001.mp4"), (1, 2, "sound/mic1-0001.flac")]


def test_a_killed_session_is_well_and_says_what_was_recovered(session: Make) -> None:
    """Open segments and a torn journal are normal; how much of them decodes is said."""
    tiny = session(False)
    path = tiny.folder / "journal.msgpack"
    path.write_bytes(path.read_bytes() + b"\x92\xce\x01\x02")
    report = verify(tiny.folder)
    assert report.ok
    assert line(report, "film/cam1-0002.mp4").what.startswith("recovered")
    assert line(report, "sound/mic1-0002.flac").what.startswith("recovered")
    assert "normal after a crash" in line(report, "journal.msgpack").what


@pytest.mark.parametrize("length", [0, 10, 700, 3000, -7])
def test_an_open_segment_cut_anywhere_is_no_failure(session: Make, length: int) -> None:
    """An open file that was torn by a power cut is recovered as far as it goes."""
    tiny = session(False)
    for file in ("film/cam1-0002.mp4", "sound/mic1-0002.flac"):
        path = tiny.folder / file
        path.write_bytes(path.read_bytes()[:length])
    assert verify(tiny.folder).ok


def test_a_changed_file_is_found(session: Make) -> None:
    """One flipped bit in a closed segment fails its SHA-256."""
    tiny = session()
    damage(tiny.folder / "film/cam1-0001.mp4", 1 / 2)
    report = verify(tiny.folder)
    assert not report.ok
    assert "SHA-256 differs" in line(report, "film/cam1-0001.mp4").what


def test_a_file_that_died_empty_is_no_failure(session: Make) -> None:
    """A segment into which nothing had come when its recorder died, closed as empty by the next run, is well."""
    tiny = session()
    tiny.open("cam1", "film/cam1-0009.mp4", b"", 9 * 10**9)
    tiny.close("film/cam1-0009.mp4", 9 * 10**9)
    tiny.write()
    report = verify(tiny.folder)
    assert report.ok
    assert line(report, "film/cam1-0009.mp4").what.startswith("empty")


def test_a_session_that_continues_another_goes_on_counting(session: Make) -> None:
    """In the second session of a fallback the count begins later, after the acts carried over; a lack is found."""
    tiny = session()
    carried = {"v": 1, "kind": "note", "seq": 3, "t_ns": 0, "id": "n", "of": "m", "text": ""}
    later = [{**record, "seq": record["seq"] + 40} for record in tiny.records]
    tiny.write(records=[carried, *later])
    assert verify(tiny.folder).ok
    tiny.write(records=[carried, *later[:-2], later[-1]])
    assert "1 of" in line(verify(tiny.folder), "journal").what


def test_a_missing_file_is_found(session: Make) -> None:
    """A closed segment without its file fails."""
    tiny = session()
    (tiny.folder / "sound/mic1-0001.flac").unlink()
    report = verify(tiny.folder)
    assert (report.ok, line(report, "sound/mic1-0001.flac").what) == (False, "the file is missing")


@pytest.mark.parametrize(("field", "file"), [("frames", "film/cam1-0001.mp4"), ("samples", "sound/mic1-0001.flac")])
def test_a_wrong_count_is_found(session: Make, field: str, file: str) -> None:
    """A file that has one picture or sample less than the journal says fails, though its hash is right."""
    tiny = session()
    for item in tiny.records:
        if item.get("file") == file and item["phase"] == "closed":
            item[field] += 1
    tiny.write()
    report = verify(tiny.folder)
    assert not report.ok
    assert "the journal has" in line(report, file).what


def test_damage_to_the_journal_is_found(session: Make) -> None:
    """A damaged entry and the number of entries that are missing are said."""
    tiny = session()
    damage(tiny.folder / "journal.msgpack", 1 / 3)
    report = verify(tiny.folder)
    assert not report.ok
    assert "are damaged" in line(report, "journal.msgpack").what
    assert any(f"1 of {len(tiny.records)} entries are missing" in item.what for item in report.lines)


def test_a_file_that_no_entry_names_is_told_and_is_no_failure(session: Make) -> None:
    """A crash can leave a file before its entry: it is listed, nothing is lost."""
    tiny = session()
    (tiny.folder / "film/cam1-0009.mp4").write_bytes(b"x")
    report = verify(tiny.folder)
    assert report.ok
    assert "no entry" in line(report, "film/cam1-0009.mp4").what


def test_nothing_is_changed(session: Make) -> None:
    """Verifying a killed session leaves every byte and name as it was."""
    folder = session(False).folder
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    verify(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_still_is_the_picture_that_was_taken(session: Make) -> None:
    """A still picture is hashed; a changed and a missing one are found, and one without an entry is told."""
    tiny = session()
    stills = tiny.folder / "stills"
    stills.mkdir()
    for number, data in ((1, b"one"), (2, b"two"), (3, b"three"), (9, b"nobody's")):
        (stills / f"{number:04}.jpg").write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        if number < 9:
            tiny.say("still", id=f"p{number}", stream="cam1", file=f"stills/{number:04}.jpg", sha256=sha256)
    tiny.say("still", id="p4", stream="cam1", file="../../etc/passwd", sha256="")
    tiny.write()
    damage(stills / "0002.jpg", 0.5)
    (stills / "0003.jpg").unlink()
    report = verify(tiny.folder)
    found = [line(report, f"stills/{number:04}.jpg").ok for number in (1, 2, 3, 9)]
    assert (found, report.ok) == ([True, False, False, True], False)
    assert not line(report, "../../etc/passwd").ok
    assert "no entry" in line(report, "stills/0009.jpg").what
