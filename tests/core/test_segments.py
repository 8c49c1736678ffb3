"""How pictures are counted and gaps are told (law 2)."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.model import Gap
from vig_capture.core.segments import DISK, NO_PICTURE, SKIPPED, TOO_SLOW, GapNames, Ledger, Rhythm
from vig_capture.core.time import MS_NS, SECOND_NS

RATE = 25.0
STEP_NS = 40 * MS_NS


def ledger() -> Ledger:
    made = Ledger("cam1", GapNames("cam1"))
    made.rhythm = Rhythm(RATE)
    made.begin(0, 1)
    return made


def keep(book: Ledger, t_ns: int) -> list[Gap]:
    return book.keep(book.arrive(t_ns, t_ns, False))


def test_a_steady_camera_has_no_gap() -> None:
    """Pictures in their rhythm, with a little jitter, are all kept and nothing is missing."""
    book = ledger()
    gaps = [gap for n in range(500) for gap in keep(book, n * STEP_NS + (n * 7919 % 9) * MS_NS)]
    assert gaps == []
    assert (book.counters.captured, book.counters.lost, book.counters.missed) == (500, 0, 0)


@given(st.integers(1, 12), st.integers(8, 60))
def test_skipped_pictures_are_counted(skipped: int, before: int) -> None:
    """Pictures that the camera left out are missed, in the right number and place."""
    book = ledger()
    numbers = [*range(before), *range(before + skipped, before + skipped + 5)]
    gaps = [gap for n in numbers for gap in keep(book, n * STEP_NS)]
    assert [(gap.lost, gap.cause, gap.start_ns, gap.end_ns) for gap in gaps] == [
        (skipped, SKIPPED, before * STEP_NS, (before + skipped) * STEP_NS)
    ]
    assert book.counters.missed == skipped


def test_a_source_that_counts_is_believed() -> None:
    """Where the source numbers its pictures, a hole in its rhythm is no loss."""
    book = ledger()
    book.rhythm.counted = True
    numbers = [*range(30), *range(33, 60)]
    assert [gap for n in numbers for gap in keep(book, n * STEP_NS)] == []
    assert book.counters.missed == 0


def test_a_dim_room_is_no_loss() -> None:
    """A camera that goes over to half its rate loses nothing."""
    book = ledger()
    times = [n * STEP_NS for n in range(50)] + [50 * STEP_NS + n * 2 * STEP_NS for n in range(50)]
    assert [gap for t_ns in times for gap in keep(book, t_ns)] == []


def test_a_late_stamp_is_no_loss() -> None:
    """A picture stamped late, and the next one in time, are no skip."""
    book = ledger()
    times = [n * STEP_NS for n in range(50)]
    times[30] += 35 * MS_NS
    assert [gap for t_ns in times for gap in keep(book, t_ns)] == []


@given(st.integers(25, 500))
def test_a_lost_camera_is_right_to_a_frame(missing: int) -> None:
    """A gap without pictures holds as many as the camera would have sent."""
    book = ledger()
    for n in range(50):
        keep(book, n * STEP_NS)
    (opened,) = book.lose(NO_PICTURE)
    assert (opened.end_ns, opened.start_ns) == (None, 50 * STEP_NS)
    assert book.lose(NO_PICTURE) == []
    (closed,) = keep(book, (50 + missing) * STEP_NS)
    assert (closed.id, closed.lost, closed.end_ns) == (opened.id, missing, (50 + missing) * STEP_NS)


def test_refused_pictures_are_lost_once() -> None:
    """What came and could not be kept is lost with its number, also across a gap of the disk's."""
    book = ledger()
    keep(book, 0)
    book.refuse(3, TOO_SLOW)
    (gap,) = keep(book, 4 * STEP_NS)
    assert (gap.lost, gap.cause) == (3, TOO_SLOW)
    (opened,) = book.lose(DISK)
    for n in range(5, 9):
        book.arrive(n * STEP_NS, n * STEP_NS, False)
        book.refuse(1, DISK, captured=False)
    (closed,) = keep(book, 9 * STEP_NS)
    assert (closed.id, closed.lost) == (opened.id, 4)
    assert (book.counters.captured, book.counters.lost) == (10, 7)
    assert book.end(10 * STEP_NS) == []


def test_the_end_closes_what_is_open() -> None:
    """A gap that is open at the end of the film ends there."""
    book = ledger()
    keep(book, 0)
    book.lose(NO_PICTURE)
    (gap,) = book.end(2 * SECOND_NS)
    assert (gap.end_ns, gap.lost) == (2 * SECOND_NS, round((2 * SECOND_NS - STEP_NS) / STEP_NS))


@given(st.lists(st.integers(-200, 400), min_size=2, max_size=80))
def test_stamps_never_go_back(steps_ms: list[int]) -> None:
    """Whatever a camera says, the stamps that are kept increase strictly."""
    book = ledger()
    t_ns, kept = 0, []
    for step_ms in steps_ms:
        t_ns += step_ms * MS_NS
        kept.append(book.arrive(max(t_ns, 0), max(t_ns, 0), False))
        book.keep(kept[-1])
    assert all(earlier < later for earlier, later in pairwise(kept))


def test_gap_names_tell_runs_apart() -> None:
    """After a death of the recorder gaps are counted anew, under other names."""
    names = GapNames("cam1")
    first = names.next()
    names.run = 2
    assert first != names.next()


def test_a_span_that_began_with_a_loss_has_begun() -> None:
    """A picture that was dropped before the first was kept is the span's beginning: what follows it counts."""
    book = ledger()
    assert not book.begun
    book.refuse(1, TOO_SLOW)
    assert book.begun


def test_a_camera_that_counts_in_ticks_is_right_to_a_picture() -> None:
    """Intervals of 64 or 68 ms that make 15 pictures a second: a loss of ten seconds is 150 pictures, give or take
    one."""
    rhythm = Rhythm(15.0)
    stamps = [round(n * 1000 / 15 / 4) * 4 * MS_NS for n in range(200)]
    for before, after in pairwise(stamps):
        rhythm.observe(before, after)
    assert abs(rhythm.pictures(0, 10 * SECOND_NS) - 150) <= 1
