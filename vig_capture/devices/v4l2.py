"""Video4Linux2 by its ioctls (linux/videodev2.h): what cameras there are, what they offer, and pictures from them.

FFmpeg's own V4L2 input waits in the driver for ever when a camera hangs, hides the driver's frame counter, and lends
out the driver's memory. Here a read never blocks, lost pictures are counted by the driver, and pictures are copies.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

SYSFS = Path("/sys/class/video4linux")
CAPTURE = 1
MEMORY_MMAP = 1
FIELD_NONE = 1
CAP_VIDEO_CAPTURE = 0x1
CAP_STREAMING = 0x04000000
CAP_DEVICE_CAPS = 0x80000000
BUF_FLAG_ERROR = 0x40
FRAME_DISCRETE = 1
BUFFERS = 16
"""Half a second at 30 pictures a second: so long may the reader be held up before the driver drops."""
COMMON_SIZES = ((320, 240), (640, 360), (640, 480), (1280, 720), (1920, 1080))
"""Named where a driver offers a range of sizes."""
PIXEL_FORMATS = {
    "MJPG": "mjpeg", "JPEG": "mjpeg", "H264": "h264", "YUYV": "yuyv422", "UYVY": "uyvy422", "YU12": "yuv420p",
    "NV12": "nv12", "NV21": "nv21", "422P": "yuv422p", "RGB3": "rgb24", "BGR3": "bgr24", "GREY": "gray",
}  # fmt: skip
"""V4L2's four letters → FFmpeg's name. Other formats are not used."""

u8, u32, i32 = ctypes.c_uint8, ctypes.c_uint32, ctypes.c_int32


class Capability(ctypes.Structure):
    _fields_ = (
        ("driver", ctypes.c_char * 16), ("card", ctypes.c_char * 32), ("bus_info", ctypes.c_char * 32),
        ("version", u32), ("capabilities", u32), ("device_caps", u32), ("reserved", u32 * 3),
    )  # fmt: skip


class FmtDesc(ctypes.Structure):
    _fields_ = (
        ("index", u32), ("type", u32), ("flags", u32), ("description", u8 * 32), ("pixelformat", u32),
        ("mbus_code", u32), ("reserved", u32 * 3),
    )  # fmt: skip


class FrameSize(ctypes.Structure):
    # Of the union: discrete is width, height; stepwise is min, max, step of width, then of height.
    _fields_ = (("index", u32), ("pixel_format", u32), ("type", u32), ("union", u32 * 6), ("reserved", u32 * 2))


class FrameInterval(ctypes.Structure):
    _fields_ = (
        ("index", u32), ("pixel_format", u32), ("width", u32), ("height", u32), ("type", u32), ("union", u32 * 6),
        ("reserved", u32 * 2),
    )  # fmt: skip


class PixFormat(ctypes.Structure):
    _fields_ = tuple(
        (name, u32)
        for name in (
            "width", "height", "pixelformat", "field", "bytesperline", "sizeimage", "colorspace", "priv", "flags",
            "encoding", "quantization", "xfer_func",
        )
    )  # fmt: skip


class FormatUnion(ctypes.Union):
    # The pointer gives the union the alignment that its largest member has in C.
    _fields_ = (("pix", PixFormat), ("raw", u8 * 200), ("align", ctypes.c_void_p))


class Format(ctypes.Structure):
    _fields_ = (("type", u32), ("fmt", FormatUnion))


class CaptureParm(ctypes.Structure):
    _fields_ = (
        ("capability", u32), ("capturemode", u32), ("numerator", u32), ("denominator", u32), ("extendedmode", u32),
        ("readbuffers", u32), ("reserved", u32 * 4),
    )  # fmt: skip


class ParmUnion(ctypes.Union):
    _fields_ = (("capture", CaptureParm), ("raw", u8 * 200))


class StreamParm(ctypes.Structure):
    _fields_ = (("type", u32), ("parm", ParmUnion))


class RequestBuffers(ctypes.Structure):
    _fields_ = (
        ("count", u32), ("type", u32), ("memory", u32), ("capabilities", u32), ("flags", u8), ("reserved", u8 * 3),
    )  # fmt: skip


class Buffer(ctypes.Structure):
    _fields_ = (
        ("index", u32), ("type", u32), ("bytesused", u32), ("flags", u32), ("field", u32),
        ("tv_sec", ctypes.c_long), ("tv_usec", ctypes.c_long), ("timecode", u32 * 4), ("sequence", u32),
        ("memory", u32), ("m", ctypes.c_ulong), ("length", u32), ("reserved2", u32), ("request_fd", i32),
    )  # fmt: skip


def _code(direction: int, number: int, size: int) -> int:
    return (direction << 30) | (size << 16) | (ord("V") << 8) | number


_READ, _WRITE, _BOTH = 2, 1, 3
QUERYCAP = _code(_READ, 0, ctypes.sizeof(Capability))
ENUM_FMT = _code(_BOTH, 2, ctypes.sizeof(FmtDesc))
S_FMT = _code(_BOTH, 5, ctypes.sizeof(Format))
REQBUFS = _code(_BOTH, 8, ctypes.sizeof(RequestBuffers))
QUERYBUF = _code(_BOTH, 9, ctypes.sizeof(Buffer))
QBUF = _code(_BOTH, 15, ctypes.sizeof(Buffer))
DQBUF = _code(_BOTH, 17, ctypes.sizeof(Buffer))
STREAMON = _code(_WRITE, 18, ctypes.sizeof(ctypes.c_int))
STREAMOFF = _code(_WRITE, 19, ctypes.sizeof(ctypes.c_int))
G_PARM = _code(_BOTH, 21, ctypes.sizeof(StreamParm))
S_PARM = _code(_BOTH, 22, ctypes.sizeof(StreamParm))
ENUM_FRAMESIZES = _code(_BOTH, 74, ctypes.sizeof(FrameSize))
ENUM_FRAMEINTERVALS = _code(_BOTH, 75, ctypes.sizeof(FrameInterval))


def ioctl(fd: int, code: int, argument: Any) -> None:
    """Ask the driver; `argument` is filled in place. Raises OSError."""
    if fcntl is None:
        raise OSError(errno.ENOSYS, "There is no Video4Linux here.")
    while True:
        try:
            fcntl.ioctl(fd, code, argument)
            return
        except InterruptedError:
            continue


def fourcc(code: int) -> str:
    """A format's number as its four letters."""
    return "".join(chr(code >> shift & 127) for shift in (0, 8, 16, 24))


def from_fourcc(name: str) -> int:
    """The inverse of `fourcc`."""
    return sum(ord(letter) << 8 * place for place, letter in enumerate(name))


@dataclass(frozen=True, slots=True)
class Mode:
    """A size and format that a camera offers, with its rates, highest first; no rates where the driver names none."""

    fourcc: str
    width: int
    height: int
    rates: tuple[float, ...] = ()

    @property
    def form(self) -> str:
        """FFmpeg's name of the format, or the four letters."""
        return PIXEL_FORMATS.get(self.fourcc, self.fourcc)

    def __str__(self) -> str:
        rates = ", ".join(f"{rate:g}" for rate in self.rates)
        return f"{self.width}×{self.height} {self.form}" + (f" at {rates}" if rates else "")


@dataclass(frozen=True, slots=True)
class Node:
    """A /dev/video node that is a camera."""

    path: str
    card: str
    """The camera's own name."""
    bus: str
    """Where it is plugged in; tells two cameras of one name apart."""


def camera_nodes() -> list[Node]:
    """All cameras, in the order of their numbers. Nodes that may not be opened appear with sysfs's name."""
    try:
        names = sorted((entry.name for entry in SYSFS.iterdir()), key=lambda name: (len(name), name))
    except OSError:
        return []
    found = (_node(name) for name in names if name.startswith("video"))
    return [node for node in found if node is not None]


def _node(name: str) -> Node | None:
    path = f"/dev/{name}"
    try:
        fd = open_node(path)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EBUSY):
            return None
        return Node(path, _sysfs_name(name), "")
    try:
        return identify(fd, path)
    except OSError:
        return None
    finally:
        os.close(fd)


def _sysfs_name(name: str) -> str:
    try:
        return (SYSFS / name / "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return name


def open_node(path: str) -> int:
    """A node's descriptor, whose ioctls do not wait. Raises OSError."""
    if fcntl is None:
        raise OSError(errno.ENOSYS, "There is no Video4Linux on this system.")
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def identify(fd: int, path: str) -> Node | None:
    """What an open node is; None when it gives no pictures (a metadata node, a player). Raises OSError."""
    capability = Capability()
    ioctl(fd, QUERYCAP, capability)
    caps = capability.device_caps if capability.capabilities & CAP_DEVICE_CAPS else capability.capabilities
    if not caps & CAP_VIDEO_CAPTURE or not caps & CAP_STREAMING:
        return None
    return Node(path, capability.card.decode(errors="replace"), capability.bus_info.decode(errors="replace"))


def camera_modes(fd: int) -> list[Mode]:
    """All that an open camera offers, in its own order. Raises nothing: a silent driver offers nothing."""
    return [
        Mode(letters, width, height, tuple(sorted(_rates(fd, letters, width, height), reverse=True)))
        for letters in _formats(fd)
        for width, height in _sizes(fd, letters)
    ]


def _enumerated(fd: int, code: int, make: type[Any], **fields: int) -> Iterator[Any]:
    for index in range(256):
        entry = make(index=index, **fields)
        try:
            ioctl(fd, code, entry)
        except OSError:
            return
        yield entry


def _formats(fd: int) -> list[str]:
    found = [fourcc(entry.pixelformat) for entry in _enumerated(fd, ENUM_FMT, FmtDesc, type=CAPTURE)]
    return list(dict.fromkeys(found))


def _sizes(fd: int, letters: str) -> list[tuple[int, int]]:
    sizes = []
    for entry in _enumerated(fd, ENUM_FRAMESIZES, FrameSize, pixel_format=from_fourcc(letters)):
        if entry.type == FRAME_DISCRETE:
            sizes.append((entry.union[0], entry.union[1]))
            continue
        wide, high = tuple(entry.union[:3]), tuple(entry.union[3:])
        fits = [(w, h) for w, h in COMMON_SIZES if _within(w, *wide) and _within(h, *high)]
        sizes += fits or [(wide[1], high[1])]
        break
    return list(dict.fromkeys(sizes))


def _within(value: int, low: int, high: int, step: int) -> bool:
    return low <= value <= high and not (value - low) % (step or 1)


def _rates(fd: int, letters: str, width: int, height: int) -> set[float]:
    rates = set()
    code = from_fourcc(letters)
    for entry in _enumerated(fd, ENUM_FRAMEINTERVALS, FrameInterval, pixel_format=code, width=width, height=height):
        if entry.union[0] and entry.union[1]:
            rates.add(round(entry.union[1] / entry.union[0], 3))
        if entry.type != FRAME_DISCRETE:
            if entry.union[2] and entry.union[3]:
                rates.add(round(entry.union[3] / entry.union[2], 3))
            break
    return rates
