"""Film files as the recorder writes them, whose pictures say their numbers and whose sound is one tone that goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from tests.media.known import MEDIA, MONO, RATE, SECOND, encoder_at, frames_of, grid, sine
from vig_capture.core.model import Packet
from vig_capture.media.encoder import X264Encoder

FRAMES = 90
LENGTH_S = FRAMES / 30


def numbered(number: int) -> av.VideoFrame:
    """A picture that says its number in eight stripes, bright for 1."""
    bits = np.unpackbits(np.array([number], np.uint8))
    grey = np.tile(np.repeat(np.where(bits, 200, 60), 8), (48, 1)).astype(np.uint8)
    return av.VideoFrame.from_ndarray(np.vstack([grey, np.full((24, 64), 128, np.uint8)]), format="yuv420p")


def film(
    path: Path,
    first: int = 0,
    frames: int = FRAMES,
    encoder: X264Encoder | None = None,
    sound: Callable[[int, int], NDArray[np.float32]] = sine,
) -> Path:
    """Pictures that say their number by their brightness, with a tone: as the recorder writes them. `sound`: gives the
    samples between two."""
    encoder = encoder or encoder_at(30)
    start_ns = first * SECOND // 30
    packets: list[Packet] = []
    for number in range(first, first + frames):
        packets += encoder.encode(numbered(number), number * SECOND // 30, (number - first) % 30 == 0)
    packets += encoder.flush()
    file = MEDIA.film(path, start_ns, encoder.track(), MONO)
    for number, packet in zip(range(first, first + frames), packets, strict=True):
        file.add(packet)
        at = grid(number * SECOND // 30)
        file.add_sound(at, sound(at, grid((number + 1) * SECOND // 30)))
    file.close()
    return path


def numbers(path: Path) -> list[int]:
    """Which pictures a clip shows."""
    stripes = [frame.to_ndarray(format="gray")[24, 4::8] > 130 for frame in frames_of(path, "video")[0]]
    return [int(np.packbits(bits)[0]) for bits in stripes]


def tone_shift(path: Path, start_s: float) -> float:
    """By how many seconds a clip's tone, at three quarters, is off the film's, within a period of 440 Hz."""
    frames, _ = frames_of(path, "audio")
    frame = frames[len(frames) * 3 // 4]
    seen = frame.to_ndarray()[0]
    times = float(frame.time) + np.arange(len(seen)) / RATE + start_s
    phase = np.angle(np.sum(seen * np.exp(-2j * np.pi * 440 * times)))
    return float((phase + np.pi / 2) / (2 * np.pi * 440))
