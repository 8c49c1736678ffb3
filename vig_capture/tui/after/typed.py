"""A line that is typed on the list of moments: what it is for, of which moment, and its text."""

from __future__ import annotations

from functools import partial

from rich.cells import cell_len

from vig_capture.core.clips import Film, wanted
from vig_capture.core.keys import ScreenKeys
from vig_capture.core.model import Marker
from vig_capture.core.time import SECOND_NS
from vig_capture.tui import texts
from vig_capture.tui.after import acts as after_acts
from vig_capture.tui.after.acts import Making
from vig_capture.tui.after.told import name_of, time_words
from vig_capture.tui.after.view import filled
from vig_capture.tui.line import Line

LONGEST = {"edit": 200, "note": 4000, "private_note": 4000, "time": 16, "leave_out": 40}
"""Characters that fit."""


class Typing:
    """One line with its beginning."""

    def __init__(self, what: str, of: str, label: str, text: str) -> None:
        """`what`: edit, note, private_note, time or leave_out; `of`: the moment's id; `label` stands before the
        text."""
        self.what, self.of, self.before = what, of, text
        self._label = label
        self.line = Line(text, LONGEST[what])

    def press(self, name: str) -> None:
        """A key: a character, or one that moves or takes away."""
        if name == "space":
            self.line.type(" ")
        elif len(name) == 1:
            self.line.type(name)
        else:
            self.line.press(name)

    def shown(self, width: int) -> str:
        """The line in so many cells, with its cursor."""
        before, after = self.line.shown(max(width - cell_len(self._label) - 1, 10))
        return f"{self._label}{before}▏{after}"


def of_moment(what: str, marker: Marker, own_view: bool) -> Typing:
    """A line about a moment, with what is there already.

    What the guider wrote for herself is not put on a screen that others see: there more is only added to it."""
    before = {"edit": marker.label, "note": marker.note, "private_note": marker.private_note if own_view else ""}
    text = before.get(what, time_words(marker.t_ns))
    return Typing(what, marker.id, texts.AFTER_TYPE[what].format(label=name_of(marker)), text)


def part_to_leave_out(marker: Marker | None, film: Film) -> Typing:
    """A line for a part to leave out: the moment's own, for a start."""
    proposed = ""
    if marker is not None:
        window = wanted(marker)
        # In whole seconds, as they are typed: none of the moment is to stay.
        end_ns = min(window.end_ns, film.end_ns) + SECOND_NS - 1
        proposed = f"{time_words(window.start_ns)}-{time_words(end_ns)}"
    return Typing("leave_out", "", texts.AFTER_TYPE["leave_out"], proposed)


def kept(typing: Typing, own_view: bool, keys: ScreenKeys) -> Making | None:
    """What the line, once it is kept, means; None where it changes nothing."""
    text, of = typing.line.text.strip(), typing.of
    undo, own = filled("{undo}", keys), filled("{own_view}", keys)
    match typing.what:
        case "leave_out":
            return partial(after_acts.leave_out, text=text, undo=undo)
        case _ if text == typing.before:
            return None
        case "edit":
            return partial(after_acts.label, of=of, text=text)
        case "note":
            return partial(after_acts.note, of=of, text=text)
        case "private_note":
            return partial(after_acts.private_note, of=of, text=text, adds=not own_view, own_view=own)
    return partial(after_acts.retime, of=of, text=text)
