"""core/listening.py: is the microphone alive?"""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.levels import FLOOR_DBFS, Levels
from vig_capture.core.listening import MicWatch
from vig_capture.core.time import MS_NS

SOUND = Levels(-40.0, -55.0, zeros=False)
ZEROS = Levels(FLOOR_DBFS, FLOOR_DBFS, zeros=True)


def feed(watch: MicWatch, levels: Levels | None, start_ms: int, end_ms: int) -> list[tuple[int, str]]:
    """A block each 10 ms; the changes with their times in ms."""
    found: list[tuple[int, str]] = []
    for ms in range(start_ms, end_ms, 10):
        changes = watch.observe(levels, ms * MS_NS, 480 if levels else 0)
        found += [(ms, change) for change in changes]
    return found


def test_muted_within_two_seconds_and_back() -> None:
    """Exact zeros are called muted after 1.5 s, once, and sound again with the first sample that is not."""
    watch = MicWatch(0)
    assert feed(watch, SOUND, 0, 5_000) == []
    assert feed(watch, ZEROS, 5_000, 20_000) == [(6_500, "muted")]
    assert watch.since_ns == 5_000 * MS_NS
    assert feed(watch, SOUND, 20_000, 21_000) == [(20_000, "sound again")]


def test_short_zeros_are_no_alarm() -> None:
    """More than a second of zeros, as a start or a filled hole gives, is nothing."""
    watch = MicWatch(0)
    assert feed(watch, ZEROS, 0, 1_400) + feed(watch, SOUND, 1_400, 2_000) + feed(watch, ZEROS, 2_000, 3_400) == []


def test_stopped() -> None:
    """Half a second without a block is called stopped, once, and the return is told."""
    watch = MicWatch(0)
    feed(watch, SOUND, 0, 1_000)
    assert feed(watch, None, 1_000, 9_000) == [(1_490, "stopped")]
    assert watch.since_ns == 990 * MS_NS
    assert feed(watch, SOUND, 9_000, 9_500) == [(9_000, "sound again")]


def test_stopped_before_the_first_block() -> None:
    """A microphone that never delivers anything is called stopped too."""
    assert feed(MicWatch(1_000 * MS_NS), None, 1_000, 3_000) == [(1_500, "stopped")]


def test_stopped_then_muted() -> None:
    """A microphone that comes back with zeros has no sound again: it is muted."""
    watch = MicWatch(0)
    feed(watch, SOUND, 0, 100)
    assert feed(watch, None, 100, 2_000)[0][1] == "stopped"
    assert feed(watch, ZEROS, 2_000, 5_000) == [(3_500, "muted")]


def test_a_gap_is_told_even_when_nobody_waited() -> None:
    """When nothing was observed for long, the block that ends it tells both."""
    watch = MicWatch(0)
    feed(watch, SOUND, 0, 100)
    assert watch.observe(SOUND, 800 * MS_NS, 480) == ["stopped", "sound again"]


@given(st.lists(st.tuples(st.sampled_from([SOUND, ZEROS, None]), st.integers(0, 3_000)), max_size=60))
def test_changes_alternate(steps: list[tuple[Levels | None, int]]) -> None:
    """Whatever comes, no state is told twice in a row."""
    watch, ms, told = MicWatch(0), 0, ["sound again"]
    for levels, pause_ms in steps:
        ms += pause_ms
        told += watch.observe(levels, ms * MS_NS, 480 if levels else 0)
    assert all(a != b for a, b in itertools.pairwise(told))
