"""The pictures of film segments, encoded or copied: each there, at its time, in an ordinary MP4."""

from __future__ import annotations

import io
import random
import stat
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from tests.media.known import (
    MEDIA,
    MONO,
    MS,
    SECOND,
    encoder_at,
    film,
    frames_of,
    grid,
    picture,
    pictures_of,
    sine,
)
from vig_capture.core.model import Packet, VideoTrack


def top_boxes(data: bytes) -> list[str]:
    boxes, position = [], 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        boxes.append(data[position + 4 : position + 8].decode("ascii"))
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        position += size or len(data)
    return boxes


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


@pytest.mark.parametrize(("container_format", "in_band"), [("mpegts", False), ("mpegts", True), ("flv", False)])
def test_copied_pictures_with_b_frames(tmp_path: Path, container_format: str, in_band: bool) -> None:
    """A camera's own reordered H.264 is kept whole, with its times, whether its header came beside it or within."""
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
