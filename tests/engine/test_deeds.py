"""What a client asks to be written down is checked, and refused with a sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.errors import UserError
from vig_capture.core.model import Marker
from vig_capture.core.records import encode
from vig_capture.core.replay import SessionView, replay
from vig_capture.core.time import SECOND_NS
from vig_capture.engine import deeds
from vig_capture.engine.deeds import SHEET_BYTES_MAX, Deed

NOW_NS = 100 * SECOND_NS
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(0, 3), inner),
    max_leaves=8,
)


def marker(**fields: Any) -> Marker:
    return Marker("m", "a", "Tuned in", "self", 10 * SECOND_NS, "", **fields)


def edit(fields: Any, of: Marker | None = None) -> Deed:
    return deeds.edit({"id": "e", "do": "edit", "fields": fields}, of or marker(), NOW_NS)


def film(do: str, view: SessionView, **fields: Any) -> Deed:
    return deeds.film_deed({"id": f"{do}-1", "do": do} | fields, view, view.latest_end_ns or 0, NOW_NS)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (None, "not said what to change"),
        ({}, "not said what to change"),
        ({"colour": "red"}, "no 'colour'"),
        ({"id": "x"}, "no 'id'"),
        ({"until_ns": 5}, "Only a stretch"),
        ({"lable": "x"}, "Did you mean label"),
        ({"who": "both"}, "self"),
        ({"who": True}, "self"),
        ({"who": ["self"]}, "self"),
        ({"label": 5}, "a text"),
        ({"label": "x" * 201}, "too long"),
        ({"private": 1}, "true or false"),
        ({"shortlist": "yes"}, "true or false"),
        ({"pick": None}, "true or false"),
        ({"private_note": "x" * 4001}, "too long"),
        ({"private_note": b"x"}, "a text"),
        ({"t_ns": -1}, "before the film"),
        ({"t_ns": NOW_NS + 1}, "after now"),
        ({"t_ns": 5.0}, "whole nanoseconds"),
        ({"t_ns": True}, "whole nanoseconds"),
        ({"look_back_s": -121}, "at most 120 seconds"),
        ({"look_ahead_s": float("nan")}, "at most 120 seconds"),
        ({"look_ahead_s": 121}, "at most 120 seconds"),
        ({"look_back_s": 5, "look_ahead_s": -6}, "end before it begins"),
        ({"rank": 0}, "whole number"),
        ({"rank": 1.0}, "whole number"),
        ({"rank": True}, "whole number"),
        ({"look_back_s": "5"}, "a number of seconds"),
        ({"look_back_s": False}, "a number of seconds"),
        ({"who": "other", "t_ns": "now"}, "whole nanoseconds"),
    ],
)
def test_an_edit_that_cannot_be_meant_is_refused(fields: Any, said: str) -> None:
    """An unknown field, a wrong type, a time outside the film, an end before its beginning: each is told in a
    sentence."""
    with pytest.raises(UserError) as caught:
        edit(fields)
    assert said in str(caught.value)


def test_an_edit_changes_what_it_names() -> None:
    """All fields can be edited at once, and the answer names the marker as it is then."""
    fields = {"who": "other", "t_ns": 0, "look_back_s": 3, "look_ahead_s": 120.0, "label": "Answer", "private": True}
    fields |= {"shortlist": True, "pick": True, "private_note": "mine"}
    deed = edit(fields)
    assert deed.record == {"kind": "edit", "id": "e", "of": "m", "t_ns": NOW_NS, "fields": fields}
    assert deed.result["marker"] == {"id": "m", "key": "a", "label": "Answer", "who": "other", "t_ns": 0}


def test_a_moment_may_end_before_its_press_and_have_a_place() -> None:
    """A window that was trimmed elsewhere need not hold the press; a place is taken away again by nothing."""
    assert edit({"look_back_s": 15, "look_ahead_s": -5}).record
    assert edit({"look_back_s": -4.5}).record
    assert edit({"rank": 3}).record
    assert edit({"rank": None}).record


def add(**fields: Any) -> Deed:
    told = {"id": "x", "do": "add", "label": "Imported", "from_ns": 5, "to_ns": 9}
    return deeds.add(told | fields, NOW_NS, "2026-11-22T09:40:00.000+00:00")


def test_a_moment_from_another_program() -> None:
    """It is a stretch of its own, or a point that reaches before and after; it says where it came from."""
    stretch, point = (replay([{"v": 1, "seq": 1, **(add(**each).record or {})}]) for each in ({}, {"to_ns": None}))
    one, other = stretch.markers["x"], point.markers["x"]
    assert (one.t_ns, one.until_ns, one.look_back_s, one.look_ahead_s, one.open) == (5, 9, 0, 0, False)
    assert (other.until_ns, other.look_back_s, other.look_ahead_s) == (None, 15, 5)
    assert {one.state, other.state} == {"imported"}


@pytest.mark.parametrize(
    "fields",
    [{"from_ns": -1}, {"from_ns": 9}, {"to_ns": NOW_NS + 1}, {"from_ns": 0.5}, {"label": None}, {"label": "x" * 201},
     {"note": 5}, {"note": "x" * 4001}],
)  # fmt: skip
def test_a_moment_that_cannot_be_meant_is_not_made(fields: Any) -> None:
    """Outside of the session, inverted, or with a text that is none."""
    with pytest.raises(UserError):
        add(**fields)


def test_a_stretch_does_not_begin_after_its_end() -> None:
    """The time of a closed stretch can be moved up to its end."""
    stretch = marker(until_ns=20 * SECOND_NS)
    assert edit({"t_ns": 20 * SECOND_NS}, stretch).record
    with pytest.raises(UserError, match="end of the stretch"):
        edit({"t_ns": 21 * SECOND_NS}, stretch)
    assert edit({"until_ns": 10 * SECOND_NS}, stretch).record
    with pytest.raises(UserError, match="before the beginning of the stretch"):
        edit({"until_ns": 10 * SECOND_NS - 1}, stretch)
    assert edit({"t_ns": 30 * SECOND_NS, "until_ns": 40 * SECOND_NS}, stretch).record
    with pytest.raises(UserError, match="end of the stretch"):
        edit({"t_ns": 41 * SECOND_NS, "until_ns": 40 * SECOND_NS}, stretch)


@pytest.mark.parametrize(
    ("from_ns", "to_ns"), [(-1, 5), (0, NOW_NS + 1), (5, 5), (6, 5), (0.5, 5), (None, 5), (0, True)]
)
def test_a_part_to_leave_out_lies_in_the_film(from_ns: Any, to_ns: Any) -> None:
    """A part that begins before the film, ends after now, or does not end after its beginning is refused."""
    with pytest.raises(UserError):
        deeds.leave_out({"id": "x", "from_ns": from_ns, "to_ns": to_ns}, NOW_NS)


@pytest.mark.parametrize("minutes", [None, 0, 0.5, -10, 181, float("nan"), float("inf"), True, "10"])
def test_the_latest_end_moves_by_1_to_180_minutes(minutes: Any) -> None:
    """Anything else is refused, and the sentence says what would do."""
    with pytest.raises(UserError, match="stays as it is") as caught:
        film("later", SessionView(), minutes=minutes)
    assert "1 to 180 minutes" in caught.value.do


def test_a_later_end_sent_again_moves_nothing() -> None:
    """The latest end is moved once, however often the wish arrives, and as often as the guider wishes it."""
    view = SessionView(latest_end_ns=60 * SECOND_NS)
    deed = film("later", view, minutes=10)
    assert deed.record
    view.apply({"v": 1, "seq": 1, **deed.record})
    assert view.latest_end_ns == 660 * SECOND_NS
    again = film("later", view, minutes=10)
    assert (again.record, again.result["latest_end_ns"]) == (None, 660 * SECOND_NS)
    assert film("later", view, id="later-2", minutes=1).result["latest_end_ns"] == 720 * SECOND_NS


def test_the_sheet_is_put_together() -> None:
    """Later values replace single fields; an empty wish only asks for the sheet; one sent again changes nothing."""
    view = SessionView()
    for seq, fields in enumerate(({"place": "home", "goals": ["calm"]}, {"place": "school"}), 1):
        deed = film("sheet", view, id=f"s{seq}", fields=fields)
        assert deed.record
        view.apply({"v": 1, "seq": seq, **deed.record})
    assert view.sheet == {"place": "school", "goals": ["calm"]}
    for command_id, fields in (("s3", {}), ("s1", {"place": "home"})):
        deed = film("sheet", view, id=command_id, fields=fields)
        assert (deed.record, deed.result["sheet"]) == (None, view.sheet)


def test_the_sheet_fits_into_a_record() -> None:
    """However it is sent, the whole sheet stays below its limit, so that it can be written again in one record."""
    view = SessionView()
    for seq in range(1, SHEET_BYTES_MAX // 5000 + 1):
        deed = film("sheet", view, id=f"s{seq}", fields={f"field {seq}": "x" * 5000})
        assert deed.record
        view.apply({"v": 1, "seq": seq, **deed.record})
    with pytest.raises(UserError, match="too long"):
        film("sheet", view, fields={"one more": "x" * 5000})


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_whatever_is_asked_is_written_and_shown_or_refused(one: Any, two: Any, three: Any, four: Any) -> None:
    """No value of any field makes a record that the journal cannot hold, or that `show --json` cannot print."""
    view = SessionView()
    view.apply({"v": 1, "seq": 1, "kind": "marker", "id": "m", "t_ns": 10, "key": "a"})
    made: list[Deed] = []
    asks: tuple[Callable[[], Deed], ...] = (
        lambda: edit(one if isinstance(one, dict) else {"label": one, "t_ns": two}, view.markers["m"]),
        lambda: deeds.leave_out({"id": "l", "from_ns": one, "to_ns": two}, NOW_NS),
        lambda: film("sheet", view, fields={"one": one, "two": two, "three": three}),
        lambda: film("sheet", view, id="s2", fields=four),
        lambda: film("later", view, minutes=three),
        lambda: film("withdraw", view, purpose="review", by=one, when=two),
    )
    for ask in asks:
        try:
            made.append(ask())
        except UserError as error:
            assert error.what
    for seq, deed in enumerate(made, 2):
        if deed.record is not None:
            encode({"v": 1, "seq": seq, **deed.record})
            view.apply({"v": 1, "seq": seq, **deed.record})
    found = view.markers["m"]
    json.dumps([view.sheet, view.latest_end_ns, found.t_ns, found.label], allow_nan=False)


@pytest.mark.parametrize(
    ("do", "fields", "said"),
    [
        ("withdraw", {"purpose": "nosuch", "by": "mother", "when": "2026-12-01"}, "no purpose"),
        ("withdraw", {"purpose": "review", "when": "2026-12-01"}, "who withdraws"),
        ("withdraw", {"purpose": "review", "by": "mother"}, "who withdraws"),
    ],
)
def test_consent_that_cannot_be_meant(do: str, fields: dict[str, Any], said: str) -> None:
    """A withdrawal has a purpose, a role and a date."""
    with pytest.raises(UserError) as caught:
        film(do, SessionView(), **fields)
    assert said in str(caught.value)


def test_a_withdrawal_is_written_once() -> None:
    """Its record holds what was said; sent again nothing more is written."""
    view, fields = SessionView(), {"purpose": "review", "by": "mother", "when": "2026-12-01"}
    deed = film("withdraw", view, **fields)
    assert deed.record == {"kind": "withdraw", "id": "withdraw-1", "t_ns": NOW_NS} | fields
    view.apply({"v": 1, "seq": 1, **deed.record})
    assert film("withdraw", view, **fields).record is None
    assert len(view.withdrawals) == 1


def test_the_words_of_a_film_are_replayed() -> None:
    """Sheet and latest end stand in the view of whoever reads the journal, and a journal without them says so."""
    assert (replay([]).sheet, replay([]).latest_end_ns) == ({}, None)
    records: list[dict[str, Any]] = [
        {"v": 1, "seq": 1, "kind": "sheet", "id": "a", "t_ns": 1, "fields": {"place": "home"}},
        {"v": 1, "seq": 2, "kind": "limit", "t_ns": 2, "latest_end_ns": 77},
    ]
    view = replay(records)
    assert (view.sheet, view.latest_end_ns, view.commands) == ({"place": "home"}, 77, {"a"})
