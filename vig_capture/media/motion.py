"""Small grey pictures of what a camera sends: enough to see that something moved."""

from __future__ import annotations

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from vig_capture.core.model import Frame, VideoMode


class Greys:
    """Makes them, from pictures and from H.264."""

    def __init__(self, mode: VideoMode, width: int = 160, height: int = 90) -> None:
        self._size = width, height
        self._reformatter = VideoReformatter()
        self._decoder: av.VideoCodecContext | None = None
        self._times: dict[int | None, int] = {}
        if mode.copied:
            self._decoder = av.VideoCodecContext.create("h264", "r")
            self._decoder.extradata = mode.extradata

    def of(self, frame: Frame) -> list[tuple[int, NDArray[np.uint8]]]:
        """Luma of shape (height, width) with the moment that each picture was taken, in ns on the frame's clock.

        Of H.264 what the decoder gives back: nothing, where a picture is damaged or before the first keyframe."""
        if self._decoder is None:
            return [(frame.mono_ns, self._grey(frame.picture))]
        if not frame.encoded:
            return []
        self._times[frame.picture.pts] = frame.mono_ns
        try:
            pictures = self._decoder.decode(frame.picture)
        except av.FFmpegError:
            return []
        return [(self._times.get(picture.pts, frame.mono_ns), self._grey(picture)) for picture in pictures]

    def _grey(self, picture: av.VideoFrame) -> NDArray[np.uint8]:
        # Averages over what is left out, so that the noise of single points goes.
        small = self._reformatter.reformat(picture, *self._size, "gray", interpolation=Interpolation.AREA, threads=1)
        return np.ascontiguousarray(small.to_ndarray(), dtype=np.uint8)
