"""The questions at the pause points of a reel: how their file is read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from vig_capture.core.text import Lines, near_miss

PAUSE_S = 0.5, 60.0
TEXT_MAX = 200
_FIELDS = ("pause_s", "after", "last")


@dataclass(frozen=True, slots=True)
class Questions:
    """What is asked between the clips of a reel."""

    after: tuple[str, ...]
    """Behind each clip but the last, in this order."""
    last: str
    """Behind the last one."""
    pause_s: float
    """So long the last picture of a clip stays."""

    def behind(self, clip: int, clips: int) -> str:
        """The question behind a clip, counted from 0, of so many."""
        return self.last if clip == clips - 1 else self.after[clip % len(self.after)]


def parse(text: str, name: str) -> Questions:
    """Questions from a TOML text; `name` is what messages call it. Raises UserError, with the line at fault."""
    lines = Lines(text, name, "")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise lines.syntax_fault(error) from error
    for field in table:
        if field not in _FIELDS:
            raise lines.fault(field, 0, f"{field!r} is not known here.", near_miss(field, _FIELDS))
    after, last, pause_s = (table.get(field) for field in ("after", "last", "pause_s"))
    if not isinstance(after, list) or not after or not all(map(_is_question, after)):
        raise lines.fault("after", 0, "after is no list of questions.", 'Write: after = ["What do you see here?"]')
    if not _is_question(last):
        raise lines.fault("last", 0, "last is no question.", 'Write: last = "What would you like more of?"')
    if not isinstance(pause_s, int | float) or isinstance(pause_s, bool) or not PAUSE_S[0] <= pause_s <= PAUSE_S[1]:
        raise lines.fault(
            "pause_s", 0, f"pause_s is no number from {PAUSE_S[0]:g} to {PAUSE_S[1]:g}.", "Write: pause_s = 3.0"
        )
    return Questions(tuple(after), str(last), float(pause_s))


def _is_question(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= TEXT_MAX and value.isprintable()
