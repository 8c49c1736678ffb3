"""Pictures from an open V4L2 node: buffers shared with the driver, read without ever blocking."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import select
from dataclasses import dataclass

from vig_capture.core.time import SECOND_NS
from vig_capture.devices import v4l2


@dataclass(frozen=True, slots=True)
class Captured:
    """One buffer as the driver filled it."""

    data: bytes
    """A copy; empty when the driver flags it as damaged."""
    stamp_ns: int
    """The driver's stamp, on CLOCK_MONOTONIC with nearly all drivers, though not all of them say so."""
    sequence: int
    """The driver's counter of pictures, lost ones included."""


class Capture:
    """Streaming from one node. Used by one thread; `fd` is owned and closed here."""

    def __init__(self, fd: int, mode: v4l2.Mode, rate: float) -> None:
        """Set the mode and start. Raises OSError, ValueError when the driver gives another format."""
        self._fd = fd
        self._maps: list[mmap.mmap] = []
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN | select.POLLPRI)
        self.width = self.height = self.stride = 0
        self.rate = rate
        self._set_format(mode)
        self._set_rate(rate)
        self._map_buffers()
        v4l2.ioctl(fd, v4l2.STREAMON, ctypes.c_int(v4l2.CAPTURE))

    def read(self, timeout_s: float) -> Captured | None:
        """The next picture, or None when there is none in time. Raises OSError (ENODEV when unplugged)."""
        events = self._poll.poll(timeout_s * 1000)
        if not events:
            return None
        buffer = self._buffer()
        try:
            v4l2.ioctl(self._fd, v4l2.DQBUF, buffer)
        except BlockingIOError:
            return None
        try:
            return self._captured(buffer)
        finally:
            v4l2.ioctl(self._fd, v4l2.QBUF, buffer)

    def close(self) -> None:
        """Stop and let the node go; never raises."""
        if self._fd < 0:
            return
        with contextlib.suppress(OSError):
            v4l2.ioctl(self._fd, v4l2.STREAMOFF, ctypes.c_int(v4l2.CAPTURE))
        for shared in self._maps:
            shared.close()
        with contextlib.suppress(OSError):
            os.close(self._fd)
        self._fd = -1

    def _captured(self, buffer: v4l2.Buffer) -> Captured:
        damaged = buffer.flags & v4l2.BUF_FLAG_ERROR
        data = b"" if damaged else self._maps[buffer.index][: buffer.bytesused]
        return Captured(data, buffer.tv_sec * SECOND_NS + buffer.tv_usec * 1000, buffer.sequence)

    def _buffer(self, index: int = 0) -> v4l2.Buffer:
        return v4l2.Buffer(index=index, type=v4l2.CAPTURE, memory=v4l2.MEMORY_MMAP)

    def _set_format(self, mode: v4l2.Mode) -> None:
        wanted = v4l2.Format(type=v4l2.CAPTURE)
        wanted.fmt.pix.width, wanted.fmt.pix.height = mode.width, mode.height
        wanted.fmt.pix.pixelformat = v4l2.from_fourcc(mode.fourcc)
        v4l2.ioctl(self._fd, v4l2.S_FMT, wanted)
        given = wanted.fmt.pix
        if v4l2.fourcc(given.pixelformat) != mode.fourcc:
            raise ValueError(f"It gives {v4l2.fourcc(given.pixelformat)} and not {mode.fourcc}.")
        self.width, self.height, self.stride = given.width, given.height, given.bytesperline

    def _set_rate(self, rate: float) -> None:
        """Ask for a rate; a driver without rates keeps its own."""
        parm = v4l2.StreamParm(type=v4l2.CAPTURE)
        parm.parm.capture.numerator, parm.parm.capture.denominator = 1000, round(rate * 1000)
        with contextlib.suppress(OSError):
            v4l2.ioctl(self._fd, v4l2.S_PARM, parm)
        parm = v4l2.StreamParm(type=v4l2.CAPTURE)
        with contextlib.suppress(OSError):
            v4l2.ioctl(self._fd, v4l2.G_PARM, parm)
            capture = parm.parm.capture
            if capture.numerator and capture.denominator:
                self.rate = capture.denominator / capture.numerator

    def _map_buffers(self) -> None:
        request = v4l2.RequestBuffers(count=v4l2.BUFFERS, type=v4l2.CAPTURE, memory=v4l2.MEMORY_MMAP)
        v4l2.ioctl(self._fd, v4l2.REQBUFS, request)
        for index in range(request.count):
            buffer = self._buffer(index)
            v4l2.ioctl(self._fd, v4l2.QUERYBUF, buffer)
            self._maps.append(mmap.mmap(self._fd, buffer.length, offset=buffer.m))
            v4l2.ioctl(self._fd, v4l2.QBUF, buffer)
