"""The demo's drawn scene and sound: a parent and a child roll a ball to each other. Functions of number and time alone.

The still part is drawn once; a picture is one copy of it with a few small shapes laid on top. numpy only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vig_capture.devices import frame_code

Plane = NDArray[np.uint8]
Real = NDArray[np.floating[Any]]
Colour = tuple[int, int, int]
Point = tuple[float, float]

# The scene is designed on 1280×720 and stretched to the wanted size.
_WIDTH, _HEIGHT = 1280, 720
_WALL, _FLOOR, _TABLE, _TABLE_EDGE = (238, 226, 207), (196, 168, 138), (176, 124, 82), (146, 98, 62)
_PARENT_SKIN, _PARENT_HAIR, _PARENT_SHIRT = (222, 172, 136), (92, 60, 44), (62, 124, 132)
_CHILD_SKIN, _CHILD_HAIR, _CHILD_SHIRT = (228, 180, 146), (126, 84, 50), (222, 158, 62)
_DARK, _BALL, _LAMP_OFF, _LAMP_ON = (58, 48, 46), (206, 84, 72), (110, 96, 90), (255, 246, 200)
_DIGIT_LEFT, _DIGIT_TOP, _DIGIT_STEP = 200, 646, 32
_LAMP = (488, 672)
_PLATE, _INK = (52, 58, 66), (244, 240, 230)

_GLYPHS: dict[str, Sequence[Sequence[Point]]] = {
    "0": [[(1, 0), (3, 0), (4, 1), (4, 5), (3, 6), (1, 6), (0, 5), (0, 1), (1, 0)]],
    "1": [[(0.8, 1), (2, 0), (2, 6)], [(0.8, 6), (3.2, 6)]],
    "2": [[(0, 1), (1, 0), (3, 0), (4, 1), (4, 2), (0, 6), (4, 6)]],
    "3": [[(0, 1), (1, 0), (3, 0), (4, 1), (4, 2), (3, 3), (1.5, 3)], [(3, 3), (4, 4), (4, 5), (3, 6), (1, 6), (0, 5)]],
    "4": [[(3, 6), (3, 0), (0, 4), (4, 4)]],
    "5": [[(4, 0), (0.3, 0), (0, 2.6), (1, 2.3), (3, 2.3), (4, 3.3), (4, 5), (3, 6), (1, 6), (0, 5)]],
    "6": [[(4, 1), (3, 0), (1, 0), (0, 1), (0, 5), (1, 6), (3, 6), (4, 5), (4, 4), (3, 3), (1, 3), (0, 4)]],
    "7": [[(0, 0), (4, 0), (1.5, 6)]],
    "8": [
        [(1, 3), (0, 2), (0, 1), (1, 0), (3, 0), (4, 1), (4, 2), (3, 3)],
        [(1, 3), (3, 3), (4, 4), (4, 5), (3, 6), (1, 6), (0, 5), (0, 4), (1, 3)],
    ],
    "9": [[(0, 5), (1, 6), (3, 6), (4, 5), (4, 1), (3, 0), (1, 0), (0, 1), (0, 2), (1, 3), (3, 3), (4, 2)]],
    "D": [[(0, 0), (2.4, 0), (4, 1.6), (4, 4.4), (2.4, 6), (0, 6), (0, 0)]],
    "E": [[(4, 0), (0, 0), (0, 6), (4, 6)], [(0, 3), (3, 3)]],
    "M": [[(0, 6), (0, 0), (2, 3), (4, 0), (4, 6)]],
}


class _Canvas:
    """A rectangle of the scene, painted in RGB with soft edges, and how opaque each pixel is."""

    def __init__(self, box: tuple[float, float, float, float], scale: Point, ground: Colour | None = None) -> None:
        left, top, right, bottom = box
        self.left, self.top = round(left * scale[0]) // 2 * 2, round(top * scale[1]) // 2 * 2
        columns, rows = round((right - left) * scale[0]) // 2 * 2, round((bottom - top) * scale[1]) // 2 * 2
        self._x = (np.arange(columns, dtype=np.float32) + self.left + np.float32(0.5)) / np.float32(scale[0])
        self._y = (np.arange(rows, dtype=np.float32) + self.top + np.float32(0.5)) / np.float32(scale[1])
        self._sharp = min(scale)
        self.rgb = np.zeros((rows, columns, 3), np.float32)
        self.alpha = np.zeros((rows, columns), np.float32)
        if ground is not None:
            self.rgb[:] = ground
            self.alpha[:] = 1.0

    def ellipse(self, x: float, y: float, across: float, high: float, colour: Colour) -> None:
        xs, ys, part = self._within(x - across, y - high, x + across, y + high)
        radius = np.hypot((xs - x) / across, (ys - y) / high)
        self._paint(part, (radius - 1) * min(across, high), colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour, corner: float = 0.0) -> None:
        xs, ys, part = self._within(left, top, right, bottom)
        across = np.abs(xs - (left + right) / 2) - (right - left) / 2 + corner
        high = np.abs(ys - (top + bottom) / 2) - (bottom - top) / 2 + corner
        outside = np.hypot(np.maximum(across, 0), np.maximum(high, 0))
        self._paint(part, outside + np.minimum(np.maximum(across, high), 0) - corner, colour)

    def line(self, points: Sequence[Point], thick: float, colour: Colour) -> None:
        across, down = [x for x, _ in points], [y for _, y in points]
        half = thick / 2
        xs, ys, part = self._within(min(across) - half, min(down) - half, max(across) + half, max(down) + half)
        nearest = np.full((ys.shape[0], xs.shape[1]), np.inf, np.float32)
        for (x1, y1), (x2, y2) in pairwise(points):
            dx, dy = x2 - x1, y2 - y1
            along = np.clip(((xs - x1) * dx + (ys - y1) * dy) / (dx * dx + dy * dy), 0.0, 1.0)
            nearest = np.minimum(nearest, np.hypot(xs - x1 - along * dx, ys - y1 - along * dy))
        self._paint(part, nearest - half, colour)

    def _within(self, left: float, top: float, right: float, bottom: float) -> tuple[Real, Real, tuple[slice, slice]]:
        """The coordinates of the pixels that a shape of this extent can touch, and where they are."""
        columns = slice(*np.searchsorted(self._x, (left - 2, right + 2)))
        rows = slice(*np.searchsorted(self._y, (top - 2, bottom + 2)))
        return self._x[None, columns], self._y[rows, None], (rows, columns)

    def _paint(self, part: tuple[slice, slice], distance: Real, colour: Colour) -> None:
        """Paint where the signed distance (scene pixels) is negative, with an edge one pixel soft."""
        cover = np.clip(0.5 - distance * self._sharp, 0.0, 1.0)
        over = cover + self.alpha[part] * (1 - cover)
        share = (cover / np.maximum(over, 1e-6))[..., None]
        self.rgb[part] = self.rgb[part] * (1 - share) + np.asarray(colour, np.float32) * share
        self.alpha[part] = over

    def smile(self, x: float, y: float, wide: float) -> None:
        arc = [(x + wide * math.sin(a), y + wide * (math.cos(a) - 0.6)) for a in np.linspace(-0.95, 0.95, 9)]
        self.line(arc, 5, _DARK)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A small painted thing, ready to be laid on a picture: its planes and, doubled for the chroma, its opacity."""

    left: int
    top: int
    luma: NDArray[np.uint16]
    chroma: NDArray[np.uint16]
    luma_through: NDArray[np.uint16]
    chroma_through: NDArray[np.uint16]

    @classmethod
    def of(cls, canvas: _Canvas) -> _Shape:
        luma, chroma = _yuv(canvas.rgb)
        alpha = canvas.alpha
        half = _halved(alpha)
        return cls(
            canvas.left,
            canvas.top,
            np.round(luma * alpha * 256).astype(np.uint16),
            np.round(chroma * half * 256).astype(np.uint16),
            np.round((1 - alpha) * 256).astype(np.uint16),
            np.round((1 - half) * 256).astype(np.uint16),
        )

    def lay(self, picture: Picture, dx: int, dy: int) -> None:
        """Blend onto a picture, `dx` and `dy` pixels from where it was painted. It must lie within the picture."""
        rows, columns = self.luma.shape
        left, top = self.left + dx, self.top + dy
        _blend(picture.luma[top : top + rows, left : left + columns], self.luma, self.luma_through)
        rows, columns, left, top = rows // 2, columns // 2, left // 2, top // 2
        for plane, colour in zip((picture.blue, picture.red), self.chroma, strict=True):
            _blend(plane[top : top + rows, left : left + columns], colour, self.chroma_through)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in yuv420p, tv range, uint8: luma of shape (height, width), chroma of half that."""

    luma: Plane
    blue: Plane
    red: Plane

    def copy(self) -> Picture:
        return Picture(self.luma.copy(), self.blue.copy(), self.red.copy())


class Scene:
    """Draws any frame of the demo. `width` and `height` are rounded down to even numbers, `rate` is frames a second."""

    def __init__(self, width: int = _WIDTH, height: int = _HEIGHT, rate: float = 30.0) -> None:
        self.width, self.height, self.rate = width // 2 * 2, height // 2 * 2, rate
        self._scale = (self.width / _WIDTH, self.height / _HEIGHT)
        room = _Canvas((0, 0, _WIDTH, _HEIGHT), self._scale, _WALL)
        _draw_room(room)
        luma, chroma = _yuv(room.rgb)
        chroma[:, : self.height // frame_code.STRIP // 2] = 128
        blue, red = np.round(chroma).astype(np.uint8)
        self.room = Picture(np.round(luma).astype(np.uint8), blue, red)
        """The still part of every picture; not to be changed."""
        self._parent, self._child = _Shape.of(_draw_parent(self._scale)), _Shape.of(_draw_child(self._scale))
        self._ball, self._lamp = _Shape.of(_draw_ball(self._scale)), _Shape.of(_draw_lamp(self._scale))
        self._digits = [_draw_digit(self._scale, digit) for digit in "0123456789"]

    def flash(self, number: int) -> bool:
        """True for the first frame at or after each whole second: the lamp is lit, and a beep starts at that second."""
        return math.floor(number / self.rate) != math.floor((number - 1) / self.rate)

    def picture(self, number: int, mono_ns: int) -> Picture:
        """Frame `number`, which says that it was drawn at `mono_ns`."""
        picture = self.room.copy()
        self.finish(picture, number, mono_ns)
        return picture

    def finish(self, picture: Picture, number: int, mono_ns: int) -> None:
        """Turn a copy of `room` into frame `number`."""
        seconds = number / self.rate
        self._move(self._parent, picture, 9 * _wave(seconds, 5.0), 4 * _wave(seconds, 2.5))
        self._move(self._child, picture, 7 * _wave(seconds, 3.7), 7 * _wave(seconds, 1.9))
        roll = _wave(seconds, 6.0)
        self._move(self._ball, picture, 150 * roll, 5 * roll * roll)
        if self.flash(number):
            self._move(self._lamp, picture, 0, 0)
        self._write(picture, f"{number % 10**8:08d}")
        frame_code.draw(picture.luma, number, mono_ns)

    def _write(self, picture: Picture, digits: str) -> None:
        top = round(_DIGIT_TOP * self._scale[1])
        for place, digit in enumerate(digits):
            left, tile = round((_DIGIT_LEFT + _DIGIT_STEP * place) * self._scale[0]), self._digits[int(digit)]
            picture.luma[top : top + tile.shape[0], left : left + tile.shape[1]] = tile

    def _move(self, shape: _Shape, picture: Picture, dx: float, dy: float) -> None:
        shape.lay(picture, round(dx * self._scale[0]), round(dy * self._scale[1]))


def _draw_room(canvas: _Canvas) -> None:
    _draw_window(canvas)
    canvas.box(0, 430, _WIDTH, _HEIGHT, _FLOOR)
    canvas.box(0, 424, _WIDTH, 436, (226, 211, 188))
    canvas.box(1010, 150, 1150, 290, (150, 116, 84), 6)
    canvas.box(1022, 162, 1138, 278, (244, 238, 226), 3)
    canvas.ellipse(1062, 214, 24, 24, (232, 176, 92))
    canvas.box(1022, 240, 1138, 278, (132, 164, 122), 3)
    # The two sit behind the table: bodies first.
    canvas.box(322, 300, 398, 400, (206, 156, 122), 30)
    canvas.box(228, 366, 492, 640, _PARENT_SHIRT, 84)
    canvas.box(836, 372, 888, 440, (214, 166, 132), 22)
    canvas.box(770, 420, 954, 640, _CHILD_SHIRT, 62)
    for top in (458, 490):
        canvas.box(796, top, 928, top + 12, (240, 206, 140), 6)
    canvas.box(0, 524, _WIDTH, _HEIGHT, _TABLE)
    canvas.box(0, 524, _WIDTH, 532, (196, 146, 102))
    canvas.box(0, 624, _WIDTH, _HEIGHT, _TABLE_EDGE)
    _draw_arms(canvas)
    canvas.box(28, 640, 520, 704, _PLATE, 16)
    for place, letter in enumerate("DEM0"):
        canvas.line(_glyph(letter, 52 + 32 * place, 656, 5.0)[0], 4.5, (168, 190, 196))
    canvas.line(_glyph("E", 84, 656, 5.0)[1], 4.5, (168, 190, 196))
    canvas.ellipse(*_LAMP, 15, 15, _LAMP_OFF)


def _draw_window(canvas: _Canvas) -> None:
    canvas.box(548, 104, 752, 348, (252, 248, 240), 8)
    canvas.box(562, 118, 738, 334, (190, 218, 232), 4)
    canvas.ellipse(612, 338, 49, 58, (160, 192, 150))
    canvas.ellipse(692, 340, 45, 40, (144, 180, 138))
    canvas.box(548, 334, 752, 430, _WALL)
    canvas.box(534, 334, 766, 350, (250, 244, 234), 5)
    canvas.box(645, 112, 655, 336, (252, 248, 240))
    canvas.box(556, 214, 744, 223, (252, 248, 240))


def _draw_arms(canvas: _Canvas) -> None:
    canvas.line([(258, 450), (276, 552), (396, 574)], 50, (54, 110, 118))
    canvas.line([(466, 452), (474, 548), (404, 576)], 50, (56, 114, 122))
    canvas.ellipse(400, 577, 40, 22, _PARENT_SKIN)
    canvas.line([(792, 482), (786, 554), (850, 576)], 36, (206, 144, 54))
    canvas.line([(934, 482), (938, 554), (872, 576)], 36, (210, 148, 56))
    canvas.ellipse(846, 578, 22, 17, _CHILD_SKIN)
    canvas.ellipse(878, 578, 22, 17, _CHILD_SKIN)


def _draw_parent(scale: Point) -> _Canvas:
    canvas = _Canvas((246, 124, 474, 366), scale)
    canvas.ellipse(358, 236, 98, 100, _PARENT_HAIR)
    canvas.box(262, 236, 330, 340, _PARENT_HAIR, 32)
    canvas.box(392, 250, 454, 328, _PARENT_HAIR, 28)
    canvas.ellipse(364, 252, 76, 90, _PARENT_SKIN)
    canvas.line([(296, 214), (330, 184), (384, 174), (428, 204)], 34, _PARENT_HAIR)
    for x in (348, 408):
        canvas.ellipse(x, 248, 7, 9, _DARK)
        canvas.line([(x - 13, 225), (x, 220), (x + 13, 224)], 5, _PARENT_HAIR)
        canvas.ellipse(x - 4, 282, 15, 9, (230, 160, 132))
    canvas.line([(384, 256), (390, 274), (382, 277)], 4, (190, 136, 104))
    canvas.smile(380, 306, 24)
    return canvas


def _draw_child(scale: Point) -> _Canvas:
    canvas = _Canvas((772, 250, 952, 428), scale)
    canvas.ellipse(862, 330, 74, 70, _CHILD_HAIR)
    canvas.ellipse(796, 350, 13, 17, _CHILD_SKIN)
    canvas.ellipse(928, 350, 13, 17, _CHILD_SKIN)
    canvas.ellipse(860, 346, 65, 66, _CHILD_SKIN)
    canvas.line([(806, 306), (836, 290), (880, 288), (916, 308)], 28, _CHILD_HAIR)
    canvas.line([(862, 276), (856, 264), (866, 258)], 8, _CHILD_HAIR)
    for x in (828, 878):
        canvas.ellipse(x, 346, 7, 9, _DARK)
        canvas.ellipse(x, 372, 14, 9, (236, 160, 136))
    canvas.line([(850, 356), (846, 363), (852, 365)], 4, (198, 146, 114))
    canvas.smile(852, 380, 19)
    return canvas


def _draw_ball(scale: Point) -> _Canvas:
    canvas = _Canvas((580, 548, 664, 612), scale)
    canvas.ellipse(622, 601, 32, 7, (150, 102, 66))
    canvas.ellipse(622, 576, 26, 26, _BALL)
    canvas.ellipse(613, 566, 7, 6, (238, 150, 134))
    return canvas


def _draw_lamp(scale: Point) -> _Canvas:
    x, y = _LAMP
    canvas = _Canvas((x - 22, y - 22, x + 22, y + 22), scale)
    canvas.ellipse(x, y, 20, 20, _LAMP_ON)
    return canvas


def _draw_digit(scale: Point, digit: str) -> Plane:
    """The luma of a digit on the plate: their colours differ too little to matter."""
    canvas = _Canvas((0, 0, _DIGIT_STEP, 52), scale, _PLATE)
    for stroke in _glyph(digit, 5, 5, 5.0, 7.0):
        canvas.line(stroke, 5.5, _INK)
    return np.asarray(np.round(_yuv(canvas.rgb)[0]), np.uint8)


def _glyph(letter: str, left: float, top: float, wide: float, high: float = 5.2) -> list[list[Point]]:
    return [[(left + wide * x, top + high * y) for x, y in stroke] for stroke in _GLYPHS[letter]]


def _wave(seconds: float, period_s: float) -> float:
    return math.sin(2 * math.pi * seconds / period_s)


def _yuv(rgb: Real) -> tuple[Real, Real]:
    """RGB of shape (h, w, 3) as BT.601 in tv range: luma (h, w) and chroma (2, h/2, w/2)."""
    red, green, blue = rgb[..., 0] / 255, rgb[..., 1] / 255, rgb[..., 2] / 255
    luma = 16 + 65.481 * red + 128.553 * green + 24.966 * blue
    chroma_b = 128 - 37.797 * red - 74.203 * green + 112.0 * blue
    chroma_r = 128 + 112.0 * red - 93.786 * green - 18.214 * blue
    return luma, np.stack([_halved(chroma_b), _halved(chroma_r)])


def _halved(plane: Real) -> Real:
    rows, columns = plane.shape
    return np.asarray(plane.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3)), np.float32)


def _blend(area: NDArray[np.uint8], colour: NDArray[np.uint16], through: NDArray[np.uint16]) -> None:
    area[...] = (area * through + colour + 128) >> 8
