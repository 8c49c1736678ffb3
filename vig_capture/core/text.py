"""Faults in a TOML text that a person wrote, told with their line and with what was probably meant."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable

from vig_capture.core.errors import UserError


def near_miss(word: str, known: Iterable[str]) -> str:
    """A sentence that names the closest known word, or all of them."""
    names = sorted(known)
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(names)}."


class Lines:
    """Finds the line of an entry in a TOML text, which tomllib does not keep.

    Lines are looked at one by one, so an entry written inside another (`{a = 1}`) is reported at the line of the outer
    one."""

    def __init__(self, text: str, name: str, header: str) -> None:
        """`name` is what messages call the text; `header` opens its sections, such as `[[keys]]`."""
        self._name = name
        self._header = header.strip("[]")
        self._lines = text.splitlines() or [""]

    def fault(self, field: str, nth: int, why: str, do: str) -> UserError:
        """The error to raise for the entry `field` below the `nth` header; 0 means above them all.

        An empty `field` means the header itself."""
        return self._at(self._find(field, nth), why, do)

    def syntax_fault(self, error: tomllib.TOMLDecodeError) -> UserError:
        """The error to raise for a text that is no TOML at all."""
        found = re.search(r"\(at line (\d+)", str(error))
        why = str(error).split(" (at ")[0]
        return self._at(
            int(found[1]) if found else len(self._lines),
            f"it cannot be read: {why[:1].lower()}{why[1:]}.",
            'An entry looks like this: name = "text", or name = 5.',
        )

    def _at(self, number: int, why: str, do: str) -> UserError:
        return UserError(f"{self._name} cannot be used.", f"Line {number}: {why}", do)

    def _find(self, field: str, nth: int) -> int:
        seen, start = 0, 1
        for number, line in enumerate(self._lines, start=1):
            section = _section(line)
            if section is not None:
                if section == self._header:
                    seen += 1
                    start = number if seen == nth else start
                if nth == 0 and field and section.split(".")[0] == field:
                    return number
            elif seen == nth and field and _entry(line) == field:
                return number
        return start


def _section(line: str) -> str | None:
    """The name in a line that opens a section: `[name]` or `[[name]]`."""
    found = re.match(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(#.*)?$", line)
    return found[1] if found else None


def _entry(line: str) -> str:
    """The name before the first equals sign, without quotes."""
    return line.partition("=")[0].strip().strip("\"'")
