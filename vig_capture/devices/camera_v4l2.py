"""A camera of Linux (V4L2), found by its name each time it is opened."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Sequence
from fractions import Fraction

import av

from vig_capture.core.errors import DeviceError, UserError
from vig_capture.core.model import AudioBlock, AudioMode, Frame, VideoMode
from vig_capture.core.ports import Clock
from vig_capture.core.time import SECOND_NS
from vig_capture.devices import v4l2
from vig_capture.devices.camera_pictures import is_h264_keyframe, parameter_sets
from vig_capture.devices.camera_source import CameraSpec, Size, camera_error
from vig_capture.devices.v4l2_capture import Capture, Captured

READ_S = 0.25
WISHED_SIZE: Size = (1280, 720)
WISHED_RATE = 30.0
RAW_BELOW = 720
"""Height from which MJPEG is preferred: raw pictures of 1280x720 at 30 need 442 Mbit/s, more than USB 2 carries."""
KEYFRAME_S = 10
STAMP_OLD_NS = 10 * SECOND_NS
STAMP_AHEAD_NS = SECOND_NS // 4
"""A driver's stamp outside these, older than any queue or in the future, is of another clock: the moment of the read
counts. A little in the future is the end of the exposure as some drivers reckon it (vivid does)."""
LOST_MAX = 1000
"""A larger step of the driver's counter is no count of lost pictures."""
MICRO = Fraction(1, 1_000_000)


class V4l2Camera:
    """The port Camera over a V4L2 node, with the driver's stamps. One thread calls open and read, any calls close."""

    def __init__(self, spec: CameraSpec, clock: Clock) -> None:
        self._spec = spec
        self._clock = clock
        self._lock = threading.Lock()
        self._capture: Capture | None = None
        self._mode = v4l2.Mode("", 0, 0)
        self._decoder: av.VideoCodecContext | None = None
        self._known: v4l2.Node | None = None
        self._opened_ns = 0
        self._last_sequence: int | None = None
        self._numbered = False
        self._lost = 0
        self._counting = False
        self._parameters = b""
        self._ready: deque[Frame] = deque()

    def open(self) -> tuple[VideoMode, AudioMode | None]:
        """Find the camera, choose a mode, start it. Raises DeviceError, UserError when it lacks what is wished."""
        self.close()
        try:
            with self._lock:
                capture = self._capture = self._start()
        except (OSError, ValueError, av.FFmpegError) as error:
            raise camera_error(self._spec, error) from None
        self._last_sequence, self._lost, self._parameters = None, 0, b""
        self._counting = False
        self._opened_ns = self._clock.mono_ns()
        self._ready.clear()
        form = self._mode.form
        copied = form == "h264"
        self._decoder = None if copied else _decoder(self._mode.fourcc, capture)
        extradata = self._await_parameters() if copied else None
        return VideoMode(capture.width, capture.height, capture.rate, form, copied, extradata), None

    def read(self) -> Frame | AudioBlock | None:
        """The next picture, or None. Raises DeviceError when the camera is gone or closed."""
        if self._ready:
            return self._ready.popleft()
        try:
            with self._lock:
                if self._capture is None:
                    raise DeviceError(f"The camera {self._spec.public} is closed.")
                captured = self._capture.read(READ_S)
        except OSError as error:
            raise camera_error(self._spec, error) from None
        return None if captured is None else self._frame(captured)

    def close(self) -> None:
        """Let the camera go; waits for a read in another thread, a quarter of a second at most."""
        with self._lock:
            capture, self._capture = self._capture, None
            if capture is not None:
                capture.close()

    def _start(self) -> Capture:
        path = self._path()
        fd = v4l2.open_node(path)
        try:
            node = v4l2.identify(fd, path)
            if node is None:
                why = "It gives no pictures, or nobody feeds it."
                raise DeviceError(f"{self._spec.public} is not a camera.", why, "See `vig-capture devices`.")
            self._known = node
            self._mode, rate = choose_mode(v4l2.camera_modes(fd), self._spec, node.card)
            return Capture(fd, self._mode, rate)
        except BaseException:
            os.close(fd)
            raise

    def _path(self) -> str:
        """Where the camera is now: numbers change when it is plugged in again, its name does not."""
        if self._known is not None:
            nodes = [node for node in v4l2.camera_nodes() if node.card == self._known.card]
            same = [node for node in nodes if node.bus == self._known.bus] or nodes
            if same:
                return same[0].path
        if self._spec.target.startswith("/"):
            return self._spec.target
        return find_node(v4l2.camera_nodes(), self._spec.target).path

    def _frame(self, captured: Captured) -> Frame | None:
        read_ns = self._clock.mono_ns()
        stamp_ns = captured.stamp_ns
        if not -STAMP_AHEAD_NS < read_ns - stamp_ns < STAMP_OLD_NS:
            stamp_ns = read_ns
        elif self._last_sequence is None and stamp_ns < self._opened_ns:
            return None  # left over from before
        self._count(captured.sequence)
        if not captured.data:
            self._lost += 1
            return None
        if self._decoder is None:
            return self._encoded(captured.data, stamp_ns)
        try:
            pictures = self._decoder.decode(av.Packet(captured.data))
        except (av.FFmpegError, ValueError):
            pictures = []
        picture = pictures[0] if pictures else None
        if picture is None or picture.is_corrupt or (picture.width, picture.height) != self._size:
            self._lost += 1
            return None
        lost = self._take_lost()
        return Frame(stamp_ns, picture, len(captured.data), lost_before=lost, numbered=self._numbered)

    @property
    def _size(self) -> Size:
        return (self._decoder.width, self._decoder.height) if self._decoder is not None else (0, 0)

    def _encoded(self, data: bytes, stamp_ns: int) -> Frame:
        packet = av.Packet(data)
        packet.time_base = MICRO
        packet.pts = packet.dts = stamp_ns // 1000
        packet.is_keyframe = is_h264_keyframe(data)
        if packet.is_keyframe:
            self._parameters = self._parameters or parameter_sets(data)
        lost = self._take_lost()
        return Frame(stamp_ns, packet, len(data), packet.is_keyframe, True, stamp_ns, lost, self._numbered)

    def _await_parameters(self) -> bytes:
        begin_ns = self._clock.mono_ns()
        while self._clock.mono_ns() - begin_ns < KEYFRAME_S * SECOND_NS:
            frame = self.read()
            if isinstance(frame, Frame) and frame.keyframe and self._parameters:
                self._ready.append(frame)
                return self._parameters
        raise DeviceError(f"The camera {self._spec.public} sends no usable H.264.", "", "Choose another format.")

    def _count(self, sequence: int) -> None:
        if self._last_sequence is not None:
            skipped = sequence - self._last_sequence - 1
            # Some drivers leave the number at 0.
            self._numbered = skipped >= 0
            self._lost += skipped if 0 < skipped < LOST_MAX else 0
        self._last_sequence = sequence

    def _take_lost(self) -> int:
        """The losses before a picture handed over; before the first there are none, loopbacks begin with junk."""
        lost, self._lost = self._lost, 0
        first, self._counting = not self._counting, True
        return 0 if first else lost


def find_node(nodes: Sequence[v4l2.Node], text: str) -> v4l2.Node:
    """The camera of this name, or the only one with this text in its name or place. Raises DeviceError, UserError."""
    exact = [node for node in nodes if text in (node.card, _full(node))]
    found = exact or [node for node in nodes if text.casefold() in _full(node).casefold()]
    if len(found) == 1:
        return found[0]
    if not found:
        there = ", ".join(node.card for node in nodes) or "none"
        do = "Plug it in, or give another name."
        raise DeviceError(f"There is no camera {text}.", f"Cameras that are here: {there}.", do)
    names = ", ".join(f"'{_full(node)}'" for node in found)
    do = "Give the whole of one, with its place."
    raise UserError(f"Several cameras are meant by {text}.", f"They are {names}.", do)


def _full(node: v4l2.Node) -> str:
    return f"{node.card} ({node.bus})" if node.bus else node.card


def choose_mode(modes: Sequence[v4l2.Mode], spec: CameraSpec, name: str) -> tuple[v4l2.Mode, float]:
    """The mode and rate that come closest to the wish. Raises UserError naming what there is.

    H.264 only when asked for or when there is nothing else; from 720 lines MJPEG, below raw pictures, unless slower."""
    usable = [mode for mode in modes if mode.fourcc in v4l2.PIXEL_FORMATS]
    if not usable:
        there = ", ".join(sorted({mode.fourcc for mode in modes})) or "none"
        why = f"It offers {there}."
        raise DeviceError(f"The camera {name} has no format that can be read.", why, "See `vig-capture devices`.")
    if spec.form:
        usable = _only(usable, [mode for mode in usable if mode.form == spec.form], f"the format {spec.form}", name)
    else:
        usable = [mode for mode in usable if mode.form != "h264"] or usable
    if spec.size is not None and not spec.nearest:
        wanted = [mode for mode in usable if (mode.width, mode.height) == spec.size]
        usable = _only(usable, wanted, "the size {}x{}".format(*spec.size), name)
    else:
        size = _nearest_size(usable, spec.size or WISHED_SIZE)
        usable = [mode for mode in usable if (mode.width, mode.height) == size]
    rate = spec.rate or WISHED_RATE
    best = min(usable, key=lambda mode: (round(abs(_nearest(mode, rate) - rate)), _taste(mode)))
    return best, _nearest(best, rate)


def _only(all_modes: list[v4l2.Mode], wanted: list[v4l2.Mode], what: str, name: str) -> list[v4l2.Mode]:
    if wanted:
        return wanted
    there = ", ".join(dict.fromkeys(f"{mode.width}x{mode.height} {mode.form}" for mode in all_modes))
    raise UserError(f"The camera {name} lacks {what}.", f"It offers {there}.", "Choose one of these, or leave it out.")


def _nearest_size(modes: Sequence[v4l2.Mode], wish: Size) -> Size:
    """The largest that is no larger than the wish, or the smallest."""
    sizes = sorted({(mode.width, mode.height) for mode in modes}, key=lambda size: size[0] * size[1])
    small = [size for size in sizes if size[0] <= wish[0] and size[1] <= wish[1]]
    return small[-1] if small else sizes[0]


def _nearest(mode: v4l2.Mode, rate: float) -> float:
    return min(mode.rates, key=lambda offered: abs(offered - rate)) if mode.rates else rate


def _taste(mode: v4l2.Mode) -> int:
    raw = ["yuv420p", "nv12", "yuyv422", "uyvy422"]
    order = ["mjpeg", *raw] if mode.height >= RAW_BELOW else [*raw, "mjpeg"]
    return order.index(mode.form) if mode.form in order else len(order)


def _decoder(fourcc: str, capture: Capture) -> av.VideoCodecContext:
    """A decoder of MJPEG or of raw pictures without padding."""
    form = v4l2.PIXEL_FORMATS[fourcc]
    decoder = av.VideoCodecContext.create("mjpeg" if form == "mjpeg" else "rawvideo", "r")
    decoder.thread_count = 1
    decoder.width, decoder.height = capture.width, capture.height
    if form != "mjpeg":
        decoder.pix_fmt = form
    return decoder
