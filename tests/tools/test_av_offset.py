"""tools/av_offset.py misses a bar where one was broken on purpose, and none where nothing was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av_offset
import pytest

from tests.tools.films import RATE, numbers, session

GOOD: dict[str, Any] = {
    "lost": 0,
    "doubled": 0,
    "unreadable": 0,
    "gaps": 0,
    "seams off": 0,
    "pairs": 600,
    "median ms": -9.9,
    "p99 ms": 19.9,
    "after cuts ms": 19.9,
    "last segment ms": -9.9,
    "ppm": 304.9,
}


def judged(folder: Path, parts: list[list[int]], shift: int = 0, **changes: Any) -> tuple[dict[str, Any], list[str]]:
    """The row of a film of three seconds with beeps, and what it misses."""
    clock = [{"mono_ns": 5, "t_ns": 5, "streams": {"mic1": {"ppm": 0.0}}}]
    made = session(folder, parts, "beeps", shift) | {"clock": clock} | changes
    row = av_offset.judge(folder, made, RATE)
    return row, av_offset.missed(row, seconds=3)


def test_a_whole_session_misses_nothing(tmp_path: Path) -> None:
    """Nothing lost, every seam exact, each beep with its flash."""
    row, missed = judged(tmp_path, [numbers(0), numbers(30), numbers(60)])
    assert missed == []
    assert (row["cuts"], row["pairs"], row["lost"], row["doubled"], row["seams off"]) == (2, 3, 0, 0, 0)
    assert row["max ms"] < 0.1


def test_lost_and_doubled_pictures_are_missed(tmp_path: Path) -> None:
    """A number that is missing at a seam and one that comes twice are counted and named."""
    row, missed = judged(tmp_path, [numbers(0, 29), numbers(30, 10) + numbers(39, 20), numbers(60)])
    assert (row["lost"], row["doubled"]) == (2, 1)
    assert missed == ["lost", "doubled"]


def test_losses_that_only_the_journal_knows_are_missed(tmp_path: Path) -> None:
    """Samples that were filled with silence leave no seam: the journal's gap counts."""
    gaps = [{"stream": "mic1", "start_ns": 0, "end_ns": 5, "lost": 480, "cause": "no sound"}]
    assert judged(tmp_path, [numbers(0), numbers(30), numbers(60)], gaps=gaps)[1] == ["gaps"]


def test_sound_that_comes_late_in_one_segment_is_missed(tmp_path: Path) -> None:
    """40 ms in the second of three segments leave the median and the last segment good, and nothing else."""
    row, missed = judged(tmp_path, [numbers(0), numbers(30), numbers(60)], shift=-1920)
    assert row["after cuts ms"] == pytest.approx(40, abs=0.1)
    assert missed == ["p99", "after cuts"]


def test_a_film_without_a_beep_misses_every_offset(tmp_path: Path) -> None:
    """Where no flash has its beep nothing is called good."""
    made = session(tmp_path, [numbers(0), numbers(30)], "sine")
    row = av_offset.judge(tmp_path, made | {"clock": [{"mono_ns": 5, "t_ns": 5, "streams": {}}]}, RATE)
    assert av_offset.missed(row, seconds=600) == ["pairs", "median", "p99", "after cuts", "last segment", "rate"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, None),
        ({"lost": 1}, "lost"),
        ({"doubled": 1}, "doubled"),
        ({"unreadable": 1}, "unreadable"),
        ({"gaps": 1}, "gaps"),
        ({"seams off": 1}, "seams off"),
        ({"pairs": 596}, "pairs"),
        ({"median ms": 10.1}, "median"),
        ({"p99 ms": 20.1}, "p99"),
        ({"after cuts ms": 20.1}, "after cuts"),
        ({"last segment ms": -10.1}, "last segment"),
        ({"ppm": 305.1}, "rate"),
        ({"ppm": None}, "rate"),
    ],
)
def test_each_bar_is_judged(change: dict[str, Any], name: str | None) -> None:
    """One figure beyond its bar is named, and no other."""
    assert av_offset.missed(GOOD | change, seconds=600, ppm=300) == ([name] if name else [])


def test_a_short_run_does_not_know_its_rate() -> None:
    """A rate that was fitted over seconds is not judged."""
    assert av_offset.missed(GOOD | {"ppm": 290.0}, seconds=60, ppm=300) == []
