"""A stage is `step() -> bool`: did I do something?

In production a thread runs each stage's step in a loop (engine/threads.py); in the simulator a seeded scheduler calls
the same steps in any order and moves a clock of its own. A stage never sleeps and never waits for another stage.
"""

from __future__ import annotations

from collections.abc import Callable


class Stage:
    """One job of the recorder."""

    name = "stage"
    idle_s = 0.25
    """How long its thread may rest when there was nothing to do and nobody woke it."""

    vital = True
    """Without it there is no film: a fault of its own ends the process, which is started again."""

    def __init__(self) -> None:
        self.wake: Callable[[], None] = lambda: None

    def step(self) -> bool:
        """Do a bounded piece of work. True when there may be more at once."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of devices and files, after the last step."""
