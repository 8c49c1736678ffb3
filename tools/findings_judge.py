"""How soon the journal says what was done to a picture, and how soon after the cure it says so no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scene_states import AWAY, COVERED, DARK, MOVED, PLAIN

from vig_capture.core.time import SECOND_NS

TOLD_S_MAX, TOLD_HAAR_S_MAX = 5.0, 10.0
GONE_S_MAX = 5.0
STILL_S = 5.0
"""Of stillness make a new view the one to compare with."""
HAAR = "Haar"
SAYS: Mapping[str, tuple[str, frozenset[str]]] = {
    COVERED: ("camera", frozenset({"camera-covered"})),
    DARK: ("exposure", frozenset({"exposure-dark", "exposure-black"})),
    MOVED: ("camera", frozenset({"camera-moved", "camera-tilted", "camera-other-view"})),
    AWAY: ("picture", frozenset({"no-picture"})),
}
"""Which check has to say one of which codes."""
FAULTS = ("attention", "bad")

Track = Sequence[Mapping[str, Any]]
"""Changes of what the checks say, in order: t_ns, check, verdict, code."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done to the picture, in session time."""

    state: str
    from_ns: int
    cured_ns: int
    """From here on its finding should go."""
    until_ns: int
    """Here the next thing is done."""
    gone_s_max: float = GONE_S_MAX


def changes(done: Sequence[tuple[str, int]], end_ns: int) -> list[Change]:
    """Of a film that ends at `end_ns`, what was done and when. After a move it is stillness that cures, and back is a
    move as well."""
    found: list[Change] = []
    before = PLAIN
    for number, (state, t_ns) in enumerate(done):
        next_ns, after_next_ns = ([at_ns for _, at_ns in done[number + 1 :]] + [end_ns, end_ns])[:2]
        if MOVED in (state, before):
            found.append(Change(MOVED, t_ns, t_ns, next_ns, STILL_S + GONE_S_MAX))
        elif state != PLAIN:
            found.append(Change(state, t_ns, next_ns, after_next_ns))
        before = state
    return found


def rows_of(changes: Sequence[Change], track: Track, detector: str) -> list[dict[str, Any]]:
    """A row for each change, against the bars of this detector."""
    told_s_max = TOLD_HAAR_S_MAX if detector == HAAR else TOLD_S_MAX
    return [row(change, track, told_s_max) for change in changes]


def missed(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The bars that were not met."""
    return [f"{each['change']}: {each['missed']}" for each in rows if each["missed"]]


def row(change: Change, track: Track, told_s_max: float) -> dict[str, Any]:
    """One change against what was said of it; `missed` names the bars that it did not meet."""
    check, codes = SAYS[change.state]
    own = [(int(each["t_ns"]), each["code"] in codes) for each in track if each["check"] == check]
    before = next((says for t_ns, says in reversed(own) if t_ns < change.from_ns), False)
    inside = [(t_ns, says) for t_ns, says in own if change.from_ns <= t_ns < change.until_ns]
    told_ns = next((t_ns for t_ns, says in inside if says), None)
    gone_ns = None
    if told_ns is not None and not inside[-1][1]:
        last_told_ns = max(t_ns for t_ns, says in inside if says)
        gone_ns = next(t_ns for t_ns, says in inside if t_ns > last_told_ns and not says)
    told_s = None if told_ns is None else (told_ns - change.from_ns) / SECOND_NS
    gone_s = None if gone_ns is None else max(0.0, (gone_ns - change.cured_ns) / SECOND_NS)
    in_time = told_s is not None and told_s <= told_s_max and not before
    cured = gone_s is not None and gone_s <= change.gone_s_max
    return {
        "change": change.state,
        "said": ", ".join(sorted({str(each["code"]) for each in _inside(change, track) if each["code"] in codes})),
        "told after s": None if told_s is None else round(told_s, 1),
        "≤ s": told_s_max,
        "gone after s": None if gone_s is None else round(gone_s, 1),
        "at most s": change.gone_s_max,
        "also": ", ".join(_others(change, track, codes)),
        "missed": ", ".join([*(["told"] if not in_time else []), *(["gone"] if not cured else [])]),
    }


def _inside(change: Change, track: Track) -> Track:
    return [each for each in track if change.from_ns <= int(each["t_ns"]) < change.until_ns]


def _others(change: Change, track: Track, codes: frozenset[str]) -> list[str]:
    """What else was found meanwhile."""
    faults = (each for each in _inside(change, track) if each["verdict"] in FAULTS and each["code"] not in codes)
    return sorted({str(each["code"]) for each in faults})
