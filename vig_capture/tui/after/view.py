"""The words around the list of moments, as functions: nothing here reads a clock, a key or a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len

from vig_capture.core.keys import ScreenKeys
from vig_capture.tui import keymap, texts
from vig_capture.tui.after.told import Told, time_words
from vig_capture.tui.words import apart, elsewhere_lines, fit

_HELP_KEYS_CELLS, _HELP_TWO_KEYS_CELLS = 12, 18
_HELP_COLUMN, _HELP_TWO_KEYS_COLUMN = 38, 50


def key_name(key: str) -> str:
    """A key as this screen writes it."""
    return texts.AFTER_KEY_NAMES.get(key) or keymap.shown(key)


def filled(text: str, keys: ScreenKeys, **more: object) -> str:
    """A text of the catalogue with the names of this screen's keys in its braces."""
    names = {command: key_name(own[0]) if own else "Esc" for command, own in keys.after.items()}
    return text.format_map(names | more)


def title(told: Told, own_view: bool, keys: ScreenKeys, width: int) -> str:
    """Which film this is, and for whose eyes."""
    left = texts.AFTER_TITLE
    if told.created_utc:
        day = _day(told.created_utc)
        left = texts.AFTER_TITLE_TOLD.format(day=day, length=time_words(told.recorded_ns))
    right = filled(texts.AFTER_OWN_VIEW, keys) if own_view else texts.AFTER_FAMILY_VIEW
    return apart(left, right, width)


def _day(created_utc: str) -> str:
    """A session's beginning in local time."""
    try:
        began = datetime.fromisoformat(created_utc)
    except ValueError:
        return created_utc
    return f"{began.astimezone():%d.%m.%Y %H:%M}"


def footer(keys: ScreenKeys, width: int, typing: bool) -> str:
    """The keys that are always there."""
    if typing:
        return texts.AFTER_FOOTER_TYPING
    whole = filled(texts.AFTER_FOOTER, keys)
    return whole if cell_len(whole) <= width else filled(texts.AFTER_FOOTER_NARROW, keys)


def question(mode: str, keys: ScreenKeys, elsewhere: Sequence[str] = ()) -> str:
    """What is asked in this mode, "" where nothing is. `elsewhere`: what erasing leaves."""
    questions = {
        "erase": "\n".join([*elsewhere_lines(elsewhere), texts.AFTER_ASK_ERASE]),
        "erase again": texts.AFTER_ASK_ERASE_AGAIN,
        "close": filled(texts.AFTER_ASK_CLOSE, keys),
    }
    return questions.get(mode, "")


def help_(told: Told, keys: ScreenKeys, width: int) -> str:
    """What every key does, in as many columns as fit; each command's second key too where there is room."""
    columns = 2 if width >= 2 * _HELP_COLUMN else 1
    room = width // columns
    many, size = (2, _HELP_TWO_KEYS_CELLS) if room >= _HELP_TWO_KEYS_COLUMN else (1, _HELP_KEYS_CELLS)
    found = []
    for command, words in texts.AFTER_HELP.items():
        names = ", ".join(key_name(key) for key in keys.after.get(command, ())[:many])
        if names:
            found.append(fit(names, size) + words.format(other=told.other or texts.OTHER))
    rows = -(-len(found) // columns)
    lines = ["".join(fit(each, room) for each in found[row::rows]).rstrip() for row in range(rows)]
    return "\n".join([texts.AFTER_HELP_TITLE, "", *lines])
