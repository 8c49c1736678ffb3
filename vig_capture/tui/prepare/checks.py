"""What the checks say, on the prepare screen: a few rows below the picture, and a page with all of it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from vig_capture.core.findings import Advice, Finding, Verdict, overall
from vig_capture.tui import texts
from vig_capture.tui.findings import FAULTS, STYLES, grouped, page, who_looks, words_of, worst_first
from vig_capture.tui.words import QUIET, fit, span, wrapped

_INDENT = 3
_FACES_NOT_NOW = "faces-not-checked"
"""Code of faces that a simple detector does not see at the moment."""


class Checks:
    """What they say now, and what has to be remembered of them."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Another recorder is on its way, with other devices."""
        self.findings: Sequence[Finding] = ()
        self._detector = ""
        self._seen_ns: int | None = None
        """When all faces were in view: a simple detector sees them only while they look at the camera."""
        self._expected = 0
        """Faces that the recorder was told to expect."""

    def update(self, findings: Sequence[Finding], detector: str, now_ns: int) -> None:
        """The newest of them."""
        self.findings, self._detector = findings, detector
        if any(each.check == "faces" and each.verdict == Verdict.GOOD for each in findings):
            self._seen_ns = now_ns

    def is_news(self, faces: int) -> bool:
        """Is the recorder to be told that so many faces are expected? 0: as many as the settings say."""
        before, self._expected = self._expected, faces
        return faces != before

    def block(self, now_ns: int, width: int, rows: int) -> Content:
        """How each group stands on one row, and below it what to do, the worst first. At most `rows` rows."""
        told = self._to_do(now_ns)
        lines = [signs(self.findings, width)]
        fitted = _fitted([words for _, words in told], width - _INDENT - 1, max(rows - 1, 0))
        for (verdict, _), said in zip(told, fitted, strict=False):
            sign = (f" {texts.CHECK_SIGNS[verdict]} ", STYLES[verdict])
            style = QUIET if verdict == Verdict.UNKNOWN else ""
            for number, line in enumerate(said):
                lines.append(Content.assemble(" " * _INDENT if number else sign, (line, style)))
        return Content("\n").join(lines)

    def _to_do(self, now_ns: int) -> list[tuple[Verdict, Advice]]:
        """The faults, and of what cannot be told that about which something can be done; each thing to do once."""
        found: dict[str, tuple[Verdict, Advice]] = {}
        for finding in worst_first(self.findings):
            words = self._words(finding, now_ns)
            if finding.verdict in FAULTS or (finding.verdict == Verdict.UNKNOWN and words.do):
                found.setdefault(words.do or words.what, (finding.verdict, words))
        return list(found.values())

    def page(self, now_ns: int, width: int) -> list[Content]:
        """All of it, and last who looks for faces."""
        rows = page(self.findings, width, lambda finding: self._words(finding, now_ns))
        if not rows:
            return [Content(texts.CHECK_NOTHING_SAID)]
        below = [Content.styled(line, QUIET) for line in wrapped(who_looks(self._detector), width)]
        return [*(Content.assemble(*row) for row in rows), Content(""), *below]

    def _words(self, finding: Finding, now_ns: int) -> Advice:
        """Its words; where faces cannot be told now, when they were."""
        words = words_of(finding)
        if self._seen_ns is None or finding.code != _FACES_NOT_NOW:
            return words
        return Advice(texts.CHECK_FACES_SEEN.format(ago=span(now_ns - self._seen_ns)), words.why, words.do)


def signs(findings: Sequence[Finding], width: int) -> Content:
    """Each group's sign and word, and the key that tells more."""
    parts: list[tuple[str, str]] = []
    for group, members in grouped(findings).items():
        verdict = overall(members)
        words = texts.CHECK_SHORT[verdict].format(group=texts.CHECK_GROUPS_SHORT[group])
        parts += [(f" {texts.CHECK_SIGNS[verdict]} ", STYLES[verdict]), (f"{words} ", "")]
    used = sum(cell_len(text) for text, _ in parts)
    room = width - used - 1
    if room >= cell_len(texts.CHECKS_KEY):
        parts.append((texts.CHECKS_KEY.rjust(room), QUIET))
    return Content.assemble(*parts)


def _fitted(told: Sequence[Advice], width: int, rows: int) -> list[list[str]]:
    """The lines of as many findings as possible in so many rows: what and what to do, or only what to do."""
    for count in range(min(len(told), rows), 0, -1):
        for form in (lambda each: f"{each.what} {each.do}", lambda each: each.do or each.what):
            lines = [wrapped(form(each), width) for each in told[:count]]
            if sum(map(len, lines)) <= rows:
                return lines
    return [[fit(each.do or each.what, width)] for each in told[:rows]]
