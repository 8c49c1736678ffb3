"""The screen's end of its link: however often the recorder is lost, presses arrive in the order of the presses."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.made_up import snapshot
from vig_capture.tui.film.state import FilmState
from vig_capture.tui.wire import Wire


class Line:
    """A link whose recorder comes and goes, as the real one: what is sent meanwhile is dropped, or is an error."""

    def __init__(self) -> None:
        self.up = self.fails = self.dead = False
        self.arrived: list[str] = []
        """Ids in the order in which the recorder got them first."""
        self.news: list[tuple[Any, int]] = []
        """Posted, and not yet seen by the screen."""
        self.film = FilmState()
        self.wire = Wire(self, self.film, lambda message, connection: self.news.append((message, connection)))
        self.pressed: list[str] = []

    def send(self, command: dict[str, Any]) -> None:
        if self.fails:
            raise BrokenPipeError
        if self.up and not self.dead and command["do"] == "mark" and command["id"] not in self.arrived:
            self.arrived.append(command["id"])

    def listen(self, _callback: Any) -> None:
        """The test calls `hear` itself."""

    def close(self) -> None:
        """Nothing is open."""

    def step(self, what: str) -> None:
        """One thing that happens, in whichever thread."""
        if what == "press":
            command = self.film.mark("i", len(self.pressed))
            assert command is not None
            self.pressed.append(command["id"])
            self.wire.send(command)
        elif what == "lose" and self.up:
            self.up = self.fails = self.dead = False
            self.wire.hear({"lost": True})
        elif what == "break":
            self.fails = self.up
        elif what == "die":
            # And the link has not noticed.
            self.dead = self.up
        elif what == "find" and not self.up:
            self.up = True
            self.wire.hear({"back": True})
        elif what == "speak" and self.up and not self.fails and not self.dead:
            self.wire.hear(snapshot())
        elif what == "tick" and (newest := self.wire.take_newest()) is not None:
            self.wire.heard(newest[1], 0)
        elif what == "read" and self.news:
            message, connection = self.news.pop(0)
            if message.get("lost"):
                self.film.lose()
            else:
                self.wire.heard(connection, 0, back=True)


STEPS = st.sampled_from(("press", "press", "lose", "break", "die", "find", "speak", "tick", "read"))


@settings(max_examples=300)
@given(st.lists(STEPS, max_size=40))
def test_presses_arrive_in_their_order(steps: list[str]) -> None:
    """Whenever the screen learns of a loss and of a return: the recorder gets every press, none before an older one."""
    line = Line()
    for step in steps:
        line.step(step)
        assert line.arrived == line.pressed[: len(line.arrived)]
    for step in ("lose", "find", *["read"] * (len(line.news) + 2)):
        line.step(step)
    assert line.arrived == line.pressed
