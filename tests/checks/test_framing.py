"""Framing: where the faces are, in the picture and in the last seconds."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.checks.made_up import HAAR, NONE, ROWS, YUNET, codes, face, found, view
from vig_capture.checks.faces import Caps, Face
from vig_capture.core.findings import Verdict
from vig_capture.devices.settings_files import load_advice

ADVICE = load_advice()
PAIR = [face(0.3), face(0.7)]
FACES = st.lists(
    st.builds(face, st.floats(-0.1, 1.1), st.floats(-0.1, 1.1), st.floats(0.02, 0.9)), max_size=6, unique=True
)
LOOKS = st.lists(FACES, min_size=1, max_size=20)
CAPS = st.sampled_from([YUNET, HAAR, NONE])


@given(FACES, CAPS, st.integers(0, 5), st.integers(2, 20))
def test_one_picture_and_many(faces: list[Face], caps: Caps, expected: int, looks: int) -> None:
    """A single picture gives the answer that many equal ones give."""
    assert found(view([faces], caps), expected) == found(view([faces] * looks, caps), expected)


@example([[face(0.0, 0.0, 0.5), face(0.0, 1.0, 0.5)]], YUNET, 1)
@example(
    [
        [face(0.0, 0.0, 0.5), face(0.0, 0.0, 0.75), face(0.0, 0.125, 0.5)],
        [face(0.0, 0.0, 0.75), face(0.0, 0.0, 0.5), face(0.0, 0.0, 0.25)],
    ],
    YUNET,
    3,
)
@given(LOOKS, CAPS, st.integers(0, 5))
def test_nobody_is_told_apart(looks: list[list[Face]], caps: Caps, expected: int) -> None:
    """The order in which faces are found changes nothing, and every finding has its words."""
    seen = found(view(looks, caps), expected)
    turned = [list(reversed(faces)) for faces in looks]
    assert {name: finding.code for name, finding in seen.items()} == codes(view(turned, caps), expected)
    assert all(finding.code in ADVICE for finding in seen.values())
    assert bool(seen) == bool(expected)


@given(LOOKS, CAPS, st.integers(1, 5))
def test_absence_is_no_evidence(looks: list[list[Face]], caps: Caps, expected: int) -> None:
    """A face that is not seen is never bad; nothing about every face is good while one of them is not seen."""
    seen = found(view(looks, caps), expected)
    assert seen["faces"].verdict is not Verdict.BAD
    if max(map(len, looks)) < expected:
        assert seen["faces"].verdict is not Verdict.GOOD
        assert all(seen[name].verdict is not Verdict.GOOD for name in ("face-size", "edges", "headroom"))
    if not caps.turned_heads:
        assert seen["faces"].verdict in (Verdict.GOOD, Verdict.UNKNOWN)
        assert seen["edges"].verdict is seen["leaving"].verdict is Verdict.UNKNOWN
    if not any(looks):
        others = [finding for finding in seen.values() if finding.check != "faces"]
        assert {finding.verdict for finding in others} == {Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("seen", "expected", "code", "value"),
    [
        (2, 2, "faces-all", 2),
        (1, 1, "faces-all", 1),
        (3, 2, "faces-all", 3),
        (1, 2, "faces-one-missing", 1),
        (3, 5, "faces-missing", 2),
        (0, 1, "faces-none", 0),
    ],
)
def test_how_many(seen: int, expected: int, code: str, value: float) -> None:
    """The faces seen are counted against those expected; more than that is no fault."""
    finding = found(view([[face(0.1 + 0.15 * number) for number in range(seen)]]), expected)["faces"]
    assert (finding.code, finding.value) == (code, value)


def test_not_in_view_for_long() -> None:
    """A face may be missed for seconds; only after five of them it is not in view."""
    for gone, code in ((1, "faces-all"), (7, "faces-all"), (10, "faces-one-missing")):
        assert codes(view([PAIR] * 10 + [PAIR[:1]] * gone))["faces"] == code


def test_one_false_find() -> None:
    """Something that is taken for a face in one picture of ten does not stand for a face."""
    looks = [PAIR[:1]] * 6 + [PAIR] + [PAIR[:1]] * 4
    assert codes(view(looks))["faces"] == "faces-one-missing"


def test_look_at_the_camera() -> None:
    """Without YuNet a look at the camera makes the faces good for ten seconds; otherwise it is calmly not checked."""
    for later, code in ((0, "faces-all"), (9, "faces-all"), (10, "faces-not-checked")):
        assert codes(view([PAIR, *[PAIR[:1]] * later], HAAR, step_s=1.0))["faces"] == code
    assert codes(view([[]], NONE))["faces"] == "faces-no-detector"


@pytest.mark.parametrize(
    ("height_px", "code"),
    [
        (59, "face-size-far"),
        (61, "face-size-near-limit"),
        (95, "face-size-near-limit"),
        (97, "face-size-good"),
    ],
)
def test_face_size(height_px: float, code: str) -> None:
    """The smaller of two faces counts, in pixels of the recorded picture."""
    finding = found(view([[face(0.3, height=0.3), face(0.7, height=height_px / ROWS)]]))["face-size"]
    assert (finding.code, round(finding.value or 0)) == (code, height_px)


def test_passers_by() -> None:
    """Where more faces are seen than expected, a small one in the background and at the edge changes nothing."""
    passer_by = face(0.005, 0.02, height=0.05)
    alone, beside = found(view([PAIR])), found(view([[*PAIR, passer_by]]))
    assert {**alone, "faces": None} == {**beside, "faces": None}


@pytest.mark.parametrize(
    ("other", "code", "headroom"),
    [
        (face(0.7), "edges-good", "headroom-good"),
        (face(0.93), "edges-near", "headroom-good"),
        (face(0.99), "edges-cut", "headroom-good"),
        (face(0.01), "edges-cut", "headroom-good"),
        (face(0.7, 0.92), "edges-cut", "headroom-good"),
        (face(0.7, 0.15), "edges-crown", "headroom-little"),
        (face(0.7, 0.05), "edges-cut", "headroom-little"),
    ],
)
def test_edges(other: Face, code: str, headroom: str) -> None:
    """A face cut by any edge, a crown above the picture, and a face near the edge are told apart."""
    seen = codes(view([[face(0.3), other]]))
    assert (seen["edges"], seen["headroom"]) == (code, headroom)


def test_headroom() -> None:
    """Only where half the picture is above the heads it is said; one higher head is enough to need it."""
    low = face(0.3, 0.8)
    assert codes(view([[low, face(0.7, 0.8)]]))["headroom"] == "headroom-much"
    assert codes(view([[low, face(0.7, 0.5)]]))["headroom"] == "headroom-good"


def test_a_nod_is_no_fault() -> None:
    """A face that is at the edge, or small, in a few of the recent pictures is no fault; in most of them it is."""
    cut = [PAIR[0], face(0.99, height=0.05)]
    for often, wanted in ((3, ("edges-good", "face-size-good")), (7, ("edges-cut", "face-size-far"))):
        seen = codes(view([PAIR] * (10 - often) + [cut] * often))
        assert (seen["edges"], seen["face-size"]) == wanted


def test_a_fault_needs_one_face() -> None:
    """Of two expected faces one is seen: its faults are said, but nothing is said to be good."""
    seen = codes(view([[face(0.3, height=0.05)]]))
    assert (seen["face-size"], seen["edges"]) == ("face-size-far", "edges-unknown")
    assert codes(view([[face(0.01)]]))["edges"] == "edges-cut"
