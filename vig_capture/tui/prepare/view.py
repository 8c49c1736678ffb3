"""What the prepare screen shows, as functions of its state: nothing here reads a clock, a key or a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from rich.cells import cell_len
from textual.content import Content

from vig_capture.core.sheet import TAG_ONLY, KindOfFilm
from vig_capture.tui import texts
from vig_capture.tui.level import BAR_CELLS, Level
from vig_capture.tui.prepare.form import Form, Row
from vig_capture.tui.prepare.keys import PrepareKeys
from vig_capture.tui.prepare.ports import NONE, Device
from vig_capture.tui.shown import Shown, Stream
from vig_capture.tui.words import BAD, GOOD, QUIET, TITLE, apart, fit, wrapped

Ready = Literal["opening", "ready", "video", "audio", "both", "tags"]
"""What there is: all that this kind of film needs, or what of it is missing. `tags`: it needs neither."""
LABEL_CELLS = 13
_INDENT = 9
_HOURS_FROM_MIN = 300
_LITTLE_MIN = 30
_REACHED = "#ffffff on #2c3846"


def readiness(shown: Shown | None, kind: KindOfFilm | None, patient: bool) -> Ready:
    """`shown`: None while no recorder has answered. `patient`: a device that is being opened is waited for."""
    if shown is None:
        return "opening"
    wanted = {"video": kind is None or kind.camera != NONE, "audio": kind is None or kind.mic != NONE}
    if not any(wanted.values()) or (kind is not None and kind.name == TAG_ONLY):
        return "tags"
    live = {name: any(_is(each, name, "live") for each in shown.streams) for name in wanted}
    missing = [name for name in wanted if wanted[name] and not live[name]]
    if patient and any(_is(each, name, "opening") for each in shown.streams for name in missing):
        return "opening"
    if not missing:
        return "ready"
    return "both" if not any(live.values()) else "video" if missing == ["video"] else "audio"


def _is(stream: Stream, kind: str, state: str) -> bool:
    return stream.kind == kind and stream.state == state


def header(ready: Ready, keys: PrepareKeys, shown: Shown | None, width: int) -> Content:
    """Two rows: the state and what Enter does, and below it what is missing, or what this kind of film is."""
    if ready == "ready":
        title = texts.PREPARE_READY_PRACTISE if keys.form.practises else texts.PREPARE_READY
    elif ready == "tags":
        title = texts.PREPARE_READY_KEYS
    else:
        title = texts.PREPARE_OPENING if ready == "opening" else texts.PREPARE_NOT_READY[_missing(ready, keys.form)]
    marks = keys.marks
    enter = texts.PREPARE_ENTER[_enter(ready, keys)] if marks is None else texts.PREPARE_MARKS_TITLE[marks.what]
    if cell_len(title) + cell_len(enter) + 5 > width:
        title = title.partition(" – ")[0]
    below = fit(f" {_meaning(ready, keys, shown)}", width)
    return Content.assemble(apart(f" {title}", f"{enter} ", width), "\n", below)


def _missing(ready: Ready, form: Form) -> str:
    """Of a kind of film that has no picture, or no sound, only the other can be missing."""
    kind = form.kind
    if ready == "both" and kind is not None and NONE in (kind.camera, kind.mic):
        return "audio" if kind.camera == NONE else "video"
    return ready


def _enter(ready: Ready, keys: PrepareKeys) -> str:
    if keys.line is not None:
        return "typing"
    if keys.mode != "sheet":
        return "wait"
    if keys.page != "sheet":
        return "back"
    return "wait" if ready == "opening" else "" if ready == "ready" else ready


def _meaning(ready: Ready, keys: PrepareKeys, shown: Shown | None) -> str:
    form = keys.form
    if keys.marks is not None:
        return texts.PREPARE_MARKS_HOW
    if ready == "opening":
        return texts.PREPARE_MEANING_OPENING
    missing = _missing(ready, form)
    if missing in texts.PREPARE_MEANING_NONE and shown is not None:
        chosen = {"video": form.choice.camera, "audio": form.choice.mic}
        asked = [name for name in ("video", "audio") if missing in (name, "both")]
        if all(chosen[name] == NONE for name in asked):
            return texts.PREPARE_MEANING_NONE[missing]
        lost = next((each.source for each in shown.streams if each.kind in asked and each.state != "live"), "")
        lost = "" if shown.trouble else lost
        return texts.PREPARE_MEANING_LOST.format(name=lost) if lost else texts.PREPARE_MEANING_OTHERS
    words = texts.PREPARE_KINDS.get(form.sheet.kind, ("", ""))[1]
    return words.format(minutes=f"{form.sheet.target_min:g}") if words else texts.PREPARE_MEANING_READY


def facts(shown: Shown | None, levels: Mapping[str, Level], width: int) -> Content:
    """The devices by their names, how the picture is and how loud it is; below them room and battery."""
    if shown is None:
        return Content("")
    lines: list[Content] = []
    for each in shown.streams[:3]:
        name = texts.PICTURE if each.kind == "video" else texts.SOUND
        lines.append(Content.assemble((f" {fit(name, _INDENT - 1)}", QUIET), fit(each.source, width - _INDENT - 1)))
        lines.append(Content.assemble(" " * _INDENT, *_how(each, levels.get(each.id), width - _INDENT)))
    lines.append(Content.assemble(" ", _room(shown.minutes_left)))
    if shown.battery_minutes is not None:
        minutes = int(shown.battery_minutes)
        is_hours = minutes >= _HOURS_FROM_MIN
        words = texts.BATTERY_HOURS.format(hours=minutes // 60) if is_hours else texts.BATTERY.format(minutes=minutes)
        lines.append(Content.styled(f" {words}", QUIET))
    return Content("\n").join(lines)


def _how(stream: Stream, level: Level | None, width: int) -> list[tuple[str, str]]:
    if stream.state != "live":
        words = texts.STREAM_STATES["opening"] if stream.state == "opening" else texts.PREPARE_STREAM_LOST
        return [(fit(words, width), QUIET if stream.state == "opening" else BAD)]
    if level is None:
        return [(fit(stream.mode.partition(", ")[0], width), QUIET)]
    good = level.word == texts.LEVEL_GOOD
    word = level.word if good else f"! {level.word}"
    return [("━" * level.cells, GOOD), ("─" * (BAR_CELLS - level.cells), "#505050"), (f" {word}", "" if good else BAD)]


def _room(minutes: float | None) -> tuple[str, str]:
    if minutes is None:
        return texts.ROOM_UNKNOWN, QUIET
    if minutes <= _LITTLE_MIN:
        return texts.ROOM_LITTLE.format(minutes=max(int(minutes), 0)), BAD
    if minutes < _HOURS_FROM_MIN:
        return texts.ROOM.format(minutes=int(minutes)), QUIET
    return texts.ROOM_HOURS.format(hours=int(minutes // 60)), QUIET


# The sheet -------------------------------------------------------------------------------------------------------


def sheet(keys: PrepareKeys, devices: tuple[list[Device], list[Device]], width: int, height: int) -> Content:
    """The rows of the page, and below them what the one that is reached is for. `height` rows in all."""
    rows = keys.rows()
    hint = wrapped(_hint(keys, devices), width - 2)[:3]
    room = max(height - (len(hint) if hint and height > 8 else 0), 1)
    ids = [row.id for row in rows]
    at = ids.index(keys.row) if keys.row in ids else 0
    first = min(max(at - room // 2, 0), max(len(rows) - room, 0))
    lines = [_line(row, row.id == keys.row, width) for row in rows[first : first + room]]
    if hint and height > 8:
        lines += [Content("")] * min(room - len(lines), 1)
        lines += [Content.styled(f"  {line}", QUIET) for line in hint]
    return Content("\n").join(lines)


def title(keys: PrepareKeys, width: int) -> str:
    """The title of the page."""
    if keys.page != "sheet":
        return texts.PREPARE_PAGES[keys.page]
    return texts.PREPARE_SHEET_WIDE if width >= cell_len(texts.PREPARE_SHEET_WIDE) + 4 else texts.PREPARE_SHEET


def _line(row: Row, reached: bool, width: int) -> Content:
    label = f"{'▸' if reached else ' '} {fit(row.label, LABEL_CELLS)} "
    room = width - cell_len(label) - 1
    if reached and row.how in ("choice", "both"):
        value = f"‹ {fit(row.value or texts.PREPARE_EMPTY, room - 4).rstrip()} ›"
    else:
        value = row.value or texts.PREPARE_EMPTY
    value = fit(value, room) + " "
    if reached:
        return Content.assemble((label, _REACHED), (value, _REACHED))
    quiet = not row.value or row.faint
    return Content.assemble((label, QUIET), (value, "#707070" if quiet else ""))


def _hint(keys: PrepareKeys, devices: tuple[list[Device], list[Device]]) -> str:
    kind, _, name = keys.row.partition(":")
    if kind == "purpose":
        return texts.PREPARE_PURPOSE_HINT.format(meaning=texts.PREPARE_PURPOSES[name][1])
    if kind in ("goal", "label") and ":" in keys.row:
        return texts.PREPARE_GOAL_HINTS[kind if name else ""]
    form = keys.form
    if kind == "kind":
        return texts.PREPARE_KINDS.get(form.sheet.kind, ("", ""))[1].format(minutes=f"{form.sheet.target_min:g}")
    if kind in ("camera", "mic"):
        if form.film_wanted and kind == "camera":
            return texts.PREPARE_CAMERA_FILM
        chosen = form.choice.camera if kind == "camera" else form.choice.mic
        note = next((each.note for each in devices[kind == "mic"] if each.use == chosen), "")
        return f"{texts.PREPARE_ROWS[kind][1]} {note}".strip()
    return texts.PREPARE_ROWS.get(kind, ("", ""))[1]


def line(keys: PrepareKeys, width: int) -> Content:
    """The line that is being typed, with its cursor."""
    row = next((each for each in keys.rows() if each.id == keys.row), None)
    if keys.line is None or row is None:
        return Content("")
    form = texts.PREPARE_TYPING_BY if row.id.startswith("purpose:") else texts.PREPARE_TYPING
    head = form.format(label=row.label.strip())
    before, after = keys.line.shown(width - cell_len(head))
    return Content.assemble((head, QUIET), (f"{before}▏{after}", TITLE))


# The rest --------------------------------------------------------------------------------------------------------


def over(keys: PrepareKeys, page: Sequence[Content]) -> Content:
    """The help; or the words to read out or the checks, from the row on that was reached."""
    if keys.mode == "help":
        rows = [f"{fit(name, 15)}{words}" for name, words in texts.PREPARE_HELP]
        return Content("\n".join([*rows, "", texts.PREPARE_HELP_BELOW]))
    return Content("\n").join(page[keys.top :])


def over_title(mode: str) -> str:
    """The title of what lies over the sheet."""
    return {"card": texts.PREPARE_CARD, "checks": texts.CHECKS_TITLE}.get(mode, texts.PREPARE_HELP_TITLE)


def card(text: str, width: int) -> list[Content]:
    """The words to read out, in lines of so many cells."""
    rows = (text or texts.PREPARE_CARD_NONE).splitlines()
    return [Content(part) for row in rows for part in wrapped(row, width) or [""]]


def footer(keys: PrepareKeys, width: int) -> str:
    """The keys that are of use now."""
    if keys.mode == "card":
        return texts.PREPARE_CARD_FOOTER
    if keys.mode == "checks":
        return texts.CHECKS_FOOTER
    if keys.mode == "help":
        return texts.PREPARE_HELP_TITLE
    if keys.mode == "leave":
        return texts.PREPARE_LEAVE_FOOTER
    if keys.marks is not None:
        wide = narrow = texts.PREPARE_MARKS[keys.marks.what]
    elif keys.line is not None:
        wide = narrow = texts.PREPARE_FOOTER_TYPING
    elif keys.page != "sheet":
        wide = narrow = texts.PREPARE_FOOTER_PAGE
    else:
        wide, narrow = texts.PREPARE_FOOTER, texts.PREPARE_FOOTER_NARROW
    return wide if width > cell_len(wide) + 2 else narrow
