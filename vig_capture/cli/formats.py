"""The formats of `vig-capture export`: the built-in ones, and those that plug-ins bring.

Rule 1: a built-in name always wins: no plug-in takes the place of a format that is known.
Rule 2: whatever a plug-in does is told as that plug-in's: nothing of the session is lost, and older files stay.
"""

from __future__ import annotations

from vig_capture import plugins
from vig_capture.core.errors import PluginError, UserError, VigError
from vig_capture.core.text import near_miss
from vig_capture.handoff import registry
from vig_capture.handoff.handed import Exporter, Handed, Sink
from vig_capture.handoff.losses import told

_PROMISED = ("name", "suffix", "time_base", "losses", "write")
"""What `Exporter` asks of a plug-in."""


def names() -> list[str]:
    """All formats. Imports none of them."""
    return sorted({*registry.BUILT_IN, *_plugins()})


def find(name: str) -> Exporter:
    """The exporter of a format. Raises UserError where none is named, for an unknown name and for a format whose
    library is not installed, PluginError for a plug-in that cannot be used."""
    if not name:
        raise UserError("It was not said which format.", near_miss("", names()), "Write: --to FORMAT")
    installed = _plugins()
    if name.lower() in installed:
        return _loaded(installed[name.lower()])
    return registry.find(name, installed)


def write(exporter: Exporter, handed: Handed, sink: Sink) -> dict[str, int]:
    """Write a file; returns what it could not carry, and of how many moments. Raises UserError where the session
    cannot be said in this format, PluginError where the format fails, StorageError, OSError."""
    try:
        exporter.write(handed, sink)
        return told(exporter.losses, handed)
    except (VigError, OSError):
        raise
    except Exception as error:  # around one exporter: whatever it is, the session and the older files are unharmed
        do = "Take another format. Nothing was lost."
        raise PluginError(f"The format {exporter.name} failed.", _reason(error), do) from error


def _loaded(name: str) -> Exporter:
    try:
        found: Exporter = plugins.load(plugins.EXPORTERS, name)()
    except VigError:
        raise
    except Exception as error:  # around one exporter: loading it runs its own code
        raise _unusable(name, _reason(error)) from error
    lacking = [each for each in _PROMISED if not hasattr(found, each)]
    if lacking:
        raise _unusable(name, f"It lacks {', '.join(lacking)}.")
    return found


def _unusable(name: str, why: str) -> PluginError:
    return PluginError(f"The plug-in {name!r} cannot be used.", why, "Update it, or take it out.")


def _plugins() -> dict[str, str]:
    """Plug-ins as they are asked for, each with its own name."""
    return {name.lower(): name for name in plugins.names(plugins.EXPORTERS) if not registry.is_built_in(name)}


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
