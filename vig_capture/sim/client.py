"""A guider who presses keys, and a client that sends some commands twice."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.engine.stills import PATIENCE_NS
from vig_capture.sim.life import Running
from vig_capture.sim.room import Asked, Room, SessionTruth

ACTS = ("mark",) * 12 + (
    "undo",
    "redo",
    "star",
    "note",
    "goal",
    "edit",
    "stretch",
    "stretch",
    "leave_out",
    "sheet",
    "later",
    "still",
    "still",
)
PRESSES = ("start", "pause", "resume", "stop", "mark", "stretch", "later", "still", "undo", "sheet", "leave_out")
STILL_LATE_NS = PATIENCE_NS + SECOND_NS
"""A still picture may wait for the camera's next keyframe, and for the disk."""
LATE_NS = SECOND_NS
"""A marker whose journal's disk is well is acknowledged within this time (law 4)."""


class Client:
    """Speaks to one session, over the deaths of its recorder."""

    def __init__(self, room: Room, truth: SessionTruth, rng: Random) -> None:
        self.room = room
        self.truth = truth
        self.rng = rng
        self.running: Running | None = None
        self.silent = False
        """The screen is gone."""
        self._count = 0
        self._over = False

    def connect(self, running: Running) -> None:
        """A recorder runs (again): what was not acknowledged is sent again, and sometimes what was."""
        first = self.running is None
        self.running = running
        for asked in list(self.truth.asked.values())[-40:]:
            unanswered = not asked.replies
            if not first and self.rng.random() < (0.7 if unanswered else 0.05):
                self.room.scheduler.after(int(self.rng.random() * SECOND_NS), self._sender(asked))
        if first:
            self._soon()

    def _sender(self, asked: Asked) -> Callable[[], None]:
        return lambda: self._send(asked)

    def _resume(self) -> None:
        self.ask("resume")

    def lost(self) -> None:
        """The recorder died: what it had not answered is not its fault."""
        for asked in self.truth.asked.values():
            asked.excused |= not asked.replies
        self.running = None

    def close(self) -> None:
        """Nobody is there any more."""
        self._over = True
        self.running = None

    def ask(self, do: str, **fields: Any) -> Asked | None:
        """Send a command, pressed a moment ago."""
        if self.running is None:
            return None
        self._count += 1
        clock = self.room.clock
        message = {"id": f"s{len(self.room.sessions)}-{self._count}", "do": do, "mono_ns": clock.now_ns, **fields}
        asked = Asked(message, clock.elapsed_ns, self.running.life.number)
        self.truth.asked[asked.id] = asked
        late_ns = int(self.rng.random() * 10 * MS_NS)
        if do != "pause" and self.rng.random() < 0.05:
            late_ns = int(self.rng.random() * 2 * SECOND_NS)
        asked.posted_ns += late_ns
        self.room.scheduler.after(late_ns, lambda: self._send(asked))
        return asked

    def _send(self, asked: Asked) -> None:
        running = self.running
        if running is None:
            return

        def reply(message: dict[str, Any]) -> None:
            if running is self.running:
                asked.excused |= not asked.replies and self.room.journal_was_ill_since(asked.posted_ns)
                asked.replies.append((self.room.clock.elapsed_ns, message))

        asked.life = running.life.number
        if not running.post(asked.message, reply):
            reply({"ack": asked.id, "ok": False, "what": "NOT SAVED"})

    # --- what the guider does ---------------------------------------------------------------------------------------

    def _soon(self) -> None:
        self.room.scheduler.after(int(self.rng.expovariate(0.25) * SECOND_NS) + MS_NS, self._act)

    def _act(self) -> None:
        if self._over:
            return
        self._soon()
        running = self.running
        if running is None or self.silent:
            return
        state = running.stages.control.state
        luck = self.rng.random()
        if state == "idle" and luck < 0.25:
            self.ask("start")
        elif luck < 0.06:
            self._pause(state)
        elif luck < 0.10:
            self.ask(self.rng.choice(("start", "resume", "status", "dance")))
        elif luck < 0.13:
            self.ask("mark", key="a", mono_ns=self.room.clock.now_ns + self.rng.choice((-1, 1)) * 10**15)
        elif state in ("stopping", "closed") or (state in ("idle", "arming") and luck < 0.4):
            self.ask(self.rng.choice(PRESSES), key="b", minutes=1, from_ns=0, to_ns=1)
        elif luck < 0.18:
            for _ in range(self.rng.randint(2, 8)):
                self.mark()
        else:
            self.act()

    def act(self) -> None:
        """One of the guider's acts."""
        do = self.rng.choice(ACTS)
        if do == "mark":
            self.mark()
        elif do == "note":
            self.ask("note", note=f"a note of {self.room.clock.now_ns}")
        elif do == "goal":
            self.ask("goal", goal="a goal")
        elif do == "star":
            self.ask("star", on=self.rng.random() < 0.7)
        elif do == "edit":
            self._edit()
        elif do == "leave_out":
            from_ns = round(self.rng.uniform(-1, 100) * SECOND_NS)
            self.ask("leave_out", from_ns=from_ns, to_ns=from_ns + round(self.rng.uniform(-1, 60) * SECOND_NS))
        elif do == "sheet":
            self.ask("sheet", fields={self.rng.choice(("question", "goals", "place")): f"of {self.room.clock.now_ns}"})
        elif do == "later":
            self.ask("later", minutes=self.rng.choice((0, 1, 1, 2, 10, 181, "ten")))
        else:
            self.ask(do, of=self._any_act() if do == "undo" and self.rng.random() < 0.3 else "")

    def _edit(self) -> None:
        """Tab, or something of what the list of moments changes; now and then what cannot be."""
        value = self.rng.uniform(-10, 130)
        fields = self.rng.choice(
            (
                {"who": self.rng.choice(("self", "other", "both"))},
                {"t_ns": round(value * SECOND_NS)},
                {"look_back_s": value, "look_ahead_s": 3},
                {"label": "another name", "private": self.rng.random() < 0.5},
                {"colour": "red"},
            )
        )
        self.ask("edit", fields=fields, of=self._any_act() if self.rng.random() < 0.2 else "")

    def _any_act(self) -> str:
        """An act that the guider finds in the list of what was done."""
        acts = list(self.running.stages.control.scribe.view.acts) if self.running else []
        return self.rng.choice(acts) if acts else ""

    def mark(self) -> None:
        again = self.ask("mark", key=self.rng.choice("abcdABCD1x"), note="x" * self.rng.randrange(20))
        if again is not None and self.rng.random() < 0.1:
            self.room.scheduler.after(int(self.rng.random() * SECOND_NS), lambda: self._send(again))

    def _pause(self, state: str) -> None:
        self.ask("pause")
        if state != "paused" and self.rng.random() < 0.95:
            self.room.scheduler.after(int(self.rng.uniform(0.1, 30) * SECOND_NS), self._resume)
