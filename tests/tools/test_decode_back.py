"""The measuring tools find what was done to a hand-made session, no more and no less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import decode_back
import feed
import measure_picture
import measure_sound
import pytest

from tests.tools.films import RATE, numbers, session


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("whole")
    return folder, session(folder, [numbers(0), numbers(30), numbers(60)], "sine")


def test_a_whole_session_has_no_fault(whole: tuple[Path, dict[str, Any]]) -> None:
    """Nothing is reported missing, doubled or late where nothing was done."""
    found = decode_back.decode_back(*whole, RATE, sine_hz=feed.SINE_HZ)
    picture, sound = found["picture"], found["sound"]
    assert (picture["frames"], picture["unreadable"], picture["doubled"]) == (90, 0, 0)
    assert (picture["lost_inside"], picture["lost_at_seams"], picture["count_differs"]) == (0, 0, [])
    assert picture["step_error_ms"]["max"] < 0.01
    assert sound["samples"] == sound["samples_expected"] == 3 * 48_000
    assert sound["seams"] == []
    assert sound["global_dbfs"] < -36
    assert sound["head_dbfs_max"] < -20
    assert abs(sound["ppm"]) < 5


def test_one_missing_and_one_doubled_frame_are_found_where_they_are(tmp_path: Path) -> None:
    """A number missing inside, one missing at a seam and a doubled one are counted apart."""
    made = session(tmp_path, [numbers(0, 10) + numbers(11, 19), numbers(31, 5) + numbers(35, 25), numbers(60)], "sine")
    made["segments"][2]["frames"] = 29
    picture = decode_back.decode_back(tmp_path, made, RATE)["picture"]
    assert (picture["lost_inside"], picture["lost_at_seams"], picture["doubled"]) == (1, 1, 1)
    assert picture["places"] == [
        "cam1-0001.mp4 frame 10: 1 missing before it",
        "cam1-0002.mp4 frame 0: 1 missing before it, at the seam",
        "cam1-0002.mp4 frame 5: doubled (+0)",
    ]
    assert picture["count_differs"] == ["cam1-0003.mp4: 30, the journal says 29"]


def test_a_shifted_segment_of_sound_is_measured_in_samples(tmp_path: Path) -> None:
    """Three samples' shift inside one segment show in its phase, and in the error after both cuts."""
    made = session(tmp_path, [numbers(0), numbers(30), numbers(60)], "sine", shift=3)
    sound = decode_back.decode_back(tmp_path, made, RATE, sine_hz=feed.SINE_HZ)["sound"]
    assert sound["seams"] == []
    assert sound["phase_samples"]["max"] == pytest.approx(2, abs=0.5)
    assert sound["global_dbfs"] > -28
    assert sound["segment_dbfs_max"] < -32


def test_missing_and_doubled_samples_at_a_seam_are_counted(whole: tuple[Path, dict[str, Any]]) -> None:
    """A start that is 5 samples late is a hole of 5 before it and an overlap of 5 behind."""
    folder, made = whole
    moved = [dict(segment) for segment in made["segments"]]
    moved[1]["start_ns"] += 5 * 10**9 // 48_000 + 1
    sounds = [measure_sound.read_sound(folder, segment) for segment in moved]
    assert measure_sound.seams([sound for sound in sounds if sound]) == [
        "cam1-0002.mp4: +5 samples",
        "cam1-0003.mp4: -5 samples",
    ]


@pytest.mark.parametrize("shift", [0, -480])
def test_the_offset_of_beep_and_flash_is_the_shift_that_was_made(tmp_path: Path, shift: int) -> None:
    """Sound put 480 samples later in one segment is 10 ms late there and in time elsewhere."""
    made = session(tmp_path, [numbers(0), numbers(30), numbers(60)], "beeps", shift=shift)
    moved = decode_back.decode_back(tmp_path, made, RATE, beeps=True)["av"]
    assert moved["segments"]["cam1-0001.mp4"] == pytest.approx(0, abs=0.1)
    assert moved["segments"]["cam1-0003.mp4"] == pytest.approx(0, abs=0.1)
    assert moved["segments"]["cam1-0002.mp4"] == pytest.approx(-shift / 48, abs=0.1)
    assert (moved["flashes"], moved["pairs"]) == (3, 3)


def test_a_gap_is_compared_with_the_numbers_that_are_missing() -> None:
    """A gap's count and its two ends are judged against the frames around it."""
    step = 10**9 // RATE
    frames = [measure_picture.ReadFrame(k * step, k) for k in [*range(30), *range(75, 90)]]
    films = [measure_picture.Film("a.mp4", 0, frames)]
    gap = {"stream": "cam1", "start_ns": 30 * step, "end_ns": 75 * step, "lost": 45, "cause": "no frames"}
    found = measure_picture.gaps(films, [gap], RATE)
    assert found == [
        {"stream": "cam1", "cause": "no frames", "lost": 45, "missing": 45, "start_off_ms": 0.0, "end_off_ms": 0.0}
    ]


def test_an_unreadable_frame_is_not_also_lost() -> None:
    """A frame without a code takes the place of the number that is missing there."""
    step = 10**9 // RATE
    frames = [measure_picture.ReadFrame(k * step, None if k == 4 else k) for k in range(9) if k != 7]
    found = measure_picture.report([measure_picture.Film("a.mp4", 0, frames)], RATE)
    assert (found.unreadable, found.lost_inside, found.doubled) == (1, 1, 0)


def test_the_frame_shown_at_a_time_is_the_last_that_began() -> None:
    """A marker between two frames belongs to the earlier one."""
    films = [measure_picture.Film("a.mp4", 0, [measure_picture.ReadFrame(k * 100, 7 + k) for k in range(3)])]
    assert [measure_picture.number_at(films, t) for t in (-1, 0, 99, 100, 5000)] == [None, 7, 7, 8, 9]


def test_a_cut_off_log_yields_its_whole_lines(tmp_path: Path) -> None:
    """A feed killed in the middle of a line loses that line alone."""
    log = tmp_path / "sent.csv"
    log.write_text("number,mono_ns,pts_ns\n0,10,0\n1,20,33333333\n2,3")
    assert measure_picture.read_log(log) == {0: (10, 0), 1: (20, 33333333)}


def test_a_late_feed_is_known_by_its_log() -> None:
    """A frame drawn 40 ms after its turn counts from its own moment on; a feed that started late is not late."""
    sent = {k: (5_000 + k * 100_000_000 + (40_000_000 if k == 3 else 0), 0) for k in range(2, 6)}
    late_ms = [measure_picture.feed_late_ms(sent, 10, since_ns) for since_ns in (0, 340_000_000, 400_000_000)]
    assert late_ms == [40, 40, 0]
    assert measure_picture.feed_late_ms({}, 10, 0) == 0
