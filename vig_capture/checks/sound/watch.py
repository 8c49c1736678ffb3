"""One microphone and its checks: blocks go in, findings come out. Counts samples, reads no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.sound.clipping import clipping
from vig_capture.checks.sound.hum import hum
from vig_capture.checks.sound.jumps import PAUSES, jumps, noise_moves
from vig_capture.checks.sound.level import NOISE_PERCENTILE, noise_power, speech_cells
from vig_capture.checks.sound.meter import SoundMeter
from vig_capture.checks.sound.microphone import STILL_CELLS, fallen, microphone, still_now
from vig_capture.checks.sound.rumble import rumble
from vig_capture.checks.sound.speech import snr, speech_level
from vig_capture.checks.sound.view import CELL, CELLS_A_SECOND, SoundView
from vig_capture.checks.sound.voice import VoiceDetector
from vig_capture.checks.view import CheckSettings
from vig_capture.core.findings import Finding

SoundCheck = Callable[[SoundView, CheckSettings], Iterable[Finding]]
"""A pure function: of the same view and settings the same findings."""
SOUND_CHECKS: tuple[SoundCheck, ...] = (microphone, clipping, speech_level, snr, hum, rumble, jumps)
MINUTE = 60 * CELLS_A_SECOND
SPEECH_CELLS = 20 * CELLS_A_SECOND
_LATER = 1
"""A cell is sorted when so many more have come: they may show that it leads into a voice."""
_PAST = 5 * CELLS_A_SECOND
_PAST_MIN = 10 * CELLS_A_SECOND


class SoundWatch:
    """Watches one microphone. `voice`: what `voice_detector()` gave, one for each watch."""

    def __init__(
        self, settings: CheckSettings, sample_rate: int, channels: int = 1, voice: VoiceDetector | None = None
    ) -> None:
        self._settings = settings
        self._meter = SoundMeter(sample_rate, channels, voice)
        self._listens = voice is not None
        self._cells = np.zeros(0, CELL)
        self._unsorted = 0
        self._speech = np.zeros(0, CELL)
        self._speech_noise = np.zeros(0, np.float32)
        self._quietest: float | None = None
        self._fallen = False
        self._count = 0
        """Cells so far."""
        self._moves: dict[int, float] = {}

    def add(self, samples: NDArray[np.float32], gap: bool = False) -> None:
        """The next samples, shape (n,) or (n, channels), float32 in −1..1, any n.

        `gap`: between the samples before and these some are missing."""
        new = self._meter.add(samples, gap)
        if len(new):
            self._cells = np.concatenate([self._cells, new])[-MINUTE:]
            self._count += len(new)
            self._unsorted = min(self._unsorted + len(new), len(self._cells))
            self._keep_speech()
            self._keep_moves()
            self._keep_quietest()

    def findings(self) -> tuple[Finding, ...]:
        """What is to be said now, one finding for each check."""
        view = self.view()
        return tuple(finding for check in SOUND_CHECKS for finding in check(view, self._settings))

    def view(self) -> SoundView:
        """What the checks look at."""
        return SoundView(
            cells=self._cells,
            spectra=self._meter.spectra,
            speech=self._speech,
            speech_noise=self._speech_noise,
            listens=self._listens,
            moves_db=tuple(self._moves.values()),
            quietest=self._quietest,
        )

    def _keep_speech(self) -> None:
        noise = noise_power(self._cells)
        if noise is None or self._unsorted <= _LATER:
            return
        place = slice(len(self._cells) - self._unsorted, len(self._cells) - _LATER)
        found = self._cells[place][speech_cells(self._cells, noise)[place]]
        self._unsorted = _LATER
        self._speech = np.concatenate([self._speech, found])[-SPEECH_CELLS:]
        told = np.full(len(found), noise, np.float32)
        self._speech_noise = np.concatenate([self._speech_noise, told])[-SPEECH_CELLS:]

    def _keep_moves(self) -> None:
        first = self._count - len(self._cells)
        self._moves |= {first + start: move for start, move in noise_moves(self._cells).items()}
        self._moves = dict(sorted(self._moves.items())[-PAUSES:])

    def _keep_quietest(self) -> None:
        """The lowest noise so far, but of a time when the microphone was surely alive: not of the last seconds."""
        if still_now(self._cells) >= STILL_CELLS:
            return
        was, self._fallen = self._fallen, fallen(self.view())
        if self._fallen:
            return
        older = self._cells[-_PAST:] if was else self._cells[:-_PAST]
        older = older["high"][~older["still"]]
        if was or len(older) >= _PAST_MIN:
            low = float(np.percentile(older, NOISE_PERCENTILE))
            self._quietest = low if self._quietest is None else min(low, self._quietest)
