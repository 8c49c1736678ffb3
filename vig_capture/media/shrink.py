"""A picture at another size as RGB, or its luma alone."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from vig_capture.media.encoder import is_full_range


def shrink(picture: av.VideoFrame, width: int, height: int, reformatter: VideoReformatter | None = None) -> bytes:
    """RGB24 of a picture at another size: `width` × `height` × 3 bytes, rows from the top, without padding.

    A `reformatter` that is kept from picture to picture sets up its filters once. While it works, the picture's colour
    tags are changed: one that another thread reads has to be copied first."""
    small = (reformatter or VideoReformatter()).reformat(
        picture,
        width,
        height,
        "rgb24",
        # Averages over what is left out, so that the noise of single points goes: a still room gives still pictures.
        interpolation=Interpolation.AREA,
        src_color_range=ColorRange.JPEG if is_full_range(picture) else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    return _without_padding(small, width * 3)


def letterboxed(picture: av.VideoFrame, width: int, height: int, reformatter: VideoReformatter | None = None) -> bytes:
    """The same of the whole picture, undistorted, with black beside it where the shape differs."""
    across, down = fitted(picture.width, picture.height, width, height)
    data = shrink(picture, across, down, reformatter)
    if (across, down) == (width, height):
        return data
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - across) // 2, (height - down) // 2
    canvas[top : top + down, left : left + across] = np.frombuffer(data, np.uint8).reshape(down, across, 3)
    return canvas.tobytes()


def fitted(width: int, height: int, width_max: int, height_max: int) -> tuple[int, int]:
    """The largest size of the same shape, to the nearest point, that fits: width and height, at least 1."""
    scale = min(Fraction(width_max, width), Fraction(height_max, height))
    return max(round(width * scale), 1), max(round(height * scale), 1)


def luma(picture: av.VideoFrame) -> bytes:
    """A picture's luma at its own size, 0 to 255: width × height bytes, rows from the top. Its colour tags are changed
    while it works, as by `shrink`."""
    grey = VideoReformatter().reformat(
        picture,
        format="gray",
        src_color_range=ColorRange.JPEG if is_full_range(picture) else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    return _without_padding(grey, picture.width)


def _without_padding(picture: av.VideoFrame, row_bytes: int) -> bytes:
    plane = picture.planes[0]
    if plane.line_size == row_bytes:
        return bytes(plane)
    data = memoryview(plane)
    return b"".join(data[at : at + row_bytes] for at in range(0, picture.height * plane.line_size, plane.line_size))
