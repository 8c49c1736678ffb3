"""The earlier sessions: what is on the list, what is never on it, and two questions before anything is erased."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from textual import events, on
from textual.app import App
from textual.pilot import Pilot

from vig_capture.archive.sessions import Session
from vig_capture.core.errors import StorageError, VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.tui.earlier.ports import Back, Open, Progress
from vig_capture.tui.earlier.screen import SessionsScreen

BEGAN = datetime(2026, 11, 22, 9, 40, tzinfo=timezone(timedelta(hours=1)))


def made(number: int, **changes: object) -> Session:
    """An ordinary session, so many days before the newest."""
    base = Session(
        Path(f"/films/2026-11-22T0940-{number:04}"),
        "whole",
        BEGAN - timedelta(days=number),
        "interaction",
        600 * SECOND_NS,
        11,
        3,
        210_000_000,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


ALL = [
    made(0, state="running", length_ns=42 * SECOND_NS, moments=1, shortlisted=0),
    made(1),
    made(2, kind="shared-review", length_ns=75 * 60 * SECOND_NS, size_bytes=4_200_000_000, state="recovered"),
    made(3, state="unfinished", moments=0, shortlisted=0),
    made(4, state="damaged", trouble="film/cam1-0003.mp4 is missing."),
    made(90, due=True),
    made(91, state="damaged", started=None, kind="", trouble="journal.msgpack cannot be read."),
]


class FakeSessions:
    """A port that keeps what was asked; `gate` holds its work back."""

    def __init__(self, items: Sequence[Session]) -> None:
        self.items = list(items)
        self.asked: list[tuple[str, Path]] = []
        self.lines: Sequence[str] = ["● All is as it was recorded: 12 files."]
        self.fault: VigError | None = None
        self.gate = threading.Event()
        self.gate.set()

    def sessions(self) -> Iterable[Session]:
        self.gate.wait(10)
        if self.fault is not None:
            raise self.fault
        yield from self.items

    def verify(self, folder: Path, progress: Progress) -> Sequence[str]:
        self.asked.append(("verify", folder))
        progress(3, 12)
        self.gate.wait(10)
        if self.fault is not None:
            raise self.fault
        return self.lines

    def erase(self, folder: Path) -> str:
        self.asked.append(("erase", folder))
        if self.fault is not None:
            raise self.fault
        self.items = [item for item in self.items if item.folder != folder]
        return "● Erased: 14 files, 210 MB."


class Around(App[None]):
    """An app around the screen that keeps what it posts."""

    def __init__(self, port: FakeSessions) -> None:
        super().__init__()
        self.sessions = SessionsScreen(port)
        self.opened: list[Path] = []
        self.backs = 0

    def on_mount(self) -> None:
        self.push_screen(self.sessions)

    @on(Open)
    def note_open(self, message: Open) -> None:
        self.opened.append(message.folder)

    @on(Back)
    def note_back(self) -> None:
        self.backs += 1


class Stage:
    """The screen under test and its port."""

    def __init__(self, app: Around, pilot: Pilot[None], port: FakeSessions) -> None:
        self.app, self.pilot, self.port = app, pilot, port
        self._at_s = 1000.0

    async def press(self, *names: str) -> None:
        """Keys, a second apart."""
        for name in names:
            self._at_s += 1
            await self.key(name)
        await self.settle()

    async def key(self, name: str) -> None:
        event = events.Key(name, name if len(name) == 1 else None)
        event.time = self._at_s
        self.app.sessions.press(event)

    async def settle(self) -> None:
        """Let threads tell what they have done, as long as they are free to."""
        if self.port.gate.is_set():
            await self.app.workers.wait_for_complete()
        await self.pilot.pause()
        await self.pilot.pause()

    def lines(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def text(self) -> str:
        return "\n".join(self.lines())

    def chosen(self) -> str:
        return next((line for line in self.lines() if line.startswith(" ▸")), "")


def play(
    story: Callable[[Stage], Awaitable[None]],
    items: Sequence[Session] = ALL,
    size: tuple[int, int] = (80, 24),
    port: FakeSessions | None = None,
) -> FakeSessions:
    """Run the screen without a terminal."""
    port = port or FakeSessions(items)

    async def main() -> None:
        app = Around(port)
        async with app.run_test(size=size) as pilot:
            stage = Stage(app, pilot, port)
            await stage.settle()
            await story(stage)
            port.gate.set()

    asyncio.run(main())
    return port


def test_the_list_in_a_small_window_and_a_large_one() -> None:
    """Day, kind, length, moments and state of each, newest first; wide windows have the short list and the size too."""

    async def small(stage: Stage) -> None:
        lines = [line for line in stage.lines() if "Nov" in line or "Aug" in line]
        assert len(lines) == 6
        assert " ".join(lines[0].split()) == "▸ Sun 22 Nov 2026, 09:40 interaction 42 s 1 moment ● FILMING NOW"
        assert " ".join(lines[1].split()) == "Sat 21 Nov 2026, 09:40 interaction 10 min 11 moments whole"
        assert "shared review" in lines[2]
        assert "75 min" in lines[2]
        assert "whole, recovered" in lines[2]
        assert "no moments" in lines[3]
        assert "! not finished" in lines[3]
        assert "! damaged" in lines[4]
        assert "due for erasing" in lines[5]
        assert "7, of which one is due" in stage.lines()[0]
        assert "day not known" in stage.text()
        assert all(len(line) <= 80 for line in stage.lines())

    async def large(stage: Stage) -> None:
        assert "3 on the short list" in stage.text()
        assert "210 MB" in stage.text()
        assert "4.2 GB" in stage.text()
        assert "due for erasing" in stage.text()

    play(small)
    play(large, size=(120, 40))


def test_no_film_yet() -> None:
    """An empty list is a friendly sentence; only going back means something."""

    async def story(stage: Stage) -> None:
        assert "There is no film here yet." in stage.text()
        await stage.press("enter", "v", "delete", "down")
        assert "no film in the list" in stage.text()
        await stage.press("escape")
        assert (stage.app.opened, stage.app.backs) == ([], 1)

    assert play(story, []).asked == []


def test_moving_and_what_a_state_means() -> None:
    """Arrows, pages, Home and End move within the list; the chosen one's state is said in words below."""

    async def story(stage: Stage) -> None:
        await stage.press("down", "down", "down")
        assert "Nobody ended it" in stage.text()
        await stage.press("down")
        assert "film/cam1-0003.mp4 is missing." in stage.text()
        await stage.press("down")
        assert "older than films are to be kept" in " ".join(stage.text().split())
        await stage.press("end", "down")
        assert "day not known" in stage.chosen()
        await stage.press("home", "up")
        assert "FILMING" in stage.chosen()

    play(story)


def test_many_films_scroll() -> None:
    """Of a hundred the chosen one is always among those that are drawn."""

    async def story(stage: Stage) -> None:
        await stage.press(*["down"] * 30)
        assert stage.app.sessions.chosen == 30
        assert stage.chosen()
        await stage.press("end")
        assert stage.app.sessions.chosen == 99
        assert stage.chosen()
        await stage.press("pageup")
        assert 70 < stage.app.sessions.chosen < 99

    play(story, [made(number) for number in range(100)])


def test_enter_opens_and_what_is_being_filmed_is_left_alone() -> None:
    """The app is told which; the one that is being filmed is neither opened, nor checked, nor erased."""

    async def story(stage: Stage) -> None:
        await stage.press("enter", "v", "delete")
        assert "being filmed or changed now" in stage.text()
        await stage.press("down", "enter")
        assert stage.app.opened == [ALL[1].folder]

    assert play(story).asked == []


def test_a_check_says_how_far_it_is_and_what_it_found() -> None:
    """While it runs the list goes on; a second one waits; all well is one line, damage is a page of its own."""

    async def story(stage: Stage) -> None:
        port = stage.port
        port.gate.clear()
        await stage.press("down", "v")
        while "3 of 12" not in stage.text():
            await stage.pilot.pause()
        await stage.press("down", "v")
        assert "One thing after the other" in stage.text()
        assert port.asked == [("verify", ALL[1].folder)]
        port.gate.set()
        await stage.settle()
        assert "● All is as it was recorded" in stage.text()
        port.lines = ["! Not all is as it was recorded.", *(f"film/cam1-{n:04}.mp4: missing" for n in range(40))]
        await stage.press("v")
        assert "! Not all is as it was recorded." in stage.lines()[2]
        assert "film/cam1-0005.mp4: missing" in stage.text()
        assert "more" in stage.text()
        await stage.press("v")
        assert stage.chosen()

    assert len(play(story).asked) == 2


@pytest.mark.parametrize(
    ("keys", "gone"),
    [
        (["delete", "enter", "y"], True),
        (["d", "enter", "Y"], True),
        (["delete", "enter", "enter"], False),
        (["delete", "y"], False),
        (["delete", "escape"], False),
        (["delete", "delete", "y"], False),
        (["delete", "enter", "escape", "y"], False),
    ],
)
def test_two_questions_before_anything_is_erased(keys: list[str], gone: bool) -> None:
    """Only Enter and then y erase; whatever else is pressed keeps the film, and says so."""

    async def story(stage: Stage) -> None:
        await stage.press("down", keys[0])
        assert "Erase the film of Sat 21 Nov 2026, 09:40 for good?" in stage.text()
        await stage.press(*keys[1:])
        assert ("● Erased: 14 files" in stage.text()) is gone
        assert ("Sat 21 Nov 2026" in stage.text()) is not gone
        assert gone or "The film is kept." in stage.text()
        assert stage.app.backs == 0

    assert play(story).asked == ([("erase", ALL[1].folder)] if gone else [])


def test_what_erasing_leaves_is_told_before() -> None:
    """Files that were made of it elsewhere, as many as fit, and how many more."""
    files = tuple(f"/films/to/{number}.boris" for number in range(5))

    async def story(stage: Stage) -> None:
        stage.port.items[1] = made(1, elsewhere=files)
        stage.app.sessions.read()
        await stage.settle()
        await stage.press("down", "delete")
        words = " ".join(stage.text().split())
        assert "lie elsewhere: they stay, unless you delete them yourself: /films/to/0.boris /films/to/1.boris" in words
        assert "/films/to/3.boris" not in words
        assert "… and 2 more" in words
        assert words.index("0.boris") < words.index("Erase the film of Sat 21 Nov 2026, 09:40 for good?")
        await stage.press("escape", "down", "delete")
        assert "elsewhere" not in stage.text()

    play(story)


def test_a_held_key_answers_nothing() -> None:
    """Enter, held down, answers one question at most."""

    async def story(stage: Stage) -> None:
        await stage.press("down", "delete")
        stage._at_s += 1
        for _ in range(30):
            stage._at_s += 0.033
            await stage.key("enter")
        await stage.settle()
        assert "It cannot be brought back." in stage.text()

    assert play(story).asked == []


def test_what_the_disk_refuses_is_said() -> None:
    """An error of reading, checking or erasing is its three sentences; the list stays."""

    async def story(stage: Stage) -> None:
        stage.port.fault = StorageError("It could not be erased altogether.", "It is open.", "Close the player.")
        await stage.press("down", "delete", "enter", "y")
        assert "× It could not be erased altogether. It is open. Close the player." in " ".join(stage.text().split())
        await stage.press("v")
        assert "Sat 21 Nov" in stage.chosen()

    play(story)


def test_coming_back_reads_the_list_anew() -> None:
    """What was done elsewhere is seen, and what was chosen stays chosen."""

    async def story(stage: Stage) -> None:
        await stage.press("down", "down")
        stage.port.items = [made(-1), *ALL[2:]]
        stage.app.sessions.read()
        await stage.settle()
        assert "shared review" in stage.chosen()
        assert "Mon 23 Nov" in stage.text()

    play(story)


def test_the_keys_of_an_app_that_lets_them_go() -> None:
    """Keys that Textual brings to the screen count as well, and pasted text does nothing."""

    async def story(stage: Stage) -> None:
        await stage.pilot.press("down")
        assert "Sat 21 Nov" in stage.chosen()
        stage.app.sessions.paste("d\ny")
        await stage.pilot.press("escape")
        assert stage.app.backs == 1

    assert play(story).asked == []
