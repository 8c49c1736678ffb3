"""Pictures of a face in the public domain (NASA; scikit-image carries it), placed where a test wants it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

Bgr = NDArray[np.uint8]
FACE = (181, 62, 90, 112)
"""x, y, width, height of the face in pixels of the picture of 512 × 512."""


@cache
def astronaut() -> Bgr:
    """The picture, shape (512, 512, 3), BGR."""
    return np.ascontiguousarray(skimage.data.astronaut()[:, :, ::-1])  # type: ignore[no-untyped-call]


def room(places: Sequence[tuple[int, int]], width: int = 1280, height: int = 720, scale: float = 1.0) -> Bgr:
    """A grey room with astronauts, each by its upper left corner in pixels; what is outside the picture is cut off."""
    canvas = np.full((height, width, 3), 110, np.uint8)
    size = round(512 * scale)
    person = np.asarray(cv2.resize(astronaut(), (size, size), interpolation=cv2.INTER_AREA), np.uint8)
    for x, y in places:
        left, top, right, bottom = max(0, x), max(0, y), min(width, x + size), min(height, y + size)
        if left < right and top < bottom:
            canvas[top:bottom, left:right] = person[top - y : bottom - y, left - x : right - x]
    return canvas


def pair() -> Bgr:
    """Two astronauts side by side in a picture of 640 × 360, as the checks are given it."""
    return np.asarray(cv2.resize(room([(80, 150), (700, 150)]), (640, 360), interpolation=cv2.INTER_AREA), np.uint8)
