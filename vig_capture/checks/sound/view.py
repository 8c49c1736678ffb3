"""What the sound's checks are given: small numbers for each tenth of a second, of the last minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELLS_A_SECOND = 10
STEPS = 10
"""Parts of a cell for which the envelope is kept: 10 ms, a third of P.56's time constant."""
RUMBLE_HZ = 80
"""Below it nobody speaks: what is there comes through table, stand and cable."""
SPECTRUM_HZ = 400
SPECTRA = 7
"""Spectra of 1 s, one each half second, that are kept: 4 s."""
VOICE_MIN = 0.5
"""From this probability on it counts as speech, as the detector's makers advise."""

CELL = np.dtype(
    [
        ("peak", np.float32),  # true peak, 1 = full scale
        ("runs", np.int32),  # runs of ≥ 3 full-scale samples that began here
        ("still", np.bool_),  # every sample the same: mostly 0
        ("low", np.float32),  # power (mean square) below RUMBLE_HZ, without a constant offset
        ("high", np.float32),  # power above
        ("envelope", np.float32, (STEPS,)),  # mean |sample| above RUMBLE_HZ
        ("voice", np.float32),  # probability of speech; NaN where nothing listens for it
    ]
)
"""A tenth of a second of sound."""
Cells = NDArray[Any]
"""Shape (n,), dtype CELL, oldest first."""


@dataclass(frozen=True, slots=True)
class SoundView:
    """All that a sound check may look at."""

    cells: Cells
    """Of the last minute at most."""
    spectra: NDArray[np.float32]
    """Shape (≤ SPECTRA, SPECTRUM_HZ): the power in each whole Hz."""
    speech: Cells
    """The newest stretches with speech, up to 20 s of them, however long ago: so a silence tells nothing."""
    speech_noise: NDArray[np.float32]
    """Shape (len(speech),): the power of the room's noise at the time."""
    listens: bool = False
    """A voice detector tells speech from other sound; otherwise level alone does."""
    moves_db: tuple[float, ...] = ()
    """By how much the noise rose in the newest pauses, however long ago: see jumps.py."""
    quietest: float | None = None
    """The lowest noise (power) that this microphone gave until seconds ago; None while that is not known."""


def decibels(power: float) -> float:
    """Of a mean square, in dBov as in P.56: a full-scale square wave is 0, a sine −3. Never below −140."""
    return float(10 * np.log10(max(power, 1e-14)))
