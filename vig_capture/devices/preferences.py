"""What is remembered from one film to the next: devices, kind of film, vocabulary and kind of place, and nothing else.

Rule 1: nothing that tells of a family is kept here, whatever is handed over.
Rule 2: practice leaves no trace: the next film must not open a drawn scene or a film file in place of the camera.
Rule 3: an address with a password in it is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vig_capture.core.sheet import PLACES
from vig_capture.devices.camera_source import without_password
from vig_capture.devices.settings_files import recall, remember

NAME = "prepare"
DEVICES, OTHERS = ("camera", "mic"), ("kind", "vocabulary", "place")


def recalled() -> dict[str, str]:
    """What was kept: some of camera, mic, kind, vocabulary, place. Raises nothing."""
    found = recall().get(NAME)
    return _texts(found) if isinstance(found, dict) else {}


def keep(values: Mapping[str, Any]) -> None:
    """Keep these for the next film; devices that are no devices leave the earlier ones as they are.

    Raises StorageError."""
    before, wanted = recalled(), _texts(values)
    practised = any(_is_practice(wanted.get(name, "")) for name in DEVICES)
    kept = {name: before[name] for name in DEVICES if name in before}
    if not practised:
        kept |= {name: wanted[name] for name in DEVICES if _is_real(wanted.get(name, ""))}
    remember(NAME, kept | {name: wanted[name] for name in OTHERS if wanted.get(name)})


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    found = {name: values.get(name) for name in (*DEVICES, *OTHERS)}
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    if texts.get("place", "") not in PLACES:
        texts.pop("place", None)
    return texts


def _is_practice(use: str) -> bool:
    return use == "demo" or (bool(use) and Path(use).expanduser().is_file())


def _is_real(use: str) -> bool:
    """A device that the next film may open by itself."""
    return use not in ("", "none") and not _is_practice(use) and without_password(use) == use
