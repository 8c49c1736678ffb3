"""How far a camera has moved between two pictures, whatever the people in them do.

Corners all over the picture are followed from one to the other (Lucas and Kanade, there and back, on contrast that
light does not change), and the one shift, turn and zoom that most of them agree on is the camera's (RANSAC). Where they
do not agree, but many are where they were, people have moved: a camera takes everything along.
A jump that is too far to follow, up to a third of the picture, is found by matching ORB features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.tones import Grey, grey
from vig_capture.checks.view import Picture

WIDTH = 320
"""Pixels; pictures are compared at this width."""
UNIT = 640
"""Shifts are told in pixels of a picture so wide."""
MOVED_PX = 3.0
CELLS = (4, 3)
CORNERS = 12
"""In each cell: so that one busy corner of the room does not decide."""
CORNERS_MIN = 24
CELLS_MIN = 4
STAYED_PX = 1.0
STAYED = 0.25
"""So many of the corners are enough, whatever the others do."""
AGREE = 0.5
"""So many of the corners that are found again have to agree."""
FOLLOWED_PX = 0.5
"""As near a corner has to come back to where it was."""
MATCHES_MIN = 20
MATCHES_AGREE = 0.25
_CELL_PX = WIDTH // CELLS[0]
_KEPT = 4
"""Pictures and pairs of pictures of which the work is kept: a reference is compared with many, and by more than one."""
_NEAR = 31
"""Side of the square whose contrast is made the same everywhere, in pixels."""

Points = NDArray[np.float32]
"""Shape (n, 2), in pixels."""
Features = tuple[Sequence[cv2.KeyPoint], NDArray[Any] | None]
"""Places, and how each looks; None where there are none."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What a camera did."""

    shift_px: float
    """How far the corners of the picture went, at most, in pixels of one 640 wide."""
    degrees: float
    """How far it was tilted to one side."""
    zoom: float
    """How much larger things are."""

    @property
    def moved(self) -> bool:
        """More than trembling and noise."""
        return self.shift_px >= MOVED_PX


@lru_cache(_KEPT)
def movement(before: Picture, after: Picture) -> Movement | None:
    """From one picture to a later one of the same camera; None where it cannot be told."""
    if before.bgr.shape != after.bgr.shape:
        return None
    one, other = _even(before), _even(after)
    here, there = _followed(one, other, _corners(before))
    turn = _agreed(here, there, tolerance_px=1.0, share=AGREE, count=CORNERS_MIN)
    if turn is None and _stayed(here, there):
        return Movement(0.0, 0.0, 1.0)
    if turn is None:
        turn = _agreed(*_matched(before, after), tolerance_px=2.0, share=MATCHES_AGREE, count=MATCHES_MIN)
    return None if turn is None else _told(turn, *one.shape)


@lru_cache(_KEPT)
def _even(picture: Picture) -> Grey:
    """In the size of the comparison, with the same contrast in dark and bright places."""
    height, width = picture.bgr.shape[:2]
    size = WIDTH, max(1, round(height * WIDTH / width))
    small = np.asarray(cv2.resize(grey(picture.bgr), size, interpolation=cv2.INTER_AREA), np.float32)
    mean = cv2.blur(small, (_NEAR, _NEAR))
    spread = np.sqrt(np.maximum(cv2.blur(small * small, (_NEAR, _NEAR)) - mean * mean, 0))
    return np.asarray(np.clip(128 + 50 * (small - mean) / (spread + 4), 0, 255), np.uint8)


@lru_cache(_KEPT)
def _corners(picture: Picture) -> Points:
    even = _even(picture)
    height, width = even.shape
    across, down = CELLS
    found = []
    for row in range(down):
        for column in range(across):
            x, y = column * width // across, row * height // down
            cell = even[y : (row + 1) * height // down, x : (column + 1) * width // across]
            corners = cv2.goodFeaturesToTrack(cell, CORNERS, 0.05, 5)
            if corners is not None:
                found.append(corners.reshape(-1, 2) + np.array((x, y), np.float32))
    return np.asarray(np.concatenate(found) if found else np.empty((0, 2)), np.float32)


def _followed(one: Grey, other: Grey, corners: Points) -> tuple[Points, Points]:
    if not len(corners):
        return corners, corners
    there, found = _flow(one, other, corners)
    back, found_back = _flow(other, one, there)
    good = found & found_back & (np.abs(back - corners).max(1) < FOLLOWED_PX)
    return corners[good], there[good]


def _stayed(here: Points, there: Points) -> bool:
    still = np.abs(there - here).max(1, initial=0) < STAYED_PX
    return still.sum() >= max(CORNERS_MIN, STAYED * len(here)) and _spread(here[still])


def _spread(points: Points) -> bool:
    """Are they all over the picture?"""
    return len({*map(tuple, (points // _CELL_PX).tolist())}) >= CELLS_MIN


def _flow(one: Grey, other: Grey, points: Points) -> tuple[Points, NDArray[np.bool_]]:
    there, found, _ = cv2.calcOpticalFlowPyrLK(one, other, points, None, winSize=(15, 15), maxLevel=3)  # type: ignore[call-overload]
    return np.asarray(there, np.float32), found.ravel().astype(bool)


@lru_cache(_KEPT)
def _features(picture: Picture) -> Features:
    return cv2.ORB.create(400).detectAndCompute(_even(picture), None)


def _matched(before: Picture, after: Picture) -> tuple[Points, Points]:
    (points, told), (points_there, told_there) = _features(before), _features(after)
    if told is None or told_there is None:
        return np.empty((0, 2), np.float32), np.empty((0, 2), np.float32)
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(told, told_there)
    pairs = [(points[match.queryIdx].pt, points_there[match.trainIdx].pt) for match in matches]
    both = np.asarray(pairs, np.float32).reshape(-1, 2, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def _agreed(here: Points, there: Points, *, tolerance_px: float, share: float, count: int) -> NDArray[Any] | None:
    """The shift, turn and zoom of shape (2, 3) that enough of the points agree on, all over the picture."""
    if len(here) < count:
        return None
    cv2.setRNGSeed(1)
    turn, agree = cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=tolerance_px)
    if turn is None:
        return None
    agree = agree.ravel().astype(bool)
    return turn if agree.sum() >= max(count, share * len(here)) and _spread(here[agree]) else None


def _told(turn: NDArray[Any], height: int, width: int) -> Movement:
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], float)
    shift = np.linalg.norm(corners @ turn[:, :2].T + turn[:, 2] - corners, axis=1).max()
    zoom = float(np.hypot(turn[0, 0], turn[1, 0]))
    return Movement(float(shift) * UNIT / width, float(np.degrees(np.arctan2(turn[1, 0], turn[0, 0]))), zoom)
