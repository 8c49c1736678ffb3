"""Faces and edges: marked with the arrow keys on the enlarged picture, kept as fractions of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region

from tests.tui.made_up_prepare import Screen, play
from vig_capture.core import sheet as sheets
from vig_capture.core.sheet import Sheet
from vig_capture.tui import texts
from vig_capture.tui.prepare.marks import LEAST, STEP, Marks, place, shape_of
from vig_capture.tui.prepare.ports import Begin, Look

MOVES = ["left", "right", "up", "down", "shift+left", "shift+right", "shift+up", "shift+down", "+", "-"]


@given(st.lists(st.sampled_from([*MOVES, "tab", "enter", "backspace"]), max_size=80), st.sampled_from([1, 30]))
def test_boxes_stay_in_the_picture(names: list[str], times: int) -> None:
    """However a box is moved and sized, it lies in the picture, and what is set is read back from the journal."""
    sheet, marks = Sheet(), Marks(Sheet())
    for name in names:
        if name == "tab":
            marks.change()
        elif name == "enter":
            sheet = marks.set(sheet)
        elif name == "backspace":
            sheet = marks.take_away(sheet)
        else:
            for _ in range(times):
                assert marks.press(name)
        left, top, width, height = marks.box
        assert min(left, top) >= 0
        assert min(width, height) >= LEAST
        assert max(left + width, top + height) <= 1.0001
    assert sheets.from_fields(sheet.as_fields()) == sheet


def test_marking() -> None:
    """A face is set, moved on, set again and taken back; the edges are set; Enter there begins no film."""

    async def story(screen: Screen) -> None:
        await screen.press("f4")
        assert screen.told(Look)[-1].width == 80
        assert texts.PREPARE_MARKS["faces"] in screen.lines()[-1]
        await screen.press("left", "up", "enter", *["right"] * 5, "enter", "right", "enter", "backspace")
        await screen.press("tab", "shift+left", "enter", "escape")
        assert not screen.told(Begin)
        assert screen.told(Look)[-1].width == 40
        await screen.press("enter")
        fields = screen.told(Begin)[0].fields
        assert fields["faces"] == [[0.4, 0.28, 0.16, 0.28], [0.5, 0.28, 0.16, 0.28]]
        assert fields["edges"] == [0.06, 0.06, 0.92, 0.94]

    play(story)


def test_boxes_are_drawn_over_the_picture() -> None:
    """The box that moves has double lines, one that is set has single lines and its number, at its place."""

    async def story(screen: Screen) -> None:
        await screen.press("f4", "enter", *["right"] * 10)
        look = screen.told(Look)[-1]
        rgb = bytes([90]) * look.width * look.height * 3
        screen.prepare.take_picture({"width": look.width, "height": look.height, "rgb": rgb})
        await screen.settle()
        area = place(look.width, look.height // 2, (1280, 720))
        top = 2 + area.y + round(0.3 * area.height)
        line = screen.lines()[top]
        assert line[area.x + round(0.42 * area.width) :].startswith("┌1─")
        assert line[area.x + round((0.42 + 10 * STEP) * area.width) :].startswith("╔═")
        assert {len(row) for row in screen.lines()} == {80}

    play(story)


def test_place_of_the_picture() -> None:
    """A picture of another shape than its place lies in the middle; without a known shape it fills it."""
    assert place(80, 20, (1280, 720)) == Region(4, 0, 71, 20)
    assert place(40, 40, (1280, 720)) == Region(0, 14, 40, 11)
    assert place(80, 20, None) == Region(0, 0, 80, 20)
    assert shape_of("1280×720 at 30 a second, yuyv422") == (1280, 720)
    assert shape_of("640x480") == (640, 480)
    assert shape_of("48000 Hz") is None
