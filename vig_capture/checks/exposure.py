"""Exposure: is the picture too dark or too bright, and the faces in it?

Rule 1: a face is judged by its brightest parts (95th percentile of the inner box), never by its median or mean: the
median of correctly exposed dark skin was 52 to 84, its brightest parts 129 and more (0 of 36 pictures below 85).
Rule 2: in a bright picture a face is too dark only where hardly anything of it is left; there the light behind it is
what the check "window" judges.

Numbers: 36 well-lit pictures against the same 3 stops darker (faces at 56 to 88, every picture below 100) and 2
stops brighter (33 of 36 faces at 245 or above).
"""

from __future__ import annotations

from collections.abc import Iterator

from vig_capture.checks.tones import Tones, grey, inside
from vig_capture.checks.view import CheckSettings, PictureView
from vig_capture.core.findings import Finding, Verdict

DARK = 100
"""95th percentile of the picture below which it is too dark."""
BLACK, WHITE = 10, 250
"""Tones from which on nothing can be told apart."""
BLACK_SHARES = 0.25, 0.5
WHITE_SHARES = 0.1, 0.5
"""Share of the picture: attention, bad. A white wall or sky may be white; a third of a good picture was."""
BRIGHT = 160
"""95th percentile of a picture that has light enough: well exposed ones have 140 to 255, 2 stops darker 85 to 135."""
FACE_DARK, FACE_BLACK = 90, 50
FACE_BRIGHT = 245
FACE_WHITE_SHARE = 0.25
"""Of a face, beyond which too much of it is lost."""


def exposure(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:  # noqa: ARG001 - a check's arguments
    """Clipped blacks and whites of the whole picture, and a picture that is dark everywhere."""
    tones = Tones(grey(view.picture.bgr))
    black, white = tones.up_to(BLACK), tones.from_(WHITE)
    if tones.at(95) < DARK:
        yield Finding("exposure", Verdict.BAD, "exposure-dark")
    elif white > WHITE_SHARES[1]:
        yield Finding("exposure", Verdict.BAD, "exposure-bright", 100 * white)
    elif black > BLACK_SHARES[1]:
        yield Finding("exposure", Verdict.BAD, "exposure-black", 100 * black)
    elif white > WHITE_SHARES[0]:
        yield Finding("exposure", Verdict.ATTENTION, "exposure-white", 100 * white)
    elif black > BLACK_SHARES[0]:
        yield Finding("exposure", Verdict.ATTENTION, "exposure-black", 100 * black)
    else:
        yield Finding("exposure", Verdict.GOOD, "exposure-good")


def face_light(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """The faces that are seen: can something be seen in them?"""
    picture = grey(view.picture.bgr)
    faces = [Tones(part) for part in (inside(picture, face) for face in view.faces) if part.size]
    if not faces:
        if settings.faces_expected:
            yield Finding("face-light", Verdict.UNKNOWN, "face-light-unknown")
        return
    darkest, brightest = min(face.at(95) for face in faces), max(face.at(95) for face in faces)
    if darkest < FACE_BLACK:
        yield Finding("face-light", Verdict.BAD, "face-dark")
    elif max(face.from_(WHITE) for face in faces) > FACE_WHITE_SHARE:
        yield Finding("face-light", Verdict.BAD, "face-bright")
    elif darkest < FACE_DARK and Tones(picture).at(95) < BRIGHT:
        yield Finding("face-light", Verdict.ATTENTION, "face-dark")
    elif brightest >= FACE_BRIGHT:
        yield Finding("face-light", Verdict.ATTENTION, "face-bright")
    else:
        yield Finding("face-light", Verdict.GOOD, "face-light-good")


def too_dark(view: PictureView) -> bool:
    """So dark that noise looks like detail?"""
    picture = grey(view.picture.bgr)
    if Tones(picture).at(95) < DARK:
        return True
    return any(part.size and Tones(part).at(95) < FACE_BLACK for part in (inside(picture, face) for face in view.faces))
