"""Markers joined to film files: a clip holds all of the window that was filmed, and nothing that is left out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.clips import Film, Part, Window, wanted
from vig_capture.core.model import LeftOut, Marker, Segment, Stream
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS

LENGTH = 120
"""Seconds of the made-up films. All times of the properties are whole seconds, so that sets of them can be compared."""


def marker(t_s: float, **fields: object) -> Marker:
    made = Marker("m", "a", "Tuned in", "self", round(t_s * SECOND_NS), "")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def view(pieces: list[tuple[int, int]], left_out: list[tuple[int, int]], suffix: str = ".mp4") -> SessionView:
    """A session with these stretches of film and left-out parts, in seconds."""
    made = SessionView()
    made.streams = {"cam1": Stream("cam1", "video", "")}
    for number, (start, end) in enumerate(pieces, 1):
        made.segments.append(Segment("cam1", f"film/cam1-{number:04d}{suffix}", start * SECOND_NS, end * SECOND_NS))
    for number, (start, end) in enumerate(left_out):
        made.left_out[str(number)] = LeftOut(str(number), start * SECOND_NS, end * SECOND_NS)
    return made


def seconds(parts: list[Part]) -> set[int]:
    """The seconds that parts hold."""
    held: list[int] = []
    for part in parts:
        held += range(part.start_ns // SECOND_NS, part.end_ns // SECOND_NS)
    assert len(held) == len(set(held)), "no part lies over another"
    return set(held)


@st.composite
def films(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Stretches of film with pauses, gaps and seams between them."""
    marks = sorted(draw(st.lists(st.integers(0, LENGTH), min_size=2, max_size=10, unique=True)))
    pieces = list(pairwise(marks))
    return [piece for piece in pieces if draw(st.booleans())]


spans = st.lists(st.tuples(st.integers(0, LENGTH), st.integers(0, 40)).map(lambda x: (x[0], x[0] + x[1])), max_size=5)


@given(films(), spans, st.integers(0, LENGTH), st.integers(0, LENGTH))
def test_parts_are_the_window_that_was_filmed_without_what_is_left_out(
    pieces: list[tuple[int, int]], left_out: list[tuple[int, int]], start: int, length: int
) -> None:
    """Exactly: window ∩ film − left out; in order; each part within its file, at its offset."""
    made = view(pieces, left_out)
    parts = Film.of(made).parts(Window(start * SECOND_NS, (start + length) * SECOND_NS))
    filmed = {t for a, b in pieces for t in range(a, b)}
    dropped = {t for a, b in left_out for t in range(a, b)}
    assert seconds(parts) == filmed & set(range(start, start + length)) - dropped
    assert parts == sorted(parts, key=lambda part: part.start_ns)
    files = {segment.file: segment for segment in made.segments}
    for part in parts:
        segment = files[part.file]
        assert part.length_ns > 0
        assert segment.start_ns <= part.start_ns < part.end_ns <= (segment.end_ns or 0)
        assert part.offset_ns == part.start_ns - segment.start_ns
        # From `earliest` up to the part nothing is left out; right before it is, or the file begins there.
        earliest = segment.start_ns // SECOND_NS + part.earliest_ns // SECOND_NS
        assert 0 <= part.earliest_ns <= part.offset_ns
        assert not dropped & set(range(earliest, part.start_ns // SECOND_NS))
        assert not part.earliest_ns or earliest - 1 in dropped


@given(st.integers(0, 100), st.integers(0, 60), st.integers(0, 60), st.none() | st.integers(0, 50), st.booleans())
def test_the_window_covers_the_press_its_extension_and_its_end(
    t: int, back: int, ahead: int, further: int | None, is_stretch: bool
) -> None:
    """It begins look-back before the press, not before the film, and ends look-ahead after the last of all."""
    later = None if further is None else (t + further) * SECOND_NS
    found = wanted(
        marker(t, look_back_s=back, look_ahead_s=ahead, **{"until_ns" if is_stretch else "extended_ns": later})
    )
    assert found.start_ns == max(0, t - back) * SECOND_NS
    assert found.end_ns == (t + (further or 0) + ahead) * SECOND_NS


def test_the_film_is_the_first_cameras_and_its_sound_where_the_picture_was_gone() -> None:
    """Of two cameras and a microphone the first camera counts; sound alone is told as such."""
    made = SessionView()
    made.streams = {
        "mic1": Stream("mic1", "audio", ""),
        "cam1": Stream("cam1", "video", ""),
        "cam2": Stream("cam2", "video", ""),
    }
    made.segments = [
        Segment("cam2", "film/cam2-0001.mp4", 0, 30),
        Segment("cam1", "film/cam1-0001.mp4", 0, 10),
        Segment("mic1", "sound/mic1-0001.flac", 0, 30),
        Segment("cam1", "film/cam1-0002.m4a", 10, 20),
        Segment("cam1", "film/cam1-0003.mp4", 20, 30),
    ]
    parts = Film.of(made).parts(Window(5, 25))
    assert [(part.file[-10:], part.has_picture) for part in parts] == [
        ("1-0001.mp4", True),
        ("1-0002.m4a", False),
        ("1-0003.mp4", True),
    ]
    only_sound = SessionView()
    only_sound.streams = {"mic1": Stream("mic1", "audio", "")}
    only_sound.segments = [Segment("mic1", "film/mic1-0001.m4a", 0, 30), Segment("mic1", "sound/mic1-0001.flac", 0, 30)]
    assert not Film.of(only_sound).has_picture
    assert [part.file for part in Film.of(only_sound).parts(Window(5, 25))] == ["film/mic1-0001.m4a"]


def test_a_segment_that_was_never_closed_counts_as_far_as_it_can() -> None:
    """Up to the next one, or to the last record; a window beyond the film has no parts."""
    made = view([(0, 10), (10, 20)], [])
    made.segments[0].end_ns = made.segments[1].end_ns = None
    made.last_t_ns = 15 * SECOND_NS
    film = Film.of(made)
    assert [(file.start_ns, file.end_ns) for file in film.files] == [
        (0, 10 * SECOND_NS),
        (10 * SECOND_NS, 15 * SECOND_NS),
    ]
    assert film.parts(Window(15 * SECOND_NS, 99 * SECOND_NS)) == []
    assert Film.of(SessionView()).parts(Window(0, 99)) == []
    assert Film.of(SessionView()).at(0) is None


def test_a_moment_that_is_left_out_has_no_picture() -> None:
    """`at` gives nothing within a left-out part and the file beside it."""
    film = Film.of(view([(0, 60)], [(10, 20), (20, 30)]))
    assert film.at(15 * SECOND_NS) is None
    assert film.is_left_out(Window(12 * SECOND_NS, 28 * SECOND_NS))
    assert not film.is_left_out(Window(9 * SECOND_NS, 28 * SECOND_NS))
    found = film.at(30 * SECOND_NS)
    assert found is not None
    assert found.offset_ns == 30 * SECOND_NS
