"""The attunement grid: who did what, person by principle. A cell lists its moments; nothing is counted or summed up."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass

from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.facts import NO_FAMILY
from vig_capture.handoff.handed import Handed, Moment, Sink
from vig_capture.handoff.losses import all_but, coarse
from vig_capture.handoff.sinks import Utf8, write_rows
from vig_capture.handoff.waiting import Waiting

NOT_FILMED = "not filmed"
_CARRIED = ("label", "person", "who", "family", "film_press")
_LOSSES = (coarse("parts of a second", SECOND_NS, "film_press"), *all_but(*_CARRIED))
_TIME_BASE = "Times are minutes and seconds from the beginning of the whole film."


@dataclass(frozen=True, slots=True)
class Grid:
    """A row for each principle, in the vocabulary's order; a column for each person."""

    people: tuple[str, ...]
    rows: dict[str, tuple[Waiting, ...]]
    """By family: for each person the moments, each a text."""

    @classmethod
    def of(cls, handed: Handed) -> Grid:
        people = tuple(dict.fromkeys(handed.people))
        keys = [row for row in handed.vocabulary.get("keys", ()) if not row.get("private")]
        rows = {str(row.get("family", "")): _empty(people) for row in keys if row.get("family")}
        for moment in handed.moments():
            cells = rows.setdefault(moment.family or NO_FAMILY, _empty(people))
            cells[people.index(moment.person)].add(_told(moment))
        return cls(people, rows)


class GridPage:
    """As a page that any browser shows and prints. It asks nothing of any other place."""

    name = "grid"
    suffix = ".html"
    time_base = _TIME_BASE
    losses = _LOSSES

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file."""
        out = Utf8(sink)
        for line in _page(Grid.of(handed), str(handed.vocabulary.get("language") or "en")):
            out.write(f"{line}\n")


class GridTable:
    """As a table: CSV, a moment on each line of a cell."""

    name = "grid-csv"
    suffix = ".csv"
    time_base = _TIME_BASE
    losses = _LOSSES

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file."""
        grid = Grid.of(handed)
        rows = ([family, *("\n".join(_texts(cell)) for cell in cells)] for family, cells in grid.rows.items())
        write_rows(sink, (row for row in (["", *grid.people], *rows)))


def _empty(people: tuple[str, ...]) -> tuple[Waiting, ...]:
    return tuple(Waiting() for _ in people)


def _texts(cell: Waiting) -> Iterator[str]:
    return (str(text) for (text,) in cell)


def _told(moment: Moment) -> str:
    """Such as `4:07 Received`."""
    label = " ".join(moment.marker.label.split()) or "–"
    if moment.film_ns is None:
        return f"{NOT_FILMED} {label}"
    minutes, seconds = divmod(moment.film_ns // SECOND_NS, 60)
    return f"{minutes}:{seconds:02} {label}"


_STYLE = (
    "body{font:1rem/1.5 sans-serif;margin:2rem}table{border-collapse:collapse}"
    "th,td{border:1px solid #888;padding:.4rem .8rem;text-align:left;vertical-align:top}"
    "ul{margin:0;padding:0;list-style:none}"
)


def _page(grid: Grid, language: str) -> Iterator[str]:
    yield f'<!doctype html>\n<html lang="{html.escape(language)}">\n<head><meta charset="utf-8">'
    yield f"<title>Moments</title><style>{_STYLE}</style></head>\n<body>\n<h1>Moments</h1>\n<table>"
    people = "".join(f'<th scope="col">{html.escape(person)}</th>' for person in grid.people)
    yield f"<thead><tr><td></td>{people}</tr></thead>\n<tbody>"
    for family, cells in grid.rows.items():
        yield f'<tr><th scope="row">{html.escape(family)}</th>'
        for cell in cells:
            yield "<td><ul>"
            yield from (f"<li>{html.escape(each)}</li>" for each in _texts(cell))
            yield "</ul></td>"
        yield "</tr>"
    yield f"</tbody>\n</table>\n<p>{_TIME_BASE}</p>\n</body>\n</html>"
