"""The prepare screen's sheet: what is brought back and what never is, what is typed, and how all of it fits."""

from __future__ import annotations

import pytest

from tests.tui.made_up_prepare import KINDS, PREVIOUS, FakeShelf, Screen, play
from vig_capture.tui import texts
from vig_capture.tui.prepare.ports import Begin, Choice, Earlier, Leave, Look

# What is brought back --------------------------------------------------------------------------------------------


def test_only_what_may_be_is_remembered() -> None:
    """Of all that a shelf may hold only kind, vocabulary and kind of place come back by themselves."""
    shelf = FakeShelf()
    shelf.kept = {"kind": "infant", "vocabulary": "vig-core", "place": "clinic"}
    shelf.kept = {**PREVIOUS[0][1], **shelf.kept}

    async def story(screen: Screen) -> None:
        sheet = screen.form.sheet
        assert (sheet.kind, sheet.vocabulary, sheet.place) == ("infant", "vig-core", "clinic")
        assert not sheet.is_written()

    play(story, Choice("hd", "table"), shelf=shelf)


def test_typed_before_all_was_known() -> None:
    """What is typed while the lists are still being fetched is kept."""
    shelf = FakeShelf()

    async def story(screen: Screen) -> None:
        await screen.to("people")
        await screen.write("mother")
        await screen.press("enter")
        screen.form.fill(KINDS, {"kind": "infant"})
        assert len(screen.form.sheet.people) == 1

    play(story, shelf=shelf)


def test_same_family_again() -> None:
    """F5 brings back the last sheet, then the one before, then what was here; never an answer to a purpose."""

    async def story(screen: Screen) -> None:
        await screen.to("helping_question")
        await screen.write("mine")
        await screen.press("enter", "f5")
        sheet = screen.form.sheet
        assert (sheet.helping_question, sheet.kind, sheet.target_min) == ("How can we enjoy meals?", "infant", 5)
        assert [goal.shown for goal in sheet.goals] == ["meals"]
        assert len(sheet.people) == 2
        assert {said.answer for said in sheet.purposes} == {"not asked"}
        assert {said.by for said in sheet.purposes} == {""}
        await screen.press("f5")
        assert screen.form.sheet.helping_question == "The one before"
        assert screen.form.kind is not None
        await screen.press("f5")
        assert screen.form.sheet.helping_question == "mine"

    play(story)


@pytest.mark.parametrize("broken", [False, True])
def test_same_family_without_one(broken: bool) -> None:
    """Without an earlier film, or with a folder that cannot be read, that is said and nothing changes."""
    shelf = FakeShelf()
    shelf.previous, shelf.broken = [], broken

    async def story(screen: Screen) -> None:
        await screen.press("f5")
        assert ("The sessions cannot be read." if broken else texts.PREPARE_AGAIN_NONE) in screen.text()
        assert not screen.form.sheet.is_written()

    play(story, shelf=shelf)


# Typing ----------------------------------------------------------------------------------------------------------


def test_names_are_pointed_out_and_kept() -> None:
    """A name is asked about, and stays."""

    async def story(screen: Screen) -> None:
        await screen.to("people")
        await screen.write("mother Jolanthe")
        await screen.press("tab")
        assert texts.PREPARE_NAME.format(name="Jolanthe")[:40] in screen.text()
        assert screen.form.sheet.people[0].role == "mother Jolanthe"

    play(story)


def test_line_is_edited() -> None:
    """In a line the arrows move in the text, a paste goes into it as text, and Esc drops what was typed."""

    async def story(screen: Screen) -> None:
        await screen.to("helping_question")
        await screen.write("ac")
        await screen.press("left")
        screen.prepare.paste("b\n\x1b[A?")
        await screen.press("enter")
        assert screen.form.sheet.helping_question == "ab  [A?c"
        await screen.write("x")
        await screen.press("escape")
        assert screen.form.sheet.helping_question == "ab  [A?c"
        await screen.press("delete")
        assert screen.form.sheet.helping_question == ""
        assert not screen.told(Begin)

    play(story)


def test_leaving() -> None:
    """Leaving asks only where something was typed; Esc stays, Enter leaves."""

    async def story(screen: Screen) -> None:
        await screen.press("ctrl+q")
        assert len(screen.told(Leave)) == 1
        await screen.to("helping_question")
        await screen.write("x")
        await screen.press("ctrl+c")
        assert len(screen.told(Leave)) == 1
        assert texts.PREPARE_ASK_LEAVE.splitlines()[0] in screen.text()
        await screen.press("escape", "ctrl+x", "enter")
        assert len(screen.told(Leave)) == 2
        assert not screen.told(Begin)

    play(story)


def test_card_help_and_earlier() -> None:
    """The card scrolls and is printed, help closes with any key, F6 asks for the earlier films; none begins one."""

    async def story(screen: Screen) -> None:
        await screen.press("f2")
        assert "Line 1" in screen.text()
        assert "Line 30" not in screen.text()
        await screen.press(*["pagedown"] * 9)
        assert "Line 30" in screen.text()
        await screen.press("p")
        assert "/documents/words.html" in screen.text()
        await screen.press("enter", "f1")
        assert texts.PREPARE_HELP[0][1] in screen.text()
        await screen.press("enter", "f6")
        assert len(screen.told(Earlier)) == 1
        assert not screen.told(Begin)

    play(story)


# How it looks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_all_of_it_fits(size: tuple[int, int]) -> None:
    """Devices, level, every row of the sheet, its hint, the reminder and the keys are on the screen, none cut."""

    async def story(screen: Screen) -> None:
        await screen.to("helping_question")
        await screen.write("x")
        text = screen.text()
        assert texts.PREPARE_REMINDER in text
        assert "1280×720 at 30 a second" in text
        assert texts.LEVEL_GOOD in text
        for label, _ in texts.PREPARE_ROWS.values():
            assert label in text
        assert texts.PREPARE_FOOTER_TYPING in screen.lines()[-1]
        look = screen.told(Look)[-1]
        assert (look.width, look.height) == ((40, 22) if size[0] == 80 else (60, 32))
        assert max(map(len, screen.lines())) == size[0]

    play(story, size=size)


def test_every_text_fits_80_columns() -> None:
    """No footer and no line of help is cut at 80 columns."""
    footers = [
        texts.PREPARE_FOOTER_NARROW,
        texts.PREPARE_FOOTER_PAGE,
        texts.PREPARE_FOOTER_TYPING,
        texts.PREPARE_CARD_FOOTER,
        texts.PREPARE_LEAVE_FOOTER,
        texts.PREPARE_REMINDER,
        texts.PREPARE_REMINDER_BATTERY,
        *texts.PREPARE_MARKS.values(),
    ]
    assert max(map(len, footers)) <= 78
    assert max(15 + len(words) for _, words in texts.PREPARE_HELP) <= 76


def test_a_small_window_keeps_the_row() -> None:
    """In a small window there is no picture, and the row that is reached stays in view."""

    async def story(screen: Screen) -> None:
        assert not screen.told(Look)
        await screen.to("faces")
        assert any(line.startswith("▸ Faces") for line in screen.lines())
        assert texts.PREPARE_READY[:7] in screen.lines()[0]

    play(story, size=(40, 10))


def test_no_still_picture_of_a_lost_camera() -> None:
    """When the camera is lost its last picture goes away."""

    async def story(screen: Screen) -> None:
        rgb = bytes([200]) * 40 * 22 * 3
        screen.prepare.take_picture({"width": 40, "height": 22, "rgb": rgb})
        await screen.pilot.pause()
        assert texts.PICTURE_WAITS not in screen.text()
        await screen.say(video="lost")
        await screen.settle()
        assert texts.PICTURE_WAITS in screen.text()

    play(story)
