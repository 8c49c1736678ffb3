"""What the checks on the spot cost, and what happens to the film when they go wrong.

    python tools/check_load.py                         everything, a minute for each film
    python tools/check_load.py load --seconds 600      10 minutes of film under load on all cores with the checks, and
                                                       5 before and after it without them
    python tools/check_load.py cost [--size 1920x1080] CPU of checker and recorder, on and off in turn, nothing else
    python tools/check_load.py deaths                  the checker is killed, and stopped (SIGSTOP), while filming

Films a real-time feed with two faces (numbered frames, MJPEG through a pipe) and, where there is a sound server, a
microphone of its own; meanwhile keys are pressed through the client library. *Key to durable* is from the press to the
recorder's acknowledgement, for keys that made a record. Without --model FILE (YuNet) Haar looks for the faces. Exit
code 0: every bar is met. Linux. Needs scikit-image.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from checked_film import CheckedFilm, Wish, shares
from harness import alive, sleep_until, table, wait_for
from terminal import watched_machine

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.engine.checking import CHECKER_SILENT

PARTS = ("load", "cost", "deaths")
CHECKER_MAX, RECORDER_MAX = 10.0, 5.0
"""Percent of a core."""
SLOWER_MAX = 1.25
"""Key to durable with the checks, as a share of that without them: two runs without them differ as much."""
SLOWER_MS = 1.0
"""A difference below this is nobody's."""
UNKNOWN_S_MAX = 3.0
JOURNAL_S_MAX = UNKNOWN_S_MAX + 1
NEVER = float("inf")
BACK_S_MAX = 30.0
SETTLE_S = 5.0
BETWEEN_S = 5.0
CALM = 'presets = ["ultrafast"]\n'
"""An encoder that never changes its preset: else its cost, not that of the checks, is compared."""
COST_FEEDS = (("--codec", "rawvideo"), ("--codec", "h264", "--gop-seconds", "0.5", "--container", "nut"))
"""Encoded by the recorder; and copied, of which it reads keyframes alone, and those for the checks only."""
LOOKS = 2.0
"""A second."""
LOSSES = ("lost", "doubled", "unreadable", "gaps", "gaps opened", "refused", "traceback", "exit code")

Row = dict[str, Any]


def row(what: str, figure: Any, bar: str = "", met: bool | None = None, without: Any = None) -> Row:
    """A line of the table; `met` None: nothing is asked of it."""
    said = {None: "", True: "yes", False: "NO"}[met]
    return {"what": what, "with checks": figure, "without": without, "bar": bar, "met": said}


def at_most(what: str, figure: float, most: float, without: Any = None) -> Row:
    """A line with a bar."""
    return row(what, figure, f"≤ {most:g}", figure <= most, without)


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """So many processes that never rest, at normal priority."""
    loads = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for load in loads:
            load.kill()
            load.wait()


def film(wish: Wish, checks: bool, seconds: float) -> dict[str, Any]:
    """One film of so many seconds beyond its settling, with its costs."""
    with closing(CheckedFilm(wish, checks)) as made:
        made.settle(SETTLE_S)
        made.press()
        before = made.costs.look()
        with watched_machine(made.place.folder) as machine:
            sleep_until(mono_ns() + round(seconds * SECOND_NS))
        used = shares(before, made.costs.look(), wish)
        return made.end() | used | {"microphone": made.microphone, "machine": machine["write_and_fsync"]}


def whole(found: Mapping[str, Any]) -> bool:
    """Is nothing missing of the film, its sound and its markers?"""
    return found["frames"] > 0 and not any(found[name] for name in LOSSES)


def missing(found: Mapping[str, Any]) -> str:
    """What `whole` looks at, in words."""
    return ", ".join(f"{name} {found[name]}" for name in LOSSES if found[name]) or "nothing"


def load(wish: Wish, seconds: float, loads: int) -> list[Row]:
    """On, and half as long before and after it off, while so many processes never rest."""
    with busy(loads):
        before, on, after = (
            film(wish, *each) for each in ((False, seconds / 2), (True, seconds), (False, seconds / 2))
        )
    offs = (before, after)
    own = ", ".join(f"{each['machine']['p95']:g}" for each in offs)
    return [
        row(f"load, {wish.size}, {seconds:g} s: frames", on["frames"], without=sum(each["frames"] for each in offs)),
        row("missing of film, sound, markers", missing(on), "nothing", whole(on), "; ".join(map(missing, offs))),
        row("frames thinned", on["thinned"], without=sum(each["thinned"] for each in offs)),
        row("keys that made a record", len(on["waits ms"]), without=sum(len(each["waits ms"]) for each in offs)),
        *(slower(percent, on["waits ms"], *(each["waits ms"] for each in offs)) for percent in (50, 95)),
        row("the machine's own write and fsync, p95, ms", on["machine"]["p95"], without=own),
        at_most("checker, % of a core", round(on["checker %"], 2), CHECKER_MAX),
        row("looks a second", round(on["looks a second"], 2)),
        row("detector, microphone", f"{on['detector']}, {on['microphone']}"),
    ]


def slower(percent: int, on: Sequence[float], *offs: Sequence[float]) -> Row:
    """Key to durable (ms) with the checks, against all of that without them; how far those are apart shows its worth
    (in brackets)."""
    here, there = percentile(on, percent), percentile([ms for each in offs for ms in each], percent)
    apart = ", ".join(f"{percentile(each, percent):g}" for each in offs)
    met = here <= max(SLOWER_MAX * there, there + SLOWER_MS)
    return row(f"key to durable, p{percent}, ms", here, f"≤ {SLOWER_MAX:g} × without", met, f"{there:g} ({apart})")


def percentile(values: Sequence[float], percent: int) -> float:
    """Rounded; 0 where there are none."""
    return round(float(np.percentile(values, percent)), 2) if values else 0.0


def cost(wish: Wish, seconds: float) -> list[Row]:
    """Off, on, on, off: what drifts on the machine meanwhile falls on both alike."""
    films = [film(wish, checks, seconds / 2) for checks in (False, True, True, False)]
    ons, offs = films[1:3], [films[0], films[3]]

    def mean(of: Sequence[Mapping[str, Any]], name: str) -> float:
        return round(statistics.fmean(float(each[name]) for each in of), 2)

    checker, looks = mean(ons, "checker %"), mean(ons, "looks a second")
    at_two = round(checker * LOOKS / looks, 2) if looks else NEVER
    recorder, without = mean(ons, "recorder %"), mean(offs, "recorder %")
    more, lacks = round(recorder - without, 2), "; ".join(sorted({missing(each) for each in ons}))
    name = f"cost, {wish.size}, {'copied' if wish.copied else 'encoded'}, {seconds:g} s each"
    return [
        row(f"{name}: missing of film, sound, markers", lacks, "nothing", all(map(whole, ons))),
        row("frames thinned", mean(ons, "thinned"), without=mean(offs, "thinned")),
        row("detector, looks a second", f"{ons[0]['detector']}, {looks:g}"),
        row("checker, % of a core", checker),
        at_most(f"… at {LOOKS:g} looks a second", at_two, CHECKER_MAX),
        row("recorder, % of a core", recorder, without=without),
        at_most("… more with the checks", more, RECORDER_MAX),
    ]


def deaths(wish: Wish, seconds: float) -> list[Row]:
    """The checker dies, then hangs. Each time nothing is told, another is started, and it can tell again."""
    with closing(CheckedFilm(wish, True)) as made:
        made.settle(SETTLE_S)
        made.press()
        struck = {}
        for name, number in (("killed", signal.SIGKILL), ("stopped", signal.SIGSTOP)):
            struck[name] = _strike(made, number)
            sleep_until(mono_ns() + round(max(BETWEEN_S, seconds / 10) * SECOND_NS))
        found = made.end()
    rows: list[Row] = []
    for name, times in struck.items():
        silent = [each["t_ns"] + found["origin_ns"] for each in found["quality"] if each["code"] == CHECKER_SILENT]
        after_s = [(at_ns - times["struck_ns"]) / SECOND_NS for at_ns in silent if at_ns >= times["struck_ns"]]
        rows += [
            at_most(f"checker {name}: nothing can be told after, s", times["unknown_s"], UNKNOWN_S_MAX),
            # (The journal has at most one such record a second.)
            at_most("… in the journal after, s", round(min(after_s, default=NEVER), 2), JOURNAL_S_MAX),
            at_most("… another one runs after, s", times["again_s"], BACK_S_MAX),
            at_most("… all can be told again after, s", times["back_s"], BACK_S_MAX),
            row("… the old one has gone", times["gone"], "True", times["gone"]),
        ]
    return [*rows, row("missing of film, sound, markers", missing(found), "nothing", whole(found))]


def _strike(made: CheckedFilm, number: int) -> dict[str, Any]:
    """Send the checker a signal; how soon that was noticed, another one ran, and all could be told again."""
    made.costs.look()
    known, old = made.known(), made.costs.checker
    if old is None:
        raise RuntimeError("there is no checker")
    start_ns = mono_ns()
    os.kill(old, number)
    times: dict[str, Any] = {"struck_ns": start_ns, "unknown_s": NEVER, "again_s": NEVER, "back_s": NEVER}

    def another() -> bool:
        made.costs.look()
        return made.costs.checker not in (None, old)

    steps = {"unknown_s": lambda: not made.known(), "again_s": another, "back_s": lambda: known <= made.known()}
    with contextlib.suppress(TimeoutError):
        for name, done in steps.items():
            wait_for(done, BACK_S_MAX, name)
            times[name] = round((mono_ns() - start_ns) / SECOND_NS, 2)
    times["gone"] = not alive(old)
    if alive(old):
        os.kill(old, signal.SIGKILL)
    return times


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--seconds", type=float, default=60.0, help="of each film")
    parser.add_argument("--size", default="", help="default: 1280x720, and 1920x1080 for the cost")
    parser.add_argument("--rate", type=int, default=30)
    cores = os.cpu_count() or 1
    parser.add_argument("--busy", type=int, default=cores, help="processes that never rest, of load; as many as cores")
    parser.add_argument("--model", type=Path, help="YuNet's file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    parts = options.parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    model = options.model.resolve() if options.model else None
    usual = Wish(options.size or "1280x720", options.rate, model=model)
    rows: list[Row] = []
    if "load" in parts:
        rows += load(usual, options.seconds, options.busy)
    if "cost" in parts:
        for feed in COST_FEEDS:
            rows += cost(Wish(options.size or "1920x1080", options.rate, feed, CALM, model), options.seconds)
    if "deaths" in parts:
        rows += deaths(usual, options.seconds)
    print(json.dumps(rows, ensure_ascii=False) if options.json else table(rows))
    return 1 if any(each["met"] == "NO" for each in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
