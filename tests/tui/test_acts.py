"""What a guider says of the last moment, and what else one key does: each is one command, and is told in words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.made_up import KEYS, Screen, play, snapshot
from vig_capture.tui import keymap

GOALS = [{"id": "g1", "label": "waiting"}, {"id": "g2", "label": "naming"}]


def marker(name: str, **changes: Any) -> dict[str, Any]:
    """A marker of the recorder's list."""
    return {"id": name, "key": "i", "label": "Initiative", "who": "self", "t_ns": 5, "saved": True} | changes


def fields(command: dict[str, Any]) -> dict[str, Any]:
    """What a command says, without its id and moment."""
    return {name: value for name, value in command.items() if name not in ("id", "mono_ns")}


def test_star_goal_and_person_speak_of_the_last_moment() -> None:
    """Of a saved moment they name it; of the recorder's last one, when nothing was pressed here, that one."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(markers=[marker("m1"), marker("m2", goal="")], sheet={"goals": GOALS}))
        await screen.press(".", ",", "tab")
        star, goal, give = screen.link.sent[1:]
        assert fields(star) == {"do": "star", "of": "m2", "on": True}
        assert fields(goal) == {"do": "goal", "of": "m2", "goal": "g1"}
        assert fields(give) == {"do": "edit", "of": "m2", "fields": {"who": "other"}}
        await screen.press("r")
        mark = screen.link.sent[-1]
        screen.link.accept(mark)
        await screen.settle()
        screen.pass_s(1)
        await screen.press(".")
        assert fields(screen.link.sent[-1]) == {"do": "star", "of": mark["id"], "on": True}

    play(story)


def test_what_is_not_answered_yet_is_called_the_last() -> None:
    """A press may become the extension of an earlier moment, so that its id is named only when it is certain."""

    async def story(screen: Screen) -> None:
        await screen.press("i", ".")
        assert fields(screen.link.sent[-1]) == {"do": "star", "on": True}
        screen.link.accept(screen.link.sent[1], "extend", "m7")
        await screen.settle()
        await screen.press("tab")
        assert fields(screen.link.sent[-1]) == {"do": "edit", "of": "m7", "fields": {"who": "other"}}

    play(story)


def test_tab_gives_a_moment_to_the_other_person_and_back() -> None:
    """Each Tab turns the person, on the screen at once; a refusal turns it back."""

    async def story(screen: Screen) -> None:
        await screen.press("i", "tab")
        assert "Initiative · the child" in screen.lines()[2]
        assert "Initiative · the child" in screen.rows("○")[0]
        screen.pass_s(1)
        await screen.press("tab")
        assert "the child" not in screen.lines()[2]
        screen.pass_s(1)
        await screen.press("tab")
        gives = screen.link.all("edit")
        assert [each["fields"]["who"] for each in gives] == ["other", "self", "other"]
        screen.link.refuse(gives[-1], "The film is over.")
        await screen.settle()
        assert "NOT CHANGED" in screen.text()
        assert "the child" not in screen.rows("○")[0]

    play(story)


def test_goals_go_round() -> None:
    """Each comma is the next goal, by its short label, then none, then the first again; without goals it is said."""

    async def story(screen: Screen) -> None:
        await screen.press("i", ",")
        assert "No goals" in screen.text()
        assert not screen.link.all("goal")
        await screen.say(snapshot(sheet={"goals": [*GOALS, "turns", {"label": ""}, 7]}))
        said = []
        for _ in range(5):
            screen.pass_s(1)
            await screen.press(",")
            said.append(screen.lines()[2])
        assert [each["goal"] for each in screen.link.all("goal")] == ["g1", "g2", "turns", "", "g1"]
        assert "→ waiting" in said[0]
        assert "→ turns" in said[2]
        assert "→" not in said[3]

    play(story)


def test_goals_that_are_pressed_quickly_all_count_and_a_held_comma_is_one() -> None:
    """Presses further apart than a held key's repeats each count; the next other key does not overtake them."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(sheet={"goals": GOALS}))
        await screen.press("i", ",")
        for _ in range(2):
            screen.pass_s(0.3)
            await screen.press(",")
        await screen.press("r")
        assert [each["do"] for each in screen.link.sent[1:]] == ["mark", "goal", "goal", "goal", "mark"]
        screen.pass_s(1)
        await screen.press(",")
        for seconds in (0.5, *[0.033] * 20):
            screen.pass_s(seconds)
            await screen.press(",")
        await screen.press("i")
        assert len(screen.link.all("goal")) == 4

    play(story)


def test_a_star_is_given_once() -> None:
    """A second press says that it is there already; what the recorder shows as starred counts too."""

    async def story(screen: Screen) -> None:
        await screen.press("i", ".")
        assert "★" in screen.lines()[2]
        screen.pass_s(1)
        await screen.press(".")
        assert "has its star already" in screen.text()
        assert len(screen.link.all("star")) == 1

    play(story)


def test_without_a_moment_nothing_is_sent() -> None:
    """Star, goal, person and note need a moment, and say so."""

    async def story(screen: Screen) -> None:
        for key in (".", ",", "tab", "enter"):
            await screen.press(key)
            screen.pass_s(1)
            assert "There is no moment yet" in screen.text()
        assert len(screen.link.sent) == 1
        assert screen.app.film.note is None

    play(story)


def test_right_after_an_undo_the_last_moment_is_not_guessed() -> None:
    """Until the recorder tells which moment is the last now, no star goes to the one that was taken back."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(markers=[marker("m1"), marker("m2")]))
        await screen.press("backspace", ".")
        assert "Not yet" in screen.text()
        screen.link.done(screen.link.all("undo")[0], act="undo", of="m2", kind="marker")
        await screen.settle()
        assert "The last moment is taken back" in screen.text()
        await screen.say(snapshot(markers=[marker("m1")]))
        screen.pass_s(1)
        await screen.press(".")
        assert screen.link.sent[-1]["of"] == "m1"

    play(story)


@pytest.mark.parametrize(
    ("key", "sent", "result", "said"),
    [
        ("ctrl+y", {"do": "redo"}, {}, "there again"),
        ("-", {"do": "stretch"}, {"open": True}, "A stretch begins: saved. - ends it."),
        ("-", {"do": "stretch"}, {"open": False}, "The stretch has ended"),
        ("s", {"do": "still"}, {}, "A still picture is saved"),
        ("+", {"do": "later", "minutes": 10}, {}, "10 minutes later"),
        ("f4", {"do": "later", "minutes": 10}, {}, "10 minutes later"),
    ],
)
def test_one_key_is_one_command_and_is_told(key: str, sent: dict[str, Any], result: dict[str, Any], said: str) -> None:
    """It is sent with the moment of the press, said to be under way, and said to be done by the recorder's word."""

    async def story(screen: Screen) -> None:
        await screen.press(key)
        command = screen.link.sent[-1]
        assert fields(command) == sent
        assert command["mono_ns"] > 0
        assert "●" not in screen.app.film.said.text
        screen.link.done(command, **result)
        await screen.settle()
        assert said in screen.text()
        assert screen.app.film.pending() == []

    play(story)


def test_a_still_picture_that_is_refused_is_said_plainly() -> None:
    """A recorder that cannot take one says why, and that there is none."""

    async def story(screen: Screen) -> None:
        await screen.press("S")
        screen.link.refuse(screen.link.all("still")[0], "The recorder does not know 'still'.")
        await screen.settle()
        assert "NO STILL PICTURE WAS TAKEN" in screen.text()
        assert "does not know 'still'" in screen.text()

    play(story)


def test_ten_minutes_more_each_time() -> None:
    """Two presses are twenty minutes; shortly before the end its key is named beside it."""

    async def story(screen: Screen) -> None:
        await screen.press("+")
        screen.pass_s(1)
        await screen.press("=")
        assert [each["minutes"] for each in screen.link.all("later")] == [10, 10]
        await screen.say(snapshot(latest_end_ns=(60 + 240) * 1_000_000_000))
        assert "ends by itself in 4 min: + gives 10 more" in screen.text()

    play(story)


def test_after_a_stretch_the_last_moment_is_the_stretch() -> None:
    """A snapshot that was made before the recorder's answer, and comes after it, does not tell which is the last."""

    async def story(screen: Screen) -> None:
        before = snapshot(markers=[marker("m1")])
        await screen.say(before)
        screen.pass_s(0.1)
        await screen.press("-")
        screen.link.done(screen.link.all("stretch")[0], open=True)
        await screen.settle()
        await screen.say(before)
        await screen.press(".")
        assert "Not yet" in screen.text()
        await screen.say(snapshot(markers=[marker("m1"), marker("m2", key="-", label="Stretch", open=True)]))
        screen.pass_s(1)
        await screen.press(".")
        assert screen.link.sent[-1]["of"] == "m2"

    play(story)


def test_an_open_stretch_is_shown_until_it_ends() -> None:
    """Since when it is open stands in the uppermost band; in the list it has a beginning, later an end."""

    async def story(screen: Screen) -> None:
        stretch = marker("m1", key="-", label="Stretch", t_ns=61_000_000_000, open=True)
        await screen.say(snapshot(stretch_since_ns=61_000_000_000, markers=[stretch]))
        assert "A stretch is open since 0:01:01" in screen.lines()[0]
        assert "0:01:01 and on  Stretch" in screen.text()
        ended = stretch | {"open": False, "until_ns": 65_000_000_000}
        await screen.say(snapshot(stretch_since_ns=None, markers=[ended]))
        assert "open since" not in screen.text()
        assert "0:01:01 to 0:01:05  Stretch" in screen.text()

    play(story)


def test_moments_without_a_film_say_so() -> None:
    """In a pause a press is sent and saved, and the status line says that it has no picture."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(state="paused"))
        await screen.press("i")
        assert len(screen.link.all("mark")) == 1
        assert "Initiative: marked without a picture" in screen.text()
        await screen.press("l")
        assert "·: marked without a picture" in screen.text()

    play(story)


# Caps Lock --------------------------------------------------------------------------------------------------------


def test_six_capitals_suggest_caps_lock_and_one_key_gives_them_back() -> None:
    """Down turns the six into small letters, each moment once, also when two presses became one marker."""

    async def story(screen: Screen) -> None:
        for letter in "IRLIR":
            await screen.press(letter)
            screen.pass_s(2)
        assert "Caps Lock" not in screen.text()
        await screen.press("L")
        assert "is Caps Lock on?" in screen.text()
        marks = screen.link.all("mark")
        for mark in marks[:3]:
            screen.link.accept(mark)
        screen.link.accept(marks[3], "extend", marks[0]["id"])
        await screen.settle()
        await screen.press("down")
        edits = screen.link.all("edit")
        assert [each["of"] for each in edits] == [marks[number]["id"] for number in (0, 1, 2, 4, 5)]
        assert all(each["fields"] == {"who": "self"} for each in edits)
        assert "the child" not in "".join(screen.rows("○"))
        screen.pass_s(1)
        await screen.press("down")
        assert "no six capitals" in screen.text()
        assert len(screen.link.all("edit")) == 5

    play(story)


def test_caps_lock_is_suggested_once_and_a_small_letter_ends_the_row() -> None:
    """Five capitals, a small letter and five more suggest nothing; after a suggestion there is no second one."""

    async def story(screen: Screen) -> None:
        async def press(letters: str) -> None:
            for letter in letters:
                screen.pass_s(2)
                await screen.press(letter)

        await press("IRLIRiIRLIR")
        assert "Caps Lock" not in screen.text()
        await press("L")
        assert "Caps Lock" in screen.text()
        await press("iIRLIRLIRL")
        assert "Caps Lock" not in screen.text()
        assert not screen.link.all("edit")

    play(story)


def test_a_held_capital_is_one() -> None:
    """Presses of a held key share one moment, and one moment is no row of six."""

    async def story(screen: Screen) -> None:
        await screen.press(*["I"] * 10)
        assert "Caps Lock" not in screen.text()
        assert len(screen.link.all("mark")) == 10

    play(story)


def test_keys_of_a_made_up_vocabulary_are_not_the_screens() -> None:
    """What the other tests press marks, and is no command."""
    assert all(keymap.shipped().command(str(key["key"])) == "" for key in KEYS)
