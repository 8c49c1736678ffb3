"""Stretches of film files that are to stand one behind the other, and how they are read.

Times in a file count from its PTS 0, times in what is made from its beginning; both are nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.error import EOFError as EndOfFile
from av.error import InvalidDataError

from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.media.growing import open_film

EDGE_NS = 12_000
"""A film counts in 90,000ths of a second, session time in nanoseconds: so close together is the same moment."""
LEAD_NS = 100 * MS_NS
"""So much before what is wanted is read as well: a sound's first packet needs the one before it."""
_ROUNDING_NS = MS_NS
"""A keyframe that stands where a part begins is still found."""
OPTIONS = {"advanced_editlist": "0"}
"""As media/probe.py: the edit list of a film that was never closed is not taken at its word."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one film file, in seconds from its PTS 0."""

    path: Path
    start_s: float
    end_s: float
    earliest_s: float = 0.0
    """Nothing before this may be in what is made."""
    at_s: float | None = None
    """Where it stands in what is made; None: right behind the piece before it."""

    @property
    def start_ns(self) -> int:
        return round(self.start_s * SECOND_NS)

    @property
    def end_ns(self) -> int:
        return round(self.end_s * SECOND_NS)

    @property
    def earliest_ns(self) -> int:
        return round(self.earliest_s * SECOND_NS)


def places(pieces: Sequence[Piece]) -> list[int]:
    """Where each piece begins, counted from the beginning of the first."""
    found: list[int] = []
    end_ns = 0
    for piece in pieces:
        at_ns = end_ns if piece.at_s is None else round(piece.at_s * SECOND_NS)
        found.append(at_ns)
        end_ns = at_ns + piece.end_ns - piece.start_ns
    return [at_ns - found[0] for at_ns in found]


class Source:
    """A piece whose file is open."""

    def __init__(self, piece: Piece, container: InputContainer) -> None:
        self.piece = piece
        self._container = container
        self.video: Any = next(iter(container.streams.video), None)
        """Its av.Stream, if it has one."""
        self.audio: Any = next(iter(container.streams.audio), None)

    def keyframe_ns(self) -> int | None:
        """The last picture at or before the piece's start that can be decoded by itself and is not before `earliest`,
        or else the first one behind it. None where there is none."""
        found, start_ns = None, self.piece.start_ns + _ROUNDING_NS
        for at_ns, _, is_keyframe in self._pictures():
            if found is not None and at_ns > start_ns:
                break
            if is_keyframe and at_ns >= self.piece.earliest_ns - _ROUNDING_NS:
                found = at_ns
        return found if found is not None and found < self.piece.end_ns else None

    def picture_ns(self) -> int | None:
        """The first picture that is not before the piece's start. None where there is none."""
        found = None
        for at_ns, decode_ns, _ in self._pictures():
            if found is not None and decode_ns >= found:
                break
            if at_ns >= self.piece.start_ns - EDGE_NS:
                found = at_ns if found is None else min(found, at_ns)
        return found if found is not None and found < self.piece.end_ns else None

    def packets(self, from_ns: int, *streams: Any) -> Iterator[Any]:
        """The whole packets of these streams in the order of the file, from a keyframe at or before a moment on."""
        with suppress(av.FFmpegError):
            stream = streams[0]
            at_ns = max(from_ns + _ROUNDING_NS, 0)
            self._container.seek(round(at_ns / SECOND_NS / stream.time_base), stream=stream)
        with suppress(EndOfFile, InvalidDataError):
            for packet in self._container.demux(*streams):
                if packet.size and packet.pts is not None and packet.dts is not None and not packet.is_corrupt:
                    yield packet

    def _pictures(self) -> Iterator[tuple[int, int, bool]]:
        """From about the piece's start on: when each is shown, when it is decoded (nothing that follows is shown before
        that), and whether it can be decoded by itself."""
        if self.video is not None:
            ticks = Ticks(self.video)
            for packet in self.packets(self.piece.start_ns, self.video):
                yield ticks.ns(packet.pts), ticks.ns(packet.dts), packet.is_keyframe


@contextmanager
def opened(piece: Piece) -> Iterator[Source]:
    """Open a piece's file to read it. Raises av.FFmpegError, OSError."""
    with open_film(piece.path, OPTIONS) as container:
        yield Source(piece, container)


class Ticks:
    """The time of a stream's packets and pictures in nanoseconds. (A packet's own time base is a Fraction that is made
    anew each time it is asked for.)"""

    def __init__(self, stream: Any) -> None:
        self._ns, self._ticks = stream.time_base.numerator * SECOND_NS, stream.time_base.denominator

    def ns(self, ticks: int) -> int:
        """The moment of so many ticks."""
        return int(ticks * self._ns // self._ticks)
