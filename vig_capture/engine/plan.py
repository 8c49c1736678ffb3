"""What a recorder is asked to do: decided by the command, fixed for the session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vig_capture.core.model import Segment, Stream
from vig_capture.core.ports import Camera, Checker, Clock, Disk, Media, Microphone, Power
from vig_capture.core.replay import SessionView
from vig_capture.core.vocabulary import Vocabulary

SECOND = "-b"
"""Ends the name of the session folder in which the film goes on after the first disk has refused."""
LATEST_END = "the latest end was reached"
"""Why a film is closed that nobody has ended."""


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """One camera or microphone, and how it is opened. The factory makes a new device for each thread that reads it."""

    stream: Stream
    open_camera: Callable[[], Camera] | None = None
    open_microphone: Callable[[], Microphone] | None = None
    camera_sound_of: str = ""
    """Of a microphone that is a camera's own: that camera's id."""
    offset_ns: int = 0
    """Of a microphone: how much later its sound arrives than the picture of the same moment."""


@dataclass(frozen=True, slots=True)
class World:
    """The ports that the engine works with."""

    clock: Clock
    disk: Disk
    media: Media
    power: Power | None = None
    """None where nobody watches the battery."""
    checker: Checker | None = None
    """None where nothing is checked."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A session to be recorded."""

    folder: Path
    """The session's own folder; its name is the session's id."""
    streams: list[StreamPlan]
    vocabulary: Vocabulary
    tool: str
    profile: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    segment_ns: int = 60_000_000_000
    latest_end_ns: int = 180 * 60_000_000_000
    stop_after_ns: int | None = None
    """Stop by itself this long after the first picture (or the first sound, without a camera)."""
    fallback: Path | None = None
    """Folder in which a second session is begun when the disk fails."""
    warn_minutes: tuple[float, ...] = (30, 10, 1)
    refuse_without_device: bool = False
    """Where not one of its devices can be opened, do not begin: say why instead. A further run of a session begins."""
    start_at_once: bool = True
    """Begin to record as soon as the devices are live, without waiting for a start command."""
    choice: dict[str, Any] = field(default_factory=dict)
    """What the guider chose, as the screen shows it while nothing has begun. Without passwords."""

    def leading_stream(self) -> str:
        """The stream whose film this is: the first camera, or the first microphone. Its end is the film's."""
        return next((plan.stream.id for plan in self.cameras() or self.streams), "")

    def cameras(self) -> list[StreamPlan]:
        return [plan for plan in self.streams if plan.stream.kind == "video"]

    def microphones(self) -> list[StreamPlan]:
        return [plan for plan in self.streams if plan.stream.kind == "audio"]


def ends_of(segments: Iterable[Segment]) -> dict[str, int]:
    """For each stream the session time up to which all of it is on the disk. Without a camera its film and its lossless
    sound are files of one stream: then the one that ends first."""
    newest: dict[tuple[str, str], int] = {}
    for segment in segments:
        of = segment.stream, segment.file.partition("/")[0]
        if segment.end_ns is not None and of[1] in ("film", "sound"):
            newest[of] = max(newest.get(of, 0), segment.end_ns)
    ends: dict[str, int] = {}
    for (stream, _), end_ns in newest.items():
        ends[stream] = min(ends.get(stream, end_ns), end_ns)
    return ends


@dataclass(frozen=True, slots=True)
class Resumed:
    """What an earlier run of the session left behind, read before the recorder starts."""

    view: SessionView
    next_journal: int
    ends: dict[str, int]
    """For each stream the session time up to which it is on the disk (`ends_of`)."""
    unsealed: list[tuple[Segment, Path]]
    """Segments that were open when the recorder died, with what can be read of them."""
    elsewhere: tuple[tuple[Segment, Path], ...] = ()
    """As `unsealed`, of the session that this one continues on a second disk: they too are brought to their disk."""
    files: tuple[str, ...] = ()
    """All files of film, sound and stills in the folder: a crash can leave one that no record names."""
