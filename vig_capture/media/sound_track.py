"""The sound of what is made of film files: copied where it comes out of one stretch of one file, or else decoded, put
where it belongs to the sample, and encoded once more: the grids of two files' packets never meet at a seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import av
import numpy as np
from av.container import OutputContainer
from av.error import EOFError as EndOfFile
from numpy.typing import NDArray

from vig_capture.core.model import SoundTrack
from vig_capture.core.time import SECOND_NS
from vig_capture.media.pieces import LEAD_NS, Source, Ticks
from vig_capture.media.sound import AAC_FRAME, AacTrack, layout_of

Samples = NDArray[np.float32]
"""Shape (samples, channels), full scale 1."""
JITTER_SAMPLES = 16
"""A hole at a seam that is no longer comes of rounding: it is filled with the last sample and not with silence."""


class Level(Protocol):
    """Changes how loud a sound is."""

    def apply(self, samples: Samples) -> Samples:
        """What comes out, perhaps later than it went in."""

    def flush(self) -> Samples:
        """The rest: in all as many samples come out as went in."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Which samples of a piece are wanted: `first` up to and without `end` of what is made."""

    first: int
    end: int
    shift: int
    """So many samples later they stand there than in the file."""

    @classmethod
    def of(cls, rate: int, begin_ns: int, end_ns: int, shift_ns: int) -> Heard:
        """Of a stretch of a file, and how much later it stands in what is made."""
        first, end, shift = (round(at * rate / SECOND_NS) for at in (begin_ns + shift_ns, end_ns + shift_ns, shift_ns))
        return cls(first, end, shift)


class Reader:
    """Decodes the sound of one piece, at a rate and with as many channels as asked for.

    Every block comes with the place of its first sample in what is made."""

    def __init__(self, source: Source, track: SoundTrack, heard: Heard) -> None:
        self._rate, self._heard = track.sample_rate, heard
        self._audio = source.audio
        # (Two channels that become one keep their level: FFmpeg would add them up.)
        options = {"rematrix_maxval": "1"}
        self._resampler = av.AudioResampler("fltp", layout_of(track.channels), track.sample_rate, options=options)

    def read(self, packet: Any) -> Iterator[tuple[int, Samples]]:
        """The samples of the next packet of the file; a damaged one has none."""
        with suppress(av.error.InvalidDataError):
            for frame in packet.decode():
                yield from self._placed(self._resampler.resample(frame))

    def rest(self) -> Iterator[tuple[int, Samples]]:
        """What the decoder and the resampler still hold."""
        with suppress(EndOfFile, av.error.InvalidDataError):
            for frame in self._audio.decode(None):
                frame.time_base = self._audio.time_base  # what a decoder gives at its end has none
                yield from self._placed(self._resampler.resample(frame))
        yield from self._placed(self._resampler.resample(None))

    def _placed(self, frames: list[av.AudioFrame]) -> Iterator[tuple[int, Samples]]:
        for frame in frames:
            if frame is None or frame.pts is None or frame.time_base is None:
                continue
            samples = np.ascontiguousarray(frame.to_ndarray().T, np.float32)
            ticks, base = frame.pts * self._rate * frame.time_base.numerator, frame.time_base.denominator
            first = (2 * ticks + base) // (2 * base) + self._heard.shift
            early = max(self._heard.first - first, 0)
            samples = samples[early : max(self._heard.end - first, 0)]
            if len(samples):
                yield first + early, samples


def samples_of(source: Source, track: SoundTrack, wanted: Heard, begin_ns: int) -> Iterator[Samples]:
    """All the sound of a piece from a moment of its file on."""
    if source.audio is None:
        return
    reader, ticks = Reader(source, track, wanted), Ticks(source.audio)
    for packet in source.packets(begin_ns - LEAD_NS, source.audio):
        if ticks.ns(packet.pts) >= source.piece.end_ns:
            break
        yield from (samples for _, samples in reader.read(packet))
    yield from (samples for _, samples in reader.rest())


class MadeSound:
    """A track of newly encoded sound; what is missing is silence."""

    def __init__(
        self, container: OutputContainer, track: SoundTrack, bits_per_second: int, level: Level | None
    ) -> None:
        self._container = container
        self._aac = AacTrack(container, track, 0, bits_per_second)
        self._track, self._level = track, level
        self._placed = 0
        """So many samples were taken."""
        self._encoded = 0
        self._last = np.zeros((1, track.channels), np.float32)

    def put(self, first: int, samples: Samples) -> None:
        """Take samples, the first of which stands at `first`; what overlaps those before is left out."""
        self.pad(first)
        self._take(samples[max(self._placed - first, 0) :])

    def pad(self, until: int) -> None:
        """Nothing more comes before this sample."""
        is_rounding = self._placed > 0 and until - self._placed <= JITTER_SAMPLES
        sample = self._last if is_rounding else np.zeros_like(self._last)
        while self._placed < until:
            self._take(np.repeat(sample, min(until - self._placed, self._track.sample_rate), axis=0))

    @property
    def count(self) -> int:
        """Samples so far."""
        return self._placed

    def end(self, samples: int) -> None:
        """It is to be so long in all."""
        self.pad(samples)
        if self._level is not None:
            self._encode(self._level.flush())
        for packet in self._aac.flush():
            self._container.mux_one(packet)

    def _take(self, samples: Samples) -> None:
        if len(samples):
            self._placed += len(samples)
            self._last = samples[-1:]
            self._encode(samples if self._level is None else self._level.apply(samples))

    def _encode(self, samples: Samples) -> None:
        if len(samples):
            packets = self._aac.encode(self._encoded, samples)
            self._encoded += len(samples)
            for packet in packets:
                self._container.mux_one(packet)


class PieceOfSound:
    """Brings the decoded sound of one piece into the track."""

    def __init__(self, made: MadeSound, source: Source, track: SoundTrack, wanted: Heard) -> None:
        self._made, self._reader, self._last = made, Reader(source, track, wanted), wanted.end
        self._end_ns, self._ticks = source.piece.end_ns, Ticks(source.audio)

    def take(self, packet: Any) -> bool:
        """Take the next packet of the file. False once nothing of the piece can follow."""
        if self._ticks.ns(packet.pts) >= self._end_ns:
            return False
        for first, samples in self._reader.read(packet):
            self._made.put(first, samples)
        return True

    def end(self) -> None:
        """That was all of the file."""
        for first, samples in self._reader.rest():
            self._made.put(first, samples)
        self._made.pad(self._last)


class CopiedSound:
    """A track of packets as they are, out of one piece.

    Nothing of what lies behind the piece is in it: a packet holds, half hidden, the samples of the one after it as
    well, so that where the file goes on the sound ends up to two packets early."""

    def __init__(self, container: OutputContainer, source: Source, begin_ns: int) -> None:
        """`begin_ns`: the moment of the file that is the beginning of what is made."""
        self._container = container
        self._stream = container.add_stream_from_template(source.audio)
        self._begin_ns, self._piece = begin_ns, source.piece
        self._ticks = Ticks(source.audio)
        self._frame_ns = AAC_FRAME * SECOND_NS // source.audio.rate
        self._late: list[Any] = []
        self.count = 0
        """Packets so far."""

    def take(self, packet: Any) -> bool:
        """Take the next packet of the file. False once nothing of the piece can follow."""
        at_ns = self._ticks.ns(packet.pts)
        if at_ns >= self._piece.end_ns:
            self._late.clear()
            return False
        # The packet before the first that is heard: a decoder needs it, and the edit list skips it.
        if at_ns <= self._begin_ns - 2 * self._frame_ns or at_ns < self._piece.earliest_ns:
            return True
        packet.pts = packet.dts = packet.pts - round(self._begin_ns / SECOND_NS / packet.time_base)
        packet.stream = self._stream
        if at_ns + 2 * self._frame_ns > self._piece.end_ns:
            self._late.append(packet)
        else:
            self._write(packet)
        return True

    def end(self) -> None:
        """The file has ended: what is left is all of the piece."""
        for packet in self._late:
            self._write(packet)
        self._late.clear()

    def _write(self, packet: Any) -> None:
        self._container.mux_one(packet)
        self.count += 1
