"""Boxes of faces: fitting a picture to a detector, and when two boxes are one face."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.faces import Face

SAME_OVERLAP = 0.3
"""Intersection over union from which two boxes are one face: what YuNet itself uses between its own."""


def shrunk(picture: NDArray[np.uint8], box: tuple[int, int]) -> NDArray[np.uint8]:
    """The picture at the largest size that fits into a box of (width, height) pixels, its shape kept: 4:3 and upright
    pictures too. A smaller picture is enlarged."""
    height, width = picture.shape[:2]
    scale = min(box[0] / width, box[1] / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return picture
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def overlap(one: Face, other: Face) -> float:
    """Intersection over union of two boxes, 0..1."""
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / (one.width * one.height + other.width * other.height - both)


def same_face(one: Face, other: Face) -> bool:
    """Are these two finds of one face?"""
    return overlap(one, other) > SAME_OVERLAP
