"""Does something touch or shake the microphone?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vig_capture.checks.sound.hum import steady_spectrum
from vig_capture.checks.sound.view import CELLS_A_SECOND, SoundView
from vig_capture.checks.view import CheckSettings
from vig_capture.core.findings import LOOKING, Finding, Verdict

ABOVE_DB = 3.0
MIN_DBFS = -50.0
"""Quieter rumble is the house's own."""
_RECENT = 3 * CELLS_A_SECOND
_TOUCHED = 7


def rumble(view: SoundView, _settings: CheckSettings) -> Iterator[Finding]:
    """Does what lies below 80 Hz dominate, apart from hum? 0.7 of the last 3 s are enough: voices hide it, touches come
    and go."""
    recent = view.cells[-_RECENT:]
    if len(recent) < CELLS_A_SECOND:
        yield Finding("rumble", Verdict.UNKNOWN, LOOKING)
        return
    steady = steady_spectrum(view) if len(view.spectra) else np.zeros(100, np.float32)
    low = recent["low"] - 1.5 * (steady[50] + steady[60])
    dominates = low > recent["high"] * 10 ** (ABOVE_DB / 10)
    loud = low > 10 ** (MIN_DBFS / 10)
    if np.count_nonzero(dominates & loud) >= _TOUCHED:
        yield Finding("rumble", Verdict.ATTENTION, "rumble")
    else:
        yield Finding("rumble", Verdict.GOOD, "rumble-none")
