"""The film screen's looks: clock, first 20 seconds, calm, dim, paused, keys that go elsewhere, small windows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tests.tui.made_up import KEYS, Screen, play, snapshot
from vig_capture.core.time import SECOND_NS
from vig_capture.tui import keymap, texts
from vig_capture.tui.film import layout, view
from vig_capture.tui.film.state import FilmState

MINUTE_NS = 60 * SECOND_NS


def clock_line(recorded_s: float, **changes: Any) -> str:
    """The uppermost band's middle row, at this time of a film of 10 to 15 minutes."""
    state = FilmState()
    state.hear(1)
    told = {"recorded_ns": round(recorded_s * SECOND_NS), "target_min": 10, "soft_end_min": 15}
    state.take_snapshot(snapshot(**(told | changes))["snapshot"], 1)
    return view.header(state, 1, 80, keymap.shipped()).plain.split("\n")[1]


def test_the_clock_says_in_words_how_it_stands_to_the_target() -> None:
    """Settling in, then the target beside the clock, then that it is reached, then that it is long; each in words."""
    assert "settling in" in clock_line(119)
    assert "settling in" not in clock_line(120)
    assert clock_line(599).endswith("0:09:59  of about 10 min ")
    assert clock_line(600).endswith("0:10:00  the 10 min are full ")
    assert clock_line(899).endswith("the 10 min are full ")
    assert clock_line(900).endswith("0:15:00  long now, 10 min were meant ")


def test_a_target_may_stand_in_settings_or_sheet_or_nowhere() -> None:
    """The sheet's own target wins over the settings'; without one the clock stands by itself."""
    nowhere = {"target_min": None, "soft_end_min": None}
    assert clock_line(300, **nowhere).endswith("0:05:00 ")
    assert "of about 5 min" in clock_line(200, target_min=5, soft_end_min=None)
    assert "of about 20 min" in clock_line(300, sheet={"target_min": 20})


def test_the_clock_changes_its_colour_with_its_words_only() -> None:
    """The colour changes where a word does, and in no other state and not when it is dim."""

    def styles(recorded_s: float, state_name: str = "recording", dim: bool = False) -> set[str]:
        state = FilmState()
        state.dim = dim
        state.hear(1)
        told = snapshot(state=state_name, recorded_ns=round(recorded_s * SECOND_NS), target_min=10, soft_end_min=15)
        state.take_snapshot(told["snapshot"], 1)
        return {str(each.style) for each in view.header(state, 1, 80, keymap.shipped()).spans}

    looks = [styles(seconds) for seconds in (60, 300, 700, 1000)]
    assert all(looks[number] != looks[number + 1] for number in range(3))
    assert styles(1000, "paused") == styles(1000, dim=True) == looks[1] == set()


def test_picture_and_meter_leave_after_twenty_seconds_and_come_back_for_twenty() -> None:
    """In the first 20 s and for 20 s after the key they are there, else there is a word that stands still."""

    async def story(screen: Screen) -> None:
        def at(seconds: float) -> dict[str, Any]:
            return snapshot(recorded_ns=round(seconds * SECOND_NS))

        def lively() -> bool:
            return "━" in screen.text() and screen.app.query_one("#picture").display

        await screen.say(at(3))
        assert lively()
        assert "Sound: good" not in screen.text()
        await screen.say(at(20))
        assert not lively()
        assert "Sound: good" in screen.text()
        await screen.press("up")
        assert lively()
        screen.pass_s(19)
        await screen.say(at(39))
        assert lively()
        screen.pass_s(2)
        await screen.say(at(41))
        assert not lively()
        await screen.press("up", "f2")
        assert not lively()

    play(story)


def test_pictures_are_asked_for_and_drawn_while_they_are_shown() -> None:
    """`look` says for how long and how large; after a loss it is asked again; calm ends it."""

    async def story(screen: Screen) -> None:
        # (Textual's test terminal has no colours by itself.)
        screen.app._picture._system = lambda: "truecolor"  # type: ignore[method-assign]
        await screen.press("up")
        await screen.settle()
        (look,) = screen.link.all("look")
        assert (look["seconds"], look["width"], look["height"]) == (20, layout.PICTURE_WIDTH, 2 * layout.PICTURE_HEIGHT)
        assert texts.PICTURE_WAITS in screen.text()
        rgb = bytes(range(256)) * (40 * 22 * 3 // 256) + bytes(40 * 22 * 3 % 256)
        await screen.say({"picture": {"stream": "cam1", "t_ns": 1, "width": 40, "height": 22, "rgb": rgb}})
        assert "▀" in screen.text()
        screen.pass_s(5)
        await screen.say({"lost": True}, {"back": True}, snapshot())
        assert screen.link.all("look")[-1]["seconds"] == 15
        await screen.press("up")
        await screen.settle()
        assert screen.link.all("look")[-1]["seconds"] == 0
        assert "▀" not in screen.text()

    play(story)


def test_a_film_of_sound_only_has_a_meter_and_no_picture() -> None:
    """Without a camera there is no place for a picture, and none is asked for."""

    async def story(screen: Screen) -> None:
        sound = snapshot()["snapshot"]["streams"][1:]
        await screen.say(snapshot(recorded_ns=3 * SECOND_NS, streams=sound))
        assert "━" in screen.text()
        assert not screen.app.query_one("#picture").display
        assert not screen.link.all("look")

    play(story)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_at_80_by_24_all_is_there_in_its_order_with_the_picture(size: tuple[int, int]) -> None:
    """State, last moment, trouble, legend, losses, disk, battery, status line, from top to bottom; picture 40 × 11."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(recorded_ns=3 * SECOND_NS, battery_minutes=80))
        place = screen.app.query_one("#picture").size
        assert place.width >= layout.PICTURE_WIDTH
        assert place.height >= layout.PICTURE_HEIGHT
        if size == (80, 24):
            assert tuple(place) == (layout.PICTURE_WIDTH, layout.PICTURE_HEIGHT)
        trouble = [{"what": "The disk is slow.", "why": "It is old.", "do": "Nothing yet."}]
        await screen.say(snapshot(recorded_ns=3 * SECOND_NS, battery_minutes=80, trouble=trouble))
        await screen.press("z")
        await screen.settle()
        text = screen.text()
        order = ["RECORDING", "No moment marked yet", "The disk is slow.", "Initiative", "No frame lost", "142 minutes"]
        order += ["battery: 80", "z marks nothing", "Last moments", "Ctrl+X"]
        places = [text.index(words) for words in order]
        assert places == sorted(places)

    play(story, size)


def test_dim_shows_state_and_last_moment_only() -> None:
    """F3 leaves the band, without colours; keys work on; trouble is one word; F3 brings everything back."""

    async def story(screen: Screen) -> None:
        await screen.press("f3", "i")
        await screen.settle()
        lines = [line for line in screen.lines() if line.strip()]
        assert len(lines) == 2
        assert "RECORDING" in lines[0]
        assert "○" in lines[1]
        assert len(screen.link.all("mark")) == 1
        trouble = [{"what": "The camera is gone.", "why": "", "do": ""}]
        await screen.say(snapshot(trouble=trouble))
        assert "Something is wrong: F3 shows it" in screen.lines()[0]
        assert "The camera is gone." not in screen.text()
        screen.link.refuse(screen.link.all("mark")[0], "The disk is full.")
        await screen.settle()
        assert "The disk is full." in screen.text()
        screen.pass_s(1)
        await screen.press("f3")
        assert "The camera is gone." in screen.text()
        assert "Keys (with Shift" in screen.text()

    play(story)


def test_in_the_dark_no_cell_is_bright() -> None:
    """Every cell of the dim screen is darker than a third of white, whatever it shows."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(trouble=[{"what": "Gone.", "why": "", "do": ""}], recorded_ns=3_000 * SECOND_NS))
        await screen.press("i", "f3", "ctrl+x")
        screen.link.refuse(screen.link.all("mark")[0], "The disk is full.")
        screen.app.post_message(events.AppBlur())
        for state in ("recording", "paused", "dancing"):
            await screen.say(snapshot(state=state))
            for strip in screen.app.screen._compositor.render_strips():
                for segment in strip:
                    for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                        assert colour is None or max(colour.get_truecolor()) <= 0xA0, segment

    play(story)


@pytest.mark.parametrize("dim", [False, True])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 15), (40, 10)])
def test_a_pause_fills_the_screen_with_its_word(size: tuple[int, int], dim: bool) -> None:
    """The word stands large in the middle, also in dim and beside the question; picture and meter are off."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(recorded_ns=3 * SECOND_NS))
        if dim:
            await screen.press("f3")
        await screen.press("p")
        assert not screen.app.query_one("#picture").display
        screen.link.done(screen.link.all("pause")[0], state="paused")
        await screen.settle()
        text = screen.text()
        assert "PAUSED" in screen.lines()[1]
        assert "━" not in text
        large = "██████" in text
        assert large or texts.PAUSED_SMALL in text
        if size >= (80, 24):
            assert large
            assert "light may stay on" in text
            assert "Ctrl+R films again" in text
            await screen.press("ctrl+x")
            assert "██████" in screen.text()
            assert "End, or go on?" in screen.text()
        screen.pass_s(1)
        await screen.press("up")
        assert not screen.app.query_one("#picture").display

    play(story, size)


def test_keys_that_go_elsewhere_are_a_band_over_the_whole_width() -> None:
    """The terminal says that another window has the keys, and that it is back; a key that comes says so too."""

    async def story(screen: Screen) -> None:
        async def band(event: events.Event | None, dim: bool) -> str:
            if event is not None:
                screen.app.post_message(event)
            await screen.settle()
            assert screen.app.film.dim == dim
            return next((line for line in screen.lines() if "Keys go elsewhere" in line), "")

        assert len(await band(events.AppBlur(), False)) == 80
        assert "RECORDING" in screen.lines()[1]
        assert not await band(events.AppFocus(), False)
        assert await band(events.AppBlur(), False)
        await screen.press("f3")
        assert not await band(None, True)
        assert await band(events.AppBlur(), True)

    play(story)


@given(width=st.integers(1, 200), height=st.integers(1, 80), state=st.sampled_from(list(texts.STATES)))
def test_the_smaller_the_window_the_more_important_what_stays(width: int, height: int, state: str) -> None:
    """A window that is one row lower shows nothing more; the state is always there; a picture leaves room for all."""
    film = FilmState()
    film.hear(1)
    film.take_snapshot(snapshot(state=state)["snapshot"], 1)
    film.asking = width % 2 == 0
    film.dim = width % 3 == 0
    now = layout.visible(film, 1, height)
    assert "header" in now
    assert layout.visible(film, 1, height - 1) <= now
    cells = layout.picture_cells(width, height)
    assert cells is None or (cells[0] < width and cells[1] < height)


@pytest.mark.parametrize("size", [(79, 23), (60, 15), (40, 10), (30, 6)])
def test_in_a_small_window_state_news_and_keys_stay(size: tuple[int, int]) -> None:
    """State, clock, last moment and status line down to six rows, the legend down to ten."""

    async def story(screen: Screen) -> None:
        await screen.press("i")
        screen.link.refuse(screen.link.all("mark")[0], "Full.")
        await screen.settle()
        assert "RECORDING" in screen.lines()[1]
        assert "0:00:59" in screen.lines()[1]
        assert "×" in screen.lines()[2]
        assert "NOT SAVED: No. Full." in "\n".join(screen.lines()[3:])
        if size[1] >= 10:
            assert all(f"  {str(key['label'])[:9]}" in screen.text() for key in KEYS)

    play(story, size)


def test_help_names_every_key_of_the_table() -> None:
    """Each command stands in the help with its first key, at 80 × 24 without being cut."""

    async def story(screen: Screen) -> None:
        await screen.press("f1")
        text = screen.text()
        for command, keys in keymap.shipped().commands.items():
            words = texts.HELP_COMMANDS[command].format(other="the child")
            assert any(keymap.shown(keys[0]) in line and words in line for line in text.splitlines()), command
        assert "NOT SAVED" in text

    play(story)
