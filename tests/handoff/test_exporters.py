"""Every format carries all that it does not say it loses; an independent reader is the judge."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.handoff.made_up import TIME, everything, handed, known, marker, moment, written
from tests.handoff.readers import READERS, Facts
from vig_capture.core.errors import UserError
from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.facts import FACTS, nanoseconds, seconds_text, text
from vig_capture.handoff.handed import Exporter, Handed, Moment
from vig_capture.handoff.losses import is_said, meets, told
from vig_capture.handoff.registry import BUILT_IN, find
from vig_capture.handoff.times import write_times

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


def said(of: Moment) -> Facts:
    """All that could be lost of a moment."""
    return {fact.name: text(fact.of(of), fact.kind) for fact in FACTS if is_said(of, fact.name)}


def lost(exporter: Exporter, of: Moment, session: Handed) -> set[str]:
    """What the exporter says that it loses of it."""
    met = [loss for loss in exporter.losses if meets(loss, session)(of)]
    return {name for loss in met for name in loss.facts} & said(of).keys()


def missing(found: list[Facts], of: Moment) -> set[str]:
    """What did not come back. A format without ids is asked for the moment of this name, by this person."""
    key = "id" if found and "id" in found[0] else "label"
    wanted = said(of).get(key, "")
    got = next((each for each in found if each[key] == wanted), {})
    return {name for name, value in said(of).items() if got.get(name) != value}


def test_every_format_has_a_reader() -> None:
    """The test below leaves none out."""
    assert READERS.keys() == BUILT_IN.keys()


@pytest.mark.parametrize("name", READERS)
def test_what_does_not_come_back_is_what_it_says(name: str) -> None:
    """Of moments that have everything, in every relation to the film."""
    exporter = known(name)
    found = READERS[name](written(exporter, handed()))
    for each in everything():
        assert missing(found, each) == lost(exporter, each, handed()), each.marker.id


@pytest.mark.parametrize("name", READERS)
def test_an_empty_session_is_a_file_as_well(name: str) -> None:
    """Without moments, and without a film, nothing fails."""
    exporter = known(name)
    assert READERS[name](written(exporter, handed([]))) == []
    film = replace(handed().film, time=replace(TIME, stretches=()))
    unfilmed = [replace(each, film_ns=None, film_window=None) for each in everything()]
    session = handed(unfilmed, film=film)
    found = READERS[name](written(exporter, session))
    assert all(missing(found, each) == lost(exporter, each, session) for each in unfilmed)


@pytest.mark.parametrize("name", sorted({*READERS} - {"grid", "grid-csv"}))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.integers(2 * SECOND_NS, 60 * SECOND_NS), st.integers(0, 10**10), st.integers(0, 10**10))
def test_texts_and_times_come_back(name: str, note: str, t_ns: int, back_ns: int, ahead_ns: int) -> None:
    """Any text and any time, byte for byte and to the nanosecond, or it is said that it cannot."""
    looks = {"look_back_s": back_ns / SECOND_NS, "look_ahead_s": ahead_ns / SECOND_NS}
    one = moment(replace(marker("m", 0, note=note, private_note=note, **looks), t_ns=t_ns))
    exporter = known(name)
    found = READERS[name](written(exporter, handed([one])))
    assert missing(found, one) == lost(exporter, one, handed([one]))


@pytest.mark.parametrize("name", ["webvtt", "chapters", "audacity"])
def test_cues_stand_in_the_order_of_their_beginnings(name: str) -> None:
    """However far a clip reaches back, as WebVTT and MP4 want it."""
    moments = [moment(marker(f"m{at}", 10 + at, look_back_s=float(at * 7 % 11))) for at in range(40)]
    starts = [nanoseconds(each["film_in"]) for each in READERS[name](written(find(name), handed(moments)))]
    assert len(starts) == 40
    assert starts == sorted(starts, key=lambda each: each or 0)


def test_chapters_name_what_was_closed_up() -> None:
    """A chapter begins at 0 and behind each seam, exact to the thousandth."""
    lines = written(find("chapters"), handed([])).decode().split("[CHAPTER]\n")
    assert lines[0] == ";FFMETADATA1\n"
    assert [each.split("\n")[1:4] for each in lines[1:]] == [
        ["START=0", "END=58000", "title=Start"],
        ["START=58000", "END=158000", "title=After a pause"],
        ["START=158000", "END=228000", "title=After a part that is left out"],
    ]


def test_the_order_that_was_chosen_is_losslesscuts() -> None:
    """What has a place comes first, in its order, and the others by their time; every segment has an end."""
    segments = json.loads(written(find("losslesscut"), handed()))["cutSegments"]
    assert [each["tags"]["id"] for each in segments[:3]] == ["m-imported", "m-all", "m-first"]
    assert all(each["end"] >= each["start"] for each in segments)


def test_a_project_is_of_losslesscuts_second_version() -> None:
    """Each field has the type that its schema asks for, and there is no other (types.ts, llcProjectV2Schema)."""
    project = json.loads(written(find("losslesscut"), handed()))
    assert (project.keys(), project["version"]) == ({"version", "mediaFileName", "cutSegments"}, 2)
    for each in project["cutSegments"]:
        assert each.keys() == {"start", "end", "name", "tags"}
        assert type(each["start"]) is type(each["end"]) is float
        assert isinstance(each["name"], str)
        assert all(isinstance(tag, str) for tag in each["tags"].values())


def test_the_grid_lists_and_never_counts() -> None:
    """No number of moments stands anywhere, and an empty cell is empty."""
    moments = [moment(marker(f"m{at}", 10 + at, label="Received", key="r")) for at in range(7)]
    page = written(find("grid"), handed(moments)).decode()
    assert page.count("<li>") == 7
    assert "7" not in page.split("<body>")[1].replace("0:07", "")
    assert "http" not in page
    assert "private" not in page


def test_the_table_of_times() -> None:
    """A row for each stretch, exact."""
    sink = io.BytesIO()
    write_times(TIME, sink)
    rows = [line.split(",") for line in sink.getvalue().decode().split("\r\n")[:-1]]
    assert rows[0] == ["session_start_s", "session_end_s", "film_start_s", "film_end_s", "closed_up_before"]
    assert rows[2] == ["100.000000000", "200.000000000", "58.000000001", "158.000000001", "pause"]
    ends = [(each.start_ns, each.end_ns, each.film_ns, each.film_end_ns) for each in TIME.stretches]
    assert [tuple(map(nanoseconds, row[:4])) for row in rows[1:]] == ends


@given(st.integers(-(10**18) + 1, 10**18 - 1))
def test_seconds_come_back_exactly(t_ns: int) -> None:
    """Nine decimals hold a nanosecond."""
    assert nanoseconds(seconds_text(t_ns)) == t_ns


def test_losses_are_told_once_and_only_where_they_are() -> None:
    """In plain words, with how many moments each meets; a table of everything has none."""
    said = told(find("audacity").losses, handed())
    assert said["tabs and line breaks: a space stands for each"] == 1
    assert said["moments of which nothing is in the film"] == 1
    assert not told(find("csv").losses, handed())
    assert "private notes" not in told(find("webvtt").losses, handed(everything()[:1]))


def test_an_unknown_format_says_what_was_meant() -> None:
    """A near miss, an alias, and what there is."""
    with pytest.raises(UserError) as caught:
        find("webvt")
    assert "Did you mean webvtt?" in str(caught.value)
    assert find("LLC").name == "losslesscut"
    with pytest.raises(UserError) as caught:
        find("xyzzy")
    assert "audacity" in str(caught.value)


class Nowhere:
    """Keeps nothing."""

    size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)


def _many(count: int) -> Iterator[Moment]:
    return (moment(marker(f"m{at}", 3 + at / 60, label="Tuned in")) for at in range(count))


@pytest.mark.parametrize("name", sorted(BUILT_IN.keys() - {"parquet"}))
def test_memory_stays_flat(name: str) -> None:
    """Ten times as many moments take no more than a little more memory: none are kept. (Parquet takes some thousand at
    a time: tools/export_many.py measures it.)"""
    peaks = []
    for count in (300, 3000):
        session = replace(handed([]), moments=partial(_many, count))
        known(name).write(session, Nowhere())
        tracemalloc.start()
        known(name).write(session, Nowhere())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2.5 * peaks[0] + 1_000_000, peaks
