"""The picture of two faces is covered, dark, moved and gone while it is filmed: is it found in time, and gone again?

    python tools/check_changes.py [--size 1280x720] [--model FILE] [--hold 15]

At the machine's own speed, through a pipe. (tools/lab_runs.py does the same through the kernel's own camera, slowly.)
Judged is the journal. Without --model FILE (YuNet) Haar looks for the faces. Exit code 0: every bar is met.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from checked_film import CheckedFilm, Wish
from findings_judge import changes, missed, rows_of
from harness import sleep_until, table
from scene_states import AWAY, COVERED, DARK, MOVED, PLAIN, give_order

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

STAND_S = 10.0
"""Before the first change: the view becomes the one to compare with after 5 s of stillness."""


def film(made: CheckedFilm, order: Path, hold_s: float) -> tuple[list[tuple[str, int]], dict[str, Any]]:
    """Do one thing after the other, and undo it; when each was done (monotonic), and what became of the film."""
    done: list[tuple[str, int]] = []

    def change(to: str) -> None:
        done.append((to, mono_ns()))
        if to != AWAY:
            give_order(order, to)
        sleep_until(mono_ns() + round(hold_s * SECOND_NS))

    made.settle(STAND_S)
    for state in (COVERED, DARK, MOVED):
        change(state)
        change(PLAIN)
    made.lose_feed()
    change(AWAY)
    made.feed_again()
    change(PLAIN)
    done.append(("end", mono_ns()))
    return done, made.end()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--rate", type=int, default=30)
    parser.add_argument("--hold", type=float, default=15.0, help="seconds of each state")
    parser.add_argument("--model", type=Path, help="YuNet's file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        order = Path(folder) / "order"
        give_order(order, PLAIN)
        model = options.model.resolve() if options.model else None
        wish = Wish(options.size, options.rate, ("--codec", "mjpeg", "--order", str(order)), model=model)
        with closing(CheckedFilm(wish, True)) as made:
            done, found = film(made, order, options.hold)
    moments = [(state, at_ns - found["origin_ns"]) for state, at_ns in done]
    rows = rows_of(changes(moments[:-1], moments[-1][1]), found["quality"], found["detector"])
    print(json.dumps(rows, ensure_ascii=False) if options.json else f"{table(rows)}\n{found['detector']}")
    return 1 if missed(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
