"""What the film screen says in words: losses, trouble and little room, at every size and at the timer's pace."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.made_up import KEYS, Screen, play, snapshot


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


def test_a_timer_that_ticks_while_the_app_closes_harms_nothing() -> None:
    """Its screens have gone by then."""

    async def story(screen: Screen) -> None:
        assert screen.text()

    app = play(story)
    assert not app.screen_stack
    app._tick()
