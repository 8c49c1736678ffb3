"""How fast this machine encodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice

import av
import numpy as np

from vig_capture.core.model import VideoMode
from vig_capture.core.ports import Clock
from vig_capture.core.time import SECOND_NS
from vig_capture.media.encoder import X264Encoder

FILM_S = 2.5
"""So much film is encoded."""
PATIENCE_NS = 4 * SECOND_NS
"""A machine that is far too slow is not measured any longer than this."""
NOISE_LEVELS = 3.0
"""Standard deviation of luma, as of a webcam in a living room: noise is what costs an encoder most."""


def encode_speed(mode: VideoMode, preset: str, crf: int, pictures: Sequence[av.VideoFrame], clock: Clock) -> float:
    """Seconds of film encoded in a second: 1 is just in time. `pictures` are used again and again.

    Raises UserError where the encoder refuses size or preset."""
    encoder = X264Encoder(mode, preset, crf)
    period_ns = int(SECOND_NS / mode.rate)
    began_ns = clock.mono_ns()
    number = spent_ns = 0
    for number, picture in enumerate(islice(cycle(pictures), max(2, round(FILM_S * mode.rate))), 1):
        encoder.encode(picture, number * period_ns, False)
        spent_ns = clock.mono_ns() - began_ns
        if spent_ns > PATIENCE_NS:
            break
    encoder.flush()
    return number * period_ns / max(spent_ns, 1)


def noisy(draw: Callable[[int], av.VideoFrame], count: int) -> list[av.VideoFrame]:
    """Drawn pictures in yuv420p (numbers 0…) with the noise of a camera."""
    rng = np.random.default_rng(1)
    pictures = []
    for number in range(count):
        picture = draw(number)
        plane = picture.planes[0]
        luma = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
        grain = rng.normal(0, NOISE_LEVELS, luma.shape).astype(np.int16)
        luma[...] = np.clip(luma + grain, 16, 235)
        pictures.append(picture)
    return pictures
