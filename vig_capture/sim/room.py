"""One seed's world: the room in which sessions are filmed, drawn at random, and what is remembered for the laws."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from vig_capture.core.model import AudioMode, Segment, Stream, VideoMode
from vig_capture.core.time import SECOND_NS, Anchor
from vig_capture.core.vocabulary import MarkerKey, Vocabulary
from vig_capture.engine.plan import Plan, StreamPlan, World
from vig_capture.sim.checker import CheckerTrouble, SimChecker
from vig_capture.sim.devices import CameraScene, Heard, MicScene, Shot, SimCamera, SimMicrophone
from vig_capture.sim.disk import ROOM_BYTES, SimDisk
from vig_capture.sim.media import SimMedia
from vig_capture.sim.world import Scheduler, SimClock

DISK, SPARE = Path("/disk"), Path("/spare")
MINUTE_NS = 60 * SECOND_NS
UTC_NS = 1_780_000_000 * SECOND_NS


def vocabulary() -> Vocabulary:
    keys = tuple(
        MarkerKey(key, f"key-{key}", f"Key {key}", "", "", 15.0, ahead, "#ffffff", key == "d")
        for key, ahead in (("a", 5.0), ("b", 3.0), ("c", 8.0), ("d", 2.0))
    )
    return Vocabulary("sim", "1", "en", "", "", "child", keys)


@dataclass(slots=True)
class Asked:
    """A command of the client."""

    message: dict[str, Any]
    posted_ns: int
    """Elapsed time of the first sending."""
    life: int
    replies: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """Elapsed time and message."""
    excused: bool = False
    """It may be answered late or never: the recorder died meanwhile, or its journal's disk was ill."""

    @property
    def id(self) -> str:
        return str(self.message["id"])


@dataclass(slots=True)
class SpanSeen:
    """What control asked of the writers."""

    from_ns: int
    until_ns: int | None = None
    """Monotonic."""
    until_at_ns: int | None = None
    """When it was asked."""


@dataclass(slots=True)
class Life:
    """One run of the recorder, as the simulator saw it."""

    number: int
    anchor: Anchor | None = None
    begun_ns: int = 0
    run: int = 0
    """As its records say: a run that died before its first record was on the disk counts for nothing."""
    folders_entered: int = 0
    spans: list[SpanSeen] = field(default_factory=list)
    moves: list[int] = field(default_factory=list)
    shots: dict[str, list[Shot]] = field(default_factory=dict)
    heard: dict[str, list[Heard]] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    """Frames or samples that did not fit into a lane."""
    records: list[dict[str, Any]] = field(default_factory=list)
    boot: str = ""
    end: str = ""
    """closed, left, kill, cut or crash."""
    counters: dict[str, dict[str, Any]] = field(default_factory=dict)
    end_mono_ns: int = 0
    well_ns: int = 0
    """So long before its end no fault had struck, its death apart."""


@dataclass(slots=True)
class SessionTruth:
    """What truly happened in a session."""

    plan: Plan
    lives: list[Life] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    disk_failed: bool = False
    """A disk refused to write film, or was nearly full, during the session. (One that cannot sync, or refuses the
    journal alone, is no reason to end a film.)"""
    film_ended: bool = False


class Room:
    """Everything that outlives a recorder."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.clock = SimClock(self.rng.randint(10, 10**6) * SECOND_NS, UTC_NS)
        self.scheduler = Scheduler(self.clock, Random(seed + 1))
        self.disk = SimDisk([DISK, SPARE], Random(seed + 2), self.scheduler.pass_time)
        self.encode_ns = [0, 0, 0]
        """How long a picture takes, at each preset."""
        self.media = SimMedia(self.disk, self.rng.random() < 0.5, self._work)
        self.cameras: dict[str, CameraScene] = {}
        self.mics: dict[str, MicScene] = {}
        self.sessions: list[SessionTruth] = []
        self.violations: list[str] = []
        self.faults: Counter[str] = Counter()
        self.struck_ns = -(1 << 62)
        """Elapsed time of the last fault that can keep what was captured from its file."""
        self.cells: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()
        self.journal_ill_until_ns = -1
        """Elapsed time until which an acknowledgement may be late, because the journal's disk is."""
        self.film_ill_until_ns = -1
        self.death = ""
        self.sync_failed = False
        """A sync of a film has failed: what the disk holds of it is not certain any more."""
        self.checker_trouble = CheckerTrouble()
        self.checker: SimChecker | None = None
        """Of the run that is going on."""
        self._checks = Random(seed + 5)
        self._draw_devices()

    def journal_was_ill_since(self, elapsed_ns: int) -> bool:
        return elapsed_ns <= self.journal_ill_until_ns

    def journal_refused(self) -> bool:
        """Has any fault kept records from the disk?"""
        refusing = ("journal refused", "journal sync fails", "journal sync slow", "disk full", "disk nearly full")
        return any(self.faults[name] for name in refusing)

    def world(self) -> World:
        self.checker = SimChecker(self, Random(self._checks.random())) if self._checks.random() < 0.9 else None
        return World(self.clock, self.disk, self.media, checker=self.checker)

    def broken(self, law: int, what: str) -> None:
        """A law was broken."""
        if len(self.violations) < 20:
            self.violations.append(f"law {law}: {what}")

    def _work(self, step: int) -> None:
        if self.encode_ns[step]:
            self.scheduler.pass_time(self.encode_ns[step])

    def _draw_devices(self) -> None:
        rng = self.rng
        for number in range(1, 1 + rng.choice((0, 1, 1, 1, 1, 2))):
            copied = rng.random() < 0.35
            rate = rng.choice((5.0, 6.0, 8.0))
            mode = VideoMode(640, 360, rate, "h264" if copied else "yuyv422", copied)
            gop = rng.choice((4, 8, 16, 40)) if copied else 0
            scene = CameraScene(self.clock, Random(rng.random()), mode, gop, copied and rng.random() < 0.4)
            scene.pass_time = self.scheduler.pass_time
            self.cameras[f"cam{number}"] = scene
        count = rng.choice((0, 1, 1, 1, 1, 2)) if self.cameras else rng.choice((0, 1, 1, 1, 2))
        for number in range(1, 1 + count):
            rate = rng.choice((200, 400, 500))
            mode_ = AudioMode(rate, rng.choice((1, 1, 2)), 24)
            block = round(rate * rng.choice((0.1, 0.2, 0.25)))
            ppm = rng.uniform(-300, 300) if rng.random() < 0.7 else 0.0
            self.mics[f"mic{number}"] = MicScene(
                self.clock, Random(rng.random()), mode_, block, ppm, rng.random() < 0.5
            )

    def new_session(self) -> SessionTruth:
        """The plan of a further session."""
        rng = self.rng
        folder = DISK / f"session-{len(self.sessions) + 1}"
        streams = [
            StreamPlan(Stream(name, "video", f"camera {name}"), open_camera=self._camera_factory(scene))
            for name, scene in self.cameras.items()
        ] + [
            StreamPlan(Stream(name, "audio", f"microphone {name}"), open_microphone=self._mic_factory(scene))
            for name, scene in self.mics.items()
        ]
        plan = Plan(
            folder=folder,
            streams=streams,
            vocabulary=vocabulary(),
            tool="sim",
            segment_ns=rng.choice((5, 10, 20, 60)) * SECOND_NS,
            latest_end_ns=round(rng.uniform(1, 8) * MINUTE_NS) if rng.random() < 0.15 else 180 * MINUTE_NS,
            stop_after_ns=round(rng.uniform(20, 400) * SECOND_NS) if rng.random() < 0.15 else None,
            fallback=SPARE if rng.random() < 0.5 else None,
            start_at_once=rng.random() < 0.6,
        )
        truth = SessionTruth(plan, folders=[folder])
        truth.disk_failed = any(
            "film" in volume.write_fails or volume.room_bytes != ROOM_BYTES for volume in self.disk.volumes
        )
        self.sessions.append(truth)
        return truth

    def _camera_factory(self, scene: CameraScene) -> Any:
        return lambda: SimCamera(scene)

    def _mic_factory(self, scene: MicScene) -> Any:
        return lambda: SimMicrophone(scene)


def segment_copy(segment: Segment) -> Segment:
    """A segment of its own: views change theirs."""
    return Segment(**{name: getattr(segment, name) for name in Segment.__dataclass_fields__})
