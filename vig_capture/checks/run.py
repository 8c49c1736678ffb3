"""Runs checks one by one: each has a time budget, and one that fails again and again is muted, visibly."""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from vig_capture.core.findings import Finding, Verdict

BUDGET_NS = 250_000_000
"""Of the processor, for one look of one check: on a busy machine that is more by the clock on the wall."""
FAILURES_MAX = 3
MUTED = "check-muted"

Result = TypeVar("Result")


def name_of(check: Callable[..., Any]) -> str:
    """Under which it fails, unless it has another."""
    return str(getattr(check, "__name__", "check"))


class Runner:
    """Knows which checks have failed. One for all of a process."""

    def __init__(self, cpu_ns: Callable[[], int], own: Collection[str] = ()) -> None:
        """`cpu_ns`: time that this process has spent on the processor. `own`: checks without a time budget: on a slow
        computer they take what they take, and the looks come more seldom."""
        self._cpu_ns = cpu_ns
        self._own = own
        self._failures: Counter[str] = Counter()
        self._said: dict[str, set[str]] = {}

    def run(self, name: str, check: Callable[[], Iterable[Finding]]) -> tuple[Finding, ...]:
        """What a check finds; nothing where it fails or is muted."""
        found = self.call(name, lambda: tuple(check())) or ()
        self._said.setdefault(name, set()).update(finding.check for finding in found)
        return found

    def call(self, name: str, do: Callable[[], Result], budget_ns: int | None = BUDGET_NS) -> Result | None:
        """What `do` gives; None where it fails, or has failed too often."""
        if self.is_muted(name):
            return None
        began_ns = self._cpu_ns()
        try:
            result = do()
        except Exception:  # noqa: BLE001 - around one check: whatever it is, the others go on and it is said
            self._fail(name, traceback.format_exc())
            return None
        took_ns = self._cpu_ns() - began_ns
        if budget_ns is not None and took_ns > budget_ns and name not in self._own:
            self._fail(name, f"It took {took_ns / 1e6:.0f} ms of the processor, not {budget_ns / 1e6:.0f}.\n")
        return result

    def is_muted(self, name: str) -> bool:
        """Has it failed too often?"""
        return self._failures[name] >= FAILURES_MAX

    def mute(self, name: str) -> None:
        """Do not run it any more."""
        self._failures[name] = FAILURES_MAX

    def muted(self) -> tuple[Finding, ...]:
        """What is shown instead of the findings of muted checks."""
        muted = [name for name in self._failures if self.is_muted(name)]
        names = [said for name in muted for said in self._said.get(name) or {name}]
        return tuple(Finding(name, Verdict.UNKNOWN, MUTED) for name in sorted(names))

    def _fail(self, name: str, why: str) -> None:
        self._failures[name] += 1
        muted = "It is muted. " if self.is_muted(name) else ""
        print(f"The check {name} failed. {muted}{why}", end="", file=sys.stderr, flush=True)
