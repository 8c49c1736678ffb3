"""Does sound arrive?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vig_capture.checks.sound.level import NOISE_PERCENTILE, SPEECH_MIN_S
from vig_capture.checks.sound.view import CELLS_A_SECOND, Cells, SoundView, decibels
from vig_capture.checks.view import CheckSettings
from vig_capture.core.findings import LOOKING, Finding, Verdict

STILL_CELLS = 5
"""0.5 s without any change: no microphone that is switched on does that."""
FALLEN_DB = 30.0
"""So far below its lowest noise so far: dead, though not exactly silent."""
ALIVE_DB = 12.0
"""What is so far above the lowest noise so far is sound."""
GATED_TIMES = 3
"""So many stretches of exact silence that ended by themselves are a noise gate, not a dead microphone …"""
GATED_STILL_CELLS = 30
"""… until they last so long."""
_GATE_CELLS = 30 * CELLS_A_SECOND
_GATE_STILL_MIN = 3
_RECENT = 25 * CELLS_A_SECOND // 10


def microphone(view: SoundView, _settings: CheckSettings) -> Iterator[Finding]:
    """Does sound arrive? A microphone from which nothing was heard yet may be one at the other end of the room."""
    cells = view.cells
    if len(cells) < STILL_CELLS:
        yield Finding("microphone", Verdict.UNKNOWN, LOOKING)
        return
    gated = gate_times(cells) >= GATED_TIMES
    if still_now(cells) >= (GATED_STILL_CELLS if gated else STILL_CELLS):
        yield Finding("microphone", Verdict.BAD, "microphone-silent")
    elif fallen(view):
        yield Finding("microphone", Verdict.BAD, "microphone-fallen")
    elif len(view.speech) < SPEECH_MIN_S * CELLS_A_SECOND:
        yield Finding("microphone", Verdict.UNKNOWN, "microphone-unheard")
    else:
        yield Finding("microphone", Verdict.GOOD, "microphone-good")


def still_now(cells: Cells) -> int:
    """How many of the newest cells are still."""
    moving = np.flatnonzero(~cells["still"])
    return len(cells) - 1 - int(moving[-1]) if len(moving) else len(cells)


def gate_times(cells: Cells) -> int:
    """How many stretches of stillness in the last 30 s came and went between sounds."""
    still = np.concatenate([[False], cells["still"][-_GATE_CELLS:], [False]])
    edges = np.flatnonzero(np.diff(still.astype(np.int8)))
    begins, ends = edges[::2], edges[1::2]
    return int(np.count_nonzero((ends - begins >= _GATE_STILL_MIN) & (begins > 0) & (ends < len(still) - 2)))


def fallen(view: SoundView) -> bool:
    """The noise of the last 2.5 s is far below all that this microphone ever gave, and nothing in them is loud.

    (Where something is, the room has become quieter, not the microphone.)"""
    cells = view.cells[-_RECENT:]
    recent = cells["high"][~cells["still"]]
    if view.quietest is None or not len(recent):
        return False
    before_db = decibels(view.quietest)
    quiet, loud = decibels(float(np.percentile(recent, NOISE_PERCENTILE))), decibels(float(recent.max()))
    return quiet < before_db - FALLEN_DB and loud < before_db + ALIVE_DB
