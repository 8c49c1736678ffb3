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
AROUND_HZ = 3.0
"""Within these a lamp's line is the strongest."""
LEVEL_MIN = 8
"""Rows darker than this tell more of noise than of light."""
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
    lines = _Lines(rows)
    mains = sorted(MAINS_HZ, key=lambda hz: hz != settings.mains_hz)
    beating = next((hz for hz in mains if lines.stands_out(beat_hz(hz, rows.rate))), None)
    if beating:
        yield Finding("flicker", Verdict.ATTENTION, f"flicker-{beating}", beat_hz(beating, rows.rate))
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


class _Lines:
    """How strongly the light beats, at each frequency."""

    def __init__(self, rows: Rows) -> None:
        means = rows.means.astype(np.float64)
        level = means.mean(axis=0)
        amplitudes = _amplitudes((means - level) / np.maximum(level, LEVEL_MIN))
        self._hz = np.abs(np.fft.fftfreq(len(means), 1 / rows.rate))
        self._strongest = np.where(self._hz < BEAT_MIN_HZ, 0, amplitudes.max(axis=1))
        self._usual = float(np.median(amplitudes[self._hz >= BEAT_MIN_HZ]))

    def stands_out(self, hz: float) -> bool:
        """Is there a narrow line at this frequency, as of a lamp, and not the slope of somebody's movement?"""
        away = np.abs(self._hz - hz)
        near = np.where(away <= AROUND_HZ, self._strongest, 0)
        at = int(near.argmax())
        return bool(away[at] <= BEAT_NEAR_HZ and near[at] > max(RIPPLE_MIN, OVER_MEDIAN * self._usual))


def _amplitudes(ripple: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of waves in time and down the picture, shape (frames, waves up to WAVES_MAX); 1 is a wave of amplitude 1."""
    fade = np.hanning(len(ripple))[:, None]
    spectrum = np.abs(np.fft.fft2(ripple * fade))[:, : WAVES_MAX + 1]
    return np.asarray(2 * spectrum / (fade.sum() * ripple.shape[1]), np.float64)
