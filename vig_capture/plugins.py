"""Plug-ins: what other packages offer through entry points.

Rule 1: `names` imports nothing; `load` imports one.
Rule 2: one that cannot be imported is a PluginError, and nothing else is touched.

A check enters by the group `vig_capture.checks`: a `PictureCheck` of checks/view.py, a pure function that is given the
time of checks/run.py and muted where it takes more. A format enters by the group `vig_capture.exporters`: a class that
makes an `Exporter` of handoff/handed.py.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from vig_capture.core.errors import PluginError

CHECKS = "vig_capture.checks"
EXPORTERS = "vig_capture.exporters"


def names(group: str) -> list[str]:
    """The plug-ins that are installed, by name."""
    return sorted({point.name for point in entry_points(group=group)})


def load(group: str, name: str) -> Any:
    """What the plug-in's entry point names. Raises PluginError, and whatever its own module raises."""
    point = next(iter(entry_points(group=group, name=name)), None)
    if point is None:
        raise PluginError(f"There is no plug-in {name!r}.", "", "Install it, or leave it out.")
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise PluginError(f"The plug-in {name!r} cannot be used.", why, "Update it, or take it out.") from error
