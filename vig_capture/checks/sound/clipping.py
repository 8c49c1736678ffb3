"""Is anything lost at the top?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vig_capture.checks.sound.view import CELLS_A_SECOND, SoundView, decibels
from vig_capture.checks.view import CheckSettings
from vig_capture.core.findings import LOOKING, Finding, Verdict

RUNS_BAD = 3
PEAK_MAX_DBTP = -1.0
"""EBU R128."""
HEADROOM_DBTP = -6.0
HEADROOM_CELLS = 3
"""One knock is no reason to turn anything down."""
_RECENT = 35 * CELLS_A_SECOND // 10


def clipping(view: SoundView, _settings: CheckSettings) -> Iterator[Finding]:
    """Full-scale runs and true peaks. The value is the true peak of the last 3.5 s in dBTP."""
    recent = view.cells[-_RECENT:]
    if not len(recent):
        yield Finding("clipping", Verdict.UNKNOWN, LOOKING)
        return
    runs = int(recent["runs"].sum())
    peak_dbtp = decibels(float(recent["peak"].max()) ** 2)
    near = np.count_nonzero(recent["peak"] > 10 ** (HEADROOM_DBTP / 20))
    if runs >= RUNS_BAD:
        yield Finding("clipping", Verdict.BAD, "clipping-bad", peak_dbtp)
    elif runs or peak_dbtp > PEAK_MAX_DBTP:
        yield Finding("clipping", Verdict.ATTENTION, "clipping-near", peak_dbtp)
    elif near >= HEADROOM_CELLS:
        yield Finding("clipping", Verdict.ATTENTION, "clipping-headroom", peak_dbtp)
    else:
        yield Finding("clipping", Verdict.GOOD, "clipping-good", peak_dbtp)
