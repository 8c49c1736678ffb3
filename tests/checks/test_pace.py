"""Lamps that flicker are found with the setting that cures it; a slow camera is judged by what was asked of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.checks.scenes import scene, view
from vig_capture.checks.pace import BEAT_NEAR_HZ, beat_hz, flicker, frame_rate
from vig_capture.checks.view import CheckSettings, PictureView, Rows
from vig_capture.core.findings import Finding, Verdict

FRAMES, HEIGHT = 64, 90


def film(rate: float, mains_hz: int, depth: float, seed: int = 1, read_out_s: float = 0.02) -> NDArray[np.float32]:
    """Mean luma of each row of a room under lamps that ripple by `depth`: a rolling shutter, and somebody moving."""
    rng = np.random.default_rng(seed)
    frame, row = np.arange(FRAMES)[:, None], np.arange(HEIGHT)[None]
    time_s = frame / rate + row / HEIGHT * read_out_s
    room = 60 + 80 * rng.random(HEIGHT)[None]
    person = 20 * np.exp(-(((row - 45 - 20 * np.sin(2 * math.pi * 0.6 * time_s)) / 12) ** 2))
    light = 1 + depth * np.cos(2 * math.pi * 2 * mains_hz * time_s + rng.random() * 6)
    return np.asarray((room + person) * light + rng.normal(0, 0.1, (FRAMES, HEIGHT)), np.float32)


def said(means: NDArray[np.float32] | None, rate: float = 30.0, mains_hz: int = 50) -> list[Finding]:
    """What the check says of rows."""
    rows = None if means is None else Rows(means, rate)
    base = view(scene())
    seen = PictureView(base.picture, base.looks, base.detector, base.caps, base.rate, rows=rows)
    return list(flicker(seen, CheckSettings(mains_hz=mains_hz)))


@pytest.mark.parametrize(
    ("rate", "mains_hz"), [(30.0, 50), (29.97, 50), (24.0, 50), (15.0, 50), (25.0, 60), (50.0, 60)]
)
def test_flicker_names_the_mains(rate: float, mains_hz: int) -> None:
    """A ripple of 3 % that beats with the frame rate is found, and the setting named is that of the lamps' mains."""
    assert [finding.code for finding in said(film(rate, mains_hz, 0.03), rate)] == [f"flicker-{mains_hz}"]


@pytest.mark.parametrize(("rate", "mains_hz"), [(25.0, 50), (50.0, 50), (30.0, 60), (60.0, 60)])
def test_in_step_nothing_flickers(rate: float, mains_hz: int) -> None:
    """A camera in step with the mains sees each frame in the same light, however much the lamps ripple."""
    assert [finding.verdict for finding in said(film(rate, mains_hz, 0.1), rate, mains_hz)] == [Verdict.GOOD]


@given(st.integers(0, 1000), st.sampled_from([15.0, 24.0, 25.0, 29.97, 30.0]))
@settings(max_examples=40, deadline=None)
def test_a_quiet_room_does_not_flicker(seed: int, rate: float) -> None:
    """Noise and somebody moving are no lamp."""
    assert [finding.verdict for finding in said(film(rate, 50, 0.0, seed), rate)] == [Verdict.GOOD]


def test_a_lamp_that_blinks_by_itself_is_no_mains() -> None:
    """A toy that blinks at 7 Hz is cured by no setting of the camera."""
    time_s = np.arange(FRAMES)[:, None] / 30
    blinking = film(30.0, 50, 0.0) * (1 + 0.05 * np.cos(2 * math.pi * 7 * time_s))
    assert [finding.code for finding in said(blinking.astype(np.float32))] == ["flicker-none"]


def test_without_rows_nothing_is_said() -> None:
    """Where no rows were asked for there is no finding; too few cannot be told."""
    assert said(None) == []
    assert [finding.verdict for finding in said(film(30.0, 50, 0.05)[:30])] == [Verdict.UNKNOWN]


@given(st.sampled_from([50, 60]), st.floats(8, 120))
def test_a_beat_is_at_most_half_the_rate(mains_hz: int, rate: float) -> None:
    """Sampled so often, nothing seems faster than half of it, and a multiple of the ripple stands still."""
    assert 0 <= beat_hz(mains_hz, rate) <= rate / 2 + 1e-9
    assert beat_hz(mains_hz, 2 * mains_hz / 3) < BEAT_NEAR_HZ


@pytest.mark.parametrize(
    ("rate", "wanted", "verdict"),
    [
        (None, 30.0, Verdict.UNKNOWN),
        (30.0, 30.0, Verdict.GOOD),
        (24.0, 30.0, Verdict.GOOD),
        (20.0, 30.0, Verdict.ATTENTION),
        (14.9, 30.0, Verdict.BAD),
        (30.0, 60.0, Verdict.GOOD),
        (15.0, 15.0, Verdict.GOOD),
        (14.2, 15.0, Verdict.GOOD),
        (10.0, 15.0, Verdict.BAD),
        (10.0, 10.0, Verdict.GOOD),
    ],
)
def test_a_slow_camera(rate: float | None, wanted: float, verdict: Verdict) -> None:
    """Red is below 15 frames a second, but never at what the camera was asked for."""
    base = view(scene())
    seen = PictureView(base.picture, base.looks, base.detector, base.caps, rate)
    assert [finding.verdict for finding in frame_rate(seen, CheckSettings(rate_wanted=wanted))] == [verdict]
