"""A press of a marker key: drawn at once, sent with its own moment, saved only by the recorder's word."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events

from tests.tui.made_up import CLOCK, Screen, play, snapshot
from vig_capture.core.time import SECOND_NS
from vig_capture.devices import clock
from vig_capture.tui.panel import Panel


def test_a_press_is_drawn_at_once_and_saved_only_when_acknowledged() -> None:
    """○ stands there before any answer; ● only after the recorder's word; the command tells key, person and moment."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        assert len(screen.rows("○")) == 1
        assert "Initiative" in screen.rows("○")[0]
        assert not screen.rows("●")
        (mark,) = screen.link.all("mark")
        assert (mark["key"], mark["who"], mark["note"], mark["uncertain"]) == ("i", "self", "", False)
        assert mark["mono_ns"] == CLOCK.mono_ns()
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


def test_keys_are_stamped_with_the_hosts_monotonic_clock() -> None:
    """Textual's clock and devices/clock.py are one: a stamp lies between two readings around it."""
    before_ns = clock.mono_ns()
    stamp_ns = round(events.Key("i", "i").time * SECOND_NS)
    assert before_ns <= stamp_ns <= clock.mono_ns()


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


def test_an_extension_is_said() -> None:
    """A press that the recorder took as an extension is saved, and says that the moment goes on."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        screen.link.accept(screen.link.all("mark")[0], "extend", "m0")
        await screen.settle()
        assert "goes on" in screen.rows("●")[0]

    play(story)


def test_private_moments_are_a_dot() -> None:
    """The list can be read from the sofa: a private key's label is not in it."""

    async def story(screen: Screen) -> None:
        await screen.press("l")
        assert "Look" not in screen.rows("○")[0]
        assert "·" in screen.rows("○")[0]

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
        assert set(drawn) == {"header", "markers"}

    play(story)
