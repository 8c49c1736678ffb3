"""What was edited elsewhere comes back, and nothing else is changed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import json5
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.handoff.made_up import everything, handed, marker, moment, written
from vig_capture.core.clips import wanted
from vig_capture.core.errors import UserError
from vig_capture.core.film_time import FilmTime, Stretch
from vig_capture.core.model import Marker
from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.handed import Handed, Moment
from vig_capture.handoff.imported import Changes, changes, summary
from vig_capture.handoff.reading import read
from vig_capture.handoff.registry import find

# (A carriage return by itself stands without quotes in LosslessCut's CSV, where no reader can tell it from a new row.)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)
MARKERS = st.lists(
    st.tuples(st.integers(0, 310 * SECOND_NS), TEXTS, TEXTS, st.floats(-20, 60), st.floats(21, 90)), max_size=8
)
PROJECT: dict[str, Any] = {"version": 2, "mediaFileName": "film.mp4", "cutSegments": []}


def session(*markers: Marker) -> Handed:
    return handed([moment(each) for each in sorted(markers, key=lambda each: each.t_ns)])


def took(data: bytes | str, of: Handed, name: str = "a") -> Changes:
    return changes(read(data.encode() if isinstance(data, str) else data, name), of)


def project(of: Handed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written(find("losslesscut"), of))
    return found


def table(of: Handed) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(find("csv"), of).decode(), newline="")))


def as_csv(rows: list[dict[str, str]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_losslesscut_csv(found: dict[str, Any], time: Callable[[float], str] = str) -> str:
    """As LosslessCut writes it (edlFormats.ts, segmentToColumns): its columns, then a column for each tag."""
    tags = sorted({tag for each in found["cutSegments"] for tag in each["tags"]})
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Start", "End", "Name", *tags])
    for each in found["cutSegments"]:
        cells = [time(each["start"]), time(each["end"]), each["name"]]
        writer.writerow([*cells, *(each["tags"].get(tag, "") for tag in tags)])
    return out.getvalue()


def human(seconds: float) -> str:
    """As LosslessCut writes times for people."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"


def ways(of: Handed) -> dict[str, bytes]:
    """The session's moments in every form that is taken back."""
    found = project(of)
    return {
        "llc": written(find("losslesscut"), of),
        "llc, saved again": json5.dumps(found, quote_keys=False, indent=2).encode(),
        "csv": written(find("csv"), of),
        "csv for Excel": written(find("csv-excel"), of),
        "LosslessCut's csv": as_losslesscut_csv(found).encode(),
        "LosslessCut's csv for people": as_losslesscut_csv(found, human).encode(),
    }


# The identity ----------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(MARKERS)
def test_what_comes_back_unchanged_changes_nothing(told: list[tuple[int, str, str, float, float]]) -> None:
    """Export and import are the identity on all that the format carries, whatever stands in the session."""
    markers = [
        replace(marker(f"m{at}", 0, label=label, note=note, look_back_s=back_s, look_ahead_s=ahead_s), t_ns=t_ns)
        for at, (t_ns, label, note, back_s, ahead_s) in enumerate(told)
    ]
    of = session(*markers)
    for way, data in ways(of).items():
        # (JSON5 is read slowly: the next test is enough of it. A table without a row has no columns here.)
        if way != "llc, saved again" and (markers or "csv" not in way):
            assert took(data, of) == Changes((), (), ()), way


def test_everything_comes_back_unchanged() -> None:
    """Also clips over a pause, without a length, with a chosen order."""
    of = handed()
    for way, data in ways(of).items():
        assert took(data, of) == Changes((), (), ()), way


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 57_000), st.integers(1, 57_000), st.text("abc å'=", min_size=1, max_size=5))
def test_an_edit_elsewhere_is_the_edit_here(start_ms: int, length_ms: int, label: str) -> None:
    """A window and a name that were changed in the file stand in the session then, to the thousandth."""
    of = session(marker("m", 30, look_back_s=10.0, look_ahead_s=5.0))
    found = project(of)
    end_ms = min(start_ms + length_ms, 58_000)
    found["cutSegments"][0] |= {"start": start_ms / 1000, "end": end_ms / 1000, "name": label}
    for data in (json.dumps(found), as_losslesscut_csv(found), as_losslesscut_csv(found, human)):
        changed = applied(of, took(data, of))
        window = changed.window
        # (The film begins at 2 s of session time.)
        assert abs(window.start_ns - (start_ms + 2000) * 10**6) < 10**6
        assert abs(window.end_ns - (end_ms + 2000) * 10**6) < 10**6
        assert changed.marker.label.strip() == label.strip() or not label.strip()
        assert changed.marker.t_ns == 30 * SECOND_NS
        again = handed([changed])
        assert not took(data, again).edits, "taken a second time it changes nothing"


def applied(of: Handed, found: Changes) -> Moment:
    """The one moment after its edits."""
    (before,) = of.moments()
    assert not found.conflicts, summary(found.conflicts)
    fields = {name: value for each in found.edits for name, value in each.fields.items()}
    after = replace(before.marker, **fields)
    assert moment(after).window == wanted(after)
    return moment(after)


# Single wishes ---------------------------------------------------------------------------------------------------


def test_rows_of_our_own_table() -> None:
    """Window, name and place; a semicolon and decimal commas are a spreadsheet's; other columns are not taken back."""
    of = session(marker("m1", 30), marker("m2", 40))
    rows = table(of)
    rows[0] |= {"label": "Waits", "clip_in_s": "20,5", "order": "2", "note": "not taken back"}
    rows[1] |= {"order": "1"}
    found = took(as_csv(rows, ";"), of)
    assert [(each.id, each.fields) for each in found.edits] == [
        ("m1", {"label": "Waits", "look_back_s": 9.5, "rank": 2}),
        ("m2", {"rank": 1}),
    ]
    assert not found.new
    assert not found.conflicts


def test_the_order_of_a_project() -> None:
    """Segments that were moved give every segment its place; with places already it is those that differ."""
    of = session(marker("m1", 10), marker("m2", 30), marker("m3", 50))
    found = project(of)
    found["cutSegments"].insert(0, found["cutSegments"].pop())
    edits = took(json.dumps(found), of).edits
    assert {each.id: each.fields for each in edits} == {"m3": {"rank": 1}, "m1": {"rank": 2}, "m2": {"rank": 3}}
    ranked = session(marker("m1", 10, rank=2), marker("m2", 30, rank=3), marker("m3", 50, rank=1))
    found = project(ranked)
    found["cutSegments"][:2] = found["cutSegments"][1::-1]
    edits = took(json.dumps(found), ranked).edits
    assert {each.id: each.fields for each in edits} == {"m1": {"rank": 1}, "m3": {"rank": 2}}
    meanwhile = session(marker("m1", 10, rank=1), marker("m2", 30, rank=2), marker("m3", 50, rank=3))
    (conflict,) = took(json.dumps(found), meanwhile).conflicts
    assert "order" in conflict.what


def test_what_is_not_ours_is_new() -> None:
    """With its window, or as a point; called imported without a name; half of a segment that was split is new too."""
    of = session(marker("m1", 30, look_back_s=10.0, look_ahead_s=10.0))
    found = project(of)
    one = found["cutSegments"][0]
    halves = [one | {"end": 28.0}, one | {"start": 28.0}]
    others = [{"start": 5.0, "end": 9.5, "name": "", "tags": {"note": "look"}}, {"start": 57.5, "name": "a point"}]
    taken = took(json.dumps(PROJECT | {"cutSegments": halves + others}), of)
    assert [each.fields for each in taken.edits] == [{"look_ahead_s": 0.0}]
    assert [(each.label, each.start_ns, each.end_ns, each.note) for each in taken.new] == [
        ("Tuned in m1", 30 * SECOND_NS, 40 * SECOND_NS, ""),
        ("Imported", 7 * SECOND_NS, 11_500_000_000, "look"),
        ("a point", 59_500_000_000, None, ""),
    ]
    markers = [marker(each.id, each.start_ns / SECOND_NS, key="") for each in taken.new]
    assert not took(json.dumps(PROJECT | {"cutSegments": others}), session(*markers)).new, "the same are known again"


def test_a_clip_over_a_pause_keeps_the_end_that_was_left_as_it_was() -> None:
    """Film time closes the pause up: only the end that was moved is turned back into session time."""
    of = session(marker("m", 62, look_back_s=10.0, look_ahead_s=10.0, state="paused"))
    found = project(of)
    assert (found["cutSegments"][0]["start"], found["cutSegments"][0]["end"]) == (50.0, 58.000000001)
    found["cutSegments"][0]["start"] = 45.0
    (edit,) = took(json.dumps(found), of).edits
    assert edit.fields == {"look_back_s": 15.0}
    found["cutSegments"][0]["end"] = 68.0
    (edit,) = took(json.dumps(found), of).edits
    assert edit.fields == {"look_back_s": 15.0, "look_ahead_s": pytest.approx(48.0)}


def test_a_project_about_one_file_of_the_film() -> None:
    """Its times are that file's; of another film's project it is said."""
    of = session()
    segment = [{"start": 1.0, "end": 2.0, "name": "x"}]
    found = took(json.dumps({"version": 2, "mediaFileName": "cam1-0001.mp4", "cutSegments": segment}), of)
    assert (found.new[0].start_ns, found.new[0].end_ns, found.notes) == (3 * SECOND_NS, 4 * SECOND_NS, ())
    found = took(json.dumps({"version": 2, "mediaFileName": "holiday.mp4", "cutSegments": segment}), of)
    assert "holiday.mp4" in found.notes[0]


# Conflicts -------------------------------------------------------------------------------------------------------


def test_what_was_changed_on_both_sides_is_shown() -> None:
    """A name and a window that were changed here meanwhile stay; what was changed alike is no conflict."""
    before = marker("m", 30)
    found = project(session(before))
    found["cutSegments"][0] |= {"start": 20.0, "name": "Theirs"}
    here = session(replace(before, label="Ours", look_back_s=3.0))
    taken = took(json.dumps(found), here)
    assert not taken.edits
    assert len(taken.conflicts) == 2
    assert "'Ours'" in summary(taken.conflicts)[0]
    alike = session(replace(before, label="Theirs", look_back_s=8.0))
    assert took(json.dumps(found), alike) == Changes((), (), ())
    only_here = session(replace(before, label="Ours", look_back_s=3.0))
    assert took(written(find("losslesscut"), session(before)), only_here) == Changes((), (), ())


def test_another_film_is_noticed() -> None:
    """When more was left out since the export, the file's times mean other moments: only its names are taken."""
    of = session(marker("m1", 30), marker("m2", 50))
    found = project(of)
    found["cutSegments"][1] |= {"name": "Waits", "end": 52.0}
    found["cutSegments"].append({"start": 1.0, "end": 2.0, "name": "new"})
    shorter = FilmTime((Stretch(10 * SECOND_NS, 60 * SECOND_NS, 0, ""),))
    taken = took(json.dumps(found), replace(of, film=replace(of.film, time=shorter)))
    assert [each.fields for each in taken.edits] == [{"label": "Waits"}]
    assert not taken.new
    assert all("another film" in each.why for each in taken.conflicts)
    assert len(taken.conflicts) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"end": None}, "no end"),
        ({"end": 3.0}, "before it begins"),
        ({"start": 600.0, "end": 610.0}, "outside of the film"),
        ({"tags": {"id": "gone"}}, "not in the session"),
        ({"start": 200.0, "end": 210.0}, "away from the press"),
    ],
)
def test_what_cannot_be_meant_is_shown(change: dict[str, Any], said: str) -> None:
    """One segment that makes no sense costs no other one."""
    of = session(marker("m1", 30), marker("m2", 40))
    found = project(of)
    found["cutSegments"][0] |= change
    if change.get("end", 0) is None:
        del found["cutSegments"][0]["end"]
    found["cutSegments"][1]["name"] = "Waits"
    taken = took(json.dumps(found), of)
    assert [said in each.why for each in taken.conflicts] == [True]
    assert [each.fields for each in taken.edits] == [{"label": "Waits"}]


# LosslessCut's own formats ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted_s"),
    [
        ("00:01:54.612,00:03:09.053,A\n  00:05:00.448,00:07:56.194,B  \n0,1,D\n1.01,1.99,E\n0:2,0:3,F\n",
         [(114.612, 189.053, "A"), (300.448, 476.194, "B"), (0, 1, "D"), (1.01, 1.99, "E"), (2, 3, "F")]),
        ("1,2\n3,4\n", [(1, 2, None), (3, 4, None)]),
        ("1\n2\n3\n", [(1, None, None), (2, None, None), (3, None, None)]),
        ("Start,End,Name\n,5,x\n6,,y\n", [(0, 5, "x"), (6, None, "y")]),
        ("Start\tEnd\tName\n00:00:01.000\t00:00:02.500\tå\n", [(1, 2.5, "å")]),
        ('\ufeff1,2,"two\nlines, one name"\n', [(1, 2, "two\nlines, one name")]),
    ],
)  # fmt: skip
def test_losslesscuts_tables(text: str, wanted_s: list[tuple[float, float | None, str | None]]) -> None:
    """As its own tests have them (edlFormats.test.ts)."""
    found = read(text.encode(), "a.csv")
    told = [(each.start_ns / SECOND_NS, each.end_ns and each.end_ns / SECOND_NS, each.label) for each in found.entries]
    assert told == wanted_s


def test_losslesscuts_tags_and_frames() -> None:
    """Tags have the header's names, or numbers without one; frames are counted at the rate that is given."""
    rows = "1,2,Name1,group1,This is a tag\n3,4,Name2,,Name\n"
    named, bare = read(f"Start,End,Name,group,Name\n{rows}".encode(), "a"), read(rows.encode(), "a")
    assert [each.tags for each in named.entries] == [{"group": "group1", "Name": "This is a tag"}, {"Name": "Name"}]
    assert [each.tags for each in bare.entries] == [{"tag1": "group1", "tag2": "This is a tag"}, {"tag2": "Name"}]
    framed = read(b"0,155,EP106\n156,251,EP107\n", "a", rate=30)
    assert [(each.start_ns, each.end_ns) for each in framed.entries] == [
        (0, 5_166_666_667),
        (5_200_000_000, 8_366_666_667),
    ]


def test_projects_of_both_versions() -> None:
    """Version 1 may lack a beginning; JSON5 is read; tags that are no text become text."""
    text = (
        "// LosslessCut\n{version: 1, cutSegments: [{name: 'a', end: 2.5}, {start: .5, name: \"b\", tags: {n: 5},},]}"
    )
    entries = read(text.encode(), "a.llc").entries
    assert [(each.start_ns, each.end_ns, each.label) for each in entries] == [
        (0, 2_500_000_000, "a"),
        (500_000_000, None, "b"),
    ]
    assert entries[1].tags == {"n": "5"}


# Refusals --------------------------------------------------------------------------------------------------------

OTHERS: dict[str, tuple[str | bytes, str]] = {
    "subtitles": ("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n", "WebVTT"),
    "srt": ("1\n00:00:01,000 --> 00:00:02,000\nx\n", "SRT"),
    "elan": ('<?xml version="1.0"?>\n<ANNOTATION_DOCUMENT/>', "ELAN"),
    "fcpxml": ('<?xml version="1.0"?><!DOCTYPE fcpxml>\n<fcpxml version="1.9"/>', "Final Cut"),
    "edl": ("TITLE: x\nFCM: NON-DROP FRAME\n", "edit decision list"),
    "mplayer": ("5.3   7.1    0\n15   16.7   1\n", "MPlayer"),
    "otio": ('{"OTIO_SCHEMA": "Timeline.1"}', "OpenTimelineIO"),
    "boris": ('{"project_format_version": "7.0"}', "BORIS"),
    "praat": ('File type = "ooTextFile"\n', "Praat"),
    "bookmarks": ("[Bookmark]\n0=1*x*y\n".encode("utf-16"), "PotPlayer"),
    "zip": (b"PK\x03\x04", "ZIP"),
    "cp1252": ("1,2,Vänta\n".encode("cp1252"), "UTF-8"),
    "binary": (b"\0\1\2", "no text"),
    "empty": ("", "nothing in it"),
    "prose": ("Dear all,\nsee you soon\n", "where a time belongs"),
    "newer": ('{"version": 3, "cutSegments": []}', "version 3"),
    "damaged": ('{"version": 2, "cutSegments": [', "damaged"),
    "json": ('{"version": 2, segments: []}', "no LosslessCut project"),
    "datavyu": ("#4\ncode (MATRIX)\n", "Datavyu"),
    "boris table": ("Observation id,Start\nx,1\n", "BORIS"),
    "deep": ("[" * 100_000, "nested"),
    "infinite": ("{version: 2, cutSegments: [{start: Infinity, name: ''}]}", "no number of seconds"),
    "huge": ('{"version": 2, "cutSegments": [{"start": 1e300, "name": ""}]}', "no number of seconds"),
    "quotes": ('1,2,"x"y\n', "no CSV"),
    "our table without a time": ("id,label,clip_in_s,clip_out_s\nm,x,abc,2\n", "where seconds belong"),
    "our table without an order": ("id,label,clip_in_s,clip_out_s,order\nm,x,1,2,first\n", "whole number"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_taken_back_is_refused_by_name(name: str) -> None:
    """What, why and what to do; never a traceback."""
    data, said = OTHERS[name]
    with pytest.raises(UserError) as caught:
        read(data.encode() if isinstance(data, str) else data, "a file")
    assert said in str(caught.value)
    assert caught.value.why
    assert caught.value.do


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda each: each.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing else happens."""
    try:
        taken = read(data, "a file")
    except UserError as error:
        assert error.why
        return
    assert isinstance(changes(taken, handed()), Changes)


ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["start", "end", "name", "tags", "id"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(ANY_JSON)
def test_any_project_is_read_or_refused(segments: Any) -> None:
    """Whatever stands where segments belong."""
    data = json.dumps({"version": 2, "cutSegments": segments}).encode()
    try:
        assert isinstance(changes(read(data, "a.llc"), handed(everything())), Changes)
    except UserError as error:
        assert error.why
