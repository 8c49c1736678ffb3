"""The port Preview on PyAV: small pictures for whoever looks, and stills, of decoded frames and of H.264."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import av
import numpy as np
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from vig_capture.core.model import Frame, VideoMode
from vig_capture.media.rows import row_means
from vig_capture.media.shrink import fitted, letterboxed, luma, shrink
from vig_capture.media.still import jpeg

Made = TypeVar("Made")


class PyavPreview:
    """The port Preview. Decodes and scales in the thread that calls it."""

    def __init__(self, mode: VideoMode) -> None:
        self._reformatter = VideoReformatter()
        self._decoder = _decoder(mode) if mode.copied else None
        self._picture: av.VideoFrame | None = None
        self._is_shared = False
        """The film's writer has the same picture."""

    def add(self, frame: Frame, alone: bool) -> None:
        if self._decoder is None:
            self._picture, self._is_shared = frame.picture, True
            return
        try:
            pictures = self._decoder.decode(frame.picture)
            if alone:
                # A stream that reorders its pictures would keep this one back until more come.
                pictures += self._decoder.decode(None)
                self._decoder.flush_buffers()
        except av.FFmpegError:
            self._picture = None
            return
        if pictures:
            self._picture = pictures[-1]

    def draw(self, width: int, height: int) -> bytes | None:
        return self._made(lambda picture: letterboxed(picture, width, height, self._reformatter))

    def small(self, width_max: int, height_max: int) -> tuple[int, int, bytes] | None:
        return self._made(lambda picture: self._fitted(picture, width_max, height_max))

    def luma(self) -> tuple[int, int, bytes] | None:
        return self._made(lambda picture: (picture.width, picture.height, luma(picture)))

    def rows(self) -> bytes | None:
        # (Only read, so that a picture that the film's writer has too need not be copied.)
        return None if self._picture is None else row_means(self._picture)

    def still(self) -> bytes | None:
        return self._made(jpeg)

    def _made(self, make: Callable[[av.VideoFrame], Made]) -> Made | None:
        if self._picture is None:
            return None
        try:
            if self._is_shared:
                self._picture, self._is_shared = _copied(self._picture), False
            return make(self._picture)
        except (av.FFmpegError, ValueError):
            self._picture = None
            return None

    def _fitted(self, picture: av.VideoFrame, width_max: int, height_max: int) -> tuple[int, int, bytes]:
        width, height = fitted(
            picture.width, picture.height, min(width_max, picture.width), min(height_max, picture.height)
        )
        return width, height, shrink(picture, width, height, self._reformatter)


def _decoder(mode: VideoMode) -> av.VideoCodecContext:
    decoder = av.VideoCodecContext.create("h264", "r")
    decoder.extradata = mode.extradata
    # A second thread would hold a picture back, and take a core from the film.
    decoder.thread_count = 1
    return decoder


def _copied(picture: av.VideoFrame) -> av.VideoFrame:
    """A picture of its own: scaling changes the colour tags while it works, and the film's writer reads them."""
    copy = av.VideoFrame(picture.width, picture.height, picture.format.name)
    copy.color_range, copy.colorspace = picture.color_range, picture.colorspace
    for ours, theirs in zip(copy.planes, picture.planes, strict=True):
        target, source = _rows(ours), _rows(theirs)
        count = min(target.shape[1], source.shape[1])
        target[:, :count] = source[:, :count]
    return copy


def _rows(plane: VideoPlane) -> NDArray[np.uint8]:
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
