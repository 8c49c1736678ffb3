"""The session sheet: what goes into the journal comes out again, and of the last film only what may is brought back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core import sheet as sheets
from vig_capture.core.config import Settings
from vig_capture.core.sheet import ANSWERS, PURPOSES, Consent, Goal, KindOfFilm, Person, Sheet
from vig_capture.devices.settings_files import load_settings, profile_names

TEXTS = st.text(max_size=40).map(sheets.clean)
SHORT = st.text(max_size=12).map(sheets.clean)
FRACTIONS = st.floats(0, 1)
LESS = st.floats(0, 0.49)
MORE = st.floats(0.5, 1)
GOALS = st.lists(st.tuples(TEXTS.filter(bool), SHORT), max_size=4).map(
    lambda found: tuple(
        Goal(f"g{number}", text, "" if label == sheets.short(text) else label)
        for number, (text, label) in enumerate(found, 1)
    )
)
SHEETS = st.builds(
    Sheet,
    kind=st.sampled_from(["", *sheets.KINDS]),
    helping_question=TEXTS,
    goals=GOALS,
    people=st.lists(st.builds(Person, SHORT.filter(bool), SHORT), max_size=3).map(tuple),
    place=st.one_of(SHORT, st.sampled_from(sheets.PLACES)),
    activity=SHORT,
    cycle=st.one_of(SHORT, st.integers(1, 99).map(str)),
    vocabulary=SHORT,
    purposes=st.tuples(*[st.builds(Consent, st.sampled_from(ANSWERS), SHORT, SHORT) for _ in PURPOSES]),
    target_min=st.floats(0, 240),
    soft_end_min=st.floats(0, 240),
    faces=st.lists(st.tuples(FRACTIONS, FRACTIONS, MORE, MORE), max_size=3).map(tuple),
    edges=st.one_of(st.none(), st.tuples(LESS, LESS, MORE, MORE)),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)
KINDS = [KindOfFilm("interaction", "vig-core", 10, 15), KindOfFilm("infant", "infant", 5, 10)]


@given(SHEETS)
def test_fields_and_back(sheet: Sheet) -> None:
    """A sheet that was written is read as it was."""
    assert sheets.from_fields(sheet.as_fields()) == sheet


@given(st.dictionaries(st.sampled_from(list(Sheet().as_fields())), ANYTHING))
def test_any_fields_are_read(fields: dict[str, Any]) -> None:
    """Whatever another version or a damaged journal holds is read without an error, and is then a sheet like others."""
    sheet = sheets.from_fields(fields)
    assert sheets.from_fields(sheet.as_fields()) == sheet


@given(SHEETS)
def test_same_family_again(sheet: Sheet) -> None:
    """Same family again brings back all but the purposes."""
    again = sheets.again(sheet)
    assert all(said == Consent() for said in again.purposes)
    assert replace(again, purposes=sheet.purposes) == sheet


@given(SHEETS)
def test_nothing_of_a_family_is_remembered(sheet: Sheet) -> None:
    """What is kept for the next film, and the sheet made of it, hold nothing that anybody typed about a family."""
    kept = sheets.remembered(sheet, "HD Webcam", "Table microphone")
    assert set(kept) == {"camera", "mic", "kind", "vocabulary", "place"}
    assert kept["place"] in ("", *sheets.PLACES)
    assert not sheets.fresh({**sheet.as_fields(), **kept}, KINDS).is_written()


def test_fresh_sheet() -> None:
    """A new sheet takes up kind, vocabulary and kind of place; a kind that is no more gives way to the first one."""
    found = sheets.fresh({"kind": "infant", "vocabulary": "ours", "place": "home"}, KINDS)
    assert (found.kind, found.vocabulary, found.place, found.target_min) == ("infant", "ours", "home", 5)
    assert sheets.fresh({"kind": "gone", "place": "12 Mill Lane"}, KINDS) == Sheet().of_kind(KINDS[0])


def test_kinds_are_the_profiles() -> None:
    """Every kind of film has its profile; interview and markers only say what they do without."""
    assert set(sheets.KINDS) == set(profile_names())
    kinds = {name: KindOfFilm.of(load_settings(profile=name)) for name in sheets.KINDS}
    assert [name for name, kind in kinds.items() if kind.camera == "none"] == ["interview", "tag-only"]
    assert [name for name, kind in kinds.items() if kind.mic == "none"] == ["tag-only"]
    assert KindOfFilm.of(Settings(camera="HD Webcam")).camera == ""


def test_measure_shows_no_markers() -> None:
    """Only the kind for outcome measures asks for a screen without markers."""
    assert [kind for kind in sheets.KINDS if Sheet(kind=kind).as_fields()["measure"]] == ["measure"]


@pytest.mark.parametrize(("target", "end"), [(0, 30), (10, 30), (15, 30), (20, 40), (75, 150)])
def test_latest_end(target: float, end: float) -> None:
    """A film ends by itself after twice its target, and never before half an hour."""
    assert sheets.latest_end_min(target) == end


def test_people() -> None:
    """Roles and initials are told apart, and the line that is shown is read as the same people."""
    people = sheets.people_of("mother, child T , M.K.; ,")
    assert people == (Person("mother"), Person("child", "T"), Person("", "M.K."))
    assert sheets.people_of(sheets.people_line(people)) == people


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mother, child T", ""),
        ("Mum and Dad", ""),
        ("TK, M.K.", ""),
        ("Grandmother, Class teacher", ""),
        ("mother Jolanthe", "Jolanthe"),
        ("child, Ola", "Ola"),
    ],
)
def test_names(text: str, name: str) -> None:
    """A word that is probably a name is pointed out; roles and initials are not."""
    assert sheets.looks_like_name(text) == name


def test_goal_labels() -> None:
    """A goal without a label of its own is shown by its first words, and every goal has an id of its own."""
    first = sheets.new_goal((), "more turns between the two of us at the table")
    second = sheets.new_goal((first,), "calm bath")
    assert (first.shown, second.shown) == ("more turns between the", "calm bath")
    assert len(first.shown) <= sheets.LABEL_MAX
    assert first.id != second.id
    assert sheets.new_goal((second,), "again").id != second.id
