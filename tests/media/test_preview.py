"""Small pictures: undistorted, of every format, of H.264 with reordered pictures, and the film's picture left alone."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vig_capture.core.model import Frame, VideoMode
from vig_capture.media.files import PyavMedia
from vig_capture.media.preview import PyavPreview
from vig_capture.media.shrink import fitted

RATE = 25


def coloured(red: int, green: int, blue: int, width: int = 64, height: int = 48) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((height, width, 3), (red, green, blue), np.uint8), "rgb24")


def preview_of(picture: av.VideoFrame) -> PyavPreview:
    made = PyavMedia().preview(VideoMode(picture.width, picture.height, RATE, picture.format.name))
    made.add(Frame(0, picture, 1), True)
    return made


def drawn(preview: PyavPreview, width: int, height: int) -> NDArray[np.uint8]:
    data = preview.draw(width, height)
    assert data is not None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


@pytest.mark.parametrize("pixel_format", ["rgb24", "bgr24", "yuyv422", "yuvj422p", "yuv420p", "nv12", "yuv420p10le"])
def test_every_format(pixel_format: str) -> None:
    """Whatever a camera sends, red is red."""
    source = coloured(200, 30, 30).reformat(format=pixel_format, dst_color_range=_range(pixel_format))
    small = drawn(preview_of(source), 8, 6)
    assert np.abs(small.astype(int) - (200, 30, 30)).max() <= 6


def _range(pixel_format: str) -> ColorRange:
    return ColorRange.JPEG if pixel_format.startswith(("yuvj", "rgb", "bgr")) else ColorRange.MPEG


@pytest.mark.parametrize(("width", "height", "left", "top"), [(120, 80, 0, 6), (101, 40, 15, 0), (16, 9, 0, 0)])
def test_black_beside_a_picture_of_another_shape(width: int, height: int, left: int, top: int) -> None:
    """A 16:9 picture stands whole in the middle of any size, with black on two sides."""
    small = drawn(preview_of(coloured(250, 250, 250, 1280, 720)), width, height)
    inside = small[top : height - top, left : width - left]
    assert inside.min() > 240
    assert int(small.astype(np.int64).sum()) == int(inside.astype(np.int64).sum())


@given(*(st.integers(1, 4000) for _ in range(4)))
def test_fitted(width: int, height: int, width_max: int, height_max: int) -> None:
    """The fitted size is inside, touches two sides, and keeps the shape to the nearest point."""
    across, down = fitted(width, height, width_max, height_max)
    assert 1 <= across <= width_max
    assert 1 <= down <= height_max
    assert across == width_max or down == height_max
    if across > 1 and down > 1:
        assert abs(Fraction(across * height, width) - down) <= Fraction(1, 2) + Fraction(height, 2 * width)


def test_the_films_picture_is_left_alone() -> None:
    """Drawing changes nothing of a picture that the film's writer has too, not even for a moment: it is a copy."""
    source = coloured(1, 2, 3).reformat(format="yuyv422")
    preview = preview_of(source)
    first = drawn(preview, 8, 6).copy()
    source.planes[0].update(bytes(source.planes[0].buffer_size))
    assert np.array_equal(drawn(preview, 8, 6), first)


def encoded(colours: list[int], gop: int, reordered: int) -> tuple[VideoMode, list[Frame]]:
    """Grey pictures as a camera's H.264, in decoding order; the moments say which picture it is."""
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = 64, 48, "yuv420p"
    context.time_base, context.framerate = Fraction(1, RATE), Fraction(RATE)
    context.gop_size = gop
    context.options = {"x264-params": f"bframes={reordered}:b-adapt=0:scenecut=0:keyint={gop}:min-keyint={gop}"}
    packets: list[av.Packet[Any]] = []
    for number, grey in enumerate(colours):
        picture = coloured(grey, grey, grey).reformat(format="yuv420p")
        picture.pts = number
        packets += context.encode(picture)
    packets += context.encode(None)
    mode = VideoMode(64, 48, RATE, "h264", True)
    return mode, [Frame(packet.pts or 0, packet, packet.size, packet.is_keyframe, True) for packet in packets]


@pytest.mark.parametrize("reordered", [0, 2])
def test_keyframes_alone(reordered: int) -> None:
    """Each keyframe alone is shown at once and as itself, though the stream reorders its pictures."""
    greys = [20 + 3 * number for number in range(60)]
    mode, frames = encoded(greys, 10, reordered)
    preview = PyavMedia().preview(mode)
    keyframes = [frame for frame in frames if frame.keyframe]
    assert len(keyframes) == 6
    for frame in keyframes:
        preview.add(frame, True)
        assert abs(int(drawn(preview, 8, 6).mean()) - greys[frame.mono_ns]) <= 3


@pytest.mark.parametrize("reordered", [0, 2])
def test_whole_groups(reordered: int) -> None:
    """Of a group given whole the newest picture is shown, or one that the reordering still keeps back is close by."""
    greys = [20 + 3 * number for number in range(60)]
    mode, frames = encoded(greys, 60, reordered)
    preview = PyavMedia().preview(mode)
    for frame in frames:
        preview.add(frame, False)
    assert int(drawn(preview, 8, 6).mean()) >= greys[-1 - 2 * reordered] - 3


def test_from_whole_groups_to_keyframes_alone() -> None:
    """When only keyframes are given after a whole group, none of the old group's pictures is shown any more."""
    greys = [20 + 3 * number for number in range(60)]
    mode, frames = encoded(greys, 20, 2)
    preview = PyavMedia().preview(mode)
    for number, frame in enumerate(frames):
        if number < 20 or frame.keyframe:
            preview.add(frame, number >= 20)
            if number >= 20:
                assert abs(int(drawn(preview, 8, 6).mean()) - greys[frame.mono_ns]) <= 3


def test_damage_is_no_picture() -> None:
    """A damaged packet, or none at all yet, is no picture and no error; the next keyframe is one again."""
    mode, frames = encoded([100] * 3, 1, 0)
    preview = PyavMedia().preview(mode)
    assert preview.draw(4, 4) is None
    for noise in (b"\x00", bytes(range(256)), b"\x00\x00\x00\x01\x65" + bytes(range(200))):
        preview.add(Frame(0, av.Packet(noise), len(noise), True, True), True)
        preview.draw(4, 4)
    preview.add(frames[1], True)
    assert abs(int(drawn(preview, 8, 6).mean()) - 100) <= 3


def test_a_jpeg_of_a_camera() -> None:
    """A decoded JPEG, full range and with lines wider than its picture, is drawn as it is."""
    with av.open(io.BytesIO(), "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 70, 50, "yuvj422p"
        packets = stream.encode(coloured(255, 255, 255, 70, 50).reformat(format="yuvj422p"))
    (picture,) = av.VideoCodecContext.create("mjpeg", "r").decode(packets[0])
    assert drawn(preview_of(picture), 7, 5).min() >= 250


@pytest.mark.parametrize("pixel_format", ["rgb24", "yuyv422", "yuvj422p", "yuv420p", "nv12"])
@pytest.mark.parametrize("size", [(1280, 720), (641, 361)])
def test_a_still_is_a_jpeg_of_the_full_size(pixel_format: str, size: tuple[int, int]) -> None:
    """Whatever a camera sends, a still has its size and its colours, and the film's own picture is left alone."""
    source = coloured(200, 60, 30, *size).reformat(format=pixel_format, dst_color_range=_range(pixel_format))
    source.color_range = _range(pixel_format)
    data = preview_of(source).still()
    assert data is not None
    with av.open(io.BytesIO(data), "r", format="jpeg_pipe") as container:
        picture = next(container.decode(video=0))
    assert (picture.width, picture.height) == size
    assert np.abs(picture.to_ndarray(format="rgb24").astype(int) - (200, 60, 30)).max() <= 8
    assert source.color_range == _range(pixel_format)


def test_no_still_of_nothing() -> None:
    """Without a picture there is no still, and no error."""
    assert PyavMedia().preview(VideoMode(64, 48, RATE, "rgb24")).still() is None


@pytest.mark.parametrize(
    ("width", "height", "found"), [(1280, 720, (640, 360)), (480, 640, (270, 360)), (64, 48, (64, 48))]
)
def test_a_small_picture_of_the_same_shape(width: int, height: int, found: tuple[int, int]) -> None:
    """It fits, nothing stands beside it, and a picture that is small already is not blown up."""
    small = preview_of(coloured(250, 250, 250, width, height)).small(640, 360)
    assert small is not None
    assert small[:2] == found
    assert len(small[2]) == found[0] * found[1] * 3
    assert min(small[2]) > 240


@pytest.mark.parametrize("pixel_format", ["yuyv422", "yuvj422p", "yuv420p", "nv12", "rgb24", "gray"])
def test_luma_is_of_full_range(pixel_format: str) -> None:
    """Black is 0 and white is 255 for every pixel of the whole picture, whatever range the camera sends."""
    picture = np.zeros((30, 50, 3), np.uint8)
    picture[:, 24:] = 255
    source = av.VideoFrame.from_ndarray(picture, "rgb24")
    source = source.reformat(format=pixel_format, dst_color_range=_range(pixel_format))
    found = preview_of(source).luma()
    assert found is not None
    width, height, data = found
    luma = np.frombuffer(data, np.uint8).reshape(height, width)
    assert luma.shape == (30, 50)
    assert luma[:, :23].max() <= 2
    assert luma[:, 26:].min() >= 253


def test_luma_leaves_the_films_picture_alone() -> None:
    """What the film's writer reads of its picture is not touched by reading its luma."""
    source = coloured(200, 30, 30).reformat(format="yuv420p")
    source.color_range = ColorRange.MPEG
    before = [bytes(plane) for plane in source.planes]
    preview = preview_of(source)
    preview.luma()
    preview.small(8, 6)
    assert [bytes(plane) for plane in source.planes] == before
    assert source.color_range == ColorRange.MPEG


def test_no_picture_no_luma() -> None:
    """Before the first picture there is nothing."""
    preview = PyavMedia().preview(VideoMode(64, 48, RATE, "yuv420p"))
    assert (preview.small(8, 6), preview.luma()) == (None, None)


@pytest.mark.parametrize("pixel_format", ["yuyv422", "yuvj422p", "yuv420p", "nv12"])
def test_the_brightness_of_each_row(pixel_format: str) -> None:
    """Black rows are 0 and white rows 255, whatever range the camera sends; there are as many as it has."""
    picture = np.zeros((30, 50, 3), np.uint8)
    picture[16:] = 255
    source = av.VideoFrame.from_ndarray(picture, "rgb24")
    data = preview_of(source.reformat(format=pixel_format, dst_color_range=_range(pixel_format))).rows()
    assert data is not None
    rows = np.frombuffer(data, np.float32)
    assert rows.shape == (30,)
    assert np.abs(rows[:15]).max() <= 2
    assert np.abs(rows[17:] - 255).max() <= 2


def test_no_rows_of_other_formats() -> None:
    """Of a picture whose luma does not lie apart the rows are not known."""
    assert preview_of(coloured(1, 2, 3)).rows() is None
