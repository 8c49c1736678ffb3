"""A picture of two people in good light, as the checks see it, with the faces that a detector would find."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from check_pictures import looks, seen
from picture_variants import coded, linear

from tests.checks.astronauts import FACE, Bgr, room
from tests.checks.made_up import YUNET
from vig_capture.checks.faces import Face
from vig_capture.checks.light import LIGHT
from vig_capture.checks.view import CheckSettings, Picture, PictureView
from vig_capture.core.findings import Finding, Verdict

WIDTH, HEIGHT = 1280, 720
PLACES = ((80, 150), (700, 150))
POINTS = ((206, 105), (247, 105), (227, 126), (206, 145), (241, 145))
"""Eyes, nose, corners of the mouth in the picture of 512 × 512."""
BOXES = tuple((float(x + FACE[0]), float(y + FACE[1]), float(FACE[2]), float(FACE[3])) for x, y in PLACES)
FAULTS = (Verdict.ATTENTION, Verdict.BAD)


def people() -> tuple[Face, ...]:
    """Their faces, as a detector finds them."""
    return tuple(
        Face(
            (x + FACE[0]) / WIDTH,
            (y + FACE[1]) / HEIGHT,
            FACE[2] / WIDTH,
            FACE[3] / HEIGHT,
            0.9,
            tuple(((x + across) / WIDTH, (y + down) / HEIGHT) for across, down in POINTS),
        )
        for x, y in PLACES
    )


@cache
def scene(wall: int = 110) -> Bgr:
    """Two people before a wall of this tone, shape (720, 1280, 3)."""
    bgr = room(PLACES, WIDTH, HEIGHT)
    bgr[:150] = wall
    return bgr


@cache
def small_scene() -> Bgr:
    """The same at 640 × 360: quick to work on."""
    return np.asarray(cv2.resize(scene(), (640, 360), interpolation=cv2.INTER_AREA), np.uint8)


def view(bgr: Bgr, faces: tuple[Face, ...] | None = None, before: Bgr | None = None) -> PictureView:
    """What the checks are given; `before`: how the camera stood when it was put up."""
    reference = None if before is None else seen(before)
    return PictureView(seen(bgr), looks(people() if faces is None else faces), "made up", YUNET, 30.0, reference)


def found(of: PictureView, settings: CheckSettings | None = None) -> dict[str, Finding]:
    """What the checks of light find, by check."""
    findings = [finding for check in LIGHT for finding in check(of, settings or CheckSettings())]
    assert len({finding.check for finding in findings}) == len(findings)
    return {finding.check: finding for finding in findings}


def faults(of: PictureView) -> set[str]:
    """The codes of what asks for attention."""
    return {finding.code for finding in found(of).values() if finding.verdict in FAULTS}


def on_faces(bgr: Bgr, reflectance: float) -> Bgr:
    """The same people in the same light with skin that throws back less of it."""

    mask = np.zeros(bgr.shape[:2], np.float32)
    for x, y, width, height in BOXES:
        centre = (round(x + width / 2), round(y + height / 2))
        cv2.ellipse(mask, centre, (round(0.6 * width), round(0.65 * height)), 0, 0, 360, 1, -1)
    return coded(linear(bgr) * (1 - (1 - reflectance) * mask[..., None]))


def at(picture: Picture, mono_ns: int) -> Picture:
    """The same picture at another time."""
    return Picture(mono_ns, picture.bgr, picture.width, picture.height, picture.luma)
