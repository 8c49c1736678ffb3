"""How loud a block of sound is."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FLOOR_DBFS = -120.0
"""Below the noise of any converter; also said of exact silence, so that no infinity travels."""


class Levels(NamedTuple):
    """Of all channels together, in dB of full scale."""

    peak_dbfs: float
    rms_dbfs: float
    zeros: bool
    """Every sample is exactly 0: no microphone that is switched on does that."""


def levels(samples: NDArray[Any]) -> Levels:
    """Levels of samples of shape (n, channels): int16, int32 or float32 in −1..1."""
    highest = max(float(samples.max()), -float(samples.min())) if samples.size else 0.0
    if highest == 0.0:
        return Levels(FLOOR_DBFS, FLOOR_DBFS, True)
    full = 1.0 if samples.dtype.kind == "f" else float(2 ** (8 * samples.dtype.itemsize - 1))
    peak = highest / full
    flat = samples.ravel().astype(np.float32)
    rms = math.sqrt(float(np.dot(flat, flat)) / flat.size) / full
    return Levels(_dbfs(peak), _dbfs(rms), False)


def _dbfs(ratio: float) -> float:
    return max(20.0 * math.log10(ratio), FLOOR_DBFS) if ratio > 0.0 else FLOOR_DBFS
