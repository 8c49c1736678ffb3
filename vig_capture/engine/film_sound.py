"""The film's sound: a microphone's blocks put onto the grid of session time, waiting for the picture to pass them."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from vig_capture.core.model import SoundTrack
from vig_capture.core.resample import GridResampler
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.events import TimedBlock

Samples = NDArray[np.float32]
HOLE_NS = SECOND_NS // 2
"""A longer hole is not filled: the sound begins anew after it, in a segment of its own."""
REMEMBERED = 4096
BOUND_S = 12
"""Sound that nobody takes for so long is dropped: it is in the lossless file."""


class FilmSound:
    """Contiguous runs of float32 samples, shape (n, channels), on the grid: sample k stands at k / rate seconds."""

    def __init__(self) -> None:
        self.track: SoundTrack | None = None
        """What the film carries now; None until a first block has come."""
        self._runs: deque[tuple[int, Samples]] = deque()
        self._resampler: GridResampler | None = None
        self._end_ns = 0
        self._taken: tuple[int, Samples] = (0, np.zeros((0, 1), np.float32))
        self.end = 0
        """The sample after the newest one that came."""

    def push(self, block: TimedBlock, t_ns: int) -> None:
        """Take a block whose first sample stands at session time `t_ns`."""
        rate, channels = block.mode.sample_rate, block.mode.channels
        track = SoundTrack(rate, channels)
        hole = t_ns - self._end_ns > HOLE_NS
        if self._resampler is None or track != self.track or hole:
            self._resampler = GridResampler(rate, channels, rate)
            self._carry(track)
        first, samples = self._resampler.push(block.samples, t_ns, block.ppm)
        self._end_ns = t_ns + block.count * SECOND_NS // rate
        if len(samples):
            self._runs.append((first, samples))
            self.end = first + len(samples)
        while self._runs and self.end - self._runs[0][0] > BOUND_S * rate:
            self._runs.popleft()

    def overhear(self, block: TimedBlock) -> None:
        """A block before the session: it tells what track there will be."""
        self._carry(SoundTrack(block.mode.sample_rate, block.mode.channels))
        self._resampler = None

    def _carry(self, track: SoundTrack) -> None:
        if self.track is not None and track != self.track:
            # What waits fits into no file any more: the open one is ended, the next one has the new form.
            self._runs.clear()
            self._taken = (0, np.zeros((0, track.channels), np.float32))
        self.track = track

    @property
    def rate(self) -> int:
        return self.track.sample_rate if self.track else 1

    @property
    def first(self) -> int | None:
        """The oldest sample that waits."""
        return self._runs[0][0] if self._runs else None

    def index(self, t_ns: int) -> int:
        """The first grid sample at or after a moment."""
        return -(-t_ns * self.rate // SECOND_NS)

    def time(self, index: int) -> int:
        """Session time of a grid sample, rounded down so that `index(time(k)) == k`."""
        return index * SECOND_NS // self.rate

    def recent(self, index: int, count: int) -> Samples:
        """The samples before `index` that were taken last, `count` at most: what an encoder should know of the past."""
        first, samples = self._taken
        past = samples[max(index - first - count, 0) : max(index - first, 0)]
        return past if first + len(samples) >= index else past[:0]

    def drop_before(self, index: int) -> None:
        """Forget samples before `index`."""
        while self._runs:
            first, samples = self._runs[0]
            if first >= index:
                return
            if first + len(samples) <= index:
                self._runs.popleft()
            else:
                self._runs[0] = (index, samples[index - first :])

    def take(self, start: int, end: int) -> Samples:
        """The samples from `start` up to `end` at most, contiguous; a hole between two runs is silence."""
        self.drop_before(start)
        parts: list[Samples] = []
        position = start
        while self._runs and position < end:
            first, samples = self._runs[0]
            if first >= end:
                break
            if first > position:
                parts.append(np.zeros((first - position, samples.shape[1]), np.float32))
                position = first
            part = samples[: end - position]
            parts.append(part)
            position += len(part)
            if len(part) == len(samples):
                self._runs.popleft()
            else:
                self._runs[0] = (position, samples[len(part) :])
        if not parts:
            return np.zeros((0, self.track.channels if self.track else 1), np.float32)
        taken = parts[0] if len(parts) == 1 else np.concatenate(parts)
        self._remember(start, taken)
        return taken

    def _remember(self, start: int, taken: Samples) -> None:
        first, samples = self._taken
        if first + len(samples) == start and len(taken) < REMEMBERED and samples.shape[1] == taken.shape[1]:
            taken = np.concatenate((samples, taken))
            start = first
        cut = max(len(taken) - REMEMBERED, 0)
        self._taken = (start + cut, taken[cut:])
