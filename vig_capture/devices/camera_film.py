"""A film file as a camera, played at its own speed: to practise with."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

import av
from av.container import InputContainer

from vig_capture.core.errors import DeviceError, EndOfFilm
from vig_capture.core.model import AudioBlock, AudioMode, Frame, VideoMode
from vig_capture.core.ports import Clock
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.camera_pictures import AnyPacket, Pictures, Sound, packet_pts_ns, to_ns
from vig_capture.devices.camera_source import CameraSpec, camera_error

READ_NS = SECOND_NS // 4


class FilmCamera:
    """The port Camera over a film file. Its stamps go on over a repetition as if the film were endless."""

    def __init__(self, spec: CameraSpec, clock: Clock) -> None:
        self._spec = spec
        self._clock = clock
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._container: InputContainer | None = None
        self._pictures: Pictures | None = None
        self._sound: Sound | None = None
        self._packets: Iterator[AnyPacket] = iter(())
        self._next: AnyPacket | None = None
        self._ready: deque[Frame | AudioBlock] = deque()
        self._rate = 25.0
        self._shift_ns = 0
        self._first_ns: int | None = None
        self._end_ns = 0

    def open(self) -> tuple[VideoMode, AudioMode | None]:
        """Open the file; its first picture is due now. Raises DeviceError."""
        self.close()
        with self._lock:
            return self._open()

    def _open(self) -> tuple[VideoMode, AudioMode | None]:
        self._closed.clear()
        self._ready.clear()
        try:
            container = self._container = av.open(self._spec.target)
        except (av.FFmpegError, OSError) as error:
            raise camera_error(self._spec, error) from None
        if not container.streams.video:
            raise DeviceError(f"There is no picture in {self._spec.public}.", "", "Choose a film.")
        self._pictures = Pictures(container.streams.video[0])
        self._sound = Sound(container.streams.audio[0]) if self._spec.sound and container.streams.audio else None
        mode = self._pictures.mode()
        self._rate = mode.rate
        self._first_ns, self._end_ns = None, 0
        self._rewind()
        first = self._peek()
        first_ns = packet_pts_ns(first) if first is not None else None
        self._shift_ns = self._clock.mono_ns() - (first_ns or 0)
        return mode, self._sound.mode() if self._sound else None

    def read(self) -> Frame | AudioBlock | None:
        """The next picture or sound when it is due. Raises EndOfFilm at the end, DeviceError when closed or damaged."""
        with self._lock:
            if not self._ready:
                packet = self._peek()
                if packet is not None and self._due(packet):
                    self._next = None
                    self._take(packet)
            return self._ready.popleft() if self._ready else None

    def close(self) -> None:
        """Let the file go. A read in another thread ends at once."""
        self._closed.set()
        with self._lock:
            container, self._container = self._container, None
            self._packets, self._next = iter(()), None
            if container is not None:
                container.close()

    def _due(self, packet: AnyPacket) -> bool:
        """Wait for a packet's moment, a quarter of a second at most: by PTS, as no picture comes before it is taken."""
        wait_ns = self._at(packet_pts_ns(packet) or 0) - self._clock.mono_ns()
        if wait_ns > 0:
            self._closed.wait(min(wait_ns, READ_NS) / SECOND_NS)
        return wait_ns <= READ_NS and not self._closed.is_set()

    def _at(self, stamp_ns: int) -> int:
        return stamp_ns + self._shift_ns

    def _peek(self) -> AnyPacket | None:
        if self._next is None:
            self._next = self._following()
        return self._next

    def _following(self) -> AnyPacket | None:
        """The next packet; None while what the decoder still held, or the film's beginning, comes first."""
        if self._closed.is_set() or self._container is None:
            raise DeviceError(f"{self._spec.public} is closed.")
        try:
            packet = next(self._packets, None)
        except (av.FFmpegError, OSError) as error:
            raise camera_error(self._spec, error) from None
        if packet is not None and (packet.size or packet.dts is not None):
            return packet
        if packet is None:
            self._finish()
        return None

    def _finish(self) -> None:
        """The end of the file: what the decoder holds, then the beginning again or the end of the film."""
        assert self._pictures is not None
        self._ready.extend(self._pictures.finish(self._at))
        if self._ready and not self._spec.loop:
            return
        if not self._spec.loop or self._first_ns is None or self._end_ns <= self._first_ns:
            raise EndOfFilm(
                f"The film {self._spec.public} has been played to its end.", "", "Give --loop to repeat it."
            )
        self._shift_ns += self._end_ns - self._first_ns
        self._rewind()

    def _rewind(self) -> None:
        assert self._container is not None
        assert self._pictures is not None
        try:
            self._container.seek(0)
        except av.FFmpegError as error:
            raise camera_error(self._spec, error) from None
        indexes = [self._pictures.index] + ([self._sound.index] if self._sound else [])
        self._packets = self._container.demux(indexes)

    def _take(self, packet: AnyPacket) -> None:
        assert self._pictures is not None
        pts_ns = packet_pts_ns(packet)
        if pts_ns is None:
            return
        if packet.stream_index != self._pictures.index:
            if self._sound is not None:
                self._ready.extend(self._sound.blocks(packet, self._at))
            return
        if self._first_ns is None:
            self._first_ns = pts_ns
        length_ns = to_ns(packet.duration, packet.time_base) if packet.duration else round(SECOND_NS / self._rate)
        self._end_ns = max(self._end_ns, pts_ns + length_ns)
        self._ready.extend(self._pictures.frames(packet, self._at(pts_ns), self._at))
