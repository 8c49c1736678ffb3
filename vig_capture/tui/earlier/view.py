"""The list of earlier sessions in words, as functions of what was read: nothing here reads a clock, a key or a disk."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from vig_capture.archive.sessions import Session
from vig_capture.core.time import SECOND_NS
from vig_capture.tui import texts
from vig_capture.tui.words import BAD, GOOD, QUIET, TITLE, elsewhere_lines, fit

_DAY, _KIND, _LENGTH, _MOMENTS, _WIDE = 22, 15, 8, 12, 110
"""Cells of the columns, and of a window in which the short list and the size have a column too."""
_SHORT, _SIZE = 20, 9


def title(found: Sequence[Session], reading: bool) -> str:
    """How many there are, and how many should go."""
    due = sum(each.due for each in found)
    if not found:
        return texts.SESSIONS_TITLE
    text = (texts.SESSIONS_TITLE_COUNT, texts.SESSIONS_TITLE_DUE_ONE)[due] if due < 2 else texts.SESSIONS_TITLE_DUE
    return text.format(count=len(found), due=due) + (" …" if reading else "")


def day(item: Session) -> str:
    """When it began, by the clock on the wall."""
    at = item.started
    if at is None:
        return texts.SESSIONS_NO_DAY
    weekday, month = texts.SESSIONS_WEEKDAYS[at.weekday()], texts.SESSIONS_MONTHS[at.month - 1]
    return texts.SESSIONS_DAY.format(
        weekday=weekday, day=at.day, month=month, year=at.year, hour=at.hour, minute=at.minute
    )


def kind(item: Session) -> str:
    """The kind of film, as the sheet calls it."""
    return texts.PREPARE_KINDS.get(item.kind, (item.kind, ""))[0]


def length(item: Session) -> str:
    """Minutes filmed; seconds below one."""
    seconds = item.length_ns // SECOND_NS
    if seconds < 60:
        return texts.SESSIONS_LENGTH_SHORT.format(seconds=seconds)
    return texts.SESSIONS_LENGTH.format(minutes=round(seconds / 60))


def moments(item: Session) -> str:
    """How many were marked."""
    if item.moments < 2:
        return texts.SESSIONS_MOMENTS_ONE if item.moments else texts.SESSIONS_MOMENTS_NONE
    return texts.SESSIONS_MOMENTS.format(count=item.moments)


def size(size_bytes: int) -> str:
    """Room on the disk."""
    if size_bytes >= 10**9:
        return texts.SESSIONS_GB.format(size=size_bytes / 1e9)
    return texts.SESSIONS_MB.format(size=-(-size_bytes // 10**6))


def state(item: Session) -> str:
    """How it stands, in words."""
    words = texts.SESSIONS_STATES[item.state]
    if not item.due:
        return words
    return texts.SESSIONS_DUE if item.state in ("whole", "recovered") else f"{words}, {texts.SESSIONS_DUE}"


def meaning(item: Session) -> str:
    """What its state means, and what to do."""
    words = texts.SESSIONS_MEANINGS[item.state].format(trouble=item.trouble)
    return f"{words} {texts.SESSIONS_MEANING_DUE}" if item.due else words


def question(mode: str, item: Session) -> str:
    """What is asked before it is erased, "" where nothing is."""
    if mode == "erase":
        asked = texts.SESSIONS_ASK.format(day=day(item))
        return "\n".join([*elsewhere_lines(item.elsewhere), asked])
    return texts.SESSIONS_ASK_AGAIN if mode == "erase again" else ""


def rows(found: Sequence[Session], chosen: int, width: int, height: int) -> Content:
    """A line for each, as many as fit, with the chosen one among them."""
    first = max(0, min(chosen - height // 2, len(found) - height))
    shown = enumerate(found[first : first + max(height, 1)], first)
    return Content("\n").join(_row(item, number == chosen, width) for number, item in shown)


def _row(item: Session, chosen: bool, width: int) -> Content:
    sign = f" {texts.SESSIONS_SELECTED if chosen else ' '} "
    cells = [(day(item), _DAY), (kind(item), _KIND), (length(item), _LENGTH), (moments(item), _MOMENTS)]
    if width >= _WIDE:
        short = texts.SESSIONS_SHORT.format(count=item.shortlisted) if item.shortlisted else ""
        cells += [(short, _SHORT), (size(item.size_bytes), _SIZE)]
    text = sign + " ".join(fit(word, room) for word, room in cells) + " "
    left = max(width - cell_len(text), 0)
    style = BAD if item.state in ("unfinished", "damaged") else GOOD if item.state == "running" else ""
    # What is due is said in the line below the list too, so it may be cut here.
    words = (fit(state(item), left), style or (QUIET if not chosen else ""))
    return Content.assemble((text, TITLE if chosen else ""), words)


def report(lines: Sequence[str], height: int) -> Content:
    """What a check has found, as many lines as fit."""
    room = max(height - 3, 1)
    shown, more = list(lines[:room]), len(lines) - room
    if more > 0:
        shown.append(texts.SESSIONS_REPORT_MORE.format(count=more))
    parts = [Content.styled(shown[0], BAD), *(Content(line) for line in shown[1:]), Content("")]
    return Content("\n").join([*parts, Content.styled(texts.SESSIONS_REPORT_BELOW, QUIET)])
