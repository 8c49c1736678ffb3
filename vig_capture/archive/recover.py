"""Finds sessions that were never closed, and says what of them is whole. Deletes and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from vig_capture.archive.reader import inside, is_running, read_session, session_folders
from vig_capture.archive.show import clock_text
from vig_capture.archive.verify import check_segment
from vig_capture.core.errors import UserError, VigError
from vig_capture.core.model import Segment
from vig_capture.media.probe import probe


@dataclass(frozen=True, slots=True)
class OpenSegment:
    """A segment that was growing when the recorder ended."""

    file: str
    end_ns: int
    """Session time up to which it decodes; its start where nothing does."""
    frames: int
    samples: int


@dataclass(slots=True)
class Finding:
    """A session that is not closed."""

    folder: Path
    running: bool = False
    """A recorder holds it now: nothing of it was checked."""
    state: str = ""
    created_utc: str = ""
    whole: list[str] = field(default_factory=list)
    """Closed segments that hash and decode as the journal says."""
    damaged: list[str] = field(default_factory=list)
    """Closed segments that do not, each with the reason."""
    growing: list[OpenSegment] = field(default_factory=list)
    markers: int = 0
    holes: int = 0
    """Damaged places of the journal; an entry torn by the crash is none."""
    end_ns: int = 0
    """Session time of the last thing that is there: entry, picture or sample."""
    trouble: str = ""
    """Why it could not be read at all."""

    def as_text(self) -> str:
        """A few plain lines."""
        lines = [f"{self.folder}"]
        if self.running:
            return "\n".join([*lines, "  is being recorded now"])
        if self.trouble:
            return "\n".join([*lines, f"  could not be read: {self.trouble}"])
        lines.append(f"  not closed (last state: {self.state or 'none'}); goes up to {clock_text(self.end_ns)}")
        lines.append(f"  {len(self.whole)} finished files are whole, {self.markers} markers are kept")
        growing = [(segment.file, clock_text(segment.end_ns)) for segment in self.growing]
        lines += [f"  {file} was not finished; it plays up to {end}" for file, end in growing]
        lines += [f"  damaged: {what}" for what in self.damaged]
        if self.holes:
            lines.append(f"  the journal is damaged in {self.holes} places; all entries around them were read")
        return "\n".join(lines)


def unfinished(root: Path) -> list[Finding]:
    """Sessions in or below a folder that are not closed, in the order of their names. Raises UserError."""
    if not root.is_dir():
        raise UserError(f"{root} is not a folder.", "There is nothing to look through.", "Give a folder with sessions.")
    findings = (_finding(folder) for folder in session_folders(root))
    return [finding for finding in findings if finding is not None]


def _finding(folder: Path) -> Finding | None:
    if is_running(folder):
        return Finding(folder, running=True)
    try:
        read = read_session(folder)
    except VigError as error:
        return Finding(folder, trouble=str(error))
    view = read.view
    if view.closed:
        return None
    finding = Finding(folder, state=view.state, created_utc=view.created_utc, markers=len(view.markers))
    finding.end_ns = view.last_t_ns
    finding.holes = sum(not item.hole.torn for item in read.holes)
    for segment in view.segments:
        if segment.end_ns is None:
            finding.growing.append(_open_segment(folder, segment))
            finding.end_ns = max(finding.end_ns, finding.growing[-1].end_ns)
            continue
        line = check_segment(folder, segment)
        if line.ok:
            finding.whole.append(line.file)
        else:
            finding.damaged.append(f"{line.file}: {line.what}")
    return finding


def _open_segment(folder: Path, segment: Segment) -> OpenSegment:
    path = inside(folder, segment.file)
    if path is None:
        return OpenSegment(segment.file, segment.start_ns, 0, 0)
    found = probe(path)
    return OpenSegment(segment.file, segment.start_ns + found.duration_ns, found.frames, found.samples)
