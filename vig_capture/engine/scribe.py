"""The scribe: every record of the session is made here, applied to the view, and handed to the journal, in this order.

So the live state is by construction what a replay of the journal gives.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vig_capture.core.acts import ACTS, RECORDER
from vig_capture.core.model import Gap, Marker, Segment
from vig_capture.core.ports import Clock
from vig_capture.core.records import VERSION
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS, Anchor, continued
from vig_capture.engine.journal import JournalStage, Saved, journal_name
from vig_capture.engine.plan import Plan, Resumed

DEATH = "the recorder had stopped"
ABSENT_NS = 60 * SECOND_NS
"""A recorder that is back after so long was not started again by its command, but by somebody."""
CARRIED = (*ACTS, "sheet", "withdraw", "made", "limit", "gap")
"""What a disk that refuses has not saved goes into the next folder if it is one of these; the rest tells of the old."""

STRETCH_FIELDS = ("key", "label", "who", "utc", "look_back_s", "look_ahead_s", "private", "state", "uncertain")
"""Of a stretch that goes on in a second folder."""


class Scribe:
    """Writes the session's records. Used by control only."""

    def __init__(self, plan: Plan, clock: Clock, journal: JournalStage, resumed: Resumed | None, pid: int) -> None:
        self.plan = plan
        self.folder = plan.folder
        self.view = resumed.view if resumed else SessionView()
        self.anchor = self.view.anchor or Anchor(0, 0, "")
        self.run = self.view.run + 1
        self.begun = False
        self._clock = clock
        self._journal = journal
        self._resumed = resumed
        self._pid = pid
        self._seq = self.view.last_seq
        self._numbers: dict[str, int] = {}
        self._holes: dict[str, Gap] = {}
        named = [segment.file for segment in self.view.segments] + [still.file for still in self.view.stills.values()]
        for file in named + list(resumed.files if resumed else ()):
            self._count(file)

    # --- the beginning -----------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The session's first records; or, after a death of the recorder, those of its next run."""
        now_ns, utc_ns, boot_id = self._clock.mono_ns(), self._clock.utc_ns(), self._clock.boot_id()
        resumed = self._resumed
        self.begun = True
        if resumed is None or self.view.anchor is None:
            # New; or its recorder died before a first record was on the disk.
            self.anchor = Anchor(now_ns, utc_ns, boot_id)
            self._journal.begin(self.folder, resumed.next_journal if resumed else 1)
            self._session("")
            self._run(now_ns, utc_ns)
            self.record("limit", latest_end_ns=self.latest_end_ns)
            return
        last_t_ns = self.view.last_t_ns
        # The files may go further than the journal: after a reboot the run begins after both, whatever UTC says.
        reached_ns = last_t_ns if boot_id == self.anchor.boot_id else max([last_t_ns, *self._file_ends(resumed)])
        self.anchor = continued(self.anchor, reached_ns, now_ns, utc_ns, boot_id)
        self._journal.begin(self.folder, resumed.next_journal)
        self._run(now_ns, utc_ns)
        t_ns = self.anchor.t_ns(now_ns)
        if t_ns >= self.latest_end_ns and t_ns - last_t_ns > ABSENT_NS:
            # Somebody has come back and films on: the end that was meant for another day is over.
            self.record("limit", latest_end_ns=t_ns + self.plan.latest_end_ns)
        for gap in [gap for gap in self.view.gaps.values() if gap.end_ns is None]:
            # Sound alone may have been written for longer than the journal tells.
            self.gap(replace(gap, end_ns=max(gap.start_ns, last_t_ns, resumed.ends.get(gap.stream, 0))))
        self._lost_between(resumed)
        for stream, end_ns in self._ends(resumed, last_t_ns).items():
            hole = Gap(f"{stream}-{self.run}-death", stream, end_ns, None, 0, DEATH)
            if self.view.state == "paused":
                self._lost_before_pause(hole, resumed)
            else:
                self._holes[stream] = hole
                self.gap(hole)

    def reopen(self) -> None:
        """Go on writing of a film that is over: no run begins, and nothing is written before the first change.

        The clock is the present one's; after a reboot, or a wall clock that was set back, the time of a change is still
        not before that of what was written last."""
        resumed = self._resumed
        assert resumed is not None, "a film that is over has been read"
        now_ns, utc_ns, boot_id = self._clock.mono_ns(), self._clock.utc_ns(), self._clock.boot_id()
        self.anchor = continued(self.anchor, self.view.last_t_ns, now_ns, utc_ns, boot_id)
        self._journal.begin(self.folder, resumed.next_journal)
        self.begun = True

    @staticmethod
    def _file_ends(resumed: Resumed) -> list[int]:
        return [*resumed.ends.values(), *(segment.end_ns or 0 for segment, _ in resumed.unsealed)]

    def _ends(self, resumed: Resumed, last_t_ns: int) -> dict[str, int]:
        """Where each stream ends: at its first file's start where nothing of it is left, and where it never had a file,
        after its last gap or at the film's beginning. `last_t_ns`: up to where the journal told of the run before."""
        view = self.view
        ends: dict[str, int] = {}
        if view.segments or view.state == "recording":
            began_ns = min([segment.start_ns for segment in view.segments], default=last_t_ns)
            ends = dict.fromkeys(view.streams, began_ns)
        for gap in view.gaps.values():
            if gap.stream in ends:
                ends[gap.stream] = max(ends[gap.stream], gap.end_ns or gap.start_ns)
        for segment in reversed(view.segments):
            ends[segment.stream] = segment.start_ns
        return ends | resumed.ends

    def _lost_between(self, resumed: Resumed) -> None:
        """A segment that was closed before the death may have lost its last part all the same: a power cut takes what
        had not been brought to the disk."""
        view = self.view
        for place, segment in enumerate([segment for segment, _ in resumed.unsealed] + self._vanished(resumed)):
            stream, end_ns = segment.stream, segment.end_ns or segment.start_ns
            kind = segment.file.partition("/")[0]
            starts = [each.start_ns for each in view.segments if each.stream == stream and each.file.startswith(kind)]
            # (The film's sound has a lossless file of its own to give account.)
            if segment.file.endswith(".m4a") or max(starts, default=0) <= segment.start_ns:
                continue
            borders = starts + [gap.start_ns for gap in view.gaps.values() if gap.stream == stream]
            borders += [paused_ns for paused_ns, _ in view.pauses]
            until_ns = min(border_ns for border_ns in borders if border_ns > segment.start_ns)
            length_ns, count = end_ns - segment.start_ns, segment.frames or segment.samples
            per_ns = count / length_ns if length_ns > 0 else self._usual_per_ns(stream, kind)
            lost = round(per_ns * (until_ns - end_ns))
            if lost > 0 or (not count and until_ns > end_ns):
                self.gap(Gap(f"{stream}-{self.run}-{place}-death", stream, end_ns, until_ns, lost, DEATH))

    def _usual_per_ns(self, stream: str, kind: str) -> float:
        """Frames or samples of a nanosecond, as in the stream's other files of this kind."""
        whole = [each for each in self.view.segments if each.stream == stream and each.file.startswith(kind)]
        length_ns = sum(each.end_ns - each.start_ns for each in whole if each.end_ns is not None)
        return sum(each.frames or each.samples for each in whole) / length_ns if length_ns > 0 else 0.0

    def _vanished(self, resumed: Resumed) -> list[Segment]:
        """Segments whose very file a power cut has taken: nothing of them is left."""
        return [
            replace(segment, end_ns=segment.start_ns)
            for segment in self.view.segments
            if not segment.sha256 and segment.file not in resumed.files
        ]

    def _lost_before_pause(self, hole: Gap, resumed: Resumed) -> None:
        """The recorder died in a pause: what it had not yet brought to the disk is missing up to the pause."""
        # (The record of the pause itself may have been lost in a hole of the journal.)
        paused_ns, resumed_ns = self.view.pauses[-1] if self.view.pauses else (0, 0)
        if resumed_ns is not None:
            paused_ns = max(hole.start_ns, self.view.last_t_ns)
        # (A stream that has no file here yet tells its rate on the first disk.)
        found = [segment for segment, _ in resumed.unsealed] + self.view.segments
        found += [segment for segment, _ in resumed.elsewhere]
        for segment in found:
            count = segment.frames or segment.samples
            if segment.stream == hole.stream and segment.end_ns and segment.end_ns > segment.start_ns and count:
                lost = round(count * (paused_ns - hole.start_ns) / (segment.end_ns - segment.start_ns))
                if lost > 0:
                    self.gap(replace(hole, end_ns=paused_ns, lost=lost))
                return

    def move(self, folder: Path) -> SessionView:
        """Go on in a second session folder whose first record names this one; session time goes on. Returns the old
        view.

        A reader of the second folder alone must know what is still true: the sheet, the latest end, open gaps. A
        stretch that is open ends in the first folder and begins anew in the second, where it can be closed."""
        now_ns, latest_end_ns = self.now_t_ns(), self.latest_end_ns
        stretches = self.close_stretches(now_ns)
        old, previous = self.view, self.folder.name
        self.folder = folder
        self.view = SessionView()
        self._numbers = {}
        self._journal.begin(folder)
        self._session(previous)
        self._run(self._clock.mono_ns(), self._clock.utc_ns())
        self.record("limit", latest_end_ns=latest_end_ns)
        if old.sheet:
            self.record("sheet", fields=old.sheet)
        self.record("state", state=old.state)
        for gap in old.gaps.values():
            if gap.end_ns is None:
                self.gap(gap)
        for marker in stretches:
            fields = {name: getattr(marker, name) for name in STRETCH_FIELDS}
            self.record("marker", now_ns, id=self._act_id(), open=True, note="", **fields)
        return old

    @property
    def latest_end_ns(self) -> int:
        """Session time at which the film ends by itself: as planned, or as it was moved since. A further run is
        planned anew, and takes nothing away."""
        return max(self.plan.latest_end_ns, self.view.latest_end_ns or 0)

    def close_stretches(self, t_ns: int) -> list[Marker]:
        """The film is paused, ends, or moves, at this moment: what is open is closed. Returns what that is."""
        stretches = self.view.open_stretches()
        for marker in stretches:
            fields = {"until_ns": max(t_ns, marker.t_ns)}
            self.record("edit", t_ns, id=self._act_id(), of=marker.id, by=RECORDER, fields=fields)
        return stretches

    def _act_id(self) -> str:
        """An id for the next record that no act of this session has, in whatever run: the clients make theirs."""
        return f"r{self.run}-{self._seq + 1}"

    def _session(self, previous: str) -> None:
        plan = self.plan
        self.record(
            "session",
            id=self.folder.name,
            created_utc=utc_text(self._clock.utc_ns()),
            tool=plan.tool,
            previous=previous,
            vocabulary=plan.vocabulary.as_map(),
            profile=plan.profile,
            settings=plan.settings,
        )

    def _run(self, now_ns: int, utc_ns: int) -> None:
        anchor = self.anchor
        self.record(
            "run",
            run=self.run,
            mono_ns=now_ns,
            utc_ns=utc_ns,
            origin_mono_ns=anchor.origin_mono_ns,
            origin_utc_ns=anchor.origin_utc_ns,
            boot_id=anchor.boot_id,
            pid=self._pid,
        )
        for plan in self.plan.streams:
            stream = plan.stream
            self.record("stream", stream=stream.id, stream_kind=stream.kind, source=stream.source)

    # --- records -----------------------------------------------------------------------------------------------------

    def record(self, kind: str, t_ns: int | None = None, saved: Saved | None = None, /, **fields: Any) -> None:
        """Write a record about session time `t_ns`, by default now. Before the session's beginning nothing is
        written."""
        if not self.begun:
            return
        self._seq += 1
        if t_ns is None:
            t_ns = self.now_t_ns()
        record = {"v": VERSION, "kind": kind, "seq": self._seq, "t_ns": t_ns, **fields}
        self.view.apply(record)
        self._journal.append(record, saved, stays=kind not in CARRIED)

    def after(self, saved: Saved) -> None:
        """Call back once everything written so far is on the disk."""
        self._journal.after(saved)

    def now_t_ns(self) -> int:
        return self.anchor.t_ns(self._clock.mono_ns())

    def device(self, stream: str, state: str, mode: str = "", reason: str = "") -> None:
        self.record("device", stream=stream, state=state, mode=mode, reason=reason)

    def gap(self, gap: Gap) -> None:
        self.record(
            "gap",
            gap.start_ns,
            id=gap.id,
            stream=gap.stream,
            start_ns=gap.start_ns,
            end_ns=gap.end_ns,
            lost=gap.lost,
            cause=gap.cause,
        )

    def segment_opened(self, segment: Segment, per_second: float) -> None:
        """`per_second`: frames or samples, to say how many a hole before it holds."""
        self._count(segment.file)
        hole = self._holes.pop(segment.stream, None)
        if hole is not None:
            end_ns = max(segment.start_ns, hole.start_ns)
            lost = round((end_ns - hole.start_ns) * per_second / SECOND_NS)
            self.gap(replace(hole, end_ns=end_ns, lost=lost))
        self.record(
            "segment",
            segment.start_ns,
            stream=segment.stream,
            file=segment.file,
            phase="open",
            start_ns=segment.start_ns,
            sound=segment.sound,
        )

    def segment_closed(self, segment: Segment) -> None:
        self.record(
            "segment",
            segment.end_ns,
            stream=segment.stream,
            file=segment.file,
            phase="closed",
            start_ns=segment.start_ns,
            end_ns=segment.end_ns,
            frames=segment.frames,
            samples=segment.samples,
            size_bytes=segment.size_bytes,
            sha256=segment.sha256,
        )

    def clock_point(self, streams: dict[str, Any]) -> None:
        now_ns = self._clock.mono_ns()
        self.record("clock", self.anchor.t_ns(now_ns), mono_ns=now_ns, utc_ns=self._clock.utc_ns(), streams=streams)

    def journal_is_further(self, file: str) -> bool:
        """Is it another file than the one with which this run began?"""
        first = self._resumed.next_journal if self._resumed and self.folder == self.plan.folder else 1
        return file != journal_name(first)

    def next_number(self, kind: str, stream: str) -> int:
        """Number of the next file of a stream."""
        return self._numbers.get(f"{kind}/{stream}", 0) + 1

    def next_still(self) -> int:
        """Number of the next still picture. Each is given once: one that is not taken leaves a hole."""
        number = self._numbers["stills"] = self._numbers.get("stills", 0) + 1
        return number

    def _count(self, file: str) -> None:
        name, _, number = file.rpartition("/" if file.startswith("stills/") else "-")
        digits = number.partition(".")[0]
        if digits.isdigit():
            self._numbers[name] = max(self._numbers.get(name, 0), int(digits))


def utc_text(utc_ns: int) -> str:
    """ISO 8601 with milliseconds."""
    return datetime.fromtimestamp(utc_ns / SECOND_NS, UTC).isoformat(timespec="milliseconds")
