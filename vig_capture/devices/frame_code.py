"""A machine-readable code in a picture: which frame this is, and when it was drawn.

Three rows of 32 black or white blocks fill the top tenth of the picture, the highest bit on the left:

    frame number            32 bit
    monotonic milliseconds  32 bit, so it starts anew after 49 days
    CRC-32 of the two

The checksum makes a damaged code unreadable, never wrong. A block of a 320×180 picture still has 10×6 pixels, enough to
survive H.264 at crf 30, MJPEG at q 5 and scaling; only the luma is used, and black and white are told apart by
their own middle, so neither chroma subsampling nor the range (tv or full) matters.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

COLUMNS = 32
ROWS = 3
STRIP = 10
"""The code fills one STRIPth of the picture's height."""
BLACK, WHITE = 16, 235
MS_MODULUS = 1 << 32

_CONTRAST_MIN = 60.0
_POINTS = 4


def draw(luma: NDArray[np.uint8], number: int, mono_ns: int) -> None:
    """Draw the code into `luma`, shape (height, width), in place. `number` counts modulo 2^32."""
    height, width = luma.shape
    payload = _payload(number, mono_ns // 1_000_000)
    bits = np.unpackbits(np.frombuffer(payload, np.uint8)).reshape(ROWS, COLUMNS)
    lines = np.where(bits, WHITE, BLACK).astype(np.uint8)[:, np.arange(width) * COLUMNS // width]
    for row in range(ROWS):
        luma[_edge(row, height) : _edge(row + 1, height)] = lines[row]


def read(luma: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Number and monotonic milliseconds (modulo 2^32) of a picture's luma (height, width); None if unreadable."""
    height, width = luma.shape
    if height < ROWS * STRIP or width < COLUMNS:
        return None
    inner = (np.arange(_POINTS) + 0.5) / _POINTS / 2 + 0.25
    rows = ((np.arange(ROWS)[:, None] + inner) * height / (ROWS * STRIP)).astype(np.intp).ravel()
    columns = ((np.arange(COLUMNS)[:, None] + inner) * width / COLUMNS).astype(np.intp).ravel()
    means = luma[np.ix_(rows, columns)].reshape(ROWS, _POINTS, COLUMNS, _POINTS).mean(axis=(1, 3))
    low, high = float(means.min()), float(means.max())
    if high - low < _CONTRAST_MIN:
        return None
    payload = np.packbits(means > (low + high) / 2).tobytes()
    number, mono_ms = int.from_bytes(payload[:4], "big"), int.from_bytes(payload[4:8], "big")
    return (number, mono_ms) if payload == _payload(number, mono_ms) else None


def _payload(number: int, mono_ms: int) -> bytes:
    body = (number % (1 << 32)).to_bytes(4, "big") + (mono_ms % MS_MODULUS).to_bytes(4, "big")
    return body + zlib.crc32(body).to_bytes(4, "big")


def _edge(row: int, height: int) -> int:
    return row * height // (ROWS * STRIP)
