"""PtsMapper: a source's stamps on the host's clock keep their spacing, follow its drift, and never go back."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.pts import PtsMapper
from vig_capture.core.time import MS_NS, SECOND_NS

FRAME_NS = SECOND_NS // 30
DISTANCE_NS = 987 * SECOND_NS


def stamps(
    count: int, ppm: float = 0.0, delay: float = 5.0, seed: int = 1, mapper: PtsMapper | None = None
) -> list[int]:
    """Errors (ns) of the stamps of a source at 30 a second, read after a random delay of mean `delay` ms."""
    mapper = mapper or PtsMapper()
    dice = random.Random(seed)
    errors = []
    for number in range(count):
        true_ns = DISTANCE_NS + number * FRAME_NS
        pts_ns = round(number * FRAME_NS * (1 + ppm / 1e6))
        errors.append(mapper.update(pts_ns, true_ns + round(dice.expovariate(1 / (delay * MS_NS)))) - true_ns)
    return errors


def test_spacing_is_the_sources_own() -> None:
    """With 5 ms of reading jitter the stamps' spacing stays within 2 ms (here 0.9) of the source's, always."""
    errors = stamps(3000)
    assert max(abs(b - a) for a, b in pairwise(errors)) < 0.9 * MS_NS
    assert max(abs(error) for error in errors[600:]) < 2 * MS_NS


def test_burst_of_the_opening_does_not_count() -> None:
    """Pictures that queued 672 ms while the source was probed leave the first live stamp right."""
    mapper = PtsMapper()
    opened_ns = DISTANCE_NS + 20 * FRAME_NS
    for number in range(20):
        mapper.observe(number * FRAME_NS, opened_ns)
    stamp_ns = mapper.update(20 * FRAME_NS, opened_ns + 2 * MS_NS)
    assert 0 <= stamp_ns - opened_ns <= FRAME_NS


def test_kept_burst_is_stamped_in_its_own_past() -> None:
    """The first picture of a burst that is kept is stamped when it was taken, not when it was read."""
    mapper = PtsMapper()
    opened_ns = DISTANCE_NS + 19 * FRAME_NS
    for number in range(20):
        mapper.observe(number * FRAME_NS, opened_ns)
    assert mapper.update(0, opened_ns) == DISTANCE_NS
    assert mapper.restarts == 0


@pytest.mark.parametrize("ppm", [-300, -50, 50, 300])
def test_drift_is_followed(ppm: int) -> None:
    """A source clock up to 300 ppm off is followed within 12 ms, and its spacing kept within 1 ms."""
    errors = stamps(30 * 900, ppm, delay=2.0)
    assert max(abs(error) for error in errors[1800:]) < 12 * MS_NS
    assert max(abs(b - a) for a, b in pairwise(errors)) < MS_NS


def test_late_first_picture_is_taken_back_slowly() -> None:
    """A first picture read 400 ms late is corrected within a minute, without a jump of 1 ms."""
    mapper = PtsMapper()
    first = mapper.update(0, DISTANCE_NS + 400 * MS_NS)
    assert first == DISTANCE_NS + 400 * MS_NS
    errors = [
        mapper.update(n * FRAME_NS, DISTANCE_NS + n * FRAME_NS) - DISTANCE_NS - n * FRAME_NS for n in range(1, 1800)
    ]
    assert errors[-1] < 6 * MS_NS
    assert max(abs(b - a) for a, b in pairwise(errors)) < MS_NS


@pytest.mark.parametrize("jump_s", [-1000, -3, 3, 100000])
def test_jump_of_the_source_restarts(jump_s: int) -> None:
    """A source that counts anew, or jumps ahead, is stamped by the moment of the read again."""
    mapper = PtsMapper()
    for number in range(300):
        mapper.update(5000 * SECOND_NS + number * FRAME_NS, DISTANCE_NS + number * FRAME_NS)
    read_ns = DISTANCE_NS + 300 * FRAME_NS
    stamp_ns = mapper.update(5000 * SECOND_NS + 300 * FRAME_NS + jump_s * SECOND_NS, read_ns)
    assert abs(stamp_ns - read_ns) <= MS_NS
    assert mapper.restarts == 1


def test_network_that_catches_up_is_no_jump() -> None:
    """Pictures held up for 3 s and then delivered at once keep the stamps of when they were taken."""
    mapper = PtsMapper()
    errors = []
    for number in range(600):
        true_ns = DISTANCE_NS + number * FRAME_NS
        held_ns = DISTANCE_NS + 390 * FRAME_NS
        errors.append(mapper.update(number * FRAME_NS, held_ns if 300 <= number < 390 else true_ns) - true_ns)
    assert errors == [0] * 600


def test_source_that_stood_still_is_late_for_five_seconds_at_most() -> None:
    """A source that pauses 10 s and then counts on where it was is stamped right again after 6 s."""
    mapper = PtsMapper()
    for number in range(300):
        mapper.update(number * FRAME_NS, DISTANCE_NS + number * FRAME_NS)
    error_ns = 0
    for number in range(300, 480):
        true_ns = DISTANCE_NS + 10 * SECOND_NS + number * FRAME_NS
        error_ns = mapper.update(number * FRAME_NS, true_ns) - true_ns
    assert error_ns == 0
    assert mapper.restarts == 1


def test_reordered_pictures_share_one_offset() -> None:
    """B-frames, given with their decoding stamps, are no jump, and a decoding stamp is mapped by the same offset."""
    mapper = PtsMapper()
    order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
    for place, number in enumerate(order):
        read_ns = DISTANCE_NS + (place + 3) * FRAME_NS
        stamp_ns = mapper.update(number * FRAME_NS, read_ns, (place - 2) * FRAME_NS)
        assert mapper.at((place - 2) * FRAME_NS) == stamp_ns - (number - place + 2) * FRAME_NS
    assert mapper.restarts == 0


def test_nothing_is_mapped_before_the_first_picture() -> None:
    """Sound that comes before the first picture has no place on the clock yet."""
    mapper = PtsMapper()
    assert mapper.offset_ns is None
    with pytest.raises(ValueError, match="no picture"):
        mapper.at(0)


@given(
    st.lists(st.tuples(st.integers(1, 20 * SECOND_NS), st.integers(0, 20 * SECOND_NS)), min_size=2, max_size=200),
    st.integers(0, 5),
)
def test_growing_pts_give_growing_stamps(steps: list[tuple[int, int]], observed: int) -> None:
    """However a source with growing PTS is delayed or jumps ahead, its stamps grow."""
    mapper = PtsMapper()
    pts_ns, read_ns, last_ns = 0, DISTANCE_NS, None
    for number, (pts_step, read_step) in enumerate(steps):
        pts_ns, read_ns = pts_ns + pts_step, read_ns + read_step
        if number < observed:
            mapper.observe(pts_ns, read_ns)
            continue
        stamp_ns = mapper.update(pts_ns, read_ns)
        assert last_ns is None or stamp_ns >= last_ns
        last_ns = stamp_ns
