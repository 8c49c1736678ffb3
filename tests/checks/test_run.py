"""Checks that fail or take too long: the others go on, and it is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from vig_capture.checks.run import BUDGET_NS, FAILURES_MAX, MUTED, Runner
from vig_capture.core.findings import Finding, Verdict

FINE = Finding("light", Verdict.GOOD, "fine")


class Processor:
    """Time on the processor, moved by hand."""

    def __init__(self) -> None:
        self.now_ns = 0

    def cpu_ns(self) -> int:
        return self.now_ns

    def slow(self) -> Iterable[Finding]:
        self.now_ns += BUDGET_NS + 1
        return [FINE]


def broken() -> Iterator[Finding]:
    yield FINE
    raise ZeroDivisionError("the check's own")


def test_three_failures_mute_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A check that raises gives nothing; after the third time it is not run again, which is shown and logged."""
    runner = Runner(Processor().cpu_ns)
    for number in range(FAILURES_MAX):
        assert runner.muted() == ()
        assert not runner.is_muted("window")
        assert runner.run("window", broken) == (), number
    assert runner.muted() == (Finding("window", Verdict.UNKNOWN, MUTED),)
    assert runner.run("window", lambda: [FINE]) == ()
    said = capsys.readouterr().err
    assert said.count("ZeroDivisionError: the check's own") == FAILURES_MAX
    assert said.count("It is muted.") == 1


def test_three_overruns_mute_it_under_the_names_that_it_gave() -> None:
    """A slow check's findings count until it is muted; then those names are shown as muted."""
    processor = Processor()
    runner = Runner(processor.cpu_ns)
    for _ in range(FAILURES_MAX):
        assert runner.run("slow", processor.slow) == (FINE,)
    assert runner.run("slow", processor.slow) == ()
    assert runner.muted() == (Finding("light", Verdict.UNKNOWN, MUTED),)


def test_the_others_go_on() -> None:
    """One check's fault is nobody else's."""
    runner = Runner(Processor().cpu_ns)
    for _ in range(10):
        runner.run("window", broken)
        assert runner.run("light", lambda: [FINE]) == (FINE,)
    assert [finding.check for finding in runner.muted()] == ["window"]


def test_no_budget() -> None:
    """What has no budget, as checks of our own have none, may take its time; it may not fail."""
    processor = Processor()
    runner = Runner(processor.cpu_ns, own={"light"})
    for _ in range(10):
        assert runner.call("faces", processor.slow, None) == [FINE]
        assert runner.run("light", processor.slow) == (FINE,)
    assert not runner.is_muted("faces")
    for _ in range(FAILURES_MAX):
        runner.run("light", broken)
    assert runner.is_muted("light")
