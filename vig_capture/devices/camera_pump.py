"""A thread that reads packets from a source whose reads may block, so that nobody else has to wait for it.

FFmpeg cannot give up a read and take it up again later, so the read stays in a thread of its own: the camera's thread
waits for packets here, and a source that never answers is left behind. The moment of the read is taken here too, where
no decoding delays it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import stat
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import av
from av.container import InputContainer

from vig_capture.core.errors import VigError
from vig_capture.core.ports import Clock
from vig_capture.devices.camera_pictures import AnyPacket, Pictures, Sound

QUEUE_BYTES_MAX = 64 << 20
"""Packets waiting to be taken; beyond it the newest are dropped and counted."""
BROKEN_MAX = 100
"""Damaged packets in a row after which the source counts as lost."""
POLL_S = 0.1
PIPE_BYTES = 1 << 20
STDIN = 0

Closer = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Item:
    """A packet as it was read."""

    packet: AnyPacket
    is_video: bool
    read_ns: int
    """When it had arrived, on the host's monotonic clock."""
    dropped: int
    """Pictures that were dropped before it."""


@dataclass(frozen=True, slots=True)
class Source:
    """An open container with what is read of it. Made, and closed, in the pump's thread."""

    container: InputContainer
    pictures: Pictures
    sound: Sound | None
    stamped: bool
    """Its timestamps are its own, not made up by FFmpeg."""
    held: int
    """Pictures that have begun to arrive when FFmpeg hands over the one before them."""
    close: Closer


class Pump(threading.Thread):
    """Opens a source and reads it until stopped. The source is closed by this thread alone."""

    def __init__(self, opener: Callable[[threading.Event], Source], clock: Clock, *, wait: bool) -> None:
        """`wait`: a full queue makes the source wait instead of dropping."""
        super().__init__(name="camera-pump", daemon=True)
        self.opened = threading.Event()
        self.source: Source | None = None
        self.error: Exception | None = None
        """Why it ended; EOFError at the end of the source."""
        self.stopping = threading.Event()
        self._opener = opener
        self._clock = clock
        self._wait = wait
        self._items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._bytes = 0
        self._lock = threading.Lock()
        self._dropped = 0
        self._reads: deque[int] = deque()

    def run(self) -> None:
        try:
            self.source = self._opener(self.stopping)
            self.opened.set()
            self._pump(self.source)
        except (av.FFmpegError, OSError, ValueError, VigError) as error:
            self.error = error
        finally:
            self.error = self.error or EOFError("The source has ended.")
            self.opened.set()
            self._items.put(None)
            if self.source is not None:
                self.source.close()

    def get(self, timeout_s: float) -> Item | None:
        """The next packet, or None when there is none in time. Raises what ended the source, after its last packet."""
        try:
            item = self._items.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if item is None:
            self._items.put(None)
            raise self.error or EOFError("It was closed.")
        with self._lock:
            self._bytes -= item.packet.size
        return item

    def stop(self) -> None:
        """Ask it to end; it does when its read returns. Whoever waits for `opened` or in `get` goes on now."""
        self.stopping.set()
        self.opened.set()
        self._items.put(None)

    def _pump(self, source: Source) -> None:
        broken = 0
        while not self.stopping.is_set():
            try:
                self._demux(source)
                return
            except av.BlockingIOError:
                self.stopping.wait(0.005)
            except av.InvalidDataError:
                self._dropped += 1
                broken += 1
                if broken > BROKEN_MAX:
                    raise

    def _demux(self, source: Source) -> None:
        video = source.pictures.index
        wanted = [video] if source.sound is None else [video, source.sound.index]
        for packet in source.container.demux(wanted):
            read_ns = self._clock.mono_ns()
            if self.stopping.is_set():
                return
            if not packet.size and packet.dts is None:
                continue  # PyAV's own flushing packet at the end
            if packet.stream_index == video:
                self._put(packet, True, self._arrived_ns(read_ns, source.held))
            else:
                self._put(packet, False, read_ns)

    def _arrived_ns(self, read_ns: int, held: int) -> int:
        """When a picture began to arrive: that was what made FFmpeg hand over the one `held` pictures before it."""
        self._reads.append(read_ns)
        return self._reads.popleft() if len(self._reads) > held else read_ns

    def _put(self, packet: AnyPacket, is_video: bool, read_ns: int) -> None:
        while self._wait and self._bytes > QUEUE_BYTES_MAX and not self.stopping.wait(0.01):
            pass
        if self._bytes > QUEUE_BYTES_MAX:
            self._dropped += is_video
            return
        with self._lock:
            self._bytes += packet.size
        dropped, self._dropped = (self._dropped, 0) if is_video else (0, self._dropped)
        self._items.put(Item(packet, is_video, read_ns, dropped))


class PipeReader:
    """A named pipe, or stdin, as a file whose read ends when `stopping` is set. A writer that leaves is its end."""

    def __init__(self, target: str, stopping: threading.Event) -> None:
        self.name = "pipe"
        self._stopping = stopping
        self._own = target != "-"
        self._got_any = False
        self._fd = STDIN
        if self._own:
            self._fd = os.open(target, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            self._grow()

    def read(self, size: int) -> bytes:
        """At most `size` bytes as soon as there are any; empty at the end or when stopped."""
        while not self._stopping.is_set():
            if sys.platform != "win32" and not select.select([self._fd], [], [], POLL_S)[0]:
                continue
            try:
                data = os.read(self._fd, size)
            except BlockingIOError:
                continue
            if data or self._got_any or not self._own:
                self._got_any = True
                return data
            self._stopping.wait(0.05)  # nobody writes yet
        return b""

    def close(self) -> None:
        """Let the pipe go; stdin stays open."""
        if self._own and self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def _grow(self) -> None:
        """A larger pipe: a raw picture of 1280x720 fills the usual 64 KiB twenty times."""
        if not stat.S_ISFIFO(os.fstat(self._fd).st_mode):
            return
        if sys.platform == "linux":
            import fcntl

            with contextlib.suppress(OSError):
                fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
