"""Notices a Caps Lock that was left on: every letter then is the other person's."""

from __future__ import annotations

from vig_capture.tui.film.rows import Row

IN_A_ROW = 6


class Capitals:
    """Counts moments made with capitals since the last small letter. A held capital is one."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._suggested = False
        self.offered: list[Row] = []
        """The moments that may be given back, while that is offered."""

    def pressed(self, character: str, row: Row) -> bool:
        """A marker key was pressed. True while Caps Lock is suggested, which happens once."""
        if character.islower():
            self._rows.clear()
            self.offered = []
        elif character.isupper() and row not in self._rows:
            self._rows.append(row)
        if not self._suggested and len(self._rows) >= IN_A_ROW:
            self._suggested = True
            self.offered = self._rows[-IN_A_ROW:]
        return bool(self.offered)

    def take(self) -> list[Row]:
        """The moments to give back; the offer is over."""
        rows, self.offered = self.offered, []
        self._rows.clear()
        return rows
