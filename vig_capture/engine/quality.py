"""The quality track: how good picture and sound were, so that the good stretches are found later; never what people do.

Rule 1: only while filming, only what has changed, at most one record a second. Nobody waits for it to be saved.
Rule 2: check, verdict and code alone: a number of a face is nobody's later business. What speaks of people, that one
leaves or that nobody has spoken, is shown and never written down.
"""

from __future__ import annotations

from vig_capture.core.findings import LOOKING, Verdict
from vig_capture.core.session import State
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.scribe import Scribe
from vig_capture.engine.status import Status

EVERY_NS = SECOND_NS
UNTOLD_CHECKS = ("leaving",)
UNHEARD = "-unheard"
"""Ends the codes that say that nobody has spoken yet: written down as if nothing had been heard."""


class QualityTrack:
    """Used by control only."""

    def __init__(self, scribe: Scribe, status: Status) -> None:
        self._scribe = scribe
        self._status = status
        self._told_ns = -EVERY_NS

    def tick(self, state: State, now_ns: int) -> None:
        """Time passes: write down what has changed."""
        if state != "recording" or now_ns - self._told_ns < EVERY_NS:
            return
        known = {check: (last.verdict, last.code) for check, last in self._scribe.view.quality.items()}
        # What is not said, not yet or no longer, cannot be told.
        unsaid = str(Verdict.UNKNOWN), LOOKING
        now = dict.fromkeys(known, unsaid)
        for each in self._status.found().findings:
            if each.check not in UNTOLD_CHECKS:
                now[each.check] = unsaid if each.code.endswith(UNHEARD) else (str(each.verdict), each.code)
        changed = [
            {"check": check, "verdict": verdict, "code": code}
            for check, (verdict, code) in now.items()
            if known.get(check, unsaid) != (verdict, code)
        ]
        if changed:
            self._told_ns = now_ns
            self._scribe.record("finding", findings=changed)
