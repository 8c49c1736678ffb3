"""What the picture's checks are given: the newest picture and what was seen in the seconds before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.faces import Caps, Face
from vig_capture.core.findings import Finding

LOOKS_S = 10.0
"""So far back `PictureView.looks` goes."""
SMALL_HEIGHT = 360
"""Pixels; `Picture.bgr` is at most so high."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture of the camera; equal to itself alone, so that what is made of it can be kept."""

    mono_ns: int
    bgr: NDArray[np.uint8]
    """Shape (≤ 360, ≤ 640, 3), full range, the whole picture undistorted."""
    width: int
    height: int
    """Of the recorded picture, in pixels."""
    luma: NDArray[np.uint8] | None = None
    """Shape (height, width), full range: every recorded pixel. About once a second."""


@dataclass(frozen=True, slots=True)
class Look:
    """The faces of one picture."""

    mono_ns: int
    faces: tuple[Face, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Mean luma of each row of consecutive frames: light that flickers runs through them as a wave."""

    means: NDArray[np.float32]
    """Shape (frames, rows), 0..255."""
    rate: float
    """Frames a second."""


@dataclass(frozen=True, slots=True)
class PictureView:
    """All that a picture's check may look at."""

    picture: Picture
    looks: tuple[Look, ...]
    """Of the last LOOKS_S, oldest first; the last one is of `picture`."""
    detector: str
    caps: Caps
    rate: float | None
    """Frames a second that really came in the last 5 s; None while that is not known."""
    reference: Picture | None = None
    """How the camera stood when it was put up; None as long as it has not stood still."""
    rows: Rows | None = None
    """The newest rows; None where none were asked for."""

    @property
    def faces(self) -> tuple[Face, ...]:
        """In the newest picture."""
        return self.looks[-1].faces if self.looks else ()


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What the checks need to know of the occasion."""

    faces_expected: int = 2
    rate_wanted: float = 30.0
    mains_hz: int = 50


PictureCheck = Callable[[PictureView, CheckSettings], Iterable[Finding]]
"""A pure function: of the same view and settings the same findings, one for each check that it answers for."""
