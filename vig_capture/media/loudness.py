"""How loud a sound is, and the same sound as loud as programmes are (EBU R 128: −23 LUFS, at most −1 dBTP).

Rule 1: one gain for the whole: what is louder than something else stays louder. Only peaks that the gain would take
        above the limit are held back.
Rule 2: silence is left as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as EndOfFile
from av.filter import Graph
from numpy.typing import NDArray

from vig_capture.core.model import SoundTrack
from vig_capture.media.sound import layout_of

TARGET_LUFS = -23.0
PEAK_MAX_DBTP = -1.0
SILENCE_LUFS = -70.0
"""What is not louder counts as silence (ITU-R BS.1770-4, absolute threshold)."""
_MARGIN_DB = 0.3
"""The limiter's own peaks, a little apart from those that it sees."""
_OVERSAMPLING = 4
"""A true peak is seen so (ITU-R BS.1770-4, annex 2)."""
_CORRECTIONS = 3
_NEAR_DB = 0.3
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured of a sound."""

    integrated_lufs: float
    true_peak_dbtp: float

    @property
    def gain_db(self) -> float:
        """What brings it to the target; 0 for silence."""
        return 0.0 if self.integrated_lufs <= SILENCE_LUFS else TARGET_LUFS - self.integrated_lufs

    @property
    def must_limit(self) -> bool:
        """Would its peaks be too high then?"""
        return self.true_peak_dbtp + self.gain_db > PEAK_MAX_DBTP


def measure(blocks: Iterable[Samples], track: SoundTrack) -> Loudness:
    """The loudness of samples, shape (samples, channels), block after block."""
    graph = _Graph(track, ("ebur128", "metadata=1:peak=true"))
    said: dict[str, str] = {}
    for frame in graph.run(blocks):
        said = frame.metadata or said
    integrated = float(said.get("lavfi.r128.I", "-inf"))
    peaks = [float(said.get(f"lavfi.r128.true_peaks_ch{channel}", "0")) for channel in range(track.channels)]
    peak = max(peaks, default=0.0)
    return Loudness(
        integrated if math.isfinite(integrated) else -math.inf, 20 * math.log10(peak) if peak > 0 else -math.inf
    )


def leveller(sound: Callable[[], Iterable[Samples]], track: SoundTrack) -> Leveller:
    """What brings a sound to the target. Where peaks have to be held back it is listened to again: what that takes away
    is given back to the whole."""
    found = measure(sound(), track)
    gain_db = found.gain_db
    if not found.must_limit:
        return Leveller(gain_db, track)
    for _ in range(_CORRECTIONS):
        lacking_db = measure(Leveller(gain_db, track, limits=True).all(sound()), track).gain_db
        gain_db += max(lacking_db, 0.0)
        if lacking_db < _NEAR_DB:
            break
    return Leveller(gain_db, track, limits=True)


class Leveller:
    """Makes a sound louder: the port Level of media/sound_track.py."""

    def __init__(self, gain_db: float, track: SoundTrack, limits: bool = False) -> None:
        """`limits`: holds back what would be above the limit."""
        self._gain = np.float32(10 ** (gain_db / 20))
        self._limiter = _Limiter(track) if limits else None

    def all(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """All of a sound."""
        yield from map(self.apply, blocks)
        yield self.flush()

    def apply(self, samples: Samples) -> Samples:
        louder = np.asarray(samples * self._gain, np.float32)
        return louder if self._limiter is None else self._limiter.apply(louder)

    def flush(self) -> Samples:
        return np.zeros((0, 1), np.float32) if self._limiter is None else self._limiter.flush()


class _Limiter:
    """Holds back peaks, seen at a higher rate; as many samples come out as went in, at their places."""

    def __init__(self, track: SoundTrack) -> None:
        limit = 10 ** ((PEAK_MAX_DBTP - _MARGIN_DB) / 20)
        high, low = track.sample_rate * _OVERSAMPLING, track.sample_rate
        self._graph = _Graph(
            track,
            ("aresample", f"{high}"),
            ("alimiter", f"limit={limit:.4f}:level=0:latency=1"),
            ("aresample", f"{low}"),
            ("aformat", "sample_fmts=fltp"),
        )
        self._owed = 0

    def apply(self, samples: Samples) -> Samples:
        self._owed += len(samples)
        return self._given(self._graph.push(samples))

    def flush(self) -> Samples:
        rest = self._given(self._graph.push(None))
        lacking = np.zeros((self._owed, self._graph.channels), np.float32)
        return np.concatenate([rest, lacking]) if len(lacking) else rest

    def _given(self, frames: Iterator[av.AudioFrame]) -> Samples:
        blocks = [np.ascontiguousarray(frame.to_ndarray().T, np.float32) for frame in frames]
        given = np.concatenate([np.zeros((0, self._graph.channels), np.float32), *blocks])[: self._owed]
        self._owed -= len(given)
        return given


class _Graph:
    """FFmpeg's filters on samples."""

    def __init__(self, track: SoundTrack, *filters: tuple[str, str]) -> None:
        self.channels = track.channels
        self._rate, self._layout = track.sample_rate, layout_of(track.channels)
        self._at = 0
        self._graph = Graph()
        time_base = Fraction(1, self._rate)
        source = self._graph.add_abuffer(
            sample_rate=self._rate, format="fltp", layout=self._layout, time_base=time_base
        )
        nodes = [self._graph.add(name, how) for name, how in filters]
        self._graph.link_nodes(source, *nodes, self._graph.add("abuffersink")).configure()

    def run(self, blocks: Iterable[Samples]) -> Iterator[av.AudioFrame]:
        """All that comes out."""
        for block in blocks:
            yield from self.push(block)
        yield from self.push(None)

    def push(self, samples: Samples | None) -> Iterator[av.AudioFrame]:
        """What comes out when this goes in; None is the end."""
        if samples is None:
            self._graph.push(None)
        elif len(samples):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T, np.float32), "fltp", self._layout)
            frame.sample_rate, frame.pts, frame.time_base = self._rate, self._at, Fraction(1, self._rate)
            self._at += len(samples)
            self._graph.push(frame)
        with suppress(NothingYet, EndOfFile):
            while True:
                pulled: Any = self._graph.pull()
                yield pulled
