"""How many minutes of film the disk still takes, and when to say so."""

from __future__ import annotations

from dataclasses import dataclass

from vig_capture.core.model import VideoMode
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.events import RoomLeft

MEASURED_AFTER_NS = 20 * SECOND_NS
GUESS_BITS_PER_PIXEL = 0.1
"""Of H.264 at the default quality in an ordinary room; only until the session's own rate has been measured."""
SOUND_BYTES_PER_S = 160_000
RESERVE_BYTES = 8 * 1024 * 1024
"""Kept for closing files and for the journal."""


@dataclass(frozen=True, slots=True)
class DiskWarning:
    what: str
    why: str
    do: str


class DiskWatch:
    """Watches the room in minutes; warns at each threshold once."""

    def __init__(self, warn_minutes: tuple[float, ...]) -> None:
        self.minutes_left: float | None = None
        self.critical = False
        """Less than the last threshold is left: finish the film now."""
        self._thresholds = sorted(warn_minutes)
        self._said: set[float] = set()
        self._video_bytes_per_s: dict[str, float] = {}
        self._base: tuple[int, int] | None = None

    def expect(self, stream: str, mode: VideoMode) -> None:
        """A camera with this mode records too."""
        self._video_bytes_per_s[stream] = mode.width * mode.height * mode.rate * GUESS_BITS_PER_PIXEL / 8

    def moved(self) -> None:
        """Another disk."""
        self._said.clear()
        self.critical = False
        self._base = None

    def ahead(self, room: RoomLeft) -> DiskWarning | None:
        """Before the film: what is short, as long as it is so."""
        self.moved()
        if self.observe(room, 0) is None:
            return None
        return DiskWarning(
            f"The disk has room for about {int(self.minutes_left or 0)} minutes of film.",
            "When it is nearly full, a film is finished by itself.",
            "Free some room before you film.",
        )

    def observe(self, room: RoomLeft, recorded_ns: int) -> DiskWarning | None:
        """Take note of the room; returns a warning when a threshold is newly crossed."""
        per_s = sum(self._video_bytes_per_s.values()) + SOUND_BYTES_PER_S
        if self._base is None:
            self._base = (recorded_ns, room.written_bytes)
        since_ns, since_bytes = recorded_ns - self._base[0], room.written_bytes - self._base[1]
        if since_ns > MEASURED_AFTER_NS and since_bytes > 0:
            per_s = since_bytes * SECOND_NS / since_ns
        self.minutes_left = max(room.free_bytes - RESERVE_BYTES, 0) / per_s / 60
        crossed = [limit for limit in self._thresholds if self.minutes_left < limit and limit not in self._said]
        if not crossed:
            return None
        self._said.update(limit for limit in self._thresholds if limit >= crossed[0])
        self.critical = crossed[0] == self._thresholds[0]
        minutes = int(self.minutes_left)
        if self.critical:
            return DiskWarning(
                "The disk is nearly full, so the film is finished now.",
                "Less than a minute of film fits.",
                "Free some room, or choose another folder with --out.",
            )
        return DiskWarning(
            f"The disk has room for about {minutes} minutes of film.",
            "When it is nearly full, the film is finished by itself.",
            "Delete something large, or end the film in good time.",
        )
