"""What the recorder said, read without trusting it: a message from another version must never stop the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.vocabulary import SPACE

MARKERS_SHOWN = 40
"""Markers of a snapshot that are looked at: more than any screen has rows, and no more work with 5,000."""
STREAMS_SHOWN, TROUBLE_SHOWN, KEYS_SHOWN, GOALS_SHOWN, FINDINGS_SHOWN = 8, 4, 12, 12, 50
TEXT_MAX = 300


@dataclass(frozen=True, slots=True)
class Stream:
    """A camera or microphone as the snapshot tells it."""

    id: str
    kind: str
    source: str
    state: str
    mode: str
    lost: int
    thinned: int
    peak_dbfs: float | None
    rms_dbfs: float | None


@dataclass(frozen=True, slots=True)
class SavedMarker:
    """A marker that the recorder knows; `saved` says that it is on the disk."""

    id: str
    label: str
    who: str
    t_ns: int
    star: bool
    private: bool
    saved: bool
    goal: str | None = None
    """Id of its goal; None where the recorder says nothing of goals."""
    until_ns: int | None = None
    """Of a stretch that has ended: its end."""
    open: bool = False
    """It is a stretch that has not ended."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A row of the vocabulary."""

    key: str
    label: str
    colour: str
    private: bool


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal of the session sheet, by the guider's own short label."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A snapshot of which every field has its type."""

    state: str = ""
    folder: str = ""
    t_ns: int = 0
    mono_ns: int = 0
    recorded_ns: int = 0
    latest_end_ns: int = 0
    lost_frames: int = 0
    minutes_left: float | None = None
    marker_count: int = 0
    streams: list[Stream] = field(default_factory=list)
    markers: list[SavedMarker] = field(default_factory=list)
    keys: list[KeyRow] = field(default_factory=list)
    other: str = ""
    findings: list[Finding] = field(default_factory=list)
    """What the checks say of picture and sound."""
    detector: str = ""
    """Who looks for faces."""
    trouble: list[tuple[str, str, str]] = field(default_factory=list)
    target_min: float | None = None
    """How long such a film usually is, in minutes; None or 0: not said."""
    soft_end_min: float | None = None
    """When it has become long, in minutes."""
    battery_minutes: float | None = None
    stretch_since_ns: int | None = None
    """Session time at which the stretch began that is open."""
    goals: list[Goal] = field(default_factory=list)
    measure: bool = False
    """A measure's film: keys mark, and nothing of what they mark is shown."""
    notice: tuple[int, str] = (0, "")
    """The number and the words of the last thing that happened."""

    @property
    def has_picture(self) -> bool:
        """Does a camera send pictures?"""
        return any(each.kind == "video" and each.state == "live" for each in self.streams)


def read_snapshot(raw: object) -> Shown:
    """A core.model.Snapshot sent as a map; whatever is missing or odd is left out."""
    snapshot = as_map(raw)
    vocabulary = as_map(snapshot.get("vocabulary"))
    sheet = as_map(snapshot.get("sheet"))
    # The sheet says of this film what the settings say of all of its kind.
    wished = as_map(snapshot.get("settings")) | snapshot | sheet
    measure = wished.get("measure") is True
    return Shown(
        state=text(snapshot, "state"),
        folder=text(snapshot, "folder"),
        t_ns=whole(snapshot, "t_ns"),
        mono_ns=whole(snapshot, "mono_ns"),
        recorded_ns=whole(snapshot, "recorded_ns"),
        latest_end_ns=whole(snapshot, "latest_end_ns"),
        lost_frames=whole(snapshot, "lost_frames"),
        minutes_left=number(snapshot, "minutes_left"),
        marker_count=whole(snapshot, "marker_count"),
        streams=[_stream(each) for each in maps(snapshot, "streams")[:STREAMS_SHOWN]],
        markers=[_marker(each, measure) for each in maps(snapshot, "markers", last=MARKERS_SHOWN)],
        keys=[_key(each) for each in maps(vocabulary, "keys")[:KEYS_SHOWN] if _is_key(text(each, "key"))],
        other=text(vocabulary, "other"),
        findings=read_findings(snapshot),
        detector=text(snapshot, "detector"),
        trouble=[
            (text(each, "what"), text(each, "why"), text(each, "do"))
            for each in maps(snapshot, "trouble")[:TROUBLE_SHOWN]
        ],
        target_min=number(wished, "target_min"),
        soft_end_min=number(wished, "soft_end_min"),
        battery_minutes=number(snapshot, "battery_minutes"),
        stretch_since_ns=_moment(snapshot, "stretch_since_ns"),
        goals=_goals(wished.get("goals")),
        measure=measure,
        notice=_notice(maps(snapshot, "notices", last=1)),
    )


def read_findings(snapshot: dict[str, Any]) -> list[Finding]:
    """What the checks say, as far as it can be read."""
    found = [_finding(each) for each in maps(snapshot, "findings")[:FINDINGS_SHOWN]]
    return [finding for finding in found if finding is not None]


def _finding(raw: dict[str, Any]) -> Finding | None:
    check, verdict = text(raw, "check"), text(raw, "verdict")
    if not check or verdict not in list(Verdict):
        return None
    return Finding(check, Verdict(verdict), text(raw, "code"), number(raw, "value"))


def _notice(last: list[dict[str, Any]]) -> tuple[int, str]:
    if not last:
        return 0, ""
    return whole(last[0], "n"), " ".join(
        part for part in (text(last[0], name) for name in ("what", "why", "do")) if part
    )


def _stream(raw: dict[str, Any]) -> Stream:
    return Stream(
        id=text(raw, "id"),
        kind=text(raw, "kind"),
        source=text(raw, "source"),
        state=text(raw, "state"),
        mode=text(raw, "mode"),
        lost=whole(raw, "lost"),
        thinned=whole(raw, "thinned"),
        peak_dbfs=number(raw, "peak_dbfs"),
        rms_dbfs=number(raw, "rms_dbfs"),
    )


def _marker(raw: dict[str, Any], measure: bool) -> SavedMarker:
    return SavedMarker(
        id=text(raw, "id"),
        label="" if measure else text(raw, "label") or text(raw, "key"),
        who=text(raw, "who"),
        t_ns=whole(raw, "t_ns"),
        star=raw.get("star") is True,
        private=raw.get("private") is True and not measure,
        saved=raw.get("saved") is True,
        goal=text(raw, "goal") if "goal" in raw else None,
        until_ns=_moment(raw, "until_ns"),
        open=raw.get("open") is True,
    )


def _moment(raw: dict[str, Any], name: str) -> int | None:
    return whole(raw, name) if raw.get(name) is not None else None


def _goals(raw: object) -> list[Goal]:
    """The sheet's goals: maps with `label` and perhaps `id`, or plain texts."""
    if not isinstance(raw, list | tuple):
        return []
    goals = []
    for each in raw[:GOALS_SHOWN]:
        told = each if isinstance(each, dict) else {"label": each}
        label = text(told, "label")
        if label:
            goals.append(Goal(text(told, "id") or label, label))
    return goals


def goal_label(shown: Shown, goal: str) -> str:
    """A goal by the guider's own short label: nothing else of it is read from a sofa."""
    return next((each.label for each in shown.goals if each.id == goal), "")


def _is_key(key: str) -> bool:
    return len(key) == 1 or key == SPACE


def _key(raw: dict[str, Any]) -> KeyRow:
    return KeyRow(
        key=text(raw, "key"),
        label=text(raw, "label"),
        colour=text(raw, "colour"),
        private=raw.get("private") is True,
    )


def as_map(raw: object) -> dict[str, Any]:
    """The value where it is a map, else an empty one."""
    return raw if isinstance(raw, dict) else {}


def maps(raw: dict[str, Any], name: str, last: int | None = None) -> list[dict[str, Any]]:
    """The maps in a list; with `last`, of its last so many entries only."""
    found = raw.get(name)
    if not isinstance(found, list | tuple):
        return []
    return [each for each in (found[-last:] if last else found[:100]) if isinstance(each, dict)]


def text(raw: dict[str, Any], name: str) -> str:
    """A text on one line without control characters, which could move the terminal's cursor."""
    found = raw.get(name)
    if not isinstance(found, str):
        return ""
    return "".join(char if char.isprintable() else " " for char in found[:TEXT_MAX])


def number(raw: dict[str, Any], name: str) -> float | None:
    """A finite number, else None."""
    found = raw.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if abs(found) < 1e18 and math.isfinite(found) else None


def whole(raw: dict[str, Any], name: str) -> int:
    """A whole number of 64 bits, else 0."""
    found = raw.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 1 << 63 else 0
