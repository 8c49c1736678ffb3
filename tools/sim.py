"""The simulator over many seeds: `python tools/sim.py --seeds 2000 [--from N] [--jobs 2] [--bug NAME | --bugs]`.

Each seed is at least ten simulated minutes with at least five faults over the recorder's real stages. Prints every
broken law with its seed, how often each fault and each cell of the state table occurred, and the speed. Exit code 1
when a law was broken (with
`--bugs`: when a planted bug was not found)."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from vig_capture.core.session import EVENTS, STATES
from vig_capture.devices.clock import mono_ns
from vig_capture.sim.bugs import BUGS
from vig_capture.sim.faults import FAULTS
from vig_capture.sim.run import Outcome, run_seed

BUG_SEEDS = 200
CHUNK = 4


def main() -> int:
    asked = _arguments()
    if asked.bugs:
        return max([_find(bug, asked.start, asked.jobs, asked.minutes) for bug in BUGS])
    if asked.bug:
        return _find(asked.bug, asked.start, asked.jobs, asked.minutes)
    return _laws(asked.start, asked.seeds, asked.jobs, asked.minutes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=BUG_SEEDS)
    parser.add_argument("--from", type=int, default=0, dest="start")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--bug", choices=sorted(BUGS))
    parser.add_argument("--bugs", action="store_true", help="plant each of the five bugs and look for it")
    return parser.parse_args()


def _outcomes(seeds: range, jobs: int, minutes: float, bug: str | None = None) -> Iterator[Outcome]:
    one = partial(run_seed, minutes=minutes, bug=bug)
    if jobs <= 1:
        yield from map(one, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(one, seeds, chunksize=CHUNK)


def _find(bug: str, start: int, jobs: int, minutes: float) -> int:
    """Plant a bug and look for it. A seed counts only when it breaks a law with the bug and none without."""
    for first in range(start, start + BUG_SEEDS, CHUNK * jobs):
        seeds = range(first, min(first + CHUNK * jobs, start + BUG_SEEDS))
        for outcome in _outcomes(seeds, jobs, minutes, bug):
            if outcome.violations and not run_seed(outcome.seed, minutes).violations:
                print(
                    f"{bug}: found in seed {outcome.seed} ({outcome.seed - start + 1} tried): {outcome.violations[0]}"
                )
                return 0
    print(f"{bug}: NOT FOUND in {BUG_SEEDS} seeds")
    return 1


def _laws(start: int, count: int, jobs: int, minutes: float) -> int:
    began_ns = mono_ns()
    total: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    broken: list[int] = []
    least_faults = 1 << 30
    for outcome in _outcomes(range(start, start + count), jobs, minutes):
        total += Counter(seeds=1, sessions=outcome.sessions, runs=outcome.lives) + outcome.totals
        total["simulated seconds"] += int(outcome.simulated_s)
        faults += outcome.faults
        cells += outcome.cells
        least_faults = min(least_faults, sum(outcome.faults.values()))
        if outcome.violations:
            broken.append(outcome.seed)
            print(f"seed {outcome.seed}", *outcome.violations, sep="\n  ", flush=True)
    took_s = (mono_ns() - began_ns) / 1e9
    print("\nfaults (how often each struck):")
    _table({name: faults[name] for name in FAULTS})
    print("\nthe state table (how often each cell was asked for):")
    _table({f"{state} × {event}": cells[f"{state} × {event}"] for state in STATES for event in EVENTS})
    print("\ntotals:")
    _table(dict(sorted(total.items())))
    print(
        f"\n{count} seeds, at least {least_faults} faults in each; "
        f"×{total['simulated seconds'] / took_s:.0f} real time with {jobs} jobs"
    )
    never = [name for name in FAULTS if not faults[name]]
    never += [f"{state} × {event}" for state in STATES for event in EVENTS if not cells[f"{state} × {event}"]]
    if never:
        print("never occurred:", ", ".join(never))
    print(f"{len(broken)} seeds broke a law: {broken}" if broken else "no law was broken")
    return 1 if broken else 0


def _table(rows: dict[str, int]) -> None:
    for name, number in rows.items():
        print(f"  {number:>10}  {name}")


if __name__ == "__main__":
    sys.exit(main())
