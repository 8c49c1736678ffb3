"""Each fault of light and lens is found, and a picture in good light is quiet."""

from __future__ import annotations

import ast
import inspect
from types import ModuleType

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_variants import backlit, blurred, exposed, shaded

from tests.checks.astronauts import FACE, Bgr, room
from tests.checks.scenes import BOXES, faults, found, on_faces, people, scene, small_scene, view
from vig_capture.checks import camera, exposure, focus, pace, window
from vig_capture.checks.focus import fineness
from vig_capture.core.findings import Verdict
from vig_capture.devices.settings_files import load_advice

FACE_PX = FACE[3]


def test_good_light_is_quiet() -> None:
    """Two people in good light: every check that can tell says that all is well."""
    said = found(view(scene(), before=scene()))
    assert {check: finding.verdict for check, finding in said.items()} == dict.fromkeys(
        ("exposure", "face-light", "window", "shadow", "frame-rate", "focus", "camera"), Verdict.GOOD
    )


@pytest.mark.parametrize(
    ("bgr", "code"),
    [
        (exposed(scene(), -3), "exposure-dark"),
        (exposed(scene(), -4), "face-dark"),
        (exposed(scene(), 2), "face-bright"),
        (exposed(scene(240), 3), "exposure-bright"),
        (backlit(scene(), BOXES, 3), "window-behind"),
        (backlit(scene(), BOXES, 3, metered=0.5), "window-behind"),
        (shaded(scene(), BOXES, 4), "shadow-hard"),
        (blurred(scene(), 0.015 * FACE_PX), "focus-soft-face"),
        (blurred(scene(), 0.1 * FACE_PX), "focus-soft-face"),
    ],
)
def test_each_fault_is_found(bgr: Bgr, code: str) -> None:
    """What is clearly bad is called by its name."""
    assert code in faults(view(bgr))


@given(st.floats(-5, 0), st.floats(0, 3))
@settings(max_examples=25, deadline=None)
def test_less_light_is_never_better(ev: float, less: float) -> None:
    """A picture that is too dark is too dark with less light, too."""
    dark = {"exposure-dark", "face-dark"}
    if faults(view(exposed(small_scene(), ev))) & dark:
        assert faults(view(exposed(small_scene(), ev - less))) & dark


@given(st.floats(0.12, 1))
@settings(max_examples=15, deadline=None)
def test_dark_skin_is_never_too_dark(reflectance: float) -> None:
    """Skin that throws back an eighth of the light is as well lit as any: nothing is said of dark, nor of a window."""
    seen = view(on_faces(scene(), reflectance))
    assert not faults(seen) & {"exposure-dark", "face-dark", "window-behind", "window-perhaps"}


def test_the_same_faces_with_less_light_are_too_dark() -> None:
    """It is the light that counts: the tones of dark skin in a picture that is dark everywhere are a dark face."""
    assert "face-dark" in faults(view(exposed(scene(), -3)))
    assert "face-dark" not in faults(view(on_faces(scene(), 2.0**-3)))


def test_a_pale_wall_is_no_window() -> None:
    """Bright behind them, but with detail, and bright clothes in the same light: no window."""
    assert not faults(view(scene(230))) & {"window-behind"}


def test_without_faces_light_is_not_judged() -> None:
    """No face, no word on faces; what the picture itself shows is still said."""
    said = found(view(scene(), faces=()))
    unknown = {check for check, finding in said.items() if finding.verdict == Verdict.UNKNOWN}
    assert unknown == {"face-light", "window", "shadow", "focus", "camera"}
    assert found(view(blurred(scene(), 8), faces=()))["focus"].code == "focus-soft-picture"
    assert found(view(backlit(scene(), BOXES, 4), faces=()))["window"].verdict in (Verdict.ATTENTION, Verdict.UNKNOWN)


def test_a_turned_face_has_no_shadow_to_judge() -> None:
    """From the side one cheek is not seen: it cannot be told."""
    turned = [
        (face, tuple((x + (0.3 * face.width if number == 2 else 0), y) for number, (x, y) in enumerate(face.points)))
        for face in people()
        if face.points
    ]
    faces = tuple(type(face)(face.x, face.y, face.width, face.height, 0.9, points) for face, points in turned)
    assert found(view(shaded(scene(), BOXES, 4), faces))["shadow"].verdict == Verdict.UNKNOWN


def test_in_the_dark_focus_is_not_judged() -> None:
    """Noise looks like detail: too dark, and nobody can say whether it is sharp."""
    for bgr in (exposed(scene(), -4), exposed(blurred(scene(), 0.05 * FACE_PX), -4)):
        assert found(view(bgr))["focus"].code == "focus-dark"


def test_focus_waits_for_every_pixel() -> None:
    """Sharpness needs the recorded pixels: of a picture that came without them nothing is said."""
    seen = view(scene())
    small = type(seen.picture)(seen.picture.mono_ns, seen.picture.bgr, 1280, 720)
    assert "focus" not in found(type(seen)(small, seen.looks, seen.detector, seen.caps, seen.rate))


@given(st.floats(0.005, 0.03))
@settings(max_examples=20, deadline=None)
def test_a_blur_is_never_finer(share: float) -> None:
    """The more a face is out of focus, the less fine it is."""
    x, y, width, height = FACE
    face = room([(0, 0)], 512, 512)[..., 1]

    def fine(sigma: float) -> float:
        blur = cv2.GaussianBlur(face, (0, 0), sigma)
        return fineness(np.asarray(blur[y : y + height, x : x + width], np.uint8))

    assert fine(share * height) >= fine((share + 0.005) * height) - 0.01


@pytest.mark.parametrize("module", [camera, exposure, focus, pace, window])
def test_every_finding_has_its_words(module: ModuleType) -> None:
    """Whatever a check of light can say stands in the file of advice, and what asks for attention says what to do."""
    advice = load_advice()
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call)]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Finding"]
    assert made
    for call in made:
        verdict, code = ast.unparse(call.args[1]), call.args[2]
        codes = [code.value] if isinstance(code, ast.Constant) else ["flicker-50", "flicker-60"]
        assert all(advice[str(each)].do or verdict in ("Verdict.GOOD", "Verdict.UNKNOWN") for each in codes)
