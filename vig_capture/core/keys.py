"""The screen's keys: which command each key means. One table, that a guider may change; nothing here reads a key.

Rule 1: a key means one thing. It is a command's, or a row's (as a digit is), or a vocabulary's, never two of them.
Rule 2: a text of the guider's own lies over the one that comes with the program, and changes only what it names.
Rule 3: a fault is reported with its line, and changes nothing.
Rule 4: pausing, ending and taking back always have a key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vig_capture.core.errors import UserError
from vig_capture.core.text import Lines, near_miss
from vig_capture.core.vocabulary import DIGITS, SPACE, Vocabulary

COMMANDS = (
    "pause",
    "resume",
    "end",
    "undo",
    "redo",
    "star",
    "goal",
    "stretch",
    "give",
    "note",
    "still",
    "later",
    "picture",
    "dim",
    "swap",
    "help",
)
AFTER = "after"
"""The table of the keys of the list of moments, which mark nothing: any key may stand there, digits and Space too."""
AFTER_COMMANDS = (
    *("up", "down", "page_up", "page_down", "first", "last", "play", "shortlist", "pick", "star", "goal", "who"),
    *("edit", "note", "private_note", "start_earlier", "start_later", "end_earlier", "end_later", "time", "delete"),
    *("undo", "redo", "leave_out", "own_view", "erase", "earlier", "help", "close"),
)
NEEDED = ("pause", "end", "undo")
"""A screen without these could not be used safely (rule 4)."""
MARKS = "marks"
"""The table of keys that mean a row of the vocabulary."""
ROWS = len(DIGITS)

_NAMED = (
    *("enter", "tab", "backspace", "delete", "insert", "home", "end", "up", "down", "left", "right"),
    *("pageup", "pagedown"),
    *(f"f{number}" for number in range(1, 13)),
    *(f"ctrl+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"),
)
_NAMED_AFTER = (*_NAMED, SPACE, *(f"shift+{key}" for key in ("up", "down", "left", "right", "tab")))
_SAME_IN_A_TERMINAL = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter"}


@dataclass(frozen=True, slots=True)
class ScreenKeys:
    """A checked table of keys."""

    commands: Mapping[str, tuple[str, ...]]
    """For each of COMMANDS its keys, the first of them shown in the help. Letters are lower case."""
    marks: Mapping[str, int]
    """Keys that mean a row of the vocabulary, 1 to 10."""
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """As `commands`, for each of AFTER_COMMANDS, on the list of moments."""

    def after_command(self, key: str) -> str:
        """What a key means on the list of moments, "" where it means nothing."""
        name = key.lower() if len(key) == 1 else key
        return next((command for command, keys in self.after.items() if name in keys), "")

    def command(self, key: str) -> str:
        """The command that a key means, "" where it means none. Capitals count as their letters."""
        name = key.lower() if len(key) == 1 else key
        return next((command for command, keys in self.commands.items() if name in keys), "")

    def digit(self, key: str) -> str:
        """The digit whose row a key means, "" where it means none."""
        row = self.marks.get(key)
        return "" if row is None else DIGITS[row - 1]

    def first(self, command: str) -> str:
        """The key to show for a command, "" where it has none."""
        return next(iter(self.commands.get(command, ())), "")


def parse(text: str, name: str, below: ScreenKeys | None = None) -> ScreenKeys:
    """Read a table from its TOML text and lay it over `below`, which it then need not repeat (rule 2).

    `name` is what the file is called in messages. Raises UserError with the line of the first fault."""
    lines = Lines(text, name, f"[{MARKS}]")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise lines.syntax_fault(error) from error
    commands: dict[str, tuple[str, ...]] = dict(below.commands if below else dict.fromkeys(COMMANDS, ()))
    marks = dict(below.marks) if below else {}
    after = below.after if below else dict.fromkeys(AFTER_COMMANDS, ())
    for entry, value in raw.items():
        if entry == MARKS:
            marks = _marks(value, lines)
        elif entry == AFTER:
            after = _after(value, after, Lines(text, name, f"[{AFTER}]"))
        elif entry in COMMANDS:
            commands[entry] = _keys(entry, value, lines)
        else:
            raise lines.fault(entry, 0, f"there is no command {entry!r}.", near_miss(entry, (*COMMANDS, MARKS, AFTER)))
    for command in NEEDED:
        if not commands[command]:
            raise lines.fault(command, 0, f"{command} has no key.", "Give it one: it has to be within reach.")
    _check_once(commands, marks, raw, lines)
    return ScreenKeys(commands, marks, after)


def check(keys: ScreenKeys, vocabularies: Iterable[Vocabulary], name: str) -> None:
    """Refuse a table with a key that a vocabulary marks with. `name` is what the table is called in messages.

    Raises UserError for the first such key."""
    for vocabulary in vocabularies:
        for row in vocabulary.keys:
            command = keys.command(row.key)
            if command:
                raise UserError(
                    f"{name} cannot be used together with the vocabulary {vocabulary.name}.",
                    f"The key {row.key} is the screen's: {command}; in the vocabulary it marks {row.label!r}.",
                    "Give one of the two another key.",
                )


def _keys(command: str, value: Any, lines: Lines) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(key, str) for key in value):
        raise lines.fault(command, 0, f"{command} is {value!r}.", 'It has to be a list of keys, such as ["p"].')
    for key in value:
        _check_key(key, command, 0, lines)
        if len(key) == 1 and key in DIGITS:
            raise lines.fault(command, 0, f"the digit {key} is taken: it marks.", "Choose another key.")
    return tuple(value)


def _after(value: Any, below: Mapping[str, tuple[str, ...]], lines: Lines) -> dict[str, tuple[str, ...]]:
    """The keys of the list of moments over those of `below`."""
    if not isinstance(value, dict):
        raise lines.fault(AFTER, 0, f"{AFTER} is {value!r}.", f"Write it below a line [{AFTER}].")
    found = dict(below)
    for command, keys in value.items():
        if command not in AFTER_COMMANDS:
            raise lines.fault(command, 1, f"there is no command {command!r}.", near_miss(command, AFTER_COMMANDS))
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
            raise lines.fault(command, 1, f"{command} is {keys!r}.", 'It has to be a list of keys, such as ["c"].')
        for key in keys:
            if key != SPACE:
                _check_key(key, command, 1, lines, _NAMED_AFTER)
        found[command] = tuple(keys)
    seen: dict[str, str] = {}
    for command in (*(each for each in found if each not in value), *value):
        for key in found[command]:
            if key in seen:
                raise lines.fault(command, 1, f"{key} is {seen[key]}'s.", "Give each command keys of its own.")
            seen[key] = command
    return found


def _marks(value: Any, lines: Lines) -> dict[str, int]:
    if not isinstance(value, dict):
        raise lines.fault(MARKS, 0, f"{MARKS} is {value!r}.", f"Write it below a line [{MARKS}].")
    for key, row in value.items():
        _check_key(key, key, 1, lines)
        if len(key) == 1:
            raise lines.fault(key, 1, f"{key!r} is a character.", "Only keys with names stand here, such as pagedown.")
        if isinstance(row, bool) or not isinstance(row, int) or not 1 <= row <= ROWS:
            raise lines.fault(key, 1, f"{key} is {row!r}.", f"It has to be the number of a row, 1 to {ROWS}.")
    return dict(value)


def _check_key(key: str, field: str, nth: int, lines: Lines, named: Sequence[str] = _NAMED) -> None:
    """That it is the name of a key. `field` and `nth` say where it stands; `named` are the keys with names."""
    if key in ("", " ", SPACE):
        raise lines.fault(field, nth, f"{key!r} is Space, and Space marks.", "Choose another key.")
    if key in _SAME_IN_A_TERMINAL:
        why = f"{key} is the same as {_SAME_IN_A_TERMINAL[key]} in a terminal."
        raise lines.fault(field, nth, why, "Choose another key.")
    if len(key) == 1:
        if not key.isprintable():
            raise lines.fault(field, nth, f"{key!r} is no key.", "Choose another key.")
        if key != key.lower():
            raise lines.fault(field, nth, f"{key!r} is a capital.", f"Write {key.lower()!r}: it means both.")
    elif key not in named:
        raise lines.fault(field, nth, f"there is no key {key!r}.", near_miss(key, named))


def _check_once(
    commands: Mapping[str, tuple[str, ...]], marks: Mapping[str, int], raw: Mapping[str, Any], lines: Lines
) -> None:
    """That no key means two things. The fault stands in this text: in the later of two lines that it has."""
    seen = dict.fromkeys(marks, MARKS)
    for command in (*(each for each in COMMANDS if each not in raw), *(each for each in raw if each in COMMANDS)):
        for key in commands[command]:
            if key not in seen:
                seen[key] = command
                continue
            why = f"the key {key} stands here a second time." if seen[key] == command else f"{key} is {seen[key]}'s."
            in_marks = seen[key] == MARKS and command not in raw
            raise lines.fault(key if in_marks else command, int(in_marks), why, "Give each command keys of its own.")
