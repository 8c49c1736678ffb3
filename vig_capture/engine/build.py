"""Puts the stages of a plan together. The threads (engine/recorder.py) and the simulator (sim/) run the same ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vig_capture.core.model import Frame, VideoMode
from vig_capture.core.segments import Counters
from vig_capture.engine.capture import CameraStage, MicrophoneStage, SoundInlet, SoundLane, VideoLane
from vig_capture.engine.checking import CheckStage, wished
from vig_capture.engine.control import ControlStage
from vig_capture.engine.events import Event, TimedBlock
from vig_capture.engine.film import FilmWriter
from vig_capture.engine.journal import JournalStage
from vig_capture.engine.lanes import SOUND_BOUND_NS, VIDEO_BOUND_BYTES, Inbox, Lane
from vig_capture.engine.looking import LookingStage, Newest
from vig_capture.engine.plan import Plan, Resumed, StreamPlan, World
from vig_capture.engine.power_watch import PowerStage
from vig_capture.engine.ripple import Ripple
from vig_capture.engine.scribe import Scribe
from vig_capture.engine.senses import Ears, Eyes
from vig_capture.engine.sound import SoundWriter
from vig_capture.engine.stage import Stage
from vig_capture.engine.status import Status
from vig_capture.engine.stills import StillStage
from vig_capture.engine.syncing import SyncStage
from vig_capture.engine.writer import Writer


@dataclass
class Stages:
    """The stages of one recorder."""

    control: ControlStage
    journal: JournalStage
    sync: SyncStage
    captures: list[CameraStage | MicrophoneStage]
    writers: list[Writer]
    looking: LookingStage | None = None
    """None where there is no camera to look through."""
    stills: StillStage | None = None
    """The same."""
    checks: CheckStage | None = None
    """None where nothing is checked."""
    power: PowerStage | None = None
    feeds: list[tuple[Lane[Frame | VideoMode] | Lane[TimedBlock], Writer]] = field(default_factory=list)
    """Each lane with the writer that drains it."""

    def all(self) -> list[Stage]:
        beside = [stage for stage in (self.looking, self.stills, self.checks, self.power) if stage is not None]
        return [self.control, self.journal, self.sync, *self.captures, *self.writers, *beside]

    def connect_wakes(self) -> None:
        """Let what is put into a lane wake the writer that drains it."""
        for lane, writer in self.feeds:
            lane.wake = writer.wake


class _Builder:
    def __init__(self, plan: Plan, world: World, inbox: Inbox[Event]) -> None:
        self.plan = plan
        self.world = world
        self.inbox = inbox
        self.captures: list[CameraStage | MicrophoneStage] = []
        self.writers: list[Writer] = []
        self.feeds: list[tuple[VideoLane | SoundLane, Writer]] = []
        self.inlets: dict[str, SoundInlet] = {}
        self.counters: dict[str, Callable[[], Counters]] = {}

    def sound(self, mic: StreamPlan, film_lane: SoundLane | None) -> None:
        """A microphone: its lossless file, and the film's sound where `film_lane` is given."""
        stream = mic.stream.id
        lane: SoundLane = Lane(SOUND_BOUND_NS)
        lanes = [lane] if film_lane is None else [lane, film_lane]
        inlet = SoundInlet(stream, self.inbox.post, lanes, mic.offset_ns)
        self.inlets[stream] = inlet
        writer = SoundWriter(stream, self.world.clock, self.world.media, self.inbox.post, lane)
        self.counters[stream] = lambda: writer.counters
        self.writers.append(writer)
        self.feeds.append((lane, writer))
        if mic.open_microphone is not None:
            microphone = mic.open_microphone()
            self.captures.append(MicrophoneStage(stream, microphone, self.world.clock, self.inbox.post, inlet))

    def camera(
        self, camera: StreamPlan, sound_lane: SoundLane | None, sound_stream: str, newest: Newest | None
    ) -> None:
        stream = camera.stream.id
        lane: VideoLane = Lane(VIDEO_BOUND_BYTES)
        writer = self._film(stream, lane, sound_lane, sound_stream)
        self.counters[stream] = lambda: writer.counters
        inlet = next(
            (self.inlets[mic.stream.id] for mic in self.plan.microphones() if mic.camera_sound_of == stream), None
        )
        assert camera.open_camera is not None, "a plan's camera can be opened"
        device = camera.open_camera()
        self.captures.append(CameraStage(stream, device, self.world.clock, self.inbox.post, lane, inlet, newest))
        self.feeds.append((lane, writer))

    def film_of_sound(self, mic: StreamPlan, sound_lane: SoundLane) -> None:
        self._film(mic.stream.id, None, sound_lane, mic.stream.id)

    def _film(self, stream: str, lane: VideoLane | None, sound: SoundLane | None, sound_stream: str) -> FilmWriter:
        writer = FilmWriter(
            stream,
            self.world.clock,
            self.world.media,
            self.inbox.post,
            lane,
            sound,
            self.plan.segment_ns,
            sound_stream,
        )
        self.writers.append(writer)
        if sound is not None:
            self.feeds.append((sound, writer))
        return writer


def build(plan: Plan, world: World, inbox: Inbox[Event], resumed: Resumed | None, pid: int) -> Stages:
    """All stages of a session. The first camera's film carries the first microphone's sound."""
    builder = _Builder(plan, world, inbox)
    cameras, microphones = plan.cameras(), plan.microphones()
    film_lane: SoundLane | None = Lane(SOUND_BOUND_NS) if microphones else None
    for place, mic in enumerate(microphones):
        builder.sound(mic, film_lane if place == 0 else None)
    newest = Newest()
    for place, camera in enumerate(cameras):
        first = place == 0 and microphones
        sound_stream = microphones[0].stream.id if first else ""
        builder.camera(camera, film_lane if first else None, sound_stream, newest if place == 0 else None)
    if not cameras and film_lane is not None:
        builder.film_of_sound(microphones[0], film_lane)
    writers = builder.writers

    def growing() -> list[Path]:
        return [path for path in (writer.files.growing for writer in writers) if path is not None]

    journal = JournalStage(world.clock, world.disk, inbox.post)
    sync = SyncStage(world.clock, world.disk, inbox.post, growing)
    scribe = Scribe(plan, world.clock, journal, resumed, pid)
    status = Status([item.stream for item in plan.streams], builder.counters, list(builder.inlets.values()))
    stills = _stills(cameras[0].stream.id, newest, world, inbox) if cameras else None
    control = ControlStage(plan, world.clock, inbox, scribe, journal, sync, writers, status, resumed, stills)
    looking = _looking(cameras[0].stream.id, newest, world, control) if cameras else None
    if stills is not None:
        stills.state = lambda: control.state
    power = PowerStage(world.clock, world.power, inbox.post) if world.power is not None else None
    checks = _checks(builder, newest, control, status) if world.checker is not None and plan.streams else None
    captures, feeds = builder.captures, list(builder.feeds)
    return Stages(control, journal, sync, captures, writers, looking, stills, checks, power, feeds)


def _stills(stream: str, newest: Newest, world: World, inbox: Inbox[Event]) -> StillStage:
    return StillStage(stream, newest, world.media, world.disk, world.clock, inbox.post)


def _checks(builder: _Builder, newest: Newest, control: ControlStage, status: Status) -> CheckStage:
    """Of the first camera and the first microphone."""
    plan, world, scribe = builder.plan, builder.world, control.scribe
    assert world.checker is not None, "asked for"
    eyes = Eyes(newest, world.media) if plan.cameras() else None
    ripple = Ripple(newest, world.media) if plan.cameras() else None
    ears = Ears() if builder.inlets else None
    if ears is not None:
        next(iter(builder.inlets.values())).lanes.append(ears.lane)

    def public_ns() -> int:
        return control.public_ns

    def settings() -> dict[str, Any]:
        return wished(plan.settings, scribe.view.sheet.get("people"), status.faces_expected)

    stage = CheckStage(world.checker, world.clock, eyes, ears, ripple, lambda: control.state, public_ns, settings)
    status.found = lambda: stage.found.at(world.clock.mono_ns())
    return stage


def _looking(stream: str, newest: Newest, world: World, control: ControlStage) -> LookingStage:
    def t_ns(mono_ns: int) -> int:
        return control.scribe.anchor.t_ns(mono_ns) if control.scribe.begun else 0

    return LookingStage(stream, newest, world.media, world.clock, lambda: control.state, t_ns)
