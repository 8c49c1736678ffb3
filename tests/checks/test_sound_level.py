"""checks/sound/level.py and meter.py: what is measured is what is there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sound_scenes import active_level_db

from tests.checks.heard import RATE, Ear, hear, in_phrase, never, noise, speech, watch
from vig_capture.checks.sound.level import noise_power, speech_power
from vig_capture.checks.sound.meter import SoundMeter
from vig_capture.checks.sound.speech import measured
from vig_capture.checks.sound.view import decibels

SPEECH_DB = -26.0
CLEAN = speech(12, SPEECH_DB)
TRUE_DB = active_level_db(CLEAN, RATE)
"""By ITU-T P.56, sample by sample."""


@settings(max_examples=12, deadline=None)
@given(level=st.floats(-60, -15), snr=st.floats(3, 45))
def test_level_and_snr_are_within_2_db(level: float, snr: float) -> None:
    """Speech of any level in noise of any level below it: both are found within 2 dB of P.56 of the clean speech."""
    by = watch(Ear(in_phrase))
    hear(CLEAN * 10 ** ((level - TRUE_DB) / 20) + noise(12, level - snr), by)
    found = measured(by.view())
    assert found is not None
    assert found[0] == pytest.approx(level, abs=2)
    assert found[1] == pytest.approx(snr, abs=2)


def test_noise_is_taken_off_the_speech() -> None:
    """As loud as the room itself, speech still has its own level: without that it would be 3 dB higher."""
    by = watch(Ear(in_phrase))
    hear(CLEAN + noise(12, TRUE_DB), by)
    power = speech_power(by.view())
    assert power is not None
    assert decibels(power) == pytest.approx(TRUE_DB, abs=1.5)


def test_room_is_told_from_dense_speech() -> None:
    """Where nobody pauses for a moment, the noise is still that of the room between the syllables."""
    by = watch(Ear(lambda _second: True))
    syllables = np.sin(4 * np.pi * np.arange(12 * RATE) / RATE) ** 2
    hear(noise(12, -26, 3) * syllables**4 + noise(12, -50), by)
    power = noise_power(by.view().cells)
    assert power is not None
    assert decibels(power) == pytest.approx(-50, abs=4)


def test_noise_that_is_switched_on_and_off_is_followed() -> None:
    """A television makes the noise, and 4 s after it is off the room's own noise is found again."""
    by = watch(Ear(never))
    heard = []
    for level in (-60, -35, -60):
        hear(noise(4, level), by)
        power = noise_power(by.view().cells)
        assert power is not None
        heard.append(decibels(power))
    assert heard == pytest.approx([-60, -35, -60], abs=1)


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(1, 3 * RATE), max_size=12, unique=True))
def test_blocks_of_any_size(cuts: list[int]) -> None:
    """However the sound is cut into blocks, the cells are the same."""
    sound = (speech(3, -20) + noise(3, -50)).astype(np.float32)
    whole = SoundMeter(RATE).add(sound)
    meter = SoundMeter(RATE)
    parts = np.concatenate([meter.add(part) for part in np.split(sound, sorted(cuts))])
    assert len(parts) == len(whole) == 29
    for name in ("peak", "low", "high", "envelope"):
        assert parts[name] == pytest.approx(whole[name], rel=1e-3, abs=1e-9)
    assert (parts["runs"] == whole["runs"]).all()


@pytest.mark.parametrize("sample_rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_any_sample_rate(sample_rate: int) -> None:
    """A tone has its power, its true peak between the samples, and its place above 80 Hz at every rate."""
    t = np.arange(2 * sample_rate) / sample_rate
    sound = 0.5 * np.sin(2 * np.pi * sample_rate / 4 * t + np.pi / 4)
    cells = SoundMeter(sample_rate).add(sound.astype(np.float32))[2:]
    assert 10 * np.log10(cells["high"].mean()) == pytest.approx(-9.03, abs=0.05)
    assert 20 * np.log10(cells["peak"].max()) == pytest.approx(-6.02, abs=0.1)
    assert cells["low"].max() < 1e-6


def test_two_channels() -> None:
    """A peak counts in whichever channel it is, and a microphone with one dead channel is not dead."""
    sound = np.stack([np.zeros(RATE), noise(1, -30)], axis=1).astype(np.float32)
    sound[RATE // 2 : RATE // 2 + 4, 1] = 1.0
    cells = SoundMeter(RATE, 2).add(sound)
    assert cells["runs"].sum() == 1
    assert cells["peak"].max() >= 1.0
    assert not cells["still"].any()


def test_run_across_two_blocks() -> None:
    """Three full-scale samples are one run, also when a block ends among them; two are none."""
    sound = np.zeros(RATE, np.float32)
    sound[5_000:5_003] = 1.0
    sound[9_000:9_002] = 1.0
    for cut in (5_000, 5_001, 5_002, 5_003):
        meter = SoundMeter(RATE)
        cells = np.concatenate([meter.add(sound[:cut]), meter.add(sound[cut:])])
        assert cells["runs"].sum() == 1
