"""A camera that FFmpeg reads live: network, pipe, avfoundation, dshow. Its pictures carry the source's own spacing."""

from __future__ import annotations

import threading
from collections import deque

import av
from av.container import InputContainer

from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock, AudioMode, Frame, VideoMode
from vig_capture.core.ports import Clock
from vig_capture.core.pts import PtsMapper
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.camera_pictures import AnyPacket, Pictures, Sound, packet_dts_ns, packet_pts_ns
from vig_capture.devices.camera_pump import Closer, Item, PipeReader, Pump, Source
from vig_capture.devices.camera_source import REOPEN, CameraSpec, camera_error

READ_S = 0.25
OPEN_S = 10.0
"""A source that says nothing for so long is reported as absent."""
SILENT_S = 5.0
"""A read of a network that waits so long gives up; the engine has noticed the silence long before."""
KEYFRAME_S = 20.0
"""So long a copied stream may make us wait for its first keyframe."""
LIVE_WAIT_S = 0.02
"""With nothing for so long, all that had queued while the source was probed has been read."""
BURST_NS = SECOND_NS // 2
"""A source that never makes us wait is taken as live after this."""
FIRST_NS = 3 * SECOND_NS // 2
"""So long pictures are looked at before the first one is stamped: the least late of them gives the clock, and what is
wrong then is taken back only slowly."""
YOUNG_NS = 9 * SECOND_NS // 5
"""A queued keyframe of a copied stream younger than this is where the film begins: sound alone is kept back for 2 s."""
SOUND_LATE_NS = 10 * SECOND_NS
SOUND_AHEAD_NS = SECOND_NS
"""Sound stamped outside these belongs to a clock that the pictures do not have (yet)."""
HELD = {"mpegts": 2, "rtsp": 1, "h264": 1, "hevc": 1}
"""Formats in which only the beginning of the next picture shows that one is complete (measured over RTSP: 35 ms late at
30 a second). In MPEG-TS so it is with the container's packets too: pictures come out two late, measured 66 ms."""
NO_STAMPS = frozenset({"mpjpeg", "mjpeg", "h264", "hevc", "mpegvideo", "jpeg_pipe"})
"""Formats in which FFmpeg makes up timestamps from a nominal rate: the moment of the read is truer."""


class FeedCamera:
    """The port Camera over FFmpeg for live sources. One thread calls open and read; any may call close."""

    def __init__(self, spec: CameraSpec, clock: Clock) -> None:
        self._spec = spec
        self._clock = clock
        self._pump: Pump | None = None
        self._source: Source | None = None
        self._mapper = PtsMapper()
        self._queued: deque[Item] = deque()
        """Read while it was opened, not decoded yet."""
        self._ready: deque[Frame | AudioBlock] = deque()
        self._needs_keyframe = False

    def open(self) -> tuple[VideoMode, AudioMode | None]:
        """Open it and say what it delivers. Raises DeviceError."""
        self.close()
        spec = self._spec
        pump = self._pump = Pump(lambda stop: open_source(spec, stop), self._clock, wait=spec.kind == "pipe")
        pump.start()
        try:
            return self._begin(pump)
        except DeviceError:
            self.close()
            raise

    def read(self) -> Frame | AudioBlock | None:
        """The next picture or block of sound, or None. Raises DeviceError when the source is lost or closed."""
        pump = self._pump
        if pump is None:
            raise DeviceError(f"The camera {self._spec.public} is closed.")
        if not self._ready:
            item = self._queued.popleft() if self._queued else self._get(pump, READ_S)
            if item is not None:
                self._take(item)
        return self._ready.popleft() if self._ready else None

    def close(self) -> None:
        """Let it go. A read in another thread ends at once."""
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.stop()
            pump.join(0.5)  # a network's read may take longer: it is left behind and closes by itself

    def _begin(self, pump: Pump) -> tuple[VideoMode, AudioMode | None]:
        pump.opened.wait(OPEN_S + 1)
        source = self._source = pump.source
        if source is None:
            raise self._error(pump.error or TimeoutError())
        self._mapper = PtsMapper()
        self._ready.clear()
        self._queued.clear()
        items, burst = self._first(pump, source)
        if source.pictures.copied:
            items = self._from_keyframe(items)
        else:
            for item in items[:burst]:
                if item.is_video:
                    source.pictures.drop(item.packet)
            items = items[burst:]
        keyframe = next((item.packet for item in items if item.is_video and item.packet.is_keyframe), None)
        if keyframe is None and source.pictures.needs_keyframe:
            items, keyframe = self._await_keyframe(pump)
        mode = source.pictures.mode(keyframe)
        if not mode.width:
            raise self._error(ValueError("It does not say how large its picture is."))
        self._needs_keyframe = source.pictures.copied
        self._queued.extend(items)
        return mode, source.sound.mode() if source.sound else None

    def _first(self, pump: Pump, source: Source) -> tuple[list[Item], int]:
        """What had queued while the source was probed, its number, and after it the first live pictures.

        The clock is learnt from all of them."""
        items: list[Item] = []
        burst: int | None = None
        begin_ns = self._clock.mono_ns()
        while self._clock.mono_ns() - begin_ns < FIRST_NS:
            try:
                item = self._get(pump, LIVE_WAIT_S)
            except DeviceError:
                if not items:
                    raise
                break  # it has ended already; the next read says so
            if burst is None and (item is None or self._clock.mono_ns() - begin_ns > BURST_NS):
                burst = len(items)
            if item is None:
                continue
            items.append(item)
            pts_ns = packet_pts_ns(item.packet)
            if item.is_video and pts_ns is not None and source.stamped:
                self._mapper.observe(pts_ns, item.read_ns)
        return items, len(items) if burst is None else burst

    def _from_keyframe(self, burst: list[Item]) -> list[Item]:
        """The burst from its first young keyframe on."""
        now_ns = self._clock.mono_ns()
        for place, item in enumerate(burst):
            pts_ns = packet_pts_ns(item.packet) if item.is_video and item.packet.is_keyframe else None
            if pts_ns is None or self._mapper.offset_ns is None:
                continue
            if now_ns - self._mapper.at(pts_ns) < YOUNG_NS:
                return burst[place:]
        return []

    def _await_keyframe(self, pump: Pump) -> tuple[list[Item], AnyPacket]:
        begin_ns = self._clock.mono_ns()
        while self._clock.mono_ns() - begin_ns < KEYFRAME_S * SECOND_NS:
            item = self._get(pump, READ_S)
            if item is not None and item.is_video and item.packet.is_keyframe:
                return [item], item.packet
        raise self._error(ValueError("It sends no picture that can be decoded by itself."))

    def _take(self, item: Item) -> None:
        source = self._source
        assert source is not None
        if item.is_video:
            self._take_picture(source, item)
        elif source.sound is not None and self._mapper.offset_ns is not None:
            pts_ns = packet_pts_ns(item.packet)
            if pts_ns is not None and -SOUND_AHEAD_NS < item.read_ns - self._mapper.at(pts_ns) < SOUND_LATE_NS:
                self._ready.extend(source.sound.blocks(item.packet, self._mapper.at))

    def _take_picture(self, source: Source, item: Item) -> None:
        if self._needs_keyframe and not item.packet.is_keyframe:
            return
        self._needs_keyframe = False
        source.pictures.lost += item.dropped
        pts_ns = packet_pts_ns(item.packet)
        if pts_ns is None or not source.stamped:
            self._ready.extend(source.pictures.frames(item.packet, item.read_ns, None))
            return
        mono_ns = self._mapper.update(pts_ns, item.read_ns, packet_dts_ns(item.packet))
        self._ready.extend(source.pictures.frames(item.packet, mono_ns, self._mapper.at))

    def _get(self, pump: Pump, timeout_s: float) -> Item | None:
        try:
            return pump.get(timeout_s)
        except DeviceError:
            raise
        except (EOFError, OSError, ValueError) as error:
            raise self._error(error) from None

    def _error(self, error: Exception) -> DeviceError:
        if self._pump is None:
            return DeviceError(f"The camera {self._spec.public} is closed.")
        if isinstance(error, EOFError):
            return DeviceError(f"The camera {self._spec.public} sends no more.", "Its feed has ended.", REOPEN)
        return error if isinstance(error, DeviceError) else camera_error(self._spec, error)


def open_source(spec: CameraSpec, stopping: threading.Event) -> Source:
    """Open what a spec names with FFmpeg. Raises DeviceError, FFmpegError, OSError."""
    if spec.kind == "pipe":
        return _open_pipe(spec, stopping)
    if spec.kind == "network":
        return _source(spec, _open_network(spec))
    return _source(spec, open_local(spec))


def _source(spec: CameraSpec, container: InputContainer, close: Closer | None = None) -> Source:
    if not container.streams.video:
        container.close()
        raise DeviceError(
            f"{spec.public} sends no picture.", "There is none in it.", "Check that it is the right source."
        )
    pictures = Pictures(container.streams.video[0])
    sound = Sound(container.streams.audio[0]) if spec.sound and container.streams.audio else None
    form = container.format.name
    return Source(container, pictures, sound, form not in NO_STAMPS, HELD.get(form, 0), close or container.close)


def _open_pipe(spec: CameraSpec, stopping: threading.Event) -> Source:
    reader = PipeReader(spec.target, stopping)
    try:
        container = av.open(reader, mode="r")
    except (av.FFmpegError, OSError):
        reader.close()
        raise

    def close() -> None:
        container.close()
        reader.close()

    return _source(spec, container, close)


_FINAL = (
    av.HTTPUnauthorizedError,
    av.HTTPForbiddenError,
    av.HTTPNotFoundError,
    av.ConnectionRefusedError,
    av.ExitError,
)
"""Refusals that another transport would not change."""


def _open_network(spec: CameraSpec) -> InputContainer:
    scheme = spec.target.partition(":")[0]
    timeout = (OPEN_S, SILENT_S)
    if scheme == "udp":
        # A burst must not overrun the socket; an overrun is a damaged picture, not the end.
        options = {"overrun_nonfatal": "1", "buffer_size": "1048576"}
        return av.open(spec.target, options=options, timeout=timeout)
    if not scheme.startswith("rtsp"):
        return av.open(spec.target, timeout=timeout)
    try:
        return av.open(spec.target, options={"rtsp_transport": "tcp"}, timeout=timeout)
    except _FINAL:
        raise
    except av.FFmpegError:
        return av.open(spec.target, options={"rtsp_transport": "udp"}, timeout=timeout)


def open_local(spec: CameraSpec) -> InputContainer:
    """A camera of macOS or Windows by its name, with the wished size and rate."""
    options = {"video_size": "{}x{}".format(*(spec.size or (1280, 720))), "framerate": f"{spec.rate or 30:g}"}
    if spec.kind == "dshow":
        options["rtbufsize"] = "67108864"  # 3 MB by default, which drops pictures of 1280x720
        return av.open(f"video={spec.target}", format="dshow", options=options)
    return av.open(spec.target, format="avfoundation", options=options)
