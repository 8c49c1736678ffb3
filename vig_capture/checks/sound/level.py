"""The room's noise and the level of the speech in it.

The noise is a low percentile of the level of tenths of a second (reference: domain §9.1). The speech level follows
method B of ITU-T P.56 (12/2011): the energy is shared out over the time in which the envelope (two integrators of
30 ms) is above a threshold 15.9 dB below the level that comes out, or was so in the last 200 ms. Two things are added
for rooms: only stretches with speech count, and the power of the noise is taken off the energy first.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vig_capture.checks.sound.view import CELLS_A_SECOND, STEPS, VOICE_MIN, Cells, SoundView

MARGIN_DB = 15.9
HANGOVER_S = 0.2
TIME_CONSTANT_S = 0.03
NOISE_PERCENTILE = 10
PAUSE_PERCENTILE = 33
"""Of the pauses alone; they are less than half of a conversation."""
SPEECH_MIN_S = 1.0
"""So much speech at least before its level is told."""
BEFORE, AFTER = 1, 2
"""Cells before and after voice that belong to its stretch: soft beginnings, and P.56's hangover."""
ABOVE_NOISE = 10.0
"""Without a voice detector, what is 10 dB above the noise counts as speech."""
_PAUSE_CELLS = 15
_NOW_CELLS = 4 * CELLS_A_SECOND
_SPREAD = 6.0
"""The most (8 dB) by which noise rises above its own lowest tenth of a second."""
_RISEN = 2.0
"""By so much (3 dB) what is lowest may differ without anything having been switched on: people talk densely."""
_STEPS_A_SECOND = CELLS_A_SECOND * STEPS


def noise_power(cells: Cells) -> float | None:
    """The power of the room's noise above 80 Hz; None before 2 s of sound were heard. Exact silence is none.

    While nobody speaks it is that of the newest 1.5 s, so that it follows at once what is switched on or off. Otherwise
    the quietest tenth of the last minute, or of the newest pauses where those are quieter; where nothing in the last
    4 s was so quiet, the lowest of those. Never far above that."""
    cells = cells[~cells["still"]]
    if len(cells) < 2 * CELLS_A_SECOND:
        return None
    power, voice = cells["high"], cells["voice"]
    noise = float(np.percentile(power, NOISE_PERCENTILE))
    is_pause = ~widened(voice >= VOICE_MIN) & ~np.isnan(voice)
    pauses = power[is_pause][-_PAUSE_CELLS:]
    if len(pauses) == _PAUSE_CELLS:
        of_pauses = float(np.percentile(pauses, PAUSE_PERCENTILE))
        noise = of_pauses if is_pause[-_PAUSE_CELLS:].all() else min(noise, of_pauses)
    now = cells[-_NOW_CELLS:]
    lowest = _lowest(now)
    if lowest > _RISEN * noise:
        noise = lowest
    return min(noise, _SPREAD * float(now["high"].min()))


def _lowest(cells: Cells) -> float:
    """The power of the lowest 20 ms: the room's noise is no lower, however densely people talk."""
    magnitudes = cells["envelope"].reshape(-1, 2).mean(axis=1)
    return float(np.pi / 2 * np.square(magnitudes.min()))  # the power of noise (Gauss) of that mean magnitude


def speech_cells(cells: Cells, noise: float) -> NDArray[np.bool_]:
    """Which cells belong to a stretch with speech."""
    voice = cells["voice"]
    heard = np.where(np.isnan(voice), cells["high"] > ABOVE_NOISE * noise, voice >= VOICE_MIN)
    return widened(heard)


def widened(voiced: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With BEFORE cells before and AFTER cells after each that is True."""
    padded = np.concatenate([np.zeros(AFTER, np.bool_), voiced, np.zeros(BEFORE, np.bool_)])
    return np.asarray(sliding_window_view(padded, AFTER + 1 + BEFORE).any(axis=1))


def speech_power(view: SoundView) -> float | None:
    """The active level of the speech as a power, without the noise; None before enough was heard, or where nothing of
    it rises out of the noise."""
    cells = view.speech
    if len(cells) < SPEECH_MIN_S * CELLS_A_SECOND:
        return None
    energy = float(np.sum(cells["high"] - view.speech_noise, dtype=np.float64)) * STEPS
    return active_power(cells["envelope"].ravel(), energy) if energy > 0 else None


def active_power(magnitudes: NDArray[np.float32], energy: float) -> float:
    """P.56 of mean magnitudes in steps of 10 ms, shape (n,), and the sum of the powers of those steps.

    With the highest envelope of the last 200 ms sorted, the time above each possible threshold is its place."""
    decay = np.exp(-1 / (TIME_CONSTANT_S * _STEPS_A_SECOND))
    n = np.arange(_STEPS_A_SECOND // 3)
    kernel = (1 - decay) ** 2 * (n + 1) * decay**n
    envelope = np.convolve(magnitudes, kernel)[: len(magnitudes)]
    hangover = round(HANGOVER_S * _STEPS_A_SECOND)
    held = sliding_window_view(np.concatenate([np.zeros(hangover), envelope]), hangover + 1).max(axis=1)
    thresholds = np.sort(held)[::-1]
    levels = energy / np.arange(1, len(thresholds) + 1)
    too_near = np.flatnonzero(levels < thresholds**2 * 10 ** (MARGIN_DB / 10))
    place = min(int(too_near[-1]) + 1, len(levels) - 1) if len(too_near) else hangover
    return float(levels[place])
