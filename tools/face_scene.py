"""A scene with two faces in which something moves, and what may happen to it: it is covered, dark, or moved.

For films in which the picture's checks have something to see.

The faces are a NASA portrait in the public domain that scikit-image carries, and its mirror image. Needs scikit-image
and OpenCV.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from av import VideoFrame
from av.video.reformatter import ColorRange
from numpy.typing import NDArray
from picture_variants import FULL_WELL, READ_NOISE, coded, covered, linear
from scene_states import COVERED, DARK, MOVED, PLAIN, STATES, ordered
from skimage import data

from vig_capture.devices import frame_code
from vig_capture.devices.demo_scene import Picture, Scene

Bgr = NDArray[np.uint8]

_WIDTH, _HEIGHT = 1280, 720
_WALL = 150
_SIDE, _TOP, _LEFTS = 600, 120, (20, 660)
"""Of each portrait, in pixels of a picture of 1280×720: its faces are then 160 pixels high."""
_CUT = slice(0, 400), slice(56, 456)
_BALL = 48
_BALL_TOP, _SWING = 648, 360
PERIOD_S = 4.0
"""So long the ball takes to and fro."""
EV = -3.5
MOVED_SHARE, MOVED_DEG = 0.15, 2.0
"""Of the picture's width, and how far it is tilted."""
_NOISE = np.random.default_rng(1)


def canvas(width: int, height: int) -> Bgr:
    """The still part, shape (height, width, 3): its top tenth is plain wall, where a frame's number may stand."""
    wall = np.full((_HEIGHT, _WIDTH, 3), _WALL, np.uint8)
    astronaut = np.asarray(data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]
    portrait = cv2.resize(astronaut[_CUT][:, :, ::-1], (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    # (Facing each other: where the same is seen twice, nobody could tell how far a camera has moved.)
    for left, face in zip(_LEFTS, (portrait, portrait[:, ::-1]), strict=True):
        wall[_TOP:, left : left + _SIDE] = face
    return np.asarray(cv2.resize(wall, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def ball(height: int) -> Bgr:
    """What moves: a finely speckled square, as large as the ball of a picture of this height."""
    side = max(2, round(_BALL * height / _HEIGHT) // 2 * 2)
    speckles = np.random.default_rng(1).integers(60, 200, (side // 2, side // 2), np.uint8)
    grey = np.repeat(np.repeat(speckles, 2, 0), 2, 1)
    return np.repeat(grey[:, :, None], 3, 2)


def ball_place(width: int, height: int, seconds: float) -> tuple[int, int]:
    """Its left edge and its top, even pixels, so many seconds after the beginning."""
    across = _WIDTH / 2 - _BALL / 2 + _SWING * math.sin(2 * math.pi * seconds / PERIOD_S)
    return round(across * width / _WIDTH) // 2 * 2, round(_BALL_TOP * height / _HEIGHT) // 2 * 2


def planes(bgr: Bgr) -> Picture:
    """The same in yuv420p, tv range."""
    frame = VideoFrame.from_ndarray(bgr, format="bgr24")
    frame = frame.reformat(format="yuv420p", dst_color_range=ColorRange.MPEG)
    height, width = bgr.shape[:2]
    rows = np.asarray(frame.to_ndarray(), np.uint8)
    chroma = rows[height:].reshape(2, height // 2, width // 2)
    return Picture(rows[:height].copy(), chroma[0].copy(), chroma[1].copy())


def changed(bgr: Bgr, state: str) -> Bgr:
    """What a camera in this state sees instead."""
    if state == COVERED:
        return covered(bgr)
    if state == DARK:
        # (Its noise is another one each time: noise that stood still would be something to see.)
        light = linear(bgr) * 2.0**EV
        spread = np.sqrt(light / FULL_WELL + READ_NOISE**2)
        return coded(np.asarray(light + spread * _NOISE.standard_normal(light.shape), np.float32))
    if state == MOVED:
        height, width = bgr.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), MOVED_DEG, 1.0)
        turn[0, 2] += MOVED_SHARE * width
        return np.asarray(cv2.warpAffine(bgr, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)
    return bgr


class FaceScene(Scene):
    """As the drawn scene: every picture has its number and its moment in the top tenth."""

    def __init__(self, width: int, height: int, rate: float = 30.0) -> None:
        super().__init__(width, height, rate)
        self.room = planes(canvas(self.width, self.height))
        self._speckles = planes(ball(self.height))

    def finish(self, picture: Picture, number: int, mono_ns: int) -> None:
        self._roll(picture, number)
        frame_code.draw(picture.luma, number, mono_ns)

    def _roll(self, picture: Picture, number: int) -> None:
        left, top = ball_place(self.width, self.height, number / self.rate)
        side = len(self._speckles.luma)
        picture.luma[top : top + side, left : left + side] = self._speckles.luma
        for plane in (picture.blue, picture.red):
            plane[top // 2 : (top + side) // 2, left // 2 : (left + side) // 2] = 128


class ChangingScene(FaceScene):
    """In the state that stands in a file; without numbers, which no hand before a lens would leave to be seen."""

    def __init__(self, order: Path, width: int, height: int, rate: float = 30.0) -> None:
        super().__init__(width, height, rate)
        self._order = order
        still = canvas(self.width, self.height)
        self._states = {state: planes(changed(still, state)) for state in STATES}

    def finish(self, picture: Picture, number: int, mono_ns: int) -> None:  # noqa: ARG002 (the scene's arguments)
        state = ordered(self._order)
        now = self._states[state]
        picture.luma[...], picture.blue[...], picture.red[...] = now.luma, now.blue, now.red
        if state in (PLAIN, MOVED):
            self._roll(picture, number)
