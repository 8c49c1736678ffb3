"""Room side by side for what may overlap, in formats whose rows may not."""

from __future__ import annotations

from heapq import heappop, heappush


class Lanes:
    """Gives each stretch the first lane that is free from where it begins. Stretches come in the order in which they
    begin."""

    def __init__(self) -> None:
        self._taken: list[tuple[int, int]] = []
        """End and number of each lane that was taken, the earliest end first."""
        self._free: list[int] = []

    def take(self, start: int, end: int) -> int:
        """The number of the lane for a stretch, from 1. It is free again at `end`."""
        while self._taken and self._taken[0][0] <= start:
            heappush(self._free, heappop(self._taken)[1])
        lane = heappop(self._free) if self._free else len(self._taken) + 1
        heappush(self._taken, (end, lane))
        return lane


def numbered(name: str, lane: int) -> str:
    """The name of a lane: the first has the name of all."""
    return name if lane == 1 else f"{name} ({lane})"
