"""The journal's codec: a stream of msgpack arrays `[crc32, bin]`, each bin a map.

Rule 1: a journal cut at any byte reads as the exact prefix of its records.
Rule 2: no flipped bit alters a record: the CRC-32 covers the bin, and the frame around it has one permitted spelling.
Rule 3: every record after a damaged one is read, and the skipped bytes are reported as a hole.
Rule 4: a record is a record only where a frame stands, never because another record's text looks like one.
Rule 5: unknown kinds are kept; an unknown major version is refused.

Every record has `v` (major version, 1), `kind`, `seq` (from 1, +1 each, through all files of a session) and `t_ns`
(session time of what it tells). The kinds, and what else they hold:

| kind    | fields |
| ------- | ------ |
| session | id, created_utc, tool, previous (folder name, or ""), vocabulary {name, …, keys}, profile, settings |
| run     | run (1, 2, …), mono_ns, utc_ns, origin_mono_ns, origin_utc_ns, boot_id, pid |
| stream  | stream, stream_kind ("video", "audio"), source |
| device  | stream, state ("opening", "live", "lost"), mode, reason |
| segment | stream, file, phase "open": start_ns, sound |
|         | the same with phase "closed": start_ns, end_ns, frames, samples, size_bytes, sha256 |
| gap     | id, stream, start_ns, end_ns (None while open), lost, cause; the same id again replaces the earlier one |
| clock   | mono_ns, utc_ns, streams {id: counters} |
| marker  | id, key, label, who, utc, look_back_s, look_ahead_s, private, state, uncertain, note; a stretch: open |
|         | (state "imported": it came from another program's file; key is "", and a stretch has its until_ns) |
| extend  | id, of, uncertain (of this press): the marker's extended_ns becomes this record's t_ns |
| edit    | id, of, fields {name: value}: until_ns closes a stretch; by "recorder" where a pause or the end closed it |
|         | (who, t_ns, until_ns, look_back_s, look_ahead_s, label, private, shortlist, pick, private_note, rank) |
| note    | id, of, text |
| star    | id, of, on |
| goal    | id, of, goal |
| leave_out | id, start_ns, end_ns: a part of the film that goes into nothing that is made of it |
| undo    | id, of: the act that it takes back (marker, extend, edit, note, star, goal, leave_out; an undo: redo) |
| still   | id, stream, file, sha256, size_bytes: a picture, on the disk before this record; t_ns: when it was taken |
| sheet   | id, fields {name: value}: the session sheet or a part of it; a later value replaces an earlier one |
| withdraw | id, purpose, by (a role), when (ISO date): a yes was taken back; a later sheet may bring another |
| made    | purpose, what (such as "clips", "export boris"), when (ISO 8601), count, files: what was made for a |
|         | purpose, and where: relative names are in handoff/, absolute ones as they were given |
|         | (alone in a journal.made-….msgpack of its own: archive/made.py) |
| limit   | id, latest_end_ns: session time at which the film ends by itself |
| pause, resume | (t_ns is the moment) |
| finding | findings [{check, verdict, code}]: what of the checks has changed, at most once a second while filming |
| warning | what, why, do |
| state   | state ("arming", "recording", "paused", "stopping", "closed") |
| closed  | reason |
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgpack

from vig_capture.core.errors import JournalError

VERSION = 1
RECORD_BYTES_MAX = 1 << 20
"""No record is larger, so that a damaged length never makes the reader hash the rest of a long journal."""

_FRAME = re.compile(
    rb"\x92(?:([\x00-\x7f])|\xcc(.)|\xcd(..)|\xce(....))(?:\xc4(.)|\xc5(..)|\xc6(....))(?=[\x80-\x8f\xde\xdf])",
    re.DOTALL,
)
"""array of 2, unsigned integer, bin, and the first byte of a map."""
_HEADER_BYTES_MAX = 12
"""Of what `_FRAME` looks at; no record is so short."""
_FIRST_CRC = {1: 0, 2: 0x80, 3: 0x100, 4: 0x10000}
_FIRST_SIZE = {5: 0, 6: 0x100, 7: 0x10000}
"""For each group of `_FRAME` the smallest number that msgpack spells with so many bytes: less is not canonical."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Bytes that hold no readable record: from `start` up to `end`."""

    start: int
    end: int
    torn: bool = False
    """At the end of the file and like a record that was being written: normal after a crash."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one journal file holds."""

    records: list[dict[str, Any]]
    holes: list[Hole]
    end: int
    """Offset behind the last whole record."""


@dataclass(slots=True)
class _Run:
    """Frames that stand one behind the other with sequence numbers that rise by one."""

    start: int
    end: int
    records: list[dict[str, Any]]

    @property
    def first_seq(self) -> int:
        return int(self.records[0]["seq"])

    @property
    def last_seq(self) -> int:
        return int(self.records[-1]["seq"])


def encode(record: Mapping[str, Any]) -> bytes:
    """One record as it stands in the journal.

    Raises KeyError without v, kind or seq, JournalError when it is too large."""
    ordered = {"v": record["v"], "kind": record["kind"], "seq": record["seq"], **record}
    body: bytes = msgpack.packb(ordered, unicode_errors="surrogatepass")
    if len(body) > RECORD_BYTES_MAX:
        raise JournalError(
            "This is too long to be kept in the session's journal.",
            f"It takes {len(body)} bytes; at most {RECORD_BYTES_MAX} are kept in one piece.",
            "Shorten the text.",
        )
    framed: bytes = msgpack.packb([zlib.crc32(body), body])
    return framed


def decode_all(data: bytes) -> Decoded:
    """All records of a journal file, in their order, and what had to be skipped.

    Raises JournalError when a record is of a later major version."""
    kept = _in_order(_runs(data))
    records = [record for run in kept for record in run.records]
    for record in records:
        _refuse_future(record)
    edges = [0, *(edge for run in kept for edge in (run.start, run.end)), len(data)]
    between = zip(edges[::2], edges[1::2], strict=True)
    holes = [Hole(start, end, end == len(data) and _is_torn(data, start)) for start, end in between if start < end]
    return Decoded(records, holes, kept[-1].end if kept else 0)


def _runs(data: bytes) -> list[_Run]:
    """Every frame that is whole, none of which lies within another."""
    runs: list[_Run] = []
    at = 0
    while at < len(data):
        found = _frame_at(data, at)
        if found is None:
            resumed = _resume(data, at, runs[-1].last_seq if runs else 0)
            if resumed is None:
                break
            at = resumed
            continue
        record, end = found
        if runs and runs[-1].end == at and record["seq"] == runs[-1].last_seq + 1:
            runs[-1].records.append(record)
            runs[-1].end = end
        else:
            runs.append(_Run(at, end, [record]))
        at = end
    return runs


def _resume(data: bytes, at: int, last_seq: int) -> int | None:
    """Where the next whole frame stands, the one at `at` being damaged."""
    header = _header(data, at)
    if header is not None:
        # The damaged frame's own length counts only when it skips exactly one record: it may be what is damaged.
        following = _frame_at(data, header[2])
        if following is not None and following[0]["seq"] == last_seq + 2:
            return header[2]
    for match in _FRAME.finditer(data, at + 1):
        # finditer never looks inside a match, but a frame may start inside the header of a false one.
        for start in (match.start(), *_starts_within(data, match)):
            if _frame_at(data, start) is not None:
                return start
    return None


def _starts_within(data: bytes, match: re.Match[bytes]) -> list[int]:
    return [start for start in range(match.start() + 1, match.end()) if data[start] == 0x92]


def _header(data: bytes, at: int) -> tuple[int, int, int] | None:
    """CRC, start and end of the bin of the frame at `at`; None unless it is spelled as `encode` does and whole."""
    match = _FRAME.match(data, at)
    if match is None:
        return None
    crc_group = max(1, data[at + 1] - 0xCC + 2)
    size_group = match.lastindex or 0
    crc = int.from_bytes(match[crc_group], "big")
    size = int.from_bytes(match[size_group], "big")
    start, end = match.end(), match.end() + size
    if crc < _FIRST_CRC[crc_group] or size < _FIRST_SIZE[size_group] or size > RECORD_BYTES_MAX or end > len(data):
        return None
    return crc, start, end


def _frame_at(data: bytes, at: int) -> tuple[dict[str, Any], int] | None:
    """The record whose frame starts at `at`, and where the frame ends; None when no whole frame stands there."""
    header = _header(data, at)
    if header is None:
        return None
    crc, start, end = header
    body = data[start:end]
    if zlib.crc32(body) != crc:
        return None
    try:
        record = msgpack.unpackb(body, unicode_errors="surrogatepass")
    except (ValueError, msgpack.UnpackException):
        return None
    return (record, end) if _is_record(record) else None


def _is_record(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and type(value.get("v")) is int
        and type(value.get("seq")) is int
        and isinstance(value.get("kind"), str)
    )


def _in_order(runs: list[_Run]) -> list[_Run]:
    """The runs without those that lie inside a damaged record: the heaviest choice with rising sequence numbers.

    Bytes within a damaged record's text may look like a record; it shows in a sequence number that does not fit."""
    if len(runs) < 2 or all(before.last_seq < after.first_seq for before, after in pairwise(runs)):
        return runs
    if all(before.end == after.start for before, after in pairwise(runs)) and runs[0].start == 0:
        return runs  # nothing is damaged, so nothing is inside a damaged record
    weight: list[int] = []
    previous: list[int] = []
    for i, run in enumerate(runs):
        fitting = [j for j in range(i) if runs[j].last_seq < run.first_seq]
        best = max(fitting, key=lambda j: weight[j], default=-1)
        previous.append(best)
        weight.append(len(run.records) + (weight[best] if best >= 0 else 0))
    at = max(range(len(runs)), key=lambda i: weight[i])
    kept: list[_Run] = []
    while at >= 0:
        kept.append(runs[at])
        at = previous[at]
    return kept[::-1]


def _is_torn(data: bytes, start: int) -> bool:
    """Whether the end of the file is the beginning of a frame, or room that a power cut left empty."""
    tail = data[start:]
    if not tail.strip(b"\x00"):
        return True
    if len(tail) < _HEADER_BYTES_MAX:
        return tail[:1] == b"\x92"
    match = _FRAME.match(tail)
    if match is None:
        return False
    return len(tail) < match.end() + int.from_bytes(match[match.lastindex or 0], "big")


def _refuse_future(record: Mapping[str, Any]) -> None:
    if record["v"] > VERSION:
        raise JournalError(
            "This session was recorded by a newer version of vig-capture.",
            f"Its journal is of version {record['v']}; this program reads version {VERSION}.",
            "Update vig-capture and open the session again. Nothing in the session was changed.",
        )
