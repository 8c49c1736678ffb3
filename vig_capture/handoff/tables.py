"""Tables of everything: CSV, CSV for Excel, and JSON Lines. They lose nothing.

The last columns of the CSV say again what was exported: by them an import tells what was changed in the file since, and
what was changed in the session.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from vig_capture.handoff.facts import FACTS, texts
from vig_capture.handoff.handed import Handed, Loss, Moment, Sink
from vig_capture.handoff.losses import in_text
from vig_capture.handoff.sinks import write_rows

EXPORTED = "exported_"
"""Before the name of a column that may be edited: how it was."""
_TEXTS = frozenset(fact.column for fact in FACTS if fact.kind == "text")
EDITABLE = ("order", "label", "clip_in_s", "clip_out_s")
"""The columns that an import takes back."""
BOM = "\ufeff".encode()
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula, or changes."""


def is_formula(text: str) -> bool:
    """Would a spreadsheet take this for a formula?"""
    return text.startswith(FORMULA)


_BOTH = "Times are session time; those that begin with film count from the beginning of the whole film."


class Csv:
    """RFC 4180, UTF-8; a row for each moment."""

    name = "csv"
    suffix = ".csv"
    time_base = _BOTH
    losses: tuple[Loss, ...] = ()

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, row by row."""
        write_rows(sink, _rows(handed))


class ExcelCsv:
    """The same with a byte order mark, by which Excel knows that it is UTF-8, and an apostrophe before what Excel would
    take for a formula (OWASP, CSV injection)."""

    name = "csv-excel"
    suffix = ".csv"
    time_base = _BOTH
    losses = tuple(
        in_text("texts that begin like a formula: an apostrophe is put before them", (name,), is_formula)
        for name in (fact.name for fact in FACTS if fact.kind == "text")
    )

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, row by row."""
        sink.write(BOM)
        write_rows(sink, _rows(handed, _guarded))


def _guarded(text: str) -> str:
    return f"'{text}" if is_formula(text) else text


def unguarded(text: str) -> str:
    """A text without the apostrophe that was put before it."""
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


def _rows(handed: Handed, guarded: Callable[[str], str] = str) -> Iterator[Iterable[str]]:
    """`guarded`: makes a text safe for whoever reads it."""
    yield [*(fact.column for fact in FACTS), *(EXPORTED + column for column in EDITABLE)]
    for moment in handed.moments():
        row = {column: guarded(said) if column in _TEXTS else said for column, said in texts(moment)}
        yield [*row.values(), *(row[column] for column in EDITABLE)]


class JsonLines:
    """One JSON value a line: first the session, then each moment; times are whole nanoseconds."""

    name = "jsonl"
    suffix = ".jsonl"
    time_base = f"{_BOTH} They are whole nanoseconds."
    losses: tuple[Loss, ...] = ()

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, line by line."""
        _write_line(sink, session_map(handed))
        for moment in handed.moments():
            _write_line(sink, _moment(moment))


def session_map(handed: Handed) -> dict[str, object]:
    """All that is said of the session itself."""
    watched, other = handed.people
    return {
        "kind": "session",
        "session": handed.session,
        "created_utc": handed.created_utc,
        "tool": handed.tool,
        "film": handed.film.name,
        "people": {"self": watched, "other": other},
        "goals": list(handed.goals),
        "vocabulary": dict(handed.vocabulary),
        "lacks": list(handed.lacks),
        "stretches": [
            {
                "start_ns": each.start_ns,
                "end_ns": each.end_ns,
                "film_in_ns": each.film_ns,
                "film_out_ns": each.film_end_ns,
                "after": each.after,
            }
            for each in handed.film.time.stretches
        ],
    }


def _moment(moment: Moment) -> dict[str, object]:
    return {"kind": "moment"} | {fact.field: fact.of(moment) for fact in FACTS}


def _write_line(sink: Sink, value: dict[str, object]) -> None:
    sink.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")
