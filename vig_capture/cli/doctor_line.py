"""What the doctor says: one line for each thing it looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vig_capture.core.errors import VigError

State = Literal["ok", "look", "bad"]
"""ok: nothing to do. look: a film can be made, but read this first. bad: a film cannot be made, or would suffer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    name: str
    state: State
    what: str
    why: str = ""
    do: str = ""


def of_error(name: str, error: VigError, state: State = "bad") -> Line:
    """A fault that was met."""
    return Line(name, state, error.what, error.why, error.do)


def as_text(lines: Sequence[Line]) -> str:
    """For a person: the state in words, what, why, and what to do; last the sum of it."""
    shown = []
    for line in lines:
        shown.append(f"{line.state:<5} {line.name}: {line.what}")
        shown += [f"      {part}" for part in (line.why, line.do) if part]
    bad, look = (sum(line.state == state for line in lines) for state in ("bad", "look"))
    if bad:
        shown.append(f'\n{bad} marked "bad": see to {"it" if bad == 1 else "them"} before you film.')
    elif look:
        shown.append('\nA film can be made. Read what is marked "look".')
    else:
        shown.append("\nAll is well. A film can be made.")
    return "\n".join(shown)
