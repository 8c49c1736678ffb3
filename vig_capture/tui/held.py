"""Which presses of a command key are the auto-repeat of a key that is held down. A terminal tells no release.

A held key comes again after 0.25 to 0.7 s, and then every 30 to 100 ms. So a press right after another is a repeat, and
one that comes as late as a first repeat does is known only by what follows it.
"""

from __future__ import annotations

from typing import Literal

from vig_capture.core.time import MS_NS

REPEAT_NS = 120 * MS_NS
"""Presses closer than this are a held key's: nobody taps that fast on purpose for long."""
FIRST_NS = 700 * MS_NS
"""The longest usual delay before a held key begins to repeat (660 ms under X11)."""


class HeldKey:
    """Presses of one key, or of one kind of key."""

    def __init__(self) -> None:
        self._name = ""
        self._last_ns: int | None = None

    def repeats(self, name: str, mono_ns: int) -> bool:
        """Is this press the same key again, so soon that it may be a repeat? For keys that nobody presses in a row."""
        same = name == self._name and self._last_ns is not None and mono_ns - self._last_ns < FIRST_NS
        self._name, self._last_ns = name, mono_ns
        return same


Verdict = Literal["at once", "wait", "repeat"]


class Taps:
    """Presses of a key that is pressed in a row on purpose too: held down it counts once."""

    def __init__(self) -> None:
        self._last_ns: int | None = None

    def press(self, mono_ns: int) -> Verdict:
        """What a press is. `wait`: it counts only if no repeat follows within REPEAT_NS.

        `repeat`: it does not count, and neither does one that still waits."""
        before_ns, self._last_ns = self._last_ns, mono_ns
        if before_ns is None or mono_ns - before_ns > FIRST_NS:
            return "at once"
        return "repeat" if mono_ns - before_ns < REPEAT_NS else "wait"
