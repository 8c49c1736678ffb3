"""The panels' contents, as functions of the state: nothing here reads a clock, a key or a message.

Every sign has its word beside it, so no colour is needed to read the screen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from vig_capture.core.time import SECOND_NS
from vig_capture.tui import texts
from vig_capture.tui.level import BAR_CELLS, Level
from vig_capture.tui.shown import SavedMarker, Shown, Stream
from vig_capture.tui.state import FilmState, Row

QUIET, BAD, GOOD, TITLE = "#a0a0a0", "bold #ff8a70", "#8fd18f", "bold"
_STREAM_LINES = 4
_KEY_COLUMN = 26
_ROW_WIDTH_MAX = 78
"""A moment and what became of it stay close together, however wide the window is."""
_HOURS_FROM_MIN = 300
_STREAM_COLUMN = BAR_CELLS + 16
"""Cells between a stream's name and the name of its device."""


def clock(t_ns: int | None) -> str:
    """Hours, minutes and seconds."""
    if t_ns is None or t_ns < 0:
        return texts.NO_TIME
    seconds = t_ns // SECOND_NS
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def fit(text: str, width: int) -> str:
    """The text in exactly so many cells, cut with … where it is longer."""
    if width <= 0:
        return ""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def header(state: FilmState, now_ns: int, width: int) -> Content:
    """Three rows: the state in words, the recorded time, and what the state means."""
    name, seconds = state.headline(now_ns)
    title, below = texts.STATES.get(name, texts.STATE_UNKNOWN)
    if name == "closed" and not state.all_saved:
        below = texts.ENDED_DOUBT
    elif name == "recording":
        below = _what_is_missing(state.shown)
    right = clock(state.shown.recorded_ns) if state.shown.state else ""
    if name == "recording" and state.shown.latest_end_ns > state.shown.t_ns:
        right = f"{texts.ENDS_IN.format(time=_span(state.shown.latest_end_ns - state.shown.t_ns))}     {right}"
    title = f" {title}"
    line = title + right.rjust(max(width - cell_len(title) - 1, len(right) + 2))
    return Content("\n".join(["", line, " " + below.format(seconds=seconds, state=state.shown.state)]))


def header_class(state: FilmState, now_ns: int) -> str:
    """Which of the header's looks: on, off or doubtful."""
    name, _ = state.headline(now_ns)
    if name == "recording":
        return "on"
    return (
        "doubt" if name in ("lost", "silent") or name not in texts.STATES else "paused" if name == "paused" else "off"
    )


def _what_is_missing(shown: Shown) -> str:
    """What a film lacks at this moment, though it goes on."""
    missing = {
        kind: any(each.kind == kind for each in shown.streams)
        and not any(each.kind == kind and each.state == "live" for each in shown.streams)
        for kind in ("video", "audio")
    }
    if missing["video"] and missing["audio"]:
        return texts.NEITHER
    return texts.NO_PICTURE if missing["video"] else texts.NO_SOUND if missing["audio"] else ""


def streams(state: FilmState, levels: Mapping[str, Level], now_ns: int, width: int) -> Content:
    """A row for each camera and microphone, and one of losses and room."""
    shown = state.shown
    name, _ = state.headline(now_ns)
    if name == "waiting":
        return Content("")
    known = name not in ("lost", "silent", "closed")
    lines = [_stream(each, levels.get(each.id), width, known) for each in shown.streams[:_STREAM_LINES]]
    if len(shown.streams) > _STREAM_LINES:
        lines.append(Content.styled(" " + texts.MORE_STREAMS.format(count=len(shown.streams) - _STREAM_LINES), QUIET))
    losing = name == "recording" and any(each.kind == "video" and each.state != "live" for each in shown.streams)
    known = known or name == "closed"
    losses = _losses(shown, losing) if known else Content.styled(" " + texts.LOSSES_NOT_KNOWN, QUIET)
    return Content("\n").join([*lines, losses])


def _stream(stream: Stream, level: Level | None, width: int, known: bool) -> Content:
    """`known` is False when what the recorder last said of it no longer tells anything."""
    state = texts.STREAM_STATES.get(stream.state, stream.state)
    head = f" {fit(texts.PICTURE if stream.kind == 'video' else texts.SOUND, 8)}{fit(stream.id, 6)} "
    if not known:
        return Content.assemble((head, QUIET), (fit(f"{texts.STREAM_NOT_KNOWN}  {stream.source}", width - 18), QUIET))
    if stream.state != "live":
        return Content.assemble((head, QUIET), (fit(f"! {state}  {stream.source}", width - 18), BAD))
    source = (fit(stream.source, width - 18 - _STREAM_COLUMN), QUIET)
    if stream.kind == "video" or level is None:
        # The pixel format tells a guider nothing.
        mode = fit(f"{state}  {stream.mode.partition(', ')[0]}", min(_STREAM_COLUMN, width - 18))
        return Content.assemble((head, QUIET), mode, source)
    word = level.word
    bar = Content.assemble(("━" * level.cells, GOOD), ("─" * (BAR_CELLS - level.cells), "#505050"))
    sign = "" if word == texts.LEVEL_GOOD else "! "
    style = "" if word == texts.LEVEL_GOOD else BAD
    return Content.assemble((head, QUIET), bar, "  ", (fit(sign + word, _STREAM_COLUMN - BAR_CELLS - 2), style), source)


def _losses(shown: Shown, losing: bool) -> Content:
    """`losing`: a picture is missing now, and is counted only when it is back."""
    lost = shown.lost_frames
    thinned = sum(each.thinned for each in shown.streams)
    parts: list[tuple[str, str]] = [(" ", "")]
    if losing:
        parts.append((texts.LOSING_MORE.format(count=lost) if lost else texts.LOSING, BAD))
    elif lost:
        parts.append((texts.LOST_ONE if lost == 1 else texts.LOST.format(count=lost), BAD))
    else:
        parts.append((texts.NOTHING_LOST, QUIET))
    if thinned:
        parts.append((" · " + texts.THINNED.format(count=thinned), QUIET))
    parts.append((" · ", QUIET))
    minutes = shown.minutes_left
    if minutes is None:
        parts.append((texts.ROOM_UNKNOWN, QUIET))
    elif minutes <= 30:
        parts.append((texts.ROOM_LITTLE.format(minutes=max(int(minutes), 0)), BAD))
    elif minutes < _HOURS_FROM_MIN:
        parts.append((texts.ROOM.format(minutes=int(minutes)), QUIET))
    else:
        parts.append((texts.ROOM_HOURS.format(hours=int(minutes // 60)), QUIET))
    return Content.assemble(*parts)


def trouble(shown: Shown) -> Content:
    """What is wrong now: what in bold, why, and what to do."""
    lines = [
        Content.assemble((f"! {what} ", BAD), f"{why} ", (do, TITLE))
        for what, why, do in shown.trouble
        if what or why or do
    ]
    return Content("\n").join(lines)


def keys(state: FilmState, width: int) -> Content:
    """The vocabulary in as many columns as the width holds, row by row as the digits count."""
    if not state.keys:
        return Content.styled(" " + texts.NO_KEYS, QUIET)
    columns = max(1, min(4, (width - 1) // _KEY_COLUMN))
    cell = (width - 1) // columns
    lines = []
    for start in range(0, len(state.keys), columns):
        parts: list[tuple[str, str]] = [(" ", "")]
        for row in state.keys[start : start + columns]:
            key = "Space" if row.key in ("space", " ") else row.key
            parts.append((key, _colour(row.colour)))
            parts.append((fit(f"  {row.label}", cell - cell_len(key) - 2) + "  ", ""))
        lines.append(Content.assemble(*parts))
    return Content("\n").join(lines)


def _colour(colour: str) -> str:
    return f"bold {colour}" if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else "bold"


def markers(state: FilmState, width: int, height: int) -> Content:
    """The last moments, newest on top: first what is on its way."""
    ours = [row for row in state.rows if not _is_drawn_by_recorder(row, state.shown.markers)]
    theirs = [each for each in state.shown.markers if not any(_same(row, each) for row in ours)]
    lines = [(row.waits, row.t_ns or 0, _row(row, state.other, width)) for row in ours]
    lines += [(False, each.t_ns, _marker(each, state.other, width)) for each in theirs]
    lines.sort(key=lambda line: line[:2], reverse=True)
    if not lines:
        return Content.styled(" " + texts.NO_MARKERS, QUIET)
    return Content("\n").join(line for *_, line in lines[: max(height, 1)])


def _is_drawn_by_recorder(row: Row, known: list[SavedMarker]) -> bool:
    """The recorder's list shows it as saved already: then its row is the better one."""
    if row.extends or row.state == "refused":
        return False
    return any(each.saved and _same(row, each) for each in known)


def _same(row: Row, marker: SavedMarker) -> bool:
    return not row.extends and marker.id != "" and marker.id in (row.id, row.marker_id)


def _row(row: Row, other: str, width: int) -> Content:
    text = _words(row.t_ns, row.label, row.who, row.private, False, other)
    kind = "extended" if row.extends and row.state == "saved" else row.state
    return _line(kind, text, row.why if row.state == "refused" else "", width)


def _marker(marker: SavedMarker, other: str, width: int) -> Content:
    text = _words(marker.t_ns, marker.label, marker.who, marker.private, marker.star, other)
    return _line("saved" if marker.saved else "pending", text, "", width)


def _words(t_ns: int | None, label: str, who: str, private: bool, star: bool, other: str) -> str:
    # A private moment is a dot: the screen may be read from the sofa.
    label = texts.PRIVATE if private else label
    return f"{clock(t_ns)}  {label}{' · ' + other if who == 'other' else ''}{' ' + texts.STAR if star else ''}"


def _line(kind: str, text: str, why: str, width: int) -> Content:
    if not why:
        width = min(width, _ROW_WIDTH_MAX)
    sign = f" {texts.SIGNS[kind]} "
    word = texts.ROW_WORDS[kind]
    style = {"saved": GOOD, "extended": GOOD, "refused": BAD, "late": BAD}.get(kind, "")
    if why:
        return Content.assemble((sign + word + "  ", style), fit(f"{text}  {why}", width - len(sign) - len(word) - 3))
    return Content.assemble((sign, style), fit(text, width - len(sign) - 16), (fit(word, 14), style or QUIET))


def markers_title(state: FilmState) -> str:
    """The title of the list of moments, with their number."""
    count = state.shown.marker_count
    return texts.MARKERS_COUNT.format(count=count) if count else texts.MARKERS


def said(state: FilmState) -> Content:
    """The status line; after the end, where the film is."""
    if state.ended and not state.said.bad and state.shown.folder:
        return Content(texts.ENDED_IN.format(folder=state.shown.folder))
    shown_above = any(_words_of(each) == state.notice for each in state.shown.trouble)
    if state.notice and not state.said.text and not shown_above:
        return Content(state.notice)
    return Content.styled(state.said.text, BAD if state.said.bad else "")


def _words_of(trouble: tuple[str, str, str]) -> str:
    return " ".join(part for part in trouble if part)


def footer(state: FilmState, width: int) -> str:
    """The keys that are always there."""
    if state.ended:
        return texts.FOOTER_ENDED
    return texts.FOOTER if width > cell_len(texts.FOOTER) else texts.FOOTER_NARROW


def _span(span_ns: int) -> str:
    minutes = max(span_ns // (60 * SECOND_NS), 0)
    if minutes < 1:
        return "less than a minute"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
