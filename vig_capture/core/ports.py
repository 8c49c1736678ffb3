"""The ports: everything that the engine asks of the outside world.

devices/ and media/ implement them for a real machine, sim/ for the simulator. The engine knows nothing else of either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from vig_capture.core.model import AudioBlock, AudioMode, Frame, Packet, SoundTrack, VideoMode, VideoTrack


class Clock(Protocol):
    """The host's clocks."""

    def mono_ns(self) -> int:
        """Monotonic nanoseconds; never goes back."""

    def utc_ns(self) -> int:
        """Wall clock in nanoseconds since 1970: evidence for people, never used to measure."""

    def boot_id(self) -> str:
        """Names this boot of the host: the monotonic clock starts anew with each."""


class Camera(Protocol):
    """A source of pictures, and of the camera's own sound where that was asked for."""

    def open(self) -> tuple[VideoMode, AudioMode | None]:
        """Open it and say what it delivers. May take seconds. Raises DeviceError."""

    def read(self) -> Frame | AudioBlock | None:
        """The next picture or block of sound; None when there is none within a quarter of a second.

        Raises DeviceError when it is lost, EndOfFilm at the end of a file."""

    def close(self) -> None:
        """Let the device go. Safe to call twice and on a device that is gone."""


class Microphone(Protocol):
    """A source of sound."""

    def open(self) -> AudioMode:
        """Open it and say what it delivers. Raises DeviceError."""

    def read(self) -> AudioBlock | None:
        """The next block; None when there is none within a tenth of a second. Raises DeviceError, EndOfFilm."""

    def close(self) -> None:
        """As Camera.close."""


class FilmEncoder(Protocol):
    """An H.264 encoder that holds at most one picture."""

    def encode(self, picture: Any, t_ns: int, keyframe: bool) -> Sequence[Packet]:
        """Encode a picture at session time `t_ns`; `keyframe` asks that it can be decoded by itself."""

    def flush(self) -> Sequence[Packet]:
        """What it still holds. The encoder is not used again."""

    def track(self) -> VideoTrack:
        """The header of a segment that takes its packets."""


class SegmentFile(Protocol):
    """One file of film or sound that survives the death of the process at any byte.

    PTS 0 is the session time `start_ns` given at its making. Every method but `close` raises StorageError when the disk
    refuses; `close` then still frees everything and raises StorageError."""

    def add(self, packet: Packet) -> None:
        """Add a picture. Decoding stamps must increase."""

    def add_sound(self, first_sample: int, samples: NDArray[Any]) -> None:
        """Add sound, shape (samples, channels): float32 in −1..1 for a film, the microphone's own type for lossless.

        `first_sample` is the position on the grid of session time: sample k stands at k / sample_rate seconds. The
        calls are contiguous. In a film, samples before `start_ns` are not heard: they let its encoder go on from the
        last segment without a click."""

    def close(self) -> None:
        """Finish the file: flush the sound encoder, write the index, close."""

    @property
    def written(self) -> int:
        """Pictures that have reached the file (the system's cache at least), or samples for a lossless file."""


class Preview(Protocol):
    """Small pictures of what one camera sends. Used by one thread. What it cannot read is no picture and no error."""

    def add(self, frame: Frame, alone: bool) -> None:
        """Take a frame. Of a copied camera: each one from a keyframe on, or (`alone`) a keyframe that none follows."""

    def draw(self, width: int, height: int) -> bytes | None:
        """The newest picture, whole and undistorted, with black beside it where the shape differs: RGB24, `width` ×
        `height` × 3 bytes, rows from the top. None where there is no picture. `width` and `height` are at least 1."""

    def small(self, width_max: int, height_max: int) -> tuple[int, int, bytes] | None:
        """The newest picture, no larger than it is and than this, its shape kept: width, height and RGB24 as `draw`."""

    def luma(self) -> tuple[int, int, bytes] | None:
        """The newest picture's luma at its full size: width, height and a byte for each pixel, 0..255, rows from the
        top. None where there is no picture."""

    def rows(self) -> bytes | None:
        """Mean luma of each row of the newest picture, float32, 0..255, from the top; None where it cannot be told."""

    def still(self) -> bytes | None:
        """The newest picture at its full size as a JPEG file; None where there is none."""


class Checker(Protocol):
    """Judges pictures and sound in a process of its own. Nothing here waits for it. Used from one thread."""

    wake: Callable[[], None]
    """Called, from any thread, when it has said something or has ended."""

    def start(self) -> None:
        """Start it; one that ran before is killed. Raises DeviceError where the system cannot."""

    def offer(self, message: Mapping[str, Any]) -> None:
        """Ask it something (checks/judge.py): one at a time, and the next one after its answer."""

    def poll(self) -> Mapping[str, Any] | None:
        """The next thing that it has said, None where there is none. The first is {ready: True}."""

    def alive(self) -> bool:
        """Has it been started, and not ended since?"""

    def stop(self) -> None:
        """Kill it, whatever it does."""


class Media(Protocol):
    """The maker of encoders, files and small pictures."""

    def encoder(self, mode: VideoMode, step: int) -> FilmEncoder:
        """An encoder for a camera's pictures; `step` 0 is the configured preset, each further step a faster one."""

    def steps(self) -> int:
        """How many presets there are to step down to, the first included."""

    def sound_frame(self) -> int:
        """Samples in a frame of a film's sound: whole frames are what a decoder gives back (1,024 for AAC)."""

    def film(self, path: Path, start_ns: int, video: VideoTrack | None, sound: SoundTrack | None) -> SegmentFile:
        """A film segment: MP4 with picture, M4A without. Raises StorageError."""

    def lossless(self, path: Path, start_ns: int, sound: SoundTrack) -> SegmentFile:
        """A FLAC file of the microphone's own samples. Raises StorageError."""

    def preview(self, mode: VideoMode) -> Preview:
        """A maker of small pictures for a camera of this mode."""

    def readable(self, path: Path) -> int:
        """How many pictures (or samples, of a lossless file) can be read back; 0 where nothing can. Never raises."""


class JournalFile(Protocol):
    """An append-only file whose `sync` is the moment from which a marker is safe."""

    def write(self, data: bytes) -> None:
        """Append all of it. Raises StorageError."""

    def sync(self) -> None:
        """Return when everything written is on the disk. Raises StorageError; the file is not used again after that."""

    def close(self) -> None:
        """Close without raising."""


class Power(Protocol):
    """What feeds the computer."""

    def battery_minutes(self) -> float | None:
        """Minutes that the battery lasts; None on the mains, or where nothing can be told. May take seconds."""


class Disk(Protocol):
    """A folder's disk."""

    def create_journal(self, path: Path) -> JournalFile:
        """Make a new file (it must not exist), and make its name durable. Raises StorageError."""

    def write_new(self, path: Path, data: bytes) -> None:
        """Make a private file (0600) with this content; it must not exist. Returns when it and its name are on the
        disk. Raises StorageError, and then leaves nothing of it where the disk allows that."""

    def remove(self, path: Path) -> None:
        """Take a file away, durably; one that is not there is no error. Raises StorageError."""

    def make_folder(self, path: Path) -> None:
        """Make a private folder (0700), with its parents, durably. Raises StorageError."""

    def sync_file(self, path: Path) -> None:
        """Bring a growing file to the disk through a descriptor of its own. Raises StorageError."""

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable. Raises StorageError."""

    def sha256(self, path: Path) -> tuple[str, int]:
        """Hash in hexadecimal and size in bytes of a finished file. Raises StorageError."""

    def free_bytes(self, path: Path) -> int:
        """Room left for this user. Raises StorageError."""

    def size_bytes(self, path: Path) -> int:
        """Present size of a file; 0 where it is not there."""
