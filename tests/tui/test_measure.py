"""A measure's film: keys mark as always, and nothing of what they mark is to be read."""

from __future__ import annotations

from typing import Any

from tests.tui.made_up import Screen, play, snapshot
from vig_capture.core.time import SECOND_NS

MARKERS = [
    {"id": "m1", "key": "i", "label": "Initiative", "who": "self", "t_ns": 41 * SECOND_NS, "saved": True, "star": True},
    {"id": "m2", "key": "l", "label": "Look", "who": "other", "t_ns": 45 * SECOND_NS, "saved": True, "private": True},
]
TELLING = ("Initiative", "Reception", "Look", "0:00:41", "0:00:45", "0:01:01", "★", "11")


def measured(**changes: Any) -> dict[str, Any]:
    """A snapshot of a measure's film with two moments of eleven."""
    return snapshot(**({"measure": True, "markers": MARKERS, "marker_count": 11} | changes))


def test_nothing_is_told_of_moments() -> None:
    """Neither the list, nor the legend, nor the last moment, nor an open stretch, in a small window and a large one."""

    async def story(screen: Screen) -> None:
        await screen.say(measured(stretch_since_ns=40 * SECOND_NS))
        shown = screen.text()
        assert not [word for word in (*TELLING, "0:00:40") if word in shown]
        assert "saved and not shown" in shown

    play(story)
    play(story, (120, 40))


def test_a_press_is_sent_saved_and_not_named() -> None:
    """A press says ○ and then ● saved, without what or when; the recorder gets the key itself."""

    async def story(screen: Screen) -> None:
        await screen.say(measured())
        await screen.press("i")
        assert "○ saving" in screen.text()
        (mark,) = screen.link.all("mark")
        assert (mark["key"], mark["who"]) == ("i", "self")
        screen.link.accept(mark)
        await screen.settle()
        assert "● saved" in screen.text()
        assert not [word for word in TELLING if word in screen.text()]

    play(story)


def test_a_refusal_is_seen_all_the_same() -> None:
    """What was not saved has to be known, in this kind of film too."""

    async def story(screen: Screen) -> None:
        await screen.say(measured())
        await screen.press("i")
        screen.link.refuse(screen.link.all("mark")[0], "The disk is full.")
        await screen.settle()
        assert "NOT SAVED" in screen.text()
        assert "The disk is full." in screen.text()
        assert "Initiative" not in screen.text()

    play(story)


def test_what_is_said_of_the_last_moment_does_not_name_it() -> None:
    """A star, the other person and a note are for the last moment, and say no more of it than that."""

    async def story(screen: Screen) -> None:
        await screen.say(measured())
        await screen.press("full_stop", "enter")
        await screen.type("a word")
        await screen.settle()
        assert "the last moment" in screen.text()
        assert not [word for word in TELLING if word in screen.text()]

    play(story)


def test_other_films_show_their_moments() -> None:
    """Only true means it."""

    async def story(screen: Screen) -> None:
        for measure in (False, None, "no"):
            await screen.say(measured(measure=measure))
            assert "Initiative" in screen.text()

    play(story)
