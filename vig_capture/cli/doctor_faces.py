"""The doctor on faces: which detector looks, and what the better one would add.

Only files are looked at: OpenCV is never loaded beside PyAV, which the doctor needs.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from vig_capture.cli.doctor_line import Line, of_error
from vig_capture.core.config import Settings
from vig_capture.core.errors import UserError
from vig_capture.devices.face_model import find

OPENCV = "opencv-python-headless"
OTHERS = ("opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless")
"""Packages that put another OpenCV in the place of ours, and pip says nothing of it."""
ADDS = "YuNet would also find turned heads, most babies, and faces at the edge: 97 of 100 faces, where Haar finds 64."
"""Of the 182 faces on which they were compared."""
GET = "To get it: vig-capture model"


def faces(settings: Settings) -> list[Line]:
    """Who looks for faces, and whether it can."""
    if not settings.checks:
        return [Line("checks", "ok", "Picture and sound are not checked: your settings say so (checks = false).")]
    return [*_opencv(), _detector(settings)]


def _detector(settings: Settings) -> Line:
    if not settings.faces_expected:
        return Line("faces", "ok", "They are not looked for: your settings say so (faces_expected = 0).")
    try:
        model = find(settings.face_model)
    except UserError as error:
        return of_error("faces", error, "look")
    if model is not None:
        return Line("faces", "ok", f"{model.known.name} looks for them: {model.path}")
    if _installed(OPENCV).startswith("4."):
        return Line("faces", "ok", "Haar looks for them: those that look at the camera, whole and upright.", ADDS, GET)
    return Line("faces", "look", "Nothing looks for them.", "OpenCV 4 would, and better still YuNet.", GET)


def _opencv() -> list[Line]:
    """One OpenCV, and the one without windows."""
    again = "Install vig-capture again, in an environment of its own: pipx install vig-capture"
    found = _installed(OPENCV)
    if not found:
        return [Line("checks", "bad", "OpenCV is not installed.", "Picture and sound cannot be checked.", again)]
    others = [name for name in OTHERS if _installed(name)]
    if others:
        what = f"There is a second OpenCV beside ours: {', '.join(others)}."
        return [Line("checks", "look", what, "Each overwrites files of the other.", again)]
    return [Line("checks", "ok", f"Picture and sound are checked while you prepare and film, with OpenCV {found}.")]


def _installed(package: str) -> str:
    """Its version, or ""."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
