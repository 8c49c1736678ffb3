"""Reads what an import takes back: LosslessCut projects and CSV, ours and LosslessCut's. All else is refused by name.

LosslessCut's formats as of its source (mifi/lossless-cut e1f43486: types.ts, edlFormats.ts): projects of versions 1
and 2; CSV with the header Start,End,Name and a column for each tag, or without a header, with one to three columns and
more; times are seconds, H:MM:SS.mmm, or numbers of frames. European spreadsheets write `;` and decimal commas: read as
well.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import json5

from vig_capture.core.errors import UserError
from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.facts import nanoseconds
from vig_capture.handoff.losslesscut import PLACE
from vig_capture.handoff.tables import EXPORTED, unguarded

Base = Literal["film", "session"]
SIZE_BYTES_MAX = 64 << 20
JSON5_MAX = 4 << 20
"""Characters of a project that is no plain JSON: reading those takes a minute."""
RATE_MAX = 1000
_TAKES = "LosslessCut projects (.llc) and CSV files are taken back."
_CSV_HEADER = ["Start", "End", "Name"]
_TIME = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+)(?:[.,](\d+))?")
_OURS = ("id", "clip_in_s", "clip_out_s", "label")


@dataclass(frozen=True, slots=True)
class Entry:
    """One segment or row of a file."""

    where: str
    """Its place in the file, such as "Line 3"."""
    label: str | None
    """None where the file has no names."""
    start_ns: int
    end_ns: int | None
    """None where it is a point."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """What else is said of it; what we exported carries its facts here."""
    order: int | None = None
    """The place that was chosen for showing."""

    @property
    def id(self) -> str:
        """The marker's id; "" for what is not ours."""
        return self.tags.get("id", "")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file says."""

    entries: tuple[Entry, ...]
    base: Base
    """What its times count from."""
    media: str = ""
    """The film that it is about, as far as it says so."""
    ordered: bool = False
    """Does the order of its entries mean anything? Where it does not, each entry has its own `order`."""


def read(data: bytes, name: str, rate: float | None = None) -> Taken:
    """Read a file that was edited elsewhere. `name` is what messages call it. `rate`: frames a second, where its times
    are numbers of frames. Raises UserError for anything that is neither a LosslessCut project nor CSV."""
    if len(data) > SIZE_BYTES_MAX:
        raise UserError(f"{name} cannot be taken back.", "It is larger than any list of moments.", _TAKES)
    if rate is not None and not 1 <= rate <= RATE_MAX:
        raise UserError(f"{rate:g} frames a second cannot be meant.", "", "Give the film's own rate, such as 30.")
    text = _text(data, name)
    start = text.lstrip()
    other = _other_format(start)
    if other:
        raise UserError(f"{name} cannot be taken back.", f"It is {other}.", _TAKES)
    if start.startswith(("{", "[", "//", "/*")):
        return _project(start, name)
    return _csv(text, name, rate)


# What it is ------------------------------------------------------------------------------------------------------

_MAGIC = {b"PK\x03\x04": "a ZIP file, such as a spreadsheet or a Datavyu project", b"%PDF": "a PDF file"}
_SIGNS = {
    "WEBVTT": "a file of WebVTT subtitles",
    ";FFMETADATA": "a file of FFmpeg metadata",
    "TITLE:": "an edit decision list (EDL)",
    "FCM:": "an edit decision list (EDL)",
    'File type = "ooTextFile': "a Praat file",
    "File type = ": "a Praat file",
    "[Bookmark]": "a list of PotPlayer bookmarks",
    "[General]": "a cut list",
    "#EXTM3U": "a playlist",
    "Observation id": "a table of BORIS",
    "FirstLineOfData": "a JWatcher file",
}


def _text(data: bytes, name: str) -> str:
    magic = next((what for sign, what in _MAGIC.items() if data.startswith(sign)), "")
    if magic:
        raise UserError(f"{name} cannot be taken back.", f"It is {magic}.", _TAKES)
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        do = f"If it is a table, save it once more as “CSV UTF-8”. {_TAKES}"
        raise UserError(f"{name} cannot be taken back.", "It is no text in UTF-8.", do) from None
    if "\0" in text:
        raise UserError(f"{name} cannot be taken back.", "It is no text.", _TAKES)
    return text


def _other_format(start: str) -> str:
    """What a text is that is neither; "" where it may be one of the two."""
    if start.startswith("<"):
        roots = {"ANNOTATION_DOCUMENT": "an ELAN file", "fcpxml": "a Final Cut Pro file", "xmeml": "a Final Cut file"}
        found = re.search(r"<([A-Za-z_][\w.-]*)", start)
        return roots.get(found[1] if found else "", "an XML file")
    if re.match(r"\d+[ \t]*\r?\n[ \t]*[\d:,.]+[ \t]*-->", start):
        return "a file of SRT subtitles"
    if re.match(r"\S+[ \t]+\S+[ \t]+[0-3][ \t]*(?:\r?\n|$)", start) and "," not in start:
        return "an MPlayer edit list"
    if re.match(r"#\d+[ \t]*\r?\n", start):
        return "a Datavyu table"
    return next((what for sign, what in _SIGNS.items() if start.startswith(sign)), "")


# LosslessCut's project -------------------------------------------------------------------------------------------


def _project(text: str, name: str) -> Taken:
    raw = _json(text, name)
    segments = raw.get("cutSegments") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or not isinstance(segments, list):
        raise UserError(f"{name} cannot be taken back.", f"It is {_what_json(raw)}.", _TAKES)
    version = raw.get("version")
    if version not in (1, 2) or isinstance(version, bool):
        why = f"It is a LosslessCut project of version {version!r}; versions 1 and 2 are known."
        raise UserError(f"{name} cannot be taken back.", why, "Save it with a LosslessCut that writes version 2.")
    media = raw.get("mediaFileName")
    entries = tuple(_segment(each, number, version, name) for number, each in enumerate(segments, start=1))
    return Taken(entries, "film", media if isinstance(media, str) else "", ordered=True)


def _json(text: str, name: str) -> Any:
    """JSON, or the JSON5 that LosslessCut writes (which is much slower to read)."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    except RecursionError:
        raise _damaged(name, "it is nested too deep") from None
    if "cutSegments" not in text:
        raise UserError(f"{name} cannot be taken back.", "It is no LosslessCut project.", _TAKES)
    if len(text) > JSON5_MAX:
        raise _damaged(name, "it is too long to be read")
    try:
        return json5.loads(text, allow_duplicate_keys=True)
    except (ValueError, RecursionError) as error:
        raise _damaged(name, str(error) or "it is nested too deep") from None


def _damaged(name: str, why: str) -> UserError:
    why = " ".join(why.split())
    return UserError(f"{name} cannot be taken back.", f"It is a damaged project: {why[:120]}.", "Save it once more.")


def _what_json(raw: Any) -> str:
    known = {
        "OTIO_SCHEMA": "an OpenTimelineIO file",
        "project_format_version": "a BORIS project",
        "behaviors_conf": "a BORIS project",
        "kind": "a list in JSON Lines",
    }
    keys = raw if isinstance(raw, dict) else {}
    return next((what for key, what in known.items() if key in keys), "JSON, but no LosslessCut project")


def _segment(raw: Any, number: int, version: int, name: str) -> Entry:
    what = f"{name} cannot be taken back."
    if not isinstance(raw, dict):
        raise UserError(what, f"Its segment {number} is none.", "Save it once more.")
    start = raw.get("start", 0 if version == 1 else None)
    start_ns, end_ns = _json_time(start), _json_time(raw.get("end"))
    if start_ns is None or (end_ns is None and raw.get("end") is not None):
        raise UserError(what, f"Its segment {number} has a time that is no number of seconds.", "Save it once more.")
    label, tags = raw.get("name"), raw.get("tags")
    if label is not None and not isinstance(label, str):
        raise UserError(what, f"The name of its segment {number} is no text.", "Save it once more.")
    # (Earlier LosslessCut had tags that were no text.)
    told = {str(key): str(value) for key, value in tags.items() if value is not None} if isinstance(tags, dict) else {}
    return Entry(f"Segment {number}", label, start_ns, end_ns, told)


def _json_time(value: Any) -> int | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return round(value * SECOND_NS) if good and abs(value) < _SECONDS_MAX else None


_SECONDS_MAX = 10**9


# CSV -------------------------------------------------------------------------------------------------------------


def _csv(text: str, name: str, rate: float | None) -> Taken:
    rows = list(_rows(text, name))
    if not rows:
        raise UserError(f"{name} cannot be taken back.", "There is nothing in it.", _TAKES)
    header = [cell.strip() for cell in rows[0][1]]
    has_header = header[:3] == _CSV_HEADER[: len(header)]
    if not has_header and all(column in header for column in _OURS):
        return Taken(tuple(_our_row(header, *row, name) for row in rows[1:]), "session")
    tags = header[3:] if has_header else []
    entries = tuple(_their_row(tags, *row, name, rate) for row in (rows[1:] if has_header else rows))
    return Taken(entries, "film", ordered=True)


def _rows(text: str, name: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Line and cells of every row that is not empty."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text.strip(), newline=""), delimiter=delimiter, strict=True)
    try:
        yield from ((reader.line_num, row) for row in reader if any(cell.strip() for cell in row))
    except csv.Error as error:
        why = f"Line {reader.line_num} is no CSV: {error}."
        raise UserError(f"{name} cannot be taken back.", why, _TAKES) from None


def _their_row(tags: Sequence[str], line: int, row: Sequence[str], name: str, rate: float | None) -> Entry:
    """A row of LosslessCut: start, end, name, tags. An empty start is 0, an empty end makes a point."""
    cells = [*row, "", "", ""][:3]
    start_ns, end_ns = (_csv_time(cell, rate) for cell in cells[:2])
    told_times = zip(cells[:2], (start_ns, end_ns), strict=True)
    wrong = next((cell for cell, t_ns in told_times if cell.strip() and t_ns is None), "")
    if wrong:
        why = f"In line {line} there is {wrong.strip()[:40]!r} where a time belongs."
        raise UserError(f"{name} cannot be taken back.", why, f"Times are seconds or H:MM:SS. {_TAKES}")
    names = [tags[at] if at < len(tags) else f"tag{at + 1}" for at in range(max(len(row) - 3, 0))]
    told = {key: cell.strip() for key, cell in zip(names, row[3:], strict=True) if cell.strip()}
    return Entry(f"Line {line}", row[2].strip() if len(row) > 2 else None, start_ns or 0, end_ns, told)


def _csv_time(cell: str, rate: float | None) -> int | None:
    if rate is not None:
        frames = nanoseconds(cell.strip())
        return None if frames is None or frames < 0 else round(frames / rate)
    found = _TIME.fullmatch(cell.strip())
    if found is None or len(found[0]) > 30:
        return None
    hours, minutes, seconds, parts = found.groups()
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds)
    return whole * SECOND_NS + int(f"{parts or '':0<9.9}") if whole < _SECONDS_MAX else None


def _our_row(header: Sequence[str], line: int, row: Sequence[str], name: str) -> Entry:
    """A row of our own table, whose times are session time."""
    told = {column: unguarded(cell) for column, cell in zip(header, row, strict=False)}
    times = {}
    for column in ("clip_in_s", "clip_out_s"):
        cell = told.get(column, "")
        times[column] = nanoseconds(cell.replace(",", "."))
        if times[column] is None and (cell or column == "clip_in_s"):
            why = f"In line {line} there is {cell[:40]!r} in the column {column}, where seconds belong."
            raise UserError(f"{name} cannot be taken back.", why, "Put a number there, such as 12.5.")
    order = told.get("order", "")
    if order and not order.isdecimal():
        why = f"In line {line} there is {order[:40]!r} in the column order, where a whole number belongs."
        raise UserError(f"{name} cannot be taken back.", why, "Number the moments from 1, or leave it empty.")
    rank = int(order) if order else None
    return Entry(f"Line {line}", told.get("label", ""), times["clip_in_s"] or 0, times["clip_out_s"], told, rank)


def exported(entry: Entry, name: str) -> str | None:
    """What the file says that was exported: of our own table's columns that may be edited, and of a project's place."""
    return entry.tags.get(name if name == PLACE else EXPORTED + name)
