"""The picture of what is made of film files: encoded pictures as they are, and where it must be, newly encoded ones.

Rule 1: what is copied and what is encoded have the same parameter sets wherever that can be had: any decoder shows it.
Rule 2: a picture stays until the next one comes, and the last one to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import av
from av.container import OutputContainer
from av.error import EOFError as EndOfFile
from av.filter import Graph

from vig_capture.core.model import Packet, VideoMode, VideoTrack
from vig_capture.core.time import SECOND_NS
from vig_capture.media.encoder import BT470BG, TICKS, X264Encoder
from vig_capture.media.files import MediaSettings
from vig_capture.media.h264 import add_h264_stream, boxed, sets_of, with_sets
from vig_capture.media.pieces import EDGE_NS, Source, Ticks

EXACT_CRF = 20
"""Of what is encoded a second time: finer than the film, so that nothing is seen of it."""
Encoding = Literal["none", "head", "all"]
"""What of a piece is encoded anew: nothing; the pictures up to the first that can be decoded by itself; everything."""


@dataclass(frozen=True, slots=True)
class Look:
    """A film's picture: all that an encoder has to know to make more of it."""

    codec: str
    track: VideoTrack
    matrix: int
    """The colour matrix, FFmpeg's number."""

    @classmethod
    def of(cls, stream: Any) -> Look:
        """Of an av.VideoStream."""
        context = stream.codec_context
        rate = float(context.framerate or stream.average_rate or 30)
        track = VideoTrack(context.width, context.height, rate, bytes(context.extradata or b""))
        return cls(context.name, track, int(context.colorspace))

    def fits(self, other: Look) -> bool:
        """Can both stand in one track as they are?"""
        same = (self.codec, self.track.width, self.track.height)
        return same == (other.codec, other.track.width, other.track.height)

    def has_sets_of(self, other: VideoTrack) -> bool:
        """Does one header do for both?"""
        return sets_of(self.track.extradata) == sets_of(other.extradata)

    def encoder(self, preset: str, crf: int, is_patient: bool) -> X264Encoder:
        """One that makes pictures of this size."""
        pixels = "mjpeg" if self.matrix == BT470BG else "yuv420p"
        mode = VideoMode(self.track.width, self.track.height, self.track.rate, pixels)
        return X264Encoder(mode, preset, crf, is_patient=is_patient)

    def own_encoder(self, settings: MediaSettings) -> Callable[[], X264Encoder] | None:
        """What makes encoders with these very parameter sets; None where this program's encoder did not make them."""
        for preset in settings.presets:
            make = partial(self.encoder, preset, settings.crf, is_patient=False)
            if self.has_sets_of(make().track()):
                return make
        return None


class PictureTrack:
    """The track as it is written."""

    def __init__(
        self, container: OutputContainer, track: VideoTrack, encoder: Callable[[], X264Encoder], is_mixed: bool
    ) -> None:
        """`encoder`: makes one for each stretch that has to be encoded. `is_mixed`: not all that comes has the track's
        own parameter sets: then every keyframe brings its own."""
        self._is_mixed = is_mixed
        self._container = container
        self._stream = add_h264_stream(container, track)
        self._track = track
        self._is_boxed = bytes(track.extradata or b"")[:1] == b"\x01"
        """The track takes its units behind their lengths, as an MP4 keeps them."""
        self._make_encoder = encoder
        self._encoder: X264Encoder | None = None
        self._held: Any = None
        """The last packet: how long it lasts is known when the next one comes."""
        self._duration = max(round(TICKS / track.rate), 1) if track.rate > 0 else TICKS // 30
        self._last_dts: int | None = None
        self.count = 0
        """Pictures so far."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self._track.width, self._track.height

    def copy(self, packet: Any, t_ns: int, decode_ns: int, look: Look) -> None:
        """Take an av.Packet as it is, to be shown and decoded at these moments."""
        data: Any = packet
        if packet.is_keyframe and self._is_mixed:
            data = with_sets(sets_of(look.track.extradata), bytes(packet))
        self._put(data, _ticks(t_ns), _ticks(decode_ns), packet.is_keyframe)

    def encode(self, picture: av.VideoFrame, t_ns: int) -> None:
        """Encode a picture that is to be shown at `t_ns`."""
        if self._encoder is None:
            self._encoder = self._make_encoder()
        for packet in self._encoder.encode(picture, t_ns, False):
            self._encoded(packet, self._encoder.track().extradata)

    def end_encoding(self) -> None:
        """What follows is copied, or of another piece."""
        encoder, self._encoder = self._encoder, None
        if encoder is not None:
            for packet in encoder.flush():
                self._encoded(packet, encoder.track().extradata)

    def end(self, end_ns: int) -> None:
        """The last picture stays until then."""
        if self._held is not None:
            self._held.duration = max(_ticks(end_ns) - self._held.pts, self._held.duration)
            self._container.mux_one(self._held)
            self._held = None

    def _encoded(self, packet: Packet, header: bytes | None) -> None:
        data, at = bytes(packet.data), _ticks(packet.t_ns)
        if self._is_boxed:
            data = with_sets(sets_of(header) if packet.keyframe and self._is_mixed else [], boxed(data))
        self._put(data, at, at, packet.keyframe)

    def _put(self, data: Any, pts: int, dts: int, keyframe: bool) -> None:
        if self._last_dts is not None:
            # Where pieces are joined, the order of decoding may reach back over the seam.
            dts = max(dts, self._last_dts + 1)
        self._last_dts = dts
        made: Any = av.Packet(data)
        made.stream, made.time_base = self._stream, self._stream.time_base
        made.pts, made.dts, made.duration, made.is_keyframe = max(pts, dts), dts, self._duration, keyframe
        if self._held is not None:
            self._container.mux_one(self._held)
        self._held = made
        self.count += 1


class PieceOfPicture:
    """Brings the pictures of one piece into the track."""

    def __init__(self, track: PictureTrack, source: Source, begin_ns: int, shift_ns: int, encoding: Encoding) -> None:
        """`begin_ns`: of the first picture, in the file. `shift_ns`: so much later they stand in what is made."""
        self._track = track
        self._look = Look.of(source.video)
        self._video, self._ticks = source.video, Ticks(source.video)
        self._begin_ns, self._end_ns, self._shift_ns = begin_ns, source.piece.end_ns, shift_ns
        self._until_keyframe = encoding == "head"
        self._encoding = encoding != "none"
        self._head = 0
        self._begun = False
        self._box = Box(track.size)
        if self._encoding:
            source.video.thread_type = "AUTO"

    def take(self, packet: Any) -> bool:
        """Take the next packet of the file. False once nothing of the piece can follow."""
        at_ns, decode_ns = self._ticks.ns(packet.pts), self._ticks.ns(packet.dts)
        if self._encoding and not self._may_copy_from(packet, at_ns):
            if decode_ns >= self._end_ns - EDGE_NS:
                return False
            self._head += at_ns >= self._begin_ns - EDGE_NS
            self._encode(_decoded(packet.decode))
            return True
        if self._encoding:
            self.end()
            self._begin_ns = at_ns  # of what is shown before, later packets know nothing any more
        if at_ns >= self._end_ns - EDGE_NS:
            # In the order of decoding: what follows may need this one.
            return False
        self._begun = self._begun or (packet.is_keyframe and at_ns >= self._begin_ns - EDGE_NS)
        if self._begun and at_ns >= self._begin_ns - EDGE_NS:
            self._track.copy(packet, at_ns + self._shift_ns, decode_ns + self._shift_ns, self._look)
        return True

    def end(self) -> None:
        """Nothing more is to be encoded."""
        if self._encoding:
            self._encode(_decoded(lambda: self._video.decode(None)))
            self._track.end_encoding()
            self._encoding = False

    def _may_copy_from(self, packet: Any, at_ns: int) -> bool:
        """Is this where the encoded head may end? (Two pictures that begin anew do not follow each other: a decoder may
        take the second for a part of the first. H.264, 7.4.1.2.4.)"""
        is_behind = self._until_keyframe and packet.is_keyframe and at_ns >= self._begin_ns - EDGE_NS
        return is_behind and self._head != 1

    def _encode(self, pictures: Iterator[Any]) -> None:
        for picture in pictures:
            picture.time_base = self._video.time_base  # what a decoder gives at its end has none
            at_ns = self._ticks.ns(picture.pts)
            if self._begin_ns - EDGE_NS <= at_ns < self._end_ns - EDGE_NS:
                self._track.encode(self._box.fit(picture), max(at_ns + self._shift_ns, 0))


class Box:
    """Fits pictures of another size, undistorted, with black beside them where the shape differs."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Width and height of what comes out."""
        self._size = size
        self._graph: Graph | None = None
        self._of: tuple[int, int, str] | None = None

    def fit(self, picture: av.VideoFrame) -> av.VideoFrame:
        if (picture.width // 2 * 2, picture.height // 2 * 2) == self._size:
            return picture
        kind = picture.width, picture.height, picture.format.name
        if self._graph is None or kind != self._of:
            self._graph, self._of = self._made(picture), kind
        self._graph.vpush(picture)
        fitted = self._graph.vpull()
        fitted.pts, fitted.time_base = picture.pts, picture.time_base
        return fitted

    def _made(self, picture: av.VideoFrame) -> Graph:
        width, height = self._size
        graph = Graph()
        graph.link_nodes(
            graph.add_buffer(
                width=picture.width, height=picture.height, format=picture.format, time_base=picture.time_base
            ),
            graph.add("scale", f"{width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"),
            graph.add("pad", f"{width}:{height}:-1:-1"),
            graph.add("buffersink"),
        ).configure()
        return graph


def _decoded(decode: Callable[[], list[av.VideoFrame]]) -> Iterator[av.VideoFrame]:
    """What comes out of a decoder; a damaged part is passed over."""
    with suppress(EndOfFile, av.error.InvalidDataError):
        yield from decode()


def _ticks(t_ns: int) -> int:
    return round(t_ns * TICKS / SECOND_NS)
