"""The simulator's clock and scheduler: seeded, without a thread or a sleep.

Rule 1: only the scheduler moves the clock, and never back; a reboot begins a new monotonic clock, as a host does.
Rule 2: whatever is due at a moment runs in random order.
Rule 3: an operation that takes time inside a step (an fsync, opening a camera, encoding) calls `pass_time`: the other
        stages go on meanwhile, the one that waits does not. So a step is interrupted exactly where a thread would wait.
"""

from __future__ import annotations

import heapq
import traceback
from collections.abc import Callable
from random import Random

from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.engine.stage import Stage

Timer = Callable[[], None]
STEP_NS_MAX = MS_NS // 5
"""A step that did something takes up to so long."""
DEPTH_MAX = 12
"""So many operations may wait one inside the other; a further one takes no time."""


class Killed(BaseException):
    """The recorder dies here: no code of the engine may catch it."""


class SimClock:
    """The port Clock."""

    def __init__(self, boot_ns: int, utc_ns: int) -> None:
        self.now_ns = boot_ns
        self._utc_offset_ns = utc_ns - boot_ns
        self._jumped_ns = 0
        self.stepped_ns = 0
        """How far the wall clock has been set since the last boot."""
        self._boot = 1

    @property
    def elapsed_ns(self) -> int:
        """Grows for ever, reboots or not: the simulator's own time."""
        return self.now_ns - self._jumped_ns

    def mono_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return self.now_ns + self._utc_offset_ns

    def boot_id(self) -> str:
        return f"boot-{self._boot}"

    def step_utc(self, by_ns: int) -> None:
        """Somebody sets the wall clock."""
        self._utc_offset_ns += by_ns
        self.stepped_ns += by_ns

    def reboot(self, new_ns: int) -> int:
        """The monotonic clock begins anew; the wall clock goes on. Returns by how much the monotonic clock jumped."""
        jump_ns = new_ns - self.now_ns
        self.now_ns = new_ns
        self._utc_offset_ns -= jump_ns
        self._jumped_ns += jump_ns
        self.stepped_ns = 0
        self._boot += 1
        return jump_ns


class Slot:
    """A stage's place in the scheduler: what a thread is in production."""

    def __init__(self, stage: Stage, clock: SimClock, rng: Random, next_ns: Callable[[], int] | None) -> None:
        self.stage = stage
        self.due_ns = clock.now_ns
        self.held_ns = 0
        """Not run before this moment: a slow thread."""
        self.running = False
        self.woken = False
        self.idle_ns = round(stage.idle_s * SECOND_NS)
        self.next_ns = next_ns
        self._clock = clock
        self._rng = rng
        stage.wake = self.wake

    def wake(self) -> None:
        self.woken = True
        now_ns = self._clock.now_ns
        # Mostly at once; now and then a thread waits for the processor.
        late_ns = int(self._rng.random() * 20 * MS_NS) if self._rng.random() < 0.05 else 0
        self.due_ns = max(min(self.due_ns, now_ns + late_ns), self.held_ns)

    def hold(self, until_ns: int) -> None:
        self.held_ns = max(self.held_ns, until_ns)
        self.due_ns = max(self.due_ns, self.held_ns)

    def rest(self, did: bool) -> None:
        """After a step: when is the next one?"""
        now_ns = self._clock.now_ns
        if did or self.woken:
            due_ns = now_ns + int(self._rng.random() * STEP_NS_MAX)
        else:
            due_ns = now_ns + self.idle_ns
            if self.next_ns is not None:
                # A device's read waits until there is something.
                due_ns = max(min(self.next_ns(), now_ns + SECOND_NS // 4), now_ns + MS_NS)
        self.due_ns = max(due_ns, self.held_ns)


class Scheduler:
    """Runs stages and timers in the order of their times, at random among those that are due together."""

    def __init__(self, clock: SimClock, rng: Random) -> None:
        self.clock = clock
        self.slots: list[Slot] = []
        self.failed: tuple[str, str] | None = None
        """A stage that raised, and the traceback."""
        self.steps = 0
        self._rng = rng
        self._timers: list[tuple[int, int, Timer]] = []
        self._count = 0
        self._depth = 0

    # --- what is run ------------------------------------------------------------------------------------------------

    def add(self, stage: Stage, next_ns: Callable[[], int] | None = None) -> Slot:
        """Run a stage from now on. `next_ns`: of a stage that reads a device, when the device has something next."""
        slot = Slot(stage, self.clock, self._rng, next_ns)
        self.slots.append(slot)
        return slot

    def drop_all(self) -> None:
        """The process is gone."""
        self.slots.clear()
        self._depth = 0

    def at(self, when_ns: int, do: Timer) -> None:
        """Call back at a moment of the monotonic clock."""
        self._count += 1
        heapq.heappush(self._timers, (when_ns, self._count, do))

    def after(self, delay_ns: int, do: Timer) -> None:
        self.at(self.clock.now_ns + delay_ns, do)

    def reboot(self, new_ns: int) -> None:
        """Everything that was to happen so long from now still happens so long from now."""
        jump_ns = self.clock.reboot(new_ns)
        self._timers = [(when_ns + jump_ns, count, do) for when_ns, count, do in self._timers]
        heapq.heapify(self._timers)

    # --- time -------------------------------------------------------------------------------------------------------

    def run(self, for_ns: int, done: Callable[[], bool] = lambda: False) -> None:
        """Let so much time pass, or until `done`."""
        end_ns = self.clock.now_ns + for_ns
        while self.clock.now_ns < end_ns and not done():
            self._turn(end_ns)

    def pass_time(self, ns: int) -> None:
        """Called from inside a step that waits for something: the others go on."""
        if self._depth >= DEPTH_MAX:
            return
        self._depth += 1
        end_ns = self.clock.now_ns + ns
        while self.clock.now_ns < end_ns:
            self._turn(end_ns)
        self._depth -= 1

    def _turn(self, end_ns: int) -> None:
        """One step, one timer, or a move of the clock."""
        now_ns = self.clock.now_ns
        ready: list[Slot] = []
        next_ns = end_ns
        for slot in self.slots:
            if slot.running:
                continue
            if slot.due_ns <= now_ns:
                ready.append(slot)
            elif slot.due_ns < next_ns:
                next_ns = slot.due_ns
        if self._timers:
            when_ns = self._timers[0][0]
            if when_ns <= now_ns:
                heapq.heappop(self._timers)[2]()
                return
            next_ns = min(next_ns, when_ns)
        if ready:
            self._step(ready[int(self._rng.random() * len(ready))] if len(ready) > 1 else ready[0])
        else:
            self.clock.now_ns = next_ns

    def _step(self, slot: Slot) -> None:
        slot.running = True
        slot.woken = False
        self.steps += 1
        try:
            did = slot.stage.step()
        except Exception as fault:
            self.failed = (slot.stage.name, "".join(traceback.format_exception(fault)))
            raise Killed from fault
        slot.running = False
        slot.rest(did)
