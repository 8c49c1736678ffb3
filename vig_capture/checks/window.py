"""The light's side: a window behind them, and a hard shadow across a face.

Rule: how dark a face is says nothing of the light: dark skin before a pale wall is no backlight. A window shows in how
much brighter the background is than the brightest parts of a person, face and clothes, and in what it does: white
without detail behind, or a face without contrast.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.exposure import WHITE
from vig_capture.checks.faces import Face, Points
from vig_capture.checks.tones import Grey, Tones, grey, inside, stops
from vig_capture.checks.view import CheckSettings, PictureView
from vig_capture.core.findings import Finding, Verdict

WHITE_STOPS, FLAT_STOPS = 1.6, 2.2
"""Background (90th percentile) over person, where the background is white without detail, and where a face is without
contrast. Well-lit pictures had 0.7 at most; with a window 3 stops brighter than white behind they had 1.7 and more
where the camera exposed for the people too, and 2.5 where it exposed for the window."""
BAD_STOPS = 3.0
WHITE_SHARE = 0.1
"""Of the background."""
CONTRAST_MIN = 75
"""5th to 95th percentile of a face. Well-lit ones had 78 and more, dark skin 93 and more; 3 stops darker 74 at most."""
CHEST = 1.3, 2.3
"""Heights of the face below its top; as wide as the face."""
AROUND = 0.5
"""A person takes so many widths of the face to each side, so many heights above it, and everything below."""
BACKGROUND_MIN = 0.05
"""Share of the picture; less of it says nothing."""
HINT_BORDER, HINT_CENTRE = 150, 60
"""Without faces: the border is so much brighter than a centre that is darker than this (2 of 36 good pictures)."""
SHADOW_STOPS = 1.5
"""Between the cheeks: well-lit faces had 1.1 at most, those with one half 3 stops darker 1.8 and more."""
FRONTAL_MAX = 0.25
"""The nose is no further from the middle of the eyes, in distances between them."""
CHEEK = 0.13
"""Half the side of a patch of cheek, in distances between the eyes."""
DOWN_A_CHEEK = (0.3, 0.5, 0.7)
"""From the eye to the corner of the mouth: a shadow lies on all of them, hair or a beard on one."""
EYES_MIN_PX = 14
"""Between the eyes, in the small picture: below, a patch is a few pixels."""


def window(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:  # noqa: ARG001 - a check's arguments
    """Is there a window, or another bright light, behind the faces? Without faces a hint at most."""
    picture = grey(view.picture.bgr)
    faces = [face for face in view.faces if inside(picture, face).size]
    background = Tones(picture, _background(picture, view.faces))
    if not faces and _bright_around(picture):
        yield Finding("window", Verdict.ATTENTION, "window-perhaps")
        return
    if not faces or background.pixels < BACKGROUND_MIN * picture.size:
        yield Finding("window", Verdict.UNKNOWN, "window-unknown")
        return
    white = background.from_(WHITE) >= WHITE_SHARE
    against = [face for face in faces if white or _is_flat(picture, face)]
    behind = max((stops(background.at(90), _brightness(picture, face)) for face in against), default=0.0)
    if behind < (WHITE_STOPS if white else FLAT_STOPS):
        yield Finding("window", Verdict.GOOD, "window-good")
    else:
        yield Finding("window", Verdict.BAD if behind >= BAD_STOPS else Verdict.ATTENTION, "window-behind", behind)


def shadow(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """Is one cheek much darker than the other? Told of faces that look towards the camera, where eyes and mouth are
    found. Attention at most: light from one side may be wanted."""
    if not view.faces and not settings.faces_expected:
        return
    picture = grey(view.picture.bgr)
    height, width = picture.shape
    cheeks = [_cheek_stops(picture, face.points, width, height) for face in view.faces if face.points]
    differences = [difference for difference in cheeks if difference is not None]
    if not differences:
        yield Finding("shadow", Verdict.UNKNOWN, "shadow-unknown")
    elif max(differences) > SHADOW_STOPS:
        yield Finding("shadow", Verdict.ATTENTION, "shadow-hard", max(differences))
    else:
        yield Finding("shadow", Verdict.GOOD, "shadow-good", max(differences))


def _background(picture: Grey, faces: tuple[Face, ...]) -> Grey:
    """255 where nobody is."""
    height, width = picture.shape
    mask = np.full(picture.shape, 255, np.uint8)
    for face in faces:
        left, right = face.x - AROUND * face.width, face.x + (1 + AROUND) * face.width
        top = face.y - AROUND * face.height
        mask[max(0, round(top * height)) :, max(0, round(left * width)) : max(0, round(right * width))] = 0
    return mask


def _is_flat(picture: Grey, face: Face) -> bool:
    """Is it without contrast?"""
    tones = Tones(inside(picture, face))
    return tones.at(95) - tones.at(5) < CONTRAST_MIN


def _brightness(picture: Grey, face: Face) -> int:
    """Of a person, in the same light as the face: dark skin has brighter clothes, dark clothes a brighter face."""
    height, width = picture.shape
    top, bottom = (max(0, round((face.y + down * face.height) * height)) for down in CHEST)
    left, right = (max(0, round(across * width)) for across in (face.x, face.x + face.width))
    chest = picture[top:bottom, left:right]
    return max(Tones(inside(picture, face)).at(95), Tones(chest).at(75) if chest.size else 0)


def _bright_around(picture: Grey) -> bool:
    height, width = picture.shape
    across, down = width // 6, height // 6
    border = np.full(picture.shape, 255, np.uint8)
    border[down:, across : width - across] = 0
    centre = Tones(picture[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4]).at(50)
    return centre < HINT_CENTRE and Tones(picture, border).at(90) - centre > HINT_BORDER


def _cheek_stops(picture: Grey, points: Points, width: int, height: int) -> float | None:
    """Light of one cheek over that of the other; None where the face is turned away, too small, or partly outside."""
    places = np.array(points) * (width, height)
    eyes, nose, mouth = places[:2], places[2], places[3:]
    apart = float(np.linalg.norm(eyes[1] - eyes[0]))
    if apart < EYES_MIN_PX:
        return None
    across = (eyes[1] - eyes[0]) / apart
    if abs(float((nose - eyes.mean(0)) @ across)) / apart > FRONTAL_MAX:
        return None
    half = max(1, round(CHEEK * apart))
    differences = []
    for down in DOWN_A_CHEEK:
        tones = [_patch(picture, eye + down * (corner - eye), half) for eye, corner in zip(eyes, mouth, strict=True)]
        if None in tones:
            return None
        differences.append(stops(*tones))  # type: ignore[arg-type]
    least = min(differences, key=abs)
    return abs(least) if all(difference * least > 0 for difference in differences) else 0.0


def _patch(picture: Grey, centre: NDArray[Any], half: int) -> float | None:
    """The median tone of a square; None where it is not all in the picture."""
    x, y = np.rint(centre).astype(int).tolist()
    height, width = picture.shape
    if not (half <= x < width - half and half <= y < height - half):
        return None
    return float(np.median(picture[y - half : y + half + 1, x - half : x + half + 1]))
