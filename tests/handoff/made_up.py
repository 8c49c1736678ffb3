"""Sessions made up for the exporters: moments that have everything, on a film with a pause and a part left out."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from vig_capture.core.clips import Part, Window, wanted
from vig_capture.core.film_time import FilmTime, Stretch
from vig_capture.core.model import Marker
from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.handed import Exporter, Handed, Moment, WholeFilm
from vig_capture.handoff.registry import EXTRAS, find

PEOPLE = ("mother", "child")
FAMILIES = {"a": "being attentive", "r": "receiving initiatives", "l": "private"}
KEYS = [{"key": key, "family": family, "private": key == "l"} for key, family in FAMILIES.items()]
TIME = FilmTime(
    (
        Stretch(2 * SECOND_NS, 60 * SECOND_NS + 1, 0, ""),
        Stretch(100 * SECOND_NS, 200 * SECOND_NS, 58 * SECOND_NS + 1, "pause"),
        Stretch(230 * SECOND_NS, 300 * SECOND_NS, 158 * SECOND_NS + 1, "left out"),
    )
)
"""Filmed from 2 s on; paused from 60 s to 100 s; from 200 s to 230 s left out."""
SEGMENTS = tuple(
    Part(f"film/cam1-{number:04d}.{suffix}", round(start_s * SECOND_NS), round(end_s * SECOND_NS), 0, suffix == "mp4")
    for number, (start_s, end_s, suffix) in enumerate(
        [(2, 60, "mp4"), (100, 151.0007, "mp4"), (151.0337, 180, "m4a"), (180, 200, "mp4"), (230, 300, "mp4")], start=1
    )
)
"""The film's files: between the second and the third there is the length of a picture."""
UGLY = ' å ä – "quoted", it\'s <ser> & <&> &amp; 😀\n\n=2+2;#\\ tab:\there --> \r\nWEBVTT\n\n\u2028end '


def marker(name: str, at_s: float, **fields: Any) -> Marker:
    told = {"key": "a", "label": f"Tuned in {name}", "who": "self", "utc": "2026-11-22T09:41:00.123+00:00"}
    return Marker(id=name, t_ns=round(at_s * SECOND_NS), **(told | fields))


def moment(of: Marker) -> Moment:
    window = wanted(of)
    goal = {"g1": "Wait for her"}.get(of.goal, "")
    person, family = PEOPLE[of.who == "other"], FAMILIES.get(of.key, "")
    stretch = TIME.window(Window(of.t_ns, of.until_ns)) if of.until_ns else None
    until_ns = stretch.end_ns if stretch else None
    return Moment(of, person, family, goal, window, TIME.film_ns(of.t_ns), TIME.window(window), until_ns)


def everything() -> list[Moment]:
    """Every field in use, and every relation of a moment to the film."""
    said: dict[str, Any] = {
        "star": True, "goal": "g1", "note": UGLY, "private": True, "shortlist": True, "pick": True, "rank": 2,
        "private_note": "Only\nmine", "uncertain": True, "state": "paused",
    }  # fmt: skip
    markers = [
        marker("m-first", 2.5, note="clamped at the beginning"),
        marker("m-all", 20.123456789, who="other", key="r", extended_ns=round(22.5 * SECOND_NS), **said),
        marker("m-none", 30, look_back_s=10.0, look_ahead_s=5.0),
        marker("m-same-time", 30, note="a note"),
        marker("m-no-length", 40, look_back_s=0.0, look_ahead_s=0.0, note="-1 is no formula"),
        marker("m-before-the-press", 50, look_back_s=20.0, look_ahead_s=-5.0),
        marker("m-stretch", 55.5, key="-", until_ns=110 * SECOND_NS, look_back_s=0.0, look_ahead_s=0.0),
        marker("m-in-the-pause", 62, state="paused"),
        marker("m-not-filmed", 85, state="paused", note="nothing of it is there"),
        marker("m-imported", 120.0005, key="", state="imported", rank=1),
        marker("m-open", 250, open=True, key="", label=""),
    ]
    return [moment(each) for each in sorted(markers, key=lambda each: each.t_ns)]


def handed(moments: Iterable[Moment] | None = None, **fields: Any) -> Handed:
    kept = everything() if moments is None else list(moments)
    film = WholeFilm("film.mp4", TIME, 1280, 720, 30.0, True)
    vocabulary = {"name": "VIG core", "version": "1", "language": "en", "other": "child", "keys": KEYS}
    told = Handed(
        "s-1", "2026-11-22T09:40:00Z", "vig-capture 1", lambda: iter(kept), film, SEGMENTS, PEOPLE, vocabulary
    )
    return replace(told, goals=("Wait for her",), **fields)


def known(name: str) -> Exporter:
    """The exporter; skips the test where the format's extra is not installed."""
    if name in EXTRAS:
        pytest.importorskip({"otio": "opentimelineio", "parquet": "pyarrow"}[EXTRAS[name]])
    return find(name)


def written(exporter: Exporter, session: Handed) -> bytes:
    """The file as it would stand on the disk."""
    sink = io.BytesIO()
    exporter.write(session, sink)
    return sink.getvalue()


def window(start_s: float, end_s: float) -> Window:
    return Window(round(start_s * SECOND_NS), round(end_s * SECOND_NS))
