"""The film screen over a link that is made up: pressed by Textual's pilot, told what to draw, read line by line."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import textual.message
from textual import events
from textual.pilot import Pilot

from tests.clocks import HandClock
from vig_capture.core.keys import ScreenKeys
from vig_capture.core.time import SECOND_NS
from vig_capture.tui.app import VigApp

CLOCK = HandClock()
"""Of the screen, the recorder and the keys: it stands still, however busy the machine is, until `pass_s`."""

KEYS = [
    {"key": "space", "id": "moment", "label": "Moment", "colour": "#F0E442", "private": False},
    {"key": "i", "id": "initiative", "label": "Initiative", "colour": "#56B4E9", "private": False},
    {"key": "r", "id": "reception", "label": "[Reception]", "colour": "#009E73", "private": False},
    {"key": "l", "id": "look", "label": "Look", "colour": "not a colour", "private": True},
]


class FakeLink:
    """Keeps what was sent; speaks when it is told to."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.hear: Callable[[dict[str, Any]], None] = lambda _message: None
        self.closed = False
        self.broken = False

    def send(self, command: dict[str, Any]) -> None:
        if self.broken:
            raise BrokenPipeError
        self.sent.append(command)

    def listen(self, callback: Callable[[dict[str, Any]], None]) -> None:
        self.hear = callback

    def close(self) -> None:
        self.closed = True

    def all(self, *names: str) -> list[dict[str, Any]]:
        return [command for command in self.sent if command["do"] in names]

    def accept(self, command: dict[str, Any], act: str = "marker", marker_id: str = "", said: str = "") -> None:
        """Acknowledge a marker, from a thread that is not the screen's."""
        marker = {
            "id": marker_id or command["id"],
            "key": command["key"],
            "label": next(key["label"] for key in KEYS if key["key"] == command["key"]),
            "who": command["who"],
            "t_ns": 61 * SECOND_NS,
        }
        result = {"act": act, "marker": marker, "saved": True, "said": said}
        self.say({"ack": command["id"], "ok": True, "result": result})

    def done(self, command: dict[str, Any], **result: Any) -> None:
        """Acknowledge any other command."""
        self.say({"ack": command["id"], "ok": True, "result": result})

    def refuse(self, command: dict[str, Any], why: str) -> None:
        self.say({"ack": command["id"], "ok": False, "error": "UserError", "what": "No.", "why": why, "do": ""})

    def say(self, *messages: Any) -> None:
        """Say something as the reader thread does."""
        thread = threading.Thread(target=lambda: [self.hear(message) for message in messages])
        thread.start()
        thread.join()


def snapshot(**changes: Any) -> dict[str, Any]:
    """A snapshot of a film that goes well, with changes."""
    streams = [
        {"id": "cam1", "kind": "video", "source": "demo", "state": "live", "mode": "640×360", "lost": 0, "thinned": 0},
        {"id": "mic1", "kind": "audio", "source": "demo", "state": "live", "peak_dbfs": -12.0, "rms_dbfs": -24.0},
    ]
    whole = {
        "state": "recording",
        "session": "2026-11-22T0940-7f3a",
        "folder": "/films/2026-11-22T0940-7f3a",
        "t_ns": 60 * SECOND_NS,
        "mono_ns": CLOCK.mono_ns(),
        "recorded_ns": 59 * SECOND_NS,
        "latest_end_ns": 3 * 3600 * SECOND_NS,
        "streams": streams,
        "lost_frames": 0,
        "minutes_left": 142.0,
        "markers": [],
        "marker_count": 0,
        "vocabulary": {"name": "core", "other": "the child", "keys": KEYS},
        "trouble": [],
    }
    return {"snapshot": whole | changes}


class Screen:
    """The screen under test: its link, its clock, and what can be read on it."""

    def __init__(self, app: VigApp, pilot: Pilot[bool], link: FakeLink) -> None:
        self.app, self.pilot, self.link = app, pilot, link

    def pass_s(self, seconds: float) -> None:
        """Move the clock; the next `settle` draws what follows from it."""
        CLOCK.wait(seconds)

    async def press(self, *names: str) -> None:
        await self.pilot.press(*names)

    async def settle(self) -> None:
        """Let messages arrive, and draw as the timer does."""
        await self.pilot.pause()
        self.app._tick()
        await self.pilot.pause()

    async def say(self, *messages: Any) -> None:
        self.link.say(*messages)
        await self.settle()

    def lines(self) -> list[str]:
        """The terminal's lines as they are drawn."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    def text(self) -> str:
        return "\n".join(self.lines())

    def rows(self, sign: str) -> list[str]:
        """The moments that are drawn with this sign."""
        return [line for line in self.lines() if re.match(rf" {sign} (NOT SAVED  )?[-\d]+:[-\d]+:", line)]

    async def type(self, text: str) -> None:
        """Press one key for each character."""
        for character in text:
            await self.app.on_event(events.Key("space" if character == " " else character, character))
        await self.pilot.pause()


Story = Callable[[Screen], Awaitable[None]]


def play(
    story: Story,
    size: tuple[int, int] = (80, 24),
    connected: bool = True,
    uncertain_ns: int = 0,
    keys: ScreenKeys | None = None,
    around: Any = None,
) -> VigApp:
    """Run the app without a terminal while the story presses, says and looks."""
    link = FakeLink()

    async def main() -> VigApp:
        app = VigApp(link, CLOCK.mono_ns, uncertain_ns, keys, around)
        async with app.run_test(size=size) as pilot:
            screen = Screen(app, pilot, link)
            if connected:
                await screen.say(snapshot())
            await story(screen)
        return app

    # What stamps Textual's events, and nothing else of it: its own timers go on.
    with patch.object(textual.message, "_time", SimpleNamespace(get_time=lambda: CLOCK.mono_ns() / SECOND_NS)):
        return asyncio.run(main())


def at(key: str, seconds: float, start: float) -> events.Key:
    """A key that was read so many seconds after the start."""
    event = events.Key(key, None)
    event.time = start + seconds
    return event
