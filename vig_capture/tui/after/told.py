"""What the list of moments knows of a session: a copy, made in the editor's thread, for the screen to read at ease."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from vig_capture.archive.sessions import made_elsewhere
from vig_capture.core.clips import Film, wanted
from vig_capture.core.model import LeftOut, Marker
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS
from vig_capture.tui import texts
from vig_capture.tui.after.ports import SessionEditor
from vig_capture.tui.shown import Goal, maps, text

SETTLING_NS = 180 * SECOND_NS
"""People need some minutes to forget a camera; what is filmed then is kept, and may be the best moment."""
SEAM_NS = SECOND_NS // 5
"""Between two files of a film that goes on there may be the length of a picture."""
Item = Marker | LeftOut
"""What a row of the list is about."""


@dataclass(frozen=True, slots=True)
class Told:
    """A session, as it was told last."""

    markers: tuple[Marker, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    film: Film = field(default_factory=lambda: Film((), ()))
    goals: tuple[Goal, ...] = ()
    other: str = ""
    """Whom Shift means, in the vocabulary's word."""
    created_utc: str = ""
    recorded_ns: int = 0
    lost: int = 0
    """Pictures."""
    places: int = 0
    """At so many places the picture or the sound was away."""
    silent_ns: int = 0
    unsaved: int = 0
    holes: int = 0
    closed: bool = True
    refusal: str = ""
    """Why it can only be looked at."""
    elsewhere: tuple[str, ...] = ()
    """Files that were made of it outside of its folder: erasing leaves them."""

    def items(self, own_view: bool) -> list[Item]:
        """The rows in the order of time: moments and parts that are left out; private moments in the own view only."""
        found: list[Item] = [each for each in self.markers if own_view or not each.private]
        return sorted([*found, *self.left_out], key=_time)

    def goal(self, goal: str) -> str:
        """A goal's short label."""
        return next((each.label for each in self.goals if each.id == goal), "")


def _time(item: Item) -> tuple[int, bool]:
    return (item.t_ns, True) if isinstance(item, Marker) else (item.start_ns, False)


def tell(editor: SessionEditor) -> Told:
    """Copy what the screen needs. Markers are copied: the editor changes its own."""
    view = editor.view
    gaps = list(view.gaps.values())
    cameras = {name for name, stream in view.streams.items() if stream.kind == "video"}
    video = [gap for gap in gaps if gap.stream in cameras]
    sound = [gap for gap in gaps if gap.stream not in cameras]
    return Told(
        markers=tuple(copy(each) for each in view.markers.values()),
        left_out=tuple(view.left_out.values()),
        film=Film.of(view),
        goals=tuple(goals_of(view)),
        other=text(view.vocabulary, "other") or texts.OTHER,
        created_utc=view.created_utc,
        recorded_ns=view.recorded_ns(view.last_t_ns),
        lost=sum(gap.lost for gap in video),
        places=sum(1 for gap in gaps if gap.lost or (gap.end_ns or gap.start_ns) > gap.start_ns),
        silent_ns=sum(max((gap.end_ns or gap.start_ns) - gap.start_ns, 0) for gap in sound),
        unsaved=editor.unsaved,
        holes=editor.holes,
        closed=view.closed,
        refusal=str(editor.refusal or ""),
        elsewhere=made_elsewhere(view),
    )


def goals_of(view: SessionView) -> list[Goal]:
    """The sheet's goals by their short labels."""
    sheet: Mapping[str, Any] = view.sheet
    found = [Goal(text(each, "id") or text(each, "label"), text(each, "label")) for each in maps(dict(sheet), "goals")]
    return [goal for goal in found if goal.label]


# Words ------------------------------------------------------------------------------------------------------------


def time_words(t_ns: int) -> str:
    """Session time as people say it: 4:07, 1:02:33."""
    minutes, seconds = divmod(max(t_ns, 0) // SECOND_NS, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def seconds_words(span_ns: int) -> str:
    """A length in whole seconds."""
    return str(max(round(span_ns / SECOND_NS), 1))


def name_of(marker: Marker) -> str:
    """What a moment is called."""
    return marker.label or marker.key or texts.THE_LAST


def window_words(marker: Marker, film: Film) -> str:
    """Where a moment's clip begins and ends, and how long it is."""
    window = wanted(marker)
    parts = film.parts(window)
    if not parts:
        return texts.AFTER_WINDOW_OUT if film.is_left_out(window) else texts.AFTER_WINDOW_NONE
    pieces = 1 + sum(second.start_ns - first.end_ns > SEAM_NS for first, second in pairwise(parts))
    pattern = texts.AFTER_WINDOW if pieces == 1 else texts.AFTER_WINDOW_PARTS
    return pattern.format(
        start=time_words(parts[0].start_ns),
        end=time_words(parts[-1].end_ns),
        seconds=seconds_words(sum(part.length_ns for part in parts)),
        parts=pieces,
    )


def losses_words(told: Told) -> str:
    """What was lost, in true numbers."""
    where = texts.AFTER_PLACES_ONE if told.places == 1 else texts.AFTER_PLACES.format(count=told.places)
    said = []
    if told.lost:
        pattern = texts.AFTER_LOST_ONE if told.lost == 1 else texts.AFTER_LOST
        said.append(pattern.format(count=told.lost, places=where))
    if told.silent_ns >= SECOND_NS:
        said.append(texts.AFTER_SILENT.format(seconds=seconds_words(told.silent_ns)))
    return ", ".join(said) or texts.AFTER_NOTHING_LOST


def saved_words(told: Told, own_view: bool) -> tuple[str, bool]:
    """The last line, and whether it says that all is well."""
    count = sum(own_view or not each.private for each in told.markers)
    one = {0: texts.AFTER_MOMENTS_NONE, 1: texts.AFTER_MOMENTS_ONE}
    words = {
        "moments": one.get(count, texts.AFTER_MOMENTS.format(count=count)),
        "losses": losses_words(told),
        "why": told.refusal,
    }
    if told.unsaved:
        pattern = texts.AFTER_NOT_SAVED_ONE if told.unsaved == 1 else texts.AFTER_NOT_SAVED
        return pattern.format(count=told.unsaved), False
    if not told.closed:
        return texts.AFTER_NOT_FINISHED.format(**words), False
    if told.holes:
        return texts.AFTER_DAMAGED.format(count=told.holes, **words), False
    return texts.AFTER_SAVED.format(**words), True
