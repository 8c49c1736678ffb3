"""The scene with two faces: its numbers can be read, its faces found, and its states are what they are called."""

from __future__ import annotations

from pathlib import Path

import measure_picture
import numpy as np
import pytest
from face_scene import ChangingScene, FaceScene, ball_place, canvas, changed
from scene_states import COVERED, DARK, MOVED, PLAIN, STATES, give_order

from vig_capture.checks.haar import Haar
from vig_capture.devices import frame_code
from vig_capture.devices.demo import video_frame


@pytest.mark.parametrize("size", [(640, 360), (320, 180)])
def test_every_picture_has_its_number_two_faces_and_something_that_moves(size: tuple[int, int]) -> None:
    """At 15 a second the 7th and the 8th picture say so, and differ below their numbers."""
    scene = FaceScene(*size, 15)
    one, other = (video_frame(scene, number, 1_000_000) for number in (7, 8))
    assert frame_code.read(measure_picture.luma(one)) == (7, 1)
    assert len(Haar().detect(np.asarray(one.to_ndarray(format="bgr24"), np.uint8), 2)) == 2
    below = size[1] // frame_code.STRIP
    assert not np.array_equal(measure_picture.luma(one)[below:], measure_picture.luma(other)[below:])


def test_what_moves_stays_inside_and_off_the_faces() -> None:
    """All the way to and fro it keeps to the lowest fifth, away from the edges."""
    for tenth in range(41):
        left, top = ball_place(640, 360, tenth / 10)
        assert 64 <= left <= 640 - 64 - 24
        assert top >= 288


def test_a_state_is_shown_as_soon_as_it_is_ordered(tmp_path: Path) -> None:
    """Covered is dim and has no edges, dark is dim, moved is as bright but another picture, plain is the scene."""
    order = tmp_path / "order"
    give_order(order, PLAIN)
    scene = ChangingScene(order, 320, 180, 15)
    shown = {}
    for state in STATES:
        give_order(order, state)
        shown[state] = measure_picture.luma(video_frame(scene, 0, 0)).astype(float)
    mean = {state: luma.mean() for state, luma in shown.items()}
    assert mean[COVERED] < mean[PLAIN] / 2
    assert mean[DARK] < mean[PLAIN] / 2
    assert abs(mean[MOVED] - mean[PLAIN]) < 20
    assert np.abs(shown[MOVED] - shown[PLAIN]).mean() > 20
    assert np.abs(np.diff(shown[COVERED])).mean() < np.abs(np.diff(shown[PLAIN])).mean() / 2


def test_the_noise_of_a_dark_picture_is_another_one_each_time() -> None:
    """The same picture made dark twice differs."""
    still = canvas(320, 180)
    assert not np.array_equal(changed(still, DARK), changed(still, DARK))
