"""A moment out of a film that is over: its small picture, and a file that any player plays. Nothing is encoded again.

Rule 1: a clip begins with the keyframe at or before what is asked for; where that one lies in or before a part that is
        left out, with the first keyframe behind it, so that nothing of what is left out is in the file.
Rule 2: where parts are joined no picture is lost: each begins where the one before it ends.
Rule 3: the file has its name only when it is whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer, OutputContainer
from av.error import EOFError as EndOfFile
from av.error import InvalidDataError

from vig_capture.core.errors import StorageError, UserError
from vig_capture.media.growing import open_film
from vig_capture.media.preview import fitted
from vig_capture.media.shrink import shrink

PARTIAL = ".partial"
KINDS = ("video", "audio")
_ROUNDING_S = 0.001
"""Session time is nanoseconds, a film's is coarser: a keyframe that stands where a part begins is still found."""
_NAMES = 100
_OPTIONS = {"advanced_editlist": "0"}
"""As media/probe.py: the edit list of a film that was never closed is not taken at its word."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one film file, in seconds from its PTS 0."""

    path: Path
    start_s: float
    end_s: float
    earliest_s: float = 0.0
    """Nothing before this may be in the clip."""


def picture(path: Path, offset_s: float, width: int, height: int, earliest_s: float = 0.0) -> bytes | None:
    """The film's picture at `offset_s`, whole and undistorted, with black beside it where the shape differs.

    RGB24, `width` × `height` × 3 bytes, rows from the top; the last picture before the moment, or the first one that
    is not before `earliest_s`.
    None where the file holds none. Raises av.FFmpegError and OSError."""
    found = None
    with open_film(path, _OPTIONS) as container:
        if not container.streams.video:
            return None
        stream = container.streams.video[0]
        stream.thread_type = "SLICE"
        _seek(container, stream, offset_s)
        with suppress(EndOfFile):
            for frame in container.decode(stream):
                if found is not None and frame.time is not None and frame.time > offset_s:
                    break
                if frame.time is None or frame.time >= earliest_s - _ROUNDING_S:
                    found = frame
    return None if found is None else _boxed(found, width, height)


def _boxed(frame: av.VideoFrame, width: int, height: int) -> bytes:
    across, down = fitted(frame.width, frame.height, width, height)
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - across) // 2, (height - down) // 2
    small = np.frombuffer(shrink(frame, across, down), np.uint8).reshape(down, across, 3)
    canvas[top : top + down, left : left + across] = small
    return canvas.tobytes()


def clip(pieces: Sequence[Piece], target: Path) -> Path:
    """Join the pieces to one file, picture and sound as they are. Returns its path: `target` with .mp4 behind it, or
    .m4a where there is only sound.

    Pieces without a picture are left out where others have one. The file is private (0600); an older one is replaced.
    Raises UserError where nothing of the pieces can be read, StorageError where the disk refuses."""
    with ExitStack() as stack:
        sources: list[_Source] = []
        for piece in pieces:
            with suppress(av.FFmpegError, FileNotFoundError):
                sources.append(_Source.of(piece, stack.enter_context(open_film(piece.path, _OPTIONS))))
        has_picture = any("video" in source.streams for source in sources)
        kept = [source for source in sources if ("video" in source.streams) == has_picture]
        target = target.with_name(target.name + (".mp4" if has_picture else ".m4a"))
        made = target.with_name(f".{target.name}{PARTIAL}")
        try:
            made.unlink(missing_ok=True)
            os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            if not _join(kept, made):
                raise UserError("There is nothing to play.", "This part of the film is not there, or cannot be read.")
            return _put_in_place(made, target)
        except (av.FFmpegError, OSError) as error:
            reason = error.strerror or str(error)
            raise StorageError("The moment cannot be played.", f"{reason}.", "The film itself is unharmed.") from error
        finally:
            with suppress(OSError):
                made.unlink(missing_ok=True)


def _put_in_place(made: Path, target: Path) -> Path:
    """Give the file its name. A player may still hold an older one, which Windows does not let go: then another."""
    for number in range(_NAMES):
        with suppress(PermissionError):
            return made.replace(target.with_stem(f"{target.stem}~{number}") if number else target)
    return made.replace(target)


@dataclass(slots=True)
class _Source:
    """A piece whose file is open."""

    piece: Piece
    container: InputContainer
    streams: dict[str, Any]
    """Its av.Stream of each kind, as far as it has one."""

    @classmethod
    def of(cls, piece: Piece, container: InputContainer) -> _Source:
        found = {"video": container.streams.video, "audio": container.streams.audio}
        return cls(piece, container, {kind: streams[0] for kind, streams in found.items() if streams})

    def packets(self) -> tuple[Fraction, list[tuple[str, Any, Fraction]]]:
        """Where the piece begins, and kind, packet and time of all that is in it, in the file's own seconds. The
        picture begins with a keyframe, the sound not before it."""
        piece, has_picture = self.piece, "video" in self.streams
        found: list[tuple[str, Any, Fraction]] = []
        begin_s = None if has_picture else Fraction(piece.start_s)
        _seek(self.container, self.streams["video" if has_picture else "audio"], piece.start_s)
        over: set[str] = set()
        for kind, packet, at_s in self._read():
            if at_s >= piece.end_s:
                # In the order of decoding: what follows may need this one.
                over.add(kind)
            if len(over) == len(self.streams):
                break
            if kind in over:
                continue
            if kind == "video" and packet.is_keyframe and _begins(piece, at_s, begin_s):
                begin_s = at_s
            found.append((kind, packet, at_s))
        if begin_s is None:
            return Fraction(0), []
        return begin_s, [item for item in found if item[2] >= begin_s]

    def _read(self) -> Iterator[tuple[str, Any, Fraction]]:
        with suppress(EndOfFile, InvalidDataError):
            for packet in self.container.demux(list(self.streams.values())):
                if packet.size and packet.pts is not None and packet.dts is not None and not packet.is_corrupt:
                    yield packet.stream.type, packet, packet.pts * packet.time_base


def _begins(piece: Piece, at_s: Fraction, begin_s: Fraction | None) -> bool:
    """Is this keyframe a better beginning than the one found so far? The last before the start, or else the first."""
    if at_s < piece.earliest_s - _ROUNDING_S:
        return False
    return begin_s is None or at_s <= piece.start_s + _ROUNDING_S


def _seek(container: InputContainer, stream: Any, at_s: float) -> None:
    """To the keyframe at or before a time, or to the beginning."""
    with suppress(av.FFmpegError):
        container.seek(max(round((at_s + _ROUNDING_S) / stream.time_base), 0), stream=stream)


def _join(sources: Sequence[_Source], path: Path) -> bool:
    """Write the sources one behind the other. Was there anything to write?"""
    templates = {kind: next((each.streams[kind] for each in sources if kind in each.streams), None) for kind in KINDS}
    count = 0
    # (The edit list counts in these: by default milliseconds, which would put sound at the wrong sample.)
    options = {"movie_timescale": "90000"}
    with av.open(str(path), "w", format="mp4", container_options=options) as container:
        tracks = {
            kind: _Track(container.add_stream_from_template(template), template)
            for kind, template in templates.items()
            if template is not None
        }
        at_s = Fraction(0)
        for source in sources:
            begin_s, packets = source.packets()
            end_s = begin_s
            for kind, packet, time_s in packets:
                end_s = max(end_s, time_s + (packet.duration or 0) * packet.time_base)
                if tracks[kind].add(container, packet, source.streams[kind], at_s - begin_s):
                    count += 1
            at_s += min(end_s, Fraction(source.piece.end_s)) - begin_s if packets else 0
    return count > 0


class _Track:
    """One track of the clip."""

    def __init__(self, stream: Any, template: Any) -> None:
        self._stream = stream
        self._headers = _headers(template)
        self._last_dts: Fraction | None = None

    def add(self, container: OutputContainer, packet: Any, source: Any, shift_s: Fraction) -> bool:
        """Write a packet `shift_s` later than it stands in its file. False for one that this track cannot hold."""
        headers, time_base = _headers(source), packet.time_base
        if headers != self._headers:
            if source.type != "video" or packet.is_keyframe is None:
                return False  # sound of another kind
            if packet.is_keyframe:
                packet = _with_parameters(packet, headers[-1])
        shift = round(shift_s / time_base)
        dts = packet.dts + shift
        if self._last_dts is not None:
            # Where parts are joined, the order of decoding may reach back over the seam.
            dts = max(dts, int(self._last_dts / time_base) + 1)
        self._last_dts = dts * time_base
        packet.pts, packet.dts = max(packet.pts + shift, dts), dts
        packet.stream = self._stream
        container.mux(packet)
        return True


def _headers(stream: Any) -> tuple[Any, ...]:
    """What has to be the same in all that one track holds."""
    context = stream.codec_context
    if stream.type == "audio":
        return context.name, context.sample_rate, context.layout.nb_channels
    return context.name, bytes(context.extradata or b"")


def _with_parameters(packet: Any, avcc: bytes) -> Any:
    """A keyframe that brings its own parameter sets: the encoder was another one (a step down, another camera)."""
    sets, at = b"", 6
    for mask in (0x1F, 0xFF):
        # Of the avcC box: how many sets (SPS, then PPS), each with its length in two bytes.
        for _ in range(avcc[at - 1] & mask):
            size = int.from_bytes(avcc[at : at + 2], "big")
            sets += size.to_bytes(4, "big") + avcc[at + 2 : at + 2 + size]
            at += 2 + size
        at += 1
    made = av.Packet(sets + bytes(packet))
    made.pts, made.dts, made.time_base, made.duration = packet.pts, packet.dts, packet.time_base, packet.duration
    made.is_keyframe = True
    return made
