"""The panels' contents, as functions of the state: nothing here reads a clock, a key or a message.

Every sign has its word beside it, so no colour is needed to read the screen.
"""

from __future__ import annotations

import re

from rich.cells import cell_len
from textual.content import Content

from vig_capture.core.keys import ScreenKeys
from vig_capture.core.time import SECOND_NS
from vig_capture.tui import keymap, texts
from vig_capture.tui.film import moments
from vig_capture.tui.film.state import FilmState
from vig_capture.tui.keymap import filled
from vig_capture.tui.shown import Shown
from vig_capture.tui.words import BAD, QUIET, TITLE, apart, clock, fit, span

_KEY_COLUMN = 26
_HELP_KEY_CELLS = 11
_HELP_COLUMN = 38
MINUTE_NS = 60 * SECOND_NS
SETTLING_NS = 2 * MINUTE_NS
"""People need some minutes to forget a camera; what is filmed then is kept, and may be the best moment."""
SOON_NS = 5 * MINUTE_NS
"""So long before the latest end the key that moves it is named."""
_FULL, _LONG, _SETTLING = "#ffe08a", "#ffc46b", "#d8c8c8"
"""Colours of the clock. (Beside each stands its word.)"""
_ENDING = ("recording", "arming", "paused")
"""States in which the film has a latest end before it."""


def header(state: FilmState, now_ns: int, width: int, keys: ScreenKeys) -> Content:
    """Three rows: what is to be known and the latest end, the state in words and the clock, the last moment."""
    name, seconds = state.headline(now_ns)
    title, meaning = texts.STATES.get(name, texts.STATE_UNKNOWN)
    if name == "closed" and not state.all_saved:
        meaning = texts.ENDED_DOUBT
    elif name == "recording":
        meaning = _what_is_missing(state.shown) or _what_is_open(state.shown)
    meaning = filled(meaning, keys, seconds=seconds, state=state.shown.state)
    if state.dim and state.shown.trouble:
        meaning = filled(texts.DIM_TROUBLE, keys)
    left_ns = state.shown.latest_end_ns - state.shown.t_ns
    end = filled(texts.ENDS_SOON if left_ns < SOON_NS else texts.ENDS_IN, keys, time=span(left_ns)) + " "
    end = end if name in _ENDING and left_ns > 0 and not state.dim else ""
    times, style = _clock(state.shown, name)
    style = "" if state.dim else style
    time = next((each for each in times if cell_len(title) + cell_len(each) + 4 <= width), times[-1])
    # The longest lines say that something is wrong: then the latest end waits.
    above = apart(f" {meaning}", end if cell_len(meaning) + cell_len(end) + 3 < width else "", width)
    middle = apart(f" {title}", f"{time} ", width)
    return Content.assemble(
        above,
        "\n",
        (middle[: len(middle) - len(time) - 1], ""),
        (middle[len(middle) - len(time) - 1 :], style),
        "\n",
        fit(f" {moments.last(state)}", width),
    )


def header_class(state: FilmState, now_ns: int) -> str:
    """Which of the header's looks: on, paused, off or doubtful."""
    name, _ = state.headline(now_ns)
    if name == "recording":
        return "on"
    return (
        "doubt" if name in ("lost", "silent") or name not in texts.STATES else "paused" if name == "paused" else "off"
    )


def _clock(shown: Shown, name: str) -> tuple[list[str], str]:
    """The recorded time, beside it how it stands to what was meant, shorter and shorter; and its colour."""
    if not shown.state:
        return [""], ""
    recorded_ns, target = shown.recorded_ns, shown.target_min or 0
    words, style = [clock(recorded_ns)], ""
    if shown.soft_end_min and recorded_ns >= max(shown.soft_end_min, target) * MINUTE_NS:
        words.append(texts.TARGET_LONG.format(minutes=f"{target or shown.soft_end_min:g}"))
        style = _LONG
    elif target and recorded_ns >= target * MINUTE_NS:
        words.append(texts.TARGET_REACHED.format(minutes=f"{target:g}"))
        style = _FULL
    elif target:
        words.append(texts.TARGET.format(minutes=f"{target:g}"))
    times = ["  ".join(words), words[0]]
    if name == "recording" and not style and recorded_ns < SETTLING_NS:
        times.insert(0, f"{texts.SETTLING}  ·  {times[0]}")
        style = _SETTLING
    # On the bright bands of other states the band's own colour is read best.
    return times, style if name == "recording" else ""


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


def _what_is_open(shown: Shown) -> str:
    since_ns = shown.stretch_since_ns
    return "" if since_ns is None or shown.measure else texts.STRETCH_OPEN.format(time=clock(since_ns))


def trouble(shown: Shown) -> Content:
    """What is wrong now: what in bold, why, and what to do."""
    lines = [
        Content.assemble((f"! {what} ", BAD), f"{why} ", (do, TITLE))
        for what, why, do in shown.trouble
        if what or why or do
    ]
    return Content("\n").join(lines)


def legend(state: FilmState, width: int) -> Content:
    """The vocabulary in as many columns as the width holds, row by row as the digits count."""
    if state.shown.measure:
        return Content.styled(" " + texts.MEASURE_KEYS, QUIET)
    if not state.keys:
        return Content.styled(" " + texts.NO_KEYS, QUIET)
    columns = max(1, min(4, (width - 1) // _KEY_COLUMN))
    cell = (width - 1) // columns
    lines = []
    for start in range(0, len(state.keys), columns):
        parts: list[tuple[str, str]] = [(" ", "")]
        for row in state.keys[start : start + columns]:
            key = texts.KEY_SPACE if row.key in ("space", " ") else row.key
            parts.append((key, _colour(row.colour)))
            parts.append((fit(f"  {row.label}", cell - cell_len(key) - 2) + "  ", ""))
        lines.append(Content.assemble(*parts))
    return Content("\n").join(lines)


def _colour(colour: str) -> str:
    return f"bold {colour}" if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else "bold"


def ask(state: FilmState, now_ns: int, keys: ScreenKeys) -> str:
    """The question before the end."""
    if state.may_leave(now_ns):
        return texts.ASK_LEAVE
    return filled(texts.ASK_PAUSED if state.asked_paused else texts.ASK_FILMING, keys)


def paused(width: int, height: int, keys: ScreenKeys) -> Content:
    """The word, as large as it fits, and what a pause is."""
    below = filled(texts.PAUSED_BELOW, keys)
    large = texts.PAUSED_WORD.splitlines()
    cells = max(map(len, large))
    times = min((width - 2) // cells, (height - below.count("\n") - 3) // len(large))
    lines = [fit("".join(sign * times for sign in line), cells * times) for line in large for _ in range(times)]
    word = "\n".join(lines) or texts.PAUSED_SMALL
    return Content.assemble((word, TITLE), "\n\n", below) if height > 2 else Content.styled(word, TITLE)


def note(state: FilmState, width: int) -> Content:
    """The line that is being typed: its end stays in view."""
    if state.note is None:
        return Content("")
    line = texts.NOTE.format(label=state.note.last.shown, text=state.note.text)
    if cell_len(line) > width > 1:
        line = "…" + line[len(line) - width + 1 :]
    return Content.assemble((line, TITLE), "\n", texts.NOTE_BELOW)


def help_(state: FilmState, width: int, keys: ScreenKeys) -> str:
    """What every key does, in as many columns as fit."""
    cells = []
    for command, words in texts.HELP_COMMANDS.items():
        if keys.first(command):
            name = fit(keymap.shown(keys.first(command)), _HELP_KEY_CELLS)
            cells.append(f"{name}{words.format(other=state.other)}")
    columns = 2 if width >= 2 * _HELP_COLUMN else 1
    rows = -(-len(cells) // columns)
    lines = ["".join(fit(each, max(width // columns, 1)) for each in cells[row::rows]).rstrip() for row in range(rows)]
    return "\n".join([*lines, "", texts.HELP_MARKS.format(other=state.other)])


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


def footer(state: FilmState, width: int, keys: ScreenKeys) -> str:
    """The keys that are always there."""
    if state.ended:
        return texts.FOOTER_ENDED
    whole = filled(texts.FOOTER, keys)
    return whole if width > cell_len(whole) + 2 else filled(texts.FOOTER_NARROW, keys)
