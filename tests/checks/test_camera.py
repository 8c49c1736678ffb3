"""A camera that was covered, moved or tilted is found out; people who move are not a camera that does."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from check_pictures import seen
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_variants import covered, exposed
from skimage import data

from tests.checks.astronauts import Bgr, astronaut
from tests.checks.scenes import at, found, scene, view
from vig_capture.checks.camera import CAMERA, COMPARED_NS, STILL_NS, Stillness, camera
from vig_capture.checks.faces import NoDetector
from vig_capture.checks.movement import movement
from vig_capture.checks.run import Runner
from vig_capture.checks.view import CheckSettings
from vig_capture.checks.watcher import Watcher
from vig_capture.core.findings import Verdict
from vig_capture.core.time import SECOND_NS


def room(across: float = 0.0, degrees: float = 0.0, zoom: float = 1.0) -> Bgr:
    """A table with a cup and a spoon, from a camera that was moved, in a picture of 480 × 270."""
    picture = np.asarray(data.coffee()[:, :, ::-1], np.uint8)  # type: ignore[no-untyped-call]
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    turn[0, 2] += across * 480
    moved = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.ascontiguousarray(moved[65:335, 60:540])


def with_person(x: int, y: int = 100) -> Bgr:
    """The same table, and somebody before it."""
    bgr = room().copy()
    bgr[y : y + 170, x : x + 170] = cv2.resize(astronaut(), (170, 170), interpolation=cv2.INTER_AREA)
    return bgr


def test_people_move_the_camera_does_not() -> None:
    """Somebody takes a fifth of the picture and goes from one side to the other: the camera stands still."""
    for x in (20, 60, 140, 240, 300):
        made = movement(seen(with_person(0)), seen(with_person(x)))
        assert made is not None
        assert not made.moved


@given(st.floats(0.01, 0.25))
@settings(max_examples=15, deadline=None)
def test_how_far_is_told(across: float) -> None:
    """A shift by up to a quarter of the picture is told in pixels of 640."""
    made = movement(seen(room()), seen(room(across)))
    assert made is not None
    assert made.shift_px == pytest.approx(640 * across, abs=2)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (room(), "camera-still"),
        (exposed(room(), -2), "camera-still"),
        (room(across=0.01), "camera-moved"),
        (room(zoom=1.05), "camera-moved"),
        (room(degrees=3), "camera-tilted"),
        (covered(room()), "camera-covered"),
        (np.zeros_like(room()), "camera-covered"),
        (np.full_like(room(), 200), "camera-covered"),
        (np.ascontiguousarray(astronaut()[100:370, :480]), "camera-other-view"),
    ],
)
def test_the_camera(now: Bgr, code: str) -> None:
    """Against how it stood when it was put up."""
    assert found(view(now, faces=(), before=room()))["camera"].code == code


def test_a_picture_in_the_dark_is_not_covered() -> None:
    """Four stops too dark is dark, but something is seen."""
    assert found(view(exposed(scene(), -4), before=scene()))["camera"].verdict != Verdict.BAD


def test_until_it_stands_still_nothing_is_known() -> None:
    """Without a reference it cannot be told."""
    assert found(view(scene()))["camera"].verdict == Verdict.UNKNOWN


def reference_after(stillness: Stillness, bgr: Bgr, start_ns: int, seconds: float) -> int:
    """Two looks a second at the same; the time after them."""
    picture = seen(bgr)
    for step in range(round(2 * seconds)):
        stillness(at(picture, start_ns + step * SECOND_NS // 2))
    return start_ns + round(seconds * SECOND_NS)


def shows(stillness: Stillness, bgr: Bgr) -> bool:
    """Is this how the camera stood?"""
    return stillness.reference is not None and np.array_equal(stillness.reference.bgr, seen(bgr).bgr)


def test_after_five_still_seconds_the_new_view_is_the_reference() -> None:
    """First nothing is known; a move leaves the old view until the new one has stood for 5 s; a covered lens does not
    count, and what comes back is the old view at once."""
    stillness = Stillness()
    now_ns = reference_after(stillness, room(), SECOND_NS, 4)
    assert stillness.reference is None
    now_ns = reference_after(stillness, room(), now_ns, 3)
    assert shows(stillness, room())
    now_ns = reference_after(stillness, covered(room()), now_ns, 20)
    now_ns = reference_after(stillness, room(across=0.05), now_ns, 4)
    assert shows(stillness, room())
    now_ns = reference_after(stillness, room(), now_ns, 4)
    now_ns = reference_after(stillness, room(across=0.05), now_ns, 4)
    assert shows(stillness, room())
    reference_after(stillness, room(across=0.05), now_ns, (STILL_NS + 2 * COMPARED_NS) / SECOND_NS - 4)
    assert shows(stillness, room(across=0.05))


def test_where_looks_are_rare_a_new_view_is_told_with_the_look_that_finds_it() -> None:
    """A slow computer looks every 1.6 s: a move that is over needs no further looks than those that saw stillness."""
    watcher, step_ns = Watcher([("camera", camera)], NoDetector(), Runner(lambda: 0)), 1_600_000_000

    def shown_of(bgr: Bgr, looks: range) -> list[str]:
        codes = []
        for number in looks:
            watcher.look(at(seen(bgr), SECOND_NS + number * step_ns), CheckSettings(faces_expected=0), None)
            codes += [finding.code for finding in watcher.findings if finding.check == CAMERA]
        return codes

    needed = -(-STILL_NS // step_ns)
    assert shown_of(room(), range(10))[needed] == "camera-still"
    moved = shown_of(room(degrees=3), range(10, 20))
    assert moved[2:needed] == ["camera-tilted"] * (needed - 2)
    assert moved[needed:] == ["camera-still"] * (10 - needed)


def test_a_camera_that_keeps_moving_has_no_reference() -> None:
    """Carried about, it never stands as it is meant to."""
    stillness = Stillness()
    for second in range(12):
        stillness(at(seen(room(across=0.02 * (second % 5))), second * SECOND_NS))
    assert stillness.reference is None
