"""The last moments, as lines: what is on its way, what is saved, what was refused. Nothing here reads a clock."""

from __future__ import annotations

from textual.content import Content

from vig_capture.tui import texts
from vig_capture.tui.film.last import Last
from vig_capture.tui.film.rows import Row
from vig_capture.tui.film.state import FilmState
from vig_capture.tui.shown import SavedMarker, Shown, goal_label
from vig_capture.tui.words import BAD, GOOD, QUIET, clock, fit

_ROW_WIDTH_MAX = 78
"""A moment and what became of it stay close together, however wide the window is."""
_WORD_CELLS, _WIDE = 14, 60
_STYLES = {"saved": GOOD, "extended": GOOD, "refused": BAD, "late": BAD}


def markers(state: FilmState, width: int, height: int) -> Content:
    """The last moments, newest on top: first what is on its way. In a measure's film none of them is told."""
    shown = state.shown
    if shown.measure:
        return _untold(state)
    ours = [row for row in state.rows if not _is_drawn_by_recorder(row, shown.markers)]
    theirs = [each for each in shown.markers if not any(_same(row, each) for row in ours)]
    lines = [(row.waits, row.t_ns or 0, _row(row, state.other, width)) for row in ours]
    lines += [(False, each.t_ns, _marker(each, shown, state.other, width)) for each in theirs]
    lines.sort(key=lambda line: line[:2], reverse=True)
    if not lines:
        return Content.styled(" " + texts.NO_MARKERS, QUIET)
    return Content("\n").join(line for *_, line in lines[: max(height, 1)])


def _untold(state: FilmState) -> Content:
    """What is on its way or was refused has to be seen in a measure's film too; which key it was has not."""
    refused = [row for row in state.rows if row.state == "refused"]
    if refused:
        return Content.styled(f" {texts.SIGNS['refused']} {texts.ROW_WORDS['refused']}  {refused[-1].why}", BAD)
    look = next((row.look for row in state.rows if row.waits), "")
    below = f"\n {texts.SIGNS[look]} {texts.ROW_WORDS[look]}" if look else ""
    return Content.styled(f" {texts.MEASURE_MARKERS}{below}", QUIET)


def title(state: FilmState) -> str:
    """The title of the list of moments, with their number."""
    count = 0 if state.shown.measure else state.shown.marker_count
    return texts.MARKERS_COUNT.format(count=count) if count else texts.MARKERS


def last(state: FilmState) -> str:
    """The last moment in one line, as the uppermost band shows it; its words say all that its sign says."""
    if state.shown.measure:
        return texts.MEASURE_LAST
    moment = state.last or (Last.told(state.shown.markers[-1]) if state.shown.markers else None)
    if moment is None:
        return texts.LAST_NONE
    words = _words(clock(moment.t_ns), moment.shown, moment.who, moment.star, state.other)
    goal = goal_label(state.shown, moment.goal)
    words += "  " + texts.GOAL.format(goal=goal) if goal else ""
    return f"{texts.LAST}{texts.SIGNS[moment.look]} {words}  {texts.ROW_WORDS[moment.look]}"


def _is_drawn_by_recorder(row: Row, known: list[SavedMarker]) -> bool:
    """The recorder's list shows it as saved already: then its row is the better one."""
    if row.extends or row.state == "refused":
        return False
    return any(each.saved and _same(row, each) for each in known)


def _same(row: Row, marker: SavedMarker) -> bool:
    return not row.extends and marker.id != "" and marker.id in (row.id, row.marker_id)


def _row(row: Row, other: str, width: int) -> Content:
    label = texts.PRIVATE if row.private else row.label
    text = _words(clock(row.t_ns), label, row.who, False, other)
    return _line(row.look, text, row.why if row.state == "refused" else "", width)


def _marker(marker: SavedMarker, shown: Shown, other: str, width: int) -> Content:
    when = clock(marker.t_ns)
    if marker.until_ns is not None:
        when = texts.UNTIL.format(start=when, end=clock(marker.until_ns))
    elif marker.open:
        when = texts.STILL_OPEN.format(start=when)
    # A private moment is a dot: the screen may be read from the sofa.
    label = texts.PRIVATE if marker.private else marker.label
    text = _words(when, label, marker.who, marker.star, other)
    goal = goal_label(shown, marker.goal or "")
    return _line(
        "saved" if marker.saved else "pending",
        text + ("  " + texts.GOAL.format(goal=goal) if goal else ""),
        "",
        width,
    )


def _words(when: str, label: str, who: str, star: bool, other: str) -> str:
    return f"{when}  {label}{' · ' + other if who == 'other' else ''}{' ' + texts.STAR if star else ''}"


def _line(kind: str, text: str, why: str, width: int) -> Content:
    if not why:
        width = min(width, _ROW_WIDTH_MAX)
    sign = f" {texts.SIGNS[kind]} "
    word = texts.ROW_WORDS[kind]
    style = _STYLES.get(kind, "")
    if why:
        return Content.assemble((sign + word + "  ", style), fit(f"{text}  {why}", width - len(sign) - len(word) - 3))
    # Beside the picture every cell counts for the moment itself.
    cells = _WORD_CELLS if width >= _WIDE else len(word) + 1
    return Content.assemble(
        (sign, style), fit(text, width - len(sign) - cells - 2), "  ", (fit(word, cells), style or QUIET)
    )
