"""What each key means on the film screen: as terminals spell it, held down, asked back, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from tests.tui.made_up import CLOCK, Screen, at, play, snapshot
from vig_capture.core.time import SECOND_NS
from vig_capture.tui.held import REPEAT_NS


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


class HandTimer:
    """A timer that runs out when the test says so."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def stop(self) -> None:
        self._callback = None

    def run_out(self) -> None:
        if self._callback is not None:
            self._callback()


def test_a_held_backspace_takes_back_one_act(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first press its repeats send nothing; others are sent, in order with other keys."""

    async def story(screen: Screen) -> None:
        timers: list[HandTimer] = []

        def set_timer(delay_s: float, callback: Callable[[], None]) -> HandTimer:
            assert delay_s == REPEAT_NS / SECOND_NS
            timers.append(HandTimer(callback))
            return timers[-1]

        monkeypatch.setattr(screen.app, "set_timer", set_timer)
        start = CLOCK.mono_ns() / SECOND_NS
        for seconds in (0.0, 0.5, 0.533, 0.566, 0.6):
            await screen.app.on_event(at("backspace", seconds, start))
        assert len(timers) == 1
        timers[0].run_out()
        assert len(screen.link.all("undo")) == 1
        await screen.app.on_event(at("backspace", 0.9, start))
        assert len(screen.link.all("undo")) == 1
        await screen.press("i")
        assert [each["do"] for each in screen.link.sent[-2:]] == ["undo", "mark"]
        assert screen.link.sent[-2]["mono_ns"] == round((start + 0.9) * SECOND_NS)
        await screen.app.on_event(at("backspace", 1.2, start))
        assert len(screen.link.all("undo")) == 2
        timers[-1].run_out()
        assert len(screen.link.all("undo")) == 3

    play(story)


def test_a_held_chord_asks_and_films_again_once() -> None:
    """Ctrl+X held down keeps asking and does not flicker; Ctrl+R held down is one command."""

    async def story(screen: Screen) -> None:
        start = CLOCK.mono_ns() / SECOND_NS
        for seconds in (0.0, 0.5, 0.533, 0.566):
            await screen.app.on_event(at("ctrl+x", seconds, start))
            assert screen.app.film.asking
        for seconds in (1.0, 1.5, 1.533):
            await screen.app.on_event(at("ctrl+r", seconds, start))
        assert len(screen.link.all("resume")) == 1

    play(story)


def test_p_only_pauses_however_often_it_comes() -> None:
    """Ten times p are pause commands and nothing else, whatever the state; Ctrl+R is the one way back, and says so."""

    async def story(screen: Screen) -> None:
        for number in range(10):
            await screen.press("P" if number % 3 == 2 else "p")
            screen.pass_s(1)
            if number == 4:
                await screen.say(snapshot(state="paused"))
                assert "PAUSED" in screen.lines()[1]
                assert "Nothing is being filmed" in screen.text()
        assert [command["do"] for command in screen.link.sent] == ["watch"] + ["pause"] * 10
        await screen.press("ctrl+r")
        assert screen.link.sent[-1]["do"] == "resume"
        await screen.say({"ack": screen.link.sent[-1]["id"], "ok": True, "result": {"state": "recording"}})
        assert "FILMING AGAIN" in screen.text()

    play(story)


def test_a_held_p_pauses_once() -> None:
    """A key that is held down for three seconds is one pause, and no letter of anything else."""

    async def story(screen: Screen) -> None:
        start = CLOCK.mono_ns() / SECOND_NS
        for seconds in (0.0, *(0.5 + number * 0.033 for number in range(75))):
            event = at("p", seconds, start)
            event.character = "p"
            await screen.app.on_event(event)
        assert [command["do"] for command in screen.link.sent] == ["watch", "pause"]

    play(story)


@pytest.mark.parametrize("chord", ["ctrl+x", "ctrl+q", "ctrl+c"])
def test_ending_is_asked_and_enter_ends(chord: str) -> None:
    """The chord pauses and asks; Enter after it sends one stop; the end is shown, and Enter then leaves."""

    async def story(screen: Screen) -> None:
        await screen.press(chord)
        assert "End, or go on?" in screen.text()
        assert len(screen.link.all("pause")) == 1
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


def test_question_and_help_swallow_no_marker_key() -> None:
    """A marker key marks under the question, which stays, and under the help, which goes; Esc films again."""

    async def story(screen: Screen) -> None:
        await screen.press("ctrl+x", "i")
        assert "End, or go on?" in screen.text()
        await screen.press("escape")
        assert "End, or go on?" not in screen.text()
        await screen.press("question_mark")
        assert "marks this moment" in screen.text()
        await screen.press("r")
        assert "marks this moment" not in screen.text()
        assert [command["do"] for command in screen.link.sent] == ["watch", "pause", "mark", "resume", "mark"]

    play(story)


def test_going_on_leaves_a_film_paused_that_was_paused_before() -> None:
    """Who paused and then asked to end gets no film by going on with Esc; only Ctrl+R films again."""

    async def story(screen: Screen) -> None:
        await screen.press("p")
        await screen.press("ctrl+x", "escape")
        await screen.say(snapshot(state="paused"))
        await screen.press("ctrl+x")
        assert "leave it so" in screen.text()
        await screen.press("escape")
        assert [command["do"] for command in screen.link.sent] == ["watch", "pause"]
        await screen.press("ctrl+x", "ctrl+r")
        assert screen.link.sent[-1]["do"] == "resume"

    play(story)


def test_a_terminal_that_reports_shift_by_itself_marks_once() -> None:
    """With kitty's protocol Shift and Caps Lock are keys of their own: one mark, and the question stays."""

    async def story(screen: Screen) -> None:
        await screen.press("ctrl+x")
        sequences = ("\x1b[57441;2u", "\x1b[57358;65u", "\x1b[105;2;73u", "\x1b[57442;5u")
        for sequence in sequences:
            for event in XTermParser().feed(sequence):
                assert isinstance(event, events.Key)
                await screen.app.on_event(event)
        assert [(mark["key"], mark["who"]) for mark in screen.link.all("mark")] == [("i", "other")]
        assert screen.app.film.asking

    play(story)


def test_remotes_and_number_pads_mark() -> None:
    """Page Down and Page Up are the first two keys, as the digits 1 and 2 are, also as a number pad sends them."""

    async def story(screen: Screen) -> None:
        await screen.press("pagedown", "pageup")
        for sequence in ("\x1b[57401;1;50u", "\x1bOq", "\x1b[57422u"):
            for event in XTermParser().feed(sequence):
                assert isinstance(event, events.Key)
                await screen.app.on_event(event)
        assert [mark["key"] for mark in screen.link.all("mark")] == ["space", "i", "i", "space", "space"]

    play(story)


def test_keys_that_mean_nothing_do_nothing() -> None:
    """Ctrl+Z, arrows, Escape and Textual's own Ctrl+P send nothing and end nothing; a wrong letter is told."""

    async def story(screen: Screen) -> None:
        await screen.press("ctrl+z", "left", "home", "escape", "ctrl+p", "ctrl+backslash", "f12", "alt+i")
        await screen.press("z")
        assert "z marks nothing" in screen.text()
        assert [command["do"] for command in screen.link.sent] == ["watch"]

    play(story)
