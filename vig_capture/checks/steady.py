"""Findings as they are shown: what one look says is a vote, and nothing flickers.

Rule 1: a fault appears when three of the last five looks found one; the newest of them is shown.
Rule 2: all else – that it is well, that it cannot be told, another fault – three looks in a row have to say.
Rule 3: a check need not speak of every look; one that is silent for long is not shown any more.
Rule 4: where the looks themselves stop it cannot be told, at once.
Rule 5: where something new is compared with, the first look at it counts: what was seen before is of another matter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from vig_capture.core.findings import LOOKING, Finding, Verdict

VOTES = 5
APPEAR = 3
CLEAR = 3
SILENT_MAX = 20
"""Looks."""
STIRRED = 12
"""So many looks after something has changed the next change is likely: a camera that was moved stands still again."""
FAULTS = (Verdict.ATTENTION, Verdict.BAD)


class _Shown:
    """What is shown of one check, and why."""

    def __init__(self, check: str) -> None:
        self.finding = Finding(check, Verdict.UNKNOWN, LOOKING)
        self.silent = 0
        """Looks of which it has not spoken."""
        self._votes: deque[Finding] = deque(maxlen=VOTES)
        self._is_new = False

    def renew(self) -> None:
        self._votes.clear()
        self._is_new = True

    def vote(self, found: Finding) -> None:
        self.silent = 0
        self._votes.append(found)
        last = list(self._votes)[-CLEAR:]
        is_sure = self._is_new or (len(last) == CLEAR and all(_same(vote, found) for vote in last))
        self._is_new = False
        if is_sure or _same(found, self.finding):
            self.finding = found
            return
        faults = [vote for vote in self._votes if vote.verdict in FAULTS]
        if len(faults) >= APPEAR and self.finding.verdict not in FAULTS:
            self.finding = faults[-1]

    @property
    def settles(self) -> bool:
        """Does the newest look say something else than what is shown?"""
        return bool(self._votes) and not _same(self._votes[-1], self.finding)

    def silence(self, code: str) -> None:
        self.finding = Finding(self.finding.check, Verdict.UNKNOWN, code)
        self._votes.clear()


class Steady:
    """The shown findings of checks that look at the same things together."""

    def __init__(self, *checks: str) -> None:
        """`checks`: those that are shown from the beginning."""
        self._shown = {check: _Shown(check) for check in checks}
        self._unchanged = STIRRED
        """Looks since what is shown has changed."""

    @property
    def shown(self) -> tuple[Finding, ...]:
        """One of each check that has said anything lately, always in the same order."""
        return tuple(shown.finding for shown in self._shown.values())

    @property
    def settles(self) -> bool:
        """May further looks soon show something else?"""
        return self._unchanged < STIRRED or any(shown.settles for shown in self._shown.values())

    def look(self, findings: Iterable[Finding]) -> None:
        """What one look found."""
        before = self._told()
        for shown in self._shown.values():
            shown.silent += 1
        for found in findings:
            self._shown.setdefault(found.check, _Shown(found.check)).vote(found)
        self._shown = {check: shown for check, shown in self._shown.items() if shown.silent <= SILENT_MAX}
        self._unchanged = self._unchanged + 1 if self._told() == before else 0

    def renew(self, check: str) -> None:
        """What this check compares with is another: its next finding is shown at once."""
        if check in self._shown:
            self._shown[check].renew()

    def silence(self, code: str) -> None:
        """Nothing can be looked at now; `code` says why. What was seen before counts no more."""
        for shown in self._shown.values():
            shown.silence(code)

    def _told(self) -> list[tuple[str, Verdict, str]]:
        return [(finding.check, finding.verdict, finding.code) for finding in self.shown]


def _same(one: Finding, other: Finding) -> bool:
    return (one.verdict, one.code) == (other.verdict, other.code)
