"""Which screen is in front, and that the recorder has what the guider chose before anything is filmed."""

from __future__ import annotations

from typing import Any

from tests.tui.made_up import Screen, play, snapshot
from tests.tui.made_up_prepare import FakeShelf
from vig_capture.tui import texts
from vig_capture.tui.prepare.ports import Choice, Chosen
from vig_capture.tui.prepare.screen import PrepareScreen

FIRST = {"cameras": ["hd"], "mics": ["table"], "profile": "interaction", "vocabulary": "vig-core"}
OTHER, THIRD = Choice("doc", "table", "interaction", "vig-core"), Choice("doc", "table", "infant", "infant")


class Around:
    """The command's side of a screen before the film."""

    def today(self) -> str:
        return "2026-11-22"

    def shelf(self) -> FakeShelf:
        return FakeShelf()

    def news(self) -> str:
        return ""

    def kept(self) -> dict[str, Any]:
        return {}

    def keep(self, kept: dict[str, Any]) -> None:
        """Nothing."""


async def idle(screen: Screen, **choice: Any) -> None:
    """A recorder that waits for Enter speaks."""
    await screen.say(snapshot(state="idle", choice=FIRST | choice))


async def another(screen: Screen, **choice: Any) -> None:
    """It leaves, and the next one speaks."""
    await screen.say({"lost": True})
    await screen.say({"back": True})
    await idle(screen, **choice)


async def choose(screen: Screen, choice: Choice) -> PrepareScreen:
    prepare = screen.app.screen
    assert isinstance(prepare, PrepareScreen)
    prepare.form.active = choice
    prepare.post_message(Chosen(choice))
    await screen.settle()
    return prepare


def requests(screen: Screen) -> list[dict[str, Any]]:
    return [each["request"] for each in screen.link.all("choose")]


def test_a_choice_that_no_recorder_heard_is_asked_for_again() -> None:
    """What is chosen while one recorder follows another is sent to the next one, and until then it is not ready."""

    async def story(screen: Screen) -> None:
        await idle(screen)
        await choose(screen, OTHER)
        prepare = await choose(screen, THIRD)
        whole = {"cameras": ["doc"], "profile": "infant", "vocabulary": "infant"}
        assert requests(screen)[-1] == whole
        await another(screen, cameras=["doc"])
        assert requests(screen)[2:] == [{"profile": "infant", "vocabulary": "infant"}]
        assert prepare._ready() == "opening"
        await another(screen, **whole)
        assert len(requests(screen)) == 3
        assert prepare._ready() == "ready"

    play(story, connected=False, around=Around())


def test_a_choice_that_no_recorder_can_open_is_given_up() -> None:
    """A recorder that comes back with the old devices twice cannot have the new ones: that is said, and shown."""

    async def story(screen: Screen) -> None:
        await idle(screen)
        prepare = await choose(screen, OTHER)
        await another(screen)
        assert len(requests(screen)) == 2
        await another(screen)
        assert len(requests(screen)) == 2
        assert prepare.form.choice.camera == prepare.form.active.camera == "hd"
        assert texts.PREPARE_NOT_TAKEN in screen.text()
        assert prepare._ready() == "ready"

    play(story, connected=False, around=Around())
