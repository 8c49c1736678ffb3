"""Views of made-up faces: no picture is needed to judge where faces are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from vig_capture.checks.faces import Caps, Face
from vig_capture.checks.framing import FRAMING
from vig_capture.checks.view import CheckSettings, Look, Picture, PictureView
from vig_capture.core.findings import Finding
from vig_capture.core.time import SECOND_NS

YUNET = Caps(turned_heads=True, cut_faces=True, landmarks=True, face_min=0.1)
HAAR = Caps(face_min=0.1)
NONE = Caps()
ROWS = 720
"""Of the recorded picture."""
_BGR = np.zeros((1, 1, 3), np.uint8)


def face(x: float = 0.5, y: float = 0.4, height: float = 0.2, width: float | None = None) -> Face:
    """A face by the middle of its box."""
    width = 0.45 * height if width is None else width
    return Face(x - width / 2, y - height / 2, width, height, 0.9)


def view(looks: Sequence[Iterable[Face]], caps: Caps = YUNET, step_s: float = 0.5) -> PictureView:
    """What was seen, oldest first, up to now."""
    now_ns = 1_000 * SECOND_NS
    times = [now_ns - round((len(looks) - 1 - number) * step_s * SECOND_NS) for number in range(len(looks))]
    seen = tuple(Look(time, tuple(faces)) for time, faces in zip(times, looks, strict=True))
    return PictureView(Picture(now_ns, _BGR, 1280, ROWS), seen, "made up", caps, 30.0)


def found(seen: PictureView, expected: int = 2) -> dict[str, Finding]:
    """What framing finds, by check."""
    settings = CheckSettings(faces_expected=expected)
    findings = [finding for check in FRAMING for finding in check(seen, settings)]
    assert len({finding.check for finding in findings}) == len(findings)
    return {finding.check: finding for finding in findings}


def codes(seen: PictureView, expected: int = 2) -> dict[str, str]:
    """The code of each check's finding."""
    return {name: finding.code for name, finding in found(seen, expected).items()}
