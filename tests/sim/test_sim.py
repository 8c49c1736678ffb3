"""The simulator itself: the laws hold, seeds repeat, planted bugs are found, nothing reaches for the network."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from vig_capture.sim.bugs import BUGS
from vig_capture.sim.run import run_seed

HERE = Path(__file__).parent
CODE = HERE.parent.parent / "vig_capture"
NETWORK = {"socket", "socketserver", "http", "urllib", "ssl", "asyncio", "multiprocessing"}
TALKS = {"server.py", "client.py", "recorder.py", "link.py"}
FAILED = [
    int(line.split("#")[0]) for line in (HERE / "seeds.txt").read_text().splitlines() if line.split("#")[0].strip()
]


@pytest.mark.parametrize("seed", range(6))
def test_no_law_is_broken(seed: int) -> None:
    """Two simulated minutes with at least five faults break no law."""
    assert run_seed(seed, minutes=2).violations == []


def test_somebody_looks() -> None:
    """In a simulated evening pictures are shown too, so that the laws of looking have something to judge."""
    assert run_seed(0, minutes=2).totals["pictures shown"] > 0


def test_stills_are_taken() -> None:
    """In a simulated evening still pictures are taken too, so that their laws have something to judge."""
    assert sum(run_seed(seed, minutes=2).totals["stills kept"] for seed in range(3)) > 0


def test_something_is_checked() -> None:
    """In a simulated evening the checker is shown pictures and sound, and the quality track has records to judge."""
    totals = run_seed(0, minutes=2).totals
    assert min(totals["pictures checked"], totals["sounds checked"], totals["quality records"]) > 0


@pytest.mark.parametrize("seed", FAILED)
def test_seeds_that_failed_once(seed: int) -> None:
    """A seed that ever found something finds it no more."""
    assert run_seed(seed, minutes=2).violations == []


def test_a_seed_is_a_seed() -> None:
    """The same seed gives the same outcome, bit by bit."""
    assert run_seed(11, minutes=2) == run_seed(11, minutes=2)


def test_seeds_differ() -> None:
    """Another seed is another evening."""
    assert run_seed(1, minutes=1).faults != run_seed(2, minutes=1).faults


@pytest.mark.parametrize(("bug", "seed"), [("no-fsync", 0), ("wall-clock", 5)])
def test_planted_bugs_are_found(bug: str, seed: int) -> None:
    """A planted bug breaks a law in a seed that breaks none without it (tools/sim.py --bugs: all five)."""
    assert bug in BUGS
    assert run_seed(seed, minutes=2, bug=bug).violations
    assert not run_seed(seed, minutes=2).violations


@pytest.mark.parametrize("folder", ["sim", "engine", "core"])
def test_law_6_nothing_imports_the_network(folder: str) -> None:
    """Only the engine's server and its clients talk to other processes; nothing else could send anything anywhere."""
    for path in (CODE / folder).glob("*.py"):
        if path.name in TALKS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & NETWORK, path
