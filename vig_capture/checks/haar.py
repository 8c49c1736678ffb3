"""Faces by the cascade that comes with OpenCV 4: only those that look towards the camera, upright and whole.

It finds 91 % of frontal faces of at least 36 pixels in 360, but 29 % of turned ones, and nothing of a face that the
edge cuts by a third (measured, 182 faces): what it sees is there, what it does not see says nothing.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.boxes import shrunk
from vig_capture.checks.faces import Caps, Face
from vig_capture.core.errors import UserError

CASCADE = "haarcascade_frontalface_alt2.xml"
BOX = (640, 360)
NEIGHBOURS_MIN = 4
FACE_MIN_PX = 36
"""In a picture of 360 rows."""
FACE_WIDTH, FACE_HEIGHT, FACE_TOP = 0.84, 1.12, -0.04
"""The face within the cascade's square, in shares of its side: medians over 25 faces whose boxes are known, so that a
size means the same with every detector."""


class Haar:
    """The port FaceDetector. Use it from one thread."""

    name = "Haar"
    caps = Caps(face_min=FACE_MIN_PX * FACE_HEIGHT / BOX[1])

    def __init__(self) -> None:
        """Raises UserError where this OpenCV has no such cascade, as OpenCV 5 has none."""
        fault = UserError(
            "Faces cannot be looked for.",
            "The face detector that comes with OpenCV 4 is missing.",
            "Install vig-capture again, or a face model: vig-capture model --download",
        )
        path = Path(cv2.__file__).parent / "data" / CASCADE
        if not path.is_file() or not hasattr(cv2, "CascadeClassifier"):
            raise fault
        self._cascade = cv2.CascadeClassifier(str(path))
        if self._cascade.empty():
            raise fault

    def detect(self, bgr: NDArray[np.uint8], expected: int | None) -> tuple[Face, ...]:  # noqa: ARG002 - the port's names
        """The faces of a picture of shape (height, width, 3), BGR full range. One pass: it costs
        more than both of YuNet's."""
        grey = cv2.cvtColor(shrunk(bgr, BOX), cv2.COLOR_BGR2GRAY)
        height, width = grey.shape
        found = self._cascade.detectMultiScale(grey, minNeighbors=NEIGHBOURS_MIN, minSize=(FACE_MIN_PX, FACE_MIN_PX))
        return tuple(_face(x, y, side, width, height) for x, y, side, _ in np.asarray(found).tolist())


def _face(x: int, y: int, side: int, width: int, height: int) -> Face:
    left, top = x + (1 - FACE_WIDTH) / 2 * side, y + FACE_TOP * side
    return Face(left / width, top / height, FACE_WIDTH * side / width, FACE_HEIGHT * side / height, 1.0)
