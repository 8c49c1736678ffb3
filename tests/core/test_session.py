"""THE table."""

from __future__ import annotations

import pytest

from vig_capture.core.session import EVENTS, STATES, TABLE, Event, State, rule


def test_every_cell_is_decided() -> None:
    """In every state every event has a rule."""
    assert {(state, event) for state in STATES for event in EVENTS} <= {
        (state, event) for state in STATES for event in TABLE[state]
    }


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", EVENTS)
def test_refusing_changes_nothing_and_says_why(state: State, event: Event) -> None:
    """What is refused leaves the state as it is, and the client is told why."""
    cell = rule(state, event)
    if cell.effect == "refuse":
        assert cell.next == state
        assert cell.why.endswith(".")


def test_a_marker_is_refused_only_before_the_session() -> None:
    """From arming on, a marker is always written."""
    assert [state for state in STATES if rule(state, "mark").effect == "refuse"] == ["idle"]


def test_the_latest_end_moves_while_the_film_goes_on() -> None:
    """A later end is taken from arming until the film is being finished."""
    assert [state for state in STATES if rule(state, "later").effect == "append"] == ["arming", "recording", "paused"]


def test_a_still_is_taken_while_filming_and_never_else() -> None:
    """Before the film, in a pause and after it no picture is kept."""
    assert [state for state in STATES if rule(state, "still").effect == "append"] == ["recording"]


def test_pause_never_films_again() -> None:
    """However often pause comes, only resume films again."""
    assert rule("recording", "pause").next == "paused"
    assert rule("paused", "pause").next == "paused"
    assert [event for event in EVENTS if rule("paused", event).next == "recording"] == ["resume"]


def test_only_stop_and_trouble_end_a_film() -> None:
    """Law 4: from recording, nothing but a stop, or a disk in trouble, leads to the end."""
    ends = [event for event in EVENTS if rule("recording", event).effect in ("finish", "close", "fall_back")]
    assert ends == ["trouble", "stop"]


def test_nothing_leads_out_of_closed() -> None:
    """A closed session stays closed."""
    assert {cell.next for cell in TABLE["closed"].values()} == {"closed"}
