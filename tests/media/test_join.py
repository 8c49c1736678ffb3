"""Pieces of film as one file: every picture once and in its place, sound that goes on over seams, nothing left out."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media.known import MEDIA, MONO, RATE, frames_of, pictures_of, sine, sound_of
from tests.media.numbered import FRAMES, film, numbered, numbers
from vig_capture.core.errors import UserError
from vig_capture.core.model import SoundTrack, VideoMode
from vig_capture.media.encoder import X264Encoder
from vig_capture.media.files import MediaSettings
from vig_capture.media.h264 import sets_of
from vig_capture.media.join import Chapter, How, Joined, comment_of, join
from vig_capture.media.loudness import measure
from vig_capture.media.pieces import Piece

OWN = MediaSettings(presets=("ultrafast",))
"""With which the films here are made."""
EXACT_S = 0.001


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files of three seconds, one behind the other."""
    folder = tmp_path_factory.mktemp("films")
    return [film(folder / "a.mp4"), film(folder / "b.mp4", FRAMES)]


def made(path: Path, pieces: list[Piece], how: How, settings: MediaSettings = OWN, **more: Any) -> Joined:
    """Join pieces into a file."""
    with path.open("wb") as file:
        return join(pieces, file, how, settings=settings, **more)


def off_tone(path: Path, start_s: float) -> NDArray[np.float32]:
    """What is left of the sound where the tone of the films is taken away; `start_s`: where it begins in them."""
    first, samples, _ = sound_of(path)
    tone = sine(round(start_s * RATE) + first, round(start_s * RATE) + first + len(samples))[:, 0]
    rest: NDArray[np.float32] = np.abs(samples - tone)
    return rest


def packets(path: Path) -> list[bytes]:
    """The pictures as they stand in a file."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def test_a_seam_leaves_no_trace(films: list[Path], tmp_path: Path) -> None:
    """Every picture of two files is there once, in an even rhythm, byte for byte; the tone goes on to the sample."""
    path = tmp_path / "m.mp4"
    joined = made(path, [Piece(films[0], 2, 3), Piece(films[1], 0, 1)], "quick")
    assert numbers(path) == list(range(60, 120))
    assert pictures_of(path) == pytest.approx([number / 30 for number in range(60)], abs=EXACT_S)
    assert packets(path) == packets(films[0])[60:] + packets(films[1])[:30]
    assert joined.length_s == pytest.approx(2)
    rest = off_tone(path, 2.0)
    around = slice(RATE - 2048, RATE + 2048)
    assert rest[2048:-4096].max() < 0.05
    assert rest[around].max() < 0.05, "at the seam"


@pytest.mark.parametrize(("start_s", "early_s"), [(0.5, 0.5), (1.0, 0.0), (1.99, 0.99)])
def test_a_quick_cut_begins_with_its_keyframe(
    films: list[Path], tmp_path: Path, start_s: float, early_s: float
) -> None:
    """At most a second early, which it tells; the pictures are the film's own bytes, the sound is right from its first
    sample on."""
    path = tmp_path / "m.mp4"
    joined = made(path, [Piece(films[0], start_s, 2.8)], "quick")
    assert joined.early_s == pytest.approx(early_s, abs=EXACT_S)
    assert packets(path) == packets(films[0])[int(start_s) * 30 : 84]
    from_rest = 2048 * (start_s < 1)  # the film's own encoder began there
    assert off_tone(path, int(start_s))[from_rest : RATE // 2].max() < 0.05


@pytest.mark.parametrize("start", [0, 1, 14, 29, 30, 31, 59, 75])
def test_an_exact_cut_begins_with_the_very_picture(films: list[Path], tmp_path: Path, start: int) -> None:
    """Only up to the next keyframe it is encoded anew, under the film's own header; the rest is the film's bytes."""
    path = tmp_path / "m.mp4"
    joined = made(path, [Piece(films[0], start / 30, 3), Piece(films[1], 0, 1)], "exact")
    assert numbers(path) == list(range(start, 120))
    assert pictures_of(path) == pytest.approx([number / 30 for number in range(120 - start)], abs=EXACT_S)
    with av.open(str(path)) as ours, av.open(str(films[0])) as theirs:
        headers = [each.streams.video[0].codec_context.extradata for each in (ours, theirs)]
    assert sets_of(headers[0]) == sets_of(headers[1])
    keyframe = -(-start // 30) * 30
    if keyframe == start + 1:
        keyframe += 30  # two pictures that begin anew do not follow each other
    film_packets = packets(films[0]) + packets(films[1])
    assert packets(path)[keyframe - start :] == film_packets[keyframe:120]
    assert keyframe == start or packets(path)[0] not in film_packets
    assert joined.pictures == 120 - start


def test_what_another_encoder_made_is_encoded_anew(films: list[Path], tmp_path: Path) -> None:
    """Where the film's own header cannot be had, the whole clip has one of its own, and the same pictures."""
    path = tmp_path / "m.mp4"
    made(path, [Piece(films[0], 1.5, 3), Piece(films[1], 0, 1)], "exact", MediaSettings(crf=30))
    assert numbers(path) == list(range(45, 120))
    assert pictures_of(path) == pytest.approx([number / 30 for number in range(75)], abs=EXACT_S)
    assert not set(packets(path)) & set(packets(films[0]))


def test_an_exact_cut_is_as_loud_as_programmes_are(films: list[Path], tmp_path: Path) -> None:
    """−23 LUFS (EBU R 128), the tone where it was; the film is as it was; a quick cut is as loud as the film."""
    before = films[0].read_bytes()
    pieces = [Piece(films[0], 0.5, 3), Piece(films[1], 0, 1)]
    exact, quick = tmp_path / "e.mp4", tmp_path / "q.mp4"
    made(exact, pieces, "exact")
    made(quick, pieces, "quick")
    _, samples, _ = sound_of(exact)
    found = measure([samples[:, None]], MONO)
    assert found.integrated_lufs == pytest.approx(-23, abs=0.2)
    assert found.true_peak_dbtp < -1
    lively = samples[RATE : RATE + 4800]
    at_s = 0.5 + (np.arange(RATE, RATE + 4800)) / RATE
    shift = (np.angle(np.sum(lively * np.exp(-2j * np.pi * 440 * at_s))) + np.pi / 2) / (2 * np.pi * 440)
    assert abs(shift) < 0.0005
    _, as_filmed, _ = sound_of(quick)
    assert np.abs(as_filmed[RATE : 2 * RATE]).max() == pytest.approx(0.5, abs=0.03)
    assert films[0].read_bytes() == before


def test_a_film_closes_up_what_is_left_out(films: list[Path], tmp_path: Path) -> None:
    """Each piece stands where it is meant to, with its sound; nothing of what is left out is there; the last picture
    stays while only sound was recorded."""
    alone = tmp_path / "s.m4a"
    sound = MEDIA.film(alone, 3 * 10**9, None, MONO)
    sound.add_sound(3 * RATE, sine(3 * RATE, 4 * RATE))
    sound.close()
    path = tmp_path / "film.mp4"
    pieces = [
        Piece(films[0], 0, 1.3, at_s=0),
        Piece(films[0], 1.7, 3, earliest_s=1.7, at_s=1.3),
        Piece(alone, 0, 1, at_s=2.6),
        Piece(films[1], 0, 1, at_s=3.6),
    ]
    chapters = [Chapter(0, "Start"), Chapter(1.3, "After"), Chapter(2.345, "M = ä")]
    joined = made(path, pieces, "film", chapters=chapters, hold_s=1.5, comment="table 1")
    assert numbers(path) == [*range(39), *range(51, 90), *range(90, 120)]
    wanted = [*(n / 30 for n in range(39)), *(1.3 + n / 30 for n in range(39)), *(3.6 + n / 30 for n in range(30))]
    assert pictures_of(path) == pytest.approx(wanted, abs=EXACT_S)
    assert joined.length_s == pytest.approx(6.1)
    _, samples, _ = sound_of(path)
    for film_s, at_s in ((0.2, 0.2), (1.4, 1.8), (2.8, 3.2)):
        heard = samples[round(film_s * RATE) :][:9600]
        assert np.abs(heard - sine(round(at_s * RATE), round(at_s * RATE) + 9600)[:, 0]).max() < 0.06
    assert np.abs(samples[round(4.7 * RATE) :]).max() < 0.01, "silence where nothing is"
    with av.open(str(path)) as container:
        found = container.chapters()
        assert [each["metadata"]["title"] for each in found] == ["Start", "After", "M = ä"]
        starts = [each["start"] * float(each["time_base"] or 0) for each in found]
        assert starts == pytest.approx([0, 1.3, 2.345], abs=0.001)
        assert (container.duration or 0) / av.time_base == pytest.approx(6.1, abs=0.03)
    assert comment_of(path) == "table 1"


@pytest.mark.parametrize("settings", [OWN, MediaSettings(crf=30)])
def test_a_film_that_begins_with_a_part_left_out(films: list[Path], tmp_path: Path, settings: MediaSettings) -> None:
    """It begins on the spot, whoever encoded it, and all that follows stands where the table says."""
    path = tmp_path / "film.mp4"
    pieces = [Piece(films[0], 0.5, 3, earliest_s=0.5, at_s=0), Piece(films[1], 0, 1, at_s=2.5)]
    made(path, pieces, "film", settings)
    assert numbers(path) == list(range(15, 120))
    assert pictures_of(path) == pytest.approx([number / 30 for number in range(105)], abs=EXACT_S)


def test_a_microphone_of_another_kind_goes_on_in_its_place(films: list[Path], tmp_path: Path) -> None:
    """Another rate and two channels: the tone is where it was, in the form of the film's first sound."""
    other = tmp_path / "o.m4a"
    sound = MEDIA.film(other, 0, None, SoundTrack(44_100, 2))
    sound.add_sound(0, np.repeat(sine(0, 2 * 44_100, 44_100), 2, axis=1))
    sound.close()
    path = tmp_path / "film.mp4"
    made(path, [Piece(films[0], 0, 1), Piece(other, 0, 2), Piece(films[1], 0, 1)], "film")
    _, samples, _ = sound_of(path)
    for film_s, at_s in ((1.5, 0.5), (3.3, 3.3)):
        heard = samples[round(film_s * RATE) :][:4800]
        assert np.abs(heard - sine(round(at_s * RATE), round(at_s * RATE) + 4800)[:, 0]).max() < 0.06


def test_a_film_may_begin_with_sound_alone(films: list[Path], tmp_path: Path) -> None:
    """Its first picture comes when it came."""
    alone = tmp_path / "s.m4a"
    sound = MEDIA.film(alone, 0, None, MONO)
    sound.add_sound(0, sine(0, RATE))
    sound.close()
    path = tmp_path / "film.mp4"
    made(path, [Piece(alone, 0, 1), Piece(films[1], 0, 1)], "film")
    assert numbers(path) == list(range(90, 120))
    assert pictures_of(path) == pytest.approx([1 + number / 30 for number in range(30)], abs=EXACT_S)
    first, samples, _ = sound_of(path)
    assert first == 0
    assert len(samples) == pytest.approx(2 * RATE, abs=1024)


def test_a_camera_that_reorders_its_pictures(tmp_path: Path) -> None:
    """H.264 as it came, with B-pictures and a keyframe only every 3 s: an exact cut, and the part behind what is left
    out, begin on the spot; a quick cut says how early it begins; before a cut at most reordered ones are missing."""
    source = tmp_path / "b.mp4"
    with av.open(str(source), "w", format="mp4") as container:
        options = {"preset": "veryfast", "x264-params": "bframes=3:b-adapt=0:scenecut=0:keyint=90:open-gop=1"}
        stream: Any = container.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(180):
            picture = numbered(number)
            picture.pts, picture.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    path = tmp_path / "m.mp4"
    made(path, [Piece(source, 1.5, 5)], "exact")
    assert numbers(path) == list(range(45, 150))
    assert made(path, [Piece(source, 1.5, 5)], "quick").early_s == pytest.approx(1.5)
    assert numbers(path)[:100] == list(range(100))
    made(path, [Piece(source, 0, 1, at_s=0), Piece(source, 1.5, 6, earliest_s=1.5, at_s=1)], "film")
    found, times = numbers(path), pictures_of(path)
    behind = [(number, at_s) for number, at_s in zip(found, times, strict=True) if number >= 30]
    assert [number for number, _ in behind if number < 87] == list(range(45, 87)), "encoded anew"
    assert [number for number, _ in behind if number >= 90] == list(range(90, 180)), "as it came"
    assert all(at_s == pytest.approx(number / 30 - 0.5, abs=EXACT_S) for number, at_s in behind)
    assert set(found) & set(range(30, 45)) == set()
    assert len([number for number in found if number < 30]) >= 26


def test_a_camera_of_another_size_is_fitted_in(films: list[Path], tmp_path: Path) -> None:
    """Its part is encoded anew at the size of the film; before and behind it the film's bytes show as they are."""
    other = tmp_path / "c.mp4"
    encoder = X264Encoder(VideoMode(96, 48, 30, "yuv420p"), "veryfast")
    file = MEDIA.film(other, 0, encoder.track(), None)
    for number in range(30):
        grey = av.VideoFrame.from_ndarray(np.full((72, 96), 200, np.uint8), format="yuv420p")
        for packet in encoder.encode(grey, number * 10**9 // 30, number == 0):
            file.add(packet)
    file.close()
    path = tmp_path / "film.mp4"
    made(path, [Piece(films[0], 0, 1), Piece(other, 0, 1), Piece(films[1], 0, 1)], "film")
    frames, _ = frames_of(path, "video")
    assert {(frame.width, frame.height) for frame in frames} == {(64, 48)}
    found = numbers(path)
    assert (found[:30], found[60:]) == (list(range(30)), list(range(90, 120)))
    middle = frames[45].to_ndarray(format="gray")
    assert middle[24, 32] > 150
    assert middle[2, 32] < 30
    with av.open(str(path)) as container:
        assert len(list(container.decode(video=0))) == 90
        container.seek(0)
        shown = [frame.to_ndarray(format="gray")[24, 4::8] > 130 for frame in container.decode(video=0)]
    assert [int(np.packbits(bits)[0]) for bits in shown[:30]] == list(range(30)), "after a seek back"


def test_a_file_tells_nothing_of_where_it_was_made(films: list[Path], tmp_path: Path) -> None:
    """No name of a program, device or user, no day: neither the file nor its tracks."""
    path = tmp_path / "m.mp4"
    made(path, [Piece(films[0], 0, 2)], "quick")
    with av.open(str(path)) as container:
        assert set(container.metadata) <= {"major_brand", "minor_version", "compatible_brands"}
        for stream in container.streams:
            assert set(stream.metadata) <= {"language", "handler_name", "vendor_id"}
    assert b"Lavf" not in path.read_bytes()


def test_what_cannot_be_read_is_named(films: list[Path], tmp_path: Path) -> None:
    """The others are there, each in its place; of nothing at all there is no file's worth."""
    gone = tmp_path / "gone.mp4"
    path = tmp_path / "m.mp4"
    joined = made(
        path, [Piece(films[0], 0, 1, at_s=0), Piece(gone, 0, 3, at_s=1), Piece(films[1], 0, 1, at_s=4)], "film"
    )
    assert joined.missing == (gone,)
    assert pictures_of(path) == pytest.approx(
        [*(n / 30 for n in range(30)), *(4 + n / 30 for n in range(30))], abs=0.001
    )
    for nothing in ([], [Piece(gone, 0, 1)], [Piece(films[0], 8, 9)]):
        with pytest.raises(UserError):
            join(nothing, io.BytesIO(), "film")


def test_how_far_it_is_is_told(films: list[Path], tmp_path: Path) -> None:
    """From something to all of it, never back."""
    shares: list[float] = []
    made(tmp_path / "m.mp4", [Piece(films[0], 0, 3), Piece(films[1], 0, 3)], "film", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) >= 6


SAID_S, SAID_HZ = (1.31, 1.69), 3_600
"""Between these seconds of a film stands a tone of its own, which is to be left out."""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film in whose middle something is said."""

    def sound(first: int, end: int) -> NDArray[np.float32]:
        at = np.arange(first, end)[:, None]
        is_said = (at >= SAID_S[0] * RATE) & (at < SAID_S[1] * RATE)
        heard = np.where(is_said, sine(first, end, RATE * 440 // SAID_HZ), 0)
        return (sine(first, end) / 4 + heard).astype(np.float32)

    return film(tmp_path_factory.mktemp("said") / "a.mp4", sound=sound)


def loudest(path: Path) -> float:
    """Of the tone that is to be left out, in any 5 ms of all that a file holds, also of what players pass over."""
    with av.open(str(path), options={"ignore_editlist": "1"}) as container:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    window = RATE // 200
    parts = samples[: len(samples) // window * window].reshape(-1, window) * np.hanning(window)
    tone = np.exp(-2j * np.pi * SAID_HZ * np.arange(window) / RATE)
    return float(np.abs(parts @ tone).max() / (window / 4))


@pytest.mark.parametrize("how", ["quick", "exact", "film"])
@pytest.mark.parametrize("parts", [[(0.0, SAID_S[0])], [(SAID_S[1], 3.0)], [(0.0, SAID_S[0]), (SAID_S[1], 3.0)]])
def test_what_was_said_in_a_part_left_out_is_in_nothing(
    said: Path, tmp_path: Path, how: How, parts: list[tuple[float, float]]
) -> None:
    """Neither heard nor hidden: not in the packets around a cut, which hold more than a player plays."""
    path = tmp_path / "m.mp4"
    made(path, [Piece(said, start_s, end_s, earliest_s=start_s) for start_s, end_s in parts], how)
    assert loudest(said) > 0.4
    # (Where two parts meet, the click of the tone that goes on is heard at every pitch.)
    assert loudest(path) < 0.01
