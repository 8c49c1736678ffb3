"""Readers of the exported files that share nothing with what wrote them: other libraries, or the standard library.

Each gives a list of moments, each a map of facts as text (vig_capture/handoff/facts.py); times by `seconds_text`."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import av
import textgrid
import webvtt

from tests.handoff.made_up import PEOPLE
from tests.handoff.project_readers import (
    read_boris,
    read_edl,
    read_elan,
    read_otio,
    read_otio_clips,
    read_parquet,
)
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.handoff.facts import FACTS, seconds_text, text

Facts = dict[str, str]
WHO = dict(zip(PEOPLE, ("self", "other"), strict=True))


def read_webvtt(data: bytes) -> list[Facts]:
    found = []
    for cue in webvtt.WebVTT.from_string(data.decode()).captions:
        voice = re.fullmatch(r"<v ([^>]*)>(.*?)</v>(?:\n(.*))?", cue.raw_text, re.DOTALL)
        assert voice is not None, cue.raw_text
        person, label, note = (html.unescape(each or "") for each in voice.groups())
        start, end = (seconds_text(_ms(each) * MS_NS) for each in (cue.start, cue.end))
        ends = {"film_in": start, "film_out": end}
        found.append({"id": str(cue.identifier), "label": label, "note": note, **_person(person), **ends})
    return found


def _ms(stamp: str) -> int:
    hours, minutes, seconds = stamp.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60) * 1000 + float(seconds) * 1000)


def read_audacity(data: bytes) -> list[Facts]:
    found = []
    for line in data.decode().split("\n")[:-1]:
        start, end, said = line.split("\t")
        person, _, rest = said.partition(": ")
        label, _, note = rest.partition(" — ")
        found.append({"label": label, "note": note, **_person(person), "film_in": start, "film_out": end})
    return found


def read_textgrid(data: bytes) -> list[Facts]:
    grid = textgrid.TextGrid()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.TextGrid"
        path.write_bytes(data)
        grid.read(str(path), round_digits=12)
    tiers: dict[str, Any] = {tier.name: tier for tier in grid}
    found: dict[str, Facts] = {}
    for name, tier in tiers.items():
        if not name.endswith(": id"):
            continue
        base = name.removesuffix(": id")
        labels, notes = ({p.time: p.mark for p in tiers.get(each, ())} for each in (base, f"{base}: note"))
        for point in tier:
            person = re.sub(r" \(\d+\)$", "", base)
            told = {"label": labels[point.time], "note": notes.get(point.time, "")}
            found[point.mark] = {"id": point.mark, "film_press": _seconds(point.time), **told, **_person(person)}
    for name, tier in tiers.items():
        for interval in tier if name.startswith("clips") else ():
            if interval.mark:
                ends = {"film_in": _seconds(interval.minTime), "film_out": _seconds(interval.maxTime)}
                found[interval.mark] |= ends
    return list(found.values())


def read_csv(data: bytes) -> list[Facts]:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    return [{fact.name: row[fact.column] for fact in FACTS} for row in rows]


def read_jsonl(data: bytes) -> list[Facts]:
    session, *lines = (json.loads(line) for line in data.decode().split("\n")[:-1])
    assert session["kind"] == "session"
    return [{fact.name: text(line[fact.field], fact.kind) for fact in FACTS} for line in lines]


def read_losslesscut(data: bytes) -> list[Facts]:
    project = json.loads(data)
    assert (project["version"], project["mediaFileName"]) == (2, "film.mp4")
    found = []
    for segment in project["cutSegments"]:
        told = {fact.name: segment["tags"].get(fact.column, "") for fact in FACTS}
        ends = {"film_in": _seconds(segment["start"]), "film_out": _seconds(segment["end"])}
        found.append(told | {"label": segment["name"]} | ends)
        assert told["label"] == segment["name"]
    return found


def read_chapters(data: bytes) -> list[Facts]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ffmeta"
        path.write_bytes(data)
        with av.open(str(path), format="ffmetadata") as container:
            chapters = container.chapters()
    assert not chapters or (chapters[0]["start"], chapters[0]["metadata"]["title"]) == (0, "Start")
    found = []
    for each in chapters:
        base = each["time_base"]
        assert base is not None
        label, _, rest = each["metadata"]["title"].rpartition(" (")
        if rest.endswith(")"):
            start, end = (seconds_text(round(each[name] * base * SECOND_NS)) for name in ("start", "end"))
            found.append({"label": label, **_person(rest.removesuffix(")")), "film_in": start, "film_out": end})
    return found


def read_grid_csv(data: bytes) -> list[Facts]:
    header, *rows = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    return _cells(header[1:], ((row[0], [cell.split("\n") if cell else [] for cell in row[1:]]) for row in rows))


def read_grid(data: bytes) -> list[Facts]:
    page = _Page()
    page.feed(data.decode())
    header, *rows = page.rows
    return _cells([cell[0] for cell in header[1:]], ((row[0][0], row[1:]) for row in rows))


class _Page(HTMLParser):
    """A table's rows; each cell is a list of texts."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[list[str]]] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._in = tag
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append([])

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in in ("th", "li"):
            self.rows[-1][-1].append(data)


def _cells(people: list[str], rows: Iterable[tuple[str, list[list[str]]]]) -> list[Facts]:
    found = []
    for family, cells in rows:
        for person, cell in zip(people, cells, strict=True):
            for said in cell:
                at, _, label = (
                    said.partition(" ") if said[0].isdecimal() else ("", "", said.removeprefix("not filmed "))
                )
                minutes, _, seconds = at.partition(":")
                film_press = seconds_text((int(minutes) * 60 + int(seconds)) * SECOND_NS) if at else ""
                told = {"label": "" if label == "–" else label, "film_press": film_press}
                found.append(told | {"family": "" if family == "other moments" else family, **_person(person)})
    return found


def _person(person: str) -> Facts:
    return {"person": person, "who": WHO[person]}


def _seconds(value: float) -> str:
    return seconds_text(round(value * SECOND_NS))


READERS: dict[str, Callable[[bytes], list[Facts]]] = {
    "audacity": read_audacity,
    "boris": read_boris,
    "boris-film": read_boris,
    "chapters": read_chapters,
    "csv": read_csv,
    "csv-excel": read_csv,
    "edl": read_edl,
    "elan": read_elan,
    "grid": read_grid,
    "grid-csv": read_grid_csv,
    "jsonl": read_jsonl,
    "losslesscut": read_losslesscut,
    "otio": read_otio,
    "otio-clips": read_otio_clips,
    "parquet": read_parquet,
    "textgrid": read_textgrid,
    "webvtt": read_webvtt,
}
