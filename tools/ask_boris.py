"""Ask BORIS's own code about a project. Runs in an environment of its own, in which boris-behav-obs is installed; BORIS
(GPL-3) is no part of this project.

    python tools/ask_boris.py PROJECT.boris

Prints one JSON value: version, changed (did opening it change it?), message, integrity (what BORIS finds wrong with
it), rows (its tabular export: a map for each), before_s (for each file the sum of the lengths before it).
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import json
import os
import sys
import tempfile
import types
from math import floor
from pathlib import Path
from typing import Any


def main(path: str) -> None:
    _without_players()
    projects, exports, cfg, version = (
        importlib.import_module(f"boris.{name}")
        for name in ("project_functions", "export_observation", "config", "version")
    )
    _, changed, project, message = projects.open_project_json(path)
    if "error" in project:
        print(json.dumps({"version": version.__version__, "error": project["error"]}))
        return
    ((name, observation),) = project[cfg.OBSERVATIONS].items()
    found = {
        "version": version.__version__,
        "changed": changed,
        "message": message,
        "integrity": projects.check_project_integrity(project, cfg.HHMMSS, path),
        "rows": _rows(exports, cfg, project, name, observation),
        "before_s": _before(observation),
    }
    print(json.dumps(found))


class _StandIn(types.ModuleType):
    """A module that has whatever is asked for. BORIS looks for the player's library when it is imported."""

    sofile = "libmpv.so.1"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def _without_players() -> None:
    """Let BORIS's modules be imported where there is neither screen nor mpv nor sound, and without its main window."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    spec = importlib.util.find_spec("boris")
    if spec is None or spec.submodule_search_locations is None:
        raise SystemExit("boris-behav-obs is not installed here.")
    package = types.ModuleType("boris")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["boris"] = package
    sys.path.append(package.__path__[0])
    for name in ("mpv2", "mpv", "ipc_mpv"):
        sys.modules[f"boris.{name}"] = _StandIn(name)
        setattr(package, name, sys.modules[f"boris.{name}"])
    for name in ("PyQt5.QtMultimedia", "PySide6.QtMultimedia"):
        sys.modules[name] = _StandIn(name)


def _rows(exports: Any, cfg: Any, project: Any, name: str, observation: Any) -> list[dict[str, str]]:
    """As File > Export events > Tabular events writes them, with all subjects and behaviours."""
    parameters = {
        cfg.SELECTED_SUBJECTS: [each["name"] for each in project[cfg.SUBJECTS].values()],
        cfg.SELECTED_BEHAVIORS: [each["code"] for each in project[cfg.ETHOGRAM].values()],
        "time": cfg.TIME_FULL_OBS,
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.tsv"
        written = exports.export_tabular_events(
            project, parameters, name, observation, project[cfg.ETHOGRAM], str(file), "tsv"
        )
        if not written[0]:
            raise SystemExit(f"BORIS could not export: {written[1]}")
        with file.open(encoding="utf-8", newline="") as text:
            return list(csv.DictReader(text, delimiter="\t"))


def _before(observation: Any) -> dict[str, float]:
    """By BORIS's formula (observation_operations.py, event2media_file_name)."""
    before, found = 0.0, {}
    for path in observation["file"].get("1", ()):
        found[path] = round(before, 3)
        before += floor(observation["media_info"]["length"][path] * 10**3) / 10**3
    return found


if __name__ == "__main__":
    main(sys.argv[1])
