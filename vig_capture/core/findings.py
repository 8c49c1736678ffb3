"""What a check says of picture or sound: how good it is, never what anybody does.

Rule 1: four verdicts; `unknown` is never drawn like `good`.
Rule 2: the overall light is good only where nothing asks for attention and nothing that matters most is unknown.
Rule 3: a finding names its sentence by a code; the words stand in config/advice.toml alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vig_capture.core.errors import UserError

LOOKING = "looking"
"""Code of a check that has not looked often enough."""
ESSENTIAL = ("picture", "faces", "focus", "sound", "microphone")
"""The checks of which one that cannot be told leaves the whole in doubt. (`edges` is not among them: it is unknown only
where a face is missing, which `faces` says, or with a detector that sees whole faces alone.)"""


class Verdict(StrEnum):
    """How good something is."""

    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"
    UNKNOWN = "unknown"
    """It cannot be told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    """Which check: `faces`, `exposure`, `snr`, …; the same name always, whatever it finds."""
    verdict: Verdict
    code: str
    """Which sentence of config/advice.toml says it."""
    value: float | None = None
    """The number that the sentence speaks of, in the unit that it names."""

    def as_map(self) -> dict[str, Any]:
        """As it travels between processes."""
        return {"check": self.check, "verdict": str(self.verdict), "code": self.code, "value": self.value}

    @classmethod
    def from_map(cls, told: Mapping[str, Any]) -> Finding:
        """The same back. Raises KeyError, TypeError and ValueError for what is none."""
        value = told.get("value")
        if value is not None and not isinstance(value, int | float):
            raise TypeError(f"the value of a finding is a number, not {value!r}")
        return cls(str(told["check"]), Verdict(told["verdict"]), str(told["code"]), value)


@dataclass(frozen=True, slots=True)
class Advice:
    """The words of a finding."""

    what: str
    why: str
    do: str

    def of(self, finding: Finding) -> Advice:
        """With the finding's number where the words ask for it."""
        number = "" if finding.value is None else f"{finding.value:.0f}"
        return Advice(*(text.replace("{value}", number) for text in (self.what, self.why, self.do)))


def parse_advice(text: str) -> dict[str, Advice]:
    """The words of every code. Raises UserError."""
    try:
        told = tomllib.loads(text)
        return {code: Advice(**words) for code, words in told.items()}
    except (tomllib.TOMLDecodeError, TypeError) as error:
        why = f"{error}."
        raise UserError("The advice cannot be read.", why, "Install vig-capture again.") from error


def worst(findings: Iterable[Finding]) -> Verdict:
    """The one that needs attention most: bad, then attention, then unknown; good where all is, or there is nothing."""
    verdicts = {finding.verdict for finding in findings}
    order = (Verdict.BAD, Verdict.ATTENTION, Verdict.UNKNOWN)
    return next((verdict for verdict in order if verdict in verdicts), Verdict.GOOD)


def in_doubt(findings: Iterable[Finding]) -> bool:
    """Can something not be told that matters: one of ESSENTIAL, or all of it?"""
    unknown = {finding.check: finding.verdict == Verdict.UNKNOWN for finding in findings}
    return all(unknown.values()) or any(unknown.get(check) for check in ESSENTIAL)


def overall(findings: Iterable[Finding]) -> Verdict:
    """All of them in one light: rule 2."""
    found = list(findings)
    told = worst(finding for finding in found if finding.verdict != Verdict.UNKNOWN)
    return Verdict.UNKNOWN if told == Verdict.GOOD and in_doubt(found) else told
