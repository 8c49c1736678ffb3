"""Asks twice a minute how long the battery lasts, beside the film: the answer may take seconds."""

from __future__ import annotations

from vig_capture.core.ports import Clock, Power
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.events import BatteryLeft, Post
from vig_capture.engine.stage import Stage

EVERY_NS = 30 * SECOND_NS


class PowerStage(Stage):
    """Tells control what it reads."""

    name = "power"
    idle_s = 10.0
    vital = False

    def __init__(self, clock: Clock, power: Power, post: Post) -> None:
        super().__init__()
        self._clock = clock
        self._power = power
        self._post = post
        self._next_ns = 0

    def step(self) -> bool:
        now_ns = self._clock.mono_ns()
        if now_ns >= self._next_ns:
            self._next_ns = now_ns + EVERY_NS
            self._post(BatteryLeft(self._power.battery_minutes()))
        return False
