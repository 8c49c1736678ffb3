"""Focus: is there fine detail in the faces, or, where no face is seen, in the picture?

The amplitude of the finest octave over that of the next one, of a face reduced to 96 pixels or less: natural pictures
keep this proportion whatever they show, and a lens out of focus takes the finest octave first. Measured on 30 faces of
16 pictures: sharp ones 0.33 to 0.8; blurred by 1.5 % of a face (σ of a Gaussian) at most 0.25, by 2 % at most 0.14.
Variance of the Laplacian differs 4 to 20 times between sharp pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.exposure import too_dark
from vig_capture.checks.faces import Face
from vig_capture.checks.tones import Grey, inside
from vig_capture.checks.view import CheckSettings, PictureView
from vig_capture.core.findings import Finding, Verdict

SOFT, BLURRED = 0.28, 0.1
"""Attention, bad."""
NOISY = 1.0
"""From here on what is fine is noise: sharp faces with it had 0.87 at most, faces that are a blur more than 1."""
FACE_PX = 96
"""A face is reduced to this height: beyond it, cameras are softer than what they record."""
FACE_MIN_PX = 36
INNER = 0.8
PICTURE_PX = 360
NOISE = 0.5
"""Variance of each pixel that is no detail: rounding, and what little noise every picture has."""


def focus(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
    """Needs the native luma; says nothing of a picture that came without."""
    luma = view.picture.luma
    if luma is None:
        return
    faces = [_reduced(luma, face) for face in view.faces if face.height * luma.shape[0] >= FACE_MIN_PX]
    if too_dark(view):
        yield Finding("focus", Verdict.UNKNOWN, "focus-dark")
    elif faces:
        yield _of_faces(min(fineness(face) for face in faces))
    elif fineness(_small(luma, PICTURE_PX)) < SOFT:
        yield Finding("focus", Verdict.ATTENTION, "focus-soft-picture")
    elif settings.faces_expected:
        # The room may be sharp where the faces are not.
        yield Finding("focus", Verdict.UNKNOWN, "focus-unknown")
    else:
        yield Finding("focus", Verdict.GOOD, "focus-good")


def fineness(part: Grey) -> float:
    """Amplitude of the finest octave over the next: 0 is a blur."""
    height, width = part.shape
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    level = float((part * window).sum() / window.sum())
    powers = _powers((part - np.float32(level)) * window) / float((window * window).sum())
    cycles = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    finest = (cycles >= 0.25) & (cycles < 0.5)
    detail = float(powers[finest].sum()) - NOISE * np.count_nonzero(finest)
    return float(np.sqrt(max(detail, 0.0) / max(float(powers[(cycles >= 0.125) & (cycles < 0.25)].sum()), 1e-6)))


def _powers(part: NDArray[np.float32]) -> NDArray[Any]:
    return np.abs(np.fft.rfft2(part)) ** 2


def _of_faces(least: float) -> Finding:
    if least > NOISY:
        return Finding("focus", Verdict.UNKNOWN, "focus-noise")
    if least >= SOFT:
        return Finding("focus", Verdict.GOOD, "focus-good")
    return Finding("focus", Verdict.ATTENTION if least >= BLURRED else Verdict.BAD, "focus-soft-face")


def _reduced(luma: Grey, face: Face) -> Grey:
    part = inside(luma, face, INNER)
    return _scaled(part, FACE_PX / (face.height * luma.shape[0]))


def _small(luma: Grey, height: int) -> Grey:
    return _scaled(luma, height / luma.shape[0])


def _scaled(part: Grey, scale: float) -> Grey:
    if scale >= 1 or not part.size:
        return part
    return np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
