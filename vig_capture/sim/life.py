"""One run of the recorder in the simulator: the real stages, watched from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from vig_capture.core.model import Segment
from vig_capture.core.records import decode_all
from vig_capture.core.replay import SessionView, replay
from vig_capture.engine.build import Stages, build
from vig_capture.engine.capture import CameraStage, MicrophoneStage
from vig_capture.engine.events import Command, Event, Span
from vig_capture.engine.journal import next_journal
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.plan import Resumed, ends_of
from vig_capture.sim.disk import SimDisk
from vig_capture.sim.looker import Looker
from vig_capture.sim.media import content
from vig_capture.sim.room import Life, Room, SessionTruth, SpanSeen
from vig_capture.sim.world import Slot

STOP_NS = 4_000_000_000
"""As engine/recorder.py: so long after a stop the process leaves."""


class Running:
    """The stages of one life, in the scheduler's slots."""

    def __init__(self, room: Room, truth: SessionTruth, resumed: Resumed | None) -> None:
        self.room = room
        self.truth = truth
        self.life = Life(len(truth.lives) + 1)
        self.life.begun_ns, self.life.boot = room.clock.now_ns, room.clock.boot_id()
        truth.lives.append(self.life)
        self.inbox: Inbox[Event] = Inbox()
        self.stages: Stages = build(truth.plan, room.world(), self.inbox, resumed, 1000 + self.life.number)
        self.slots: dict[str, Slot] = {}
        self._leaving_since_ns: int | None = None
        self._watch()
        for stage in self.stages.all():
            next_ns = None
            if isinstance(stage, CameraStage):
                next_ns = stage._camera.next_ns  # type: ignore[attr-defined]
            elif isinstance(stage, MicrophoneStage):
                next_ns = stage._microphone.next_ns  # type: ignore[attr-defined]
            self.slots[stage.name] = room.scheduler.add(stage, next_ns)
        self.inbox.wake = self.stages.control.wake
        self.stages.connect_wakes()
        for name, camera in room.cameras.items():
            camera.shots = self.life.shots[name] = []
        for name, mic in room.mics.items():
            mic.heard = self.life.heard[name] = []
        shots = next(iter(self.life.shots.values()), [])
        if room.checker is not None:
            room.checker.watch(self.stages, shots)
        self._looker = Looker(room, self.stages, shots, Random(f"{room.seed} {len(room.sessions)} {self.life.number}"))

    def post(self, message: dict[str, Any], reply: Callable[[dict[str, Any]], None]) -> bool:
        """As the server hands a client's command over; False where too many are waiting."""
        return self.inbox.offer(Command(message, reply))

    def over(self) -> bool:
        """Has the process a reason to leave?"""
        control = self.stages.control
        if control.fatal is not None:
            return True
        if control.state not in ("stopping", "closed"):
            return False
        now_ns = self.room.clock.now_ns
        if self._leaving_since_ns is None:
            self._leaving_since_ns = now_ns
        # It lingers, closed, so that clients can still ask.
        return now_ns - self._leaving_since_ns > STOP_NS

    def finished(self) -> bool:
        control = self.stages.control
        return control.state == "closed" and control.journal_idle()

    def end(self, how: str) -> None:
        """The process is gone."""
        self._looker.leave()
        if self.room.checker is not None:
            self.room.checker.leave()
        self.life.end = how
        self.life.end_mono_ns = self.room.clock.now_ns
        self.life.well_ns = self.room.clock.elapsed_ns - self.room.struck_ns
        self.life.counters = self.stages.control._status.counters()
        scribe = self.stages.control.scribe
        if scribe.begun:
            self.life.anchor, self.life.run = scribe.anchor, scribe.run
        self.room.scheduler.drop_all()

    # --- watching ---------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        life, clock = self.life, self.room.clock
        for writer in self.stages.writers[:1]:
            begin, end = writer.begin, writer.end

            def begun(span: Span, begin: Any = begin) -> None:
                if life.spans and life.spans[-1].until_ns is None:
                    life.moves.append(clock.now_ns)
                else:
                    life.spans.append(SpanSeen(span.from_mono_ns))
                begin(span)

            def ended(mono_ns: int, end: Any = end) -> None:
                if life.spans and life.spans[-1].until_ns is None:
                    life.spans[-1].until_ns = mono_ns
                    life.spans[-1].until_at_ns = clock.now_ns
                end(mono_ns)

            _put(writer, "begin", begun)
            _put(writer, "end", ended)
        journal = self.stages.journal
        append, begin_folder = journal.append, journal.begin

        def appended(record: dict[str, Any], *rest: Any, **more: Any) -> None:
            life.records.append(record)
            append(record, *rest, **more)

        def entered(folder: Path, *rest: Any, **more: Any) -> None:
            if folder not in self.truth.folders:
                self.truth.folders.append(folder)
            life.folders_entered += 1
            begin_folder(folder, *rest, **more)

        _put(journal, "append", appended)
        _put(journal, "begin", entered)
        for lane, writer in self.stages.feeds:
            self._watch_lane(lane, writer.name)

    def _watch_lane(self, lane: Any, name: str) -> None:
        put = lane.put
        life = self.life

        def counted(item: Any, size: int, count: int = 1) -> bool:
            taken: bool = put(item, size, count)
            if not taken:
                life.dropped[name] = life.dropped.get(name, 0) + count
            return taken

        _put(lane, "put", counted)


def _put(thing: Any, name: str, value: Any) -> None:
    """Watch from outside: the product has no hook for it."""
    setattr(thing, name, value)


# --- reading what a run left behind: what archive/ and cli/assembly.py do on real disks -----------------------------


def journal_paths(disk: SimDisk, folder: Path) -> list[Path]:
    found = []
    for path in disk.files:
        if path.parent == folder and path.name.startswith("journal"):
            number = path.name.split(".")[1]
            found.append((int(number) if number.isdigit() else 1, path))
    return [path for _, path in sorted(found)]


def read_records(disk: SimDisk, folder: Path, durable: bool = False) -> list[dict[str, Any]]:
    """All records of a session, as archive/reader.py reads them. `durable`: only what a power cut would leave."""
    by_seq: dict[int, dict[str, Any]] = {}
    for path in journal_paths(disk, folder):
        data = disk.durable(path) if durable else bytes(disk.files[path].data)
        for record in decode_all(data).records:
            by_seq.setdefault(record["seq"], record)
    return [by_seq[seq] for seq in sorted(by_seq)]


def known_lives(disk: SimDisk, truth: SessionTruth) -> list[bool]:
    """For each life: has its first record reached the disk? One whose journal was refused to the end left nothing."""
    records = [record for folder in truth.folders for record in read_records(disk, folder) if record["kind"] == "run"]
    return [any(record in records for record in life.records if record["kind"] == "run") for life in truth.lives]


def unsaid_lives(disk: SimDisk, truth: SessionTruth) -> list[bool]:
    """For each life: has it died before its last change of state was on the disk? Then nobody knew what it filmed."""
    records = [record for folder in truth.folders for record in read_records(disk, folder) if record["kind"] == "state"]
    states = ([record for record in life.records if record["kind"] == "state"] for life in truth.lives)
    return [bool(said) and said[-1] not in records for said in states]


def resumed(disk: SimDisk, folder: Path, first: Path | None = None) -> Resumed | None:
    """What an earlier run left behind; None where not even a journal is there. `first`: the folder that this one
    continues on a second disk."""
    journals = journal_paths(disk, folder)
    view: SessionView = replay(read_records(disk, folder))
    if not journals:
        return None
    found, unsealed = _measured(disk, folder, view)
    before: list[Segment] = []
    elsewhere: list[tuple[Segment, Path]] = []
    if first is not None and view.previous:
        before, elsewhere = _measured(disk, first, replay(read_records(disk, first)))
    files = tuple(path.relative_to(folder).as_posix() for path in disk.files if path.parent.parent == folder)
    number = next_journal(path.name for path in journals)
    return Resumed(view, number, ends_of(before + found), unsealed, tuple(elsewhere), files)


def _measured(disk: SimDisk, folder: Path, view: SessionView) -> tuple[list[Segment], list[tuple[Segment, Path]]]:
    found: list[Segment] = []
    unsealed: list[tuple[Segment, Path]] = []
    for segment in view.segments:
        path = folder / segment.file
        if not segment.sha256 and path in disk.files:
            read = content(bytes(disk.files[path].data), segment.start_ns)
            samples = 0 if read.packets else len(read.samples)
            end_ns = max(read.end_ns, segment.start_ns)
            segment = replace(segment, end_ns=end_ns, frames=len(read.packets), samples=samples)
            unsealed.append((segment, path))
        found.append(segment)
    return found, unsealed
