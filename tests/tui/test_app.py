"""The film screen, pressed by Textual's pilot, over a link that is made up."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from vig_capture.core.time import SECOND_NS
from vig_capture.devices import clock
from vig_capture.tui.app import Panel, VigApp, run
from vig_capture.tui.held import REPEAT_NS
from vig_capture.tui.link import LEFT

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
        "mono_ns": clock.mono_ns(),
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
    """The screen under test: its link, a clock that is moved by hand, and what can be read on it."""

    def __init__(self, app: VigApp, pilot: Pilot[bool], link: FakeLink, ahead_ns: list[int]) -> None:
        self.app, self.pilot, self.link, self._ahead_ns = app, pilot, link, ahead_ns

    def pass_s(self, seconds: float) -> None:
        """Move the clock; the next `settle` draws what follows from it."""
        self._ahead_ns[0] += round(seconds * SECOND_NS)

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


Story = Callable[[Screen], Awaitable[None]]


def play(story: Story, size: tuple[int, int] = (80, 24), connected: bool = True, uncertain_ns: int = 0) -> VigApp:
    """Run the app without a terminal while the story presses, says and looks."""
    link, ahead_ns = FakeLink(), [0]

    async def main() -> VigApp:
        app = VigApp(link, lambda: clock.mono_ns() + ahead_ns[0], uncertain_ns)
        async with app.run_test(size=size) as pilot:
            screen = Screen(app, pilot, link, ahead_ns)
            if connected:
                await screen.say(snapshot())
            await story(screen)
        return app

    return asyncio.run(main())


def test_a_press_is_drawn_at_once_and_saved_only_when_acknowledged() -> None:
    """○ stands there before any answer; ● only after the recorder's word; the command tells key, person and moment."""

    async def story(screen: Screen) -> None:
        before_ns = clock.mono_ns()
        await screen.press("i")
        assert len(screen.rows("○")) == 1
        assert "Initiative" in screen.rows("○")[0]
        assert not screen.rows("●")
        (mark,) = screen.link.all("mark")
        assert (mark["key"], mark["who"], mark["note"], mark["uncertain"]) == ("i", "self", "", False)
        assert before_ns <= mark["mono_ns"] <= clock.mono_ns()
        assert len(mark["id"]) == 32
        screen.link.accept(mark)
        await screen.pilot.pause()
        assert not screen.rows("○")
        assert "0:01:01" in screen.rows("●")[0]

    play(story)


def test_the_moment_is_the_keys_own_and_not_the_handlers() -> None:
    """A key that was read two seconds before the busy screen came to it is sent with the time of its reading."""

    async def story(screen: Screen) -> None:
        event = events.Key("i", "i")
        event.time -= 2.0
        await screen.app.on_event(event)
        assert screen.link.all("mark")[0]["mono_ns"] == round(event.time * SECOND_NS)

    play(story)


def test_keys_that_terminals_spell_differently() -> None:
    """Shift and a letter without its text is the capital; Escape and a letter in quick succession is the letter."""

    async def story(screen: Screen) -> None:
        for key, character in (("shift+r", None), ("alt+i", "i"), ("shift+space", " "), ("shift+up", None)):
            await screen.app.on_event(events.Key(key, character))
        sent = [(mark["key"], mark["who"]) for mark in screen.link.all("mark")]
        assert sent == [("r", "other"), ("i", "self"), ("space", "self")]

    play(story)


def test_shift_digits_and_space() -> None:
    """A capital is the other person, a digit the key in that row, Space its own key; each is one command."""

    async def story(screen: Screen) -> None:
        await screen.press("R", "3", "space", "1")
        sent = [(mark["key"], mark["who"]) for mark in screen.link.all("mark")]
        assert sent == [("r", "other"), ("r", "self"), ("space", "self"), ("space", "self")]
        assert "[Reception] · the child" in screen.text()

    play(story)


def test_a_refusal_is_never_shown_as_saved() -> None:
    """A refused marker says NOT SAVED and why, and stays there when the next one is saved."""

    async def story(screen: Screen) -> None:
        await screen.press("i", "r")
        first, second = screen.link.all("mark")
        screen.link.refuse(first, "The disk is full.")
        screen.link.accept(second)
        await screen.settle()
        (refused,) = screen.rows("×")
        assert "NOT SAVED" in refused
        assert "The disk is full." in refused
        assert len(screen.rows("●")) == 1

    play(story)


def test_an_answer_that_does_not_come_is_said_after_two_seconds() -> None:
    """Until the recorder answers a press is never ●, and after 2 s it says so in words; then the answer counts."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        screen.pass_s(1.5)
        await screen.settle()
        assert "not saved yet" not in screen.text()
        screen.pass_s(1.0)
        await screen.settle()
        assert "not saved yet" in screen.rows("○")[0]
        screen.link.accept(screen.link.all("mark")[0])
        await screen.settle()
        assert "not saved yet" not in screen.text()
        assert len(screen.rows("●")) == 1

    play(story)


def test_a_held_key_sends_every_press_and_draws_one_row() -> None:
    """The recorder decides what a repeated key is: all presses go there, and the screen stays calm."""

    async def story(screen: Screen) -> None:
        await screen.press(*["i"] * 8)
        marks = screen.link.all("mark")
        assert len(marks) == len({mark["id"] for mark in marks}) == 8
        assert len(screen.rows("○")) == 1
        screen.link.accept(marks[0], marker_id="m1")
        for mark in marks[1:]:
            screen.link.accept(mark, "same", marker_id="m1")
        await screen.settle()
        assert len(screen.rows("●")) == 1
        assert not screen.rows("○")
        assert screen.app.film.pending() == []

    play(story)


def test_the_recorders_own_row_replaces_ours() -> None:
    """A marker in the snapshot that we know by its id, or as one on its way, is drawn once."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        (mark,) = screen.link.all("mark")
        theirs = {"id": mark["id"], "key": "i", "label": "Initiative", "who": "self", "t_ns": 5, "saved": False}
        await screen.say(snapshot(markers=[theirs]))
        assert len(screen.rows("○")) == 1
        screen.link.accept(mark)
        await screen.say(snapshot(markers=[theirs | {"saved": True}], marker_count=1))
        assert len(screen.rows("●")) == 1
        assert not screen.rows("○")
        assert "(1 in all)" in screen.text()

    play(story)


def test_backspace_takes_back() -> None:
    """Backspace is one undo; the row goes when it is done, and the next press of the key is a new row."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        screen.link.accept(screen.link.all("mark")[0])
        await screen.settle()
        await screen.press("backspace")
        (undo,) = screen.link.all("undo")
        assert undo["mono_ns"] > 0
        assert "Taking back" in screen.text()
        await screen.say({"ack": undo["id"], "ok": True, "result": {}})
        assert not screen.rows("●")
        assert "taken back" in screen.text()
        await screen.press("i")
        assert len(screen.rows("○")) == 1

    play(story)


def test_what_was_typed_before_there_was_a_screen_is_uncertain() -> None:
    """A key that is read in the first moments of a screen marks, and is called uncertain; a later one is not."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        later = events.Key("r", "r")
        later.time += 60
        await screen.app.on_event(later)
        assert [each["uncertain"] for each in screen.link.all("mark")] == [True, False]

    play(story, uncertain_ns=30 * SECOND_NS)


def at(key: str, seconds: float, start: float) -> events.Key:
    """A key that was read so many seconds after the start."""
    event = events.Key(key, None)
    event.time = start + seconds
    return event


def test_a_held_backspace_takes_back_one_act() -> None:
    """After the first press its repeats send nothing; others are sent, in order with other keys."""

    async def story(screen: Screen) -> None:
        start = clock.mono_ns() / SECOND_NS
        for seconds in (0.0, 0.5, 0.533, 0.566, 0.6):
            await screen.app.on_event(at("backspace", seconds, start))
        await asyncio.sleep(REPEAT_NS / SECOND_NS + 0.05)
        assert len(screen.link.all("undo")) == 1
        await screen.app.on_event(at("backspace", 0.9, start))
        assert len(screen.link.all("undo")) == 1
        await screen.press("i")
        assert [each["do"] for each in screen.link.sent[-2:]] == ["undo", "mark"]
        assert screen.link.sent[-2]["mono_ns"] == round((start + 0.9) * SECOND_NS)
        await screen.app.on_event(at("backspace", 1.2, start))
        await asyncio.sleep(REPEAT_NS / SECOND_NS + 0.05)
        await screen.pilot.pause()
        assert len(screen.link.all("undo")) == 3

    play(story)


def test_a_held_chord_asks_and_films_again_once() -> None:
    """Ctrl+X held down keeps asking and does not flicker; Ctrl+R held down is one command."""

    async def story(screen: Screen) -> None:
        start = clock.mono_ns() / SECOND_NS
        for seconds in (0.0, 0.5, 0.533, 0.566):
            await screen.app.on_event(at("ctrl+x", seconds, start))
            assert screen.app.film.asking
        for seconds in (1.0, 1.5, 1.533):
            await screen.app.on_event(at("ctrl+r", seconds, start))
        assert len(screen.link.all("resume")) == 1

    play(story)


def test_an_old_status_line_goes_away() -> None:
    """A key that marks nothing is said for some seconds only; an undo that waits for its answer stays."""

    async def story(screen: Screen) -> None:
        await screen.press("z")
        await screen.settle()
        assert "z marks nothing" in screen.text()
        screen.pass_s(11)
        await screen.say(snapshot())
        assert "z marks nothing" not in screen.text()
        await screen.press("backspace")
        await screen.settle()
        screen.pass_s(40)
        await screen.say(snapshot())
        assert "Not taken back yet" in screen.text()

    play(story)


def test_trouble_is_not_said_twice() -> None:
    """What stands among the troubles is not repeated on the status line."""

    async def story(screen: Screen) -> None:
        told = {"what": "The camera is gone.", "why": "It was unplugged.", "do": "Plug it in."}
        await screen.say(snapshot(notices=[{"n": 1, "what": "Old.", "why": "", "do": ""}]))
        await screen.say(snapshot(trouble=[told], notices=[{"n": 2, **told}]))
        assert screen.text().count("The camera is gone.") == 1

    play(story)


def test_an_extension_is_said() -> None:
    """A press that the recorder took as an extension is saved, and says that the moment goes on."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        screen.link.accept(screen.link.all("mark")[0], "extend", "m0")
        await screen.settle()
        assert "goes on" in screen.rows("●")[0]

    play(story)


def test_p_only_pauses_however_often_it_comes() -> None:
    """Ten times p are pause commands and nothing else, whatever the state; Ctrl+R is the one way back."""

    async def story(screen: Screen) -> None:
        await screen.press(*["p"] * 5)
        await screen.say(snapshot(state="paused"))
        assert "PAUSED" in screen.lines()[1]
        assert "Nothing is being filmed" in screen.text()
        await screen.press(*["p"] * 4, "P")
        assert [command["do"] for command in screen.link.sent] == ["watch"] + ["pause"] * 10
        await screen.press("ctrl+r")
        assert screen.link.sent[-1]["do"] == "resume"

    play(story)


@pytest.mark.parametrize("chord", ["ctrl+x", "ctrl+q", "ctrl+c"])
def test_ending_is_asked_and_enter_ends(chord: str) -> None:
    """The chord alone sends nothing; Enter after it sends one stop; the end is shown, and Enter then leaves."""

    async def story(screen: Screen) -> None:
        await screen.press(chord)
        assert "End, or go on?" in screen.text()
        assert not screen.link.all("stop")
        await screen.press("enter")
        (stop,) = screen.link.all("stop")
        await screen.say({"ack": stop["id"], "ok": True, "result": {}}, snapshot(state="closed"), {"lost": True})
        assert "ENDED" in screen.lines()[1]
        assert "Everything is saved" in screen.text()
        assert "/films/2026-11-22T0940-7f3a" in screen.text()
        await screen.press("i")
        assert not screen.link.all("mark")
        await screen.press("enter")

    assert play(story).return_value is True


def test_any_other_key_goes_on_and_still_marks() -> None:
    """The question and the help swallow no marker key, and Enter by itself ends nothing."""

    async def story(screen: Screen) -> None:
        await screen.press("ctrl+x", "i")
        assert "End, or go on?" not in screen.text()
        await screen.press("enter", "ctrl+x", "escape", "enter", "question_mark")
        assert "marks this moment" in screen.text()
        await screen.press("r")
        assert "marks this moment" not in screen.text()
        assert [command["do"] for command in screen.link.sent] == ["watch", "mark", "mark"]

    play(story)


def test_keys_that_mean_nothing_do_nothing() -> None:
    """Ctrl+Z, Tab, arrows, Escape and Textual's own Ctrl+P send nothing and end nothing; a wrong letter is told."""

    async def story(screen: Screen) -> None:
        await screen.press("ctrl+z", "tab", "up", "escape", "ctrl+p", "ctrl+backslash", "f1", "alt+i", "pagedown")
        await screen.press("z")
        assert "z marks nothing" in screen.text()
        assert [command["do"] for command in screen.link.sent] == ["watch"]

    play(story)


def test_what_the_recorder_adds_is_said() -> None:
    """A marker without a picture and a pause that was one already say so; something new that happened is told once."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        screen.link.accept(screen.link.all("mark")[0], said="paused: no picture")
        await screen.settle()
        assert "Initiative: saved  (paused: no picture)" in screen.text()
        await screen.press("p")
        (pause,) = screen.link.all("pause")
        await screen.say({"ack": pause["id"], "ok": True, "result": {"said": "It was paused already."}})
        assert "It was paused already." in screen.text()
        old = {"n": 1, "what": "Something old.", "why": "", "do": ""}
        new = {"n": 2, "what": "cam1: 12 pictures are missing (0.4 s).", "why": "Unplugged.", "do": ""}
        await screen.say(snapshot(notices=[old, new]))
        assert "12 pictures are missing" in screen.text()
        screen.pass_s(30)
        await screen.say(snapshot(notices=[old, new]))
        assert "12 pictures are missing" not in screen.text()

    play(story)


def test_an_acknowledged_end_is_the_end() -> None:
    """The acknowledged stop says closed: an older snapshot that arrives late changes nothing; a new recorder does."""

    async def story(screen: Screen) -> None:
        await screen.press("ctrl+x", "enter")
        (stop,) = screen.link.all("stop")
        closed = {"ack": stop["id"], "ok": True, "result": {"state": "closed"}}
        await screen.say(closed, snapshot(state="stopping"), {"lost": True})
        assert "Everything is saved" in screen.text()
        await screen.say({"back": True}, snapshot())
        assert "RECORDING" in screen.lines()[1]

    play(story)


def test_a_press_before_the_connection_is_sent_when_there_is_one() -> None:
    """What the link dropped because no recorder was there yet is sent when it is found."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        screen.link.sent.clear()
        await screen.say({"back": True})
        assert [command["do"] for command in screen.link.sent] == ["watch", "mark"]

    play(story, connected=False)


def test_before_the_first_answer_no_press_is_swallowed() -> None:
    """A key pressed before the vocabulary is known goes to the recorder as it is; the state is not guessed."""

    async def story(screen: Screen) -> None:
        await screen.settle()
        assert "LOOKING FOR THE RECORDER" in screen.text()
        await screen.press("I")
        assert [(mark["key"], mark["who"]) for mark in screen.link.all("mark")] == [("i", "other")]
        assert len(screen.rows("○")) == 1

    play(story, connected=False)


def test_a_lost_recorder_is_said_and_gets_everything_again() -> None:
    """While it is gone nothing claims to record; on its return what is pending is sent again with the same ids."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        screen.link.accept(screen.link.all("mark")[0])
        await screen.press("r")
        await screen.say({"lost": True})
        assert "NO CONNECTION" in screen.lines()[1]
        assert "RECORDING" not in screen.lines()[1]
        await screen.press("l")
        before = [command["id"] for command in screen.link.all("mark")]
        screen.link.sent.clear()
        await screen.say({"back": True})
        assert [command["do"] for command in screen.link.sent] == ["watch", "mark", "mark"]
        assert [command["id"] for command in screen.link.all("mark")] == before[1:]
        for mark in screen.link.all("mark"):
            screen.link.accept(mark)
        await screen.say(snapshot())
        assert screen.app.film.pending() == []
        assert "RECORDING" in screen.lines()[1]

    play(story)


def test_a_link_that_breaks_while_sending_loses_no_press() -> None:
    """An OSError from the link leaves the press pending, and a snapshot alone is enough to send it again."""

    async def story(screen: Screen) -> None:
        screen.link.broken = True
        await screen.press("i")
        assert len(screen.rows("○")) == 1
        await screen.settle()
        assert "NO CONNECTION" in screen.lines()[1]
        screen.link.broken = False
        await screen.say(snapshot())
        assert len(screen.link.all("mark")) == 1

    play(story)


def test_a_silent_recorder_is_not_called_recording() -> None:
    """After some seconds without a snapshot the screen stops repeating the last word, and may be left."""

    async def story(screen: Screen) -> None:
        screen.pass_s(10)
        await screen.settle()
        assert "NO ANSWER" in screen.lines()[1]
        await screen.press("ctrl+x")
        assert "film is left as it is" in screen.text()
        await screen.press("enter")
        assert not screen.link.all("stop")

    assert play(story).return_value is False


def test_a_stop_that_is_never_answered_lets_the_guider_leave() -> None:
    """More than five seconds after the stop, Enter closes the screen though the recorder still only says recording."""

    async def story(screen: Screen) -> None:
        await screen.press("ctrl+x", "enter")
        screen.pass_s(6)
        await screen.say(snapshot())
        assert "Not ended yet" in screen.text()
        await screen.press("ctrl+x", "enter")

    assert play(story).return_value is False


def test_an_end_without_the_recorders_word_is_not_called_saved() -> None:
    """Gone after the acknowledged stop, but never seen closed: the screen says what is not known."""

    async def story(screen: Screen) -> None:
        await screen.press("ctrl+x", "enter")
        await screen.say({"ack": screen.link.all("stop")[0]["id"], "ok": True, "result": {}}, {"lost": True})
        assert "ENDED" in screen.text()
        assert "Everything is saved" not in screen.text()
        assert "verify" in screen.text()

    play(story)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15), (1, 1)])
def test_every_size_is_drawn(size: tuple[int, int]) -> None:
    """From 60 columns on the state, the time and a pressed moment are there; no size at all breaks the screen."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        await screen.settle()
        if size[0] >= 60:
            assert "RECORDING" in screen.lines()[1]
            assert "0:00:59" in screen.lines()[1]
            assert len(screen.rows("○")) == 1
        if size[0] >= 80:
            text = screen.text()
            for words in ("ends by itself in 2 h 59 min", "live", "good", "No frame lost", "142 minutes", "Ctrl+X"):
                assert words in text
            assert all(f"  {key['label']} " in text for key in KEYS)

    play(story, size)


def test_resizing_while_filming_keeps_the_state_in_view() -> None:
    """After every change of size the state is in its place."""

    async def story(screen: Screen) -> None:
        for size in ((200, 60), (10, 3), (80, 24)):
            await screen.pilot.resize_terminal(*size)
            await screen.settle()
        assert "RECORDING" in screen.lines()[1]
        assert "Ctrl+X" in screen.lines()[-1]

    play(story)


def test_trouble_loss_and_little_room_are_said_in_words() -> None:
    """What, why and do stand there; lost frames, a dead camera and a filling disk are words with a sign."""

    async def story(screen: Screen) -> None:
        lost = snapshot()["snapshot"]["streams"][0] | {"state": "lost"}
        await screen.say(
            snapshot(
                streams=[lost],
                lost_frames=31,
                minutes_left=9.4,
                trouble=[{"what": "The camera is gone.", "why": "It was unplugged.", "do": "Plug it in."}],
            )
        )
        text = screen.text()
        for words in (
            "The camera is gone.",
            "It was unplugged.",
            "Plug it in.",
            "! 31 frames lost, and more now",
            "9 minutes only",
        ):
            assert words in text
        assert "SOUND ONLY" not in text.replace("SOUND ONLY: there is no picture now.", "", 1)
        assert "NOT RECORDED" in text

    play(story)


def test_a_picture_that_is_missing_now_is_never_called_no_loss() -> None:
    """While a camera is gone, which is counted only when it is back, the losses say so; in a pause nothing is lost."""

    async def story(screen: Screen) -> None:
        lost = [snapshot()["snapshot"]["streams"][0] | {"state": "lost"}]
        await screen.say(snapshot(streams=lost))
        assert "No frame lost" not in screen.text()
        assert "Frames are being lost now" in screen.text()
        await screen.say(snapshot(streams=lost, lost_frames=7))
        assert "7 frames lost, and more now" in screen.text()
        await screen.say(snapshot(streams=lost, state="paused"))
        assert "No frame lost" in screen.text()

    play(story)


def test_private_moments_are_a_dot() -> None:
    """The list can be read from the sofa: a private key's label is not in it."""

    async def story(screen: Screen) -> None:
        await screen.press("l")
        assert "Look" not in screen.rows("○")[0]
        assert "·" in screen.rows("○")[0]

    play(story)


MALFORMED: list[Any] = [
    None,
    7,
    "snapshot",
    [],
    {},
    {"ack": None},
    {"ack": [], "ok": True},
    {"ack": "unknown", "ok": True, "result": None},
    {"snapshot": None},
    {"snapshot": []},
    {"snapshot": {"state": 3, "streams": {"a": 1}, "markers": [1, None, {}], "vocabulary": [], "trouble": "x"}},
    {"snapshot": {"state": "dancing", "streams": [{}], "markers": [{"id": 5, "t_ns": "late", "label": None}]}},
    {"snapshot": {"state": "{0}{nothing}", "folder": "\x1b[2J\n", "recorded_ns": -5, "minutes_left": float("nan")}},
    {"snapshot": {"state": "recording", "t_ns": 1e300, "lost_frames": True, "minutes_left": 10**400}},
    {"snapshot": {"vocabulary": {"keys": [{"key": "", "label": 1}, {"key": "toolong", "colour": "[/]"}, 3]}}},
    {"snapshot": {"streams": [{"kind": "audio", "state": "live", "peak_dbfs": "loud", "rms_dbfs": float("inf")}]}},
    {"snapshot": {"trouble": [{"what": "[red]{x}[/"}, {}], "streams": [{"id": "{a}", "mode": "[b]", "state": "live"}]}},
]


def test_malformed_messages_change_nothing_that_matters() -> None:
    """Whatever the recorder says the screen lives on, keeps its presses, and shows the next good snapshot."""

    async def story(screen: Screen) -> None:
        for number, message in enumerate(MALFORMED):
            await screen.say(message)
            await screen.press("ir"[number % 2])
            assert len(screen.link.all("mark")) == number + 1, message
        await screen.say(snapshot())
        assert "RECORDING" in screen.lines()[1]
        assert len(screen.app.film.pending()) == len(MALFORMED)
        assert len(screen.rows("○")) == 2

    play(story)


def test_an_unclear_acknowledgement_is_none() -> None:
    """An answer without a true or false leaves the press on its way: it may not look saved."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        (mark,) = screen.link.all("mark")
        for odd in ({}, {"ok": None}, {"ok": 1}, {"ok": "yes"}):
            await screen.say({"ack": mark["id"], **odd})
        assert len(screen.rows("○")) == 1
        await screen.say({"ack": mark["id"], "ok": True, "result": {"saved": False}})
        assert len(screen.rows("×")) == 1
        assert not screen.rows("●")

    play(story)


def test_the_work_of_a_press_does_not_grow_with_the_markers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 5,000 markers behind it a press draws as few lines, and keeps as few rows, as with none."""

    async def story(screen: Screen) -> None:
        many = [
            {"id": f"m{n}", "key": "i", "label": "Initiative", "who": "self", "t_ns": n, "saved": True}
            for n in range(5_000)
        ]
        await screen.say(snapshot(markers=many, marker_count=5_000))
        assert "(5000 in all)" in screen.text()
        assert len(screen.app.film.shown.markers) <= 40
        drawn: list[str] = []
        update = Panel.update

        def note(panel: Panel, *rest: Any, **options: Any) -> None:
            drawn.append(panel.id or "")
            update(panel, *rest, **options)

        monkeypatch.setattr(Panel, "update", note)
        await screen.press("i")
        assert drawn.count("markers") == 1
        assert set(drawn) == {"markers"}

    play(story)


def test_snapshots_are_drawn_at_the_timers_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand snapshots between two ticks are one drawing of the newest."""

    async def story(screen: Screen) -> None:
        taken: list[Any] = []
        take = screen.app.film.take_snapshot

        def note(raw: object, now_ns: int) -> None:
            taken.append(raw)
            take(raw, now_ns)

        monkeypatch.setattr(screen.app.film, "take_snapshot", note)
        screen.link.say(*[snapshot(lost_frames=number) for number in range(1_000)])
        screen.app._tick()
        assert len(taken) == 1
        assert screen.app.film.shown.lost_frames == 999

    play(story)


def test_run_closes_its_link_and_says_how_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 when the session has ended, 3 when the screen was left, 1 when it failed; the link is closed in every case."""
    for result, code in ((True, 0), (False, LEFT), (None, 1)):
        link = FakeLink()
        monkeypatch.setattr(VigApp, "run", lambda _app, mouse, result=result: result)
        assert run(link) == code
        assert link.closed
