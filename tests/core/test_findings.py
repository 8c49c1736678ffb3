"""Findings: what travels comes back, and the overall light is never better than what could be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.findings import ESSENTIAL, Advice, Finding, Verdict, in_doubt, overall, worst

CHECKS = (*ESSENTIAL, "flicker", "hum", "headroom")
findings = st.lists(
    st.builds(
        Finding,
        st.sampled_from(CHECKS),
        st.sampled_from(list(Verdict)),
        st.text(min_size=1, max_size=8),
        st.none() | st.floats(allow_nan=False),
    ),
    unique_by=lambda finding: finding.check,
)


@given(findings)
def test_what_travels_comes_back(found: list[Finding]) -> None:
    """A finding is the same after its way between two processes."""
    assert [Finding.from_map(each.as_map()) for each in found] == found


@given(findings)
def test_the_light_is_green_only_where_it_may_be(found: list[Finding]) -> None:
    """Good means: nothing is bad or to be looked at, nothing essential is unknown, and something is known."""
    verdicts = {each.verdict for each in found}
    doubt = any(each.check in ESSENTIAL and each.verdict == Verdict.UNKNOWN for each in found)
    green = not verdicts & {Verdict.BAD, Verdict.ATTENTION} and not doubt and Verdict.GOOD in verdicts
    assert (overall(found) == Verdict.GOOD) == green
    assert in_doubt(found) == (doubt or verdicts <= {Verdict.UNKNOWN})
    if verdicts & {Verdict.BAD, Verdict.ATTENTION}:
        assert overall(found) == worst(found)


def test_nothing_said_is_not_good() -> None:
    """Where no check has said anything it cannot be told."""
    assert overall([]) == Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("check", "light"), [("faces", Verdict.UNKNOWN), ("focus", Verdict.UNKNOWN), ("hum", Verdict.GOOD)]
)
def test_only_what_matters_leaves_doubt(check: str, light: Verdict) -> None:
    """Whether the faces are in view has to be known; whether the mains hums need not be."""
    assert overall([Finding("exposure", Verdict.GOOD, "fine"), Finding(check, Verdict.UNKNOWN, "x")]) == light


def test_the_number_stands_in_the_words() -> None:
    """{value} is filled in wherever it stands; a finding without a number leaves none."""
    advice = Advice("{value} of them.", "Why {value}.", "")
    assert advice.of(Finding("a", Verdict.BAD, "x", 71.6)) == Advice("72 of them.", "Why 72.", "")
    assert advice.of(Finding("a", Verdict.BAD, "x")).what == " of them."
