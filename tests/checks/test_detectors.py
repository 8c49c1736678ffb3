"""Detectors find the faces of real pictures. YuNet's tests need its file: VIG_FACE_MODEL, or the installed one."""

from __future__ import annotations

import os

import cv2
import numpy as np
import pytest

from tests.checks.astronauts import FACE, Bgr, astronaut, pair, room
from tests.checks.made_up import YUNET
from vig_capture.checks.boxes import overlap, same_face, shrunk
from vig_capture.checks.faces import Face, FaceDetector, NoDetector
from vig_capture.checks.framing import FRAMING
from vig_capture.checks.haar import Haar
from vig_capture.checks.view import CheckSettings, Look, Picture, PictureView
from vig_capture.checks.yunet import YuNet
from vig_capture.core.errors import UserError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.face_model import find


@pytest.fixture(scope="module")
def yunet() -> YuNet:
    """YuNet, where its file is there."""
    model = find(os.environ.get("VIG_FACE_MODEL", ""))
    if model is None:
        pytest.skip("no face model is installed")
    return YuNet(model.content, model.known.name)


@pytest.fixture(params=["haar", "yunet"])
def detector(request: pytest.FixtureRequest) -> FaceDetector:
    """Each detector that there is."""
    if request.param == "haar":
        return Haar()
    found: YuNet = request.getfixturevalue("yunet")
    return found


def test_pair(detector: FaceDetector) -> None:
    """Of two faces exactly two are found, where they are and as large as they are."""
    faces = sorted(detector.detect(pair(), 2), key=lambda face: face.x)
    assert len(faces) == 2
    x, y, width, height = FACE
    for face, left in zip(faces, (80, 700), strict=True):
        truth = Face((left + x) / 1280, (150 + y) / 720, width / 1280, height / 720, 1.0)
        assert overlap(face, truth) > 0.6


@pytest.mark.parametrize("size", [(480, 360), (202, 360), (176, 144), (640, 640)])
def test_any_shape(detector: FaceDetector, size: tuple[int, int]) -> None:
    """4:3, upright, tiny and square pictures keep their shape for the detector: the face stays where it is."""
    width, height = size
    scale = 0.9 * min(size) / 512
    faces = detector.detect(room([(0, 0)], width, height, scale), 1)
    assert len(faces) == 1
    x, y, face_width, face_height = (scale * part for part in FACE)
    truth = Face(x / width, y / height, face_width / width, face_height / height, 1.0)
    assert overlap(faces[0], truth) > 0.5


def test_nobody(detector: FaceDetector) -> None:
    """In an empty room nobody is found, whatever is expected."""
    assert detector.detect(room([]), 2) == ()


def test_second_look(yunet: YuNet) -> None:
    """The finer pass finds a face of 20 rows that the quick one misses, each once, and only where one is missing."""
    picture = room([(0, 30)], 640, 360, scale=0.5)
    picture[:, 420:] = room([(500, 100)], 640, 360, scale=0.18)[:, 420:]
    assert len(yunet.detect(picture, 1)) == 1
    assert len(yunet.detect(picture, 2)) == len(yunet.detect(picture, None)) == 2
    assert all(len(face.points or ()) == 5 for face in yunet.detect(picture, 2))


def test_cut_face(yunet: YuNet) -> None:
    """Of a face that the edge cuts by 30 % YuNet still finds the rest, and the check says so."""
    x, _, width, _ = FACE
    for left in (-(x + round(0.3 * width)), 1280 - x - round(0.7 * width)):
        bgr = shrunk(room([(left, 150), (400, 150)]), (640, 360))
        faces = yunet.detect(bgr, 2)
        view = PictureView(Picture(0, bgr, 1280, 720), (Look(0, faces),), yunet.name, yunet.caps, None)
        codes = [finding.code for check in FRAMING for finding in check(view, CheckSettings())]
        assert (codes[0], codes[2]) == ("faces-all", "edges-cut")


def test_walks_out(yunet: YuNet) -> None:
    """Somebody who walks out of a real picture is seen to leave it."""
    looks = []
    for number in range(16):
        faces = yunet.detect(shrunk(room([(100, 150), (500 + 70 * number, 150)]), (640, 360)), 2)
        looks.append(Look(number * SECOND_NS // 2, faces))
    said = []
    for number, look in enumerate(looks, 1):
        picture = Picture(look.mono_ns, pair(), 1280, 720)
        view = PictureView(picture, tuple(looks[:number]), yunet.name, yunet.caps, None)
        said.append([finding.code for check in FRAMING for finding in check(view, CheckSettings())][-1])
    assert said[0] == "leaving-none"
    assert "leaving-edge" in said
    first = said.index("leaving-edge")
    assert set(said[first : first + 4]) == {"leaving-edge"}


def test_caps(yunet: YuNet) -> None:
    """Only YuNet is believed about what it does not see; whoever looks for nothing finds nothing."""
    assert yunet.caps == YUNET
    assert not Haar().caps.turned_heads
    assert not Haar().caps.cut_faces
    assert NoDetector().detect(pair(), 2) == ()


def test_no_model() -> None:
    """Bytes that are no network are refused with a sentence."""
    with pytest.raises(UserError, match="face model"):
        YuNet(b"no network")


def test_no_cascade(monkeypatch: pytest.MonkeyPatch) -> None:
    """An OpenCV without its cascades is said, with what to do."""
    monkeypatch.setattr(cv2, "__file__", "/nowhere/cv2/__init__.py")
    with pytest.raises(UserError, match="looked for"):
        Haar()


def test_boxes() -> None:
    """Boxes apart overlap by nothing, half a box by a third; a picture keeps its shape when it is fitted."""
    one = Face(0, 0, 0.2, 0.2, 1)
    assert overlap(one, one) == pytest.approx(1)
    assert overlap(one, Face(0.1, 0, 0.2, 0.2, 1)) == pytest.approx(1 / 3)
    assert not same_face(one, Face(0.2, 0.2, 0.2, 0.2, 1))
    assert shrunk(astronaut(), (320, 180)).shape == (180, 180, 3)
    small: Bgr = np.zeros((90, 160, 3), np.uint8)
    assert shrunk(small, (640, 360)).shape == (360, 640, 3)
