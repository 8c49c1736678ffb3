"""Does the mains hum in the sound?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.sound.level import noise_power
from vig_capture.checks.sound.view import SPECTRA, SoundView, decibels
from vig_capture.checks.view import CheckSettings
from vig_capture.core.findings import LOOKING, Finding, Verdict

ABOVE_NEIGHBOURS_DB = 10.0
BELOW_NOISE_DB = 6.0
MIN_DBFS = -80.0
"""Below it nobody will ever hear it."""
HARMONICS = 6
QUIET_PERCENTILE = 30
"""Of the last spectra, in each whole Hz: what stays when the voices pause."""


def hum(view: SoundView, settings: CheckSettings) -> Iterator[Finding]:
    """Lines at multiples of the mains frequency that stay when the voices pause. The value is that frequency."""
    noise = noise_power(view.cells)
    if noise is None or len(view.spectra) < SPECTRA // 2:
        yield Finding("hum", Verdict.UNKNOWN, LOOKING)
        return
    steady = steady_spectrum(view)
    powers = {hz: hum_power(steady, hz) for hz in (settings.mains_hz, 110 - settings.mains_hz)}
    hz = max(powers, key=lambda each: powers[each])
    least = max(decibels(noise) - BELOW_NOISE_DB, MIN_DBFS)
    if powers[hz] and decibels(powers[hz]) >= least:
        yield Finding("hum", Verdict.ATTENTION, "hum", hz)
    else:
        yield Finding("hum", Verdict.GOOD, "hum-none")


def steady_spectrum(view: SoundView) -> NDArray[np.float32]:
    """What each whole Hz holds when the voices pause: three bins together."""
    low = np.percentile(view.spectra, QUIET_PERCENTILE, axis=0)
    return np.convolve(low, np.ones(3), "same").astype(np.float32)


def hum_power(steady: NDArray[np.float32], mains_hz: int) -> float:
    """The power of the lines that stand out at multiples of `mains_hz`; 0 where neither of the first two does.

    They stand out on both sides and at once: the pitch of a voice wanders, and its lines are as wide as that."""
    power = 0.0
    for harmonic in range(1, HARMONICS + 1):
        at = harmonic * mains_hz
        around = max(float(np.median(steady[at - 9 : at - 3])), float(np.median(steady[at + 4 : at + 10])))
        if decibels(float(steady[at])) >= decibels(around) + ABOVE_NEIGHBOURS_DB:
            power += float(steady[at])
        elif harmonic == 2 and not power:
            return 0.0
    return power
