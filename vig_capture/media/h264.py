"""H.264 that is already encoded: into a container without an encoder."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache
from typing import Any

import av
from av.container import OutputContainer

from vig_capture.core.model import VideoTrack
from vig_capture.media.encoder import TICKS

_SPS, _PPS = 7, 8
_START = b"\x00\x00\x00\x01"


@cache
def _template() -> Any:
    """A film of one tiny picture: PyAV takes codec parameters from an existing stream only."""
    context = av.CodecContext.create("libx264", "w")
    context.width = context.height = 16
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, 25)
    context.options = {"preset": "ultrafast", "threads": "1"}
    picture = av.VideoFrame(16, 16, "yuv420p")
    picture.pts = 0
    data = b"".join(bytes(packet) for packet in [*context.encode(picture), *context.encode(None)])
    return av.open(io.BytesIO(data), format="h264")


def add_h264_stream(container: OutputContainer, track: VideoTrack) -> Any:
    """A stream of a container that takes encoded packets; the track's `extradata` as avcC or Annex B, or to be set."""
    stream = container.add_stream_from_template(_template().streams.video[0], opaque=True)
    stream.codec_context.width = track.width
    stream.codec_context.height = track.height
    stream.codec_context.extradata = track.extradata
    stream.time_base = Fraction(1, TICKS)
    return stream


def parameter_sets(data: bytes) -> bytes | None:
    """SPS and PPS of an Annex B keyframe, for a camera that sends them nowhere else; None when there are none."""
    units = [unit.rstrip(b"\x00") for unit in data.split(b"\x00\x00\x01")[1:]]
    found = [_START + unit for unit in units if unit and unit[0] & 0x1F in (_SPS, _PPS)]
    return b"".join(found) or None
