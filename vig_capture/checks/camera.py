"""The camera itself: covered, moved or tilted since it was put up."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from vig_capture.checks.movement import movement
from vig_capture.checks.tones import Tones, grey
from vig_capture.checks.view import CheckSettings, Picture, PictureView
from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.time import SECOND_NS

CAMERA = "camera"
"""What the check's findings are about."""
TILTED_DEG = 1.0
SMALL = (160, 90)
"""Edges are looked for at this size, where noise has gone."""
EDGE_MIN = 4.0
"""Tones from one point to the next at the strongest edges (99th percentile). A hand before the lens had 2 at most,
pictures 4 stops too dark 12, a picture that is a blur 20."""
COVERED_DARK = 100
COVERED_RANGE = 60
"""Tones between the 2nd and the 98th percentile."""
STILL_NS = 5 * SECOND_NS
"""After so long without a movement the camera stands where it is meant to."""
COMPARED_NS = 1 * SECOND_NS
"""As often is a picture compared: it takes 5 ms."""


def camera(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:  # noqa: ARG001 - a check's arguments
    """Does it see anything, and what it saw when it was put up?"""
    if is_covered(view.picture):
        yield Finding(CAMERA, Verdict.BAD, "camera-covered")
        return
    if view.reference is None:
        yield Finding(CAMERA, Verdict.UNKNOWN, "camera-not-still")
        return
    made = movement(view.reference, view.picture)
    if made is None:
        yield Finding(CAMERA, Verdict.ATTENTION, "camera-other-view")
    elif not made.moved:
        yield Finding(CAMERA, Verdict.GOOD, "camera-still")
    elif abs(made.degrees) >= TILTED_DEG:
        yield Finding(CAMERA, Verdict.ATTENTION, "camera-tilted", abs(made.degrees))
    else:
        yield Finding(CAMERA, Verdict.ATTENTION, "camera-moved", made.shift_px)


def is_covered(picture: Picture) -> bool:
    """Nearly no edge anywhere, and dark or the same everywhere."""
    small = np.asarray(cv2.resize(grey(picture.bgr), SMALL, interpolation=cv2.INTER_AREA), np.uint8)
    across, down = (cv2.Sobel(small, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    if float(np.percentile(np.hypot(across, down), 99)) / 8 >= EDGE_MIN:
        return False
    tones = Tones(small)
    return tones.at(95) < COVERED_DARK or tones.at(98) - tones.at(2) < COVERED_RANGE


class Stillness:
    """How a camera stood when it was put up: the view after 5 s without a movement, until it has stood for 5 s with
    another. One for each camera; shown every picture, it compares one a second."""

    def __init__(self) -> None:
        self.reference: Picture | None = None
        self._since: Picture | None = None
        """What it has shown since it last moved, where that is not the reference."""
        self._compared_ns: int | None = None

    def __call__(self, picture: Picture) -> Picture | None:
        """The reference, after this picture too."""
        if self._compared_ns is None or picture.mono_ns - self._compared_ns >= COMPARED_NS:
            self._compared_ns = picture.mono_ns
            self._compare(picture)
        return self.reference

    def _compare(self, picture: Picture) -> None:
        if is_covered(picture) or (self.reference is not None and _same_view(self.reference, picture)):
            self._since = None
        elif self._since is None or not _same_view(self._since, picture):
            self._since = picture
        elif picture.mono_ns - self._since.mono_ns >= STILL_NS:
            self.reference, self._since = picture, None


def _same_view(one: Picture, other: Picture) -> bool:
    made = movement(one, other)
    return made is not None and not made.moved
