"""The note on the last moment: its text is exact, it makes and undoes nothing, and it cannot stay in the way."""

from __future__ import annotations

import pytest
from textual import events

from tests.tui.made_up import Screen, play, snapshot


def test_the_text_is_exact_and_letters_do_not_mark() -> None:
    """Letters, digits, signs and Backspace write; Enter sends one note on the moment it was begun on."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        mark = screen.link.all("mark")[0]
        screen.link.accept(mark)
        await screen.settle()
        await screen.press("enter")
        assert "typing: letters do not mark" in screen.text()
        await screen.type("pause, she said. 3 - 2? É +sx")
        await screen.press("backspace")
        assert "pause, she said. 3 - 2? É +s" in screen.text()
        await screen.press("enter")
        assert [each["do"] for each in screen.link.sent] == ["watch", "mark", "note"]
        note = screen.link.sent[-1]
        assert (note["note"], note["of"]) == ("pause, she said. 3 - 2? É +s", mark["id"])
        assert "typing" not in screen.text()
        screen.link.done(note)
        await screen.settle()
        assert "The note on Initiative is saved" in screen.text()

    play(story)


def test_page_down_marks_while_a_note_is_written() -> None:
    """A remote marks all the same; the note goes on, and stays with the moment it was begun on."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        first = screen.link.all("mark")[0]
        await screen.press("enter")
        await screen.type("so ")
        await screen.press("pagedown", "pageup")
        await screen.type("warm")
        await screen.press("enter")
        assert [each["key"] for each in screen.link.all("mark")] == ["i", "space", "i"]
        (note,) = screen.link.all("note")
        assert (note["note"], note["of"]) == ("so warm", first["id"])

    play(story)


def test_escape_drops_and_nothing_typed_is_no_note() -> None:
    """Esc sends nothing, and an empty line sends nothing; both say so. After that letters mark again."""

    async def story(screen: Screen) -> None:
        await screen.press("i", "enter")
        await screen.type("wrong")
        await screen.press("escape")
        assert "The note is dropped" in screen.text()
        screen.pass_s(1)
        await screen.press("enter")
        screen.pass_s(1)
        await screen.press("enter")
        assert "no note" in screen.text()
        await screen.press("r")
        assert [each["do"] for each in screen.link.sent] == ["watch", "mark", "mark"]

    play(story)


def test_ten_seconds_of_silence_keep_it() -> None:
    """Nine seconds after the last letter it is still open; after ten it is kept as it is."""

    async def story(screen: Screen) -> None:
        await screen.press("i", "enter")
        screen.pass_s(8)
        await screen.type("kind")
        screen.pass_s(9)
        await screen.settle()
        assert not screen.link.all("note")
        screen.pass_s(1.5)
        await screen.settle()
        assert [each["note"] for each in screen.link.all("note")] == ["kind"]
        await screen.press("r")
        assert screen.link.sent[-1]["do"] == "mark"

    play(story)


def test_a_held_enter_opens_one_note() -> None:
    """The repeats of the Enter that opened it neither keep nor reopen it."""

    async def story(screen: Screen) -> None:
        await screen.press("i", "enter")
        for seconds in (0.5, *[0.033] * 10):
            screen.pass_s(seconds)
            await screen.press("enter")
        assert screen.app.film.note is not None
        await screen.type("a")
        await screen.press("enter", "enter")
        assert len(screen.link.all("note")) == 1
        assert screen.app.film.note is None

    play(story)


@pytest.mark.parametrize("chord", ["ctrl+x", "ctrl+c", "ctrl+q"])
def test_ending_keeps_the_note_first(chord: str) -> None:
    """The end's key is no letter: it keeps what was typed, pauses and asks."""

    async def story(screen: Screen) -> None:
        await screen.press("i", "enter")
        await screen.type("kind")
        await screen.press(chord)
        assert [each["do"] for each in screen.link.sent] == ["watch", "mark", "note", "pause"]
        assert "End, or go on?" in screen.text()

    play(story)


def test_a_pasted_text_belongs_to_the_note_alone() -> None:
    """In the note it is one line without control characters; elsewhere it marks nothing."""

    async def story(screen: Screen) -> None:
        await screen.app.on_event(events.Paste("iii"))
        await screen.press("i", "enter")
        await screen.app.on_event(events.Paste("one\ntwo\x1b[2J"))
        await screen.press("enter")
        assert [each["note"] for each in screen.link.all("note")] == ["one two [2J"]
        assert len(screen.link.all("mark")) == 1

    play(story)


def test_a_note_on_a_private_moment_does_not_name_it() -> None:
    """The line may be read from the sofa: the moment is a dot there too."""

    async def story(screen: Screen) -> None:
        await screen.press("l", "enter")
        assert "Note on ·:" in screen.text()

    play(story)


def test_a_lost_recorder_gets_the_note_when_it_is_back() -> None:
    """The note stays on its way, and is sent again with the same id."""

    async def story(screen: Screen) -> None:
        await screen.press("i", "enter")
        await screen.type("kind")
        await screen.say({"lost": True})
        await screen.press("enter")
        assert not screen.link.all("note")
        await screen.say({"back": True}, snapshot())
        (note,) = screen.link.all("note")
        assert note["note"] == "kind"
        assert screen.link.sent.index(note) > screen.link.sent.index(screen.link.all("mark")[-1])

    play(story)
