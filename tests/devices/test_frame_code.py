"""The code in a picture survives what cameras and encoders do to pictures, and a damaged one is never misread."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vig_capture.devices import frame_code
from vig_capture.devices.demo import video_frame
from vig_capture.devices.demo_scene import Scene

MS = 1_000_000
NUMBERS = st.integers(0, 2**32 - 1)
SCENES = {size: Scene(*size) for size in ((1280, 720), (640, 360), (320, 180))}
SAMPLE = [0, 1, 2**32 - 1, 0x55555555, 0xAAAAAAAA, 123_456, 1_800_000, 77]


def plane(frame: av.VideoFrame) -> NDArray[np.uint8]:
    first = frame.planes[0]
    return np.frombuffer(memoryview(first), np.uint8).reshape(first.height, first.line_size)[:, : first.width]


def coded(codec: str, frames: list[av.VideoFrame], options: dict[str, str]) -> list[av.VideoFrame]:
    """The frames as they come back from an encoder and its decoder."""
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height = frames[0].width, frames[0].height
    encoder.pix_fmt, encoder.time_base, encoder.options = frames[0].format.name, Fraction(1, 30), options
    packets = []
    for index, frame in enumerate(frames):
        frame.pts = index
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    decoder = av.CodecContext.create("h264" if codec == "libx264" else codec, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = encoder.extradata
    return [frame for packet in [*packets, None] for frame in decoder.decode(packet)]


@given(NUMBERS, st.integers(0, 2**63), st.sampled_from([(1280, 720), (640, 360), (320, 180), (720, 576), (333, 201)]))
def test_what_is_drawn_is_read(number: int, mono_ns: int, size: tuple[int, int]) -> None:
    """Every number and moment comes back, the milliseconds modulo 2^32."""
    picture = np.full((size[1], size[0]), 99, np.uint8)
    frame_code.draw(picture, number, mono_ns)
    assert frame_code.read(picture) == (number, mono_ns // MS % 2**32)


@given(NUMBERS, st.integers(0, 2**48), st.integers(0, 95), st.integers(1, 4))
def test_a_damaged_code_is_refused(number: int, mono_ns: int, block: int, count: int) -> None:
    """Inverting any one to four neighbouring blocks makes it unreadable, never another number."""
    picture = np.zeros((180, 320), np.uint8)
    frame_code.draw(picture, number, mono_ns)
    for place in range(block, min(96, block + count)):
        row, column = divmod(place, 32)
        part = picture[row * 6 : row * 6 + 6, column * 10 : column * 10 + 10]
        part[...] = frame_code.BLACK + frame_code.WHITE - part
    assert frame_code.read(picture) is None


@given(st.integers(0, 2**32 - 1))
def test_a_picture_without_code_has_no_number(seed: int) -> None:
    """Noise is not read as a number."""
    assert frame_code.read(np.random.default_rng(seed).integers(0, 256, (180, 320), dtype=np.uint8)) is None


@pytest.mark.parametrize("shape", [(720, 1280), (20, 20)])
def test_an_even_or_tiny_picture_has_no_number(shape: tuple[int, int]) -> None:
    """A black picture, and one too small for a code, have none."""
    assert frame_code.read(np.full(shape, 16, np.uint8)) is None


@pytest.mark.parametrize("size", SCENES)
@pytest.mark.parametrize("preset", ["ultrafast", "veryfast"])
def test_it_survives_h264(size: tuple[int, int], preset: str) -> None:
    """At crf 30 every code is readable, although the code changes wholly from frame to frame."""
    frames = [video_frame(SCENES[size], number, number * MS) for number in SAMPLE]
    back = coded("libx264", frames, {"preset": preset, "crf": "30", "bf": "0"})
    assert [frame_code.read(plane(frame)) for frame in back] == [(number, number) for number in SAMPLE]


@pytest.mark.parametrize("size", SCENES)
def test_it_survives_mjpeg_in_full_range(size: tuple[int, int]) -> None:
    """At q 5, with black and white moved to 0 and 255 and back, every code is readable."""
    frames = [
        video_frame(SCENES[size], number, number * MS).reformat(
            format="yuvj420p", src_color_range="MPEG", dst_color_range="JPEG"
        )
        for number in SAMPLE
    ]
    assert plane(frames[0]).min() == 0
    back = coded("mjpeg", frames, {"flags": "+qscale", "global_quality": str(5 * 118)})
    assert [frame_code.read(plane(frame)) for frame in back] == [(number, number) for number in SAMPLE]
    limited = back[3].reformat(format="yuv420p", src_color_range="JPEG", dst_color_range="MPEG")
    assert frame_code.read(plane(limited)) == (SAMPLE[3], SAMPLE[3])


@pytest.mark.parametrize("size", [(640, 360), (320, 180)])
@pytest.mark.parametrize("method", ["BILINEAR", "AREA", "BICUBIC", "POINT"])
def test_it_survives_scaling_and_then_h264(size: tuple[int, int], method: str) -> None:
    """720p made smaller, by any method, and encoded at crf 30 is still readable."""
    large = [video_frame(SCENES[1280, 720], number, number * MS) for number in SAMPLE]
    small = [frame.reformat(width=size[0], height=size[1], interpolation=method) for frame in large]
    back = coded("libx264", small, {"preset": "ultrafast", "crf": "30", "bf": "0"})
    assert [frame_code.read(plane(frame)) for frame in back] == [(number, number) for number in SAMPLE]
