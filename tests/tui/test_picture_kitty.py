"""Real pictures: what the terminal is sent, read back by a decoder of its own, is the picture, in the right cells."""

from __future__ import annotations

import asyncio
import re
import sys
import unicodedata
from base64 import b64decode
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from vig_capture.tui import texts
from vig_capture.tui.picture import kitty as picture_kitty
from vig_capture.tui.picture.half_blocks import Picture
from vig_capture.tui.picture.kitty import CHUNK, PLACEHOLDER, POINTS_MAX, KittyPictures, diacritics, speaks
from vig_capture.tui.prepare.marks import MarkedPicture, Outline

Rgb = NDArray[np.uint8]
COMMAND = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")
CELL = re.compile(rf"\x1b\[([\d;]*)m|{PLACEHOLDER}(.)(.)|\x1b\[[^m]*m|.", re.DOTALL)
ORDER = diacritics()


class Terminal:
    """As much of a terminal as the protocol needs: images by their numbers, their placements, what a cell shows."""

    def __init__(self) -> None:
        self.images: dict[int, Rgb] = {}
        self.placed: dict[int, tuple[int, int]] = {}
        self._half: tuple[dict[str, str], str] | None = None

    def read(self, text: str) -> None:
        assert COMMAND.sub("", text) == "", "nothing but the protocol's commands is written beside Textual"
        for found in COMMAND.finditer(text):
            self._command(dict(each.split("=") for each in found[1].split(",") if each), found[2] or "")

    def _command(self, keys: dict[str, str], data: str) -> None:
        action = keys.get("a", "more" if self._half else "t")
        assert len(data) <= CHUNK
        assert action == "more" or keys["q"] == "2", "the terminal must not answer"
        if action in ("t", "more"):
            first, before = self._half if self._half and action == "more" else (keys, "")
            if keys["m"] == "1":
                assert len(data) % 4 == 0
                self._half = first, before + data
                return
            self._half = None
            raw = np.frombuffer(b64decode(before + data, validate=True), np.uint8)
            assert (first["f"], first["t"]) == ("24", "d")
            self.images[int(first["i"])] = raw.reshape(int(first["v"]), int(first["s"]), 3)
        elif action == "p":
            assert keys["U"] == "1"
            assert int(keys["i"]) in self.images
            self.placed[int(keys["i"])] = int(keys["c"]), int(keys["r"])
        else:
            assert (action, keys["d"]) == ("d", "I")
            self.images.pop(int(keys["i"]), None)
            self.placed.pop(int(keys["i"]), None)

    def seen(self, lines: Iterable[str]) -> Rgb:
        """What cells show, as points of the image that they name; what is no placeholder is left black."""
        rows = []
        for line in lines:
            image, row = 0, []
            for found in CELL.finditer(line):
                if found[1] is not None:
                    colour = re.match(r"38;2;(\d+);(\d+);(\d+)", found[1])
                    image = int(colour[1]) << 16 | int(colour[2]) << 8 | int(colour[3]) if colour else image
                elif found[2]:
                    row.append(self._tile(image, ORDER.index(found[2]), ORDER.index(found[3])))
                elif not found[0].startswith("\x1b"):
                    row.append(np.zeros_like(row[0]))
            rows.append(np.hstack(row))
        return np.vstack(rows)

    def _tile(self, image: int, row: int, column: int) -> Rgb:
        columns, rows = self.placed[image]
        high, wide = (size // cells for size, cells in zip(self.images[image].shape[:2], (rows, columns), strict=True))
        return self.images[image][row * high : (row + 1) * high, column * wide : (column + 1) * wide]


def room(width: int, height: int, seed: int = 1) -> Rgb:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


def message(rgb: Rgb) -> dict[str, Any]:
    return {"width": rgb.shape[1], "height": rgb.shape[0], "rgb": rgb.tobytes()}


# What terminal this is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "real"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, True),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode", "KITTY_WINDOW_ID": "1"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600", "KITTY_WINDOW_ID": "1"}, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux", "KITTY_WINDOW_ID": "1"}, False),
        ({"TERM": "screen.xterm-256color", "KITTY_WINDOW_ID": "1"}, False),
        ({"TERM": "xterm-kitty", "ZELLIJ": "0"}, False),
        ({"TERM": "xterm-kitty", "SSH_CONNECTION": "1 2 3 4"}, False),
    ],
)
def test_which_terminals_show_real_pictures(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], real: bool
) -> None:
    """By what they say of themselves; never through tmux, screen or a network, nor in a window begun from kitty's."""
    monkeypatch.setattr(sys, "platform", "linux")
    assert speaks(environ) is real


def test_never_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its console takes such sequences away."""
    monkeypatch.setattr(sys, "platform", "win32")
    assert not speaks({"TERM": "xterm-kitty"})


# What is sent ----------------------------------------------------------------------------------------------------


def test_the_list_of_rows_and_columns() -> None:
    """As the protocol's own file: 297 combining characters that stand above, in their order, from its first to last."""
    assert len(ORDER) == len(set(ORDER)) == 297
    assert list(ORDER) == sorted(ORDER)
    assert {unicodedata.combining(each) for each in ORDER} == {230}
    assert [ord(ORDER[each]) for each in (0, 1, 59, 142, 200, 296)] == [0x305, 0x30D, 0x615, 0x1A75, 0x20D4, 0x1D244]


def test_pictures_take_turns_and_are_all_deleted() -> None:
    """While one image is shown the next one is sent under another number; at the end none is left, and once only."""
    terminal, pictures = Terminal(), KittyPictures()
    assert pictures.forget() == ""
    numbers: list[int] = []
    for seed in range(4):
        rgb = room(80, 64, seed)
        sequences, lines = pictures.show(rgb, 10, 4)
        before = dict(terminal.images)
        terminal.read(sequences)
        (sent,) = [number for number, image in terminal.images.items() if image is not before.get(number)]
        assert all(number in terminal.images for number in numbers[-1:]), "what cells show is there until they change"
        numbers.append(sent)
        assert np.array_equal(terminal.seen(line.render(Console()) for line in lines), rgb)
    assert numbers[:2] == numbers[2:]
    assert len(set(numbers)) == 2
    terminal.read(pictures.forget())
    assert terminal.images == terminal.placed == {}
    assert pictures.forget() == ""


def test_places_have_numbers_of_their_own() -> None:
    """Two pictures on two screens do not delete each other."""
    terminal, one, other = Terminal(), KittyPictures(), KittyPictures()
    terminal.read(one.show(room(8, 16), 1, 1)[0])
    terminal.read(other.show(room(8, 16), 1, 1)[0])
    terminal.read(other.forget())
    assert len(terminal.images) == 1


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (40, 11), (60, 16), (142, 39), (284, 92), (400, 5)])
def test_what_is_asked_for(columns: int, rows: int) -> None:
    """More than half blocks show, in whole numbers of points a cell, and never so many that sending them would tell."""
    width, height = KittyPictures().points(columns, rows)
    assert width * height <= POINTS_MAX or width == columns
    assert (width % columns, height % rows, height // rows) == (0, 0, 2 * (width // columns))


def test_a_window_wider_than_the_list_is_filled_as_far_as_it_goes() -> None:
    """No cell beyond the protocol's last column is named."""
    terminal, pictures = Terminal(), KittyPictures()
    sequences, lines = pictures.show(room(400, 10), 400, 5)
    terminal.read(sequences)
    assert list(terminal.placed.values()) == [(297, 5)]
    assert lines[0].cell_length == 297


# The widget ------------------------------------------------------------------------------------------------------


class Screen(App[None]):
    CSS = "Picture { width: 30; height: 6; }"

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.picture = picture
        self.terminal = Terminal()

    def compose(self) -> ComposeResult:
        yield self.picture

    def lines(self) -> list[str]:
        """As the terminal gets them."""
        return [strip.render(self.console) for strip in self.screen._compositor.render_strips()[:6]]

    def seen(self) -> Rgb:
        points = self.picture.asks()
        assert points is not None
        return self.terminal.seen(self.lines())[: points[1], : points[0]]


def on_screen(
    monkeypatch: pytest.MonkeyPatch,
    check: Callable[[Screen, Pilot[None]], Awaitable[None]],
    colours: str = "truecolor",
    kind: type[Picture] = Picture,
) -> Screen:
    monkeypatch.setattr(picture_kitty, "speaks", lambda _: True)
    app = Screen(kind())

    async def play() -> None:
        app.console = Console(color_system=colours, force_terminal=True)  # type: ignore[arg-type]
        async with app.run_test(size=(40, 8)) as pilot:
            assert app._driver is not None
            plain = app._driver.write
            monkeypatch.setattr(
                app._driver, "write", lambda data: app.terminal.read(data) if "\x1b_G" in data else plain(data)
            )
            await pilot.pause()
            await check(app, pilot)

    asyncio.run(play())
    return app


def test_the_cells_show_the_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read back from all that is written, the picture is the scaled frame, at most 8 of 255 off on average: here 0."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        for seed in range(3):
            points = app.picture.asks()
            assert points == (240, 96)
            rgb = room(*points, seed=seed)
            app.picture.show(message(rgb))
            await pilot.pause()
            assert np.abs(app.seen().astype(int) - rgb).mean() == 0

    assert on_screen(monkeypatch, check).terminal.images == {}, "it is gone with the screen"


def test_words_take_the_pictures_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the picture goes its images are deleted, and no cell names them any more."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        app.picture.show(message(room(240, 96)))
        await pilot.pause()
        app.picture.say(texts.PICTURE_WAITS)
        await pilot.pause()
        assert app.terminal.images == {}
        assert PLACEHOLDER not in "".join(app.lines())

    on_screen(monkeypatch, check)


def test_without_true_colour_there_are_half_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell's colour names its image: a terminal that rounds colours could not tell which."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        assert app.picture.asks() == (30, 12)
        app.picture.show(message(room(30, 12)))
        await pilot.pause()
        assert "▀" in "".join(app.lines())
        assert app.terminal.images == {}

    on_screen(monkeypatch, check, colours="256")


def test_boxes_lie_over_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the film boxes are drawn over it: the cells around them still show their own part of it."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        rgb = room(240, 96)
        picture = app.picture
        assert isinstance(picture, MarkedPicture)
        picture.show(message(rgb))
        picture.mark([Outline((0.2, 0.2, 0.4, 0.5), False, "1")], None)
        await pilot.pause()
        assert "┌" in "".join(app.lines())
        same = (app.seen() == rgb).all(axis=2)
        assert 0.7 < same.mean() < 1
        assert same[:16].all()

    on_screen(monkeypatch, check, kind=MarkedPicture)


def test_a_picture_that_cannot_be_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written for it."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        app.picture.show({"width": 240, "height": 96, "rgb": b"short"})
        await pilot.pause()
        assert app.terminal.images == {}

    on_screen(monkeypatch, check)
