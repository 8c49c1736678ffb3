"""H.264 by libx264, tuned so that a crash costs nothing that waits inside the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
from av.codec.context import Flags, ThreadType
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, VideoReformatter

from vig_capture.core.errors import UserError
from vig_capture.core.model import Packet, VideoMode, VideoTrack
from vig_capture.core.time import SECOND_NS

TICKS = 90_000
"""Ticks a second of a film's picture track: 11 µs, what MPEG uses."""
GOP_NS = SECOND_NS
"""A picture that can be decoded by itself at least this often: what a cut, a seek and a damaged file wait for."""
_AT_ONCE = "bframes=0:rc-lookahead=0:sync-lookahead=0:sliced-threads=1:force-cfr=1"
"""No picture is held back. (force-cfr lets x264 take the rate for its rate control from us; it would hold a picture to
measure how long it lasts. Time stamps pass through as they are.)"""
_PATIENTLY = "bframes=0"
BT470BG = 5
"""The colour matrix of JPEG (BT.601), FFmpeg's number; players take BT.709 for granted in untagged HD film."""


def is_full_range(picture: av.VideoFrame) -> bool:
    """Whether luma goes from 0 to 255 (JPEG) rather than from 16 to 235 (television)."""
    return picture.color_range == ColorRange.JPEG or picture.format.name.startswith("yuvj")


class X264Encoder:
    """The port FilmEncoder: yuv420p in television range, whatever the camera sends.

    No B-frames, no look-ahead and slices instead of frame threads: it holds no picture at all (veryfast alone holds 11,
    0.7 s at 15 a second)."""

    def __init__(self, mode: VideoMode, preset: str, crf: int = 23, threads: int = 0, is_patient: bool = False) -> None:
        """Open it; `threads` 0 leaves the number to x264. `is_patient`: it may hold pictures back, where a crash costs
        nothing: a smaller film, made sooner. Raises UserError where libx264 refuses the size or preset."""
        self._is_patient = is_patient
        self._reformatter = VideoReformatter()
        self._times: dict[int, int] = {}
        self._last_pts = -1
        self._key_due_ns: int | None = None
        self._half_picture_ns = int(SECOND_NS / (2 * mode.rate)) if mode.rate > 0 else 0
        self._rate = mode.rate if mode.rate > 0 else 30.0
        # H.264 in 4:2:0 has whole pairs of lines and columns only.
        self._width, self._height = mode.width // 2 * 2, mode.height // 2 * 2
        self._context = self._open(mode, preset, crf, threads)

    def _open(self, mode: VideoMode, preset: str, crf: int, threads: int) -> av.VideoCodecContext:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height = self._width, self._height
        context.pix_fmt = "yuv420p"
        context.time_base = Fraction(1, TICKS)
        context.framerate = Fraction(self._rate).limit_denominator(1001)
        context.color_range = ColorRange.MPEG
        if mode.format == "mjpeg" or mode.format.startswith("yuvj"):
            context.colorspace = BT470BG
        context.flags |= Flags.global_header
        context.thread_type = ThreadType.FRAME if self._is_patient else ThreadType.SLICE
        context.thread_count = threads
        # Keyframes are asked for by time; x264's own count is the net below, for a camera faster than it says.
        context.gop_size = max(1, round(self._rate * 2))
        context.options = {
            "preset": preset,
            "crf": str(crf),
            "forced-idr": "1",
            "x264-params": _PATIENTLY if self._is_patient else _AT_ONCE,
        }
        try:
            context.open()
        except (av.FFmpegError, ValueError) as fault:
            raise UserError(
                f"A picture of {mode.width}×{mode.height} cannot be filmed with the preset {preset}.",
                f"The encoder says: {fault}.",
                "Choose another size or preset.",
            ) from fault
        return context

    def encode(self, picture: Any, t_ns: int, keyframe: bool) -> Sequence[Packet]:
        """Encode an av.VideoFrame of any size and format at session time `t_ns`, a keyframe where asked or due.

        The picture's `pts` and `pict_type` are set: nobody else reads them."""
        if self._needs_reformat(picture):
            picture = self._reformat(picture)
        pts = max(t_ns * TICKS // SECOND_NS, self._last_pts + 1)
        self._last_pts = pts
        self._times[pts] = t_ns
        if keyframe or self._key_due_ns is None or t_ns >= self._key_due_ns:
            # Half a picture early, so that the jitter of the camera does not cost a whole one.
            self._key_due_ns = t_ns + GOP_NS - self._half_picture_ns
            picture.pict_type = PictureType.I
        else:
            # A decoded JPEG says that it is a keyframe, and x264 would obey.
            picture.pict_type = PictureType.NONE
        picture.time_base = self._context.time_base
        picture.pts = pts
        return self._packets(self._context.encode(picture))

    def flush(self) -> Sequence[Packet]:
        return self._packets(self._context.encode(None))

    def track(self) -> VideoTrack:
        return VideoTrack(self._width, self._height, self._rate, self._context.extradata)

    @property
    def held(self) -> int:
        """Pictures given that have not come out yet."""
        return len(self._times)

    def _needs_reformat(self, picture: av.VideoFrame) -> bool:
        return (
            picture.format.name != "yuv420p"
            or picture.width != self._width
            or picture.height != self._height
            or picture.color_range == ColorRange.JPEG
        )

    def _reformat(self, picture: av.VideoFrame) -> av.VideoFrame:
        return self._reformatter.reformat(
            picture,
            self._width,
            self._height,
            "yuv420p",
            # Both ends name their range, since swscale takes an unnamed one for television.
            src_color_range=ColorRange.JPEG if is_full_range(picture) else ColorRange.MPEG,
            dst_color_range=ColorRange.MPEG,
            # A pool of threads costs more than it saves at these sizes.
            threads=1,
        )

    def _packets(self, packets: Sequence[av.Packet[Any]]) -> list[Packet]:
        found = []
        for packet in packets:
            t_ns = self._times.pop(packet.pts if packet.pts is not None else -1)
            found.append(Packet(t_ns, t_ns, packet.is_keyframe, packet, packet.size))
        return found
