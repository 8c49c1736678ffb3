"""The picture in half blocks: its cells show the frame, a still room draws nothing, without colours there are words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from rich.color import ColorSystem
from rich.console import Console
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Static

from vig_capture.tui import texts
from vig_capture.tui.picture.half_blocks import KEEP, SHADES, Picture, System, cells, pixels, shades, strip

Rgb = NDArray[np.uint8]
BOTH: tuple[System, ...] = ("truecolor", "256")
PICTURES = st.tuples(st.integers(1, 6), st.integers(1, 12)).flatmap(
    lambda size: arrays(np.uint8, (size[0] * 2, size[1], 3))
)


def drawn(levels: Rgb, system: System = "truecolor") -> Rgb:
    return pixels(strip(line, system) for line in cells(levels))


def room(width: int = 120, height: int = 80, seed: int = 1) -> Rgb:
    """Slopes in all colours with grain: every shade occurs."""
    rng = np.random.default_rng(seed)
    slopes = np.linspace(0, 255, width)[None, :, None] * np.linspace(0.2, 1, height)[:, None, None]
    picture = slopes * np.array([1.0, 0.7, 0.4]) + rng.normal(0, 3, (height, width, 3))
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


@given(PICTURES)
def test_cells_read_back(rgb: Rgb) -> None:
    """Read back from the drawn cells, each point is its own shade, within half the distance of two shades."""
    shown = drawn(shades(rgb))
    assert shown.shape == rgb.shape
    assert np.abs(shown.astype(int) - rgb).max() <= 255 // (SHADES - 1) // 2 + 1


@given(st.lists(arrays(np.uint8, (4, 5, 3)), min_size=2, max_size=5))
def test_kept_shades_stay_close(frames: list[Rgb]) -> None:
    """However the picture went before, no point is further from the camera's than what it may keep."""
    levels = None
    for rgb in frames:
        levels = shades(rgb, levels)
        assert np.abs(drawn(levels).astype(int) - rgb).max() <= KEEP


def test_mean_error() -> None:
    """On average a drawn frame differs by at most 8 of 255 from the scaled one; here by less than half of that."""
    levels = None
    for seed in range(5):
        rgb = room(seed=seed)
        levels = shades(rgb, levels)
        assert np.abs(drawn(levels).astype(int) - rgb).mean() <= 4


@settings(max_examples=20)
@given(PICTURES)
def test_256_colours(rgb: Rgb) -> None:
    """With 256 colours each point is the nearest that a terminal has, of its colour cube or its greys."""
    shown = drawn(shades(rgb), "256").astype(int)
    steps = np.array([0, 95, 135, 175, 215, 255])
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    table = np.concatenate([cube, np.repeat(8 + 10 * np.arange(24), 3).reshape(-1, 3)])
    wanted = drawn(shades(rgb)).astype(int)
    best = np.square(wanted[:, :, None] - table).sum(-1).min(-1)
    assert np.array_equal(np.square(shown - wanted).sum(-1), best)


@pytest.mark.parametrize("system", BOTH)
def test_escape_sequences_say_what_the_segments_say(system: System) -> None:
    """The line's own escape sequences are what Rich would make of its segments, but for the resets between them."""
    colours = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT}[system]
    console = Console(color_system=system, force_terminal=True)
    for line in cells(shades(room(30, 8))):
        made = strip(line, system)
        reset = "\x1b[0m"
        rich = "".join(style.render(text, color_system=colours) for text, style, _ in made if style is not None)
        assert made.render(console) == rich.replace(reset, "") + reset
        assert made.cell_length == 30


def test_neighbours_that_look_the_same_are_one() -> None:
    """A black bar costs one segment and no half blocks."""
    (line,) = cells(shades(np.zeros((2, 50, 3), np.uint8)))
    assert [segment.text for segment in strip(line, "truecolor")] == [" " * 50]


# The widget ------------------------------------------------------------------------------------------------------


class Screen(App[None]):
    CSS = "Picture { width: 30; height: 6; }"

    def __init__(self) -> None:
        super().__init__()
        self.picture = Picture("picture")

    def compose(self) -> ComposeResult:
        yield self.picture
        yield Static("below")


def on_screen(check: Callable[[Screen, Pilot[None]], Awaitable[None]], colours: str | None = "truecolor") -> None:
    async def play() -> None:
        app = Screen()
        app.console = Console(color_system=colours, force_terminal=True)  # type: ignore[arg-type]
        async with app.run_test(size=(40, 10)) as pilot:
            await check(app, pilot)

    asyncio.run(play())


def message(rgb: Rgb) -> dict[str, Any]:
    return {"stream": "cam1", "width": rgb.shape[1], "height": rgb.shape[0], "rgb": rgb.tobytes()}


def lines(app: Screen) -> list[str]:
    return [line.text for line in app.picture.render_lines(Region(0, 0, 30, 6))]


def test_it_shows_the_frame() -> None:
    """The widget asks for a picture that fills it, and what stands on the screen is the frame."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        assert app.picture.asks() == (30, 12)
        assert any(texts.PICTURE_WAITS in line for line in lines(app))
        rgb = room(30, 12)
        app.picture.show(message(rgb))
        await pilot.pause()
        whole = app.screen._compositor.render_strips()
        shown = pixels(line.crop(0, 30) for line in whole[:6])
        assert np.abs(shown.astype(int) - rgb).max() <= KEEP
        assert "below" in whole[6].text

    on_screen(check)


def test_only_changed_lines_are_drawn() -> None:
    """A still room draws nothing again, and a hand in one corner only its lines."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        drawn: list[tuple[Region, ...]] = []
        refresh = app.picture.refresh

        def noted(*regions: Region, **more: Any) -> Any:
            drawn.append(regions)
            return refresh(*regions, **more)

        app.picture.refresh = noted  # type: ignore[method-assign]
        rgb = np.full((12, 30, 3), 100, np.uint8)
        app.picture.show(message(rgb))
        assert drawn == [()]
        app.picture.show(message(rgb + 2))
        assert drawn == [()]
        rgb = rgb.copy()
        rgb[3, 5] = 200
        rgb[4, 5] = 200
        rgb[11, 5] = 200
        app.picture.show(message(rgb))
        assert drawn[1:] == [(Region(0, 1, 30, 2), Region(0, 5, 30, 1))]
        await pilot.pause()
        assert np.abs(pixels(app.picture.render_lines(Region(0, 0, 30, 6))).astype(int) - rgb).max() <= KEEP

    on_screen(check)


def test_a_picture_of_another_size() -> None:
    """Until the recorder knows the new size, a smaller picture has black beside it and a larger one is cut."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        for width, height in ((10, 4), (60, 40)):
            app.picture.show(message(room(width, height)))
            await pilot.pause()
            found = app.picture.render_lines(Region(0, 0, 30, 6))
            assert [line.cell_length for line in found] == [30] * 6
            part = app.picture.render_lines(Region(5, 2, 7, 3))
            assert [line.cell_length for line in part] == [7] * 3

    on_screen(check)


def test_words_take_its_place_and_leave_again() -> None:
    """Words replace the picture, a picture the words."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        app.picture.show(message(room(30, 12)))
        app.picture.say("Paused")
        await pilot.pause()
        assert any("Paused" in line for line in lines(app))
        app.picture.show(message(room(30, 12)))
        await pilot.pause()
        assert not any("Paused" in line for line in lines(app))

    on_screen(check)


@pytest.mark.parametrize("colours", ["standard", None])
def test_below_256_colours_there_are_words(colours: str | None) -> None:
    """With 16 colours or none nothing is asked for and nothing drawn: it says why."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        assert app.picture.asks() is None
        app.picture.show(message(room(30, 12)))
        await pilot.pause()
        assert " ".join(" ".join(lines(app)).split()) == texts.PICTURE_TOO_FEW_COLOURS

    on_screen(check, colours)


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the guider wants no colours (NO_COLOR), there are words too."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert app.picture.asks() is None

    on_screen(check)


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        {"width": 30, "height": 12},
        {"width": 30, "height": 12, "rgb": b"short"},
        {"width": 30, "height": 11, "rgb": bytes(990)},
        {"width": 0, "height": 2, "rgb": b""},
        {"width": "30", "height": 12, "rgb": bytes(1080)},
    ],
)
def test_nonsense_is_left_out(nonsense: dict[str, Any]) -> None:
    """A message that holds no picture changes nothing."""

    async def check(app: Screen, pilot: Pilot[None]) -> None:
        app.picture.show(message(room(30, 12)))
        await pilot.pause()
        before = app.picture.render_lines(Region(0, 0, 30, 6))
        app.picture.show(nonsense)
        await pilot.pause()
        assert app.picture.render_lines(Region(0, 0, 30, 6)) == before

    on_screen(check)
