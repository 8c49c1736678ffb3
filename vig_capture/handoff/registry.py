"""The formats by name. To name them imports none; to find one imports that one alone."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from vig_capture.core.errors import PluginError, UserError
from vig_capture.core.text import near_miss
from vig_capture.handoff.handed import Exporter

GROUP = "vig_capture.exporters"
"""The entry point group of plug-ins; each names a class that makes an `Exporter`."""
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


def names() -> list[str]:
    """All formats, plug-ins among them."""
    return sorted({*BUILT_IN, *_plugins()})


def find(name: str) -> Exporter:
    """The exporter of a format. Raises UserError for an unknown name and for a format whose library is not installed,
    PluginError for a plug-in that does not load."""
    name = OTHER_NAMES.get(name.lower(), name.lower())
    if name in BUILT_IN:
        return _built_in(name)
    plugin = _plugins().get(name)
    if plugin is None:
        raise UserError(f"There is no format {name!r}.", near_miss(name, [*names(), *OTHER_NAMES]))
    try:
        found: Exporter = plugin.load()()
    except Exception as error:  # around one exporter: whatever it is, it is that plug-in's
        why = f"{type(error).__name__}: {error}"
        raise PluginError(f"The plug-in for {name} cannot be used.", why, "Ask its author.") from error
    return found


def _built_in(name: str) -> Exporter:
    module, _, attribute = BUILT_IN[name].partition(":")
    try:
        made: Exporter = getattr(import_module(module), attribute)()
    except ModuleNotFoundError as error:
        if name not in EXTRAS:
            raise
        do = f'Install it: pip install "vig-capture[{EXTRAS[name]}]" – or take another format.'
        raise UserError(f"The format {name} needs {error.name}, which is not installed.", "", do) from error
    return made


def _plugins() -> dict[str, EntryPoint]:
    return {point.name.lower(): point for point in entry_points(group=GROUP) if point.name.lower() not in BUILT_IN}
