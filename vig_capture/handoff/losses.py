"""What formats cannot carry, in plain words: an exporter says what it carries, and the rest is its list of losses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from vig_capture.core.time import MS_NS
from vig_capture.handoff.facts import FACTS, NAMES
from vig_capture.handoff.handed import Handed, Loss, Moment

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("each moment's own id", ("id",)),
    ("the order that was chosen for showing", ("order",)),
    ("what the moments are called", ("label",)),
    ("who did it", ("person", "who")),
    ("which key was pressed", ("key",)),
    ("the principle's family", ("family",)),
    ("goals", ("goal", "goal_id")),
    ("notes", ("note",)),
    ("stars", ("star",)),
    ("what is on the short list", ("shortlist",)),
    ("what the family picked", ("pick",)),
    ("that a moment is private", ("private",)),
    ("private notes", ("private_note",)),
    ("that a press was uncertain", ("uncertain",)),
    ("that a moment was marked in a pause, before the film, or was imported", ("state",)),
    ("the time of day", ("utc",)),
    ("session time (the table beside the file turns film time into it)", ("press", "until", "clip_in", "clip_out")),
    ("where a stretch that was marked ends", ("film_until", "open")),
    ("further presses of the same moment", ("extended",)),
    ("how far a clip reaches before and after the press", ("look_back_s", "look_ahead_s")),
    ("the press itself: only the clip's beginning and end", ("film_press",)),
    ("the clip's beginning and end", ("film_in", "film_out")),
)
_DEFAULTS = {"state": "recording"}
"""What goes without saying."""
_OF = {fact.name: fact.of for fact in FACTS}


def is_said(moment: Moment, name: str) -> bool:
    """Is there anything of this fact that could be lost?"""
    value = _OF[name](moment)
    return value is not None and value is not False and value != _DEFAULTS.get(name, "")


def all_but(*carried: str) -> tuple[Loss, ...]:
    """The losses of a format that carries these facts."""
    found = []
    for what, names in _GROUPS:
        lost = tuple(name for name in names if name not in carried)
        if lost:
            found.append(Loss(what, _any_said(lost), lost))
    return tuple(found)


def in_text(what: str, names: Sequence[str], is_lost: Callable[[str], object]) -> Loss:
    """Texts that the format cannot hold as they are."""
    return Loss(what, lambda moment: any(is_lost(str(_OF[name](moment))) for name in names), tuple(names))


def coarse(what: str, step_ns: int, *names: str) -> Loss:
    """Times that are finer than the format's."""

    def applies(moment: Moment) -> bool:
        values = [_OF[name](moment) for name in names]
        return any(isinstance(value, int) and value % step_ns != 0 for value in values)

    return Loss(what, applies, names)


def milliseconds(*names: str) -> tuple[Loss, ...]:
    """The losses of a format whose times are thousandths of a second, one for each of these times."""
    return tuple(coarse("times finer than a thousandth of a second", MS_NS, name) for name in names)


NOT_IN_FILM = Loss("moments of which nothing is in the film", lambda moment: moment.film_window is None, NAMES)
"""Of formats that know film time only: such a moment is left out altogether."""


def no_length(what: str, *names: str) -> Loss:
    """Of formats in which everything has a length."""
    return Loss(what, lambda moment: moment.film_window is not None and moment.film_window.length_ns <= 0, names)


A_THOUSANDTH = no_length("clips that end where they begin: they are given a thousandth of a second", "film_out")
NOT_PRESSED_IN_FILM = Loss(
    "moments that were marked while nothing was filmed", lambda moment: moment.film_ns is None, NAMES
)
"""Of formats that know the press only, in film time."""


def in_session(what: str, within: Callable[[Handed], Callable[[Moment], bool]], *facts: str) -> Loss:
    """What only the session tells of its moments."""
    return Loss(what, lambda _: False, facts, within)


def meets(loss: Loss, handed: Handed) -> Callable[[Moment], bool]:
    """Does the loss meet a moment of this session?"""
    return loss.applies if loss.within is None else loss.within(handed)


def told(losses: Iterable[Loss], handed: Handed) -> dict[str, int]:
    """Which losses meet this session, in plain words, and how many moments each."""
    found: dict[str, int] = {}
    kinds: dict[str, list[Callable[[Moment], bool]]] = {}
    for loss in losses:
        kinds.setdefault(loss.what, []).append(meets(loss, handed))
    for moment in handed.moments():
        for what, same in kinds.items():
            if any(is_met(moment) for is_met in same):
                found[what] = found.get(what, 0) + 1
    return {what: found[what] for what in kinds if what in found}


def _any_said(names: tuple[str, ...]) -> Callable[[Moment], bool]:
    return lambda moment: any(is_said(moment, name) for name in names)
