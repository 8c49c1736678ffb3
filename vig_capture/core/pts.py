"""A source's own timestamps on the host's clock: a running lower envelope of (read time − PTS).

A picture can be read late, never early: of many (read time − PTS) the lowest comes closest to the distance between the
two clocks. So frames that queued while the source was being probed (up to 672 ms late, measured) do not count. The
envelope is kept over a window: it also rises when the source's clock runs slower than the host's. The offset in use
never jumps towards it but slews, so that the stamps keep the source's own spacing.
"""

from __future__ import annotations

from collections import deque

from vig_capture.core.time import MS_NS, SECOND_NS

WINDOW_NS = 20 * SECOND_NS
"""Length of the envelope: a source clock that runs 50 ppm slow is stamped 1 ms early at most, 300 ppm 6 ms."""
BUCKET_NS = SECOND_NS
DEADBAND_NS = 3 * MS_NS
"""Jitter of the envelope below this moves nothing: the spacing stays exactly the source's."""
SLEW_MIN_PPM = 500
"""0.5 ms a second: more than any quartz is off, less than anyone sees."""
SLEW_MAX_PPM = 25_000
"""25 ms a second: at 15 pictures a second 1.7 ms a picture, inside the 2 ms that spacing may err."""
SLEW_TIME_S = 10
"""Time in which a large error is taken back, between those two speeds."""
BACK_JUMP_NS = SECOND_NS // 2
"""Stamps that go back further than reordering can explain have started anew."""
AHEAD_JUMP_NS = SECOND_NS
"""Stamps this far ahead of the clock have jumped."""
LATE_JUMP_NS = SECOND_NS
LATE_FOR_NS = 5 * SECOND_NS
"""Every picture at least so late for so long: the source stood still and then went on counting where it was."""


class PtsMapper:
    """Maps one source's PTS to the host's monotonic clock. All times are integer nanoseconds.

    `observe` learns from pictures that are thrown away (the burst of an opening), `update` also stamps one. Pictures
    are given as they arrive; where they are reordered, with their decoding stamp. While a source's stamps grow, so do
    the results."""

    def __init__(self) -> None:
        self.restarts = 0
        """How often the source's stamps have jumped."""
        self._offset_ns: int | None = None
        self._buckets: deque[list[int]] = deque()
        self._last_order_ns: int | None = None
        self._last_out_ns: int | None = None
        self._late_since_ns: int | None = None

    @property
    def offset_ns(self) -> int | None:
        """What is added to a PTS now; None before the first picture."""
        return self._offset_ns

    def observe(self, pts_ns: int, read_ns: int) -> None:
        """Learn from a picture of the opening burst that nobody will see."""
        if self._offset_ns is None:
            self._offset_ns = read_ns - pts_ns
        self._note(pts_ns, read_ns)
        if self._last_out_ns is None:
            self._offset_ns = self._target_ns()

    def update(self, pts_ns: int, read_ns: int, decode_pts_ns: int | None = None) -> int:
        """The moment on the host's clock of a picture that was read at `read_ns`."""
        order_ns = pts_ns if decode_pts_ns is None else decode_pts_ns
        if self._offset_ns is None:
            self._restart(pts_ns, read_ns)
        elif self._last_order_ns is not None and self._jumped(pts_ns, order_ns, read_ns):
            self.restarts += 1
            self._restart(pts_ns, read_ns)
        else:
            self._note(pts_ns, read_ns)
            self._slew(order_ns)
        if self._last_order_ns is None or order_ns > self._last_order_ns:
            self._last_order_ns = order_ns
        mono_ns = self.at(pts_ns)
        self._last_out_ns = mono_ns if self._last_out_ns is None else max(mono_ns, self._last_out_ns)
        return mono_ns

    def at(self, pts_ns: int) -> int:
        """A stamp of the same source (a decoding stamp, its sound) on the host's clock, by the offset in use."""
        if self._offset_ns is None:
            raise ValueError("no picture has been stamped yet")
        return pts_ns + self._offset_ns

    def _jumped(self, pts_ns: int, order_ns: int, read_ns: int) -> bool:
        if self._last_order_ns is not None and order_ns < self._last_order_ns - BACK_JUMP_NS:
            return True
        late_ns = read_ns - self.at(pts_ns)
        if late_ns < -AHEAD_JUMP_NS:
            return True
        if late_ns < LATE_JUMP_NS:
            self._late_since_ns = None
            return False
        if self._late_since_ns is None:
            self._late_since_ns = read_ns
        return read_ns - self._late_since_ns > LATE_FOR_NS

    def _restart(self, pts_ns: int, read_ns: int) -> None:
        self._buckets.clear()
        self._late_since_ns = None
        self._last_order_ns = None
        self._note(pts_ns, read_ns)
        self._offset_ns = read_ns - pts_ns
        if self._last_out_ns is not None:
            self._offset_ns = max(self._offset_ns, self._last_out_ns + MS_NS - pts_ns)

    def _note(self, pts_ns: int, read_ns: int) -> None:
        bucket = read_ns // BUCKET_NS
        if not self._buckets or self._buckets[-1][0] != bucket:
            self._buckets.append([bucket, read_ns - pts_ns])
        else:
            self._buckets[-1][1] = min(self._buckets[-1][1], read_ns - pts_ns)
        while self._buckets[0][0] < bucket - WINDOW_NS // BUCKET_NS:
            self._buckets.popleft()

    def _target_ns(self) -> int:
        return min(lowest for _, lowest in self._buckets)

    def _slew(self, order_ns: int) -> None:
        assert self._offset_ns is not None
        passed_ns = 0 if self._last_order_ns is None else order_ns - self._last_order_ns
        error_ns = self._target_ns() - self._offset_ns
        beyond_ns = abs(error_ns) - DEADBAND_NS
        if beyond_ns <= 0 or passed_ns <= 0:
            return
        ppm = min(max(beyond_ns // (SLEW_TIME_S * 1000), SLEW_MIN_PPM), SLEW_MAX_PPM)
        step_ns = min(beyond_ns, passed_ns * ppm // 1_000_000)
        self._offset_ns += step_ns if error_ns > 0 else -step_ns
