"""H.264 that is already encoded: into a container without an encoder, and its parameter sets."""

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
    found = [_START + unit for unit in _sets(_units(data))]
    return b"".join(found) or None


def sets_of(extradata: bytes | None) -> list[bytes]:
    """The parameter sets in a track's header, an avcC box or Annex B, each as it is in the stream."""
    data = extradata or b""
    if not _is_boxed(data):
        return _sets(_units(data))
    found, at = [], 6
    for mask in (0x1F, 0xFF):
        # Of the avcC box (ISO/IEC 14496-15, 5.2.4.1): how many sets, SPS then PPS, each with its length in two bytes.
        for _ in range(data[at - 1] & mask):
            size = int.from_bytes(data[at : at + 2], "big")
            found.append(data[at + 2 : at + 2 + size])
            at += 2 + size
        at += 1
    return found


def with_sets(sets: list[bytes], packet: bytes) -> bytes:
    """A picture of an MP4 that brings its own parameter sets: the encoder was another one (a step down)."""
    return b"".join(len(each).to_bytes(4, "big") + each for each in sets) + packet


def boxed(data: bytes) -> bytes:
    """Annex B, as encoders give it, as it stands in an MP4: each unit behind its length."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in _units(data))


def _is_boxed(extradata: bytes) -> bool:
    return len(extradata) > 6 and extradata[0] == 1


def _units(data: bytes) -> list[bytes]:
    """The units of Annex B."""
    return [unit for part in data.split(b"\x00\x00\x01")[1:] if (unit := part.rstrip(b"\x00"))]


def _sets(units: list[bytes]) -> list[bytes]:
    return [unit for unit in units if unit[0] & 0x1F in (_SPS, _PPS)]
