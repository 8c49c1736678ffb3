"""What of the film screen outlives it: dim and a half-typed note are there again after it was killed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.made_up import CLOCK, FakeLink, Screen, play, snapshot
from vig_capture.core.time import SECOND_NS
from vig_capture.tui.app import VigApp, run

MARKER = {"id": "m1", "key": "i", "label": "Initiative", "who": "self", "t_ns": 5 * SECOND_NS, "saved": True}


class Around:
    """The command's side: what is kept, in memory, and how often it was written."""

    def __init__(self) -> None:
        self.now: dict[str, Any] = {}
        self.written = 0

    def kept(self) -> dict[str, Any]:
        return self.now

    def keep(self, kept: dict[str, Any]) -> None:
        self.now = kept
        self.written += 1


@pytest.fixture
def around() -> Around:
    return Around()


async def settle(screen: Screen) -> None:
    """Until what is written beside the screen is written."""
    screen.pass_s(0.3)
    await screen.settle()
    await screen.app.workers.wait_for_complete()
    await screen.settle()


def killed_while_typing(around: Around, text: str = "so war") -> None:
    """A screen that dims, opens a note on a saved moment, and is killed."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(markers=[MARKER]))
        await screen.press("f3", "enter")
        await screen.type(text)
        await settle(screen)

    play(story, around=around)
    assert around.now, "something is kept"


def test_the_letters_that_follow_are_the_notes(around: Around) -> None:
    """Killed in the middle of a word: the next screen, before any word of the recorder, types on and marks nothing."""
    killed_while_typing(around)

    async def story(screen: Screen) -> None:
        await screen.type("m")
        await screen.say({"back": True}, snapshot(markers=[MARKER]))
        assert "so warm" in screen.text()
        await screen.press("enter")
        (note,) = screen.link.all("note")
        assert (note["note"], note["of"]) == ("so warm", "m1")
        assert not screen.link.all("mark")

    play(story, connected=False, around=around)


def test_a_note_without_a_letter_yet_is_open_again(around: Around) -> None:
    """Opened and nothing typed: the letters typed after the screen died are the note's."""
    killed_while_typing(around, "")

    async def story(screen: Screen) -> None:
        await screen.type("kind")
        await screen.say({"back": True}, snapshot(markers=[MARKER]))
        await screen.press("enter")
        assert [each["note"] for each in screen.link.all("note")] == ["kind"]
        assert not screen.link.all("mark")

    play(story, connected=False, around=around)


def test_an_old_note_is_sent(around: Around) -> None:
    """In which nothing was typed for more than ten seconds: it is sent as it is, and letters mark."""
    killed_while_typing(around)
    CLOCK.wait(11)

    async def story(screen: Screen) -> None:
        await screen.type("r")
        await screen.say({"back": True}, snapshot(markers=[MARKER]))
        await screen.settle()
        assert [each["key"] for each in screen.link.all("mark")] == ["r"]
        (note,) = screen.link.all("note")
        assert (note["note"], note["of"]) == ("so war", "m1")
        await settle(screen)
        assert around.now["note"] is None

    play(story, connected=False, around=around)


def test_dim_stays_dim(around: Around) -> None:
    """The room stays dark when the screen comes back, before the recorder is heard; F3 ends it, and nothing is kept."""
    killed_while_typing(around)
    CLOCK.wait(20)

    async def story(screen: Screen) -> None:
        await screen.settle()
        assert screen.app.screen.has_class("dim")
        await screen.say({"back": True}, snapshot(markers=[MARKER]))
        assert screen.app.screen.has_class("dim")
        await screen.press("f3")
        await settle(screen)
        assert around.now == {}

    play(story, connected=False, around=around)


def test_of_another_film_nothing_is_taken_up(around: Around) -> None:
    """What was kept of another session goes as soon as the recorder names its own."""
    killed_while_typing(around)

    async def story(screen: Screen) -> None:
        assert screen.app.film.note is not None
        await screen.say({"back": True}, snapshot(folder="/films/another"))
        assert screen.app.film.note is None
        assert not screen.app.film.dim
        assert not screen.link.all("note")
        await settle(screen)
        assert around.now == {}

    play(story, connected=False, around=around)


@pytest.mark.parametrize(
    "kept",
    [
        {"mono_ns": 1 << 62, "folder": "/films/2026-11-22T0940-7f3a", "dim": True, "note": {"of": "", "text": "a"}},
        {"mono_ns": "early", "folder": "/films/2026-11-22T0940-7f3a", "dim": True},
        {"mono_ns": 1, "folder": 7, "dim": True, "note": []},
        {"note": "x"},
    ],
)
def test_what_cannot_be_of_this_computers_day_is_left(around: Around, kept: dict[str, Any]) -> None:
    """A clock that began anew, or a damaged file: the screen begins as it always does."""
    around.now = kept

    async def story(screen: Screen) -> None:
        assert screen.app.film.note is None
        assert not screen.app.film.dim

    play(story, around=around)


def test_nothing_is_kept_while_there_is_nothing_to_keep(around: Around) -> None:
    """Filming and marking write nothing; a film that is over leaves nothing behind."""

    async def story(screen: Screen) -> None:
        await screen.press("i", "r")
        await settle(screen)
        assert around.written == 0
        await screen.press("f3")
        await settle(screen)
        assert around.now["dim"] is True
        assert around.now["folder"] == "/films/2026-11-22T0940-7f3a"
        await screen.say(snapshot(state="stopping"))
        await settle(screen)
        assert around.now == {}

    play(story, around=around)


def test_a_fast_typist_writes_a_few_times_a_second(around: Around) -> None:
    """A hundred letters within two seconds are written eight times at most; the last letters are there at the end."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(markers=[MARKER]))
        await screen.press("enter")
        for _ in range(20):
            await screen.type("abcde")
            screen.pass_s(0.1)
            await screen.app.workers.wait_for_complete()
        assert 2 <= around.written <= 9
        await settle(screen)
        assert around.now["note"] == {"of": "m1", "text": "abcde" * 20}

    play(story, around=around)


def test_a_note_that_is_opened_or_sent_is_known_at_once(around: Around) -> None:
    """Letters may wait for the next writing; whether letters mark may not: no time passes here."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(markers=[MARKER]))
        await screen.press("enter")
        await screen.app.workers.wait_for_complete()
        assert around.now["note"] == {"of": "m1", "text": ""}
        await screen.type("kind")
        await screen.app.workers.wait_for_complete()
        assert around.now["note"]["text"] == ""
        await screen.press("escape")
        await screen.app.workers.wait_for_complete()
        assert around.now == {}

    play(story, around=around)


def test_a_normal_end_leaves_nothing(around: Around, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session has ended: what was kept goes. A screen that the guider left, or that failed, leaves it."""
    for result, left in ((True, {}), (False, {"dim": True}), (None, {"dim": True})):
        around.now = {"dim": True}
        monkeypatch.setattr(VigApp, "run", lambda _app, result=result, **_options: result)
        run(FakeLink(), around)  # type: ignore[arg-type]
        assert around.now == left
