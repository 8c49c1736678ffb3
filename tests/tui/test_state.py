"""The screen's state and views, without a terminal."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vig_capture.core.time import SECOND_NS
from vig_capture.tui import keymap
from vig_capture.tui.film import facts, moments, view
from vig_capture.tui.film.state import FilmState
from vig_capture.tui.level import Level
from vig_capture.tui.words import clock, fit

# fmt: off
NAMES = st.sampled_from([
    "ack", "ok", "result", "marker", "saved", "act", "id", "key", "label", "who", "t_ns", "mono_ns", "state",
    "kind", "streams", "markers", "vocabulary", "keys", "other", "trouble", "what", "why", "do", "folder",
    "recorded_ns", "minutes_left", "lost_frames", "marker_count", "colour", "star", "private", "peak_dbfs",
    "mode", "source",
])
# fmt: on
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)


def draw(state: FilmState, now_ns: int, width: int) -> str:
    """All panels."""
    levels = {each.id: Level() for each in state.shown.streams}
    contents = [
        view.header(state, now_ns, width, keymap.shipped()),
        facts.facts(state, levels, now_ns, width, lively=width % 2 == 0),
        view.trouble(state.shown),
        view.legend(state, width),
        moments.markers(state, width, 10),
        view.said(state),
        view.note(state, width),
    ]
    return "\n".join(content.plain for content in contents)


@given(snapshot=ANYTHING, answer=st.dictionaries(NAMES, ANYTHING), width=st.integers(0, 130))
@settings(max_examples=150, deadline=None)
def test_nothing_that_a_recorder_says_breaks_the_screen(snapshot: Any, answer: dict[str, Any], width: int) -> None:
    """Any snapshot and any answer to a press can be taken and drawn, in any width, without control characters."""
    state = FilmState()
    command = state.mark("i", SECOND_NS)
    assert command is not None
    state.hear(SECOND_NS)
    state.take_snapshot(snapshot, SECOND_NS)
    state.acknowledge(answer | {"ack": command["id"]}, SECOND_NS)
    state.tick(9 * SECOND_NS)
    assert all(char.isprintable() or char == "\n" for char in draw(state, SECOND_NS, width))


@given(answers=st.lists(st.tuples(st.integers(0, 5), st.sampled_from([True, False, None, "lost", "hear"]))))
@settings(max_examples=150, deadline=None)
def test_saved_is_said_only_after_the_recorder_said_it(answers: list[tuple[int, object]]) -> None:
    """Law 1: in whatever order answers, losses and returns come, ● stands only at presses that were accepted."""
    state = FilmState()
    commands = [state.mark(key, number * SECOND_NS) for number, key in enumerate("abcdef")]
    accepted: set[str] = set()
    refused: set[str] = set()
    for number, answer in answers:
        command = commands[number]
        assert command is not None
        if answer == "lost":
            state.lose()
        elif answer == "hear":
            state.hear(6 * SECOND_NS)
        else:
            state.acknowledge({"ack": command["id"], "ok": answer, "result": {}}, 6 * SECOND_NS)
            if isinstance(answer, bool) and command["key"] not in accepted | refused:
                (accepted if answer else refused).add(command["key"])
    assert {row.key for row in state.rows if row.state == "saved"} == accepted
    assert {row.key for row in state.rows if row.state == "refused"} == refused
    assert {command["key"] for command in state.pending()} == set("abcdef") - accepted - refused


def test_a_long_session_leaves_nothing_behind() -> None:
    """After 5,000 presses that were saved and listed, no row and no pending command is kept."""
    state = FilmState()
    for number in range(5_000):
        now_ns = number * SECOND_NS // 10
        command = state.mark("abc"[number % 3], now_ns)
        assert command is not None
        marker = {"id": f"m{number}", "label": "x", "t_ns": now_ns}
        state.acknowledge({"ack": command["id"], "ok": True, "result": {"act": "marker", "marker": marker}}, now_ns)
        state.tick(now_ns)
        assert len(state.rows) < 40
    state.tick(1_000 * SECOND_NS)
    assert state.rows == []
    assert state.pending() == []


def test_times_are_read_at_a_glance() -> None:
    """Hours, minutes and seconds with their zeros; no time is said to be none."""
    assert clock(0) == "0:00:00"
    assert clock(3_725 * SECOND_NS) == "1:02:05"
    assert clock(None) == clock(-1) == "-:--:--"


def test_texts_are_cut_to_cells() -> None:
    """Wide characters count as two cells, a cut text ends with …, and each fills its cells."""
    assert fit("abc", 5) == "abc  "
    assert fit("abcdef", 4) == "abc…"
    assert fit("ありがとう", 6) == "あり… "
    assert fit("abc def", 5) == "abc… "
    assert fit("abc", 0) == ""
