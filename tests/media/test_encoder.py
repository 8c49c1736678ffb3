"""X264Encoder: nothing is held, keyframes come by time, stamps are kept, the range is television's."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import av
import numpy as np
import pytest
from av.video.frame import PictureType
from hypothesis import given, settings
from hypothesis import strategies as st

from vig_capture.core.errors import UserError
from vig_capture.core.model import Packet, VideoMode
from vig_capture.media.encoder import X264Encoder
from vig_capture.media.files import MediaSettings, PyavMedia
from vig_capture.media.shrink import shrink

MS = 1_000_000


def grey(luma: int, pixel_format: str = "yuv420p", width: int = 64, height: int = 48) -> av.VideoFrame:
    picture = av.VideoFrame(width, height, pixel_format)
    for number, plane in enumerate(picture.planes):
        plane.update(bytes([luma if number == 0 else 128]) * plane.buffer_size)
    return picture


def decoded(encoder: X264Encoder, packets: list[Packet]) -> list[av.VideoFrame]:
    data = (encoder.track().extradata or b"") + b"".join(bytes(packet.data) for packet in packets)
    with av.open(io.BytesIO(data), format="h264", mode="r") as film:
        return list(film.decode(video=0))


@pytest.mark.parametrize("preset", ["veryfast", "superfast", "ultrafast"])
@pytest.mark.parametrize("rate", [15, 30])
def test_holds_nothing(preset: str, rate: int) -> None:
    """Every picture comes out as it goes in, so a crash loses nothing that waits inside the encoder."""
    encoder = X264Encoder(VideoMode(64, 48, rate, "yuv420p"), preset)
    for number in range(60):
        packets = encoder.encode(grey(number), number * 1000 * MS // rate, False)
        assert [packet.t_ns for packet in packets] == [number * 1000 * MS // rate]
        assert encoder.held == 0
    assert not encoder.flush()


@given(st.lists(st.integers(1, 900), min_size=2, max_size=40))
@settings(max_examples=15, deadline=None)
def test_a_keyframe_at_least_every_second(steps_ms: list[int]) -> None:
    """However irregular the camera, a keyframe comes with the first picture after a second without one."""
    encoder = X264Encoder(VideoMode(32, 32, 30, "yuv420p"), "ultrafast")
    t_ns = key_ns = 0
    for number, step_ms in enumerate(steps_ms):
        (packet,) = encoder.encode(grey(100, width=32, height=32), t_ns, False)
        if number == 0 or t_ns - key_ns >= 1000 * MS:
            assert packet.keyframe
        key_ns = t_ns if packet.keyframe else key_ns
        t_ns += step_ms * MS


def test_a_keyframe_when_asked_and_not_because_the_source_has_them() -> None:
    """A decoded JPEG's own keyframe mark is ignored; ours makes an IDR picture."""
    encoder = X264Encoder(VideoMode(64, 48, 30, "mjpeg"), "veryfast")
    keys = []
    for number in range(20):
        picture = grey(100)
        picture.pict_type = PictureType.I
        (packet,) = encoder.encode(picture, number * 33 * MS, number == 7)
        if packet.keyframe:
            keys.append(number)
            assert bytes(packet.data).find(b"\x00\x00\x01\x65") >= 0
    assert keys == [0, 7]


def test_equal_and_backward_stamps_still_encode() -> None:
    """Two pictures of one moment keep their session times and are not refused."""
    encoder = X264Encoder(VideoMode(64, 48, 30, "yuv420p"), "ultrafast")
    times = [0, 5 * MS, 5 * MS, 5 * MS + 1, 4 * MS, 40 * MS]
    packets = [packet for t_ns in times for packet in encoder.encode(grey(90), t_ns, False)]
    assert [packet.t_ns for packet in packets] == times
    stamps: list[Any] = [packet.data.pts for packet in packets]
    assert all(later > earlier for earlier, later in pairwise(stamps))


@pytest.mark.parametrize(
    ("pixel_format", "luma", "expected"),
    [("yuvj420p", 255, 235), ("yuvj422p", 255, 235), ("yuvj422p", 0, 16), ("yuv420p", 235, 235), ("yuv422p", 16, 16)],
)
def test_range_is_converted_and_tagged(pixel_format: str, luma: int, expected: int) -> None:
    """Full-range pictures become television's range; those already in it are left alone; the film says so."""
    encoder = X264Encoder(VideoMode(64, 48, 30, "mjpeg"), "ultrafast", crf=1)
    frames = decoded(encoder, list(encoder.encode(grey(luma, pixel_format), 0, True)))
    assert frames[0].format.name == "yuv420p"
    assert frames[0].color_range == 1
    assert abs(float(frames[0].to_ndarray()[:48].mean()) - expected) <= 1


def test_odd_sizes_lose_a_line_and_impossible_ones_say_so() -> None:
    """4:2:0 needs even sizes: an odd camera is filmed all the same; an unknown preset is the user's error."""
    encoder = X264Encoder(VideoMode(65, 49, 30, "yuv420p"), "ultrafast")
    assert (encoder.track().width, encoder.track().height) == (64, 48)
    assert encoder.encode(grey(50, width=65, height=49), 0, True)
    with pytest.raises(UserError) as error:
        X264Encoder(VideoMode(64, 48, 30, "yuv420p"), "lightning")
    assert error.value.why
    assert error.value.do


def test_steps_go_down_the_presets() -> None:
    """Step 0 is the configured preset, the last step the fastest; the header is there before the first picture."""
    media = PyavMedia(MediaSettings(presets=("superfast", "ultrafast")))
    assert media.steps() == 2
    sizes = []
    for step in range(2):
        encoder = media.encoder(VideoMode(64, 48, 30, "yuv420p"), step)
        extradata = encoder.track().extradata
        assert extradata is not None
        assert extradata.startswith(b"\x00\x00\x00\x01\x67")
        sizes.append(extradata)
    assert sizes[0] != sizes[1]


def test_shrink_gives_rgb_without_padding() -> None:
    """The small picture is RGB24 of the asked size, white where the full-range original is white."""
    for pixel_format, luma in (("yuvj422p", 255), ("yuv420p", 235)):
        data = shrink(grey(luma, pixel_format), 37, 21)
        assert len(data) == 37 * 21 * 3
        assert np.frombuffer(data, np.uint8).min() >= 253
