"""Is the microphone alive? Certain signs only: a false alarm teaches the guider to look away."""

from __future__ import annotations

from typing import Literal

from vig_capture.core.levels import Levels
from vig_capture.core.time import MS_NS

MUTED_NS = 1_500 * MS_NS
"""Exact zeros for so long: muted. A single block of them may be a start or a filled hole. It is noticed within 2 s,
also on a busy machine."""
STOPPED_NS = 500 * MS_NS
"""No block for so long: stopped. A busy machine is late by less, and says so when it catches up."""

MicState = Literal["sound", "muted", "stopped"]
MicChange = Literal["muted", "stopped", "sound again"]


class MicWatch:
    """Watches one microphone. `t_ns` is when it was opened; without it the watch begins with the first observation."""

    def __init__(self, t_ns: int | None = None) -> None:
        self.state: MicState = "sound"
        self.since_ns = t_ns or 0
        """When the sign began, which is before it was believed."""
        self._last_ns = t_ns
        self._zeros_since_ns: int | None = None

    def observe(self, levels: Levels | None, t_ns: int, count: int) -> list[MicChange]:
        """Look at a block of `count` samples that came at `t_ns`, or (None and 0) having waited in vain until then.

        Returns what changed, in order; mostly nothing."""
        changes: list[MicChange] = []
        if self._last_ns is None:
            self._last_ns = self.since_ns = t_ns
        if t_ns - self._last_ns >= STOPPED_NS and self.state != "stopped":
            self._become("stopped", self._last_ns)
            self._zeros_since_ns = None
            changes.append("stopped")
        if levels is None or count == 0:
            return changes
        self._last_ns = max(self._last_ns, t_ns)
        if not levels.zeros:
            self._zeros_since_ns = None
            if self.state != "sound":
                self._become("sound", t_ns)
                changes.append("sound again")
            return changes
        if self._zeros_since_ns is None:
            self._zeros_since_ns = t_ns
        if t_ns - self._zeros_since_ns >= MUTED_NS and self.state != "muted":
            self._become("muted", self._zeros_since_ns)
            changes.append("muted")
        return changes

    def _become(self, state: MicState, since_ns: int) -> None:
        self.state, self.since_ns = state, since_ns
