"""Cameras and microphones that fail in every way that is known, and remember what they handed over.

A *scene* outlives the recorder: it goes on counting its pictures or samples however often it is opened. The ports
(SimCamera, SimMicrophone) are what one run of the recorder holds of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import numpy as np

from vig_capture.core.errors import DeviceError, EndOfFilm
from vig_capture.core.model import AudioBlock, AudioMode, Frame, VideoMode
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.sim.world import SimClock

QUEUE_FRAMES = 6
"""What a driver keeps for a reader that is late; further pictures are dropped and counted."""
RING_S = 2.0
"""What a sound system keeps for a reader that is late."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture that was handed over."""

    number: int
    mono_ns: int
    at_ns: int
    """When it was handed over."""
    lost_before: int
    keyframe: bool
    decode_ns: int | None
    place_ns: int
    """When it counts as taken: a stamp that goes back is moved to the newest before it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A block of samples that was handed over."""

    first: int
    """Number of its first sample, counted by the scene."""
    count: int
    start_ns: float
    """When its first sample truly was heard."""
    sample_ns: float
    at_ns: int
    overflow: bool
    """The system said that samples before it were lost, but not how many."""
    late_ns: int
    """So late the system let it through: where that lasts from the opening on, nobody can tell it from later sound."""

    def ends(self) -> tuple[int, int]:
        """Numbers of its first and its last sample."""
        return self.first, self.first + self.count - 1


@dataclass(slots=True)
class Trouble:
    """What is wrong with a device now. Times are of the monotonic clock."""

    gone: bool = False
    refuses: bool = False
    """It cannot be opened: somebody else has it."""
    open_ns: int = 0
    """Opening takes so long."""
    silent: bool = False
    slow: float = 1.0
    """Its pictures come so many times less often."""
    stamps: str = ""
    """"again" or "back": what is wrong with the next stamps."""
    skip: int = 0
    """So many pictures are left out next, and nobody is told."""
    damaged: int = 0
    """So many pictures are damaged next, and the device says so."""
    muted: bool = False
    overflow: int = 0
    """So many samples are lost next; the system says only that some were."""
    jump: int = 0
    """So many samples are lost next; the count tells."""
    late_ns: int = 0
    """Blocks are handed over so late."""
    ended: bool = False


class CameraScene:
    """A camera's world. `gop` > 0: it sends H.264 with a keyframe every so many pictures; `reorders`: with B-frames."""

    def __init__(self, clock: SimClock, rng: Random, mode: VideoMode, gop: int, reorders: bool) -> None:
        self.clock = clock
        self.rng = rng
        self.mode = mode
        self.trouble = Trouble()
        self.number = 0
        self.shots: list[Shot] = []
        """Of the present run of the recorder; its keeper takes them away after each."""
        self.gop = gop
        self.reorders = reorders
        self.pass_time: Callable[[int], None] = lambda _: None


class SimCamera:
    """The port Camera."""

    def __init__(self, scene: CameraScene) -> None:
        self._scene = scene
        self._open = False
        self._next_ns = 0
        self._queue: deque[Frame] = deque()
        self._lost = 0
        self._in_gop = 0
        self._stamp_ns = self._newest_ns = 0
        self._odd: list[Frame] = []

    def next_ns(self) -> int:
        """When there is something next."""
        if self._queue:
            return self._scene.clock.now_ns
        return self._next_ns if self._open else self._scene.clock.now_ns + SECOND_NS // 50

    def open(self) -> tuple[VideoMode, AudioMode | None]:
        scene = self._scene
        if scene.trouble.open_ns:
            scene.pass_time(scene.trouble.open_ns)
        if scene.trouble.gone or scene.trouble.refuses:
            raise DeviceError("The camera is not there.", "It was unplugged.", "Plug it in again.")
        self._open = True
        self._queue.clear()
        self._odd.clear()
        self._lost = self._in_gop = 0
        self._next_ns = scene.clock.now_ns + self._interval_ns()
        return scene.mode, None

    def read(self) -> Frame | AudioBlock | None:
        scene = self._scene
        trouble = scene.trouble
        if trouble.gone:
            raise DeviceError("The camera is gone.", "It was unplugged.", "Plug it in again.")
        if trouble.ended:
            raise EndOfFilm("The film file is over.")
        now_ns = scene.clock.now_ns
        while self._next_ns <= now_ns:
            self._take(self._next_ns)
            self._next_ns += self._interval_ns()
        if not self._queue:
            return None
        frame = self._queue.popleft()
        self._newest_ns = max(self._newest_ns, frame.mono_ns)
        place_ns = frame.mono_ns if scene.mode.copied else self._newest_ns
        shot = Shot(frame.picture, frame.mono_ns, now_ns, frame.lost_before, frame.keyframe, frame.decode_ns, place_ns)
        scene.shots.append(shot)
        return frame

    def close(self) -> None:
        self._open = False

    def _interval_ns(self) -> int:
        scene = self._scene
        interval_ns = SECOND_NS / scene.mode.rate * scene.trouble.slow
        return int(interval_ns * (0.95 + 0.1 * scene.rng.random()))

    def _take(self, taken_ns: int) -> None:
        """The camera takes a picture."""
        scene, trouble = self._scene, self._scene.trouble
        scene.number += 1
        if trouble.silent:
            return
        if trouble.skip:
            trouble.skip -= 1
            return
        if trouble.damaged or len(self._queue) >= QUEUE_FRAMES:
            trouble.damaged = max(trouble.damaged - 1, 0)
            self._lost += 1
            return
        for frame in self._encoded(taken_ns) if scene.mode.copied else [self._raw(taken_ns)]:
            self._queue.append(frame)

    def _raw(self, taken_ns: int) -> Frame:
        scene = self._scene
        stamp_ns = taken_ns
        if scene.trouble.stamps == "again":
            stamp_ns = self._stamp_ns
        elif scene.trouble.stamps == "back":
            stamp_ns = taken_ns - int(scene.rng.random() * SECOND_NS)
        self._stamp_ns = stamp_ns
        lost, self._lost = self._lost, 0
        return Frame(stamp_ns, scene.number, 8 << 20, lost_before=lost)

    def _encoded(self, taken_ns: int) -> list[Frame]:
        """Pictures in decoding order; with B-frames the later one of each pair comes first."""
        scene = self._scene
        key = self._in_gop == 0
        self._in_gop = (self._in_gop + 1) % scene.gop
        lost, self._lost = self._lost, 0
        decode_ns = taken_ns if scene.reorders else None
        frame = Frame(taken_ns, scene.number, 2 << 20, key, True, decode_ns, lost)
        if not scene.reorders:
            return [frame]
        if key:
            return [*self._pair(), frame]
        self._odd.append(frame)
        return self._pair() if len(self._odd) == 2 else []

    def _pair(self) -> list[Frame]:
        odd, self._odd = self._odd, []
        if len(odd) < 2:
            return odd
        first, second = odd
        early = Frame(
            second.mono_ns, second.picture, second.size_bytes, False, True, first.decode_ns, first.lost_before
        )
        late = Frame(first.mono_ns, first.picture, first.size_bytes, False, True, second.decode_ns, second.lost_before)
        return [early, late]


class MicScene:
    """A microphone's world: sample n is heard at its own moment, by a clock that is `ppm` too fast."""

    def __init__(self, clock: SimClock, rng: Random, mode: AudioMode, block: int, ppm: float, stamps: bool) -> None:
        """`stamps`: a block's time is taken as it arrives (a callback), else when it is read."""
        self.clock = clock
        self.rng = rng
        self.mode = mode
        self.block = block
        self.stamps = stamps
        self.sample_ns = SECOND_NS / (mode.sample_rate * (1 + ppm * 1e-6))
        self.trouble = Trouble()
        self.number = 1
        self.heard: list[Heard] = []
        """Of the present run of the recorder."""


@dataclass(slots=True)
class _Waiting:
    first: int
    count: int
    start_ns: float
    ready_ns: float
    overflow: bool
    jump: int
    muted: bool
    late_ns: int


@dataclass(slots=True)
class SimMicrophone:
    """The port Microphone."""

    scene: MicScene
    _open: bool = False
    _start_ns: float = 0.0
    _position: int = 0
    _queue: deque[_Waiting] = field(default_factory=deque)
    _overflowed: bool = False
    _ready_ns: float = 0.0
    _mode: AudioMode | None = None
    """As it was opened; another device in its place must be opened anew."""

    def next_ns(self) -> int:
        if not self._open:
            return self.scene.clock.now_ns + SECOND_NS // 50
        return int(self._queue[0].ready_ns if self._queue else self._due_ns()) + 1

    def open(self) -> AudioMode:
        scene = self.scene
        if scene.trouble.gone or scene.trouble.refuses:
            raise DeviceError("The microphone is not there.", "It was unplugged.", "Plug it in again.")
        self._open, self._mode = True, scene.mode
        self._queue.clear()
        self._overflowed = False
        self._start_ns = float(scene.clock.now_ns)
        self._position = 0
        self._ready_ns = 0.0
        return scene.mode

    def read(self) -> AudioBlock | None:
        scene = self.scene
        if scene.trouble.gone or scene.mode != self._mode:
            raise DeviceError("The microphone is gone.", "It was unplugged.", "Plug it in again.")
        now_ns = scene.clock.now_ns
        while self._due_ns() <= now_ns:
            self._hear()
        if not self._queue or self._queue[0].ready_ns > now_ns:
            return None
        block = self._queue.popleft()
        scene.heard.append(
            Heard(block.first, block.count, block.start_ns, scene.sample_ns, now_ns, block.overflow, block.late_ns)
        )
        self._position += block.jump
        first_sample = self._position
        self._position += block.count
        samples = np.zeros((block.count, scene.mode.channels), np.int32)
        if not block.muted:
            samples[:] = np.arange(block.first, block.first + block.count, dtype=np.int32)[:, None]
        mono_ns = round(block.ready_ns) if scene.stamps else now_ns
        return AudioBlock(mono_ns, first_sample, samples, overflow=block.overflow)

    def close(self) -> None:
        self._open = False

    def _due_ns(self) -> float:
        """When the last sample of the next block has been heard."""
        return self._start_ns + self.scene.block * self.scene.sample_ns

    def _hear(self) -> None:
        """The microphone fills a block."""
        scene, trouble = self.scene, self.scene.trouble
        start_ns, first = self._start_ns, scene.number
        self._start_ns = end_ns = self._due_ns()
        scene.number += scene.block
        if trouble.silent:
            self._overflowed = True
            return
        ready_ns = end_ns + scene.rng.random() ** 4 * 40 * MS_NS + trouble.late_ns
        # Blocks come in order.
        self._ready_ns = ready_ns = max(ready_ns, self._ready_ns)
        full = len(self._queue) * scene.block >= RING_S * scene.mode.sample_rate
        if trouble.overflow or full:
            trouble.overflow = 0
            self._overflowed = True
            return
        jump, trouble.jump = trouble.jump * scene.block, 0
        if jump:
            # These samples were heard and lost, and the count of the device says so.
            first, scene.number = first + jump, scene.number + jump
            start_ns, self._start_ns = start_ns + jump * scene.sample_ns, self._start_ns + jump * scene.sample_ns
            self._ready_ns = ready_ns = ready_ns + jump * scene.sample_ns
        late = trouble.muted, trouble.late_ns
        block = _Waiting(first, scene.block, start_ns, ready_ns, self._overflowed, jump, *late)
        self._overflowed = False
        self._queue.append(block)
