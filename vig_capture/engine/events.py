"""What the stages tell control, and what control tells the writers. Plain facts, frozen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from vig_capture.core.errors import StorageError, VigError
from vig_capture.core.model import AudioMode, Gap, Segment, VideoMode
from vig_capture.core.time import Anchor


@dataclass(frozen=True, slots=True)
class TimedBlock:
    """Samples of a microphone with the time of their first sample, by the fitted clock."""

    mono_ns: int
    ppm: float
    """How much faster than its nominal rate the microphone's clock runs."""
    samples: NDArray[Any]
    """Shape (samples, channels), the microphone's own type."""
    mode: AudioMode
    first_sample: int
    joined: bool
    """False where samples are missing before this block, and for the first after opening."""

    @property
    def count(self) -> int:
        return int(self.samples.shape[0])

    @property
    def end_mono_ns(self) -> int:
        """The moment after the last sample."""
        return self.mono_ns + round(self.count * 1e9 / (self.mode.sample_rate * (1 + self.ppm * 1e-6)))


@dataclass(frozen=True, slots=True)
class Span:
    """Record from this moment on, into this folder."""

    folder: Path
    anchor: Anchor
    from_mono_ns: int
    run: int = 1
    next_index: int = 1
    """Number of the stream's next file in this folder."""
    after_death: bool = False
    """The recorder had died: until the stream's first file of this span the gap that its death left goes on, and
    nothing else is to be told of what is missing."""


# --- from the devices -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeviceOpening:
    stream: str


@dataclass(frozen=True, slots=True)
class DeviceLive:
    stream: str
    mode: VideoMode | AudioMode


@dataclass(frozen=True, slots=True)
class DeviceLost:
    stream: str
    error: VigError


@dataclass(frozen=True, slots=True)
class FilmEnded:
    """A film file has been played to its end."""

    stream: str


@dataclass(frozen=True, slots=True)
class BatteryLeft:
    minutes: float | None
    """None on the mains, or where nothing can be told."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The microphone fell silent (exact zeros), or is heard again."""

    stream: str
    muted: bool


# --- from the writers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SegmentOpened:
    segment: Segment
    folder: Path
    """The session's folder in which it lies: the film may have moved on since."""


@dataclass(frozen=True, slots=True)
class SegmentClosed:
    """Closed by the writer; the sync stage makes it durable and hashes it next."""

    segment: Segment
    path: Path


@dataclass(frozen=True, slots=True)
class SegmentSealed:
    """On the disk, with its hash."""

    segment: Segment
    folder: Path
    """As SegmentOpened."""


@dataclass(frozen=True, slots=True)
class GapSeen:
    """A gap has opened (no end), or ended."""

    gap: Gap


@dataclass(frozen=True, slots=True)
class Warned:
    stream: str
    what: str
    why: str = ""
    do: str = ""


@dataclass(frozen=True, slots=True)
class WriteFailed:
    stream: str
    error: StorageError
    folder: Path
    """The session's folder on the disk that refused: the film may have moved on since."""


@dataclass(frozen=True, slots=True)
class WriterFinished:
    """Everything up to the end that was asked for is closed."""

    writer: str
    """The writer's name."""


# --- from the stills --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StillTaken:
    """A still picture is on the disk."""

    id: str
    """Of the command that asked for it."""
    folder: Path
    """As SegmentOpened."""
    file: str
    mono_ns: int
    """When it was taken."""
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class StillRefused:
    """There is no such picture, or the disk did not take it."""

    id: str
    error: VigError


# --- from the disk ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomLeft:
    free_bytes: int
    written_bytes: int
    """Of all files of the session so far, the growing ones included."""
    folder: Path
    """The session's, on this disk."""


@dataclass(frozen=True, slots=True)
class JournalFailed:
    """Records are waiting in memory because no journal file can be written."""

    error: StorageError
    folder: Path


@dataclass(frozen=True, slots=True)
class SyncFailed:
    """A file could not be brought to the disk."""

    error: StorageError
    folder: Path


@dataclass(frozen=True, slots=True)
class SyncWorks:
    """Files reach the disk again."""

    folder: Path


@dataclass(frozen=True, slots=True)
class JournalWrites:
    """The first records are on the disk in a new journal file: the first one, or a further one after a failure."""

    file: str
    folder: Path


# --- from the clients -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """A client's wish. `reply` may be called from any thread, once or more, and never blocks."""

    message: dict[str, Any]
    reply: Callable[[dict[str, Any]], None]


Event = (
    DeviceOpening
    | DeviceLive
    | DeviceLost
    | FilmEnded
    | Heard
    | BatteryLeft
    | SegmentOpened
    | SegmentClosed
    | SegmentSealed
    | GapSeen
    | Warned
    | WriteFailed
    | WriterFinished
    | RoomLeft
    | JournalFailed
    | SyncFailed
    | SyncWorks
    | JournalWrites
    | StillTaken
    | StillRefused
    | Command
)

Post = Callable[[Event], None]
