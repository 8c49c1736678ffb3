"""How bright each row of a picture is."""

from __future__ import annotations

import av
import numpy as np

from vig_capture.media.encoder import is_full_range

COLUMNS_STEP = 4
"""Every fourth point of a row says as much of it as all of them."""
BLACK, WHITE = 16.0, 235.0
"""Of television's range."""


def row_means(picture: av.VideoFrame) -> bytes | None:
    """Mean luma of each row, float32, 0 to 255, from the top; None for a picture whose luma does not lie apart. The
    picture is only read."""
    luma = picture.format.components[0]
    step = 2 if picture.format.name == "yuyv422" else 1
    if not luma.is_luma or luma.bits != 8 or not (picture.format.is_planar or step == 2):
        return None
    plane = picture.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: picture.height]
    means = rows[:, : picture.width * step : COLUMNS_STEP * step].mean(axis=1, dtype=np.float32)
    if not is_full_range(picture):
        means = (means - np.float32(BLACK)) * np.float32(255 / (WHITE - BLACK))
    return bytes(means.astype(np.float32).data)
