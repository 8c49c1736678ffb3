"""What lies ready for the prepare screen: devices, kinds of film, marker keys, earlier sheets, the card. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from vig_capture.archive.reader import is_session, read_session
from vig_capture.cli.card import print_card, read_card
from vig_capture.cli.request import Request, checked, default_out
from vig_capture.cli.unfinished import local
from vig_capture.core.errors import UserError, VigError
from vig_capture.core.sheet import KINDS, KindOfFilm
from vig_capture.devices.listing import Device as Listed
from vig_capture.devices.listing import list_cameras, list_microphones
from vig_capture.devices.preferences import recalled
from vig_capture.devices.settings_files import load_settings, load_vocabulary, profile_names, vocabulary_names
from vig_capture.tui.prepare.ports import Choice, Device, Keys, named

SHEETS_MAX = 12
"""So many earlier sheets are read: the last families, and not the whole archive."""


class HostShelf:
    """The port Shelf on a real machine."""

    def __init__(self, out: Path | None = None) -> None:
        """`out`: the folder that holds the sessions."""
        self._out = out or Path(default_out())

    def devices(self) -> tuple[Sequence[Device], Sequence[Device]]:
        return _usable(list_cameras()), _usable(list_microphones())

    def kinds(self) -> Sequence[KindOfFilm]:
        names = [*KINDS, *(name for name in profile_names() if name not in KINDS)]
        found = []
        for name in names:
            # One profile at fault must not hide the others; `doctor` names it.
            with suppress(VigError):
                found.append(KindOfFilm.of(load_settings(profile=name)))
        return found

    def vocabularies(self) -> Sequence[Keys]:
        found = []
        for name in vocabulary_names():
            with suppress(VigError):
                found.append(Keys(name, load_vocabulary(name).name))
        return found

    def remembered(self) -> dict[str, str]:
        return recalled()

    def previous_sheets(self) -> Sequence[tuple[str, dict[str, Any]]]:
        found: list[tuple[str, dict[str, Any]]] = []
        folders = sorted((path for path in self._out.iterdir()), reverse=True) if self._out.is_dir() else []
        for folder in folders:
            with suppress(VigError, OSError):
                if len(found) < SHEETS_MAX and is_session(folder):
                    view = read_session(folder).view
                    if view.sheet:
                        found.append((local(view.created_utc), view.sheet))
        return found

    def card(self) -> str:
        return read_card()

    def print_card(self) -> str:
        return str(print_card())

    def check(self, choice: Choice) -> str:
        request = Request((choice.camera or "none",), (choice.mic or "none",), str(self._out), profile=choice.kind)
        try:
            checked(request, folders=False)
            if choice.vocabulary:
                load_vocabulary(choice.vocabulary)
        except UserError as error:
            return " ".join(part for part in (error.what, error.why, error.do) if part)
        return ""


def _usable(listed: Sequence[Listed]) -> list[Device]:
    found = [Device(named(each.how_to_use), each.name, each.note) for each in listed]
    return [each for each in found if each.use]
