"""Tracks written by hand: was a change told in time, and gone in time after its cure?"""

from __future__ import annotations

from typing import Any

import pytest
from findings_judge import changes, missed, row, rows_of
from scene_states import AWAY, COVERED, MOVED, PLAIN

from vig_capture.core.time import SECOND_NS

GOOD, BAD = ("good", "camera-still"), ("bad", "camera-covered")
TILTED = ("attention", "camera-tilted")


def track(*told: tuple[float, tuple[str, str]], check: str = "camera") -> list[dict[str, Any]]:
    """What one check said, each from so many seconds on."""
    return [{"t_ns": round(s * SECOND_NS), "check": check, "verdict": said[0], "code": said[1]} for s, said in told]


def done(*what: tuple[float, str]) -> list[tuple[str, int]]:
    return [(state, round(s * SECOND_NS)) for s, state in what]


def covered(*told: tuple[float, tuple[str, str]]) -> dict[str, Any]:
    """A camera that was covered at 10 s and uncovered at 30 s."""
    (change,) = changes(done((10, COVERED), (30, PLAIN)), 50 * SECOND_NS)
    return row(change, track(*told), 5.0)


def test_what_is_told_and_gone_in_time_is_timed_from_change_and_cure() -> None:
    """Told 2 s after the change, gone 3 s after the cure."""
    found = covered((1, GOOD), (12, BAD), (33, GOOD))
    assert (found["told after s"], found["gone after s"], found["missed"]) == (2, 3, "")


@pytest.mark.parametrize(
    ("told", "names"),
    [
        (((1, GOOD), (16, BAD), (33, GOOD)), "told"),
        (((1, GOOD), (12, BAD), (36, GOOD)), "gone"),
        (((1, GOOD), (12, BAD)), "gone"),
        (((1, GOOD),), "told, gone"),
        (((1, BAD), (12, BAD), (33, GOOD)), "told"),
        (((1, GOOD), (12, BAD), (31, GOOD), (40, BAD)), "gone"),
    ],
    ids=["late", "stays too long", "stays for ever", "never", "was there before", "comes back"],
)
def test_whatever_is_not_told_or_gone_in_time_is_missed(
    told: tuple[tuple[float, tuple[str, str]], ...], names: str
) -> None:
    """Each way to fail is named."""
    assert covered(*told)["missed"] == names


def test_a_finding_that_flickers_is_gone_when_it_goes_for_good() -> None:
    """It went at 20 s, came back at 22 s, and is gone at 34 s: 4 s after the cure."""
    found = covered((1, GOOD), (12, BAD), (20, GOOD), (22, BAD), (34, GOOD))
    assert (found["told after s"], found["gone after s"]) == (2, 4)


def test_a_move_is_cured_by_stillness_and_back_is_a_move_too() -> None:
    """Both may take 10 s to be gone: 5 s of stillness, and 5 s."""
    said = track((1, GOOD), (12, TILTED), (19, GOOD), (33, TILTED), (41, GOOD))
    rows = rows_of(changes(done((10, MOVED), (30, PLAIN)), 50 * SECOND_NS), said, "YuNet n")
    assert [(each["told after s"], each["gone after s"]) for each in rows] == [(2, 9), (3, 11)]
    assert missed(rows) == ["moved: gone"]


def test_haar_has_longer_to_tell_and_no_longer_to_let_go() -> None:
    """No picture for 8 s before it is said: in time with Haar, too late with YuNet."""
    said = track(
        (1, ("good", "picture-seen")), (18, ("unknown", "no-picture")), (32, ("good", "picture-seen")), check="picture"
    )
    what = changes(done((10, AWAY), (30, PLAIN)), 50 * SECOND_NS)
    assert not missed(rows_of(what, said, "Haar"))
    assert missed(rows_of(what, said, "YuNet n")) == ["away: told"]


def test_other_faults_that_come_meanwhile_are_listed() -> None:
    """Also told: that the picture is dark. What is good or cannot be told is not."""
    (change,) = changes(done((10, COVERED), (30, PLAIN)), 50 * SECOND_NS)
    more = track((12, ("bad", "exposure-dark")), (31, ("good", "exposure-good")), check="exposure")
    assert row(change, [*track((12, BAD), (33, GOOD)), *more], 5.0)["also"] == "exposure-dark"
