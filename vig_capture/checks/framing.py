"""Framing: are the faces in the picture, large enough, and clear of its edges? Where they are, never whose or why.

Rule 1: a fault needs one face that shows it; "good" needs every face that is expected. With a detector that is blind to
a kind of fault it cannot be told.
Rule 2: a face that is not seen is never bad: a head turned to the other person is good material, and babies are missed.
Rule 3: the looks of the last seconds judge together; one picture alone gives the answer that many like it would give.
Rule 4: where more faces are seen than expected, the largest count. Where none is expected, nothing is said.

Sizes and margins are the proposals that practitioners of VIG still have to judge; sources stand beside the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from statistics import median

from vig_capture.checks.faces import Face
from vig_capture.checks.leaving import CUT_MAX, leaving
from vig_capture.checks.view import LOOKS_S, CheckSettings, Look, PictureCheck, PictureView
from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.time import SECOND_NS

RECENT_S = 5.0
SEEN_SHARE = 0.2
"""So many of the recent looks have to show a number of faces: one find that was no face is none."""
FINE_PX, FAR_PX = 96, 60
"""Height of a face in the recorded picture: fear, sadness and anger need 40 × 60 pixels to be told; machines gain
nothing above 72 × 96."""
EDGE_MIN = 0.04
"""Share of the picture that a face stays clear of its edges."""
CROWN = 0.35
"""The crown of the head is so many heights of the face's box above it."""
HEADROOM_MAX = 0.45
"""Ideal is 0.05 to 0.15 of the picture; only what is plainly too much is said."""


def faces(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """Were as many faces seen in the last seconds as are expected?"""
    expected, seen = settings.faces_expected, _seen(view)
    if not expected:
        return
    if seen >= expected:
        yield Finding("faces", Verdict.GOOD, "faces-all", seen)
    elif not view.caps.turned_heads:
        # A detector whose smallest face is as high as the picture finds none at all.
        yield Finding("faces", Verdict.UNKNOWN, "faces-no-detector" if view.caps.face_min >= 1 else "faces-not-checked")
    elif not seen:
        yield Finding("faces", Verdict.ATTENTION, "faces-none", 0)
    else:
        missing = expected - seen
        yield Finding("faces", Verdict.ATTENTION, "faces-one-missing" if missing == 1 else "faces-missing", missing)


def face_size(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """Is the smallest face high enough to read feelings in it, in pixels of the recorded picture?"""
    if not settings.faces_expected:
        return
    share = _typical(view, settings, lambda face: face.height)
    if share is None:
        yield Finding("face-size", Verdict.UNKNOWN, "face-size-unknown")
        return
    height_px = share * view.picture.height
    if height_px < FAR_PX:
        yield Finding("face-size", Verdict.BAD, "face-size-far", height_px)
    elif height_px < FINE_PX:
        yield Finding("face-size", Verdict.ATTENTION, "face-size-near-limit", height_px)
    elif _all_seen(view, settings):
        yield Finding("face-size", Verdict.GOOD, "face-size-good", height_px)
    else:
        yield Finding("face-size", Verdict.UNKNOWN, "face-size-unknown")


def edges(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """Is every face, and the crown of its head, clear of the picture's edges?"""
    if not settings.faces_expected:
        return
    beside = _typical(view, settings, lambda face: min(_margins(face, face.width, face.height)))
    crown = _typical(view, settings, _crown)
    margin = _typical(view, settings, lambda face: min(_margins(face, 1.0, 1.0)))
    if not view.caps.cut_faces or beside is None or crown is None or margin is None:
        yield Finding("edges", Verdict.UNKNOWN, "edges-unknown")
    elif beside < CUT_MAX:
        yield Finding("edges", Verdict.BAD, "edges-cut")
    elif crown < 0:
        yield Finding("edges", Verdict.ATTENTION, "edges-crown")
    elif margin < EDGE_MIN:
        yield Finding("edges", Verdict.ATTENTION, "edges-near")
    elif _all_seen(view, settings):
        yield Finding("edges", Verdict.GOOD, "edges-good")
    else:
        yield Finding("edges", Verdict.UNKNOWN, "edges-unknown")


def headroom(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """Is there room above the highest head, and not half the picture of it? Attention at most."""
    if not settings.faces_expected:
        return
    crown = _typical(view, settings, _crown)
    if crown is None or not _all_seen(view, settings):
        # The highest head may be the one that is not seen.
        yield Finding("headroom", Verdict.UNKNOWN, "headroom-unknown")
    elif crown < 0:
        yield Finding("headroom", Verdict.ATTENTION, "headroom-little")
    elif crown > HEADROOM_MAX:
        yield Finding("headroom", Verdict.ATTENTION, "headroom-much", 100 * crown)
    else:
        yield Finding("headroom", Verdict.GOOD, "headroom-good", 100 * crown)


FRAMING: tuple[PictureCheck, ...] = (faces, face_size, edges, headroom, leaving)
"""Every check of framing."""


def _recent(view: PictureView) -> list[Look]:
    """The looks that judge: of the last 5 s, or of 10 s for a detector that needs people to look at the camera."""
    since_ns = view.picture.mono_ns - round((RECENT_S if view.caps.turned_heads else LOOKS_S) * SECOND_NS)
    return [look for look in view.looks if look.mono_ns > since_ns]


def _seen(view: PictureView) -> int:
    """The largest number of faces that enough of the recent looks show; one look is enough for a detector that finds
    only those who look at the camera."""
    counts = sorted((len(look.faces) for look in _recent(view)), reverse=True)
    share = SEEN_SHARE if view.caps.turned_heads else 0.0
    return counts[max(1, math.ceil(share * len(counts))) - 1] if counts else 0


def _all_seen(view: PictureView, settings: CheckSettings) -> bool:
    return _seen(view) >= settings.faces_expected


def _typical(view: PictureView, settings: CheckSettings, measure: Callable[[Face], float]) -> float | None:
    """The least `measure` among the faces of a picture, as the middle one of the looks that show enough faces; None
    where there were none."""
    count = min(_seen(view), settings.faces_expected)
    if not count:
        return None
    looks = (_largest(look, settings.faces_expected) for look in _recent(view) if len(look.faces) >= count)
    return median(min(map(measure, found)) for found in looks)


def _largest(look: Look, expected: int) -> list[Face]:
    # (The order in which they were found decides nothing.)
    return sorted(look.faces, key=lambda face: (-face.height, face.x, face.y, face.width))[:expected]


def _margins(face: Face, across: float, down: float) -> tuple[float, float, float, float]:
    """How far a face is from the left, right, upper and lower edge, in units of `across` and `down` (shares of the
    picture's width and height)."""
    right, below = 1 - face.x - face.width, 1 - face.y - face.height
    return face.x / across, right / across, face.y / down, below / down


def _crown(face: Face) -> float:
    """Room above the head, as a share of the picture's height; negative where the crown is outside."""
    return face.y - CROWN * face.height
