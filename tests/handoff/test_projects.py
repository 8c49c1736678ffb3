"""Projects of other programs: stretches, files, tiers and frames, and what is said where an extra is missing."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from praatio.utilities.my_math import numToStr
from praatio.utilities.textgrid_io import getTextgridAsStr, parseTextgridStr
from pympi.Elan import Eaf, to_string

from tests.handoff.made_up import PEOPLE, SEGMENTS, TIME, everything, handed, known, marker, moment, written
from tests.handoff.project_readers import read_boris, read_edl, read_elan
from vig_capture.core.errors import UserError
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.handoff.boris_media import Media
from vig_capture.handoff.facts import nanoseconds
from vig_capture.handoff.frames import frame, frame_ns
from vig_capture.handoff.handed import Handed
from vig_capture.handoff.lanes import Lanes
from vig_capture.handoff.losses import told
from vig_capture.handoff.registry import find

FILM_TIMES = st.integers(0, TIME.length_ns - 1)
STRETCHES = st.lists(st.tuples(st.integers(2_000, 59_000), st.integers(0, 20_000)), max_size=8)
"""Beginning and length, in thousandths of a second of session time."""


def stretches(found: list[tuple[int, int]]) -> Handed:
    """Of one key and one person."""
    made = []
    for number, (start_ms, length_ms) in enumerate(sorted(found)):
        until_ns = min(start_ms + length_ms, 60_000) * MS_NS
        made.append(
            moment(replace(marker(f"m{number}", 0, until_ns=until_ns), t_ns=start_ms * MS_NS, label="Received"))
        )
    return handed(made)


def project(session: Handed, name: str = "boris") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written(find(name), session))
    return found


# BORIS -----------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(STRETCHES)
def test_overlapping_stretches_keep_their_ends(found: list[tuple[int, int]]) -> None:
    """BORIS takes two starts of one behaviour for a start and a stop: each stretch comes back with its own end."""
    session = stretches(found)
    back = {each["id"]: each for each in read_boris(written(find("boris"), session))}
    for each in session.moments():
        ends = back[each.marker.id]["film_press"], back[each.marker.id].get("film_until")
        wanted = each.film_ns, each.film_until_ns
        assert [nanoseconds(end) if end else None for end in ends] == list(wanted)


@given(FILM_TIMES, st.booleans())
def test_a_moment_is_in_its_own_file(film_ns: int, whole: bool) -> None:
    """By the files' own beginnings, and less than a thousandth of a second early; with floored lengths and without."""
    media = Media.of(handed(), whole)
    at_ms = media.at_ms(film_ns)
    assert 0 <= film_ns - media.film_ns(at_ms) <= MS_NS
    floored, exact = 0, 0.0
    named: list[str] = []
    for file in media.files:
        floored, exact = floored + int(file.length_s * 10**3), exact + file.length_s
        named += [file.path] if at_ms < floored and len(named) == 0 else []
        assert floored == round(exact * 1000)
    t_ns = TIME.t_ns(film_ns)
    assert t_ns is not None
    wanted = max((part for part in SEGMENTS if part.start_ns <= t_ns), key=lambda part: part.start_ns).file
    assert named == ["film.mp4" if whole else f"../{wanted}"]


@given(st.integers(1, 10**8))
def test_no_length_is_floored_to_less(length_ms: int) -> None:
    """Whatever thousandths a file has, BORIS's own floor of the number gives them back."""
    part = replace(SEGMENTS[0], start_ns=2 * SECOND_NS)
    time = replace(TIME, stretches=(replace(TIME.stretches[0], end_ns=2 * SECOND_NS + length_ms * MS_NS),))
    (file,) = Media.of(handed(segments=(part,), film=replace(handed().film, time=time))).files
    assert length_ms <= file.length_ms == int(file.length_s * 10**3) <= length_ms + 2


def test_a_project_is_complete() -> None:
    """Persons, categories and media are there, private keys are not; files are found from where the project lies."""
    session = handed(session_folder="../../sessions/one")
    told = project(session)
    assert [each["name"] for each in told["subjects_conf"].values()] == list(PEOPLE)
    assert {each["category"] for each in told["behaviors_conf"].values()} - {""} == set(told["behavioral_categories"])
    assert "private" not in told["behavioral_categories"][:2]
    (observation,) = told["observations"].values()
    assert observation["file"]["1"][0] == "../../sessions/one/film/cam1-0001.mp4"
    assert len(observation["file"]) == 8
    for name in ("length", "fps", "hasVideo", "hasAudio", "display"):
        assert list(observation["media_info"][name]) == observation["file"]["1"]
    (film,) = project(session, "boris-film")["observations"].values()
    assert film["file"]["1"] == ["film.mp4"]
    (without_files,) = project(handed(segments=()))["observations"].values()
    assert without_files["file"]["1"] == ["film.mp4"], "what is left out is in no file to point to"


def test_one_name_in_two_families_is_two_behaviours() -> None:
    """And names that differ in nothing but a bar are kept apart as well."""
    labels = (("Moment", "a"), ("Moment", "r"), ("x|y", "a"), ("x y", "a"))
    made = [moment(marker(f"m{at}", 10 + at, label=label, key=key)) for at, (label, key) in enumerate(labels)]
    rows = project(handed(made))["behaviors_conf"].values()
    codes = [row["code"] for row in rows if row["code"]]
    assert len(set(codes)) == len(codes)
    assert {"Moment", "Moment [2]", "x y", "x y [2]"} <= set(codes)


# Tiers and frames ------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=20))
def test_lanes_never_overlap(found: list[tuple[int, int]]) -> None:
    """And there are no more of them than stretches at one time."""
    lanes, taken = Lanes(), []
    for start, length in sorted(found):
        taken.append((lanes.take(start, start + length), start, start + length))
    for number, (lane, start, _) in enumerate(taken):
        assert not any(lane == other and start < end for other, _, end in taken[:number])
    most = max((sum(begin <= start < end for _, begin, end in taken) for _, start, _ in taken), default=0)
    assert len({lane for lane, *_ in taken}) == most


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(2 * SECOND_NS, 4 * SECOND_NS), max_size=12), STRETCHES)
def test_elan_has_all_of_a_crowd(presses: list[int], found: list[tuple[int, int]]) -> None:
    """However close the presses are, and whatever lies over what: each is there once, on a tier with room."""
    made = [replace(marker(f"p{at}", 0), t_ns=t_ns) for at, t_ns in enumerate(presses)]
    made += [each.marker for each in stretches(found).moments()]
    session = handed([moment(each) for each in sorted(made, key=lambda each: each.t_ns)])
    back = read_elan(written(find("elan"), session))
    assert sorted(each["id"] for each in back) == sorted(each.id for each in made)
    assert sum("film_until" in each for each in back) == sum(
        each.film_until_ns is not None for each in session.moments()
    )


@pytest.mark.parametrize("created", ["", "yesterday", "2026-11-22T09:40:00+00:00", "2026-11-22T09:40:00.5Z"])
def test_elan_has_a_date_whatever_is_known(created: str) -> None:
    """The schema wants one."""
    data = written(find("elan"), handed(created_utc=created)).decode()
    assert ('DATE="2026-11-22T09:40:00' if created[:2] == "20" else 'DATE="1970-01-01T00:00:00') in data


def test_an_elan_file_is_as_pympi_would_write_it(tmp_path: Path) -> None:
    """What is put into its document one by one is read by it, and written by it alike, element by element."""
    ours = tmp_path / "a.eaf"
    ours.write_bytes(written(find("elan"), handed()))
    # (It reads the schema's address as another attribute than the one that it writes.)
    theirs = to_string(Eaf(ours), pretty=False).replace("EAFv2.8.xsd", "EAFv3.0.xsd")
    assert canonicalize(theirs) == canonicalize(ours.read_text())
    assert theirs.count("<REF_ANNOTATION ") > theirs.count("<ALIGNABLE_ANNOTATION ") > 10


def test_a_textgrid_is_as_praatio_would_write_it() -> None:
    """To the letter, but for noughts at the end of numbers: what is put into its grid one by one has its form."""
    made = [moment(replace(each.marker, label=each.marker.label.strip(), note="a\n“b”")) for each in everything()]
    data = written(find("textgrid"), handed(made)).decode()
    grid = parseTextgridStr(data, includeEmptyIntervals=True)
    for tier in grid["tiers"]:
        tier["entries"] = [(*map(float, times), text) for *times, text in tier["entries"]]
    theirs = getTextgridAsStr(grid, "long_textgrid", True, minimumIntervalLength=None)
    assert theirs == re.sub(r"= (\d+\.\d{9}) \n", lambda found: f"= {numToStr(float(found[1]))} \n", data)
    assert theirs.count("intervals [") > theirs.count('text = ""') > 3


def test_moments_of_one_frame_share_a_marker() -> None:
    """Resolve keeps one a frame: nothing is dropped unsaid, and a note that looks like an event is guarded."""
    made = [moment(marker("m1", 10, note="first")), moment(marker("m2", 10.01, who="other")), moment(marker("m3", 11))]
    session = handed([replace(each, person=f"2-year-old {each.person}") for each in made])
    data = written(find("edl"), session).decode()
    assert "– 2-year-old mother: first / 2-year-old child |C:ResolveColorBlue |M:Tuned in m1 / Tuned in m2 |D:1" in data
    assert data.count("|M:") == 2
    assert told(find("edl").losses, session)["moments in the same frame: one marker stands for all of them"] == 2


def test_timecode_counts_whole_frames() -> None:
    """Also at rates that are no whole number: without drop frames, as the header says."""
    film = replace(handed().film, rate=29.97)
    data = written(find("edl"), handed([moment(marker("m1", 2 + 10))], film=film)).decode()
    assert "01:00:09:29 01:00:10:00" in data
    assert [each["film_press"] for each in read_edl(written(find("edl"), handed([moment(marker("m", 12))])))] == [
        "10.000000000"
    ]


@given(st.integers(0, 10**7), st.sampled_from([12.5, 23.976, 25.0, 29.97, 30.0, 60.0]))
def test_a_frame_begins_in_itself(number: int, rate: float) -> None:
    """Rounded to the nanosecond as it is."""
    assert frame(frame_ns(number, rate), rate) == number


# Extras ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "library"), [("parquet", "pyarrow"), ("otio", "opentimelineio")])
def test_a_missing_extra_is_named(form: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install; no other format is touched by it."""
    for name in [each for each in sys.modules if each.partition(".")[0] == library] or [library]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"vig_capture.handoff.{form}", raising=False)
    with pytest.raises(UserError) as caught:
        find(form)
    assert library in caught.value.what
    assert f"vig-capture[{form}]" in caught.value.do
    find("csv")


def test_parquet_holds_the_session_too() -> None:
    """Types, the session's own facts, and in a part of a data set no column that its folder gives."""
    parquet = pytest.importorskip("pyarrow.parquet")
    import io

    from vig_capture.handoff.parquet import Parquet, part_of

    table = parquet.read_table(io.BytesIO(written(known("parquet"), handed())))
    types = {field.name: str(field.type) for field in table.schema}
    assert [types[name] for name in ("session", "star", "order", "press_ns", "look_back_s")] == [
        *("string", "bool", "int32", "int64", "double")
    ]
    part = parquet.read_table(io.BytesIO(written(Parquet(partitioned=True), handed())))
    assert part.column_names == table.column_names[1:]
    told = json.loads(part.schema.metadata[b"vig_capture"])
    assert [len(told[name]) for name in ("stretches", "goals")] == [3, 1]
    assert part_of("a/b=c å") == "session=a%2Fb%3Dc%20%C3%A5/moments.parquet"
