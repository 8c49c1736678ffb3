"""The built-in formats by name. To find one imports that one alone."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from vig_capture.core.errors import UserError
from vig_capture.core.text import near_miss
from vig_capture.handoff.handed import Exporter

BUILT_IN = {
    "audacity": "vig_capture.handoff.audacity:Labels",
    "boris": "vig_capture.handoff.boris:Boris",
    "boris-film": "vig_capture.handoff.boris:BorisFilm",
    "chapters": "vig_capture.handoff.chapters:Chapters",
    "csv": "vig_capture.handoff.tables:Csv",
    "csv-excel": "vig_capture.handoff.tables:ExcelCsv",
    "edl": "vig_capture.handoff.edl:Edl",
    "elan": "vig_capture.handoff.elan:Elan",
    "grid": "vig_capture.handoff.grid:GridPage",
    "grid-csv": "vig_capture.handoff.grid:GridTable",
    "jsonl": "vig_capture.handoff.tables:JsonLines",
    "losslesscut": "vig_capture.handoff.losslesscut:LosslessCut",
    "otio": "vig_capture.handoff.otio:Otio",
    "otio-clips": "vig_capture.handoff.otio:OtioClips",
    "parquet": "vig_capture.handoff.parquet:Parquet",
    "textgrid": "vig_capture.handoff.textgrid:TextGrid",
    "webvtt": "vig_capture.handoff.webvtt:Subtitles",
}
EXTRAS = {"otio": "otio", "otio-clips": "otio", "parquet": "parquet"}
"""Formats whose library cannot be installed everywhere, or is large: each with the extra that brings it."""
OTHER_NAMES = {
    "davinci": "edl",
    "eaf": "elan",
    "html": "grid",
    "labels": "audacity",
    "llc": "losslesscut",
    "opentimelineio": "otio",
    "praat": "textgrid",
    "resolve": "edl",
    "vtt": "webvtt",
}
"""What somebody may call them."""


def is_built_in(name: str) -> bool:
    """Is there such a format, under this name or another one?"""
    return name.lower() in BUILT_IN or name.lower() in OTHER_NAMES


def find(name: str, others: Iterable[str] = ()) -> Exporter:
    """The exporter of a built-in format. `others`: further names that somebody may have meant. Raises UserError for an
    unknown name and for a format whose library is not installed."""
    name = OTHER_NAMES.get(name.lower(), name.lower())
    if name not in BUILT_IN:
        raise UserError(f"There is no format {name!r}.", near_miss(name, [*BUILT_IN, *OTHER_NAMES, *others]))
    module, _, attribute = BUILT_IN[name].partition(":")
    try:
        made: Exporter = getattr(import_module(module), attribute)()
    except ModuleNotFoundError as error:
        if name not in EXTRAS:
            raise
        do = f'Install it: pip install "vig-capture[{EXTRAS[name]}]" – or take another format.'
        raise UserError(f"The format {name} needs {error.name}, which is not installed.", "", do) from error
    return made
