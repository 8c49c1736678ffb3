"""A moment out of a film: its picture is the right one, its clip plays, with sound, and joins files without a loss."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.media.known import MEDIA, MONO, RATE, pictures_of, sine, sound_of
from tests.media.numbered import FRAMES, LENGTH_S, film, numbered, numbers, tone_shift
from vig_capture.core.errors import UserError
from vig_capture.core.model import VideoMode
from vig_capture.media.clip import clip, picture
from vig_capture.media.encoder import X264Encoder
from vig_capture.media.pieces import Piece


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files of three seconds, one behind the other."""
    folder = tmp_path_factory.mktemp("films")
    return [film(folder / "a.mp4"), film(folder / "b.mp4", FRAMES)]


def test_the_picture_is_the_one_of_that_moment(films: list[Path]) -> None:
    """Not its keyframe's, and undistorted: 4:3 in a wide place has black at its sides."""
    rgb = picture(films[0], 50 / 30 + 0.001, 100, 48)
    assert rgb is not None
    shown = np.frombuffer(rgb, np.uint8).reshape(48, 100, 3)
    assert np.packbits(shown[24, 18 + 4 : 82 : 8, 0] > 130)[0] == 50
    assert not shown[:, :18].any()
    assert not shown[:, 82:].any()


def test_a_time_beyond_the_film_gives_its_last_picture(films: list[Path], tmp_path: Path) -> None:
    """And before it the first; sound alone has none."""
    for at_s, number in ((99, FRAMES - 1), (-1, 0)):
        rgb = picture(films[0], at_s, 64, 48)
        assert rgb is not None
        assert np.packbits(np.frombuffer(rgb, np.uint8).reshape(48, 64, 3)[24, 4::8, 0] > 130)[0] == number
    sound = MEDIA.film(tmp_path / "s.m4a", 0, None, MONO)
    sound.add_sound(0, sine(0, RATE))
    sound.close()
    assert picture(tmp_path / "s.m4a", 0.5, 8, 6) is None


@pytest.mark.parametrize("start_s", [0.0, 0.5, 1.0, 1.99, 2.5])
def test_a_clip_begins_at_a_keyframe_and_has_its_sound(films: list[Path], tmp_path: Path, start_s: float) -> None:
    """At most a second early, exactly to its end, its sound beside its picture, and private."""
    path = clip([Piece(films[0], start_s, 2.8)], tmp_path / "m1")
    assert path == tmp_path / "m1.mp4"
    begin = int(start_s) * 30
    assert numbers(path) == list(range(begin, 84))
    assert pictures_of(path) == pytest.approx([number / 30 for number in range(84 - begin)], abs=0.001)
    first, samples, _ = sound_of(path)
    assert 0 <= first / RATE < 0.022
    assert len(samples) / RATE == pytest.approx(2.8 - int(start_s), abs=0.045)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["m1.mp4"]


def test_the_sound_stays_beside_the_picture(films: list[Path], tmp_path: Path) -> None:
    """A clip from the middle has every sample where the film has it."""
    path = clip([Piece(films[0], 1.2, 3)], tmp_path / "m")
    assert abs(tone_shift(path, 1.0)) < 0.0005


def test_two_files_are_joined_without_a_lost_picture(films: list[Path], tmp_path: Path) -> None:
    """Over the seam of two files every picture is there once, in an even rhythm, and the sound goes on."""
    path = clip([Piece(films[0], 2.2, LENGTH_S), Piece(films[1], 0, 1)], tmp_path / "m")
    assert numbers(path) == list(range(60, 120))
    assert pictures_of(path) == pytest.approx([number / 30 for number in range(60)], abs=0.001)
    _, samples, _ = sound_of(path)
    assert len(samples) / RATE == pytest.approx(2, abs=0.07)
    assert abs(tone_shift(path, 2.0)) < 0.0005


def test_nothing_of_what_is_left_out_is_in_the_file(films: list[Path], tmp_path: Path) -> None:
    """The part behind it begins on the spot, its first pictures encoded anew, and the part before it ends before it; no
    small picture is from it."""
    path = clip([Piece(films[0], 0, 0.5), Piece(films[0], 1.5, 3, earliest_s=1.5)], tmp_path / "m")
    assert numbers(path) == [*range(15), *range(45, 90)]
    assert numbers(clip([Piece(films[0], 2.4, 3, earliest_s=1.5)], tmp_path / "m")) == list(range(60, 90))
    assert numbers(clip([Piece(films[0], 2.4, 3, earliest_s=2.2)], tmp_path / "m")) == list(range(72, 90))
    assert picture(films[0], 1.51, 64, 48, earliest_s=1.52) == picture(films[0], 1.54, 64, 48)


def test_an_encoder_that_stepped_down_is_joined_too(films: list[Path], tmp_path: Path) -> None:
    """Parameter sets that differ from the first file's come with their own keyframes."""
    other = film(tmp_path / "c.mp4", FRAMES, 30, X264Encoder(VideoMode(64, 48, 30, "yuv420p"), "veryfast"))
    with av.open(str(films[0])) as first, av.open(str(other)) as second:
        assert first.streams.video[0].codec_context.extradata != second.streams.video[0].codec_context.extradata
    path = clip([Piece(films[0], 2, 3), Piece(other, 0, 1)], tmp_path / "m")
    assert numbers(path) == list(range(60, 120))


def test_sound_alone_is_an_m4a(tmp_path: Path) -> None:
    """A film without a camera gives a sound file; beside pictures the last picture stays while there is none."""
    source = tmp_path / "s.m4a"
    sound = MEDIA.film(source, 0, None, MONO)
    sound.add_sound(0, sine(0, 2 * RATE))
    sound.close()
    path = clip([Piece(source, 0.5, 1.5)], tmp_path / "m")
    assert path.name == "m.m4a"
    _, samples, _ = sound_of(path)
    assert len(samples) / RATE == pytest.approx(1, abs=0.05)
    picture_path = film(tmp_path / "a.mp4")
    both = clip([Piece(picture_path, 0, 1), Piece(source, 0, 2)], tmp_path / "b")
    assert numbers(both) == list(range(30))
    assert len(sound_of(both)[1]) / RATE == pytest.approx(3, abs=0.03)


def test_what_is_missing_or_damaged_is_told(tmp_path: Path, films: list[Path]) -> None:
    """A lost file leaves the others; nothing at all is a sentence, and no file is left behind."""
    gone, damaged = tmp_path / "gone.mp4", tmp_path / "damaged.mp4"
    damaged.write_bytes(b"no film")
    assert numbers(clip([Piece(gone, 0, 3), Piece(films[1], 0, 0.5)], tmp_path / "m")) == list(range(90, 105))
    for pieces in ([Piece(gone, 0, 3)], [Piece(damaged, 0, 3)], []):
        with pytest.raises(UserError):
            clip(pieces, tmp_path / "x")
    assert not [each for each in tmp_path.iterdir() if "x" in each.name]


def test_reordered_pictures_are_kept(tmp_path: Path) -> None:
    """A camera's own H.264 may hold B-pictures: the clip decodes, in order, from its keyframe on."""
    path = tmp_path / "b.mp4"
    with av.open(str(path), "w", format="mp4") as container:
        options = {"preset": "veryfast", "bf": "3", "g": "30", "x264-params": "b-adapt=0:scenecut=0:keyint=30"}
        stream: Any = container.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(90):
            made = numbered(number)
            made.pts, made.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    made_clip = clip([Piece(path, 1.5, 3), Piece(path, 0, 1)], tmp_path / "m")
    found = numbers(made_clip)
    assert found[:60] == list(range(30, 90))
    assert set(found[60:]) <= set(range(30))
    assert len(found[60:]) >= 26
    stamps = pictures_of(made_clip)
    assert stamps == sorted(set(stamps))
