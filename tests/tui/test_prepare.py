"""The prepare screen: what begins a film and what does not, and how another camera or kind of film is chosen."""

from __future__ import annotations

import sys
import time

import pytest

from tests.tui.made_up_prepare import CLOCK, REAL, Screen, play
from vig_capture.core.time import SECOND_NS
from vig_capture.tui import texts
from vig_capture.tui.prepare.ports import DEMO, NONE, Begin, Choice, Chosen, named
from vig_capture.tui.prepare.screen import PATIENCE_NS

# What begins a film ----------------------------------------------------------------------------------------------


def test_first_run() -> None:
    """With nothing remembered it is ready at once: Enter begins, and the sheet says that nobody was asked."""

    async def story(screen: Screen) -> None:
        assert texts.PREPARE_READY in screen.lines()[0]
        await screen.press("enter")
        (begin,) = screen.told(Begin)
        assert begin.choice == REAL
        assert begin.fields["kind"] == "interaction"
        assert (begin.fields["target_min"], begin.fields["soft_end_min"], begin.fields["measure"]) == (10, 15, False)
        assert {said["answer"] for said in begin.fields["purposes"].values()} == {"not asked"}
        assert begin.fields["people"] == begin.fields["goals"] == []
        assert begin.fields["helping_question"] == begin.fields["place"] == ""
        await screen.press("enter")
        assert len(screen.told(Begin)) == 1

    play(story)


def test_enter_in_a_line_does_not_begin() -> None:
    """Enter only leaves a line that is being typed, also when it is held down; a later Enter begins."""

    async def story(screen: Screen) -> None:
        await screen.to("helping_question")
        await screen.write("How do we play?")
        assert texts.PREPARE_ENTER["typing"] in screen.lines()[0]
        await screen.press("enter")
        for _ in range(5):
            await screen.press("enter", apart_s=0.05)
        assert not screen.told(Begin)
        assert screen.form.sheet.helping_question == "How do we play?"
        await screen.press("enter")
        assert screen.told(Begin)[0].fields["helping_question"] == "How do we play?"

    play(story)


@pytest.mark.parametrize("key", ["f10", "ctrl+n"])
def test_begin_from_anywhere(key: str) -> None:
    """F10 and Ctrl+N begin out of a line as well, with what was typed into it."""

    async def story(screen: Screen) -> None:
        await screen.to("people")
        await screen.write("mother, child T")
        await screen.press(key)
        people = screen.told(Begin)[0].fields["people"]
        assert people == [{"role": "mother", "initials": ""}, {"role": "child", "initials": "T"}]

    play(story)


def test_whole_sheet() -> None:
    """Everything can be filled in with arrows and letters, and is in the fields of the film."""

    async def story(screen: Screen) -> None:
        await screen.to("goals")
        await screen.write("calm meals")
        await screen.press("enter")
        await screen.to("label:g1")
        await screen.press("end", "backspace", "enter", "enter")
        await screen.to("place")
        await screen.press("right")
        await screen.to("activity")
        await screen.write("peeling oranges")
        await screen.press("tab")
        await screen.write("3")
        await screen.press("enter")
        await screen.to("purposes")
        await screen.press("right", "right", "m", "u", "m", "down", "left", "enter")
        await screen.press("enter")
        fields = screen.told(Begin)[0].fields
        assert fields["goals"] == [{"id": "g1", "label": "calm meal", "text": "calm meals"}]
        assert (fields["place"], fields["activity"], fields["cycle"]) == ("home", "peeling oranges", 3)
        assert fields["purposes"]["review"] == {"answer": "yes", "by": "mum", "when": "2026-11-22"}
        assert fields["purposes"]["supervision"] == {"answer": "no", "by": "mum", "when": "2026-11-22"}
        assert fields["purposes"]["research"]["answer"] == "not asked"

    play(story)


def test_neither_picture_nor_sound() -> None:
    """With nothing to film the first Enter says so and leads to the cameras; the second one begins."""

    async def story(screen: Screen) -> None:
        assert texts.PREPARE_NOT_READY["both"][:20] in screen.lines()[0]
        await screen.press("enter")
        assert not screen.told(Begin)
        assert texts.PREPARE_FIRST_WARNING[:60] in screen.text()
        assert screen.keys.row == "camera"
        await screen.press("enter")
        assert len(screen.told(Begin)) == 1

    play(story, said={"video": "lost", "audio": "lost"})


def test_markers_only_needs_no_device() -> None:
    """Where another camera films one Enter begins without picture and sound."""

    async def story(screen: Screen) -> None:
        assert texts.PREPARE_READY_KEYS in screen.lines()[0]
        await screen.press("enter")
        assert screen.told(Begin)[0].fields["kind"] == "tag-only"

    play(story, Choice(NONE, NONE, "tag-only", "vig-core"), said={"video": "", "audio": ""})


@pytest.mark.parametrize(("lost", "words"), [("video", "SOUND ONLY"), ("audio", "WITHOUT SOUND")])
def test_missing_device(lost: str, words: str) -> None:
    """A camera or a microphone that is lost is named, Enter says what it films, and begins."""

    async def story(screen: Screen) -> None:
        name = "HD Webcam" if lost == "video" else "Table microphone"
        assert words in screen.lines()[0]
        assert texts.PREPARE_MEANING_LOST.format(name=name)[:60] in screen.lines()[1]
        await screen.press("enter")
        assert len(screen.told(Begin)) == 1

    play(story, said={lost: "lost"})


def test_opening_is_waited_for_but_not_for_ever() -> None:
    """While a device is being opened Enter waits for it, and after some seconds begins with what there is."""

    async def story(screen: Screen) -> None:
        await screen.press("enter")
        assert not screen.told(Begin)
        assert texts.PREPARE_WAIT in screen.text()
        CLOCK.wait(PATIENCE_NS / SECOND_NS)
        await screen.press("enter")
        assert len(screen.told(Begin)) == 1

    play(story, said={"video": "opening"})


# Devices and kinds -----------------------------------------------------------------------------------------------


def test_another_camera() -> None:
    """Another camera is asked for once it has been settled on, and the film begins only with that one."""

    async def story(screen: Screen) -> None:
        await screen.to("camera")
        await screen.press("right", "enter")
        assert not screen.told(Begin)
        (chosen,) = screen.told(Chosen)
        assert chosen.choice == Choice("doc", "table", "interaction", "vig-core")
        screen.prepare.opening()
        await screen.press("enter")
        assert not screen.told(Begin)
        await screen.say()
        await screen.press("enter")
        assert screen.told(Begin)[0].choice.camera == "doc"

    play(story)


def test_practise_and_back() -> None:
    """The demo brings its own sound, a film file its own; back at a camera the microphone is the real one again."""

    async def story(screen: Screen) -> None:
        await screen.to("camera")
        await screen.press("right", "right")
        assert screen.form.choice == Choice(DEMO, DEMO, "interaction", "vig-core")
        await screen.press("right")
        await screen.write("try.mp4")
        await screen.press("enter")
        assert screen.told(Chosen)[-1].choice == Choice("try.mp4", "camera", "interaction", "vig-core")
        await screen.say()
        assert texts.PREPARE_READY_PRACTISE in screen.lines()[0] or texts.PREPARE_OPENING in screen.lines()[0]
        screen.prepare.opening()
        await screen.say()
        assert texts.PREPARE_READY_PRACTISE in screen.lines()[0]
        await screen.to("camera")
        await screen.press("left", "left", "left", "down")
        assert screen.told(Chosen)[-1].choice.mic == "table"

    play(story)


def test_a_film_file_has_to_be_named() -> None:
    """Enter at “a film file …” asks for its path and does not film with the camera in its place."""

    async def story(screen: Screen) -> None:
        await screen.to("camera")
        await screen.press("right", "right", "right", "enter")
        assert screen.keys.line is not None
        assert not screen.told(Begin)

    play(story)


def test_choice_that_cannot_be_used() -> None:
    """What cannot be opened is said, and the choice before it stands again."""

    async def story(screen: Screen) -> None:
        screen.shelf.fault = "There is no such film."
        await screen.to("camera")
        await screen.press("right", "down")
        assert screen.form.choice == REAL
        assert "There is no such film." in screen.text()
        assert not screen.told(Chosen)
        await screen.press("enter")
        assert len(screen.told(Begin)) == 1

    play(story)


def test_recorder_refuses_a_choice() -> None:
    """Where the recorder refuses to be exchanged the old choice stands again, and can be filmed with."""

    async def story(screen: Screen) -> None:
        await screen.to("camera")
        await screen.press("right", "down")
        screen.prepare.say("It is busy.", bad=True)
        await screen.press("enter")
        assert screen.told(Begin)[0].choice == REAL

    play(story)


def test_unplugged_camera_is_named() -> None:
    """A remembered camera that is not there is shown as missing, and stays in the list."""

    async def story(screen: Screen) -> None:
        assert texts.PREPARE_NOT_THERE.format(name="old cam") in screen.text()
        await screen.to("camera")
        await screen.press("left")
        assert screen.form.choice.camera == "doc"
        await screen.press("right")
        assert screen.form.choice.camera == "old cam"

    play(story, Choice("old cam", "table", "interaction", "vig-core"), said={"video": "lost"})


def test_kind_of_film() -> None:
    """A kind brings its keys and its length; one without a picture has none, and the next has the camera again."""

    async def story(screen: Screen) -> None:
        await screen.to("kind")
        await screen.press("right", "right", "right")
        assert screen.form.choice == Choice(NONE, "table", "interview", "vig-core")
        await screen.to("camera")
        await screen.press("right")
        assert texts.PREPARE_NO_CAMERA_KIND in screen.text()
        await screen.to("kind")
        await screen.press("left", "left")
        assert screen.form.choice == Choice("hd", "table", "infant", "infant")
        assert screen.form.sheet.target_min == 5

    play(story)


def test_settling_is_waited_for() -> None:
    """Going through a list asks for one recorder only: the last that was reached, when the guider has settled."""

    async def story(screen: Screen) -> None:
        await screen.to("kind")
        await screen.press("right", "right", "left")
        assert not screen.told(Chosen)
        end = time.perf_counter() + 5  # noqa: TID251 (Textual's own timer cannot be moved)
        while not screen.told(Chosen) and time.perf_counter() < end:  # noqa: TID251
            await screen.pilot.pause(0.05)
        assert [each.choice.kind for each in screen.told(Chosen)] == ["infant"]

    play(story)


@pytest.mark.parametrize(
    ("platform", "told"),
    [
        ("linux", """--camera 'HD Webcam: it'"'"'s a \\x'"""),
        ("darwin", """--camera 'HD Webcam: it'"'"'s a \\x'"""),
        ("win32", """--camera "HD Webcam: it's a \\x\""""),
    ],
)
def test_device_names(monkeypatch: pytest.MonkeyPatch, platform: str, told: str) -> None:
    """What --camera takes is read out of what the list of devices says for the shell of the system."""
    monkeypatch.setattr(sys, "platform", platform)
    assert named(told) == "HD Webcam: it's a \\x"
    assert named("--mic alsa:plughw:CARD=1,DEV=0") == "alsa:plughw:CARD=1,DEV=0"
    assert named("") == ""
