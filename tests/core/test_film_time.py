"""Session time against film time: one table, both ways, exact."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_clips import LENGTH, films, spans, view
from vig_capture.core.clips import Film, Window
from vig_capture.core.film_time import FilmTime
from vig_capture.core.model import LeftOut
from vig_capture.core.time import MS_NS, SECOND_NS


@given(films(), spans, st.lists(st.integers(0, LENGTH * 2), max_size=20))
def test_the_table_is_one_to_one_and_closes_up_all_that_is_not_in_the_film(
    pieces: list[tuple[int, int]], left_out: list[tuple[int, int]], halves: list[int]
) -> None:
    """A moment is in the film where it was filmed and is not left out, comes back exactly; no film time is empty."""
    film = Film.of(view(pieces, left_out))
    table = FilmTime.of(film, [])
    held = {
        second for part in film.parts(Window(0, LENGTH * SECOND_NS)) for second in _seconds(part.start_ns, part.end_ns)
    }
    assert table.length_ns == len(held) * SECOND_NS
    for half in halves:
        t_ns = half * SECOND_NS // 2
        found = table.film_ns(t_ns)
        assert (found is not None) == (t_ns // SECOND_NS in held)
        assert found is None or table.t_ns(found) == t_ns
    for before, after in pairwise(table.stretches):
        assert before.end_ns < after.start_ns
        assert before.film_end_ns == after.film_ns
        assert after.after
    assert table.t_ns(table.length_ns) is None
    assert table.film_ns(-1) is None


def test_seams_have_their_causes_and_a_seam_of_files_is_none() -> None:
    """A pause and a left-out part are named; two files with the length of a picture between them are one
    stretch, but a short pause is a pause, and a moment that is left out right there is left out."""
    film = Film.of(view([(0, 10), (10, 20), (30, 40), (60, 70)], [(5, 6)]))
    table = FilmTime.of(film, [Window(20 * SECOND_NS, 30 * SECOND_NS)])
    told = [(each.start_ns // SECOND_NS, each.end_ns // SECOND_NS, each.after) for each in table.stretches]
    assert told == [(0, 5, ""), (6, 20, "left out"), (30, 40, "pause"), (60, 70, "not recorded")]
    made = view([(0, 10), (10, 20)], [])
    made.segments[1].start_ns += 33 * MS_NS
    assert len(FilmTime.of(Film.of(made), []).stretches) == 1
    paused = [Window(10 * SECOND_NS - MS_NS, 10 * SECOND_NS + 33 * MS_NS)]
    assert [each.after for each in FilmTime.of(Film.of(made), paused).stretches] == ["", "pause"]
    made.left_out["m"] = LeftOut("m", 10 * SECOND_NS - 100 * MS_NS, 10 * SECOND_NS)
    assert [each.after for each in FilmTime.of(Film.of(made), []).stretches] == ["", "left out"]


def test_a_window_is_what_was_filmed_of_it() -> None:
    """Also over a pause, whose time is not in it; None where nothing of it was filmed."""
    table = FilmTime.of(Film.of(view([(10, 20), (30, 40)], [])), [])
    assert table.window(Window(15 * SECOND_NS, 33 * SECOND_NS)) == Window(5 * SECOND_NS, 13 * SECOND_NS)
    assert table.window(Window(0, 12 * SECOND_NS)) == Window(0, 2 * SECOND_NS)
    assert table.window(Window(21 * SECOND_NS, 29 * SECOND_NS)) is None


def _seconds(start_ns: int, end_ns: int) -> range:
    return range(start_ns // SECOND_NS, end_ns // SECOND_NS)
