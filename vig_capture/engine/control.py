"""Control: owns the session's state, decides by the table, answers clients.

It waits for its inbox and for nothing else; it never touches a frame or the disk. Everything it knows of the session
is the view that replays the scribe's records, so a reader of the journal knows the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from vig_capture.core import session
from vig_capture.core.errors import StorageError, UserError, VigError
from vig_capture.core.model import Segment
from vig_capture.core.ports import Clock
from vig_capture.core.session import State
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.engine import events
from vig_capture.engine.desk import Desk
from vig_capture.engine.device_news import FILM_ENDED, DeviceNews
from vig_capture.engine.disk_watch import DiskWatch
from vig_capture.engine.events import Command, Event, SegmentClosed, Span
from vig_capture.engine.journal import JournalStage
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.looking import NEVER_NS
from vig_capture.engine.plan import LATEST_END, SECOND, Plan, Resumed
from vig_capture.engine.quality import QualityTrack
from vig_capture.engine.scribe import DEATH, Scribe
from vig_capture.engine.stage import Stage
from vig_capture.engine.status import Status
from vig_capture.engine.stills import StillStage
from vig_capture.engine.syncing import SyncStage
from vig_capture.engine.writer import Writer

ARM_NS = 3 * SECOND_NS
"""What is live after this long is recorded; the rest is reported as lost."""
CLOCK_POINT_NS = 10 * SECOND_NS
TIME_OVER = "the time asked for is over"
DISK_REFUSED = "the disk refused to write"


class Audience(Protocol):
    """Whoever watches: asked before a snapshot is made, so that nobody's watching costs nothing."""

    def waits(self, mono_ns: int) -> bool:
        """Is it time for a snapshot?"""

    def show(self, snapshot: dict[str, Any]) -> None:
        """Send it to all. Never blocks."""


class ControlStage(Stage):
    """The recorder's one decider."""

    name = "control"

    def __init__(
        self,
        plan: Plan,
        clock: Clock,
        inbox: Inbox[Event],
        scribe: Scribe,
        journal: JournalStage,
        sync: SyncStage,
        writers: list[Writer],
        status: Status,
        resumed: Resumed | None = None,
        stills: StillStage | None = None,
    ) -> None:
        super().__init__()
        self.plan = plan
        self.scribe = scribe
        self.state: State = "idle"
        self.fatal: VigError | None = None
        """Why nothing can be recorded at all: the command is told, and nothing was started."""
        self.left: dict[str, Any] | None = None
        """Nothing is to be filmed with these devices: empty, or what is wished instead of them."""
        self.public_ns = NEVER_NS if resumed is not None and resumed.view.state == "paused" else 0
        """What was captured earlier is nobody's business: it was in a pause, or before one. In a pause NEVER_NS."""
        self._first_loss: VigError | None = None
        self.disk_watch = DiskWatch(plan.warn_minutes)
        self._clock = clock
        self._inbox = inbox
        self._journal = journal
        self._sync = sync
        self._writers = writers
        self._status = status
        self._audience: Audience | None = None
        self._resumed = resumed
        self._devices = DeviceNews(scribe, status, self.disk_watch)
        self._quality = QualityTrack(scribe, status)
        self._desk = Desk(self, clock, scribe, status, plan.vocabulary, stills)
        self._born_ns = clock.mono_ns()
        sync.expect(scribe.folder)
        self._armed_ns = 0
        self._clock_point_ns = 0
        self._stop_at_ns: int | None = None
        """Session time at which the film is over by itself."""
        self._waiting: set[str] = set()
        """Writers that have been asked to finish and have not answered."""
        self._unsealed: set[str] = set()
        self._folder_ready = False
        """The session's folder is there, and the journal writes in it."""
        self._begin_when_ready = False
        self._fell_back = resumed is not None and bool(resumed.view.previous)
        """The film is in its second folder already."""
        self._changed = False
        """Shown at once, above all the end: there may be no later snapshot."""
        self._reason = "stopped by the guider"

    # --- the loop ----------------------------------------------------------------------------------------------------

    def step(self) -> bool:
        event = self._inbox.get()
        if event is not None:
            self._on(event)
        now_ns = self._clock.mono_ns()
        self._tick(now_ns)
        if self._audience is not None and (self._changed or self._audience.waits(now_ns)):
            self._changed = False
            self._audience.show(self.snapshot())
        return event is not None

    def attend(self, audience: Audience) -> None:
        """Show snapshots to whoever watches."""
        self._audience = audience

    def journal_idle(self) -> bool:
        """Is every record on the disk?"""
        return self._journal.idle()

    def give_up(self, left: str) -> None:
        """The process leaves before everything is finished: tell those who wait for the end."""
        why, do = f"Not yet on the disk: {left}.", "Run: vig-capture recover"
        self._desk.answer_stops(VigError("The film could not be finished in time.", why, do), {})

    def snapshot(self) -> dict[str, Any]:
        """All that a client may show now."""
        minutes = self.disk_watch.minutes_left
        return self._status.snapshot(self.state, self.scribe, self._clock.mono_ns(), minutes)

    def leave(self, wished: dict[str, Any]) -> None:
        """Leave the devices without a film; `wished`: the request for others, empty where nothing is to be filmed."""
        self.left = wished

    def unfinished(self) -> list[str]:
        """What a process that cannot wait any longer leaves unfinished."""
        return sorted(self._waiting | self._unsealed)

    def _tick(self, now_ns: int) -> None:
        if self.state == "idle":
            if self.plan.start_at_once and not self.fatal and self._settled(now_ns):
                if self.plan.refuse_without_device and not self._resumed and self._status.all_lost():
                    self.fatal = self._first_loss
                else:
                    self.start()
            return
        self._desk.tick(now_ns)
        self._quality.tick(self.state, now_ns)
        t_ns = self.scribe.anchor.t_ns(now_ns)
        if self.state == "arming":
            self._maybe_ready(now_ns)
        elif self.state in ("recording", "paused"):
            if t_ns >= self.scribe.latest_end_ns:
                self.stop(now_ns, LATEST_END)
            elif self._stop_at_ns is not None and t_ns >= self._stop_at_ns:
                self.stop(self.scribe.anchor.mono_ns(self._stop_at_ns), TIME_OVER)
        if self.state != "closed" and now_ns - self._clock_point_ns >= CLOCK_POINT_NS:
            self._clock_point_ns = now_ns
            self.scribe.clock_point(self._status.counters())

    # --- events ------------------------------------------------------------------------------------------------------

    def _on(self, event: Event) -> None:
        match event:
            case Command() | events.StillTaken() | events.StillRefused():
                self._desk.take(event)
            case events.SegmentOpened(segment, folder):
                if folder == self.scribe.folder:
                    self._opened(segment)
            case SegmentClosed(segment, path):
                if path.parent.parent == self.scribe.folder:
                    self._unsealed.add(segment.file)
                self._sync.seal(event)
            case events.SegmentSealed(segment, folder):
                # Of a folder that the film has left nothing can be written down any more.
                if folder == self.scribe.folder:
                    self._unsealed.discard(segment.file)
                    self.scribe.segment_closed(segment)
                    self._maybe_finished()
            case events.GapSeen(gap):
                self.scribe.gap(gap)
                if gap.end_ns is not None and gap.lost:
                    self._status.lost(gap)
            case events.Warned(_, what, why, do):
                self._warn(what, why, do)
            case events.WriteFailed(_, error, folder):
                self._trouble(error, folder)
            case events.SyncFailed(error, folder):
                self._unsafe("sync", error, folder)
            case events.SyncWorks(folder):
                if folder == self.scribe.folder:
                    self._status.clear("sync")
            case events.RoomLeft(_, _, folder):
                # (A disk that the film has left may be as full as it likes.)
                if folder == self.scribe.folder:
                    self._room(event)
            case events.JournalFailed(error, folder):
                self._unsafe("journal", error, folder)
            case events.JournalWrites(file, folder):
                if folder == self.scribe.folder:
                    self._journal_writes(file)
            case events.WriterFinished(writer):
                self._waiting.discard(writer)
                self._maybe_finished()
            case _:
                self._device(event)

    def _device(self, event: Event) -> None:
        self._devices.take(event)
        if isinstance(event, events.DeviceLost):
            self._first_loss = self._first_loss or event.error
            if self.state == "idle" and self.plan.start_at_once and isinstance(event.error, UserError):
                self.fatal = event.error
        elif isinstance(event, events.FilmEnded):
            running = self.state not in ("idle", "stopping", "closed")
            if running and event.stream == self.plan.leading_stream():
                self.stop(self._clock.mono_ns(), FILM_ENDED)

    def _opened(self, segment: Segment) -> None:
        self.scribe.segment_opened(segment, self._status.rate(segment.stream))
        self._count_from(segment)

    def _count_from(self, segment: Segment) -> None:
        """The time asked for is counted from the first picture; without a camera from the first sound."""
        after_ns = self.plan.stop_after_ns
        if after_ns is None or self._stop_at_ns is not None or segment.stream != self.plan.leading_stream():
            return
        if segment.file.endswith(".mp4") or not self.plan.cameras():
            # A little less: the picture that begins the next second is not asked for any more.
            self._stop_at_ns = segment.start_ns + after_ns - MS_NS

    def _journal_writes(self, file: str) -> None:
        """Its folder is there now, so that films can be made in it."""
        self._status.clear("journal")
        if not self._folder_ready:
            # Not before it is there: a folder that is not found is a disk that was unplugged.
            self._sync.begin(self.scribe.folder)
        self._folder_ready = True
        if self._begin_when_ready:
            self._begin_writers(self._clock.mono_ns())
        if self.scribe.journal_is_further(file):
            self._warn("The marker log goes on in a further file.", f"It is {file}.", "Nothing is lost.")

    # --- the states --------------------------------------------------------------------------------------------------

    def _settled(self, now_ns: int) -> bool:
        # A further run of a session goes on at once: what was pressed meanwhile must find a session to be written into.
        return self._resumed is not None or self._status.all_settled() or now_ns - self._born_ns >= ARM_NS

    def start(self) -> None:
        """idle → arming: the session's first record is written."""
        now_ns = self._clock.mono_ns()
        was_paused = self.scribe.view.state == "paused"
        self.scribe.begin()
        self.disk_watch.moved()
        self._status.clear("disk")
        self._armed_ns = self._clock_point_ns = now_ns
        if self._folder_there():
            self._sync.begin(self.scribe.folder)
        self._desk.remember(self.scribe.view)
        self._status.tell_devices(self.scribe)
        for segment in self.scribe.view.segments:
            self._count_from(segment)
        for segment, path in self._resumed.unsealed if self._resumed else []:
            self._unsealed.add(segment.file)
            self._sync.seal(SegmentClosed(segment, path))
        for segment, path in self._resumed.elsewhere if self._resumed else []:
            self._sync.seal(SegmentClosed(segment, path))
        self._set_state("arming")
        if was_paused:
            # What was private before the recorder died stays private after it.
            self.pause(now_ns)
        else:
            self._maybe_ready(now_ns)

    def _maybe_ready(self, now_ns: int) -> None:
        waited = now_ns - self._armed_ns >= ARM_NS
        if not self._folder_there():
            return
        # A further run of a session films whatever comes first: each stream's gap ends where its own first file begins.
        if self._resumed or self._status.all_live() or (waited and self._status.any_live()):
            self._begin_writers(now_ns)
            self._set_state(session.rule("arming", "ready").next)
            if not self.plan.streams and self.plan.stop_after_ns is not None and self._stop_at_ns is None:
                # Nothing but markers: the time asked for is counted from here.
                self._stop_at_ns = self.scribe.anchor.t_ns(now_ns) + self.plan.stop_after_ns

    def _begin_writers(self, from_mono_ns: int) -> None:
        self._begin_when_ready = False
        scribe = self.scribe
        for writer in self._writers:
            number = scribe.next_number(writer.files.kind, writer.stream)
            dead = any(
                gap.stream == writer.stream and gap.end_ns is None and gap.cause == DEATH
                for gap in scribe.view.gaps.values()
            )
            writer.begin(Span(scribe.folder, scribe.anchor, from_mono_ns, scribe.run, number, dead))

    def _folder_there(self) -> bool:
        # The folder of an earlier run is there even while the journal refuses.
        return self._folder_ready or (self._resumed is not None and self.scribe.folder == self.plan.folder)

    def _end_writers(self, mono_ns: int) -> None:
        self._begin_when_ready = False
        for writer in self._writers:
            self._waiting.add(writer.name)
            writer.end(mono_ns)

    def _set_state(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._changed = True
            self.scribe.record("state", state=state)

    def pause(self, mono_ns: int) -> None:
        """Write nothing that is captured after this moment."""
        self.public_ns = NEVER_NS
        was, t_ns = self.state, self.scribe.anchor.t_ns(mono_ns)
        self.scribe.close_stretches(t_ns)
        self.scribe.record("pause", t_ns)
        self._set_state("paused")
        if was == "recording":
            self._end_writers(mono_ns)

    def resume(self, mono_ns: int) -> None:
        """Film again from this moment on."""
        self.public_ns = mono_ns
        self.scribe.record("resume", self.scribe.anchor.t_ns(mono_ns))
        if self._folder_there():
            self._begin_writers(mono_ns)
        else:
            self._begin_when_ready = True
        self._set_state("recording")

    def stop(self, mono_ns: int, reason: str) -> None:
        """End the film with this moment, as far as the table allows it."""
        rule = session.rule(self.state, "stop")
        if rule.effect not in ("close", "finish"):
            return
        self._reason = reason or self._reason
        self.scribe.close_stretches(self.scribe.anchor.t_ns(mono_ns))
        if rule.effect == "close" and not self._unsealed:
            self._close()
            return
        self._end_writers(mono_ns)
        self._set_state("stopping")
        self._maybe_finished()

    def _maybe_finished(self) -> None:
        if self.state == "stopping" and not self._waiting and not self._unsealed:
            self._close()

    def _close(self) -> None:
        self.scribe.clock_point(self._status.counters())
        self._set_state("closed")
        result = {"state": "closed", "folder": str(self.scribe.folder)}

        def saved(error: StorageError | None) -> None:
            self._desk.answer_stops(error, result)

        self.scribe.record("closed", None, saved, reason=self._reason)

    # --- trouble -----------------------------------------------------------------------------------------------------

    def _trouble(self, error: StorageError, folder: Path) -> None:
        """The disk refused, or has no room left."""
        if folder != self.scribe.folder:
            # The last words of a disk that the film has left already.
            return
        self._status.trouble("disk", error)
        self._warn(error.what, error.why, error.do)
        if session.rule(self.state, "trouble").effect != "fall_back":
            return
        if self.plan.fallback is None or self._fell_back:
            self.stop(self._clock.mono_ns(), DISK_REFUSED)
            return
        self._fell_back = True
        self._unsealed.clear()
        self.scribe.move(self.plan.fallback / f"{self.scribe.folder.name}{SECOND}")
        self.disk_watch.moved()
        self._folder_ready, self._begin_when_ready = False, True
        why = f"It is {self.scribe.folder}."
        self._warn("The film goes on in the second folder.", why, "Look at the first disk after the film.")

    def _unsafe(self, name: str, error: StorageError, folder: Path) -> None:
        """Film or markers do not reach the disk. A second folder is the cure; without one it is tried again."""
        if self.plan.fallback is not None and not self._fell_back:
            self._trouble(error, folder)
        elif folder == self.scribe.folder and not self._status.is_trouble(name, error):
            self._status.trouble(name, error)
            self._warn(error.what, error.why, error.do)

    def _room(self, room: events.RoomLeft) -> None:
        if self.state == "idle":
            short = self.disk_watch.ahead(room)
            if short is None:
                self._status.clear("disk")
            else:
                self._status.trouble("disk", StorageError(short.what, short.why, short.do))
            return
        warning = self.disk_watch.observe(room, self.scribe.view.recorded_ns(self.scribe.now_t_ns()))
        if warning is None:
            return
        if self.disk_watch.critical:
            self._trouble(StorageError(warning.what, warning.why, warning.do), self.scribe.folder)
        else:
            self._warn(warning.what, warning.why, warning.do)

    def _warn(self, what: str, why: str = "", do: str = "") -> None:
        self.scribe.record("warning", what=what, why=why, do=do)
        self._status.notice(what, why, do)
