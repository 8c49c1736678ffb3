"""How loud a sound is, and the same sound at −23 LUFS with peaks of −1 dBTP at most."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vig_capture.core.model import SoundTrack
from vig_capture.media.loudness import Loudness, Samples, leveller, measure

RATE = 48_000
MONO, STEREO = SoundTrack(RATE, 1), SoundTrack(RATE, 2)


def tone(level_db: float, seconds: float = 4, channels: int = 1, hz: float = 1000) -> Samples:
    """A sine whose peaks are at this level; shape (samples, channels)."""
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(wave.astype(np.float32)[:, None], channels, axis=1)


def blocks(samples: Samples, size: int = 1024) -> list[Samples]:
    return [samples[at : at + size] for at in range(0, len(samples), size)]


def levelled(samples: Samples, track: SoundTrack) -> Samples:
    """All that comes out."""
    return np.concatenate([*leveller(lambda: blocks(samples), track).all(blocks(samples))])


@pytest.mark.parametrize(
    ("level_db", "track", "lufs"), [(-23, STEREO, -23.0), (-33, STEREO, -33.0), (-20, MONO, -23.0)]
)
def test_a_known_tone_has_its_loudness(level_db: float, track: SoundTrack, lufs: float) -> None:
    """A stereo sine of 1 kHz at −23 dBFS is at −23 LUFS (EBU Tech 3341, test 1), one channel alone at 3 less."""
    found = measure(blocks(tone(level_db, channels=track.channels)), track)
    assert found.integrated_lufs == pytest.approx(lufs, abs=0.1)
    assert found.true_peak_dbtp == pytest.approx(level_db, abs=0.2)


@pytest.mark.parametrize("level_db", [-60, -30, -3])
def test_it_comes_to_the_target_by_one_gain(level_db: float) -> None:
    """Quiet or loud: the same wave, so much louder, sample for sample."""
    samples = tone(level_db)
    found = levelled(samples, MONO)
    assert measure([found], MONO).integrated_lufs == pytest.approx(-23, abs=0.1)
    gain = found[1000, 0] / samples[1000, 0]
    assert np.allclose(found, samples * gain, atol=1e-5)


def test_peaks_are_held_back_and_the_rest_is_not() -> None:
    """A bang in a quiet room: everything else is brought to the target, the bang stays below −1 dBTP, and every sample
    keeps its place."""
    samples = tone(-36, 10)
    samples[5 * RATE : 5 * RATE + 480] = tone(-3, 0.01, hz=3000)
    found = levelled(samples, MONO)
    assert len(found) == len(samples)
    now = measure(blocks(found), MONO)
    assert now.true_peak_dbtp <= -1
    quiet = found[RATE : 2 * RATE, 0]
    gain = np.abs(quiet).max() / np.abs(samples[RATE : 2 * RATE]).max()
    assert now.integrated_lufs == pytest.approx(-23, abs=1)
    assert gain > 4
    assert np.abs(quiet - samples[RATE : 2 * RATE, 0] * gain).max() < 0.02 * np.abs(quiet).max()


def test_silence_stays_silent() -> None:
    """Nothing is made loud of nothing."""
    silence = np.zeros((RATE, 1), np.float32)
    assert measure(blocks(silence), MONO).gain_db == 0
    assert not levelled(silence, MONO).any()
    assert Loudness(-math.inf, -math.inf).gain_db == 0
    assert measure([], MONO).gain_db == 0
