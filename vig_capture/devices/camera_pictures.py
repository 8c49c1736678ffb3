"""From FFmpeg's packets to Frame and AudioBlock. H.264 is handed over as it is, everything else decoded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock, AudioMode, Frame, VideoMode
from vig_capture.core.time import MS_NS, SECOND_NS

AnyPacket: TypeAlias = "av.Packet[Any]"
SOUND_GAP_NS = 10 * MS_NS
"""A packet of sound that begins so much later than the last one ended: sound was lost between."""
NAL_SPS, NAL_PPS = 7, 8


def to_ns(stamp: int, time_base: Fraction) -> int:
    """A stamp in a stream's time base as integer nanoseconds."""
    return stamp * SECOND_NS * time_base.numerator // time_base.denominator


def packet_pts_ns(packet: AnyPacket) -> int | None:
    """PTS of a packet, its DTS where it has none, None where it has neither."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    return None if stamp is None else to_ns(stamp, packet.time_base)


def packet_dts_ns(packet: AnyPacket) -> int | None:
    """DTS of a packet, or None."""
    return None if packet.dts is None else to_ns(packet.dts, packet.time_base)


class Pictures:
    """One video stream of a container."""

    def __init__(self, stream: av.VideoStream) -> None:
        self.index = stream.index
        self._rate = float(stream.average_rate or stream.guessed_rate or 25)
        self._context = stream.codec_context
        self._context.thread_count = 1  # frame threads would hold pictures back
        self.copied = self._context.name == "h264"
        self._parameters = b""
        self.lost = 0
        self._size = (0, 0)

    @property
    def needs_keyframe(self) -> bool:
        """Probing ended before size or coding were known."""
        return not self._context.width or (self.copied and not self._context.extradata)

    def mode(self, keyframe: AnyPacket | None = None) -> VideoMode:
        """What the stream delivers; `keyframe` tells where probing ended before one came."""
        context = self._context
        if keyframe is not None and not context.width:
            context.decode(keyframe)
            context.flush_buffers()
        self._size = (context.width, context.height)
        extradata = context.extradata
        if self.copied and keyframe is not None:
            self._parameters = parameter_sets(bytes(keyframe))
            extradata = extradata or self._parameters or None
        form = "h264" if self.copied else (context.pix_fmt or context.name)
        return VideoMode(
            context.width, context.height, self._rate, form, self.copied, extradata if self.copied else None
        )

    def frames(self, packet: AnyPacket, mono_ns: int, at: Callable[[int], int] | None) -> Iterator[Frame]:
        """The pictures of a packet stamped `mono_ns`; `at` maps the stream's other stamps (ns), None without any.

        Damaged ones are counted in the next frame's `lost_before`. Raises DeviceError when the picture changes."""
        if not packet.size:
            self.lost += 1
        elif self.copied:
            yield self._copied(packet, mono_ns, at)
        else:
            yield from self._decoded(packet, mono_ns, at)

    def _copied(self, packet: AnyPacket, mono_ns: int, at: Callable[[int], int] | None) -> Frame:
        if packet.is_keyframe:
            self._check_parameters(bytes(packet))
        dts_ns = packet_dts_ns(packet)
        decode_ns = mono_ns if at is None or dts_ns is None else at(dts_ns)
        return Frame(mono_ns, packet, packet.size, packet.is_keyframe, True, decode_ns, self._take_lost())

    def _check_parameters(self, data: bytes) -> None:
        parameters = parameter_sets(data)
        if parameters and self._parameters and parameters != self._parameters:
            raise _changed()
        self._parameters = parameters or self._parameters

    def _decoded(self, packet: AnyPacket, mono_ns: int, at: Callable[[int], int] | None) -> Iterator[Frame]:
        try:
            pictures = self._context.decode(packet)
        except (av.FFmpegError, ValueError):
            pictures = []
            self.lost += 1
        for picture in pictures:
            if picture.is_corrupt:
                self.lost += 1
                continue
            if (picture.width, picture.height) != self._size:
                raise _changed()
            own_ns = mono_ns
            if at is not None and picture.pts is not None and picture.time_base is not None:
                own_ns = at(to_ns(picture.pts, picture.time_base))
            yield Frame(own_ns, picture, packet.size, lost_before=self._take_lost())

    def drop(self, packet: AnyPacket) -> None:
        """Let the decoder see a packet whose picture nobody wants, so that later ones can be decoded."""
        if not self.copied and packet.size and not self._context.codec.intra_only:
            with contextlib.suppress(av.FFmpegError, ValueError):
                self._context.decode(packet)

    def finish(self, at: Callable[[int], int]) -> Iterator[Frame]:
        """What the decoder still holds at the end of a film; it can begin anew after that."""
        if self.copied:
            return
        for picture in self._context.decode(None):
            if picture.pts is not None and picture.time_base is not None:
                yield Frame(at(to_ns(picture.pts, picture.time_base)), picture, 0, lost_before=self._take_lost())
        self._context.flush_buffers()

    def _take_lost(self) -> int:
        lost, self.lost = self.lost, 0
        return lost


class Sound:
    """One audio stream of a container."""

    def __init__(self, stream: av.AudioStream) -> None:
        self.index = stream.index
        self._context = stream.codec_context
        self._resampler: av.AudioResampler | None = None
        self._next_sample = 0
        self._end_ns: int | None = None
        if self._context.format.name not in ("s16", "s16p", "flt", "fltp"):
            self._resampler = av.AudioResampler(format="flt")

    def mode(self) -> AudioMode:
        """Rate and channels; compressed sound counts as 16 bit."""
        return AudioMode(self._context.sample_rate, self._context.layout.nb_channels)

    def blocks(self, packet: AnyPacket, at: Callable[[int], int]) -> Iterator[AudioBlock]:
        """The sound of a packet; `at` maps its PTS (ns) to the host's clock. Damaged sound shows as a jump."""
        try:
            heard = self._context.decode(packet) if packet.size else []
        except (av.FFmpegError, ValueError):
            return
        for frame in heard:
            if frame.pts is not None and frame.time_base is not None:
                yield self._block(frame, at(to_ns(frame.pts, frame.time_base)))

    def _block(self, frame: av.AudioFrame, start_ns: int) -> AudioBlock:
        samples = self._samples(frame)
        rate = self._context.sample_rate
        lost_ns = 0 if self._end_ns is None else start_ns - self._end_ns
        if lost_ns > SOUND_GAP_NS:
            self._next_sample += round(lost_ns * rate / SECOND_NS)
        first = self._next_sample
        self._next_sample += len(samples)
        self._end_ns = start_ns + len(samples) * SECOND_NS // rate
        return AudioBlock(self._end_ns, first, samples, stamped=True)

    def _samples(self, frame: av.AudioFrame) -> NDArray[Any]:
        channels = frame.layout.nb_channels
        if self._resampler is not None:
            parts = [part.to_ndarray().reshape(-1, channels) for part in self._resampler.resample(frame)]
            return np.concatenate(parts) if parts else np.zeros((0, channels), np.float32)
        data = frame.to_ndarray()
        return np.ascontiguousarray(data.T) if frame.format.is_planar else data.reshape(-1, channels)


def parameter_sets(data: bytes) -> bytes:
    """SPS and PPS at the head of an Annex B keyframe, as they stand; empty where there are none."""
    found = []
    for nal in data[:4096].split(b"\x00\x00\x01")[1:]:
        kind = nal[0] & 31 if nal else 0
        if kind in (NAL_SPS, NAL_PPS):
            found.append(b"\x00\x00\x00\x01" + nal.rstrip(b"\x00"))
        elif kind in (1, 5):
            break
    return b"".join(found)


def is_h264_keyframe(data: bytes) -> bool:
    """Whether an Annex B picture can be decoded by itself: its first slice is of an IDR picture."""
    for nal in data[:4096].split(b"\x00\x00\x01")[1:]:
        kind = nal[0] & 31 if nal else 0
        if kind in (1, 5):
            return kind == 5
    return False


def _changed() -> DeviceError:
    return DeviceError("The camera has changed its picture.", "Size or coding is another now.", "It is opened again.")
