"""Is a face on its way out of the picture? A hint for a few seconds; after that it is simply a face not in view.

Faces are joined from look to look by where they are, for the last seconds only, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from vig_capture.checks.faces import Face
from vig_capture.checks.view import CheckSettings, Look, PictureView
from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.time import SECOND_NS

Path = list[tuple[float, Face]]
"""One face from look to look: seconds, and where it was."""

CUT_MAX = 0.05
"""Share of the face: where its box is nearer to the edge, a part of it is outside. Of 31 faces, cut on each side by
15 % and more, YuNet's box was nearer in 97 of 100 cases; of whole ones, a tenth of their size inside, in 6."""
SAID_S = 4.0
"""So long after the last sight of a face it is still said to be leaving."""
GAP_S = 1.6
"""A face that is missed for longer begins a new path."""
REACH = 0.35
"""Share of the picture's width or height that a face may cross from look to look: somebody walking, at two looks a
second."""
STEP_S = 1.2
"""The way of so many seconds says where a face is going."""
OUTWARD_MIN = 0.25
"""Share of its own size that it has to have moved towards the edge in that time: not a nod beside it."""


def leaving(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """Has a face just moved out through an edge, or is it about to, so that fewer than expected remain?"""
    if not settings.faces_expected:
        return
    if not view.caps.cut_faces or not any(look.faces for look in view.looks):
        yield Finding("leaving", Verdict.UNKNOWN, "leaving-unknown")
        return
    now_s = view.looks[-1].mono_ns / SECOND_NS
    ways_out = [path for path in _paths(view.looks) if now_s - path[-1][0] <= SAID_S and _goes_out(path)]
    staying = len(view.faces) - sum(path[-1][0] == now_s for path in ways_out)
    if ways_out and staying < settings.faces_expected:
        yield Finding("leaving", Verdict.ATTENTION, "leaving-edge")
    else:
        yield Finding("leaving", Verdict.GOOD, "leaving-none")


def _paths(looks: Sequence[Look]) -> list[Path]:
    """The way of every face through the looks, the nearest joined first, whatever order they were found in."""
    paths: list[Path] = []
    for look in looks:
        now_s = look.mono_ns / SECOND_NS
        ahead = [path for path in paths if now_s - path[-1][0] <= GAP_S]
        left = list(look.faces)
        for path, face in sorted(product(ahead, look.faces), key=_nearness):
            free = path[-1][0] < now_s and any(face is other for other in left)
            if free and _apart(path[-1][1], face) <= REACH:
                path.append((now_s, face))
                left = [other for other in left if other is not face]
        paths += [[(now_s, face)] for face in left]
    return paths


def _nearness(pair: tuple[Path, Face]) -> tuple[float, ...]:
    """How near a face is to the last sight of a path; of those that are equally near the most alike in size. The rest
    is nothing but an order."""
    path, face = pair
    last_s, last = path[-1]
    unlike = abs(last.width - face.width) + abs(last.height - face.height)
    return _apart(last, face), unlike, last_s, *_box(last), *_box(face)


def _box(face: Face) -> tuple[float, float, float, float]:
    return face.x, face.y, face.width, face.height


def _goes_out(path: Path) -> bool:
    """Has it moved towards an edge that now cuts it, or over which as much of its way again would take its middle?"""
    last_s, last = path[-1]
    first = next(face for at_s, face in path if last_s - at_s <= STEP_S)
    ways = ((first.x, first.width, last.x, last.width), (first.y, first.height, last.y, last.height))
    return any(_leaves(*way) for way in ways)


def _leaves(was: float, was_long: float, now: float, long: float) -> bool:
    """The same along one direction, of the box's near side and length then and now."""
    middle = now + long / 2
    moved = middle - (was + was_long / 2)
    room = now if moved < 0 else 1 - now - long
    far_enough = abs(moved) >= OUTWARD_MIN * long
    return far_enough and (room < CUT_MAX * long or not 0 < middle + moved < 1)


def _apart(one: Face, other: Face) -> float:
    """How far the middles of two faces are from each other, as a share of the picture."""
    across = one.x + one.width / 2 - other.x - other.width / 2
    down = one.y + one.height / 2 - other.y - other.height / 2
    return max(abs(across), abs(down))
