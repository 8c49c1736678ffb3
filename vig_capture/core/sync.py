"""Sound to time: from counted samples and their arrivals to a line that says when each sample was heard.

A block of sound arrives late, by the scheduler's mood, but never early. So of each second the least late arrival is
kept, and a line through those gives offset and rate. The line covers the last ten minutes: long enough for a rate to a
fraction of a ppm, short enough to follow a crystal that warms up.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

import numpy as np
from numpy.typing import NDArray

WINDOW_S = 1.0
FIRST_WINDOW_S = 0.25
"""At the start and after a discontinuity, in samples and in time of arrival: a backlog comes in a burst of late blocks,
and only what comes after it is in time."""
WINDOWS_MAX = 600
RATE_SIGMA_PPM = 100.0
"""What is known of a clock before it was measured; sound cards err by up to 300 ppm (reference: 250 ppm measured)."""
KNOWN_RATE_SIGMA_PPM = 10.0
KNOWN_RATE_WINDOWS = 60
"""A line over this many windows has measured the rate: a discontinuity then changes the offset, not the crystal."""
RESIDUAL_SIGMA_NS = 1e6
PAIRS_APART_MAX = 75
"""Slopes are taken over so many windows at most: enough to be exact, and in ten minutes three steps are outvoted."""
FLOOR_SHARE = 0.05
"""So many of the points may lie below the line from which the fit starts."""
LATE_NS = 20e6
LATE_WINDOWS = 5
"""All blocks of so many windows so late: samples were lost, or a buffer grew. Either way the line is another one."""
EARLY_NS = 5e6
EARLY_WINDOWS = 2
"""Nothing arrives early: the line was drawn too late."""


class SoundClock:
    """When each counted sample was heard, on the clock of the arrivals.

    `sample_rate` is the nominal one; `ppm` what is already known of its error, for a microphone that was reopened.
    Positive ppm: the microphone's clock is fast, it delivers more samples a second than nominal."""

    def __init__(self, sample_rate: int, ppm: float | None = None) -> None:
        self._sample_ns = 1e9 / sample_rate
        self._window_samples = max(1, round(sample_rate * WINDOW_S))
        self._first_window_samples = max(1, round(sample_rate * FIRST_WINDOW_S))
        self._prior_rate = 1.0 / (1.0 + (ppm or 0.0) * 1e-6) - 1.0
        self._prior_sigma_ppm = RATE_SIGMA_PPM if ppm is None else KNOWN_RATE_SIGMA_PPM
        self._base_sample = 0
        self._base_ns = 0
        self._offset = 0.0  # of the line at the base sample, in ns after the base
        self._rate = self._prior_rate  # how much longer than nominal a sample lasts
        self._started = False
        self._follow_arrivals = True  # there is no older line to go by
        self._points: deque[tuple[float, float]] = deque(maxlen=WINDOWS_MAX)
        self._late = 0
        self._early = 0
        self.restarts = 0
        """Discontinuities, those seen by the clock itself and those that it was told of."""
        self._settling = False
        self._keeps_line = False
        """While it settles the old line goes on."""
        self._settles_ns: int | None = None
        self._last_sample = 0
        self._window_end = 0
        self._least_late = float("inf")
        self._best_x = self._best_y = self._sum_x = self._sum_y = 0.0
        self._count = 0

    def observe(self, block_end_sample: int, arrival_ns: int, stamped: bool = False) -> None:
        """Take note that the sample before index `block_end_sample` had been heard by `arrival_ns`.

        `stamped`: the time is the source's own and carries no lateness. Costs about a microsecond."""
        if not self._started or block_end_sample < self._last_sample:
            self._begin(block_end_sample, arrival_ns)
        self._last_sample = block_end_sample
        x = (block_end_sample - self._base_sample) * self._sample_ns
        y = (arrival_ns - self._base_ns) - x
        late = y - self._offset - self._rate * x
        if stamped:
            self._settling = self._keeps_line = False
            if abs(late) > LATE_NS:
                self._restart_at(block_end_sample, x, y)
                return
            self._sum_x += x
            self._sum_y += y
            self._count += 1
        elif late < self._least_late:
            self._least_late, self._best_x, self._best_y = late, x, y
            if self._follow_arrivals and late < 0:
                self._offset += late
                self._least_late = 0.0
        if self._settling and self._settles_ns is None:
            self._settles_ns = arrival_ns + round(FIRST_WINDOW_S * 1e9)
        if block_end_sample >= self._window_end and (not self._settling or arrival_ns >= (self._settles_ns or 0)):
            self._end_window(block_end_sample)

    def t_ns(self, sample: float) -> int:
        """When this sample was heard, on the clock of the arrivals."""
        x = (sample - self._base_sample) * self._sample_ns
        return self._base_ns + round(x + self._offset + self._rate * x)

    @property
    def settled(self) -> bool:
        """Is the offset known, since the start or the last discontinuity?"""
        return not self._settling

    def settle(self) -> None:
        """Nothing more will come to learn the offset from: take what has come."""
        if self._settling and self._least_late < float("inf"):
            self._end_window(self._last_sample)

    @property
    def ppm(self) -> float:
        """How much faster than nominal the microphone's clock runs, in parts per million."""
        return (1.0 / (1.0 + self._rate) - 1.0) * 1e6

    @property
    def offset_ns(self) -> int:
        """When sample 0 would have been heard, counted back at the nominal rate: evidence for the journal."""
        return self._base_ns + round(self._offset - self._base_sample * self._sample_ns)

    def reopened(self) -> None:
        """The device was opened again and counts from 0: keep the rate, take the offset from the next blocks.

        Samples that count back are taken for the same."""
        self._started = False

    def restart(self) -> None:
        """Samples were lost and not counted: keep the rate, find the offset anew.

        Until it is found, a quarter of a second later, the old line goes on: blocks that follow a stall come late."""
        self._know_rate()
        self._points.clear()
        self._late = self._early = 0
        self.restarts += 1
        self._begin_window(self._last_sample, self._first_window_samples)
        self._settling = self._keeps_line = True

    def _begin(self, block_end_sample: int, arrival_ns: int) -> None:
        self._know_rate()
        self._points.clear()
        self._started = self._follow_arrivals = True
        self._base_sample, self._base_ns, self._offset = block_end_sample, arrival_ns, 0.0
        self._late = self._early = 0
        self._begin_window(block_end_sample, self._first_window_samples)
        self._settling = True

    def _restart_at(self, block_end_sample: int, x: float, y: float) -> None:
        self.restart()
        self._offset = y - self._rate * x
        self._begin_window(block_end_sample, self._first_window_samples)

    def _know_rate(self) -> None:
        self._prior_rate = self._rate
        if len(self._points) >= KNOWN_RATE_WINDOWS:
            self._prior_sigma_ppm = KNOWN_RATE_SIGMA_PPM

    def _begin_window(self, start: int, length: int) -> None:
        self._window_end = start + length
        self._least_late = float("inf")
        self._best_x = self._best_y = self._sum_x = self._sum_y = 0.0
        self._count = 0
        self._settling = self._keeps_line = False
        self._settles_ns = None

    def _end_window(self, sample: int) -> None:
        count = self._count
        point = (self._sum_x / count, self._sum_y / count) if count else (self._best_x, self._best_y)
        late = 0.0 if self._keeps_line else point[1] - self._offset - self._rate * point[0]
        self._follow_arrivals = False
        self._points.append(point)
        self._begin_window(sample, self._window_samples)
        self._late = self._late + 1 if late > LATE_NS else 0
        self._early = self._early + 1 if late < -EARLY_NS else 0
        if self._late >= LATE_WINDOWS or self._early >= EARLY_WINDOWS:
            self._leave_old_line(max(self._late, self._early))
        self._fit()

    def _leave_old_line(self, windows: int) -> None:
        newest = list(islice(reversed(self._points), windows))
        self._know_rate()
        self._points.clear()
        self._points.extend(reversed(newest))
        self._late = self._early = 0
        self.restarts += 1
        self._offset = min(y - self._rate * x for x, y in newest)

    def _fit(self) -> None:
        points = np.array(self._points)
        rate, offset = fit_line(points[:, 0], points[:, 1], self._prior_rate, self._prior_sigma_ppm * 1e-6)
        self._rate, self._offset = rate, offset


def fit_line(
    x: NDArray[np.float64], y: NDArray[np.float64], prior_rate: float, prior_rate_sigma: float
) -> tuple[float, float]:
    """Rate and offset of the line through points (in ns), by least squares with a prior on the rate.

    A point far above the line counts less, because lateness is one-sided: neither a second in which every block was
    late nor a minute in which a buffer held more than before must lift the line or tilt it."""
    if len(x) >= KNOWN_RATE_WINDOWS:
        prior_rate, prior_rate_sigma = _steady_rate(x, y), KNOWN_RATE_SIGMA_PPM * 1e-6
    y = y - prior_rate * x
    ridge = (RESIDUAL_SIGMA_NS / prior_rate_sigma) ** 2
    rate, offset = 0.0, float(np.quantile(y, FLOOR_SHARE))
    for _ in range(4):
        late = (y - offset - rate * x) / (2 * RESIDUAL_SIGMA_NS)
        weight = 1.0 / np.maximum(late, 1.0) ** 4
        total = weight.sum()
        x_mean, y_mean = (weight @ x) / total, (weight @ y) / total
        dx = x - x_mean
        rate = float((weight * dx) @ (y - y_mean) / ((weight * dx) @ dx + ridge))
        offset = float(y_mean - rate * x_mean)
    return rate + prior_rate, offset


def _steady_rate(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The median of the slopes between points some way apart: a step of the lateness is in few of them (Theil and Sen's
    estimator, over pairs of one distance)."""
    apart = min(len(x) // 3, PAIRS_APART_MAX)
    return float(np.median((y[apart:] - y[:-apart]) / (x[apart:] - x[:-apart])))
