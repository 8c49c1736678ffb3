"""Verifies a session: every file that its journal names is there, whole and the one that was recorded.

Rule 1: a closed segment has the journalled SHA-256, decodes from end to end, and holds the journalled number of
pictures (film) or samples (lossless sound). A still picture has its SHA-256.
Rule 2: what a crash leaves is normal and said, never called damage: an open segment, a journal's torn last entry.
Rule 3: nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vig_capture.archive.reader import Read, inside, read_session
from vig_capture.archive.show import clock_text
from vig_capture.core.errors import StorageError
from vig_capture.core.model import Segment, Still
from vig_capture.devices.disk import HostDisk
from vig_capture.media.probe import Probe, probe

Progress = Callable[[int, int, str], None]
"""Called before each file with how many are done, how many there are, and its name."""
RECORDED_IN = ("film", "sound", "stills")
"""The folders whose files the journal names."""


@dataclass(frozen=True, slots=True)
class Line:
    """What was found of one file."""

    file: str
    ok: bool
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of a session."""

    ok: bool
    lines: list[Line]


def verify(folder: Path, progress: Progress | None = None) -> Report:
    """Check a session's journal and files. Raises UserError, JournalError, StorageError as `read_session`."""
    read = read_session(folder)
    lines = _journal_lines(read)
    segments = read.view.segments
    for done, segment in enumerate(segments):
        if progress is not None:
            progress(done, len(segments), segment.file)
        lines.append(check_segment(folder, segment))
    stills = read.view.stills.values()
    lines += [check_still(folder, still) for still in stills]
    lines += _stray_lines(folder, {segment.file for segment in segments} | {still.file for still in stills})
    return Report(all(line.ok for line in lines), lines)


def check_segment(folder: Path, segment: Segment) -> Line:
    """Hash and decode one file that the journal names. Raises nothing for what is wrong with it."""
    path = inside(folder, segment.file)
    if path is None:
        return Line(segment.file, False, "its name leads out of the session's folder")
    if segment.end_ns is None:
        return _open_line(segment, path)
    if not path.is_file():
        return Line(segment.file, False, "the file is missing")
    try:
        sha256, _ = HostDisk().sha256(path)
    except StorageError as error:
        return Line(segment.file, False, str(error))
    found = probe(path)
    wrong = _differences(segment, sha256, found)
    if not wrong and _empty(segment, found):
        return Line(segment.file, True, "empty: the recorder had ended before anything reached it")
    return Line(segment.file, not wrong, "; ".join(wrong) or f"whole: {amount(found)}")


def check_still(folder: Path, still: Still) -> Line:
    """Hash one still picture that the journal names. Raises nothing for what is wrong with it."""
    path = inside(folder, still.file)
    if path is None:
        return Line(still.file, False, "its name leads out of the session's folder")
    if not path.is_file():
        return Line(still.file, False, "the still picture is missing")
    try:
        sha256, _ = HostDisk().sha256(path)
    except StorageError as error:
        return Line(still.file, False, str(error))
    if sha256 != still.sha256:
        return Line(still.file, False, "it is not the picture that was taken (its SHA-256 differs from the journal's)")
    return Line(still.file, True, f"whole: a still picture of {clock_text(still.t_ns)}")


def amount(found: Probe) -> str:
    """How much a file holds, for people."""
    held = f"{found.frames} pictures" if found.frames else f"{found.samples} samples"
    return f"{held}, {found.duration_ns / 1e9:.1f} s"


def _differences(segment: Segment, sha256: str, found: Probe) -> list[str]:
    wrong = []
    if not segment.sha256:
        wrong.append("the journal has no SHA-256 of it")
    elif sha256 != segment.sha256:
        wrong.append("it is not the file that was recorded (its SHA-256 differs from the journal's)")
    if found.error and not _empty(segment, found):
        wrong.append(found.error)
    is_film = found.frames > 0 or segment.frames > 0
    if is_film and found.frames != segment.frames:
        wrong.append(f"{found.frames} pictures decode, the journal has {segment.frames}")
    # Film sound is AAC, whose last packet is padded: only lossless sound can be counted to the sample.
    if segment.file.endswith(".flac") and found.samples != segment.samples:
        wrong.append(f"{found.samples} samples decode, the journal has {segment.samples}")
    return wrong


def _empty(segment: Segment, found: Probe) -> bool:
    """Made by a recorder that died at once, and closed as empty by its successor."""
    return not (segment.frames or segment.samples or found.frames or found.samples)


def _open_line(segment: Segment, path: Path) -> Line:
    """A segment that the recorder did not close: whatever decodes is recovered."""
    if not path.is_file():
        return Line(segment.file, True, "not finished: the recorder ended before the file was made")
    found = probe(path)
    if not found.frames and not found.samples:
        return Line(segment.file, True, f"not finished: nothing had reached it yet ({found.error})")
    end_ns = segment.start_ns + found.duration_ns
    return Line(segment.file, True, f"recovered, not finished: {amount(found)}, up to {clock_text(end_ns)}")


def _journal_lines(read: Read) -> list[Line]:
    lines = []
    for item in read.holes:
        size = item.hole.end - item.hole.start
        if item.hole.torn:
            what = f"its last entry was being written when the recorder ended ({size} bytes); normal after a crash"
        else:
            what = f"{size} bytes are damaged from byte {item.hole.start} on; all entries around them were read"
        lines.append(Line(item.file, item.hole.torn, what))
    # A session that continues another one goes on with its count, and may carry acts that the other could not save.
    first = next((record["seq"] for record in read.records if record["kind"] == "session"), 1)
    wanted = read.view.last_seq - first + 1
    missing = wanted - sum(record["seq"] >= first for record in read.records)
    if missing > 0:
        lines.append(Line("journal", False, f"{missing} of {wanted} entries are missing"))
    state = "closed" if read.view.closed else "the session was not closed; what is listed here was found all the same"
    lines.append(Line("journal", True, f"{len(read.records)} entries, {len(read.view.markers)} markers; {state}"))
    return lines


def _stray_lines(folder: Path, named: set[str]) -> list[Line]:
    """Files of film, sound and stills that no entry names: a crash can leave one; nothing is lost by it."""
    paths = sorted(path for name in RECORDED_IN for path in (folder / name).rglob("*") if path.is_file())
    files = [path.relative_to(folder).as_posix() for path in paths]
    return [Line(file, True, "no entry of the journal names this file") for file in files if file not in named]
