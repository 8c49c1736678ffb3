"""What the screen before a film says of the last one."""

from __future__ import annotations

from typing import Any

from tests.tui.made_up import Screen, play, snapshot
from tests.tui.made_up_prepare import FakeShelf
from vig_capture.tui import texts

CHOICE = {"cameras": ["hd"], "mics": ["table"], "profile": "interaction", "vocabulary": "vig-core"}


class Around:
    """As much of what lies around the recorder as a film needs to be prepared."""

    def __init__(self, news: str) -> None:
        self._news = news
        self.written: list[dict[str, Any]] = []

    def today(self) -> str:
        return "2026-11-22"

    def shelf(self) -> FakeShelf:
        return FakeShelf()

    def news(self) -> str:
        return self._news

    def kept(self) -> dict[str, Any]:
        return {}

    def keep(self, kept: dict[str, Any]) -> None:
        self.written.append(kept)


async def prepare(screen: Screen) -> None:
    await screen.say({"back": True}, snapshot(state="idle", choice=CHOICE))
    await screen.app.workers.wait_for_complete()
    await screen.settle()


def test_a_film_that_ended_by_itself_is_told_of_before_the_next() -> None:
    """The screen before the film says it at once, in words; nothing is kept before the film runs."""
    around = Around(texts.ENDED_BY_ITSELF.format(when="Sat 21 Nov 2026, 09:40"))

    async def story(screen: Screen) -> None:
        await prepare(screen)
        shown = " ".join(screen.text().split())
        assert "The last film, of Sat 21 Nov 2026, 09:40" in shown
        assert "ended by itself" in shown

    play(story, connected=False, around=around)
    assert around.written == []


def test_without_news_nothing_is_said_of_it() -> None:
    """As after most films."""

    async def story(screen: Screen) -> None:
        await prepare(screen)
        assert "The last film" not in screen.text()
        await screen.say(snapshot())
        assert "RECORDING" in screen.lines()[1]

    play(story, connected=False, around=Around(""))
