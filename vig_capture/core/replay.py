"""What a session's records say: the one reading of a journal.

Rule 1: the recorder applies each record that it writes to its own view, so replaying the journal gives the live state.
Rule 2: what the guider did and took back follows the rules of core/acts.py.
Rule 3: a record costs the same however long the session is.
Rule 4: a record that names what a damaged journal lost has no effect; it never fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vig_capture.core.acts import ACTS, Acts
from vig_capture.core.consent import Made, Withdrawal, withdrawn_from
from vig_capture.core.model import ClockPoint, Gap, Quality, Segment, Still, Stream, StreamKind
from vig_capture.core.time import Anchor


@dataclass(slots=True)
class Device:
    """The last that was said of a stream's device."""

    state: str
    mode: str
    reason: str
    t_ns: int


@dataclass(slots=True)
class SessionView(Acts):
    """A session as its records tell it."""

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
    stills: dict[str, Still] = field(default_factory=dict)
    """By the id of the press, in the order in which they were written."""
    clock: list[ClockPoint] = field(default_factory=list)
    sheet: dict[str, Any] = field(default_factory=dict)
    """The session sheet, as it stands."""
    withdrawals: list[Withdrawal] = field(default_factory=list)
    """In the order in which they were recorded; what stands now is in the sheet (core/consent.py)."""
    made: list[Made] = field(default_factory=list)
    """What was made of the film for a purpose: not told by the session's own records (archive/reader.py)."""
    latest_end_ns: int | None = None
    """Session time at which the film ends by itself, as far as it was said."""
    commands: set[str] = field(default_factory=set)
    """Ids of what was said of the sheet and of the latest end: sent again it changes nothing."""
    pauses: list[tuple[int, int | None]] = field(default_factory=list)
    """Start and end of each pause; None while it lasts."""
    quality_track: list[Quality] = field(default_factory=list)
    """What the checks said of picture and sound, each change."""
    quality: dict[str, Quality] = field(default_factory=dict)
    """The last of each check in this run; of a pause it says nothing."""
    warnings: list[dict[str, Any]] = field(default_factory=list)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    """Records of kinds that this version does not know."""
    closed: bool = False
    reason: str = ""
    """Why it was closed."""
    _files: dict[str, Segment] = field(default_factory=dict)
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
        if kind in ACTS:
            self.act(kind, record)
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

    @property
    def recording_since_ns(self) -> int | None:
        """Session time at which the state became recording; None while it is another."""
        return self._recording_since_ns

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
        self.quality.clear()
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

    def _read_still(self, record: Mapping[str, Any], t_ns: int) -> None:
        still = str(record.get("id") or record["seq"])
        stream, file, sha256 = (str(record.get(name) or "") for name in ("stream", "file", "sha256"))
        self.stills[still] = Still(still, stream, file, t_ns, sha256, int(record.get("size_bytes") or 0))

    def _read_sheet(self, record: Mapping[str, Any], _t_ns: int) -> None:
        self.sheet |= dict(record.get("fields") or {})
        self._read_command(record)

    def _read_withdraw(self, record: Mapping[str, Any], _t_ns: int) -> None:
        withdrawal = Withdrawal.of(record)
        self.withdrawals.append(withdrawal)
        self.sheet = withdrawn_from(self.sheet, withdrawal)
        self._read_command(record)

    def _read_limit(self, record: Mapping[str, Any], _t_ns: int) -> None:
        self.latest_end_ns = int(record.get("latest_end_ns") or 0)
        self._read_command(record)

    def _read_command(self, record: Mapping[str, Any]) -> None:
        if record.get("id"):
            self.commands.add(str(record["id"]))

    def _read_pause(self, _record: Mapping[str, Any], t_ns: int) -> None:
        self.pauses.append((t_ns, None))

    def _read_resume(self, _record: Mapping[str, Any], t_ns: int) -> None:
        if self.pauses and self.pauses[-1][1] is None:
            self.pauses[-1] = (self.pauses[-1][0], t_ns)

    def _read_finding(self, record: Mapping[str, Any], t_ns: int) -> None:
        told = record.get("findings")
        for each in told if isinstance(told, list) else ():
            if isinstance(each, dict) and "check" in each:
                check, verdict, code = (str(each.get(name) or "") for name in ("check", "verdict", "code"))
                self.quality[check] = Quality(t_ns, check, verdict, code)
                self.quality_track.append(self.quality[check])

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
    "still": SessionView._read_still,
    "sheet": SessionView._read_sheet,
    "withdraw": SessionView._read_withdraw,
    "limit": SessionView._read_limit,
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
