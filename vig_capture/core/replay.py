"""What a session's records say: the one reading of a journal.

Rule 1: the recorder applies each record that it writes to its own view, so replaying the journal gives the live state.
Rule 2: an act (marker, extend, edit, note, star, goal, undo) is in force unless an undo in force takes it back; a redo
is the undo of an undo. Undoing any act leaves the markers as they would be had it never been made.
Rule 3: a record costs the same however long the session is: only the marker that an act names is derived anew.
Rule 4: a record that names what a damaged journal lost has no effect; it never fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from vig_capture.core.model import ClockPoint, Gap, Marker, Segment, Stream, StreamKind
from vig_capture.core.time import Anchor

CHANGES = ("extend", "edit", "note", "star", "goal")
"""The acts that change a marker."""
EDITABLE = frozenset(item.name for item in fields(Marker)) - {"id", "utc", "state"}
"""What an edit may set."""


@dataclass(slots=True)
class Act:
    """Something that the guider did and may take back."""

    id: str
    kind: str
    of: str
    """For a change its marker, for an undo the act that it takes back, for a marker itself; "" where that is lost."""
    record: dict[str, Any]
    undone_by: int = 0
    """How many undos in force take it back."""

    @property
    def live(self) -> bool:
        return self.undone_by == 0


@dataclass(slots=True)
class Device:
    """The last that was said of a stream's device."""

    state: str
    mode: str
    reason: str
    t_ns: int


@dataclass(slots=True)
class SessionView:
    """A session as its records tell it. Markers stand in the order of their presses."""

    id: str = ""
    state: str = ""
    created_utc: str = ""
    tool: str = ""
    previous: str = ""
    vocabulary: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    profile: str = ""
    anchor: Anchor | None = None
    run: int = 0
    last_seq: int = 0
    last_t_ns: int = 0
    streams: dict[str, Stream] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    segments: list[Segment] = field(default_factory=list)
    gaps: dict[str, Gap] = field(default_factory=dict)
    markers: dict[str, Marker] = field(default_factory=dict)
    clock: list[ClockPoint] = field(default_factory=list)
    acts: dict[str, Act] = field(default_factory=dict)
    pauses: list[tuple[int, int | None]] = field(default_factory=list)
    """Start and end of each pause; None while it lasts."""
    findings: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    """Records of kinds that this version does not know."""
    closed: bool = False
    reason: str = ""
    """Why it was closed."""
    _files: dict[str, Segment] = field(default_factory=dict)
    _changes: dict[str, list[Act]] = field(default_factory=dict)
    _done: dict[str, None] = field(default_factory=dict)
    _undone: dict[str, None] = field(default_factory=dict)
    _recorded_ns: int = 0
    _recording_since_ns: int | None = None

    def apply(self, record: Mapping[str, Any]) -> None:
        """Take in the next record."""
        kind = str(record["kind"])
        t_ns = int(record.get("t_ns") or 0)
        if kind == "run":
            self._leave_out_hole(t_ns)
        self.last_seq = max(self.last_seq, int(record["seq"]))
        self.last_t_ns = max(self.last_t_ns, t_ns)
        if kind in CHANGES or kind in ("marker", "undo"):
            self._act(kind, record)
            return
        reader = _READERS.get(kind)
        if reader is None:
            self.unknown.append(dict(record))
        else:
            reader(self, record, t_ns)

    def recorded_ns(self, until_ns: int) -> int:
        """Time spent in the state recording up to session time `until_ns` (not before the last change of state)."""
        if self._recording_since_ns is None:
            return self._recorded_ns
        return self._recorded_ns + max(0, until_ns - self._recording_since_ns)

    def last_act(self) -> str | None:
        """Id of the act that the next undo takes back: the last one in force whose marker is there."""
        return next((act for act in reversed(self._done) if self.acts[act].of in self.markers), None)

    def last_undone(self) -> str | None:
        """Id of the undo that the next redo takes back; None after a new act."""
        return next(reversed(self._undone), None)

    def _act(self, kind: str, record: Mapping[str, Any]) -> None:
        act_id = str(record.get("id") or record["seq"])
        if act_id in self.acts:
            return
        of = act_id if kind == "marker" else str(record.get("of", ""))
        if kind != "marker" and of not in self.acts:
            of = ""  # lost in a hole of the journal
        act = self.acts[act_id] = Act(act_id, kind, of, dict(record))
        if kind == "undo":
            self._set_undone(act, True)
            if self._takes_back_a_deed(act):
                self._undone[act_id] = None
            return
        self._undone.clear()
        self._done[act_id] = None
        if kind == "marker":
            self.markers[act_id] = _new_marker(act.record)
            return
        self._changes.setdefault(act.of, []).append(act)
        if act.of in self.markers:
            _change(self.markers[act.of], act)

    def _takes_back_a_deed(self, undo: Act) -> bool:
        return undo.of in self.acts and self.acts[undo.of].kind != "undo"

    def _set_undone(self, undo: Act, on: bool) -> None:
        """Let an undo come into force, or out of it, and follow the chain of undos of undos."""
        while (target := self.acts.get(undo.of)) is not None:
            was_live = target.live
            target.undone_by += 1 if on else -1
            if target.live == was_live:
                return
            if target.kind != "undo":
                self._turned(target)
                return
            if self._takes_back_a_deed(target):
                _put(self._undone, target.id, target.live)
            undo, on = target, target.live

    def _turned(self, act: Act) -> None:
        """An act came into force again, or out of it."""
        _put(self._done, act.id, act.live)
        marker_act = self.acts.get(act.of)
        if marker_act is None or marker_act.kind != "marker":
            return
        if not marker_act.live:
            self.markers.pop(act.of, None)
            return
        is_last = not self.markers or self._seq(act.of) >= self._seq(next(reversed(self.markers)))
        marker = _new_marker(marker_act.record)
        for change in self._changes.get(act.of, ()):
            if change.live:
                _change(marker, change)
        is_back = act.of not in self.markers
        self.markers[act.of] = marker
        if is_back and not is_last:
            self.markers = dict(sorted(self.markers.items(), key=lambda item: self._seq(item[0])))

    def _seq(self, marker: str) -> int:
        return int(self.acts[marker].record["seq"])

    def _leave_out_hole(self, t_ns: int) -> None:
        """Between a recorder's death and its next run nothing was recorded."""
        if self._recording_since_ns is not None:
            self._recorded_ns += max(0, self.last_t_ns - self._recording_since_ns)
            self._recording_since_ns = t_ns

    def _read_session(self, record: Mapping[str, Any], _t_ns: int) -> None:
        self.id = str(record.get("id", ""))
        self.created_utc = str(record.get("created_utc", ""))
        self.tool = str(record.get("tool", ""))
        self.previous = str(record.get("previous") or "")
        self.vocabulary = dict(record.get("vocabulary") or {})
        self.settings = dict(record.get("settings") or {})
        self.profile = str(record.get("profile") or "")

    def _read_run(self, record: Mapping[str, Any], _t_ns: int) -> None:
        self.run = int(record.get("run", self.run + 1))
        self.closed = False
        self.reason = ""
        if "origin_mono_ns" in record:
            origin_utc_ns, boot_id = int(record.get("origin_utc_ns", 0)), str(record.get("boot_id", ""))
            self.anchor = Anchor(int(record["origin_mono_ns"]), origin_utc_ns, boot_id)

    def _read_stream(self, record: Mapping[str, Any], _t_ns: int) -> None:
        stream = str(record.get("stream", ""))
        kind: StreamKind = "audio" if record.get("stream_kind") == "audio" else "video"
        self.streams[stream] = Stream(stream, kind, str(record.get("source", "")))

    def _read_device(self, record: Mapping[str, Any], t_ns: int) -> None:
        state, mode, reason = (str(record.get(name) or "") for name in ("state", "mode", "reason"))
        self.devices[str(record.get("stream", ""))] = Device(state, mode, reason, t_ns)

    def _read_segment(self, record: Mapping[str, Any], t_ns: int) -> None:
        file = str(record.get("file", ""))
        segment = self._files.get(file)
        if segment is None:
            segment = Segment(str(record.get("stream", "")), file, int(record.get("start_ns", t_ns)))
            self._files[file] = segment
            self.segments.append(segment)
        segment.start_ns = int(record.get("start_ns", segment.start_ns))
        segment.sound = str(record.get("sound") or segment.sound)
        if record.get("phase") == "closed":
            segment.end_ns = int(record.get("end_ns", t_ns))
            segment.frames = int(record.get("frames") or 0)
            segment.samples = int(record.get("samples") or 0)
            segment.size_bytes = int(record.get("size_bytes") or 0)
            segment.sha256 = str(record.get("sha256") or "")

    def _read_gap(self, record: Mapping[str, Any], t_ns: int) -> None:
        end_ns = record.get("end_ns")
        gap = str(record.get("id", ""))
        self.gaps[gap] = Gap(
            id=gap,
            stream=str(record.get("stream", "")),
            start_ns=int(record.get("start_ns", t_ns)),
            end_ns=None if end_ns is None else int(end_ns),
            lost=int(record.get("lost") or 0),
            cause=str(record.get("cause", "")),
        )

    def _read_clock(self, record: Mapping[str, Any], t_ns: int) -> None:
        point = ClockPoint(
            t_ns, int(record.get("mono_ns", 0)), int(record.get("utc_ns", 0)), dict(record.get("streams") or {})
        )
        self.clock.append(point)

    def _read_pause(self, _record: Mapping[str, Any], t_ns: int) -> None:
        self.pauses.append((t_ns, None))

    def _read_resume(self, _record: Mapping[str, Any], t_ns: int) -> None:
        if self.pauses and self.pauses[-1][1] is None:
            self.pauses[-1] = (self.pauses[-1][0], t_ns)

    def _read_finding(self, record: Mapping[str, Any], _t_ns: int) -> None:
        self.findings.append(dict(record))

    def _read_warning(self, record: Mapping[str, Any], _t_ns: int) -> None:
        self.warnings.append(dict(record))

    def _read_state(self, record: Mapping[str, Any], t_ns: int) -> None:
        self.state = str(record.get("state", ""))
        self.closed = self.state == "closed"
        if self.state in ("stopping", "closed"):
            self._read_resume({}, t_ns)
        if self.state != "recording":
            self._recorded_ns = self.recorded_ns(t_ns)
            self._recording_since_ns = None
        elif self._recording_since_ns is None:
            self._recording_since_ns = t_ns

    def _read_closed(self, record: Mapping[str, Any], t_ns: int) -> None:
        self._read_state({"state": "closed"}, t_ns)
        self.reason = str(record.get("reason", ""))


_READERS = {
    "session": SessionView._read_session,
    "run": SessionView._read_run,
    "stream": SessionView._read_stream,
    "device": SessionView._read_device,
    "segment": SessionView._read_segment,
    "gap": SessionView._read_gap,
    "clock": SessionView._read_clock,
    "pause": SessionView._read_pause,
    "resume": SessionView._read_resume,
    "finding": SessionView._read_finding,
    "warning": SessionView._read_warning,
    "state": SessionView._read_state,
    "closed": SessionView._read_closed,
}


def replay(records: Iterable[Mapping[str, Any]]) -> SessionView:
    """The session that these records tell of."""
    view = SessionView()
    for record in records:
        view.apply(record)
    return view


def _new_marker(record: Mapping[str, Any]) -> Marker:
    return Marker(
        id=str(record.get("id", "")),
        key=str(record.get("key", "")),
        label=str(record.get("label", "")),
        who="other" if record.get("who") == "other" else "self",
        t_ns=int(record.get("t_ns") or 0),
        utc=str(record.get("utc", "")),
        note=str(record.get("note") or ""),
        private=bool(record.get("private", False)),
        look_back_s=float(record.get("look_back_s", 15.0)),
        look_ahead_s=float(record.get("look_ahead_s", 5.0)),
        state=str(record.get("state", "recording")),
        uncertain=bool(record.get("uncertain", False)),
    )


def _change(marker: Marker, act: Act) -> None:
    """Let a change take effect on its marker."""
    record = act.record
    match act.kind:
        case "extend":
            marker.extended_ns = int(record.get("t_ns") or 0)
        case "note":
            marker.note = str(record.get("text", ""))
        case "star":
            marker.star = bool(record.get("on", True))
        case "goal":
            marker.goal = str(record.get("goal", ""))
        case "edit":
            for name, value in dict(record.get("fields") or {}).items():
                if name in EDITABLE:
                    setattr(marker, name, value)


def _put(acts: dict[str, None], act: str, present: bool) -> None:
    """Put an act's id behind all others, or take it away."""
    acts.pop(act, None)
    if present:
        acts[act] = None
