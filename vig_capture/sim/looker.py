"""Somebody who looks at the picture now and then, and sees to it that looking keeps its rules."""

from __future__ import annotations

from random import Random
from typing import Any

from vig_capture.core.time import SECOND_NS
from vig_capture.engine.build import Stages
from vig_capture.engine.looking import PICTURE_EVERY_NS
from vig_capture.sim.devices import Shot
from vig_capture.sim.room import Room

WIDTH, HEIGHT = 2, 2


class Looker:
    """Looks into one run of the recorder."""

    def __init__(self, room: Room, stages: Stages, shots: list[Shot], rng: Random) -> None:
        """`shots`: what the first camera has handed over, as it grows."""
        self._room = room
        self._stages = stages
        self._shots = shots
        self._rng = rng
        self._shown_ns = -PICTURE_EVERY_NS
        self._number = 0
        self._gone = False
        self._later()

    def leave(self) -> None:
        """The recorder is gone."""
        self._gone = True

    def _later(self) -> None:
        self._room.scheduler.after(int(self._rng.expovariate(0.05) * SECOND_NS), self._look)

    def _look(self) -> None:
        if self._gone or self._stages.looking is None:
            return
        if self._rng.random() < 0.2:
            self._stages.looking.leave(self._show)
        else:
            self._stages.looking.look(self._show, self._rng.uniform(0.5, 25), WIDTH, HEIGHT)
        self._later()

    def _show(self, picture: dict[str, Any]) -> None:
        room, now_ns = self._room, self._room.clock.now_ns
        room.totals["pictures shown"] += 1
        number = int.from_bytes(picture["rgb"], "big")
        shot = next((shot for shot in reversed(self._shots) if shot.number == number), None)
        if self._stages.control.state == "paused":
            room.broken(6, "a picture was shown in a pause")
        if shot is None or shot.mono_ns != picture["mono_ns"]:
            room.broken(6, f"picture {number} was shown, which the camera has not taken then")
        if number < self._number:
            room.broken(6, f"picture {number} was shown after {self._number}")
        if now_ns - self._shown_ns < PICTURE_EVERY_NS:
            room.broken(4, "more than five pictures a second were shown")
        self._shown_ns, self._number = now_ns, number
