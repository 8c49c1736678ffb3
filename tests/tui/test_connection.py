"""The film screen and a recorder that is not there yet, gone, silent, ended or talking nonsense."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.made_up import FakeLink, Screen, play, snapshot
from vig_capture.tui.app import VigApp, run
from vig_capture.tui.link import LEFT


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
    """Until a recorder is found the link gets no press; then all in their order, before what is pressed next."""

    async def story(screen: Screen) -> None:
        await screen.press("i", "r")
        assert [command["do"] for command in screen.link.sent] == ["watch"]
        screen.link.sent.clear()
        await screen.say({"back": True})
        await screen.press("l")
        assert [command["do"] for command in screen.link.sent] == ["watch", "mark", "mark", "mark"]
        assert [command["key"] for command in screen.link.all("mark")] == ["i", "r", "l"]

    play(story, connected=False)


def test_before_the_first_answer_no_press_is_swallowed() -> None:
    """A key pressed before the vocabulary is known goes to the recorder as it is; the state is not guessed."""

    async def story(screen: Screen) -> None:
        await screen.settle()
        assert "LOOKING FOR THE RECORDER" in screen.text()
        await screen.press("I")
        await screen.say({"back": True})
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
        before = [command["id"] for command in screen.link.all("mark")]
        screen.link.sent.clear()
        await screen.press("l")
        assert screen.link.sent == []
        await screen.say({"back": True})
        assert [command["do"] for command in screen.link.sent] == ["watch", "mark", "mark"]
        assert [command["key"] for command in screen.link.all("mark")] == ["r", "l"]
        assert screen.link.all("mark")[0]["id"] == before[1]
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


def test_run_closes_its_link_and_says_how_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    """0 when the session has ended, 3 when the screen was left, 1 when it failed; the link is closed in every case."""
    for result, code in ((True, 0), (False, LEFT), (None, 1)):
        link = FakeLink()
        monkeypatch.setattr(VigApp, "run", lambda _app, result=result, **_options: result)
        assert run(link) == code
        assert link.closed
