"""Markers and the film: which parts of which files a moment is. A marker never names a file; this joins the two.

Rule 1: the parts hold nothing of what is left out, and nothing of what lies outside the moment's window.
Rule 2: beyond that they hold all of the window that was filmed. Pauses, gaps and the ends of the film cut it by
        themselves: no file covers them.
Rule 3: a marker outlives a lost segment: then it has fewer parts, or none.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from vig_capture.core.model import LeftOut, Marker, Segment, Stream
from vig_capture.core.time import SECOND_NS

FILM = "film/"
PICTURE_SUFFIX = ".mp4"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of session time, from `start_ns` up to and without `end_ns`."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one film file."""

    file: str
    """As the journal names it."""
    start_ns: int
    end_ns: int
    """Session time."""
    offset_ns: int
    """Where `start_ns` stands in the file, from its PTS 0."""
    has_picture: bool
    earliest_ns: int = 0
    """Where in the file a clip of this part may begin at the earliest, for a keyframe's sake: what lies before is left
    out."""

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.start_ns


class Filmed(Protocol):
    """What is asked of a session's view."""

    segments: list[Segment]
    streams: dict[str, Stream]
    left_out: dict[str, LeftOut]
    last_t_ns: int


def ends(marker: Marker) -> tuple[int, int]:
    """Where a moment begins and ends, were the film endless: its look-back before the press, and its look-ahead after
    the press, its last extension or its end. Session time, which may be below 0."""
    latest_ns = max(marker.t_ns, marker.extended_ns or 0, marker.until_ns or 0)
    before_ns, after_ns = (round(seconds * SECOND_NS) for seconds in (marker.look_back_s, marker.look_ahead_s))
    return marker.t_ns - before_ns, latest_ns + after_ns


def wanted(marker: Marker) -> Window:
    """What a moment means: its ends, but nothing before the session's beginning."""
    start_ns, end_ns = ends(marker)
    return Window(max(start_ns, 0), end_ns)


@dataclass(frozen=True, slots=True)
class Film:
    """One stream's film: its files in the order of time, none over another, and what is left out of it."""

    files: tuple[Part, ...]
    left_out: tuple[Window, ...]
    """In the order of time, none touching another."""

    @classmethod
    def of(cls, view: Filmed, stream: str = "") -> Film:
        """The film of a session: by default its first camera's, without a camera its first microphone's.

        A segment that was never closed counts up to the next one, the last of all up to the session's last record."""
        stream = stream or leading_stream(view.segments, view.streams)
        segments = sorted(
            (each for each in view.segments if each.stream == stream and each.file.startswith(FILM)),
            key=lambda each: each.start_ns,
        )
        files: list[Part] = []
        for index, segment in enumerate(segments):
            next_ns = segments[index + 1].start_ns if index + 1 < len(segments) else None
            end_ns = segment.end_ns if segment.end_ns is not None else max(view.last_t_ns, segment.start_ns)
            end_ns = end_ns if next_ns is None else min(end_ns, next_ns)
            if end_ns > segment.start_ns:
                has_picture = segment.file.endswith(PICTURE_SUFFIX)
                files.append(Part(segment.file, segment.start_ns, end_ns, 0, has_picture))
        return cls(tuple(files), tuple(joined(view.left_out.values())))

    @property
    def start_ns(self) -> int:
        """Session time of the film's beginning; 0 where there is none."""
        return self.files[0].start_ns if self.files else 0

    @property
    def end_ns(self) -> int:
        """Session time of the film's end; 0 where there is none."""
        return self.files[-1].end_ns if self.files else 0

    @property
    def has_picture(self) -> bool:
        return any(file.has_picture for file in self.files)

    def parts(self, window: Window) -> list[Part]:
        """What was filmed of a window and is not left out, in the order of time."""
        found: list[Part] = []
        first = bisect_right(self.files, window.start_ns, key=lambda file: file.end_ns)
        for file in self.files[first:]:
            if file.start_ns >= window.end_ns:
                break
            found += self._kept(file, max(file.start_ns, window.start_ns), min(file.end_ns, window.end_ns))
        return found

    def at(self, t_ns: int) -> Part | None:
        """The file that holds this moment, from the moment on; None where it was not filmed or is left out."""
        found = self.parts(Window(t_ns, t_ns + 1))
        return found[0] if found else None

    def is_left_out(self, window: Window) -> bool:
        """Is all of it left out?"""
        return any(part.start_ns <= window.start_ns and window.end_ns <= part.end_ns for part in self.left_out)

    def _kept(self, file: Part, start_ns: int, end_ns: int) -> Iterable[Part]:
        """What is kept of a stretch of one file."""
        first = bisect_left(self.left_out, start_ns, key=lambda part: part.end_ns)
        earliest_ns = self.left_out[first - 1].end_ns if first else 0
        for part in self.left_out[first:]:
            if part.start_ns >= end_ns:
                break
            if part.start_ns > start_ns:
                yield _part(file, start_ns, part.start_ns, earliest_ns)
            start_ns, earliest_ns = max(start_ns, part.end_ns), part.end_ns
        if end_ns > start_ns:
            yield _part(file, start_ns, end_ns, earliest_ns)


def _part(file: Part, start_ns: int, end_ns: int, earliest_ns: int) -> Part:
    offset_ns, earliest_ns = start_ns - file.start_ns, max(earliest_ns - file.start_ns, 0)
    return Part(file.file, start_ns, end_ns, offset_ns, file.has_picture, earliest_ns)


def joined(parts: Iterable[LeftOut]) -> list[Window]:
    """Parts as windows in the order of time, those that touch or overlap as one."""
    found: list[Window] = []
    for part in sorted(parts, key=lambda each: each.start_ns):
        if found and part.start_ns <= found[-1].end_ns:
            found[-1] = Window(found[-1].start_ns, max(found[-1].end_ns, part.end_ns))
        elif part.end_ns > part.start_ns:
            found.append(Window(part.start_ns, part.end_ns))
    return found


def leading_stream(segments: Iterable[Segment], streams: Mapping[str, Stream]) -> str:
    """The stream whose film this is: the first camera that has one, or else the first microphone; "" without a film."""
    filmed = [segment.stream for segment in segments if segment.file.startswith(FILM)]
    cameras = [name for name, stream in streams.items() if stream.kind == "video" and name in filmed]
    return next(iter(cameras or filmed), "")
