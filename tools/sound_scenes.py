"""Sounds of known levels, and the reference by which the sound checks are judged: for tools/check_sound.py.

Levels are powers (mean squares) in dBov as in ITU-T P.56: a full-scale square wave is 0. Samples are float64 at RATE.
"""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
Samples = NDArray[np.float64]


def read(path: Path) -> Samples:
    """A sound file at RATE, mono."""
    resampler, blocks = av.AudioResampler("flt", "mono", RATE), []
    with av.open(str(path)) as file:
        for frame in file.decode(audio=0):
            blocks += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    blocks += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return np.concatenate(blocks).astype(np.float64)


def level_db(samples: Samples) -> float:
    """Of the whole, in dBov."""
    return 10 * math.log10(max(float(np.mean(np.square(samples))), 1e-20))


def at_level(samples: Samples, to_db: float, from_db: float | None = None) -> Samples:
    """Turned up or down to `to_db`, from its level or from what is said to be its level."""
    return np.asarray(samples * 10 ** ((to_db - (level_db(samples) if from_db is None else from_db)) / 20))


def noise(seconds: float, slope_db: float, seed: int, low_hz: float = 20.0) -> Samples:
    """Noise whose power falls by `slope_db` an octave (0 white, 3 pink, 6 brown), none below `low_hz`. Level 0 dB."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE)
    gain = np.where(hz < low_hz, 0.0, np.maximum(hz, low_hz) ** (-slope_db / 20 / math.log10(2)))
    return at_level(np.fft.irfft(spectrum * gain, count), 0.0)


def babble(speech: Samples, voices: int, seed: int) -> Samples:
    """Many people talking: the same speech many times, shifted, at speeds from 0.8 to 1.25. Level 0 dB."""
    rng, mixed = np.random.default_rng(seed), np.zeros(len(speech))
    for _ in range(voices):
        speed = rng.uniform(0.8, 1.25)
        places = (np.arange(len(speech)) * speed + rng.uniform(0, len(speech))) % (len(speech) - 1)
        mixed += np.interp(places, np.arange(len(speech)), speech)
    return at_level(mixed, 0.0)


def hum(seconds: float, mains_hz: float, harmonics: tuple[float, ...] = (1.0, 0.5, 0.7, 0.2, 0.3)) -> Samples:
    """A mains line and its multiples with these amplitudes. Level 0 dB."""
    t = np.arange(round(seconds * RATE)) / RATE
    lines = [size * np.sin(2 * np.pi * mains_hz * (n + 1) * t + n) for n, size in enumerate(harmonics)]
    return at_level(np.sum(lines, axis=0), 0.0)


def rumble(seconds: float, seed: int) -> Samples:
    """Noise from 15 to 60 Hz. Level 0 dB."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(round(seconds * RATE)))
    hz = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    return at_level(np.fft.irfft(np.where((hz > 15) & (hz < 60), spectrum, 0), round(seconds * RATE)), 0.0)


def quantised(samples: Samples, bits: int, seed: int) -> Samples:
    """As a converter of so many bits gives it, with triangular dither of ±1 step."""
    steps = 2.0 ** (bits - 1)
    dither = np.random.default_rng(seed).random((2, len(samples))).sum(axis=0) - 1
    return np.asarray(np.clip(np.round(samples * steps + dither), -steps, steps - 1) / steps)


def active_level_db(samples: Samples, sample_rate: int = RATE) -> float:
    """The active speech level by ITU-T P.56 (12/2011), method B, sample by sample as its clause 7 says, in dBov."""
    decay = math.exp(-1 / (sample_rate * 0.03))
    envelope = np.empty(len(samples))
    p = q = 0.0
    for place, magnitude in enumerate(np.abs(samples).tolist()):
        p = decay * p + (1 - decay) * magnitude
        q = decay * q + (1 - decay) * p
        envelope[place] = q
    hangover = round(0.2 * sample_rate)
    energy, places = float(np.sum(np.square(samples))), np.arange(len(samples))
    before: tuple[float, float] | None = None
    for exponent in range(-15, 0):
        threshold = 2.0**exponent
        last = np.maximum.accumulate(np.where(envelope >= threshold, places, -hangover - 1))
        active = int(np.count_nonzero(places - last <= hangover))
        if not active:
            break
        active_db = 10 * math.log10(energy / active)
        apart = active_db - 20 * math.log10(threshold)
        if apart <= 15.9:
            if before is None:
                return active_db
            share = (before[1] - 15.9) / (before[1] - apart)
            return before[0] + share * (active_db - before[0])
        before = active_db, apart
    return before[0] if before else -100.0
