"""Sound onto the grid of session time.

A film's sound track has no stamps of its own: sample k stands at k / grid_rate seconds. A microphone's clock is off by
up to a few hundred ppm, so its samples lie between the grid's. They are moved onto it by a windowed sinc whose position
follows the fitted line of core/sync.py smoothly, where FFmpeg's aresample steps or errs by up to 0.1 s.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

TAPS = 24
PHASES = 4096
"""So many that the nearest phase will do: at 10 kHz of 48 kHz its error is −76 dB."""
KAISER_BETA = 8.0
SLEW_MAX = 500e-6
"""The most that the pitch is bent to catch up with the line: not audible (reference: 0.05 %)."""
SLEW_S = 2.0
"""An error is slewed away with this time constant, where SLEW_MAX allows."""
JUMP_S = 0.02
"""A larger error is a discontinuity: a hole is filled with silence, an overlap dropped.

The fitted line itself moves by a millisecond or two; sound is seen to be off from 40 ms on (EBU R37)."""
COPY_SAMPLES = 1.0
COPY_PPM = 0.5
"""So close to the grid and to its rate the samples are copied, up to a sample (21 µs) from their place."""

Samples = NDArray[np.float32]


def as_float(samples: NDArray[Any]) -> Samples:
    """Samples of any type as float32 in −1..1, same shape. int32 counts its full width (24 bit: the upper ones)."""
    if samples.dtype == np.int16:
        return samples.astype(np.float32) * np.float32(2.0**-15)
    if samples.dtype == np.int32:
        return samples.astype(np.float32) * np.float32(2.0**-31)
    return samples.astype(np.float32, copy=False)


class GridResampler:
    """A microphone's samples on the grid of session time, gapless from call to call.

    `sample_rate` is the microphone's nominal rate, `grid_rate` the film's. One for each time a device is opened."""

    def __init__(self, sample_rate: int, channels: int, grid_rate: int = 48_000) -> None:
        self._fs = sample_rate
        self._grid = grid_rate
        self._channels = channels
        self._half = TAPS // 2 * max(1, -(-sample_rate // grid_rate))
        cutoff = 0.95 * grid_rate / sample_rate if sample_rate > grid_rate else 1.0
        self._table = sinc_table(2 * self._half, cutoff)
        self._held = self._silence(0)
        self._position = 0.0  # of the next grid sample, in samples after the first one held
        self._next: int | None = None
        self._live = False
        self.silence_samples = 0
        """Grid samples of silence put into holes."""
        self.dropped_samples = 0
        """Grid samples dropped because their place was taken."""

    @property
    def next_sample(self) -> int | None:
        """The grid sample with which the next call's result begins; None before the first."""
        return self._next

    def push(self, samples: NDArray[Any], t_ns: int, ppm: float = 0.0) -> tuple[int, Samples]:
        """Take a block, shape (n, channels), its first sample heard at session time `t_ns` by a clock `ppm` too fast.

        Returns the index of the first grid sample and float32 samples, shape (m, channels), that follow on the last
        call's. Up to `TAPS` / 2 samples are held back."""
        parts: list[Samples] = []
        block = as_float(samples)
        step = self._fs / self._grid * (1.0 + ppm * 1e-6)
        if self._next is None:
            self._next = round(t_ns * self._grid / 1e9)
        first = self._next
        error = self._error(t_ns, step)
        if self._live and abs(error) > JUMP_S * self._fs:
            parts.append(self._flush(step))
            self._live = False
        if not self._live:
            parts.append(self._begin(t_ns, step))
            error = self._error(t_ns, step)
        self._held = np.concatenate((self._held, block))
        parts.append(self._take(self._slewed(step, error, ppm)))
        return first, np.concatenate(parts)

    def silence_until(self, t_ns: int) -> tuple[int, Samples]:
        """Silence from the last sample up to session time `t_ns`, for a microphone that says nothing.

        What it brings later for a time before that is dropped. Needs a first `push`."""
        if self._next is None:
            return 0, self._silence(0)
        first, parts = self._next, []
        if self._live:
            parts.append(self._flush(self._fs / self._grid))
            self._live = False
        parts.append(self._fill(round(t_ns * self._grid / 1e9)))
        return first, np.concatenate(parts)

    def _error(self, t_ns: int, step: float) -> float:
        """How far the line is ahead of the position, in samples: positive where the position has to hurry."""
        assert self._next is not None
        block_start = len(self._held)
        on_line = block_start + (self._next * 1_000_000_000 - t_ns * self._grid) / 1e9 * step
        return on_line - self._position

    def _slewed(self, step: float, error: float, ppm: float) -> float:
        near_rate = self._fs == self._grid and abs(ppm) <= COPY_PPM
        if near_rate and self._position.is_integer() and abs(error) <= COPY_SAMPLES:
            return 1.0
        slew = error / (SLEW_S * self._fs)
        return step * (1.0 + min(max(slew, -SLEW_MAX), SLEW_MAX))

    def _begin(self, t_ns: int, step: float) -> Samples:
        """Start afresh with the block that begins at `t_ns`; returns the silence before it."""
        assert self._next is not None
        start = round(t_ns * self._grid / 1e9)
        silence = self._fill(start)
        late = self._next - start
        self.dropped_samples += late
        self._held = self._silence(self._half)
        self._position = float(self._half + late * step)
        self._live = True
        return silence

    def _fill(self, until: int) -> Samples:
        assert self._next is not None
        count = max(0, until - self._next)
        self._next += count
        self.silence_samples += count
        return self._silence(count)

    def _flush(self, step: float) -> Samples:
        """What is still held, as if silence followed."""
        self._held = np.concatenate((self._held, self._silence(self._half)))
        return self._take(step)

    def _take(self, step: float) -> Samples:
        """All grid samples for which there is enough held on both sides."""
        assert self._next is not None
        last = len(self._held) - self._half - 1
        count = max(0, int((last - self._position) // step) + 1)
        if step == 1.0 and self._position.is_integer():
            start = int(self._position)
            out = self._held[start : start + count].copy()
        else:
            out = self._interpolate(self._position + step * np.arange(count, dtype=np.float64))
        self._next += count
        self._position += step * count
        gone = min(max(0, int(self._position) - self._half), len(self._held))
        self._held = self._held[gone:]
        self._position -= gone
        return out

    def _interpolate(self, positions: NDArray[np.float64]) -> Samples:
        out = self._silence(len(positions))
        if len(positions):
            whole, phase = np.divmod(np.rint(positions * PHASES).astype(np.int64), PHASES)
            first = whole - self._half + 1
            coefficients = self._table[phase]
            windows = sliding_window_view(self._held, 2 * self._half, axis=0)
            for channel in range(self._channels):
                np.einsum("nt,nt->n", windows[first, channel], coefficients, out=out[:, channel])
        return out

    def _silence(self, count: int) -> Samples:
        return np.zeros((count, self._channels), np.float32)


def sinc_table(taps: int, cutoff: float) -> Samples:
    """Kaiser-windowed sinc, shape (PHASES, taps): row p gives the value at p / PHASES after tap `taps` / 2 − 1.

    `cutoff` is relative to half the input's rate. Each row sums to one."""
    phase = np.arange(PHASES)[:, None] / PHASES
    distance = np.arange(taps)[None, :] - (taps // 2 - 1) - phase
    window = np.i0(KAISER_BETA * np.sqrt(np.clip(1.0 - (distance / (taps / 2)) ** 2, 0.0, None))) / np.i0(KAISER_BETA)
    table = np.sinc(distance * cutoff) * window
    return np.asarray(table / table.sum(axis=1, keepdims=True), np.float32)
