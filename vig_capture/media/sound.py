"""The sound track of one film segment: AAC whose decoded samples stand where they were."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from vig_capture.core.model import SoundTrack
from vig_capture.core.time import SECOND_NS

AAC_FRAME = 1024
"""Samples in an AAC frame, and in the delay of its encoder."""
PRELUDE_SAMPLES = 2 * AAC_FRAME
"""As much sound before the start as the encoder can make use of."""
_LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")


def layout_of(channels: int) -> str:
    """FFmpeg's name for so many channels."""
    return _LAYOUTS[channels - 1]


class AacTrack:
    """Encodes the sound of one file. Positions in `encode` are on the grid of session time."""

    def __init__(self, container: OutputContainer, sound: SoundTrack, start_ns: int, bits_per_second: int) -> None:
        """Add a stream of AAC-LC; `bits_per_second` is of one channel, every further one adds half."""
        self._rate = sound.sample_rate
        self._layout = layout_of(sound.channels)
        self._start_ns = start_ns
        self._stream = container.add_stream("aac", rate=sound.sample_rate)
        self._stream.layout = self._layout
        self._stream.bit_rate = bits_per_second * (sound.channels + 1) // 2
        self._stream.time_base = Fraction(1, sound.sample_rate)
        self._pts: int | None = None
        self._first_heard = 0
        self._next_sample = 0
        self._waiting: list[NDArray[np.float32]] = []
        self._waiting_count = 0

    @property
    def begun(self) -> bool:
        """Whether there has been any sound."""
        return self._pts is not None

    def encode(self, first_sample: int, samples: NDArray[Any]) -> list[av.Packet[Any]]:
        """Encode float32 samples, shape (samples, channels). Raises ValueError when they do not follow the last."""
        if self._pts is None:
            first_sample, samples = self._begin(first_sample, samples)
        elif first_sample != self._next_sample:
            raise ValueError(f"sound continues at {self._next_sample}, not at {first_sample}")
        if samples.shape[0] == 0:
            return []
        self._next_sample = first_sample + samples.shape[0]
        self._waiting.append(np.array(samples, np.float32))
        self._waiting_count += samples.shape[0]
        whole = self._waiting_count // AAC_FRAME * AAC_FRAME
        return self._encode(whole) if whole else []

    def flush(self) -> list[av.Packet[Any]]:
        """The rest, the last frame as long as its sound."""
        if self._pts is None:
            return []
        packets = self._encode(self._waiting_count) if self._waiting_count else []
        return packets + self._heard(self._stream.encode(None))

    def _begin(self, first_sample: int, samples: NDArray[Any]) -> tuple[int, NDArray[Any]]:
        """Place the first sample; of what lies before the start, keep whole frames as the encoder's prelude."""
        distance = first_sample * SECOND_NS - self._start_ns * self._rate
        pts = (2 * distance + SECOND_NS) // (2 * SECOND_NS)
        early = max(-pts, 0)
        skip = early - min(early // AAC_FRAME * AAC_FRAME, PRELUDE_SAMPLES)
        if skip < samples.shape[0]:
            self._pts = pts + skip
            self._first_heard = max(pts, 0)
        return first_sample + skip, samples[skip:]

    def _encode(self, count: int) -> list[av.Packet[Any]]:
        together = np.concatenate(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        self._waiting = [together[count:]]
        self._waiting_count -= count
        planes = np.ascontiguousarray(together[:count].T)
        frame = av.AudioFrame.from_ndarray(planes, "fltp", self._layout)
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._pts
        assert self._pts is not None
        self._pts += count
        return self._heard(self._stream.encode(frame))

    def _heard(self, packets: list[av.Packet[Any]]) -> list[av.Packet[Any]]:
        """Without the prelude's frames: the one right before the first sample heard is all that a decoder needs."""
        earliest = self._first_heard - AAC_FRAME
        return [packet for packet in packets if packet.pts is None or packet.pts >= earliest]
