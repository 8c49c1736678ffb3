"""What a terminal sends for its keys, cut into keys and named as the table of keys names them. Nothing here reads."""

from __future__ import annotations

import re
from collections.abc import Callable

from vig_capture.core.vocabulary import SPACE

ESCAPE_S = 0.05
"""An Esc that nothing follows within this time is the key; a terminal sends a sequence in one piece."""
SEQUENCE_S = 0.5
"""A sequence that has begun may be torn apart by a slow line, and its rest must not be taken for letters that mark."""

_WHOLE = re.compile(
    r"\x1b\[\[[A-E]"  # an F key of the Linux console
    r"|\x1b?\x1b\[([0-?]*)[ -/]*([@-Z\\-~])"
    r"|\x1b?\x1bO([A-Za-z])"
    r"|\x1b[^\x1b\[O]"  # Alt and a character
    r"|[^\x1b]",
    re.DOTALL,
)
_BEGUN = re.compile(r"\x1b(?:\x1b(?=[\[O]|\Z))?(?:\[\[|\[[0-?]*[ -/]*|O)?")
_LETTERS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
_LETTERS |= {"P": "f1", "Q": "f2", "R": "f3", "S": "f4", "Z": "shift+tab", "M": "enter"}
_NUMBERS = {"1": "home", "2": "insert", "3": "delete", "4": "end", "5": "pageup", "6": "pagedown", "7": "home"}
_NUMBERS |= {"8": "end", "11": "f1", "12": "f2", "13": "f3", "14": "f4", "15": "f5", "17": "f6", "18": "f7"}
_NUMBERS |= {"19": "f8", "20": "f9", "21": "f10", "23": "f11", "24": "f12"}
_MODIFIERS = (("shift+", 1), ("alt+", 2), ("ctrl+", 4))
"""Bits of the second number of a sequence, less one (xterm)."""
_WINDOWS = {"H": "up", "P": "down", "K": "left", "M": "right", "G": "home", "O": "end", "I": "pageup", "Q": "pagedown"}
_WINDOWS |= {"R": "insert", "S": "delete", "\x85": "f11", "\x86": "f12"}
_WINDOWS |= {chr(0x3A + number): f"f{number}" for number in range(1, 11)}
"""What msvcrt.getwch says after a NUL or an à."""


class Sequences:
    """Cuts what a terminal sends into keys."""

    def __init__(self) -> None:
        self._rest = ""

    @property
    def wait_s(self) -> float | None:
        """For how long what has begun may go on, before `end`; None where nothing has."""
        if not self._rest:
            return None
        return SEQUENCE_S if self._rest.strip("\x1b") else ESCAPE_S

    def feed(self, text: str) -> list[str]:
        """The names of the keys that are whole now. What has no name is left out."""
        text, self._rest = self._rest + text, ""
        names, at = [], 0
        while at < len(text):
            if (whole := _WHOLE.match(text, at)) is not None:
                names.append(_name(whole))
                at = whole.end()
                continue
            begun = _BEGUN.match(text, at)
            assert begun is not None, "whatever is not whole begins with Esc"
            if begun.end() == len(text):
                self._rest = begun[0]
                break
            names.append(_broken_off(begun[0]))
            at = begun.end()
        return [name for name in names if name]

    def end(self) -> list[str]:
        """Nothing follows what has begun."""
        rest, self._rest = self._rest, ""
        name = _broken_off(rest)
        return [name] if name else []


def windows_name(first: str, read: Callable[[], str]) -> list[str]:
    """The keys behind a character of msvcrt.getwch; `read` gives the next one, which some keys consist of."""
    if first not in ("\x00", "\xe0"):
        name = character_name(first)
        return [name] if name else []
    second = read()
    if second in _WINDOWS:
        return [_WINDOWS[second]]
    # The same character is the letter à.
    return ["à", *filter(None, [character_name(second)])] if first == "\xe0" else []


def character_name(character: str) -> str:
    """A printable character is itself; "" for one that is no key."""
    if character == " ":
        return SPACE
    if character in ("\r", "\n"):
        return "enter"
    if character in ("\x08", "\x7f"):
        return "backspace"
    if character == "\t":
        return "tab"
    if character == "\x1b":
        return "escape"
    if "\x01" <= character <= "\x1a":
        return f"ctrl+{chr(ord(character) + 96)}"
    return character if character.isprintable() else ""


def _name(whole: re.Match[str]) -> str:
    """The name of a whole key."""
    text = whole[0]
    if len(text) == 1:
        return character_name(text)
    if text.startswith("\x1b[["):
        return f"f{ord(text[3]) - 64}"
    if whole[2] is None and whole[3] is None:
        # Alt and a letter is sent as Esc and a letter in quick succession, and no letter may be swallowed.
        name = character_name(text[1])
        return name if len(name) == 1 or name == SPACE else name and f"alt+{name}"
    alt = "alt+" if text.startswith("\x1b\x1b") else ""
    number, _, modifiers = (whole[1] or "").partition(";")
    final = whole[2] or whole[3]
    if final != "~" and number not in ("", "1"):
        return ""
    name = _NUMBERS.get(number, "") if final == "~" else _LETTERS.get(final, "")
    if modifiers and not (modifiers.isascii() and modifiers.isdigit() and len(modifiers) < 3):
        return ""
    bits = int(modifiers or "1") - 1
    return name and alt + "".join(word for word, bit in _MODIFIERS if bits & bit) + name


def _broken_off(begun: str) -> str:
    """The name of a sequence that does not go on: Esc, or Alt and the character that a sequence begins with."""
    if begun in ("\x1b[", "\x1bO"):
        return begun[1]
    return "escape" if begun and not begun.strip("\x1b") else ""
