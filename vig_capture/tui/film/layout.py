"""Which panels there are in which state, and which of them stay when the window is small."""

from __future__ import annotations

from vig_capture.tui.film.state import FilmState

PANELS = ("header", "away", "trouble", "ask", "paused", "help", "keys", "facts", "note", "said", "bottom", "footer")
"""From top to bottom: state, what is wrong, keys, losses and room, one line of news, and the last moments."""
_ROWS_NEEDED = {"trouble": 5, "said": 4, "keys": 7, "facts": 12, "bottom": 13, "footer": 16}
"""Rows of the window from which on a panel is there; the state and a question always are."""
PICTURE_WIDTH, PICTURE_HEIGHT = 40, 11
"""Cells of the picture in a window of 80 × 24; in a larger one it grows with it."""


def visible(film: FilmState, now_ns: int, height: int) -> set[str]:
    """The names of the panels to be drawn."""
    is_paused = film.headline(now_ns)[0] == "paused"
    asked = {"header"}
    asked |= {"away"} if film.away else set()
    asked |= {"ask"} if film.asking else set()
    asked |= {"note"} if film.note is not None else set()
    if film.dim:
        asked |= {"said"} if film.said.bad else set()
        return asked | ({"help"} if film.helping else {"paused"} if is_paused else set())
    asked |= {"said", "footer"} | ({"trouble"} if film.shown.trouble else set())
    if film.helping:
        asked |= {"help"}
    elif is_paused:
        asked |= {"paused", "facts"}
    else:
        asked |= {"keys", "facts", "bottom"}
    return {name for name in asked if height >= _ROWS_NEEDED.get(name, 0)}


def picture_cells(width: int, height: int) -> tuple[int, int] | None:
    """Columns and rows of the picture in a window of this size; None where there is no room for one."""
    if width < 60 or height < 20:
        return None
    columns = max(PICTURE_WIDTH, min(width // 2, 2 * (height - 14) * 16 // 9)) if width >= 80 else width // 2
    # A cell holds two points, one above the other, and pictures are 16 to 9.
    return columns, columns * 9 // 32
