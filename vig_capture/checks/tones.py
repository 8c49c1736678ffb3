"""How bright things are: tones of a picture, of a face, and the light that they stand for."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.faces import Face

Grey = NDArray[np.uint8]
"""Luma, shape (height, width), full range."""
INNER = 0.7
"""Of a face's box, in width and height: its corners are hair and wall."""
_LIGHT = np.where(np.arange(256) <= 10, np.arange(256) / 255 / 12.92, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4)
"""Of each sRGB value, 0..1 (IEC 61966-2-1)."""


def grey(bgr: NDArray[np.uint8]) -> Grey:
    """Luma of a picture of shape (height, width, 3)."""
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), np.uint8)


class Tones:
    """How many pixels have each of the 256 tones."""

    def __init__(self, picture: Grey, mask: Grey | None = None) -> None:
        """`mask`: not 0 where pixels count."""
        counts = cv2.calcHist([np.ascontiguousarray(picture)], [0], mask, [256], [0, 256]).ravel()
        self.pixels = int(counts.sum())
        self._shares = np.cumsum(counts) / max(self.pixels, 1)

    def at(self, percent: float) -> int:
        """The tone that so many percent of the pixels do not exceed."""
        return int(np.searchsorted(self._shares, percent / 100 - 1e-6).clip(0, 255))

    def up_to(self, tone: int) -> float:
        """Share of the pixels that are no brighter."""
        return float(self._shares[tone])

    def from_(self, tone: int) -> float:
        """Share of the pixels that are no darker."""
        return 1 - self.up_to(tone - 1)


def inside(picture: Grey, face: Face, share: float = INNER) -> Grey:
    """What lies in the middle `share` of a face's box, as far as the picture shows it; may be empty."""
    height, width = picture.shape
    margin = (1 - share) / 2
    left, right = ((face.x + at * face.width) * width for at in (margin, 1 - margin))
    top, bottom = ((face.y + at * face.height) * height for at in (margin, 1 - margin))
    return picture[max(0, round(top)) : max(0, round(bottom)), max(0, round(left)) : max(0, round(right))]


def stops(brighter: float, darker: float) -> float:
    """How many times the light of one tone has to be doubled to make the other."""
    return float(np.log2(max(_LIGHT[round(brighter)], _LIGHT[1]) / max(_LIGHT[round(darker)], _LIGHT[1])))
