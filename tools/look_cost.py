"""What the small picture costs the screen: CPU time of drawing synthetic pictures, against a plain widget and none.

A Textual app draws them into nowhere, escape sequences included. The plain widget makes a style for each cell anew.

    python tools/look_cost.py [--size 120x40] [--pictures 50] [--colours truecolor|256]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import constants
from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.strip import Strip
from textual.widget import Widget

from vig_capture.tui.picture.half_blocks import HALF, Picture, System, cells, pixels, shades, strip

A_SECOND = 5
"""Pictures."""
Rgb = NDArray[np.uint8]


def room(width: int, height: int) -> Rgb:
    """Soft shapes and a few hard edges, in many colours; shape (height, width, 3)."""
    y, x = np.mgrid[0:height, 0:width]
    shape = [
        90 + 60 * np.sin(x / width * 5) + 40 * np.cos(y / height * 3),
        80 + 50 * np.cos(x / width * 4 + 1) + 30 * np.sin(y / height * 6),
        70 + 40 * np.sin((x + y) / width * 3 + 2),
    ]
    picture = np.stack(shape, -1)
    picture[height // 3 : height // 2, width // 4 : width // 2] += 60
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def still(width: int, height: int, count: int) -> Iterator[Rgb]:
    """A room in which nothing moves; what is left of the camera's noise after scaling is one shade in 255."""
    rng = np.random.default_rng(1)
    base = room(width, height).astype(np.int16)
    for _ in range(count):
        yield np.clip(base + np.rint(rng.normal(0, 1, base.shape)), 0, 255).astype(np.uint8)


def people(width: int, height: int, count: int) -> Iterator[Rgb]:
    """The same room; a sixth of the picture moves."""
    moving = room(width * 2, height)
    for number, picture in enumerate(still(width, height, count)):
        top, left, across = height // 3, width // 3, width // 3
        at = 3 * number % width
        picture[top : top + height // 2, left : left + across] = moving[top : top + height // 2, at : at + across]
        yield picture


def carried(width: int, height: int, count: int) -> Iterator[Rgb]:
    """A camera that is carried about: every point changes, with grain."""
    wide = room(width * 3, height).astype(np.int16)
    rng = np.random.default_rng(2)
    for number in range(count):
        at = 3 * number % (width * 2)
        part = wide[:, at : at + width]
        yield np.clip(part + np.rint(rng.normal(0, 4, part.shape)), 0, 255).astype(np.uint8)


SCENES: dict[str, Callable[[int, int, int], Iterator[Rgb]]] = {"still": still, "people": people, "carried": carried}


def message(rgb: Rgb) -> dict[str, Any]:
    return {"width": rgb.shape[1], "height": rgb.shape[0], "rgb": rgb.tobytes()}


def off(pictures: Iterable[Rgb], system: System) -> float:
    """How far what is drawn is from what was to be drawn, read back as pixels: mean of all channels, of 255."""
    levels, found = None, []
    for rgb in pictures:
        levels = shades(rgb, levels)
        shown = pixels(strip(line, system) for line in cells(levels))
        found.append(np.abs(shown.astype(np.int16) - rgb).mean())
    return float(np.mean(found))


class Plain(Widget):
    """Makes a style for each cell anew."""

    rgb: bytes = b""

    def show(self, picture: dict[str, Any]) -> None:
        """As tui/picture.Picture."""
        self.rgb = picture["rgb"]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        row, data = self.size.width * 3, self.rgb
        if not data:
            return Strip.blank(self.size.width)
        upper, lower = data[2 * y * row :][:row], data[(2 * y + 1) * row :][:row]
        colours = "rgb({},{},{})".format
        cells = []
        for x in range(0, row, 3):
            style = Style(color=colours(*upper[x : x + 3]), bgcolor=colours(*lower[x : x + 3]))
            cells.append(Segment(HALF, style))
        return Strip(cells, self.size.width)


KINDS: dict[str, Callable[[], Widget | None]] = {"none": lambda: None, "ours": Picture, "plain": Plain}


class Nowhere(HeadlessDriver):
    """A terminal of which only the size is known, and how much was written to it."""

    is_headless = False
    size = (120, 40)
    written = 0

    def write(self, data: str) -> None:
        Nowhere.written += len(data.encode())

    def _get_terminal_size(self) -> tuple[int, int]:
        return Nowhere.size


class Screen(App[None]):
    """Shows pictures in one widget that fills it, and measures."""

    CSS = "Screen { overflow: hidden; } Picture, Plain { width: 100%; height: 100%; }"

    def __init__(self, widget: Widget | None, pictures: list[dict[str, Any]]) -> None:
        super().__init__(driver_class=Nowhere)
        self._widget, self._pictures = widget, pictures
        self.spent_s = 0.0

    def compose(self) -> ComposeResult:
        if self._widget is not None:
            yield self._widget

    async def play(self) -> None:
        """Draw all pictures, then leave."""
        while not self.is_running or not self.screen.size.width:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        widget: Any = self._widget
        Nowhere.written = 0
        gc.collect()
        began_s = time.process_time()
        for picture in self._pictures:
            if widget is not None:
                widget.show(picture)
            await asyncio.sleep(0.05)
        self.spent_s = time.process_time() - began_s
        self.exit()


async def draw(kind: str, pictures: list[dict[str, Any]], size: tuple[int, int]) -> tuple[float, int]:
    """Seconds of CPU and bytes for the terminal, a picture."""
    Nowhere.size = size
    app = Screen(KINDS[kind](), pictures)
    task = asyncio.create_task(app.play())
    await app.run_async(mouse=False)
    await task
    return app.spent_s / len(pictures), Nowhere.written // len(pictures)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--pictures", type=int, default=50)
    parser.add_argument("--colours", choices=("truecolor", "256"), default="truecolor")
    arguments = parser.parse_args()
    width, rows = (int(part) for part in arguments.size.split("x"))
    # What Textual takes from the environment when it is imported.
    vars(constants)["COLOR_SYSTEM"] = arguments.colours
    os.environ.pop("NO_COLOR", None)
    for name, scene in SCENES.items():
        pictures = list(scene(width, rows * 2, arguments.pictures))
        print(f"{name}: mean error {off(pictures, arguments.colours):.1f} of 255")
        for kind in KINDS:
            cost_s, size = asyncio.run(draw(kind, [message(rgb) for rgb in pictures], (width, rows)))
            share = 100 * cost_s * A_SECOND
            print(
                f"  {kind:6} {1000 * cost_s:6.2f} ms a picture, {share:5.1f} % of a core at five a second, {size} bytes"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
