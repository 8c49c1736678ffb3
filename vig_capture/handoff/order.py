"""Orders of the moments, without keeping them all."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import chain

from vig_capture.core.clips import Window
from vig_capture.handoff.handed import Handed, Moment


def by_beginning(handed: Handed) -> Iterator[tuple[Window, Moment]]:
    """Film window and moment of all that is in the film, in the order in which their clips begin.

    A format of cues wants them so (WebVTT 1.0, 4.1: "start time … greater than or equal to all previous cue start
    times").

    A first pass finds how long before its press a clip begins at most: what begins earlier than that before the present
    press can be followed by none that begins before it."""
    furthest_ns = max((each.marker.t_ns - each.window.start_ns for each in handed.moments()), default=0)
    waiting: list[tuple[int, int, Moment]] = []
    for place, moment in enumerate(handed.moments()):
        if moment.film_window is None:
            continue
        while waiting and waiting[0][0] <= moment.marker.t_ns - furthest_ns:
            yield _with_window(heapq.heappop(waiting)[2])
        heapq.heappush(waiting, (moment.window.start_ns, place, moment))
    while waiting:
        yield _with_window(heapq.heappop(waiting)[2])


def as_shown(handed: Handed) -> Iterator[Moment]:
    """All that is in the film: first what has a place in the order that was chosen for showing, then the others by
    their time."""
    ranked = [moment for moment in handed.moments() if moment.marker.rank is not None]
    ranked.sort(key=lambda moment: moment.marker.rank or 0)
    others = (moment for moment in handed.moments() if moment.marker.rank is None)
    return (moment for moment in chain(ranked, others) if moment.film_window is not None)


def _with_window(moment: Moment) -> tuple[Window, Moment]:
    assert moment.film_window is not None, "only those wait that are in the film"
    return moment.film_window, moment
