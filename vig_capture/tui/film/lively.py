"""When the picture and the moving meter are on the screen: at the beginning, and for a while when they are asked for.

A moving picture of themselves is what draws small children to a screen, so it goes away by itself.
"""

from __future__ import annotations

from vig_capture.core.time import SECOND_NS
from vig_capture.tui.film.state import FilmState

SHOWN_NS = 20 * SECOND_NS
_STATES = ("recording", "arming")


class Lively:
    """Knows until when."""

    def __init__(self) -> None:
        self._until_ns: int | None = None
        self.sent_away = False
        """The guider did not want them at the beginning."""

    def left_s(self, film: FilmState, now_ns: int) -> float:
        """For how many seconds more they are shown, 0 where they are not."""
        if film.dim or film.is_pausing() or not self._may(film, now_ns):
            return 0.0
        first_ns = 0 if self.sent_away else SHOWN_NS - film.shown.recorded_ns
        asked_ns = 0 if self._until_ns is None else self._until_ns - now_ns
        return max(first_ns, asked_ns, 0) / SECOND_NS

    def press(self, film: FilmState, now_ns: int) -> bool:
        """The key: they come for a while, or go at once. False where nothing may be shown now."""
        if film.is_pausing() or not self._may(film, now_ns):
            return False
        if self.left_s(film, now_ns) > 0:
            self._until_ns, self.sent_away = None, True
        else:
            self._until_ns, film.dim = now_ns + SHOWN_NS, False
        return True

    @staticmethod
    def _may(film: FilmState, now_ns: int) -> bool:
        return film.headline(now_ns)[0] in _STATES
