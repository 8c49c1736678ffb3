"""What keys do, whatever is pressed in whatever order, and whatever the recorder answers: without a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.made_up import snapshot
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.tui import keymap
from vig_capture.tui.film.lively import Lively
from vig_capture.tui.film.presses import Presses
from vig_capture.tui.film.state import FilmState

NAMED = "space enter escape tab backspace ctrl+x ctrl+r ctrl+y pagedown pageup up down f3 f12 left"
KEYS = st.sampled_from([*"iIr1pPs.,-+?zé", *NAMED.split()])
STATES = st.sampled_from(["recording", "recording", "paused", "arming", "stopping", "idle", "closed"])
STEPS = st.lists(
    st.tuples(KEYS, st.sampled_from([0, 33, 200, 500, 900, 11_000]), st.none() | STATES | st.booleans()), max_size=40
)


class HandTimer:
    """A timer that never runs out: the next key carries out what waits."""

    def stop(self) -> None:
        """Nothing runs."""


class Desk:
    """Keys, the state they change, and what was sent for each."""

    def __init__(self) -> None:
        self.film = FilmState()
        self.sent: list[dict[str, Any]] = []
        self.left: list[bool] = []
        self.now_ns = SECOND_NS
        self.presses = Presses(
            self.film, Lively(), keymap.shipped(), self.sent.append, self._set_timer, self.left.append
        )
        self.hear("recording")

    def _set_timer(self, _seconds: float, _callback: Callable[[], None]) -> HandTimer:
        return HandTimer()

    def hear(self, state: str) -> None:
        """A snapshot of a film in this state."""
        self.film.hear(self.now_ns)
        told = snapshot(state=state, mono_ns=self.now_ns, sheet={"goals": ["waiting", "naming"]})
        self.film.take_snapshot(told["snapshot"], self.now_ns)

    def press(self, name: str) -> list[dict[str, Any]]:
        """What one key sends."""
        before = len(self.sent)
        self.presses.press(name, self.now_ns, self.now_ns)
        return self.sent[before:]

    def answer(self, good: bool) -> None:
        """Everything that waits is answered."""
        for command in self.film.pending():
            result = {"state": {"pause": "paused", "resume": "recording"}.get(command["do"], "")}
            told = {"ack": command["id"], "ok": good, "result": result, "why": "No."}
            self.film.acknowledge(told, self.now_ns)


@given(STEPS)
@settings(max_examples=300, deadline=None)
def test_no_key_does_what_another_key_is_for(steps: list[tuple[str, int, object]]) -> None:
    """Only Ctrl+R and Esc film again, only Enter ends, only Backspace takes back, and no letter of a note marks."""
    desk = Desk()
    backspaces, ids = 0, set()
    for name, gap_ms, happens in steps:
        desk.now_ns += gap_ms * MS_NS
        if isinstance(happens, bool):
            desk.answer(happens)
        elif happens is not None:
            desk.hear(str(happens))
        desk.film.tick(desk.now_ns)
        writing = desk.film.note is not None
        asking, resumes = desk.film.asking, not desk.film.asked_paused
        sent = desk.press(name)
        done = [command["do"] for command in sent]
        backspaces += name == "backspace"
        assert done.count("resume") <= (name == "ctrl+r" or (name == "escape" and asking and resumes))
        assert done.count("stop") <= (name == "enter" and asking)
        assert done.count("pause") <= (name in ("p", "P", "ctrl+x"))
        assert done.count("mark") <= (name in ("i", "I", "r", "space", "1", "pagedown", "pageup"))
        if writing and len(name) == 1:
            assert not done
        for command in sent:
            assert command["id"] not in ids
            ids.add(command["id"])
    assert sum(command["do"] == "undo" for command in desk.sent) <= backspaces


@given(st.lists(st.sampled_from(["p", "P", "i", "backspace", ".", "tab", "ctrl+x", "up", "pagedown"]), max_size=30))
@settings(max_examples=100, deadline=None)
def test_whoever_paused_stays_paused(names: list[str]) -> None:
    """After a p neither further keys nor Esc at the end of the question film again; only Ctrl+R does."""
    desk = Desk()
    desk.press("p")
    desk.answer(True)
    for name in [*names, "escape"]:
        desk.now_ns += SECOND_NS
        desk.press(name)
        desk.answer(True)
        desk.hear("paused")
    assert not any(command["do"] == "resume" for command in desk.sent)
    desk.now_ns += SECOND_NS
    assert [command["do"] for command in desk.press("ctrl+r")][-1] == "resume"


def test_ending_right_after_filming_again_pauses_again() -> None:
    """While the recorder has not answered Ctrl+R, Ctrl+X pauses all the same: nothing is filmed under the question."""
    desk = Desk()
    desk.hear("paused")
    assert [command["do"] for command in desk.press("ctrl+r")] == ["resume"]
    assert [command["do"] for command in desk.press("ctrl+x")] == ["pause"]


def test_an_older_snapshot_does_not_undo_a_pause() -> None:
    """What was told before the recorder had paused, and arrives after, does not look like filming."""
    desk = Desk()
    before = snapshot(state="recording", mono_ns=desk.now_ns)
    desk.now_ns += SECOND_NS
    desk.press("p")
    desk.answer(True)
    desk.film.take_snapshot(before["snapshot"], desk.now_ns)
    assert desk.film.headline(desk.now_ns)[0] == "paused"
    desk.now_ns += SECOND_NS
    desk.hear("recording")
    assert desk.film.headline(desk.now_ns)[0] == "recording"
