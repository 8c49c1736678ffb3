"""Keys that are held down, told from keys that are pressed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.time import MS_NS
from vig_capture.tui.held import FIRST_NS, REPEAT_NS, HeldKey, Taps


def undos(times_ms: list[float]) -> int:
    """How many undos these presses of Backspace are; a waiting one counts where nothing follows within REPEAT_NS."""
    taps, count, waiting_ns = Taps(), 0, None
    for time_ms in times_ms:
        now_ns = round(time_ms * MS_NS)
        if waiting_ns is not None and now_ns - waiting_ns >= REPEAT_NS:
            count, waiting_ns = count + 1, None
        verdict = taps.press(now_ns)
        if verdict == "repeat":
            waiting_ns = None
        elif verdict == "wait":
            waiting_ns = now_ns
        else:
            count += 1
    return count + (waiting_ns is not None)


@pytest.mark.parametrize("delay_ms", [0, 250, 500, 660])
@pytest.mark.parametrize("every_ms", [25, 33, 90])
def test_a_held_backspace_is_one(delay_ms: float, every_ms: float) -> None:
    """Whatever a system's first delay and rate are, and whenever it is let go, a held Backspace takes back one act."""
    for count in (1, 3, 10, 60):
        repeats = [(delay_ms or every_ms) + every_ms * number for number in range(count + 1)]
        assert undos([0, *repeats]) == 1


@given(st.lists(st.floats(REPEAT_NS / MS_NS + 1, 3_000), max_size=20))
def test_pressed_one_after_the_other_each_counts(apart_ms: list[float]) -> None:
    """Presses that are further apart than a held key's repeats each take back one act."""
    times = [0.0]
    for each in apart_ms:
        times.append(times[-1] + each)
    assert undos(times) == len(times)


@given(st.lists(st.floats(1, 500), max_size=30))
def test_no_press_counts_twice(apart_ms: list[float]) -> None:
    """However they come, there are at least one and at most as many undos as presses."""
    times = [0.0]
    for each in apart_ms:
        times.append(times[-1] + each)
    assert 1 <= undos(times) <= len(times)


def test_a_chord_that_is_held_acts_once() -> None:
    """The same key again soon is a repeat, also after repeats; another key between, or a pause, makes it a press."""
    held = HeldKey()
    seconds = [0.0, 0.5, 0.533, 0.566, 1.2]
    assert [held.repeats("ctrl+x", round(each * 1e9)) for each in seconds] == [False, True, True, True, True]
    assert not held.repeats("enter", round(1.3e9))
    assert not held.repeats("ctrl+x", round(1.4e9))
    assert not held.repeats("ctrl+x", round(1.4e9) + FIRST_NS)
