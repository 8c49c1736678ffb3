"""The README's pictures of the screens: python tools/picture.py [NAME …] [--to FOLDER]

Without names all of them: screen.svg, screen-*.svg and check-output.svg beside this file. The real screens are drawn
without a terminal, over a connection that tells of a made-up film; the camera's picture is the drawn scene. Half blocks
become one small image in the file, point for point: as text they would make it twenty times larger.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import os
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import picture_scenes as scenes
from numpy.typing import NDArray
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

from vig_capture.cli import check_report
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import Vocabulary
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.tui.after.moment_list import MomentList
from vig_capture.tui.app import SESSIONS, VigApp
from vig_capture.tui.picture.half_blocks import HALF, Picture
from vig_capture.tui.prepare.screen import PrepareScreen
from vig_capture.tui.shown import read_snapshot

CELL, LINE, TOP = 12.2, 24.4, 1.5
"""Width and height of a cell in Rich's SVG, and where its first line begins."""
SCALE = 8
PRINTED_COLUMNS = 100
BLACK = Style(bgcolor="#000000")
Said = Callable[[Vocabulary], dict[str, Any]]
Meanwhile = Callable[[VigApp], None]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what the recorder says, the window's size, and what the guider does."""

    size: tuple[int, int]
    title: str
    says: Said = scenes.snapshot
    does: Meanwhile = lambda _app: None
    begin_with: Path | str = ""


def _show_picture(app: VigApp) -> None:
    app.lively.press(app.film, scenes.NOW_NS)


def _press(app: VigApp) -> None:
    app.film.mark("j", scenes.NOW_NS + SECOND_NS // 2)


def _dim(app: VigApp) -> None:
    app.film.dim = True


def _fill(app: VigApp) -> None:
    prepare = app.screen
    assert isinstance(prepare, PrepareScreen)
    prepare.form.sheet = scenes.sheet()
    prepare.keys.row = "purposes"


SHOTS = {
    "screen": Shot((96, 24), "vig-capture record", does=_press),
    "screen-prepare": Shot((120, 32), "vig-capture", scenes.idle, _fill),
    "screen-check": Shot((100, 32), "vig-capture", scenes.to_change, _fill),
    "screen-film-80x24": Shot((80, 24), "vig-capture", does=_show_picture),
    "screen-film-120x40": Shot((120, 40), "vig-capture", does=_show_picture),
    "screen-calm": Shot((80, 24), "vig-capture", does=_press),
    "screen-dim": Shot((80, 24), "vig-capture", does=_dim),
    "screen-paused": Shot((80, 24), "vig-capture", lambda keys: scenes.snapshot(keys, state="paused")),
    "screen-trouble": Shot((80, 24), "vig-capture", scenes.without_sound),
    "screen-after": Shot((100, 30), "vig-capture", begin_with=scenes.FOLDER),
    "screen-sessions": Shot((100, 20), "vig-capture sessions", begin_with=SESSIONS),
}

PRINTED = "check-output"
"""What a command prints, and no screen."""


async def draw(shot: Shot) -> str:
    """The screen as SVG."""
    vocabulary = load_vocabulary("vig-core")
    link = scenes.Film(shot.says(vocabulary))
    app = VigApp(link, lambda: scenes.NOW_NS, around=scenes.Around(), begin_with=shot.begin_with)
    async with app.run_test(size=shot.size) as pilot:
        for _ in range(3):
            await pilot.pause(0.3)
        shot.does(app)
        for _ in range(4):
            await pilot.pause(0.3)
        return self_contained(export(app, shot.title))


# Drawing -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Image:
    """Points in the place of so many cells."""

    column: int
    row: int
    rgb: NDArray[np.uint8]
    """Shape (2 rows, columns, 3)."""

    def as_svg(self) -> str:
        rows, columns = self.rgb.shape[0] // 2, self.rgb.shape[1]
        place = f'x="{self.column * CELL:.1f}" y="{self.row * LINE + TOP:.1f}"'
        size = f'width="{columns * CELL:.1f}" height="{rows * LINE:.1f}"'
        # Some viewers would blur the points.
        data = base64.b64encode(png(self.rgb.repeat(SCALE, 0).repeat(SCALE, 1))).decode()
        look = 'preserveAspectRatio="none" style="image-rendering:pixelated"'
        return f'<image {place} {size} {look} href="data:image/png;base64,{data}"/>'


def export(app: VigApp, title: str) -> str:
    """As App.export_screenshot, with images in the place of half blocks."""
    lines = [list(_cells(strip)) for strip in app.screen._compositor.render_strips()]
    images = []
    for column, row, columns, rows in _places(app):
        part = [line[column : column + columns] for line in lines[row : row + rows]]
        if not any(HALF in text for line in part for text, _ in line):
            continue
        images.append(Image(column, row, np.array([half for line in part for half in _halves(line)], np.uint8)))
        for line in lines[row : row + rows]:
            line[column : column + columns] = [(" ", BLACK)] * columns
    console = _recording(app.size.width, app.size.height)
    for line in lines:
        console.print(Segments([*Segment.simplify(Segment(text, style) for text, style in line), Segment.line()]))
    svg = console.export_svg(title=title)
    drawn = "".join(image.as_svg() for image in images)
    return re.sub(r'(<g class="[^"]*-matrix">)', lambda found: drawn + found[1], svg, count=1)


def printed() -> str:
    """What `check` prints, as SVG."""
    shown = read_snapshot(scenes.to_change(load_vocabulary("vig-core")))
    console = _recording(PRINTED_COLUMNS)
    for line in check_report.as_lines(shown, PRINTED_COLUMNS):
        console.print(line)
    return self_contained(console.export_svg(title="vig-capture check"))


def _recording(width: int, height: int | None = None) -> Console:
    return Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )


def _cells(strip: Any) -> Iterator[tuple[str, Style | None]]:
    """Character and style of each cell; a wide character's second cell is empty."""
    for segment in strip:
        for character in segment.text:
            yield character, segment.style
            for _ in range(Segment(character).cell_length - 1):
                yield "", segment.style


def _places(app: VigApp) -> Iterator[tuple[int, int, int, int]]:
    """Column, row, columns and rows of each picture on the screen."""
    for widget in app.screen.query(Picture):
        region = widget.content_region
        if widget.display and region.width:
            yield region.x, region.y, region.width, region.height
    for moments in app.screen.query(MomentList):
        columns, rows = moments._cells()
        region = moments.content_region
        for row in range(region.y, region.bottom - rows + 1, rows) if rows else ():
            yield region.x, row, columns, rows


def _halves(line: list[tuple[str, Style | None]]) -> tuple[list[Any], list[Any]]:
    """The upper and the lower points of a line of cells."""
    upper, lower = [], []
    for text, style in line:
        front, ground = (_rgb(colour) for colour in ((style.color, style.bgcolor) if style else (None, None)))
        upper.append(front if text == HALF else ground)
        lower.append(ground)
    return upper, lower


def _rgb(colour: Any) -> tuple[int, int, int]:
    return (0, 0, 0) if colour is None else tuple(colour.get_truecolor())


def png(rgb: NDArray[np.uint8]) -> bytes:
    """The points as a PNG file."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    height, width, _ = rgb.shape
    lines = b"".join(b"\0" + line.tobytes() for line in rgb)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b"")


def self_contained(svg: str) -> str:
    """A picture that fetches nothing (Textual's names a font on a server) and keeps its spaces in every viewer."""
    svg = re.sub(r"@font-face \{.*?\}\n?", "", svg, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *SHOTS, PRINTED], help="which; by default all")
    parser.add_argument("--to", type=Path, default=Path(__file__).parent, help="a folder")
    options = parser.parse_args(arguments)
    for name in options.names or [*SHOTS, PRINTED]:
        path = options.to / f"{name}.svg"
        path.write_text(printed() if name == PRINTED else asyncio.run(draw(SHOTS[name])), encoding="utf-8")
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    # What the terminal can show is asked of these. In a window of its own this tool would draw other colours.
    os.environ |= {"COLORTERM": "truecolor", "TERM": "xterm-256color"}
    os.environ.pop("NO_COLOR", None)
    sys.exit(main())
