"""A microphone's level as a word and a bar that do not jitter."""

from __future__ import annotations

from vig_capture.core.time import SECOND_NS
from vig_capture.tui import texts

BAR_CELLS = 20
_BAR_DB = 60.0
"""The bar shows −60 dBFS to full scale, 3 dB a cell."""
_BAR_FALL_DB_S = 20.0
_WORD_FALL_DB_S = 4.0
"""Slow enough that a pause in speaking is not called quiet."""
_SILENT_DBFS, _FAINT_DBFS, _QUIET_DBFS, _LOUD_DBFS = -100.0, -50.0, -35.0, -1.0
_WORD_HOLD_NS = SECOND_NS
"""A new word has to last this long before it is shown; silence and overload are held as long as others."""


class Level:
    """Of one microphone. Rises at once and falls slowly, like a peak meter."""

    def __init__(self) -> None:
        self._at_ns: int | None = None
        self._bar_dbfs = self._word_dbfs = -120.0
        self._word = ""
        self._next = ""
        self._next_since_ns = 0

    def update(self, peak_dbfs: float | None, now_ns: int) -> None:
        """A new peak (dB of full scale; None: nothing came) at a moment of the host's clock."""
        peak = -120.0 if peak_dbfs is None else min(max(peak_dbfs, -120.0), 0.0)
        passed_s = 0.0 if self._at_ns is None else max(now_ns - self._at_ns, 0) / SECOND_NS
        first = self._at_ns is None
        self._at_ns = now_ns
        self._bar_dbfs = max(peak, self._bar_dbfs - _BAR_FALL_DB_S * passed_s)
        # Exact silence is a fault and no pause: it is not reached by falling slowly.
        fallen = self._word_dbfs - _WORD_FALL_DB_S * passed_s
        self._word_dbfs = peak if peak <= _SILENT_DBFS else max(peak, fallen)
        word = _word_of(self._word_dbfs)
        if word != self._next:
            self._next, self._next_since_ns = word, now_ns
        if first or now_ns - self._next_since_ns >= _WORD_HOLD_NS:
            self._word = self._next

    @property
    def word(self) -> str:
        """How loud it is, in a word of the catalogue; empty before the first update."""
        return self._word

    @property
    def cells(self) -> int:
        """Filled cells of the bar, 0 to BAR_CELLS."""
        return max(0, min(BAR_CELLS, round((self._bar_dbfs + _BAR_DB) / _BAR_DB * BAR_CELLS)))


def _word_of(dbfs: float) -> str:
    if dbfs <= _SILENT_DBFS:
        return texts.LEVEL_NONE
    if dbfs < _FAINT_DBFS:
        return texts.LEVEL_FAINT
    if dbfs < _QUIET_DBFS:
        return texts.LEVEL_QUIET
    return texts.LEVEL_LOUD if dbfs >= _LOUD_DBFS else texts.LEVEL_GOOD
