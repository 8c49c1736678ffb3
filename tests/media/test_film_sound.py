"""The sound of film segments: sample exact, in its place, and without a seam where segments join."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.media.known import (
    MEDIA,
    MONO,
    RATE,
    SECOND,
    Samples,
    encoder_at,
    film,
    grid,
    heard,
    level_db,
    picture,
    sine,
    sound_of,
)
from vig_capture.core.model import SoundTrack


@pytest.mark.parametrize("count", [1, 60, 1023, 1024, 1025, 48_000, 50_321])
@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_sound_is_sample_exact(tmp_path: Path, count: int, rate: int) -> None:
    """The track is as long as the samples given, and sample k of the file is sample k of the source."""
    start_ns = 7 * SECOND
    file = MEDIA.film(tmp_path / "a.m4a", start_ns, None, SoundTrack(rate, 1))
    first = grid(start_ns, rate)
    for position in range(first, first + count, 480):
        file.add_sound(position, sine(position, min(position + 480, first + count), rate))
    file.close()
    pts, samples = heard(str(tmp_path / "a.m4a"))
    assert (pts, len(samples)) == (0, count)
    _, decoded, _ = sound_of(str(tmp_path / "a.m4a"))
    assert len(decoded) == -(-count // 1024) * 1024
    if count > 10_000:
        wanted = sine(first, first + count, rate)[:, 0]
        middle = slice(2048, count - 2048)
        errors = {lag: level_db(np.roll(samples, lag)[middle] - wanted[middle]) for lag in (-1, 0, 1)}
        assert errors[0] < -40
        assert min(errors, key=lambda lag: errors[lag]) == 0


def joined(folder: Path, prelude: int, align: bool) -> tuple[Samples, list[Samples], int]:
    """Cut a sine into eight film segments and join what their files hold, decoded whole, at `start_ns`.

    Returns the error of the whole, that of each segment's first 1,024 samples, and how many samples there are too many.
    """
    encoder = encoder_at(30)
    begin_ns = 3 * SECOND + 12_345_678
    cuts_ns = [begin_ns + number * 1_037_123_457 for number in range(9)]
    grid_cuts = [grid(begin_ns)]
    for cut_ns in cuts_ns[1:]:
        length = grid(cut_ns) - grid_cuts[-1]
        grid_cuts.append(grid_cuts[-1] + (length // 1024 * 1024 if align else length))
    whole = np.zeros(grid_cuts[-1] + 4096, np.float32)
    heads, surplus = [], 0
    for number, (cut_ns, first, end) in enumerate(zip(cuts_ns, grid_cuts, grid_cuts[1:], strict=False)):
        start_ns = -(-first * SECOND // RATE) if align else cut_ns
        file = film(folder / f"{number}.mp4", start_ns, encoder)
        for packet in encoder.encode(picture(number), max(cut_ns, start_ns), True):
            file.add(packet)
        for position in range(first - (prelude if number else 0), end, 1600):
            file.add_sound(position, sine(position, min(position + 1600, end)))
        file.close()
        pts, samples, _ = sound_of(str(folder / f"{number}.mp4"))
        if not align:
            pts, samples = heard(str(folder / f"{number}.mp4"))
        at = round(start_ns * RATE / SECOND) + pts
        surplus += len(samples) - (end - first)
        whole[at : at + len(samples)] = samples
        heads.append(samples[:1024] - sine(at, at + 1024)[:, 0])
    area = slice(grid_cuts[0], grid_cuts[-1])
    return whole[area] - sine(area.start, area.stop)[:, 0], heads, surplus


@pytest.mark.parametrize(("prelude", "overall_db", "head_db"), [(0, -30, -10), (2048, -40, -34)])
def test_segments_join_without_a_seam(tmp_path: Path, prelude: int, overall_db: float, head_db: float) -> None:
    """Segments joined at their `start_ns` give the sine back; sound from before the start makes the seam inaudible."""
    error, heads, surplus = joined(tmp_path, prelude, align=False)
    assert level_db(error) < overall_db
    assert max(level_db(head) for head in heads[1:]) < head_db
    assert surplus in range(9)  # a start between two samples is rounded, at most one a segment


def test_segments_of_whole_frames_need_no_trimming(tmp_path: Path) -> None:
    """Cut at whole AAC frames, with `start_ns` on the grid, even a decoder that trims nothing has every sample once."""
    error, heads, surplus = joined(tmp_path, 2048, align=True)
    assert surplus == 0
    assert level_db(error) < -40
    assert max(level_db(head) for head in heads[1:]) < -34


@pytest.mark.parametrize("late", [1, 480, 3000])
def test_late_sound_stands_where_it_belongs(tmp_path: Path, late: int) -> None:
    """Sound that begins after the file does is placed by its PTS."""
    encoder = encoder_at(30)
    file = film(tmp_path / "a.mp4", 0, encoder)
    for packet in encoder.encode(picture(0), 0, True):
        file.add(packet)
    file.add_sound(late, sine(late, late + 20_000))
    file.close()
    pts, samples, _ = sound_of(str(tmp_path / "a.mp4"))
    assert pts == max(late - 1024, 0)  # the frame before it, which primes the decoder, can be heard but is silent
    inside = slice(late + 2048 - pts, late + 18_000 - pts)
    assert level_db(samples[inside] - sine(pts + inside.start, pts + inside.stop)[:, 0]) < -40


def test_stereo_keeps_its_sides(tmp_path: Path) -> None:
    """Left is left."""
    file = MEDIA.film(tmp_path / "a.m4a", 0, None, SoundTrack(RATE, 2))
    file.add_sound(0, np.hstack([sine(0, 9600), np.zeros((9600, 1), np.float32)]))
    file.close()
    with av.open(str(tmp_path / "a.m4a")) as container:
        sides = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert level_db(sides[0]) > -15
    assert level_db(sides[1]) < -60


def test_sound_must_be_contiguous(tmp_path: Path) -> None:
    """A jump in the grid is the caller's mistake and is not silently closed up."""
    file = MEDIA.film(tmp_path / "a.m4a", 0, None, MONO)
    file.add_sound(0, sine(0, 2048))
    with pytest.raises(ValueError, match="continues at 2048"):
        file.add_sound(4096, sine(4096, 5000))
    file.close()
