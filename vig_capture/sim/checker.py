"""The checker of the simulator: answers late, not at all, with nonsense, or dies; and sees to it that what it is shown
keeps the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from vig_capture.core.errors import DeviceError
from vig_capture.core.findings import Verdict
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.engine.build import Stages
from vig_capture.engine.checking import EVERY_NS, GOOD_FOR_NS

if TYPE_CHECKING:
    from vig_capture.sim.devices import Shot
    from vig_capture.sim.room import Room

LOOK_NS = SECOND_NS // 2
LONG_AGO_NS = -(1 << 62)
CODES = {Verdict.GOOD: "fine", Verdict.ATTENTION: "less", Verdict.BAD: "poor", Verdict.UNKNOWN: "dark"}
NONSENSE: tuple[Any, ...] = (
    {},
    {"id": "?"},
    {"findings": 3},
    {"findings": [{"check": "light"}], "detector": "", "rest_s": 0.5},
    {"findings": [{"check": "light", "verdict": "odd", "code": "x"}], "detector": "", "rest_s": 0.5},
    {"findings": [{"check": "light" * 100_000, "verdict": "bad", "code": "x"}], "detector": "", "rest_s": 0.5},
    {"findings": [], "detector": "", "rest_s": float("nan")},
)


@dataclass(slots=True)
class CheckerTrouble:
    """What is wrong with checkers now."""

    silent: bool = False
    refuses: bool = False
    """It cannot be started."""
    nonsense: bool = False
    slow_ns: int = 0
    """Each answer takes so much longer."""


class SimChecker:
    """The port Checker, of one run of the recorder."""

    def __init__(self, room: Room, rng: Random) -> None:
        self.wake: Callable[[], None] = lambda: None
        self.heard_ns = room.clock.now_ns
        """Of its last answer."""
        self._room = room
        self._rng = rng
        self._said: list[Mapping[str, Any]] = []
        self._life = 0
        """Counts starts: what an earlier one would have said is never heard."""
        self._alive = False
        self._busy = False
        self._stages: Stages | None = None
        self._shots: list[Shot] = []
        self._asked_ns = LONG_AGO_NS

    def watch(self, stages: Stages, shots: list[Shot]) -> None:
        """See to it that checking keeps its rules in this run. `shots`: what the first camera hands over."""
        self._stages, self._shots = stages, shots
        self._room.scheduler.after(LOOK_NS, self._judge)

    def leave(self) -> None:
        """The recorder is gone, and its checker with it."""
        self._stages = None
        self.stop()

    def die(self) -> bool:
        """It ends by itself. False where it does not run."""
        was, self._alive = self._alive, False
        return was

    # --- the port ----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.stop()
        if self._room.checker_trouble.refuses:
            raise DeviceError("The checks cannot be started.")
        self._alive, self._busy = True, False
        self._room.totals["checkers started"] += 1
        self._later({"ready": True}, self._rng.uniform(0.2, 3))

    def offer(self, message: Mapping[str, Any]) -> None:
        room, now_ns = self._room, self._room.clock.now_ns
        if self._busy or not self._alive:
            room.broken(4, "the checker was asked while it was busy, or gone")
        if now_ns - self._asked_ns < EVERY_NS:
            room.broken(4, "the checker was asked more than twice a second")
        self._busy, self._asked_ns = True, now_ns
        self._private(message)
        trouble = self._room.checker_trouble
        if trouble.silent:
            return
        answer = self._answer(message)
        if trouble.nonsense:
            answer = {"id": message["id"]} | self._rng.choice(NONSENSE)
        self._later(answer, self._rng.uniform(0.01, 0.3) + trouble.slow_ns / SECOND_NS)

    def poll(self) -> Mapping[str, Any] | None:
        return self._said.pop(0) if self._said else None

    def alive(self) -> bool:
        return self._alive

    def stop(self) -> None:
        self._alive = False
        self._life += 1
        self._said.clear()

    # --- what it says ------------------------------------------------------------------------------------------------

    def _later(self, message: Mapping[str, Any], seconds: float) -> None:
        life = self._life

        def say() -> None:
            if self._alive and life == self._life:
                self._busy = False
                self.heard_ns = self._room.clock.now_ns
                self._said.append({"mono_ns": self.heard_ns, **message})
                self.wake()

        self._room.scheduler.after(int(seconds * SECOND_NS), say)

    def _answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        self._room.totals["looks of the checker"] += 1
        findings = []
        for check in ("light", "faces", "snr"):
            verdict = self._rng.choices(list(CODES), (8, 1, 1, 1))[0]
            code = CODES[verdict]
            findings.append({"check": check, "verdict": str(verdict), "code": code, "value": self._rng.random()})
        return {"id": message["id"], "findings": findings, "detector": "sim", "rest_s": self._rng.choice((0.5, 1.0))}

    # --- the rules ---------------------------------------------------------------------------------------------------

    def _private(self, message: Mapping[str, Any]) -> None:
        """Nothing that was captured in a pause is looked at or listened to, and nothing in one."""
        stages, room = self._stages, self._room
        if stages is None:
            return
        if stages.control.state not in ("idle", "arming", "recording"):
            room.broken(6, f"the checker was asked in the state {stages.control.state}")
        scribe = stages.control.scribe
        captured = [block["mono_ns"] for block in message["sound"]]
        if message["rows"] is not None:
            captured.append(message["rows"]["mono_ns"])
            room.totals["frames followed"] += message["rows"]["frames"]
        if message["picture"] is not None:
            captured.append(message["picture"]["mono_ns"])
            self._was_taken(message["picture"])
        room.totals["pictures checked"] += message["picture"] is not None
        room.totals["sounds checked"] += len(message["sound"])
        # (A pause in which a recorder died has no end: it lasts until the next one's, which goes on with it.)
        pauses = [pause for pause in scribe.view.pauses if pause[1] is not None] if scribe.begun else []
        for start_ns, end_ns in pauses:
            for t_ns in map(scribe.anchor.t_ns, captured):
                if start_ns < t_ns < (end_ns or 0):
                    room.broken(6, f"the checker was given what was captured at {t_ns}, in a pause")

    def _was_taken(self, picture: Mapping[str, Any]) -> None:
        number = int.from_bytes(picture["rgb"], "big")
        shot = next((shot for shot in reversed(self._shots) if shot.number == number), None)
        if shot is None or shot.mono_ns != picture["mono_ns"]:
            self._room.broken(6, f"picture {number} was checked, which the camera has not taken then")

    def _judge(self) -> None:
        """Without an answer nothing is shown as found."""
        stages, room = self._stages, self._room
        if stages is None or stages.checks is None:
            return
        if room.clock.now_ns - self.heard_ns > GOOD_FOR_NS + 20 * MS_NS:
            known = [each for each in stages.control._status.found().findings if each.verdict != Verdict.UNKNOWN]
            if known:
                room.broken(4, f"the checker is silent, and {known} is shown")
        room.scheduler.after(LOOK_NS, self._judge)
