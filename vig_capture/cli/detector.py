"""Which face detector looks: YuNet where its file is there, else the one that comes with OpenCV, else none.

A detector is never worth a film: whatever is wrong with a file is kept to be said, and the next one looks.
"""

from __future__ import annotations

from dataclasses import dataclass

from vig_capture.checks.faces import FaceDetector, NoDetector
from vig_capture.checks.haar import Haar
from vig_capture.checks.yunet import YuNet
from vig_capture.core.errors import UserError
from vig_capture.devices.face_model import FaceModel, find


@dataclass(frozen=True, slots=True)
class Choice:
    """The detector that looks, and why no better one does."""

    detector: FaceDetector
    model: FaceModel | None = None
    """The file that it uses, if any."""
    fault: UserError | None = None
    """What is wrong with the file that should have been used."""


def choose(face_model: str = "") -> Choice:
    """The best detector that there is, and what is wrong with a better one. `face_model` is the setting.

    Raises nothing."""
    fault: UserError | None = None
    try:
        if model := find(face_model):
            return Choice(YuNet(model.content, model.known.name), model)
    except UserError as error:
        fault = error
    try:
        return Choice(Haar(), fault=fault)
    except UserError as error:
        return Choice(NoDetector(), fault=fault or error)
