"""A picture at its full size as a JPEG file."""

from __future__ import annotations

from fractions import Fraction

import av
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from vig_capture.media.encoder import is_full_range

QUANTISER = 2
"""Of FFmpeg's mjpeg encoder, 2 to 31: the finest that it takes."""


def jpeg(picture: av.VideoFrame) -> bytes:
    """The picture as a JPEG file (JFIF: BT.601, full range, 4:2:0). While it works the picture's colour tags are
    changed, so that one which another thread reads has to be copied first. Raises av.FFmpegError, ValueError."""
    whole = VideoReformatter().reformat(
        picture,
        format="yuvj420p",
        dst_colorspace=Colorspace.ITU601,
        src_color_range=ColorRange.JPEG if is_full_range(picture) else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    encoder = av.VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = whole.width, whole.height
    encoder.pix_fmt = "yuvj420p"
    encoder.color_range = ColorRange.JPEG
    encoder.time_base = Fraction(1, 1)
    encoder.thread_count = 1
    encoder.options = {"qmin": str(QUANTISER), "qmax": str(QUANTISER)}
    whole.pts = 0
    packets = [*encoder.encode(whole), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)
