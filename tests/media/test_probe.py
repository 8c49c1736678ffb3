"""How much of a file decodes, finished or killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.archive.tiny import film, lossless
from vig_capture.media.probe import probe

SECOND_NS = 1_000_000_000


@pytest.mark.parametrize("decode", [True, False])
def test_a_finished_film_is_counted_to_the_picture(tmp_path: Path, decode: bool) -> None:
    """All pictures are counted, from PTS 0 to the last, and nothing is wrong."""
    film(tmp_path / "a.mp4", 45)
    found = probe(tmp_path / "a.mp4", decode)
    assert (found.frames, found.first_pts_ns, found.error) == (45, 0, "")
    assert found.last_pts_ns == pytest.approx(44 * SECOND_NS / 30, abs=1)
    assert found.duration_ns == pytest.approx(1.5 * SECOND_NS, abs=SECOND_NS / 20)


@pytest.mark.parametrize("decode", [True, False])
@pytest.mark.parametrize("movflags", ["hybrid_fragmented", "hybrid_fragmented+delay_moov"])
def test_a_killed_film_is_read_from_its_first_picture(tmp_path: Path, decode: bool, movflags: str) -> None:
    """Of a film killed while it grew nothing is missing at its start, and less than a second at its end."""
    film(tmp_path / "a.mp4", 90, killed_after=80, movflags=movflags)
    found = probe(tmp_path / "a.mp4", decode)
    assert (found.first_pts_ns, found.error) == (0, "")
    assert 60 <= found.frames <= 80
    assert found.last_pts_ns == pytest.approx((found.frames - 1) * SECOND_NS / 30, abs=1)
    assert found.samples >= 40_000


@pytest.mark.parametrize("decode", [True, False])
def test_lossless_sound_is_counted_to_the_sample(tmp_path: Path, decode: bool) -> None:
    """A finished FLAC file has all its samples."""
    lossless(tmp_path / "a.flac", 31)
    found = probe(tmp_path / "a.flac", decode)
    assert (found.frames, found.samples, found.first_pts_ns, found.error) == (0, 31 * 1600, 0, "")
    assert found.duration_ns == pytest.approx(31 * 1600 / 48000 * SECOND_NS, abs=1)


def test_a_killed_lossless_file_is_read_to_its_last_block(tmp_path: Path) -> None:
    """A FLAC file whose header was never finished gives every block that had reached it."""
    lossless(tmp_path / "a.flac", 60, killed_after=50)
    found = probe(tmp_path / "a.flac")
    assert found.error == ""
    assert 80_000 - 2 * 4608 < found.samples <= 80_000


def test_a_cut_anywhere_raises_nothing(tmp_path: Path) -> None:
    """A file cut at any length gives what is in it or the reason why there is nothing."""
    whole = {"mp4": film(tmp_path / "a.mp4", 45, killed_after=44), "flac": lossless(tmp_path / "a.flac", 20)}
    for kind, data in whole.items():
        path = tmp_path / f"cut.{kind}"
        for length in (0, 1, 30, 100, 1000, len(data) // 2, len(data) - 7):
            path.write_bytes(data[:length])
            found = probe(path)
            assert found.frames or found.samples or found.error


def test_damage_in_the_middle_shows_in_the_count(tmp_path: Path) -> None:
    """FFmpeg skips a damaged FLAC block without a word: the count is short by that block, and the rest still counts."""
    data = bytearray(lossless(tmp_path / "a.flac", 60))
    data[len(data) // 2 : len(data) // 2 + 300] = bytes(300)
    (tmp_path / "a.flac").write_bytes(bytes(data))
    found = probe(tmp_path / "a.flac")
    assert 96_000 - 2 * 4608 <= found.samples < 96_000
    assert found.duration_ns == 2 * SECOND_NS


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    """A file that is not there is an error in the answer, not an exception."""
    assert probe(tmp_path / "none.mp4").error == "the file is not there"
