"""A camera and a microphone for a machine that has none: a drawn scene with sound, on the host's clock.

Frame k is due k / rate seconds after the epoch, a whole second of the monotonic clock at or before the first `open`.
A beep starts at every whole second of that clock, so beep and lit lamp coincide although the two devices do not know
each other. A device that is opened again goes on counting from its epoch: what was missed shows in the numbers.
A late reader gets what it missed, in order.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock, AudioMode, Frame, VideoMode
from vig_capture.core.ports import Clock
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.demo_scene import Picture, Scene

BEEP_MS = 10
BEEP_HZ = 1000
_BEEP_LEVEL = 0.25
_MURMUR_LEVEL = 0.05
_ROOM_LEVEL = 0.0005
"""A quiet room hisses at −66 dBFS: silence itself would be that of a computer that takes the noise away."""
_MURMUR_S = 12
_BLOCK_MS = 20
_CAMERA_WAIT_NS = 250 * MS_NS
_MICROPHONE_WAIT_NS = 100 * MS_NS
_TV_RANGE = 1

Wait = Callable[[float], object]


class _Pacer:
    """Waits for due times on the clock; `close` wakes it."""

    def __init__(self, clock: Clock, wait: Wait | None) -> None:
        self._clock = clock
        self._closed = threading.Event()
        self._closed.set()
        self._wait = wait or self._closed.wait
        self.epoch_ns: int | None = None

    def open(self) -> int:
        """The epoch: kept from the first opening on."""
        if self.epoch_ns is None:
            self.epoch_ns = self._clock.mono_ns() // SECOND_NS * SECOND_NS
        self._closed.clear()
        return self.epoch_ns

    def since_epoch_ns(self) -> int:
        return self._clock.mono_ns() - (self.epoch_ns or 0)

    def until(self, due_ns: int, limit_ns: int) -> bool:
        """Wait until the clock shows `due_ns`; False when that lies beyond the limit or the device was closed."""
        end_ns = self._clock.mono_ns() + limit_ns
        while (now_ns := self._clock.mono_ns()) < due_ns:
            if now_ns >= end_ns or self._closed.is_set():
                return False
            self._wait((min(due_ns, end_ns) - now_ns) / SECOND_NS)
        return not self._closed.is_set()

    def close(self) -> None:
        self._closed.set()

    def require_open(self, what: str) -> None:
        if self._closed.is_set():
            raise DeviceError(f"The demo {what} is closed.", "It was let go.", "Open it again.")


class DemoCamera:
    """The port Camera over the drawn scene. `wait` replaces the waiting where a test moves the clock."""

    def __init__(
        self, clock: Clock, width: int = 1280, height: int = 720, rate: float = 30.0, wait: Wait | None = None
    ) -> None:
        self._pacer = _Pacer(clock, wait)
        self._size, self._rate = (width // 2 * 2, height // 2 * 2), Fraction(rate).limit_denominator(1001)
        self._scene: Scene | None = None
        self._number = 0

    def open(self) -> tuple[VideoMode, AudioMode | None]:
        width, height = self._size
        if self._scene is None:
            self._scene = Scene(width, height, float(self._rate))
        self._pacer.open()
        self._number = -int(-self._pacer.since_epoch_ns() * self._rate // SECOND_NS)
        return VideoMode(width, height, float(self._rate), "yuv420p"), None

    def due_ns(self, number: int) -> int:
        """When frame `number` is due, on the monotonic clock. Known once the camera was opened."""
        return (self._pacer.epoch_ns or 0) + int(number * SECOND_NS / self._rate)

    def picture(self, number: int) -> av.VideoFrame:
        """Frame `number` as yuv420p in tv range: a function of the number and the epoch alone."""
        if self._scene is None:
            self._scene = Scene(*self._size, float(self._rate))
        return video_frame(self._scene, number, self.due_ns(number))

    def read(self) -> Frame | AudioBlock | None:
        self._pacer.require_open("camera")
        due_ns = self.due_ns(self._number)
        if not self._pacer.until(due_ns, _CAMERA_WAIT_NS):
            return None
        picture = self.picture(self._number)
        self._number += 1
        return Frame(due_ns, picture, self._size[0] * self._size[1] * 3 // 2)

    def close(self) -> None:
        self._pacer.close()


class DemoMicrophone:
    """The port Microphone over the demo's sound: one channel of int16 in blocks of 20 ms, with stamps of their own."""

    def __init__(self, clock: Clock, sample_rate: int = 48000, wait: Wait | None = None) -> None:
        self._pacer = _Pacer(clock, wait)
        self._rate, self._block = sample_rate, sample_rate * _BLOCK_MS // 1000
        self._sound: Sound | None = None
        self._opened_at = self._next = 0

    def open(self) -> AudioMode:
        if self._sound is None:
            self._sound = Sound(self._rate)
        self._pacer.open()
        self._opened_at = self._next = self._pacer.since_epoch_ns() * self._rate // SECOND_NS
        return AudioMode(self._rate, 1, 16)

    def samples(self, first: int, count: int) -> NDArray[np.int16]:
        """Samples `first`… after the epoch, shape (count, 1): a function of these numbers alone."""
        if self._sound is None:
            self._sound = Sound(self._rate)
        return self._sound.samples(first, count)

    def read(self) -> AudioBlock | None:
        self._pacer.require_open("microphone")
        end = self._next + self._block
        due_ns = (self._pacer.epoch_ns or 0) + end * SECOND_NS // self._rate
        if not self._pacer.until(due_ns, _MICROPHONE_WAIT_NS):
            return None
        samples = self.samples(self._next, self._block)
        block = AudioBlock(due_ns, self._next - self._opened_at, samples, stamped=True)
        self._next = end
        return block

    def close(self) -> None:
        self._pacer.close()


class Sound:
    """A murmur of two voices in a quiet room, and a beep at each whole second. One table of 12 s, repeated."""

    def __init__(self, sample_rate: int = 48000) -> None:
        level = _murmur(sample_rate) * _MURMUR_LEVEL
        level += np.random.default_rng(0).standard_normal(level.size) * _ROOM_LEVEL
        beep = beep_shape(sample_rate)
        for second in range(_MURMUR_S):
            level[second * sample_rate : second * sample_rate + beep.size] += beep * _BEEP_LEVEL
        self._table = np.round(level * 32767).astype(np.int16)[:, None]

    def samples(self, first: int, count: int) -> NDArray[np.int16]:
        """Samples `first`… of the sound, shape (count, 1). Sample 0 is the start of a beep."""
        return self._table[np.arange(first, first + count) % len(self._table)]


def beep_shape(sample_rate: int) -> NDArray[np.float64]:
    """10 ms of 1 kHz at full level: it starts at once, and its last 2 ms fade."""
    count = sample_rate * BEEP_MS // 1000
    fade = np.minimum(1.0, (count - np.arange(count)) / (sample_rate * 0.002))
    return np.asarray(np.sin(2 * np.pi * BEEP_HZ * np.arange(count) / sample_rate) * fade)


def video_frame(scene: Scene, number: int, mono_ns: int) -> av.VideoFrame:
    """Frame `number` of a scene, drawn straight into a picture's own memory."""
    frame = av.VideoFrame(scene.width, scene.height, "yuv420p")
    frame.color_range = _TV_RANGE
    picture = Picture(_view(frame, 0), _view(frame, 1), _view(frame, 2))
    picture.luma[...], picture.blue[...], picture.red[...] = scene.room.luma, scene.room.blue, scene.room.red
    scene.finish(picture, number, mono_ns)
    return frame


def _view(frame: av.VideoFrame, index: int) -> NDArray[np.uint8]:
    plane = frame.planes[index]
    memory = np.frombuffer(memoryview(plane), np.uint8)
    return memory.reshape(plane.height, plane.line_size)[:, : plane.width]


def _murmur(sample_rate: int) -> NDArray[np.float64]:
    """Two voices that take turns, level up to about 1; silent at both ends, so that it repeats without a click."""
    time = np.arange(sample_rate * _MURMUR_S) / sample_rate
    sound = np.zeros(time.size)
    for pitch_hz, turns in ((190.0, ((0.3, 2.6), (6.4, 2.2))), (310.0, ((3.6, 1.7), (9.3, 1.9)))):
        for start_s, long_s in turns:
            part = slice(int(start_s * sample_rate), int((start_s + long_s) * sample_rate))
            at = time[part] - start_s
            phase = 2 * np.pi * pitch_hz * (at + 0.02 * np.sin(2 * np.pi * 1.1 * at) / (2 * np.pi))
            voice = np.sin(phase) + 0.4 * np.sin(2 * phase) + 0.2 * np.sin(3 * phase)
            syllables = np.sin(np.pi * at / long_s) ** 0.5 * np.sin(np.pi * 3.0 * at) ** 2
            sound[part] += 0.6 * voice * syllables
    return sound
