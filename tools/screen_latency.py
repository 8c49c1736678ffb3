"""How soon a press is seen: from the key that goes into a pseudo terminal to the ○ that comes out of it.

    python tools/screen_latency.py [--presses 200] [--json]

The real command films 1280x720 at 30 (a film file that plays as a webcam would) in a terminal of 120x40 in true colour,
with the picture held on. Sessions hold 10 and 5,000 markers, by turns, twice each; then once more with 10 while each
fsync takes 500 ms longer (needs gcc): the ○ must not wait for it, the ● must.

A press is written to the terminal; it is seen when the bytes that put its line into the uppermost band ("Last: ○ …")
have been read from it. Where the disk answers before the band is drawn, the line comes as ● at once: this counts as
seen too, and how many came as ○ is said. Presses come at random moments, 0.2 to 0.5 s apart, ten keys by turns.

Bars: p95 50 ms, p99 100 ms, 5,000 markers at most 1.2 times as long as 10 (p50 and p95). Exit code 1: one is missed.
*The machine itself* is how late a thread wakes ten times a second, and how long 200 bytes take it to write and fsync.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import harness
from pseudo_terminal import Held, Pty
from terminal import COMMAND, Place, film_720p, place, spread, wait_for, watched_machine

from vig_capture.archive.reader import journal_files, read_session
from vig_capture.core.records import VERSION, encode
from vig_capture.core.vocabulary import SPACE, MarkerKey
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.engine.journal import journal_name, next_journal

P95_MS, P99_MS, RATIO = 50.0, 100.0, 1.2
FEW, MANY = 10, 5000
SLOW_MS = 500


@dataclass
class Waits:
    """Key to visible, and key to ● where that was waited for, in ms."""

    seen_ms: list[float] = field(default_factory=list)
    saved_ms: list[float] = field(default_factory=list)
    as_open: int = 0
    """How many came as ○ first."""
    unseen: int = 0

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = {"presses": len(self.seen_ms) + self.unseen, "unseen": self.unseen}
        found |= {"came_as_○": self.as_open, "key_to_visible_ms": spread(self.seen_ms)}
        return found | ({"key_to_●_ms": spread(self.saved_ms)} if self.saved_ms else {})


# --- a session that holds markers already -----------------------------------------------------------------------------


def leave_unfinished(made: Place, count: int) -> None:
    """A film whose recorder died, with so many markers in its journal: `vig-capture` offers to go on with it."""
    front = subprocess.Popen(made.record("--no-tui"), env={**os.environ, **made.environment}, stdout=subprocess.DEVNULL)
    wait_for(lambda: bool(made.running()), 30)
    time.sleep(3)
    front.kill()
    front.wait()
    pid = int(made.running()["pid"])
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not harness.alive(pid), 10)
    folder = made.folder()
    read = read_session(folder)
    name = journal_name(next_journal([path.name for path in journal_files(folder)]))
    (folder / name).write_bytes(
        b"".join(encode(record) for record in markers(read.records, read.view.last_t_ns, count))
    )


def markers(before: list[dict[str, Any]], until_ns: int, count: int) -> Iterator[dict[str, Any]]:
    """Records of markers, spread over what was filmed."""
    keys, seq = marker_keys(), before[-1]["seq"]
    for number in range(count):
        key = keys[number % len(keys)]
        yield {
            "v": VERSION,
            "kind": "marker",
            "seq": seq + 1 + number,
            "t_ns": until_ns * number // count,
            "id": f"made-{number}",
            "key": key.key,
            "label": key.label,
            "who": "self",
            "utc": "2026-01-01T00:00:00.000+00:00",
            "look_back_s": key.look_back_s,
            "look_ahead_s": key.look_ahead_s,
            "private": False,
            "state": "recording",
            "uncertain": False,
            "note": "",
        }


def marker_keys() -> list[MarkerKey]:
    """Those whose label the screen shows."""
    return [key for key in load_vocabulary("vig-core").keys if not key.private]


@contextmanager
def filming(film: Path, count: int, env: dict[str, str] | None = None, colours: str = "truecolor") -> Iterator[Pty]:
    """The screen of a film that holds so many markers, its picture held on."""
    with place(film) as made:
        leave_unfinished(made, count)
        terminal = Pty(COMMAND, {**made.environment, **(env or {})}, colours=colours)
        try:
            terminal.wait_for("leave it")
            terminal.press("c\r")
            terminal.wait_for("● RECORDING", seconds=40)
            time.sleep(2)
            yield terminal
        finally:
            terminal.close()


# --- presses ----------------------------------------------------------------------------------------------------------


def press_all(terminal: Pty, count: int, seed: int, waits: Waits, until_saved: bool = False) -> None:
    """Press marker keys by turns and watch the uppermost band; `until_saved`: go on only when it says ●."""
    chance, held, keys = random.Random(seed), Held(terminal), marker_keys()
    held.hold()
    for number in range(count):
        held.hold()
        time.sleep(chance.uniform(0.2, 0.5))
        key = keys[number % len(keys)]
        line = rf"Last: (○|●) [-\d:]+  {re.escape(key.label)}  "
        since = terminal.written()
        pressed_ns = terminal.press(" " if key.key == SPACE else key.key)
        seen = terminal.find(line, since, 2)
        if seen is None:
            waits.unseen += 1
            continue
        waits.seen_ms.append((seen[0] - pressed_ns) / 1e6)
        waits.as_open += seen[1][1].decode() == "○"
        if until_saved and (saved := terminal.find(line.replace("(○|●)", "●"), since, 5)) is not None:
            waits.saved_ms.append((saved[0] - pressed_ns) / 1e6)


def run_counts(film: Path, presses: int, scratch: Path) -> dict[str, Any]:
    """10 and 5,000 markers, by turns, so that a machine that becomes slower is slower for both."""
    waits = {FEW: Waits(), MANY: Waits()}
    with watched_machine(scratch) as machine:
        for seed, count in enumerate((FEW, MANY, FEW, MANY)):
            with filming(film, count) as terminal:
                press_all(terminal, (presses + 1) // 2, seed, waits[count])
    found: dict[str, Any] = {f"{count} markers": each.report() for count, each in waits.items()}
    few, many = (found[f"{count} markers"]["key_to_visible_ms"] for count in (FEW, MANY))
    found["ratio"] = {name: round(many[name] / few[name], 2) for name in ("p50", "p95")}
    found["the_machine_itself_ms"] = machine
    return found


def run_slow(film: Path, presses: int, scratch: Path) -> dict[str, Any]:
    """Each fsync of the session takes 500 ms longer."""
    try:
        disk = harness.FaultyDisk(scratch, Path("/tmp"))
    except FileNotFoundError:
        return {"not_run": "there is no gcc"}
    waits = Waits()
    with watched_machine(scratch) as machine, filming(film, FEW, disk.env) as terminal:
        disk.strike(f"fsync-slow-{SLOW_MS}")
        press_all(terminal, presses, 5, waits, until_saved=True)
        disk.strike("")
    return waits.report() | {"the_machine_itself_ms": machine}


def faults(found: dict[str, Any]) -> list[str]:
    """What is above its bar."""
    said = []
    for name in (f"{FEW} markers", f"{MANY} markers", "slow fsync"):
        if "key_to_visible_ms" not in found[name]:
            continue
        waits = found[name]["key_to_visible_ms"]
        if found[name]["unseen"]:
            said.append(f"{name}: {found[name]['unseen']} presses were never seen")
        said += [f"{name}: {each} is {waits[each]} ms" for each, bar in BARS.items() if waits[each] > bar]
    said += [f"5,000 to 10 markers: {name} {ratio}" for name, ratio in found["ratio"].items() if ratio > RATIO]
    saved = found["slow fsync"].get("key_to_●_ms")
    if saved is not None and saved["min"] < SLOW_MS:
        said.append(f"a ● came {saved['min']} ms after the key, though each fsync takes {SLOW_MS} ms")
    return said


BARS = {"p95": P95_MS, "p99": P99_MS}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presses", type=int, default=200, help="of each kind")
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args(arguments)
    with film_720p() as film:
        found = run_counts(film, options.presses, film.parent)
        found["slow fsync"] = run_slow(film, options.presses, film.parent)
    found["faults"] = faults(found)
    print(json.dumps(found, indent=None if options.json else 2, ensure_ascii=False))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
