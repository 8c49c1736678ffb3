"""What happens in time: light that flickers, and a frame rate that falls in a dim room.

Lamps ripple at twice the frequency of the mains. A camera samples that: at 30 frames a second 100 Hz beats at 10 Hz,
and with a rolling shutter the wave runs through the rows. At 25 nothing beats: the ripple is four times the rate.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.view import CheckSettings, PictureView, Rows
from vig_capture.core.findings import Finding, Verdict

MAINS_HZ = (50, 60)
FRAMES_MIN = 60
"""Two seconds: shorter, 4 Hz and somebody's movement cannot be told apart."""
BEAT_MIN_HZ = 1.5
"""Slower beats are seen as people move."""
BEAT_NEAR_HZ = 0.6
RIPPLE_MIN = 0.006
"""Amplitude, as a share of the brightness."""
OVER_MEDIAN = 20.0
"""A lamp's line stands out so far: 0 of 42 windows of films with cuts and walking people had one, of those with a light
of 5 % depth 34 had."""
WAVES_MAX = 6
"""The longest read-out of a sensor is about 30 ms: 3.6 waves of 120 Hz in a picture."""
RATE_FINE, RATE_MIN = 24.0, 15.0
"""Below: attention, bad. Movement is fluent from 24 on, as in films; at 15 a glance may fall between two frames."""
RATE_SHARE = 0.8
"""Of what was asked for: what is nearer is no fault of the room."""


def flicker(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """Does the light of the mains run through the picture? Says nothing where no rows were asked for."""
    rows = view.rows
    if rows is None:
        return
    if len(rows.means) < FRAMES_MIN:
        yield Finding("flicker", Verdict.UNKNOWN, "flicker-unknown")
        return
    peak = _peak(rows)
    mains = sorted(MAINS_HZ, key=lambda hz: hz != settings.mains_hz)
    found = [hz for hz in mains if peak is not None and abs(beat_hz(hz, rows.rate) - peak) <= BEAT_NEAR_HZ]
    if found:
        yield Finding("flicker", Verdict.ATTENTION, f"flicker-{found[0]}", peak)
    else:
        yield Finding("flicker", Verdict.GOOD, "flicker-none")


def frame_rate(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """Do so many frames come as were asked for? A camera that was asked for 15 is fine at 15."""
    rate = view.rate
    if rate is None:
        yield Finding("frame-rate", Verdict.UNKNOWN, "frame-rate-unknown")
    elif rate >= min(RATE_SHARE * settings.rate_wanted, RATE_FINE):
        yield Finding("frame-rate", Verdict.GOOD, "frame-rate-good", rate)
    elif rate >= RATE_MIN:
        yield Finding("frame-rate", Verdict.ATTENTION, "frame-rate-low", rate)
    else:
        yield Finding("frame-rate", Verdict.BAD, "frame-rate-very-low", rate)


def beat_hz(mains_hz: int, rate: float) -> float:
    """How fast the ripple of the mains seems to go at so many frames a second."""
    ripple = 2.0 * mains_hz
    return abs(ripple - rate * round(ripple / rate))


def _peak(rows: Rows) -> float | None:
    """The frequency in Hz of the strongest line among what beats, if it is a lamp's: narrow, and strong enough."""
    means = rows.means.astype(np.float64)
    level = means.mean(axis=0)
    ripple = means / np.maximum(level, 8) - level / np.maximum(level, 8)
    amplitudes = _amplitudes(ripple)
    hz = np.abs(np.fft.fftfreq(len(ripple), 1 / rows.rate))
    amplitudes[hz < BEAT_MIN_HZ] = 0
    frame, row = np.unravel_index(int(amplitudes.argmax()), amplitudes.shape)
    middle = float(np.median(amplitudes[hz >= BEAT_MIN_HZ]))
    highest = float(amplitudes[frame, row])
    return float(hz[frame]) if highest > RIPPLE_MIN and highest > OVER_MEDIAN * middle else None


def _amplitudes(ripple: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of waves in time and down the picture, shape (frames, waves up to WAVES_MAX); 1 is a wave of amplitude 1."""
    fade = np.hanning(len(ripple))[:, None]
    spectrum = np.abs(np.fft.fft2(ripple * fade))[:, : WAVES_MAX + 1]
    return np.asarray(2 * spectrum / (fade.sum() * ripple.shape[1]), np.float64)
