"""Says what a session holds: as a map for programs, as plain text for people."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from vig_capture.archive.reader import Read, inside, read_session
from vig_capture.core.model import Marker, Segment
from vig_capture.core.time import SECOND_NS
from vig_capture.media.probe import probe

_MARKER_FIELDS = tuple(item.name for item in fields(Marker))


def describe(folder: Path) -> dict[str, Any]:
    """What `show --json` prints.

    session, folder, state, closed, reason, created_utc, tool, previous, profile, vocabulary (name, version, language),
    runs, end_ns, recorded_ns, latest_end_ns (None where it was not said), sheet (the session sheet as it stands);
    streams (id, kind, source); segments (stream, file, start_ns, end_ns, frames, samples, sha256, sound, open); gaps
    (id, stream, start_ns, end_ns, lost, cause); markers (the fields of core.model.Marker; a stretch has until_ns, or
    open: true); stills (id, stream, file, t_ns, sha256, size_bytes: pictures taken while filming); left_out (id,
    start_ns, end_ns: parts that go into nothing that is made of the film); withdrawals (purpose, by, when); made
    (purpose, what, when, files, count: what was made of the film, relative files being in its handoff folder); quality
    (t_ns, check, verdict, code: from t_ns on a check said this of picture or sound, until its next entry); clock
    (t_ns, mono_ns, utc_ns, streams); pauses (start_ns, end_ns); warnings; holes (file, start, end, torn); unknown
    (records of kinds that this version does not know). Times are nanoseconds of session time.

    A segment whose closing is not journalled has `open`: true, and the frames, samples and end that its file has now.
    Raises UserError, JournalError, StorageError as `read_session`."""
    read = read_session(folder)
    view = read.view
    streams = view.streams.values()
    vocabulary = {name: view.vocabulary.get(name, "") for name in ("name", "version", "language")}
    return {
        "session": view.id,
        "folder": str(folder),
        "state": view.state,
        "closed": view.closed,
        "reason": view.reason,
        "created_utc": view.created_utc,
        "tool": view.tool,
        "previous": view.previous,
        "profile": view.profile,
        "vocabulary": vocabulary,
        "runs": view.run,
        "end_ns": view.last_t_ns,
        "recorded_ns": view.recorded_ns(view.last_t_ns),
        "latest_end_ns": view.latest_end_ns,
        "sheet": view.sheet,
        "streams": [{"id": stream.id, "kind": stream.kind, "source": stream.source} for stream in streams],
        "segments": [_segment(folder, segment) for segment in view.segments],
        "gaps": [asdict(gap) for gap in view.gaps.values()],
        "markers": [_marker(marker) for marker in view.markers.values()],
        "stills": [asdict(still) for still in view.stills.values()],
        "left_out": [asdict(part) for part in view.left_out.values()],
        "withdrawals": [asdict(each) for each in view.withdrawals],
        "made": [asdict(each) for each in view.made],
        "quality": [asdict(change) for change in view.quality_track],
        "clock": [asdict(point) for point in view.clock],
        "pauses": [{"start_ns": start_ns, "end_ns": end_ns} for start_ns, end_ns in view.pauses],
        "warnings": [_said(warning) for warning in view.warnings],
        "holes": _holes(read),
        "unknown": view.unknown,
    }


def _segment(folder: Path, segment: Segment) -> dict[str, Any]:
    told: dict[str, Any] = {
        "stream": segment.stream,
        "file": segment.file,
        "start_ns": segment.start_ns,
        "end_ns": segment.end_ns,
        "frames": segment.frames,
        "samples": segment.samples,
        "sha256": segment.sha256,
        "sound": segment.sound,
        "open": segment.end_ns is None,
    }
    path = inside(folder, segment.file)
    if segment.end_ns is None and path is not None:
        found = probe(path, decode=False)
        told["frames"], told["samples"] = found.frames, found.samples
        if found.frames or found.samples:
            told["end_ns"] = segment.start_ns + found.duration_ns
    return told


def _marker(marker: Marker) -> dict[str, Any]:
    return {name: getattr(marker, name) for name in _MARKER_FIELDS}


def _said(warning: dict[str, Any]) -> dict[str, Any]:
    return {"t_ns": warning.get("t_ns", 0)} | {name: warning.get(name, "") for name in ("what", "why", "do")}


def _holes(read: Read) -> list[dict[str, Any]]:
    return [{"file": item.file} | asdict(item.hole) for item in read.holes]


def clock_text(t_ns: int | None) -> str:
    """Session time for people: 4:07, 1:02:33; hours only where there are some."""
    if t_ns is None:
        return "?"
    minutes, seconds = divmod(max(0, t_ns) // SECOND_NS, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def as_text(description: dict[str, Any]) -> str:
    """The description of `describe` in plain lines."""
    closed = f"closed ({description['reason']})" if description["reason"] else "closed"
    state = closed if description["closed"] else f"not closed; last state: {description['state'] or 'none'}"
    name = description["session"] or Path(description["folder"]).name
    started = description["created_utc"] or "at an unknown time"
    recorded, end = clock_text(description["recorded_ns"]), clock_text(description["end_ns"])
    lines = [f"Session {name}, {state}", f"Started {started}; {recorded} recorded, last entry at {end}"]
    if description["latest_end_ns"] is not None:
        lines.append(f"Latest end {clock_text(description['latest_end_ns'])}")
    if description["previous"]:
        lines.append(f"It continues the session {description['previous']}")
    lines += _section("Session sheet", [f"{name}: {_plain(value)}" for name, value in description["sheet"].items()])
    lines += _section("Streams", [f"{item['id']}  {item['kind']}  {item['source']}" for item in description["streams"]])
    lines += _section("Files", [_segment_line(item) for item in description["segments"]])
    lines += _section("Not recorded", [_gap_line(item) for item in description["gaps"]])
    lines += _section("Markers", [_marker_line(item) for item in description["markers"]])
    stills = [f"{clock_text(item['t_ns'])}  {item['file']}" for item in description["stills"]]
    lines += _section("Still pictures", stills)
    lines += _section("Left out", [_left_out_line(item) for item in description["left_out"]])
    withdrawn = [f"{item['purpose']}, by {item['by']}, {item['when']}" for item in description["withdrawals"]]
    lines += _section("Withdrawn", withdrawn)
    lines += _section("Made of it", [_made_line(item) for item in description["made"]])
    lines += _section("Warnings", [f"{clock_text(item['t_ns'])}  {item['what']}" for item in description["warnings"]])
    lines += _section("Journal", [_hole_line(item) for item in description["holes"]])
    if description["unknown"]:
        lines += ["", f"{len(description['unknown'])} entries are of a kind that this version does not know."]
    return "\n".join(lines)


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _segment_line(item: dict[str, Any]) -> str:
    amount = f"{item['frames']} pictures" if item["frames"] else f"{item['samples']} samples"
    still = "  (not finished; this much is in it)" if item["open"] else ""
    return f"{item['file']}  {clock_text(item['start_ns'])} to {clock_text(item['end_ns'])}  {amount}{still}"


def _gap_line(item: dict[str, Any]) -> str:
    end = "now" if item["end_ns"] is None else clock_text(item["end_ns"])
    return f"{item['stream']}  {clock_text(item['start_ns'])} to {end}  {item['lost']} lost: {item['cause']}"


def _marker_line(item: dict[str, Any]) -> str:
    end_ns = item["extended_ns"] if item["until_ns"] is None else item["until_ns"]
    until = " to the end (not closed)" if item["open"] else "" if end_ns is None else f" to {clock_text(end_ns)}"
    other = " (the other person)" if item["who"] == "other" else ""
    marks = " ★" * bool(item["star"]) + " (private)" * bool(item["private"]) + " (uncertain)" * bool(item["uncertain"])
    said = "".join(f"  {word}: {item[word]}" for word in ("goal", "note") if item[word])
    return f"{clock_text(item['t_ns'])}{until}  {item['label'] or item['key']}{other}{marks}{said}"


def _left_out_line(item: dict[str, Any]) -> str:
    return f"{clock_text(item['start_ns'])} to {clock_text(item['end_ns'])}"


def _made_line(item: dict[str, Any]) -> str:
    return f"{item['when']}  {item['what']} for {item['purpose']}: {', '.join(item['files'])}"


def _plain(value: Any) -> str:
    """A value of the session sheet on one line."""
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _hole_line(item: dict[str, Any]) -> str:
    size = item["end"] - item["start"]
    if item["torn"]:
        return f"{item['file']}: the last entry was being written when the recorder ended ({size} bytes); normal"
    return f"{item['file']}: {size} bytes are damaged (from byte {item['start']}); everything around them was read"
