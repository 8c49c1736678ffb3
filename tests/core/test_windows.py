"""Draft clips: inside one recorded stretch, neither too short nor too long, no marker lost, clamps with their whys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_clips import LENGTH, films, spans, view
from vig_capture.core.clips import Film, Window, ends
from vig_capture.core.film_time import SEAM_NS, FilmTime
from vig_capture.core.model import LeftOut, Marker, Segment, Stream
from vig_capture.core.replay import SessionView
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.core.windows import (
    LONGEST_NS,
    MICRO_NS,
    PRESETS,
    SHORTEST_NS,
    Draft,
    Drafts,
    Preset,
    chosen,
    drafts,
    families,
    filmed,
)

LADDER = {"a": "being attentive", "r": "receiving initiatives", "t": "developing attuned interactions"}
seconds = st.integers(0, LENGTH + 10)
presets = st.sampled_from(PRESETS)


def marker(name: str, t_s: float, **fields: Any) -> Marker:
    """A press; every time in seconds."""
    for key in ("extended_ns", "until_ns"):
        if fields.get(key) is not None:
            fields[key] = round(fields[key] * SECOND_NS)
    told: dict[str, Any] = {"key": "a", "label": "Tuned in", "who": "self"}
    return Marker(name, t_ns=round(t_s * SECOND_NS), utc="", **(told | fields))


@st.composite
def markers(draw: st.DrawFn) -> list[Marker]:
    """Points, extended ones and stretches, of two keys and two people, anywhere in the film and beside it; of some the
    ends were moved away from the press, or past each other."""
    found = []
    for number, t_s in enumerate(draw(st.lists(seconds, max_size=12))):
        further = draw(st.none() | st.integers(0, LENGTH))
        fields = {
            "key": draw(st.sampled_from("ar")),
            "who": draw(st.sampled_from(["self", "other"])),
            "look_back_s": draw(st.integers(-5, 120)),
            "look_ahead_s": draw(st.integers(-5, 120)),
            draw(st.sampled_from(["extended_ns", "until_ns"])): None if further is None else t_s + further,
        }
        found.append(marker(f"m{number}", t_s, **fields))
    return found


def made(
    pieces: list[tuple[int, int]], left_out: list[tuple[int, int]], found: Sequence[Marker], preset: Preset = "standard"
) -> tuple[Drafts, FilmTime]:
    film = Film.of(view(pieces, left_out))
    time = FilmTime.of(film, [])
    return drafts(found, film, time, preset, LADDER), time


def one(pieces: list[tuple[int, int]], each: Marker, preset: Preset = "standard", left_out: Any = ()) -> Draft:
    found, _ = made(pieces, list(left_out), [each], preset)
    (clip,) = found.clips
    return clip


def span(clip: Draft) -> tuple[float, float]:
    return clip.window.start_ns / SECOND_NS, clip.window.end_ns / SECOND_NS


@settings(deadline=None)
@given(films(), spans, markers(), presets)
def test_every_clip_is_inside_one_recorded_stretch(
    pieces: list[tuple[int, int]], left_out: list[tuple[int, int]], found: list[Marker], preset: Preset
) -> None:
    """Never inverted or empty; 20 to 90 s, or the whole stretch with a word about it; micro at most 10 s; each marker
    exactly once; a press that was filmed is in its clip; whatever was clamped says why."""
    result, time = made(pieces, left_out, found, preset)
    told = [each.id for clip in result.clips for each in clip.markers] + [each.marker.id for each in result.without]
    assert sorted(told) == sorted(each.id for each in found)
    assert all(each.why for each in result.without)
    for clip in result.clips:
        start_ns, end_ns = clip.window.start_ns, clip.window.end_ns
        (stretch,) = [each for each in time.stretches if each.start_ns <= start_ns < end_ns <= each.end_ns]
        whole = Window(stretch.start_ns, stretch.end_ns)
        if preset == "standard":
            assert clip.window.length_ns <= LONGEST_NS
            if clip.window.length_ns < SHORTEST_NS:
                assert clip.window == whole
                assert "no more film" in " ".join(clip.why)
        elif preset == "micro":
            assert clip.window.length_ns <= MICRO_NS
        for each in clip.markers:
            asked = (
                Window(*ends(each))
                if preset != "micro"
                else Window(each.t_ns - 8 * SECOND_NS, each.t_ns + 2 * SECOND_NS)
            )
            if time.film_ns(each.t_ns) is not None and asked.start_ns <= each.t_ns <= asked.end_ns:
                assert start_ns <= each.t_ns <= end_ns
            assert clip.why or (start_ns <= asked.start_ns and asked.end_ns <= end_ns)
    assert [clip.window.start_ns for clip in result.clips] == sorted(clip.window.start_ns for clip in result.clips)
    assert sorted(clip.proposed for clip in result.clips) == list(range(1, len(result.clips) + 1))


@st.composite
def sessions(draw: st.DrawFn) -> SessionView:
    """A session in thousandths of a second: files with seams, pauses of any length and holes between them, and parts
    that are left out anywhere, also for a moment."""
    found, t_ms = SessionView(streams={"cam1": Stream("cam1", "video", "")}), draw(st.integers(0, 5_000))
    for number in range(draw(st.integers(1, 6))):
        end_ms = t_ms + draw(st.integers(300, 60_000))
        found.segments.append(Segment("cam1", f"film/cam1-{number:04}.mp4", t_ms * MS_NS, end_ms * MS_NS))
        kind = draw(st.sampled_from(["seam", "pause", "hole"]))
        longest = {"seam": 100, "pause": 30_000, "hole": 30_000}[kind]
        t_ms = end_ms + draw(st.integers(200 if kind == "hole" else 0, longest))
        if kind == "pause":
            # (The last picture may reach a little into it.)
            begun_ms = end_ms - draw(st.integers(0, 33))
            found.pauses.append((begun_ms * MS_NS, max(t_ms, begun_ms + 1) * MS_NS))
    edges = st.sampled_from([edge for each in found.segments for edge in (each.start_ns, each.end_ns or 0)])
    for number in range(draw(st.integers(0, 4))):
        at_ns = draw(edges | st.integers(0, t_ms).map(lambda at_ms: at_ms * MS_NS))
        length_ns = draw(st.integers(1, 300) | st.integers(1, 60_000)) * MS_NS
        start_ns = max(at_ns - draw(st.sampled_from([0, length_ns])), 0)
        found.left_out[str(number)] = LeftOut(str(number), start_ns, start_ns + length_ns)
    found.last_t_ns = t_ms * MS_NS
    return found


@settings(deadline=None, max_examples=300)
@given(sessions(), st.lists(st.tuples(st.floats(0, 1.1), st.floats(-5, 90), st.floats(-5, 60))), presets)
def test_no_clip_goes_over_a_cut(
    session: SessionView, presses: list[tuple[float, float, float]], preset: Preset
) -> None:
    """By the session itself: nothing of a clip is left out, and no pause or hole lies within it, however short. A
    standard clip is 20 to 90 s long, or goes from one such cut to the next."""
    found = [
        marker(f"m{at}", share * session.last_t_ns / SECOND_NS, look_back_s=back_s, look_ahead_s=ahead_s)
        for at, (share, back_s, ahead_s) in enumerate(presses)
    ]
    result = drafts(found, *filmed(session), preset)
    cuts = set(_cuts(session))
    for clip in result.clips:
        start_ns, end_ns = clip.window.start_ns, clip.window.end_ns
        assert start_ns < end_ns
        assert not any(each.start_ns < end_ns and start_ns < each.end_ns for each in session.left_out.values())
        assert not any(start_ns < cut_ns < end_ns for cut_ns in cuts)
        if preset == "standard":
            assert clip.window.length_ns <= LONGEST_NS
            beside = ((start_ns, start_ns - 1), (end_ns, end_ns))
            is_whole = all(at_ns in cuts or not _is_shown(session, beside_ns) for at_ns, beside_ns in beside)
            assert clip.window.length_ns >= SHORTEST_NS or (is_whole and "no more film" in " ".join(clip.why))
        elif preset == "micro":
            assert clip.window.length_ns <= MICRO_NS


def _cuts(session: SessionView) -> Iterator[int]:
    """Where a file ends, and where the next one begins, if that is no seam."""
    begun = {from_ns for from_ns, _ in session.pauses}
    for before, after in pairwise(session.segments):
        end_ns = before.end_ns or 0
        if after.start_ns - end_ns >= SEAM_NS or any(end_ns - 33 * MS_NS <= at_ns <= end_ns for at_ns in begun):
            yield from (end_ns, after.start_ns)


def _is_shown(session: SessionView, t_ns: int) -> bool:
    """Was this moment filmed, and is it not left out?"""
    filmed_then = any(each.start_ns <= t_ns < (each.end_ns or 0) for each in session.segments)
    return filmed_then and not any(each.start_ns <= t_ns < each.end_ns for each in session.left_out.values())


@pytest.mark.parametrize("preset", ["as-marked", "standard"])
@given(st.lists(st.tuples(st.integers(20, LENGTH), st.sampled_from("ar"), st.booleans()), min_size=1, max_size=12))
def test_neighbours_of_a_kind_are_one_clip(preset: Preset, presses: list[tuple[int, str, bool]]) -> None:
    """A clip shows one kind, and two clips of a kind that touch would be longer than 90 s together."""
    looks: dict[str, Any] = {"look_back_s": 15, "look_ahead_s": 5}
    found = [
        marker(f"m{number}", t_s, key=key, who="other" if is_other else "self", **looks)
        for number, (t_s, key, is_other) in enumerate(presses)
    ]
    result, _ = made([(0, LENGTH + 10)], [], found, preset)
    by_kind: dict[tuple[str, str], list[Window]] = {}
    for clip in result.clips:
        (kind,) = {(each.key, each.who) for each in clip.markers}
        by_kind.setdefault(kind, []).append(clip.window)
    for windows in by_kind.values():
        for before, after in pairwise(windows):
            touch = after.start_ns <= before.end_ns
            assert not touch or after.end_ns - before.start_ns > LONGEST_NS


def test_what_is_no_neighbour_of_a_kind_is_a_clip_of_its_own() -> None:
    """Another key, another person, a private one, the other side of a pause."""
    film = [(0, 60), (70, 120)]
    first = marker("m0", 50)
    for other in (
        marker("m1", 52, key="r"),
        marker("m1", 52, who="other"),
        marker("m1", 52, private=True),
        marker("m1", 72),
    ):
        assert len(made(film, [], [first, other])[0].clips) == 2
    merged = made(film, [], [marker("m1", 52), first])[0].clips
    assert [[each.id for each in clip.markers] for clip in merged] == [["m0", "m1"]]


def test_a_short_window_grows_backwards_and_then_forwards() -> None:
    """Backwards as far as its stretch goes, then forwards; as-marked it stays, with a stretch too short it says so."""
    point = {"look_back_s": 5, "look_ahead_s": 2}
    assert span(one([(0, 100)], marker("m", 50, **point))) == (32, 52)
    grown = one([(0, 20), (40, 100)], marker("m", 50, **point))
    assert span(grown) == (40, 60)
    assert grown.why == ()
    assert span(one([(0, 100)], marker("m", 50, **point), "as-marked")) == (45, 52)
    small = one([(0, 20), (40, 55)], marker("m", 50, **point))
    assert span(small) == (40, 55)
    assert small.why == ("It is shorter than 20 s: there is no more film here.",)


def test_a_micro_clip_ends_two_seconds_after_the_press() -> None:
    """Whatever the key's own look-back is; and it is cut by a pause like any other."""
    assert span(one([(0, 100)], marker("m", 50, look_back_s=30), "micro")) == (42, 52)
    cut = one([(45, 51)], marker("m", 50), "micro")
    assert span(cut) == (45, 51)
    assert len(cut.why) == 2


def test_too_long_it_is_cut_around_its_press() -> None:
    """From the beginning on, if the press and what follows it are in it; else so that they are. Said, and not done as
    marked."""
    film = [(0, 400)]
    stretch = marker("m", 100, look_back_s=0, look_ahead_s=0, until_ns=250)
    assert span(one(film, stretch)) == (100, 190)
    assert "90 s" in one(film, stretch).why[0]
    assert span(one(film, stretch, "as-marked")) == (100, 250)
    assert span(one(film, marker("m", 200, look_back_s=120, look_ahead_s=5))) == (115, 205)
    assert span(one(film, marker("m", 200, look_back_s=120, look_ahead_s=120))) == (200, 290)


@pytest.mark.parametrize(
    ("t_s", "left_out", "clip", "said"),
    [
        (12, [], (0, 10), ["in a pause", "film begins", "a pause"]),
        (29, [], None, ["in a pause"]),
        (54, [], (40, 50), ["nothing was recorded", "after a pause", "broke off"]),
        (105, [], (80, 100), ["film had ended", "film ends"]),
        (5, [(4, 8)], (0, 4), ["left out", "film begins", "left out"]),
        (99, [(85, 100)], (65, 85), ["marked in a part that is left out", "before a part that is left out"]),
    ],
)
def test_a_press_that_was_not_filmed(
    t_s: int, left_out: list[tuple[int, int]], clip: tuple[int, int] | None, said: list[str]
) -> None:
    """It takes the film that ends within its look-back, says why, or says that there is none."""
    session = view([(0, 10), (40, 50), (60, 100)], left_out)
    session.pauses = [(10 * SECOND_NS, 39 * SECOND_NS)]
    session.last_t_ns = 120 * SECOND_NS
    found = drafts([marker("m", t_s, look_back_s=15)], *filmed(session))
    if clip is None:
        assert found.clips == ()
        assert said[0] in found.without[0].why
        return
    assert span(found.clips[0]) == clip
    whys = [why for why in found.clips[0].why if "shorter than" not in why]
    for each in said:
        assert any(each in why for why in whys), whys


def test_a_stretch_that_was_begun_before_the_film() -> None:
    """What of it was filmed is shown; a point before the film has nothing."""
    session = view([(10, 100)], [])
    begun = marker("m", 4, look_back_s=0, look_ahead_s=0, until_ns=40)
    found = drafts([begun, marker("p", 4)], *filmed(session))
    assert [span(clip) for clip in found.clips] == [(10, 40)]
    assert "before the film began" in found.clips[0].why[0]
    assert [each.marker.id for each in found.without] == ["p"]


def test_without_a_film_there_is_no_clip() -> None:
    """Nothing is lost: each marker is told."""
    found = drafts([marker("m", 5)], *filmed(SessionView()))
    assert found.clips == ()
    assert len(found.without) == 1


def test_private_ones_are_chosen_by_name_only() -> None:
    """By their id, or by the word; never because they have a star."""
    found = [marker("m1", 1, star=True), marker("m2", 2, private=True, star=True), marker("m3", 3, shortlist=True)]
    assert [each.id for each in chosen(found)] == ["m1", "m3"]
    assert [each.id for each in chosen(found, marked=["star"])] == ["m1"]
    assert [each.id for each in chosen(found, marked=["star", "shortlist"])] == ["m1", "m3"]
    assert [each.id for each in chosen(found, named=["m2"])] == ["m2"]
    assert [each.id for each in chosen(found, private=True)] == ["m1", "m2", "m3"]


def test_from_simple_to_complex_is_proposed_beside_the_order_of_time() -> None:
    """By the vocabulary's families, which are a ladder; within a rung the short list, then stars; strangers last."""
    keys = [{"key": key, "family": family} for key, family in LADDER.items()]
    assert families({"keys": keys}) == LADDER
    found = [
        marker("turns", 50, key="t"),
        marker("stranger", 100, key="-"),
        marker("plain", 150),
        marker("starred", 200, star=True),
        marker("short", 250, shortlist=True),
    ]
    result, _ = made([(0, 300)], [], found)
    assert [clip.markers[0].id for clip in result.clips] == ["turns", "stranger", "plain", "starred", "short"]
    assert [clip.markers[0].id for clip in result.proposed()] == ["short", "starred", "plain", "turns", "stranger"]
