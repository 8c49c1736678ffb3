"""Does the computer process the sound? Its noise suppression takes the child's soft voice away with the noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vig_capture.checks.sound.level import widened
from vig_capture.checks.sound.microphone import GATED_TIMES, gate_times
from vig_capture.checks.sound.view import CELLS_A_SECOND, VOICE_MIN, Cells, SoundView, decibels
from vig_capture.checks.view import CheckSettings
from vig_capture.core.findings import Finding, Verdict

JUMP_DB = 6.0
JUMPS_MIN = 2
"""Pauses that show the same jump."""
SAME_SHARE = 0.75
PAUSES = 4
"""The newest ones, that are judged."""
_NEAR = slice(6, 12)
"""Cells after the voice: what a room rings on is over by then."""
_FAR = CELLS_A_SECOND
_PAUSE_MIN, _PAUSE_MAX = 25, 60
_QUIETER_DB = 10.0
"""So far below the voice before it is what a pause holds at its loudest (80th percentile): what is louder is no noise,
but somebody who was not taken for a voice."""


def jumps(view: SoundView, _settings: CheckSettings) -> Iterator[Finding]:
    """Does the noise change after somebody spoke? Then the computer suppresses it, or rides the gain."""
    if gate_times(view.cells) >= GATED_TIMES:
        yield Finding("jumps", Verdict.ATTENTION, "jumps")
        return
    moves = np.array(view.moves_db)
    if len(moves) < JUMPS_MIN:
        yield Finding("jumps", Verdict.UNKNOWN, "jumps-unheard")
        return
    same = max(np.count_nonzero(moves > JUMP_DB), np.count_nonzero(moves < -JUMP_DB))
    if same >= max(JUMPS_MIN, SAME_SHARE * len(moves)):
        yield Finding("jumps", Verdict.ATTENTION, "jumps")
    else:
        yield Finding("jumps", Verdict.GOOD, "jumps-none")


def noise_moves(cells: Cells) -> dict[int, float]:
    """By how many dB the noise rises from just after speech (0.6 to 1.2 s) to the end of each long enough pause, by the
    cell with which the pause begins."""
    if not len(cells) or np.isnan(cells["voice"]).any():
        return {}
    speech = np.concatenate([[False], widened(cells["voice"] >= VOICE_MIN), [True]])
    edges = np.flatnonzero(np.diff(speech.astype(np.int8)))
    begins, starts, ends = edges[::2].tolist(), edges[1::2].tolist(), edges[2::2].tolist()
    moves = {}
    for begin, start, end in zip(begins, starts, ends, strict=False):
        said, pause = cells["high"][begin:start], cells["high"][start : min(end, start + _PAUSE_MAX)]
        if len(pause) >= _PAUSE_MIN and _loud_db(pause) <= _loud_db(said) - _QUIETER_DB:
            near, far = (decibels(float(np.percentile(part, 20))) for part in (pause[_NEAR], pause[-_FAR:]))
            moves[start] = far - near
    return moves


def _loud_db(cells: Cells) -> float:
    return decibels(float(np.percentile(cells, 80)))
