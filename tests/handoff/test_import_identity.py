"""What was edited elsewhere stands in the session then: windows, names and order, each by its marker's id."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.handoff.made_up import TIME, handed, marker, moment
from tests.handoff.test_imported import as_csv, as_losslesscut_csv, project, session, table, took
from vig_capture.core.model import Marker
from vig_capture.handoff.handed import Handed
from vig_capture.handoff.imported import Changes

FILM_MS = TIME.length_ns // 10**6
LABELS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(str.strip)


@dataclass(frozen=True)
class Wish:
    """A marker, and what is made of it elsewhere; times in thousandths of a second."""

    press_ms: int
    rank: int | None
    label: str
    early_ms: int
    length_ms: int
    new_rank: int | None


RANKS = st.none() | st.integers(1, 9)
WISHES = st.lists(
    st.builds(
        Wish,
        press_ms=st.integers(0, 299_999),
        rank=RANKS,
        label=LABELS,
        early_ms=st.integers(-20_000, 30_000),
        length_ms=st.integers(1, 40_000),
        new_rank=RANKS,
    ),
    min_size=1,
    max_size=6,
)


def before(wishes: list[Wish]) -> Handed:
    """The session as it was exported."""
    made = [replace(marker(f"m{at}", 0, rank=each.rank), t_ns=each.press_ms * 10**6) for at, each in enumerate(wishes)]
    return session(*made)


def after(of: Handed, found: Changes) -> Handed:
    """The session with all edits."""
    assert not found.conflicts
    edits = {each.id: each.fields for each in found.edits}
    made: list[Marker] = [replace(each.marker, **edits.get(each.marker.id, {})) for each in of.moments()]
    return handed([moment(each) for each in made])


def near(one: float, other: float) -> bool:
    return abs(one - other) < 0.001


def taken(data: str, of: Handed) -> Handed:
    """The session after the file; taken again the file changes nothing."""
    found = took(data, of)
    assert not found.new
    now = after(of, found)
    again = took(data, now)
    assert not again.new
    assert not again.edits
    return now


@pytest.mark.parametrize("write", [json.dumps, as_losslesscut_csv])
@settings(max_examples=60, deadline=None)
@given(WISHES, st.randoms(use_true_random=False))
def test_an_edited_project_is_the_session(write: Any, wishes: list[Wish], shuffled: Any) -> None:
    """Its segments in any order, each with another name and another window of the film: exported again it is the
    project that was edited."""
    of = before(wishes)
    edited = project(of)
    for each in edited["cutSegments"]:
        wish = wishes[int(each["tags"]["id"][1:])]
        press_s = float(each["tags"].get("film_press_s", each["start"]))
        start_ms = min(max(round(press_s * 1000) - wish.early_ms, 0), FILM_MS - 2)
        end_ms = min(start_ms + wish.length_ms, FILM_MS)
        each |= {"name": wish.label, "start": start_ms / 1000, "end": end_ms / 1000}
    shuffled.shuffle(edited["cutSegments"])
    now = project(taken(write(edited), of))
    assert [each["tags"]["id"] for each in now["cutSegments"]] == [each["tags"]["id"] for each in edited["cutSegments"]]
    for ours, theirs in zip(now["cutSegments"], edited["cutSegments"], strict=True):
        assert ours["name"].strip() == theirs["name"].strip()
        assert near(ours["start"], theirs["start"])
        assert near(ours["end"], theirs["end"])


@settings(max_examples=60, deadline=None)
@given(WISHES)
def test_an_edited_table_is_the_session(wishes: list[Wish]) -> None:
    """Each row with another name, another window of session time and another place: exported again it is the table
    that was edited."""
    of = before(wishes)
    edited = table(of)
    for row in edited:
        wish = wishes[int(row["id"][1:])]
        start_ms = max(wish.press_ms - wish.early_ms, 0)
        row |= {"label": wish.label, "order": str(wish.new_rank or "")}
        row |= {"clip_in_s": str(start_ms / 1000), "clip_out_s": str((start_ms + wish.length_ms) / 1000)}
    now = table(taken(as_csv(edited), of))
    for ours, theirs in zip(now, edited, strict=True):
        assert (ours["id"], ours["order"]) == (theirs["id"], theirs["order"])
        assert ours["label"].strip() == theirs["label"].strip()
        assert near(float(ours["clip_in_s"]), float(theirs["clip_in_s"]))
        assert near(float(ours["clip_out_s"]), float(theirs["clip_out_s"]))


@settings(max_examples=60, deadline=None)
@given(WISHES, st.lists(st.tuples(st.integers(0, 57_000), st.none() | st.integers(1, 1000), LABELS), max_size=4))
def test_others_are_new_and_change_nothing_else(wishes: list[Wish], others: list[tuple[int, int | None, str]]) -> None:
    """Segments without an id of the session: each with its window, or as a point, by the name that it has."""
    of = before(wishes)
    segments = [
        {"start": start_ms / 1000, "name": label} | ({} if long_ms is None else {"end": (start_ms + long_ms) / 1000})
        for start_ms, long_ms, label in others
    ]
    edited = project(of)
    edited["cutSegments"] += segments
    for data in (json.dumps(edited), as_losslesscut_csv(with_tags(edited))):
        found = took(data, of)
        assert not found.edits
        assert not found.conflicts
        # (The film begins at 2 s of session time. What is in the file twice is the same moment.)
        told = {(each.start_ns, each.end_ns, each.label) for each in found.new}
        assert told == {
            (
                (start_ms + 2000) * 10**6,
                None if long_ms is None else (start_ms + long_ms + 2000) * 10**6,
                label.strip(),
            )
            for start_ms, long_ms, label in others
        }


def with_tags(edited: dict[str, Any]) -> dict[str, Any]:
    """As LosslessCut has it: each segment has tags, one without an end an empty cell."""
    return {"cutSegments": [{"end": "", "tags": {}} | each for each in edited["cutSegments"]]}
