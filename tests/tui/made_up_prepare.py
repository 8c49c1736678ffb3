"""The prepare screen over a shelf that is made up: pressed key by key, told what to draw, read line by line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import textual.message
from rich.console import Console
from textual import events, on
from textual.app import App
from textual.pilot import Pilot

from tests.clocks import HandClock
from vig_capture.core.errors import UserError
from vig_capture.core.sheet import PURPOSES, KindOfFilm
from vig_capture.core.time import SECOND_NS
from vig_capture.tui.prepare.ports import NONE, Begin, Choice, Chosen, Device, Earlier, Expect, Keys, Leave, Look
from vig_capture.tui.prepare.screen import PrepareScreen

CLOCK = HandClock()
REAL = Choice("hd", "table", "interaction", "vig-core")
KINDS = [
    KindOfFilm("interaction", "vig-core", 10, 15),
    KindOfFilm("infant", "infant", 5, 10),
    KindOfFilm("measure", "vig-core", 5, 6),
    KindOfFilm("interview", "vig-core", 60, 90, camera=NONE),
    KindOfFilm("tag-only", "vig-core", 10, 15, camera=NONE, mic=NONE),
]
PREVIOUS: list[tuple[str, dict[str, Any]]] = [
    (
        "12 November",
        {
            "kind": "infant",
            "helping_question": "How can we enjoy meals?",
            "goals": [{"id": "g1", "label": "meals", "text": "calm meals"}],
            "people": [{"role": "mother"}, {"role": "child", "initials": "T"}],
            "place": "home",
            "purposes": {name: {"answer": "yes", "by": "mother", "when": "2026-11-12"} for name in PURPOSES},
        },
    ),
    ("5 November", {"kind": "gone", "helping_question": "The one before"}),
]


class FakeShelf:
    """Devices, kinds and earlier sheets; `fault` is what a check finds."""

    def __init__(self) -> None:
        self.fault = ""
        self.cameras = [Device("hd", "HD Webcam"), Device("doc", "Document camera", "Its picture is upright.")]
        self.kept: dict[str, str] = {}
        self.previous = PREVIOUS
        self.broken = False

    def devices(self) -> tuple[Sequence[Device], Sequence[Device]]:
        return self.cameras, [Device("table", "Table microphone")]

    def kinds(self) -> Sequence[KindOfFilm]:
        return KINDS

    def vocabularies(self) -> Sequence[Keys]:
        return [Keys("vig-core", "VIG core"), Keys("infant", "Infant")]

    def remembered(self) -> dict[str, str]:
        return self.kept

    def previous_sheets(self) -> Sequence[tuple[str, dict[str, Any]]]:
        if self.broken:
            raise UserError("The sessions cannot be read.")
        return self.previous

    def card(self) -> str:
        return "\n\n".join(f"Line {number}" for number in range(1, 31))

    def print_card(self) -> str:
        return "/documents/words.html"

    def check(self, choice: Choice) -> str:
        return self.fault


def snapshot(video: str = "live", audio: str = "live", **changes: Any) -> dict[str, Any]:
    """What an idle recorder with a camera and a microphone says; "" leaves a device out."""
    camera = {"id": "cam1", "kind": "video", "source": "HD Webcam", "state": video, "mode": "1280×720 at 30 a second"}
    mic = {"id": "mic1", "kind": "audio", "source": "Table microphone", "state": audio, "peak_dbfs": -17.0}
    streams = [each for each in (camera, mic) if each["state"]]
    return {"state": "idle", "streams": streams, "minutes_left": 142.0, "trouble": []} | changes


class Host(App[None]):
    """The app around the screen: hands it every key, and keeps what it says."""

    CSS_PATH = "../../vig_capture/tui/app.tcss"

    def __init__(self, shelf: FakeShelf, choice: Choice) -> None:
        super().__init__()
        self.prepare = PrepareScreen(shelf, choice, "2026-11-22", CLOCK.mono_ns)
        self.told: list[Any] = []

    def on_mount(self) -> None:
        self.push_screen(self.prepare)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            if not event.is_forwarded:
                self.prepare.press(event)
            return
        await super().on_event(event)

    @on(Begin)
    @on(Chosen)
    @on(Leave)
    @on(Earlier)
    @on(Expect)
    @on(Look)
    def keep(self, message: Any) -> None:
        self.told.append(message)


class Screen:
    """The screen under test."""

    def __init__(self, app: Host, pilot: Pilot[None], shelf: FakeShelf) -> None:
        self.app, self.pilot, self.shelf = app, pilot, shelf
        self.prepare = app.prepare
        self.form, self.keys = app.prepare.form, app.prepare.keys

    async def press(self, *names: str, apart_s: float = 1.0) -> None:
        """Press keys, so far apart on the clock that none is taken for one that is held down."""
        for name in names:
            CLOCK.wait(apart_s)
            await self.app.on_event(events.Key(name, name if len(name) == 1 else None))
            await self.settle()

    async def write(self, text: str) -> None:
        for character in text:
            await self.app.on_event(events.Key("space" if character == " " else character, character))
        await self.pilot.pause()

    def told(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.app.told if isinstance(each, kind)]

    def lines(self) -> list[str]:
        strips = self.prepare._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    def text(self) -> str:
        return "\n".join(self.lines())

    async def to(self, row: str) -> None:
        """Move to a row of the page."""
        for _ in range(20):
            if self.keys.row == row:
                return
            CLOCK.wait(1)
            await self.app.on_event(events.Key("down", None))
            if self.keys.row == row:
                await self.settle()
        raise AssertionError(row)

    async def settle(self) -> None:
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def say(self, **changes: Any) -> None:
        self.prepare.take_snapshot(snapshot(**changes))
        await self.pilot.pause()


Story = Callable[[Screen], Awaitable[None]]


def play(
    story: Story,
    choice: Choice = REAL,
    size: tuple[int, int] = (80, 24),
    shelf: FakeShelf | None = None,
    said: Any = None,
) -> None:
    """Run the screen without a terminal. `said`: changes of the first snapshot."""
    shelf = shelf or FakeShelf()

    async def main() -> None:
        app = Host(shelf, choice)
        app.console = Console(color_system="truecolor", force_terminal=True)
        async with app.run_test(size=size) as pilot:
            screen = Screen(app, pilot, shelf)
            await screen.settle()
            await screen.say(**(said or {}))
            await screen.settle()
            await story(screen)

    with patch.object(textual.message, "_time", SimpleNamespace(get_time=lambda: CLOCK.mono_ns() / SECOND_NS)):
        asyncio.run(main())
