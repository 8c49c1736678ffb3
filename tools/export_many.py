"""Write a session of very many moments in every format; measure processor time and memory.

    python tools/export_many.py [FORMAT …] [--moments 100000] [--json]

An hour of film in files of a minute each, moments evenly through it, one in ten a stretch over its neighbours. Each
format has a process of its own; the memory is what that took more than the same with ten moments.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from vig_capture.core.clips import Part, Window, wanted
from vig_capture.core.film_time import FilmTime, Stretch
from vig_capture.core.model import Marker, Who
from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.handed import Handed, Moment, WholeFilm
from vig_capture.handoff.registry import BUILT_IN, find

HOUR_NS, MINUTE_NS = 3600 * SECOND_NS, 60 * SECOND_NS
TIME = FilmTime((Stretch(0, HOUR_NS, 0, ""),))
PEOPLE = ("mother", "child")


class Nowhere:
    """Counts what is written."""

    size = 0

    def write(self, data: bytes, /) -> None:
        self.size += len(data)


def session(count: int) -> Handed:
    """An hour with so many moments, made anew for each pass."""
    film = WholeFilm("film.mp4", TIME, 1280, 720, 30.0, True)
    files = tuple(Part(f"film/cam1-{at:04d}.mp4", at * MINUTE_NS, (at + 1) * MINUTE_NS, 0, True) for at in range(60))
    keys = [{"key": "a", "label": "Tuned in", "family": "being attentive"}]
    vocabulary = {"name": "VIG core", "version": "1", "language": "en", "other": "child", "keys": keys}
    when = "2026-11-22T09:40:00Z"
    return Handed("s", when, "vig-capture", lambda: _moments(count), film, files, PEOPLE, vocabulary)


def _moments(count: int) -> Iterator[Moment]:
    for number in range(count):
        t_ns = number * HOUR_NS // count
        until_ns = min(t_ns + SECOND_NS, HOUR_NS) if number % 10 == 0 else None
        who: Who = "other" if number % 3 == 0 else "self"
        marker = Marker(
            f"m{number}", "a", "Tuned in", who, t_ns, "2026-11-22T09:41:00Z", note="She waits", until_ns=until_ns
        )
        window = wanted(marker)
        inside = Window(window.start_ns, min(window.end_ns, HOUR_NS))
        yield Moment(marker, PEOPLE[who == "other"], "being attentive", "", window, t_ns, inside, until_ns)


def measure(form: str, count: int) -> dict[str, Any]:
    """processor_s, megabytes (written), memory_mb (the most that the process ever held)."""
    exporter, sink, handed = find(form), Nowhere(), session(count)
    before = resource.getrusage(resource.RUSAGE_SELF)
    exporter.write(handed, sink)
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    memory = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return {"processor_s": round(seconds, 2), "megabytes": round(sink.size / 1e6, 1), "memory_mb": round(memory)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("formats", nargs="*", choices=[*BUILT_IN, []], metavar="FORMAT")
    parser.add_argument("--moments", type=int, default=100_000)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.alone:
        print(json.dumps(measure(options.formats[0], options.moments)))
        return 0
    found = {}
    for form in options.formats or BUILT_IN:
        few, many = (_alone(form, count) for count in (10, options.moments))
        found[form] = many | {"memory_mb": many["memory_mb"] - few["memory_mb"]}
        if not options.json:
            print(f"{form:12}", "  ".join(f"{name} {value}" for name, value in found[form].items()), flush=True)
    if options.json:
        print(json.dumps(found))
    return 0


def _alone(form: str, count: int) -> Any:
    command = [sys.executable, __file__, form, "--moments", str(count), "--alone"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
