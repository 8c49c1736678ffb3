"""Faces as boxes: where they are and how large, never whose. What a detector may be believed about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Points = tuple[tuple[float, float], ...]
"""Right eye, left eye, nose tip, right and left corner of the mouth (the person's own right), 0..1 of the picture."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What a detector may be believed about."""

    turned_heads: bool = False
    cut_faces: bool = False
    landmarks: bool = False
    bodies: bool = False
    face_min: float = 1.0
    """The smallest face that it finds reliably, as a share of the picture's height."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face's box in 0..1 of the picture's width and height; it may lie partly outside."""

    x: float
    y: float
    width: float
    height: float
    score: float
    points: Points | None = None


class FaceDetector(Protocol):
    """Finds faces in one picture, without memory."""

    @property
    def name(self) -> str:
        """As the guider reads it."""

    @property
    def caps(self) -> Caps:
        """What it may be believed about."""

    def detect(self, bgr: NDArray[np.uint8], expected: int | None) -> tuple[Face, ...]:
        """The faces of a picture of shape (height, width, 3), BGR full range. `expected`: how many there should be,
        so that a second look is spent only where they are not found."""


class NoDetector:
    """Looks for no faces."""

    name = "none"
    caps = Caps()

    def detect(self, bgr: NDArray[Any], expected: int | None) -> tuple[Face, ...]:  # noqa: ARG002 - the port's names
        return ()
