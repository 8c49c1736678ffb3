"""What each key means on the film screen: as terminals spell it, held down, asked back, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual import events

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
