"""What a gap is, and how pictures are counted (law 2).

captured = written + lost + thinned, and beside that sum `missed`: pictures that the device never delivered, estimated
from its rhythm. Every loss and every miss becomes a gap with a start, an end, a number and a cause.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from statistics import mean, median

from vig_capture.core.model import Gap
from vig_capture.core.time import MS_NS, SECOND_NS

LEAST_STEP_NS = MS_NS // 10
"""Two pictures with the same stamp, or with stamps that go back, are written this far apart."""
SKIP_FROM, SKIP_NEXT_FROM, SKIP_NEXT_TO = 1.75, 0.6, 1.4
"""In usual intervals: so long an interval, followed by a usual one, means skipped pictures. A camera that slows down
in a dim room goes on slowly, and a late stamp is followed by a short interval: neither is a skip."""

NO_PICTURE = "no picture arrived"
TOO_SLOW = "the disk or the computer was too slow"
DAMAGED = "the camera sent damaged pictures"
SKIPPED = "the camera skipped pictures"
DISK = "the disk refused to write"
NEEDS_LATER = "the last pictures needed one that came after the end"


RECENT = 30
"""Intervals: a loss of ten seconds is then right to a picture where the camera's clock ticks in 4 ms."""


class Rhythm:
    """The usual interval between pictures: the mean of those of the last few that are near their median. No camera has
    a constant rate, and some count in ticks (vivid: 64 or 68 ms for 15 a second), so that no single one is it."""

    def __init__(self, rate: float) -> None:
        self.counted = False
        """The source itself says what it lost: a long interval is a late picture and no skip."""
        self.interval_ns = round(SECOND_NS / rate) if rate > 0 else SECOND_NS // 30
        self._recent: deque[int] = deque(maxlen=RECENT)
        self._suspect: tuple[int, int, int] | None = None
        self._suspected_at_ns = 0
        """The usual interval when the suspicion arose: a slower rhythm than that confirms nothing."""

    def observe(self, last_ns: int, now_ns: int) -> tuple[int, int, int] | None:
        """Take note of an interval. Returns (start_ns, end_ns, pictures) where the interval before it was a skip."""
        step_ns = now_ns - last_ns
        found = None
        if self._suspect is not None:
            if SKIP_NEXT_FROM * self._suspected_at_ns < step_ns < SKIP_NEXT_TO * self._suspected_at_ns:
                found = self._suspect
            self._suspect = None
        if not self.counted and len(self._recent) >= 5 and SKIP_FROM * self.interval_ns < step_ns < SECOND_NS:
            self._suspect = (last_ns + self.interval_ns, now_ns, round(step_ns / self.interval_ns) - 1)
            self._suspected_at_ns = self.interval_ns
        if 0 < step_ns < SECOND_NS:
            self._recent.append(step_ns)
            if len(self._recent) >= 5:
                middle = median(self._recent)
                near = [each for each in self._recent if SKIP_NEXT_FROM * middle < each < SKIP_NEXT_TO * middle]
                self.interval_ns = round(mean(near or [middle]))
        return found

    def pictures(self, start_ns: int, end_ns: int) -> int:
        """How many pictures belong between the end of one and the start of another."""
        return max(round((end_ns - start_ns) / self.interval_ns), 0)


@dataclass(slots=True)
class Counters:
    """Law 2 in numbers, for one stream. Frames, or samples of a microphone."""

    captured: int = 0
    written: int = 0
    lost: int = 0
    thinned: int = 0
    missed: int = 0

    def as_map(self) -> dict[str, int]:
        """For clock points and snapshots."""
        return {
            "captured": self.captured,
            "written": self.written,
            "lost": self.lost,
            "thinned": self.thinned,
            "missed": self.missed,
        }


class GapNames:
    """Ids of gaps: unique within a session, also when the recorder died and came back."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._count = 0
        self.run = 1

    def next(self) -> str:
        self._count += 1
        return f"{self._stream}-{self.run}-{self._count}"


class Ledger:
    """Accounts for every picture of one stream: what came, what is kept, what is missing and why.

    Methods return the gaps that are to be journalled; a gap without an end is open, and comes again when it ends."""

    def __init__(self, stream: str, names: GapNames) -> None:
        self.counters = Counters()
        self.rhythm = Rhythm(30.0)
        self.newest_ns = -1
        """Session time of the newest picture that was kept, refused or thinned; −1 before the first."""
        self.good_end_ns = 0
        """Session time after the newest picture that was kept."""
        self._stream = stream
        self._names = names
        self._gap: Gap | None = None
        self._refused = 0
        self._refused_why = TOO_SLOW
        self._order_ns = -1

    def begin(self, from_ns: int, run: int) -> None:
        """A span of recording begins."""
        self._names.run = run
        self.newest_ns = self._order_ns = -1
        self.good_end_ns = from_ns
        self._gap = None
        self._refused = 0

    @property
    def begun(self) -> bool:
        """Has a picture of this span come, be it one that is lost?"""
        return self.newest_ns >= 0 or self._refused > 0

    @property
    def in_gap(self) -> bool:
        """Is there no picture at present?"""
        return self._gap is not None

    def refuse(self, count: int, why: str, captured: bool = True) -> None:
        """Pictures that came and cannot be kept. `captured`: they are not counted as captured yet."""
        if count <= 0:
            return
        if captured:
            self.counters.captured += count
            # The interval around pictures that are counted here must not be taken for skipped pictures as well.
            self._order_ns = -1
        self.counters.lost += count
        self._refused += count
        self._refused_why = why

    def arrive(self, t_ns: int, order_ns: int, reordered: bool) -> int:
        """A picture has come; the session time under which it is kept.

        `order_ns` is its place in decoding order. Stamps that repeat or go back are moved, unless the stream is
        `reordered` by its encoder (B-frames)."""
        self.counters.captured += 1
        if not reordered and t_ns <= self.newest_ns:
            t_ns = order_ns = self.newest_ns + LEAST_STEP_NS
        self._skip = self.rhythm.observe(self._order_ns, order_ns) if self._order_ns >= 0 else None
        self._order_ns = order_ns
        self.newest_ns = max(self.newest_ns, t_ns)
        return t_ns

    _skip: tuple[int, int, int] | None = None

    def keep(self, t_ns: int) -> list[Gap]:
        """The picture that arrived is kept: what was missing before it is over."""
        gaps: list[Gap] = []
        start_ns = min(self.good_end_ns, t_ns)
        if self._gap is not None:
            gaps.append(self._end_gap(t_ns))
        elif self._refused:
            gaps.append(Gap(self._names.next(), self._stream, start_ns, t_ns, self._refused, self._refused_why))
        elif self._skip is not None:
            skip_start_ns, skip_end_ns, count = self._skip
            self.counters.missed += count
            gaps.append(Gap(self._names.next(), self._stream, skip_start_ns, skip_end_ns, count, SKIPPED))
        self._refused = 0
        self.good_end_ns = max(self.good_end_ns, t_ns + self.rhythm.interval_ns)
        return gaps

    def lose(self, why: str, start_ns: int | None = None) -> list[Gap]:
        """No picture can be kept any more: a gap opens, unless one is open."""
        if self._gap is not None:
            return []
        start_ns = self.good_end_ns if start_ns is None else start_ns
        self._gap = Gap(self._names.next(), self._stream, start_ns, None, 0, why)
        return [replace(self._gap)]

    def end(self, until_ns: int) -> list[Gap]:
        """The span ends: whatever is missing now is missing until its end."""
        gaps: list[Gap] = []
        if self._gap is not None:
            gaps.append(self._end_gap(until_ns))
        elif self._refused:
            start_ns = min(self.good_end_ns, until_ns)
            gaps.append(Gap(self._names.next(), self._stream, start_ns, until_ns, self._refused, self._refused_why))
            self._refused = 0
        return gaps

    def _end_gap(self, end_ns: int) -> Gap:
        gap = self._gap
        assert gap is not None
        self._gap = None
        end_ns = max(end_ns, gap.start_ns)
        # Pictures that came but could not be used are a part of what the stretch is missing.
        lost = self._refused
        if gap.cause == NO_PICTURE:
            lost = max(lost, self.rhythm.pictures(gap.start_ns, end_ns))
            self.counters.missed += lost - self._refused
        self._refused = 0
        return replace(gap, end_ns=end_ns, lost=lost)
