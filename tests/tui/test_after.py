"""The list of moments after the film, pressed by Textual's pilot over a real editor and a made-up player."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
from textual import events
from textual.app import App
from textual.message import Message
from textual.pilot import Pilot

from tests.archive.tiny import Tiny
from tests.clocks import HandClock
from vig_capture.archive.made import add
from vig_capture.archive.reader import is_running, read_session
from vig_capture.core.clips import Part
from vig_capture.core.consent import Made
from vig_capture.core.errors import StorageError, UserError
from vig_capture.core.model import Marker
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.disk import HostDisk, HostJournalFile
from vig_capture.engine.editor import Editor
from vig_capture.tui import texts
from vig_capture.tui.after import screen as after_screen
from vig_capture.tui.after.moment_list import MomentList
from vig_capture.tui.after.ports import Closed
from vig_capture.tui.after.screen import AfterScreen
from vig_capture.tui.after.work import Done

LENGTH_S = 600
OTHER = "the child"


class SickDisk(HostDisk):
    sick = False

    def create_journal(self, path: Path) -> HostJournalFile:
        if self.sick:
            raise StorageError("The disk is full.")
        return super().create_journal(path)


class FakeClips:
    """Makes nothing, and keeps what was asked for."""

    def __init__(self) -> None:
        self.hear: Callable[[dict[str, Any]], None] = lambda _answer: None
        self.pictures: list[tuple[str, Part, int, int]] = []
        self.clips: list[tuple[str, list[Part]]] = []
        self.forgotten = 0
        self.closed = False

    def listen(self, heard: Callable[[dict[str, Any]], None]) -> None:
        self.hear = heard

    def picture(self, key: str, part: Part, width: int, height: int) -> None:
        self.pictures.append((key, part, width, height))

    def clip(self, key: str, parts: Sequence[Part]) -> None:
        self.clips.append((key, list(parts)))

    def forget(self) -> None:
        self.forgotten += 1

    def close(self) -> None:
        self.closed = True


class FakePlayer:
    def __init__(self) -> None:
        self.played: list[Path] = []
        self.broken = False

    def open_file(self, path: Path) -> None:
        self.played.append(path)
        if self.broken:
            raise UserError("No player was found for this film.", f"The moment is here: {path}.")


class Show(App[None]):
    """An app as the real one: it reads the keys itself and hands them to its screen."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, after: AfterScreen) -> None:
        super().__init__()
        self.after = after
        self.posted: list[Message] = []

    def on_mount(self) -> None:
        self.push_screen(self.after)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and self.screen is self.after:
            self.after.press(event)
            return
        await super().on_event(event)

    def on_closed(self, event: Message) -> None:
        self.posted.append(event)

    on_erase = on_earlier = on_closed


class After:
    """The screen of one session."""

    def __init__(self, folder: Path, moments: int = 4, **tiny: Any) -> None:
        self.folder = folder
        write(folder, moments, **tiny)
        self.clock, self.disk = HandClock(), SickDisk()
        self.clips, self.player = FakeClips(), FakePlayer()
        screen = AfterScreen(folder, self.open, self.clips, self.player)
        self.app, self.screen = Show(screen), screen
        self.pilot: Pilot[None]

    def open(self) -> Editor:
        return Editor(self.folder, self.clock, self.disk)

    def play(self, steps: Callable[[], Awaitable[None]], size: tuple[int, int] = (80, 24)) -> None:
        async def run() -> None:
            async with self.app.run_test(size=size) as self.pilot:
                await self.settle()
                await steps()

        asyncio.run(run())

    async def settle(self) -> None:
        """Until the editor's thread has done what was asked, and it is drawn."""
        for _ in range(3):
            await self.app.workers.wait_for_complete()
            await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Each long after the one before: it is no key that is held."""
        for key in keys:
            self.screen._held._last_ns = None
            self.screen._taps.clear()
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        names = {" ": "space", ":": "colon", "-": "minus", ".": "full_stop"}
        await self.pilot.press(*(names.get(char, char) for char in text))

    async def wipe(self) -> None:
        """What stands in the line that is typed goes."""
        await self.pilot.press(*["backspace"] * 12)

    def lines(self) -> list[str]:
        """The screen as text, row by row."""
        screen = self.app.screen
        return ["".join(segment.text for segment in line) for line in screen._compositor.render_strips()]

    def text(self) -> str:
        return "\n".join(self.lines())

    def view(self) -> SessionView:
        return read_session(self.folder).view

    def marker(self, name: str) -> Marker:
        return self.view().markers[name]


def write(
    folder: Path, moments: int, gap_lost: int = 0, closed: bool = True, goals: bool = True, sound_only: bool = False
) -> None:
    """A session of ten minutes in two files, with moments at 100 s, 200 s, … ; the second is private."""
    tiny = Tiny(folder)
    vocabulary = {"name": "v", "other": OTHER, "keys": []}
    tiny.say("session", id=folder.name, created_utc="2026-11-21T09:40:00+00:00", vocabulary=vocabulary, settings={})
    tiny.say("run", run=1, mono_ns=0, utc_ns=0, origin_mono_ns=0, origin_utc_ns=0, boot_id="boot", pid=1)
    stream, kind, suffix = ("mic1", "audio", "m4a") if sound_only else ("cam1", "video", "mp4")
    tiny.say("stream", stream=stream, stream_kind=kind, source="x")
    tiny.say("state", state="recording")
    if goals:
        told = [{"id": "g1", "label": "waiting"}, {"id": "g2", "label": "play"}]
        tiny.say("sheet", id="sheet", fields={"goals": told})
    for number in (1, 2):
        name = f"film/{stream}-{number:04d}.{suffix}"
        start_ns, end_ns = (number - 1) * LENGTH_S // 2 * SECOND_NS, number * LENGTH_S // 2 * SECOND_NS
        tiny.open(stream, name, b"film", start_ns)
        tiny.close(name, end_ns, frames=1)
    if gap_lost:
        tiny.say("gap", 0, id="g", stream=stream, start_ns=0, end_ns=SECOND_NS, lost=gap_lost, cause="x")
    for number in range(1, moments + 1):
        fields = {"look_back_s": 10.0, "look_ahead_s": 5.0, "private": number == 2, "note": "", "utc": "u"}
        who = "other" if number == 3 else "self"
        t_ns = number * min(100, LENGTH_S // (moments + 1)) * SECOND_NS if moments < 500 else number * SECOND_NS // 10
        tiny.say("marker", t_ns, id=f"m{number}", key="a", label=f"Label {number}", who=who, **fields)
    tiny.say("state", LENGTH_S * SECOND_NS, state="closed" if closed else "stopping")
    if closed:
        tiny.say("closed", LENGTH_S * SECOND_NS, reason="stopped")
    tiny.write()


def test_the_familys_view_hides_what_is_private(tmp_path: Path) -> None:
    """Neither a private moment nor a private note is on the screen before Ctrl+L, nor after it again."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        await after.press("v")
        await after.type("mine")
        await after.press("enter")
        assert after.marker("m1").private_note == "mine"
        assert "Label 1" in after.text()
        assert "Label 2" not in after.text()
        assert "mine" not in after.text()
        assert after.lines()[-1].strip() == "● All saved. 3 moments, nothing lost. You can close the lid."
        assert texts.AFTER_FAMILY_VIEW in after.lines()[0]
        await after.press("ctrl+l")
        assert "Label 2" in after.text()
        assert "only you: mine" in after.text()
        assert "YOUR OWN VIEW" in after.lines()[0]
        await after.press("ctrl+l")
        assert "Label 2" not in after.text()
        assert "mine" not in after.text()
        # More of it, written in the family's view, does not wipe out what was there.
        await after.press("v")
        assert "mine" not in after.text()
        await after.type("two")
        await after.press("enter")
        assert after.marker("m1").private_note == "mine / two"

    after.play(steps, (80, 30))


def test_enter_plays_the_chosen_moment(tmp_path: Path) -> None:
    """The clip of the chosen moment's window is asked for, and the player gets the file that was made of it."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        await after.press("down", "enter")
        ((key, parts),) = after.clips.clips
        assert key == "m3"
        assert [(part.file, part.start_ns // SECOND_NS, part.end_ns // SECOND_NS) for part in parts] == [
            ("film/cam1-0001.mp4", 290, 300),
            ("film/cam1-0002.mp4", 300, 305),
        ]
        assert "Label 3" in after.text()
        after.clips.hear({"key": "m1", "clip": "/not/asked/for.mp4"})
        after.clips.hear({"key": "m3", "clip": "/made/m3.mp4"})
        await after.settle()
        assert after.player.played == [Path("/made/m3.mp4")]
        assert texts.AFTER_SAID_PLAYED.format(label="Label 3") in after.text()
        after.player.broken = True
        await after.press("enter")
        after.clips.hear({"key": "m3", "clip": "/made/m3.mp4"})
        await after.settle()
        assert "/made/m3.mp4" in after.text()
        await after.press("enter")
        after.clips.hear({"key": "m3", "error": UserError("There is nothing to play.").as_map()})
        await after.settle()
        assert "× There is nothing to play." in after.text()

    after.play(steps)


def test_a_held_enter_plays_once_and_a_held_delete_takes_one_away(tmp_path: Path) -> None:
    """A key that repeats is one press."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        await after.pilot.press(*["enter"] * 8)
        await after.pilot.press(*["delete"] * 8)
        await after.settle()
        assert len(after.clips.clips) == 1
        assert len(after.view().markers) == 3

    after.play(steps)


def test_the_short_list_has_a_soft_limit(tmp_path: Path) -> None:
    """From five on it says what is usual, and never refuses."""
    after = After(tmp_path / "s", 8)
    said: list[str] = []

    async def steps() -> None:
        for _ in range(7):
            await after.press("space")
            said.append(next(line for line in after.lines() if "short list." in line or "short list;" in line).strip())
            await after.press("down")
        await after.press("b")
        assert sum(marker.shortlist for marker in after.view().markers.values()) == 6

    after.play(steps)
    assert [("usual" in line, line[2]) for line in said] == [
        *((True, "1"), (True, "2"), (False, "3"), (False, "4"), (True, "5"), (True, "6"), (True, "7")),
    ]


def test_every_act_is_saved_and_taken_back_in_turn(tmp_path: Path) -> None:
    """Star, goal, who, pick, short list, label, note, times, delete, leave out: each is in the journal, and Backspace
    takes them back one by one, what was deleted included, until all is as it was."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        before = after.view()
        await after.press("full_stop", "comma", "comma", "tab", "c", "space")
        await after.press("e")
        await after.wipe()
        await after.type("Waits")
        await after.press("enter", "n")
        await after.type("a brick")
        await after.press("enter", "left", "left", "right", "shift+right", "t")
        await after.wipe()
        await after.type("2:05")
        await after.press("enter")
        marker = after.marker("m1")
        assert (marker.star, marker.pick, marker.shortlist) == (True, True, True)
        assert (marker.goal, marker.who) == ("g2", "other")
        assert (marker.label, marker.note, marker.t_ns) == ("Waits", "a brick", 125 * SECOND_NS)
        assert (marker.look_back_s, marker.look_ahead_s) == (11, 6)
        assert "1:54 to 2:11, 17 s" in after.text()
        assert f"Waits · {OTHER}" in after.text()
        assert "→ play" in after.text()
        await after.press("x", "enter", "delete")
        assert "m1" not in after.view().markers
        assert len(after.view().left_out) == 1
        assert "Left out: 1:54 to 2:11" in after.text()
        assert after.clips.forgotten == 2
        await after.press("backspace")
        assert after.marker("m1") == marker
        for _ in range(14):
            await after.press("backspace")
        assert after.view().markers == before.markers
        assert not after.view().left_out
        for _ in range(15):
            await after.press("y")
        assert "m1" not in after.view().markers
        assert len(after.view().left_out) == 1

    after.play(steps)


def test_acts_of_the_film_are_taken_back_too(tmp_path: Path) -> None:
    """Where nothing has been done here, Backspace takes back the film's last act, and Ctrl+Y brings it back."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        await after.press("backspace", "backspace")
        assert list(after.view().markers) == ["m1", "m2"]
        await after.press("ctrl+y")
        assert list(after.view().markers) == ["m1", "m2", "m3"]
        await after.press("full_stop", "backspace", "backspace")
        assert list(after.view().markers) == ["m1", "m2"]

    after.play(steps)


def test_left_out_parts_are_rows_that_come_back(tmp_path: Path) -> None:
    """A typed part is a row of its own; x or Delete on it puts it back; a moment within it is not played."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        await after.press("x")
        await after.wipe()
        await after.type("1:00-2:00")
        await after.press("enter")
        (part,) = after.view().left_out.values()
        assert (part.start_ns, part.end_ns) == (60 * SECOND_NS, 120 * SECOND_NS)
        await after.press("enter")
        assert "left out" in after.lines()[-3]
        assert not after.clips.clips
        await after.press("up", "enter")
        assert "x brings it back" in after.lines()[-3]
        await after.press("x")
        assert not after.view().left_out
        await after.press("x")
        await after.wipe()
        await after.type("2:00-1:00")
        await after.press("enter")
        assert "is no part" in after.text()
        assert not after.view().left_out

    after.play(steps)


@pytest.mark.parametrize(
    ("typed", "said"), [("soon", "is no time"), ("10:01", "outside the film"), ("1:75", "is no time")]
)
def test_a_time_that_cannot_be_meant_is_refused(tmp_path: Path, typed: str, said: str) -> None:
    """Nothing is written, and the line says why."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        await after.press("t")
        await after.wipe()
        await after.type(typed)
        await after.press("enter")
        assert said in after.text()
        assert after.marker("m1").t_ns == 100 * SECOND_NS

    after.play(steps)


def test_escape_drops_and_letters_only_type(tmp_path: Path) -> None:
    """While a line is typed no letter is a command; Esc leaves everything as it was."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        before = after.view().last_seq
        await after.press("n")
        await after.type("dxqcs .")
        assert "dxqcs ." in after.text()
        await after.press("escape")
        assert (after.view().last_seq, after.app.posted) == (before, [])
        assert after.app.screen is after.screen

    after.play(steps)


def test_deleting_the_film_is_asked_twice(tmp_path: Path) -> None:
    """Any other key keeps it; when both questions are answered the session is let go, and the app is told."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        for keys in (("d", "n"), ("d", "y"), ("d", "enter", "enter"), ("d", "escape"), ("d", "enter", "d")):
            await after.press(*keys)
            assert not after.app.posted, keys
            assert texts.AFTER_SAID_KEPT in after.text()
        assert is_running(after.folder)
        await after.press("d", "enter", "y")
        (message,) = after.app.posted
        assert getattr(message, "folder", None) == after.folder
        assert not is_running(after.folder)

    after.play(steps)


def test_what_deleting_leaves_is_told_before(tmp_path: Path) -> None:
    """A file that was made of it elsewhere and is there; one that is gone is not named."""
    after, outside = After(tmp_path / "s"), tmp_path / "a.boris"
    outside.write_text("made")
    add(after.folder, Made("review", "export boris", "u", (str(outside), str(tmp_path / "gone.boris")), 2))

    async def steps() -> None:
        await after.press("d")
        words = "".join(after.text().split())
        assert str(outside) in words
        assert "gone.boris" not in words
        assert words.index("a.boris") < words.index("Deletethiswholefilm")

    after.play(steps)


@pytest.mark.parametrize("key", ["escape", "q", "ctrl+q"])
def test_it_closes_and_lets_the_session_go(tmp_path: Path, key: str) -> None:
    """Closed is posted once the lock is free; afterwards the makers of clips are closed too."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        await after.press(key)
        assert [type(each).__name__ for each in after.app.posted] == ["Closed"]
        assert not is_running(after.folder)

    after.play(steps)
    after.screen._work._thread.shutdown(wait=True)
    assert after.clips.closed


def test_what_is_not_saved_is_said_and_tried_again(tmp_path: Path) -> None:
    """A full disk: the last line says so, closing asks, and when there is room all is saved by itself."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        after.disk.sick = True
        await after.press("c")
        assert "NOT ALL SAVED" in after.text()
        assert "NOT SAVED. The disk is full." in after.text()
        await after.press("q")
        assert "Some of your changes" in after.text()
        await after.press("n")
        assert not after.app.posted
        after.disk.sick = False
        after.clock.now_ns += 5 * SECOND_NS
        after.screen._retry()
        await after.settle()
        assert "All saved." in after.text()
        assert after.marker("m1").pick

    after.play(steps)


def test_an_empty_list_is_friendly(tmp_path: Path) -> None:
    """No moment: a sentence that helps, keys do no harm, and a list that only looks empty says how to see it."""
    after = After(tmp_path / "s", 0)

    async def steps() -> None:
        assert "That is fine" in after.text()
        assert "● All saved. No moments, nothing lost." in after.text()
        await after.press("enter", "space", "delete", "left", "down", "end", "n", "t", "e")
        assert texts.AFTER_SAID_NO_MOMENT in after.text()

    after.play(steps)


@pytest.mark.parametrize(("lost", "said"), [(1, "1 picture lost in one place"), (42, "42 pictures lost in one place")])
def test_losses_are_said_in_true_numbers(tmp_path: Path, lost: int, said: str) -> None:
    """Instead of “nothing lost”."""
    after = After(tmp_path / "s", gap_lost=lost)

    async def steps() -> None:
        assert said in after.lines()[-1]
        assert "nothing lost" not in after.text()

    after.play(steps, (120, 40))


def test_another_window_or_an_unfinished_film_is_only_looked_at(tmp_path: Path) -> None:
    """The moments are there, and why nothing is saved is said at once and again with each wish."""
    after = After(tmp_path / "s")
    other = Editor(after.folder, HandClock(), HostDisk())

    async def steps() -> None:
        assert "Another window" in after.text()
        assert "Label 1" in after.text()
        await after.press("c")
        assert "Another window" in after.text()
        other.close()
        await after.press("c")
        assert after.marker("m1").pick

    after.play(steps)
    unfinished = After(tmp_path / "u", closed=False)

    async def look() -> None:
        assert "never finished" in unfinished.text()
        assert "All saved" not in unfinished.text()
        assert "You can close the lid" not in unfinished.text()

    unfinished.play(look)


def test_pictures_are_asked_for_only_where_rows_are_seen(tmp_path: Path) -> None:
    """With 5,000 moments a few pictures are asked for, once each, and the end of the list is reached at once."""
    after = After(tmp_path / "s", 5000)

    async def steps() -> None:
        first = len(after.clips.pictures)
        assert 4 <= first <= 6
        key, part, width, height = after.clips.pictures[-1]
        assert (part.offset_ns, width, height) == (SECOND_NS // 10, 14, 8)
        rgb = b"\x80" * width * height * 3
        after.clips.hear({"key": key, "picture": {"width": width, "height": height, "rgb": rgb}})
        await after.settle()
        row = next(line for line in after.lines() if "Label 1 " in line)
        assert row.startswith(" " * 14)
        await after.press("end")
        assert "Label 5000" in after.text()
        await after.press("home")
        assert len(after.clips.pictures) <= 2 * first + 1
        assert len(after.screen.list._drawn) <= 6

    with patch.object(MomentList, "system", return_value="truecolor"):
        after.play(steps)


def test_what_is_left_out_is_not_seen_in_the_list_either(tmp_path: Path) -> None:
    """The picture of a moment goes with the part that is left out, and comes back with it."""
    after = After(tmp_path / "s", 1)

    def answer() -> None:
        key, _, width, height = after.clips.pictures[-1]
        rgb = b"\x80" * width * height * 3
        after.clips.hear({"key": key, "picture": {"width": width, "height": height, "rgb": rgb}})

    async def steps() -> None:
        answer()
        await after.settle()
        assert len(after.screen.list._pictures) == 1
        await after.press("x", "enter")
        assert list(after.screen.list._pictures.values()) == [None]
        assert sum("left out" in line for line in after.lines()) >= 2
        answer()
        await after.settle()
        assert list(after.screen.list._pictures.values()) == [None]
        await after.press("backspace")
        assert len(after.clips.pictures) == 2

    with patch.object(MomentList, "system", return_value="truecolor"):
        after.play(steps)


def test_below_256_colours_there_are_words(tmp_path: Path) -> None:
    """No picture is asked for, more moments fit, and it is said once."""
    after = After(tmp_path / "s", 8)

    async def steps() -> None:
        assert not after.clips.pictures
        assert texts.AFTER_SAID_FEW_COLOURS[:40] in after.text()
        assert sum("Label" in line for line in after.lines()) == 7

    with patch.object(MomentList, "system", return_value=None):
        after.play(steps)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 12)])
def test_it_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    """At every size moments, keys and the last line are there; the help shows all keys; settling is said."""
    after = After(tmp_path / "s")

    async def steps() -> None:
        assert "Label 1" in after.text()
        assert "close the lid" in " ".join(after.text().split())
        assert any("Enter" in line for line in after.lines())
        assert texts.AFTER_SETTLING in after.text() or size[0] < 60
        await after.press("question_mark")
        if size[0] >= 80:
            for words in texts.AFTER_HELP.values():
                assert words.format(other=OTHER) in after.text()
        await after.press("z")
        assert "Label 1" in after.text()

    after.play(steps, size)


def test_sound_alone_has_no_place_for_pictures(tmp_path: Path) -> None:
    """An interview without a camera: words only, and it plays."""
    after = After(tmp_path / "s", sound_only=True)

    async def steps() -> None:
        assert not after.clips.pictures
        await after.press("enter")
        assert [part.file for part in after.clips.clips[0][1]] == ["film/mic1-0001.m4a"]

    after.play(steps)


def test_a_session_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A folder that is gone: the reason is on the screen, and Esc leaves."""
    after = After(tmp_path / "s")
    after.folder = tmp_path / "gone"

    async def steps() -> None:
        assert "There is no such folder" in " ".join(after.text().split())
        await after.press("c", "enter", "x", "escape")
        assert len(after.app.posted) == 1

    after.play(steps)


def test_nothing_on_it_waits_for_a_slow_disk(tmp_path: Path) -> None:
    """While a change is on its way to the disk the arrows move, and what is pressed meanwhile is carried out after."""
    after = After(tmp_path / "s")
    held, reached = asyncio.Event(), []

    async def steps() -> None:
        loop = asyncio.get_running_loop()
        real = Editor.take

        def slow(self: Editor, message: Any) -> dict[str, Any]:
            asyncio.run_coroutine_threadsafe(held.wait(), loop).result(30)
            reached.append(message)
            return real(self, message)

        with patch.object(Editor, "take", slow):
            await after.pilot.press("c", "down", "right", "right", "right")
            await after.pilot.pause()
            assert after.screen.list.chosen == 1
            assert not reached
            held.set()
            await after.settle()
        assert after.marker("m1").pick
        assert after.marker("m3").look_back_s == 7

    after.play(steps)


def test_a_disk_that_hangs_keeps_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a write hangs one try waits behind it, not one a second; and the screen can be left."""
    after, hangs, begun = After(tmp_path / "s"), Event(), Event()
    tries = []

    async def steps() -> None:
        def hanging() -> Done:
            tries.append(1)
            begun.set()
            hangs.wait(20)
            return Done()

        monkeypatch.setattr(after.screen._work, "retry", hanging)
        after.disk.sick = True
        after.screen._act("star")
        await after.settle()
        for _ in range(5):
            after.screen._retry()
        await asyncio.to_thread(begun.wait, 20)
        assert not after.app.posted
        after.screen._leave(Closed())
        while not after.app.posted:
            await asyncio.sleep(0.01)
        hangs.set()
        await after.settle()
        assert len(tries) == 1

    monkeypatch.setattr(after_screen, "RELEASE_S", 0.05)
    monkeypatch.setattr(after_screen, "RETRY_S", 1000.0)
    after.play(steps)
