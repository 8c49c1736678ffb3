"""A picture at another size, as RGB."""

from __future__ import annotations

import av
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
    plane = small.planes[0]
    row = width * 3
    if plane.line_size == row:
        return bytes(plane)
    data = memoryview(plane)
    return b"".join(data[y * plane.line_size : y * plane.line_size + row] for y in range(height))
