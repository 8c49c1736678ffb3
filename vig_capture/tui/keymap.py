"""The keys of the screen, read from their files, and what the program calls each key that a terminal sends."""

from __future__ import annotations

from functools import cache

from textual import events

from vig_capture.core import keys
from vig_capture.core.errors import UserError
from vig_capture.core.keys import ScreenKeys
from vig_capture.core.vocabulary import SPACE
from vig_capture.devices.settings_files import (
    config_folder,
    load_settings,
    load_vocabulary,
    shipped_folder,
    vocabulary_names,
)
from vig_capture.tui import texts

FILE = "keys.toml"

# Not Alt: a terminal sends Alt+letter for Escape and a letter in quick succession, and no letter may be swallowed.
_CHORDS = ("ctrl+", "super+", "meta+", "hyper+")
_MODIFIERS = ("shift", "control", "alt", "super", "hyper", "meta", "lock")


@cache
def shipped() -> ScreenKeys:
    """The keys that come with the program."""
    return keys.parse((shipped_folder() / FILE).read_text(encoding="utf-8"), FILE)


def load(vocabulary: str = "") -> ScreenKeys:
    """The guider's keys over the shipped ones, checked against every vocabulary that can be named, that of the guider's
    settings, and `vocabulary` (a name or a path). The shipped ones fit all: a vocabulary cannot take a key of theirs.

    Raises UserError for a text of the guider's own that is at fault, with its line; a vocabulary that is at fault is
    reported where it is used."""
    own = config_folder() / FILE
    if not own.is_file():
        return shipped()
    try:
        text = own.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{own} cannot be read.", f"{error}.", "Check the file.") from error
    found = keys.parse(text, str(own), shipped())
    for name in (*vocabulary_names(), _of_settings(), vocabulary):
        try:
            rows = load_vocabulary(name) if name else None
        except UserError:
            continue
        keys.check(found, [rows] if rows is not None else [], str(own))
    return found


def _of_settings() -> str:
    """The vocabulary of the guider's settings: a name or a path; "" where the settings are at fault."""
    try:
        return load_settings().vocabulary
    except UserError:
        return ""


def name_of(event: events.Key) -> str:
    """What the table of keys calls the key that was pressed; "" for one that is none by itself, such as Shift.

    A printable character is itself, so that a keyboard's layout does not matter; Space is `space`."""
    character = character_of(event)
    if character == " ":
        return SPACE
    if len(character) == 1 and character.isprintable() and not event.key.startswith(_CHORDS):
        return character
    # Some terminals report Shift as a key of its own, before the letter.
    return "" if event.key.rpartition("_")[2] in _MODIFIERS else event.key


def character_of(event: events.Key) -> str:
    """What was typed; some terminals name Shift and the letter instead of the capital."""
    if event.character is None and event.key.startswith("shift+"):
        return event.key.removeprefix("shift+").upper()
    return event.character or ""


def shown(key: str) -> str:
    """A key as the screen writes it."""
    if len(key) == 1:
        return key
    if key.startswith("ctrl+"):
        return texts.CTRL.format(letter=key.removeprefix("ctrl+").upper())
    return texts.KEY_NAMES.get(key, key.upper())
