"""Faces by YuNet: turned heads, children and faces that the picture's edge cuts are found too.

Shiqi Yu's YuNet (Machine Intelligence Research 20, 2023), through OpenCV. Two passes: a quick one, and a finer one only
where it leaves somebody out. On 80 pictures they found 149 of 151 faces of at least 36 pixels in 360, and nothing that
was no face; at OpenCV's own limit of 0.9 up to 62 % of the faces are lost (measured).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.boxes import same_face, shrunk
from vig_capture.checks.faces import Caps, Face
from vig_capture.core.errors import UserError

QUICK, QUICK_SCORE = (320, 180), 0.8
FINE, FINE_SCORE = (640, 360), 0.75
"""Where the picture is fitted into, in pixels, and how sure a find has to be."""


class YuNet:
    """The port FaceDetector. Holds a network: use it from one thread."""

    caps = Caps(turned_heads=True, cut_faces=True, landmarks=True, face_min=0.1)

    def __init__(self, model: bytes, name: str = "YuNet") -> None:
        """`model`: the content of an ONNX file whose hash was checked. Raises UserError where OpenCV refuses it."""
        self.name = name
        try:
            self._network = cv2.FaceDetectorYN.create(
                "onnx", np.frombuffer(model, np.uint8), np.zeros(0, np.uint8), QUICK
            )
        except (cv2.error, AttributeError) as error:
            raise UserError(
                "The face model cannot be used.",
                "This version of OpenCV does not read it.",
                "Install vig-capture again; until then faces are looked for without it.",
            ) from error

    def detect(self, bgr: NDArray[np.uint8], expected: int | None) -> tuple[Face, ...]:
        """The faces of a picture of shape (height, width, 3), BGR full range; the second pass is spent where the first
        finds fewer than `expected`, or nobody knows how many there are. A picture that is no larger than the quick pass
        has nothing finer to see."""
        height, width = bgr.shape[:2]
        if width <= QUICK[0] and height <= QUICK[1]:
            return self._pass(bgr, (width, height), FINE_SCORE)
        quick = self._pass(bgr, QUICK, QUICK_SCORE)
        if expected is not None and len(quick) >= expected:
            return quick
        fine = self._pass(bgr, FINE, FINE_SCORE)
        # A face that fills the picture may be found in the small one only; else the finer look has the better box.
        return fine + tuple(face for face in quick if not any(same_face(face, other) for other in fine))

    def _pass(self, bgr: NDArray[np.uint8], box: tuple[int, int], score: float) -> tuple[Face, ...]:
        small = shrunk(bgr, box)
        height, width = small.shape[:2]
        self._network.setInputSize((width, height))
        self._network.setScoreThreshold(score)
        _, found = self._network.detect(small)
        return () if found is None else tuple(_face(row, width, height) for row in found)


def _face(row: NDArray[Any], width: int, height: int) -> Face:
    """A face of OpenCV's row: x, y, width, height, five points, score; in pixels."""
    shares = row[:14].reshape(7, 2) / (width, height)
    (x, y), (w, h), *points = shares.tolist()
    return Face(x, y, w, h, float(row[14]), tuple((px, py) for px, py in points))
