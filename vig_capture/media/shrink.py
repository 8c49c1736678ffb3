"""The small picture for the screen and the checker."""

from __future__ import annotations

import av
from av.video.reformatter import ColorRange, Interpolation

from vig_capture.media.encoder import is_full_range


def shrink(picture: av.VideoFrame, width: int, height: int) -> bytes:
    """RGB24 of a picture at another size: `width` × `height` × 3 bytes, rows from the top, without padding."""
    small = picture.reformat(
        width,
        height,
        "rgb24",
        interpolation=Interpolation.FAST_BILINEAR,
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
