"""The names of a Pulse or PipeWire desktop's microphones, which PortAudio hides behind one device called pulse."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import NamedTuple

LIMIT_S = 2.0


class PulseSource(NamedTuple):
    """A microphone as the sound server knows it."""

    source: str
    """What `pulse:` takes."""
    description: str
    """What people read in the desktop's settings."""


def _pactl(*arguments: str) -> str:
    return subprocess.run(("pactl", *arguments), capture_output=True, text=True, timeout=LIMIT_S, check=True).stdout


def default_source(ask: Callable[..., str] = _pactl) -> str:
    """The sound server's default source; empty where no such server answers."""
    try:
        return ask("get-default-source").strip()
    except (OSError, subprocess.SubprocessError, ValueError):
        return ""


def pulse_sources(ask: Callable[..., str] = _pactl) -> list[PulseSource]:
    """All sources but the echoes of loudspeakers; none where no such server answers."""
    try:
        listing = json.loads(ask("-f", "json", "list", "sources"))
        return [
            PulseSource(str(entry["name"]), str(entry["description"]))
            for entry in listing
            if not entry.get("monitor_source") and entry.get("properties", {}).get("device.class") != "monitor"
        ]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError, AttributeError):
        return []
