"""A face on its way out of the picture: said for a few seconds, and never of a face that only turns away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.checks.made_up import codes, face, view
from vig_capture.checks.faces import Face

STAYS = face(0.3)
STEP_S = 0.5
WAYS: dict[str, Callable[[float], Face]] = {
    "left": lambda way: face(0.5 - way, 0.7),
    "right": lambda way: face(0.5 + way, 0.7),
    "up": lambda way: face(0.7, 0.5 - way),
    "down": lambda way: face(0.7, 0.5 + way),
}


def as_found(whole: Face) -> list[Face]:
    """What a detector makes of a face that the edge cuts: the part that is inside, if half of it is."""
    left, top = max(0.0, whole.x), max(0.0, whole.y)
    width, height = min(1.0, whole.x + whole.width) - left, min(1.0, whole.y + whole.height) - top
    inside = width > 0.5 * whole.width and height > 0.5 * whole.height
    return [Face(left, top, width, height, whole.score)] if inside else []


def going(way: str, speed: float, rest_s: float, after_s: float) -> list[list[Face]]:
    """The last 10 s: somebody rests, goes out at so many pictures a second, and is gone for so long."""
    looks: list[list[Face]] = [[STAYS, WAYS[way](0.0)]] * round(rest_s / STEP_S)
    travelled = 0.0
    while moving := as_found(WAYS[way](travelled)):
        looks.append([STAYS, *moving])
        travelled += speed * STEP_S
    looks += [[STAYS]] * round(after_s / STEP_S)
    return looks[-20:]


@given(st.sampled_from(sorted(WAYS)), st.floats(0.12, 0.6), st.floats(1, 4), st.floats(0.5, 3.5))
def test_goes_out(way: str, speed: float, rest_s: float, after_s: float) -> None:
    """Whoever walks out through an edge is said to leave for seconds; later it is a face that is not in view."""
    assert codes(view(going(way, speed, rest_s, after_s)))["leaving"] == "leaving-edge"
    later = codes(view(going(way, speed, rest_s, 6)))
    assert (later["leaving"], later["faces"]) == ("leaving-none", "faces-one-missing")


@pytest.mark.parametrize("way", sorted(WAYS))
def test_on_the_way(way: str) -> None:
    """It is said while the face is still partly there."""
    assert codes(view(going(way, 0.15, 3, 0)))["leaving"] == "leaving-edge"


def nodding(x: float) -> Iterator[list[Face]]:
    for number in range(12):
        yield [STAYS, *as_found(face(x + 0.01 * (-1) ** number, 0.7))]


@pytest.mark.parametrize("x", [0.7, 0.95, 0.98])
def test_turns_away(x: float) -> None:
    """A face that is no longer found where it was, even beside the edge, does not leave."""
    assert codes(view([*nodding(x), [STAYS], [STAYS]]))["leaving"] == "leaving-none"


def test_enough_remain() -> None:
    """Whoever set up the camera and walks out leaves nothing to say, and neither does one who is back."""
    looks = going("right", 0.3, 2, 1)
    assert codes(view(looks), expected=1)["leaving"] == "leaving-none"
    assert codes(view([*looks, [STAYS, face(0.9, 0.7)]]))["leaving"] == "leaving-none"


def test_two_cross() -> None:
    """Two who change places are not taken for one who leaves."""
    looks = [[face(0.2 + 0.06 * number), face(0.8 - 0.06 * number)] for number in range(11)]
    assert codes(view(looks))["leaving"] == "leaving-none"
