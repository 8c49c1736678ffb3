"""Film and sound files: exact when closed, readable at any byte while they grow, honest when a disk fails."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import random
import stat
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.container import InputContainer
from numpy.typing import NDArray

from vig_capture.core.errors import StorageError
from vig_capture.core.model import Packet, SoundTrack, VideoMode, VideoTrack
from vig_capture.media.encoder import X264Encoder
from vig_capture.media.files import PyavMedia
from vig_capture.media.growing import open_film
from vig_capture.media.segment_files import FilmFile

MS = 1_000_000
SECOND = 1_000_000_000
RATE = 48_000
MONO = SoundTrack(RATE, 1)
MEDIA = PyavMedia()
Samples = NDArray[np.float32]


def sine(first: int, end: int, rate: int = RATE) -> Samples:
    """440 Hz on the grid of session time, shape (samples, 1)."""
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(first, end) / rate)).astype(np.float32)[:, None]


def level_db(signal: Samples) -> float:
    """dBFS of a signal's root mean square."""
    return float(10 * np.log10(np.mean(np.square(signal.astype(np.float64))) + 1e-20))


def grid(t_ns: int, rate: int = RATE) -> int:
    """The first grid sample at or after a moment."""
    return -(-t_ns * rate // SECOND)


def film(path: Path, start_ns: int, encoder: X264Encoder | None, sound: SoundTrack | None = MONO) -> FilmFile:
    return MEDIA.film(path, start_ns, encoder.track() if encoder else None, sound)


def encoder_at(rate: float) -> X264Encoder:
    return X264Encoder(VideoMode(64, 48, rate, "yuv420p"), "ultrafast")


def fill(file: FilmFile, encoder: X264Encoder, count: int) -> None:
    """So many pictures, 30 a second from session time 0, with their sound."""
    for number in range(count):
        for packet in encoder.encode(picture(number), number * SECOND // 30, False):
            file.add(packet)
        file.add_sound(number * 1600, sine(number * 1600, number * 1600 + 1600))


def picture(number: int) -> av.VideoFrame:
    made = av.VideoFrame(64, 48, "yuv420p")
    for plane in made.planes:
        plane.update(bytes([number * 7 % 200 + 20]) * plane.buffer_size)
    return made


def pictures_in(container: InputContainer, kind: str = "video") -> list[Any]:
    """All frames of a file's picture or sound up to where it may be cut off."""
    frames: list[Any] = []
    with contextlib.suppress(av.error.InvalidDataError, av.error.EOFError):
        for packet in container.demux({"video": container.streams.video, "audio": container.streams.audio}[kind]):
            frames += packet.decode()
    return frames


def frames_of(source: Any, kind: str) -> tuple[list[Any], int]:
    """The same, and the track's length in its own ticks."""
    with av.open(source, "r") as container:
        frames = pictures_in(container, kind)
        return frames, next(stream.duration or 0 for stream in container.streams if stream.type == kind)


def sound_of(source: Any) -> tuple[int, Samples, int]:
    """First PTS, all decoded samples of the first channel, and the track's length in samples."""
    frames, duration = frames_of(source, "audio")
    return frames[0].pts, np.concatenate([frame.to_ndarray()[0] for frame in frames]), duration


def heard(source: Any) -> tuple[int, Samples]:
    """First PTS and the samples that the file says it holds: FFmpeg decodes the last frame whole, its length tells."""
    first, samples, duration = sound_of(source)
    return first, samples[: duration - first]


def pictures_of(source: Any) -> list[float]:
    """PTS of all decoded pictures, seconds."""
    return [float(frame.time) for frame in frames_of(source, "video")[0]]


def top_boxes(data: bytes) -> list[str]:
    boxes, position = [], 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        boxes.append(data[position + 4 : position + 8].decode("ascii"))
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        position += size or len(data)
    return boxes


# --- sound -----------------------------------------------------------------------------------------------------------


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


# --- picture ---------------------------------------------------------------------------------------------------------


def test_pictures_keep_their_times(tmp_path: Path) -> None:
    """Of an irregular camera every picture is there, within 0.1 ms of its session time; the file is an ordinary MP4."""
    shaky = random.Random(4)
    encoder, start_ns = encoder_at(30), 5 * SECOND + 1
    file = film(tmp_path / "a.mp4", start_ns, encoder)
    times, sample = [], grid(start_ns)
    for number in range(100):
        times.append(start_ns + number * 33 * MS + (shaky.randrange(9 * MS) if number else 0))
        for packet in encoder.encode(picture(number), times[-1], False):
            file.add(packet)
        file.add_sound(sample, sine(sample, sample + 1600))
        sample += 1600
    file.close()
    assert file.written == 100
    found = pictures_of(str(tmp_path / "a.mp4"))
    assert len(found) == 100
    assert max(abs(at - (t_ns - start_ns) / SECOND) for at, t_ns in zip(found, times, strict=True)) < 1e-4
    _, length = frames_of(str(tmp_path / "a.mp4"), "video")
    assert length == pytest.approx((times[-1] - start_ns) * 90_000 / SECOND + 3000, abs=2)
    data = (tmp_path / "a.mp4").read_bytes()
    assert top_boxes(data) == ["ftyp", "free", "mdat", "moov"]
    assert stat.S_IMODE((tmp_path / "a.mp4").stat().st_mode) == 0o600


def camera_stream(container_format: str, rate: int = 15) -> tuple[VideoTrack, list[av.Packet[Any]]]:
    """Two seconds of a camera that sends H.264 with B-frames: Annex B in MPEG-TS, avcC in FLV."""
    made = io.BytesIO()
    with av.open(made, "w", format=container_format) as container:
        stream = container.add_stream("libx264", rate=rate, options={"bf": "3", "g": "15", "preset": "medium"})
        stream.width, stream.height = 64, 48
        for number in range(2 * rate):
            container.mux(stream.encode(picture(number)))
        container.mux(stream.encode(None))
    made.seek(0)
    with av.open(made, "r", format=container_format) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        extradata = container.streams.video[0].codec_context.extradata
    assert any(packet.dts != packet.pts for packet in packets)
    return VideoTrack(64, 48, rate, extradata), packets


@pytest.mark.parametrize("container_format", ["mpegts", "flv"])
@pytest.mark.parametrize("in_band", [False, True])
def test_copied_pictures_with_b_frames(tmp_path: Path, container_format: str, in_band: bool) -> None:
    """A camera's own reordered H.264 is kept whole, with its times, whether its header came beside it or within."""
    if in_band and container_format == "flv":
        pytest.skip("avcC has its header beside it, always")
    track, packets = camera_stream(container_format)
    if in_band:
        track = VideoTrack(track.width, track.height, track.rate, None)
    base = Fraction(packets[0].time_base)
    first_pts = packets[0].pts or 0

    def t_ns(stamp: int | None) -> int:
        return 9 * SECOND + round(((stamp or 0) - first_pts) * base * SECOND)

    before = [bytes(packet) for packet in packets]
    file = MEDIA.film(tmp_path / "a.mp4", t_ns(first_pts), track, MONO)
    sample = grid(9 * SECOND)
    for packet in packets:
        file.add(Packet(t_ns(packet.pts), t_ns(packet.dts), packet.is_keyframe, packet, packet.size))
        file.add_sound(sample, sine(sample, sample + 3200))
        sample += 3200
    growing = pictures_of(str(tmp_path / "a.mp4"))
    file.close()
    assert [bytes(packet) for packet in packets] == before
    found = pictures_of(str(tmp_path / "a.mp4"))
    wanted = sorted((t_ns(packet.pts) - 9 * SECOND) / SECOND for packet in packets)
    assert len(found) == len(packets) == file.written
    assert len(growing) >= len(packets) - 8
    assert growing == pytest.approx(wanted[: len(growing)], abs=1e-4)
    assert max(abs(one - other) for one, other in zip(found, wanted, strict=True)) < 1e-4


def test_picture_goes_on_without_sound_that_does_not_come(tmp_path: Path) -> None:
    """After half a second the file starts with its picture alone, loses none of it, and says so."""
    encoder = encoder_at(30)
    file = film(tmp_path / "a.mp4", 0, encoder)
    for number in range(40):
        for packet in encoder.encode(picture(number), number * 33 * MS, False):
            file.add(packet)
        if number > 30:
            file.add_sound(number * 1600, sine(number * 1600, number * 1600 + 1600))
    assert file.sound_dropped
    file.close()
    assert len(pictures_of(str(tmp_path / "a.mp4"))) == file.written == 40
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert not container.streams.audio


def test_a_file_of_one_picture(tmp_path: Path) -> None:
    """One picture and no sound yet, then stop: the picture is there."""
    encoder = encoder_at(30)
    file = film(tmp_path / "a.mp4", 0, encoder)
    for packet in encoder.encode(picture(0), 0, True):
        file.add(packet)
    file.close()
    assert len(pictures_of(str(tmp_path / "a.mp4"))) == file.written == 1


def test_files_that_got_nothing_close(tmp_path: Path) -> None:
    """A file into which nothing came closes without a word."""
    for file in (film(tmp_path / "a.mp4", 0, encoder_at(30)), MEDIA.lossless(tmp_path / "a.flac", 0, MONO)):
        file.close()
        assert file.written == 0


# --- death -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [15, 30])
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment(tmp_path: Path, rate: int, seed: int) -> None:
    """The file as it lies on the disk at any moment decodes, and lacks at most 0.6 s of picture and of sound."""
    chance = random.Random(seed)
    path, encoder = tmp_path / "a.mp4", encoder_at(rate)
    start_ns = 2 * SECOND
    file = film(path, start_ns, encoder)
    sample = first_sample = grid(start_ns)
    worst_picture = worst_sound = 0.0
    times: list[float] = []
    for number in range(5 * rate):
        t_ns = start_ns + number * SECOND // rate + chance.randrange(5 * MS)
        times.append((t_ns - start_ns) / SECOND)
        for packet in encoder.encode(picture(number), t_ns, False):
            file.add(packet)
        block_end = grid(start_ns + (number + 1) * SECOND // rate)
        while sample < block_end:
            end = min(sample + 480, block_end)
            file.add_sound(sample, sine(sample, end))
            sample = end
        if number < 1.2 * rate or chance.random() < 0.7:
            continue
        data = path.read_bytes()
        cut = len(data) - chance.randrange(3)
        found = pictures_of(io.BytesIO(data[:cut]))
        assert len(found) == sum(1 for at in times if at <= found[-1] + 1e-4)
        worst_picture = max(worst_picture, (t_ns - start_ns) / SECOND - found[-1])
        pts, samples, _ = sound_of(io.BytesIO(data[:cut]))
        worst_sound = max(worst_sound, (sample - first_sample - pts - len(samples)) / RATE)
        error = samples - sine(first_sample + pts, first_sample + pts + len(samples))[:, 0]
        assert level_db(error[2048:]) < -40
    file.close()
    assert 0 < worst_picture < 0.6
    assert 0 < worst_sound < 0.6


def test_sound_alone_killed_at_any_moment(tmp_path: Path) -> None:
    """An M4A as it lies on the disk lacks at most 0.6 s, from its very first sample on."""
    path = tmp_path / "a.m4a"
    file = MEDIA.film(path, 0, None, MONO)
    for sample in range(0, 4 * RATE, 480):
        file.add_sound(sample, sine(sample, sample + 480))
        if sample > RATE and sample % 4800 == 0:
            pts, samples, _ = sound_of(str(path))
            assert pts == 0
            assert sample + 480 - len(samples) < 0.6 * RATE
            assert level_db(samples[2048:] - sine(2048, len(samples))[:, 0]) < -40
    file.close()


def test_sound_that_stops_holds_the_picture_up_for_half_a_second_only(tmp_path: Path) -> None:
    """When the sound ends within a file, a kill costs at most half a second of picture more."""
    path, encoder = tmp_path / "a.mp4", encoder_at(30)
    file = film(path, 0, encoder)
    fill(file, encoder, 45)
    for number in range(45, 110):
        for packet in encoder.encode(picture(number), number * SECOND // 30, False):
            file.add(packet)
        if number % 5 == 0:
            assert number / 30 - pictures_of(str(path))[-1] < 1.1
    file.close()
    assert len(pictures_of(str(path))) == 110


def test_cut_at_any_byte(tmp_path: Path) -> None:
    """Cut anywhere after its first picture, within a fragment's header too, a growing file gives back all before."""
    path, encoder = tmp_path / "a.mp4", encoder_at(30)
    file = film(path, 0, encoder)
    fill(file, encoder, 60)
    data = path.read_bytes()
    file.close()
    whole = len(pictures_of(io.BytesIO(data)))
    assert whole >= 40
    chance = random.Random(5)
    first_picture = data.index(b"mdat") + 1000
    header = data.rindex(b"moof") - 4
    end_of_header = header + int.from_bytes(data[header : header + 4], "big")
    cuts = [chance.randrange(first_picture, len(data)) for _ in range(40)] + list(range(header, end_of_header + 20, 3))
    counts = []
    for cut in sorted(cuts):
        path.write_bytes(data[:cut])
        with open_film(path) as container:
            counts.append(len(pictures_in(container)))
        assert counts[-1] >= (30 if cut >= header else 1)
    assert counts == sorted(counts)


# --- disks -----------------------------------------------------------------------------------------------------------


def fail_after(monkeypatch: pytest.MonkeyPatch, room: int, code: int = errno.ENOSPC) -> None:
    """From now on the disk has so many bytes of room."""
    system_write, left = os.write, room

    def write(descriptor: int, data: Any) -> int:
        nonlocal left
        if left <= 0:
            raise OSError(code, os.strerror(code))
        done = system_write(descriptor, data[:left])
        left -= done
        return done

    monkeypatch.setattr(os, "write", write)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0


@pytest.mark.parametrize("room", [0, 10, 3000, 20_000, 33_333])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_is_said_and_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, code: int
) -> None:
    """Wherever the room ends: a StorageError with its three sentences, no handle left, and what was written decodes."""
    before = open_files()
    path, encoder = tmp_path / "a.mp4", encoder_at(30)
    file = film(path, 0, encoder)
    fail_after(monkeypatch, room, code)
    with pytest.raises(StorageError) as error:
        fill(file, encoder, 300)
    assert error.value.why
    assert error.value.do
    assert 0 < file.written < 300
    with pytest.raises(StorageError):
        file.close()
    del file
    assert open_files() == before
    assert path.stat().st_size <= room
    if room >= 20_000:
        assert len(pictures_of(str(path))) >= 15


def test_a_disk_that_fails_at_the_very_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When only the closing index has no room, the file stays what it was while growing: readable."""
    path, encoder = tmp_path / "a.mp4", encoder_at(30)
    file = film(path, 0, encoder)
    fill(file, encoder, 60)
    growing = len(pictures_of(str(path)))
    fail_after(monkeypatch, 100)
    with pytest.raises(StorageError):
        file.close()
    assert len(pictures_of(str(path))) >= growing >= 40


def test_files_that_cannot_be_made(tmp_path: Path) -> None:
    """A missing folder and a file that exists are said at once; nothing is overwritten."""
    with pytest.raises(StorageError, match="folder is not there"):
        MEDIA.lossless(tmp_path / "gone" / "a.flac", 0, MONO)
    (tmp_path / "a.mp4").write_bytes(b"precious")
    with pytest.raises(StorageError, match="nothing is ever overwritten"):
        film(tmp_path / "a.mp4", 0, None)
    assert (tmp_path / "a.mp4").read_bytes() == b"precious"


# --- lossless --------------------------------------------------------------------------------------------------------


def flac_of(source: Any) -> NDArray[Any]:
    """Decoded samples, shape (samples, channels)."""
    frames, _ = frames_of(source, "audio")
    return np.concatenate([frame.to_ndarray().reshape(-1, frame.layout.nb_channels) for frame in frames])


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.float32])
@pytest.mark.parametrize("channels", [1, 2])
def test_lossless_is_lossless(tmp_path: Path, kind: type[Any], channels: int) -> None:
    """The microphone's own samples come back bit for bit, extremes included, with their number in the header."""
    dice = np.random.default_rng(3)
    whole = dice.integers(-(1 << 23), 1 << 23, (30_011, channels))
    whole[:2] = [[-(1 << 23)] * channels, [(1 << 23) - 1] * channels]
    if kind is np.int16:
        given = (whole >> 8).astype(np.int16)
        wanted: NDArray[Any] = given
    else:
        wanted = (whole << 8).astype(np.int32)
        given = wanted if kind is np.int32 else (whole / (1 << 23)).astype(np.float32)
    file = MEDIA.lossless(tmp_path / "a.flac", 0, SoundTrack(RATE, channels))
    for position in range(0, len(given), 480):
        file.add_sound(position, given[position : position + 480])
    file.close()
    assert file.written == len(given)
    assert np.array_equal(flac_of(str(tmp_path / "a.flac")), wanted)
    with av.open(str(tmp_path / "a.flac")) as container:
        assert container.streams.audio[0].duration == len(given)


def test_loud_floats_are_clipped_not_wrapped(tmp_path: Path) -> None:
    """A sample beyond full scale stays at full scale."""
    file = MEDIA.lossless(tmp_path / "a.flac", 0, MONO)
    file.add_sound(0, np.array([[1.5], [-1.5], [1.0], [0.0]], np.float32))
    file.close()
    top = ((1 << 23) - 1) << 8
    assert flac_of(str(tmp_path / "a.flac"))[:, 0].tolist() == [top, -(1 << 31), top, 0]


def test_lossless_killed_at_any_moment(tmp_path: Path) -> None:
    """A growing FLAC, even of silence and cut within a frame, gives back all but its last tenths of a second."""
    path = tmp_path / "a.flac"
    file = MEDIA.lossless(path, 0, MONO)
    chance = random.Random(6)
    given = np.zeros((0, 1), np.int16)
    for number in range(300):
        block = np.zeros((480, 1), np.int16) if number < 150 else (sine(0, 480) * 30_000).astype(np.int16)
        given = np.concatenate([given, block])
        file.add_sound(len(given) - 480, block)
        if number < 30 or chance.random() < 0.8:
            continue
        data = path.read_bytes()
        found = flac_of(io.BytesIO(data))
        assert len(given) - len(found) <= RATE // 4
        assert np.array_equal(found, given[: len(found)])
        if number > 200:
            less = flac_of(io.BytesIO(data[: len(data) - chance.randrange(1, 60)]))
            assert len(found) - len(less) <= 4608
            assert np.array_equal(less, given[: len(less)])
    file.close()


def test_lossless_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for film: said, survived, and readable up to where the room ended."""
    before = open_files()
    path = tmp_path / "a.flac"
    file = MEDIA.lossless(path, 0, MONO)
    fail_after(monkeypatch, 30_000)
    noise = np.random.default_rng(1).integers(-9000, 9000, (480, 1)).astype(np.int16)
    with pytest.raises(StorageError):
        file.add_sound(0, np.tile(noise, (1000, 1)))
    with pytest.raises(StorageError):
        file.close()
    del file
    assert open_files() == before
    assert len(flac_of(str(path))) > 9000
