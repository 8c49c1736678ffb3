"""What the checks found, in the guider's words: by groups, the worst first, for screens and printed lines.

Rule 1: what this version has no words for is shown all the same, by the check's own name.
Rule 2: a sign never stands for its colour alone: each verdict has a sign and a word of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from vig_capture.core.errors import UserError
from vig_capture.core.findings import Advice, Finding, Verdict
from vig_capture.devices.settings_files import load_advice
from vig_capture.tui import texts
from vig_capture.tui.words import BAD, GOOD, LOOK, QUIET, TITLE, fit, wrapped

Row = list[tuple[str, str]]
"""Parts of a row of text, each with its style."""
STYLES = {Verdict.GOOD: GOOD, Verdict.ATTENTION: LOOK, Verdict.BAD: BAD, Verdict.UNKNOWN: QUIET}
GROUPS = {
    "framing": ("picture", "faces", "face-size", "edges", "headroom", "leaving", "focus", "camera"),
    "light": ("exposure", "face-light", "window", "shadow", "frame-rate", "flicker"),
    "sound": ("sound", "microphone", "clipping", "snr", "speech-level", "hum", "rumble", "jumps"),
}
"""The checks of each group, in the order in which they are told. Others, such as a plug-in's, are in OTHER."""
OTHER = "other"
FAULTS = (Verdict.BAD, Verdict.ATTENTION)
_WORST_FIRST = (Verdict.BAD, Verdict.ATTENTION, Verdict.UNKNOWN, Verdict.GOOD)
_HEAD_CELLS = 14


def grouped(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The findings of each group of which there are any, the worst first."""
    found: dict[str, list[Finding]] = {group: [] for group in (*GROUPS, OTHER)}
    for finding in worst_first(findings):
        found[group_of(finding.check)].append(finding)
    return {group: members for group, members in found.items() if members}


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """What has to be changed, what is worth a look, what cannot be told, what is good."""
    order = [check for checks in GROUPS.values() for check in checks]
    places = {check: place for place, check in enumerate(order)}
    return sorted(
        findings, key=lambda each: (_WORST_FIRST.index(each.verdict), places.get(each.check, len(order)), each.check)
    )


def group_of(check: str) -> str:
    """The group that a check belongs to."""
    return next((group for group, checks in GROUPS.items() if check in checks), OTHER)


def words_of(finding: Finding) -> Advice:
    """What is so, why it matters, what to do."""
    advice = _advice().get(finding.code)
    if advice is None:
        return Advice(texts.CHECK_NO_WORDS[finding.verdict].format(check=finding.check), "", "")
    return advice.of(finding)


def page(findings: Iterable[Finding], width: int, words: Callable[[Finding], Advice] = words_of) -> list[Row]:
    """Each group, and in it of each check its sign and word, what, why, and what to do."""
    rows: list[Row] = []
    for group, members in grouped(findings).items():
        rows += [[]] if rows else []
        rows.append([(texts.CHECK_GROUPS[group], TITLE)])
        for finding, told in _unlike((each, words(each)) for each in members):
            rows += _told(finding, told, width)
    return rows


def _unlike(told: Iterable[tuple[Finding, Advice]]) -> list[tuple[Finding, Advice]]:
    """Without those that say the same as one before: where no picture comes, every check says so."""
    found: dict[tuple[Verdict, Advice], tuple[Finding, Advice]] = {}
    for finding, words in told:
        found.setdefault((finding.verdict, words), (finding, words))
    return list(found.values())


def _told(finding: Finding, words: Advice, width: int) -> list[Row]:
    room = width - _HEAD_CELLS
    if finding.verdict == Verdict.GOOD:
        told = [(line, QUIET) for line in wrapped(f"{words.what} {words.why}", room)]
    else:
        told = [(line, TITLE if finding.verdict in FAULTS else "") for line in wrapped(words.what, room)]
        told += [(line, QUIET) for line in wrapped(words.why, room)]
        told += [(line, "") for line in wrapped(texts.CHECK_DO.format(do=words.do), room)] if words.do else []
    sign = f"{texts.CHECK_SIGNS[finding.verdict]} {texts.CHECK_WORDS[finding.verdict]}"
    heads = [(fit(sign, _HEAD_CELLS), STYLES[finding.verdict])] + [(" " * _HEAD_CELLS, "")] * (len(told) - 1)
    return [[head, line] for head, line in zip(heads, told, strict=True)]


def who_looks(detector: str) -> str:
    """Who looks for faces, and what a better one would add."""
    return texts.CHECK_DETECTORS.get(detector, texts.CHECK_DETECTOR.format(detector=detector))


@cache
def _advice() -> Mapping[str, Advice]:
    try:
        return load_advice()
    except UserError:
        # A damaged installation must not keep anybody from filming.
        return {}
