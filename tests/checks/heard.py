"""Made-up sound: noise that is modulated as speech is, and an ear that knows when somebody speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.sound.view import decibels
from vig_capture.checks.sound.voice import VOICE_RATE, VoiceDetector
from vig_capture.checks.sound.watch import SoundWatch
from vig_capture.checks.view import CheckSettings
from vig_capture.core.findings import Finding, Verdict

RATE = 16_000
Sound = NDArray[np.float64]
FAULTY = (Verdict.ATTENTION, Verdict.BAD)
PHRASE_S, PAUSE_S = 2.0, 1.5


class Ear:
    """A voice detector that is told when there is speech, by the second since the beginning."""

    chunk = 512

    def __init__(self, speaks: Callable[[float], bool]) -> None:
        self._speaks = speaks
        self._heard = 0

    def probability(self, samples: NDArray[np.float32]) -> float:
        self._heard += len(samples)
        return float(self._speaks(self._heard / VOICE_RATE))

    def reset(self) -> None:
        """What it is told goes by the clock of the sound."""


def in_phrase(second: Any) -> Any:
    """Also of an array."""
    return second % (PHRASE_S + PAUSE_S) < PHRASE_S


def never(_second: float) -> bool:
    return False


def noise(seconds: float, level_db: float, seed: int = 0) -> Sound:
    """White, of that power in dBov."""
    return np.asarray(np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 10 ** (level_db / 20))


def speech(seconds: float, level_db: float, seed: int = 1) -> Sound:
    """Phrases of 2 s, four syllables a second, and pauses of 1.5 s; `level_db`: of the phrases, in dBov."""
    t = np.arange(round(seconds * RATE)) / RATE
    syllables = np.sin(4 * np.pi * t) ** 2 * in_phrase(t)
    carrier = np.convolve(noise(seconds, 0, seed), np.hamming(9) / np.hamming(9).sum(), "same")
    made = carrier * syllables
    active = float(np.mean(np.square(made[syllables > 0])))
    return np.asarray(made * 10 ** ((level_db - decibels(active)) / 20))


def tone(seconds: float, hz: float, level_db: float) -> Sound:
    """A sine of that power in dBov."""
    t = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(np.sqrt(2) * 10 ** (level_db / 20) * np.sin(2 * np.pi * hz * t))


def watch(ear: VoiceDetector | None = None, mains_hz: int = 50) -> SoundWatch:
    return SoundWatch(CheckSettings(mains_hz=mains_hz), RATE, 1, ear)


def hear(sound: Sound, by: SoundWatch) -> list[dict[str, Finding]]:
    """The findings after each half second."""
    found = []
    for start in range(0, len(sound), RATE // 2):
        by.add(sound[start : start + RATE // 2].astype(np.float32))
        found.append({finding.check: finding for finding in by.findings()})
    return found


def faulty(found: dict[str, Finding]) -> set[str]:
    return {check for check, finding in found.items() if finding.verdict in FAULTY}
