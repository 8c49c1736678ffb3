"""How long a guider waits: for picture, film, list of moments and player; and what is written before Enter.

    python tools/screen_times.py [--runs 10] [--markers 10,300] [--json]

The real command in a pseudo terminal of 120x40 in true colour. *To the picture*: from right before the command is
started to the first half-block cells that are read from its terminal; with the demo, with a film file (1280x720 at 30,
MJPEG and PCM) and, by the command alone, with that file remembered as the camera of last time. *To the film*: from
Enter to the first recorded frame, which is where the journal's first segment begins; the source is encoded by us. *To
the list*: from the Enter that confirms the end to the last line of the list of moments ("All saved …"), with few
markers and with many. *To the player*: from Enter on a moment to the first line of a program that stands in for the
computer's own player (`xdg-open`, a Python that has just started): each time another moment, whose clip is made then.

*Written before Enter*: strace (needed for this part only) of the command and all of its processes, from their start
until they have left again without a film: each file that was opened for writing, made, renamed, removed or changed. The
private runtime folder (socket, lock, run.json, logs) is in memory where the system gives one, and told for itself. So
are compiled Python files: an installed package has them, a checkout makes them at its first start, which is not traced.

Bars: 2.5 s, 0.5 s, 2 s, 1 s; and nothing is written. Exit code 1: one is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pseudo_terminal import HALF, Pty
from screen_torn import KEYS, VOCABULARY
from terminal import COMMAND, Place, film_720p, place, wait_for, wait_until

from vig_capture.archive.reader import read_session
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import SAME_NS
from vig_capture.devices.clock import mono_ns

BARS_S = {"to the picture": 2.5, "to the film": 0.5, "to the list": 2.0, "to the player": 1.0}
RATE = 12
"""Keys a second: 24 keys come round when each is a new moment again."""
READY = "READY"
SAVED = "All saved"
LEAVE = "\x11"
"""Ctrl+Q."""
END, ENTER, DOWN = "\x18", "\r", "\x1b[B"
_CALLS = """
openat open creat mkdir mkdirat rename renameat renameat2 unlink unlinkat rmdir symlink symlinkat link linkat
mknod mknodat truncate ftruncate chmod fchmodat chown fchownat utimensat setxattr
"""
MAY_WRITE = frozenset(_CALLS.split())
NOWHERE = ("/dev/", "/proc/", "/sys/")


@dataclass
class Waits:
    """Of one kind, in seconds."""

    s: list[float] = field(default_factory=list)

    def since(self, from_ns: int, to_ns: int) -> None:
        self.s.append((to_ns - from_ns) / SECOND_NS)

    def report(self) -> dict[str, Any]:
        ordered = sorted(self.s)
        return {"n": len(ordered), "p50_s": round(ordered[len(ordered) // 2], 3), "max_s": round(ordered[-1], 3)}


# To the picture ------------------------------------------------------------------------------------------------------


def opened(made: Place, command: list[str], waits: Waits) -> Pty:
    """Start the command, and note when its first picture came."""
    began_ns = mono_ns()
    terminal = Pty(command, made.environment)
    waits.since(began_ns, terminal.wait_for(HALF, seconds=30))
    return terminal


def left(terminal: Pty) -> None:
    """Leave the sheet without a film."""
    terminal.press(LEAVE)
    terminal.process.wait(timeout=20)


def measure_pictures(film: Path, runs: int) -> dict[str, Waits]:
    """Each with a place of its own; the first run of each, which nothing had warmed, counts as well."""
    found: dict[str, Waits] = {}
    for name, source in (("demo", ["prepare", "--demo"]), ("film file", of_film(film)), ("remembered", [])):
        waits = found[name] = Waits()
        with place(film) as made:
            if not source:
                remember(made, {"camera": str(film), "mic": "camera"})
            for _ in range(runs):
                terminal = opened(made, [*COMMAND, *source], waits)
                terminal.wait_for(READY, seconds=30)
                left(terminal)
    return found


def of_film(film: Path) -> list[str]:
    return ["prepare", "--camera", str(film), "--loop", "--mic", "camera"]


def remember(made: Place, devices: dict[str, str]) -> None:
    """As after a film with these. (The program itself would not remember a film file: that is practice.)"""
    where = "vig_capture.devices"
    line = f"from {where} import preferences, settings_files as s; s.remember(preferences.NAME, {devices!r})"
    subprocess.run([sys.executable, "-c", line], env={**os.environ, **made.environment}, check=True)


# From Enter to the end -----------------------------------------------------------------------------------------------


def measure_film(film: Path, markers: int, found: dict[str, Waits], plays: int = 0) -> None:
    """One film with so many markers, from Enter on the sheet to the list, and so many of them played."""
    with place(film) as made:
        vocabulary, played = made.root / "torn.toml", made.root / "played"
        vocabulary.write_text(VOCABULARY)
        made.environment |= {"DISPLAY": ":0", "PATH": f"{stand_in(made, played)}{os.pathsep}{os.environ['PATH']}"}
        arguments = [*of_film(film), "--vocabulary", str(vocabulary), "--out", str(made.out)]
        terminal = Pty([*COMMAND, *arguments], made.environment)
        terminal.wait_for(HALF, seconds=30)
        terminal.wait_for(READY, seconds=30)
        entered_ns = terminal.press(ENTER)
        terminal.wait_for("● RECORDING", seconds=30)
        time.sleep(1)
        mark(terminal, markers)
        terminal.press(END)
        terminal.wait_for("End, or go on", seconds=10)
        time.sleep(1)
        since = terminal.written()
        ended_ns = terminal.press(ENTER)
        found[f"to the list, {markers} markers"].since(ended_ns, terminal.wait_for(SAVED, since))
        first_ns = first_frame_ns(made)
        found["to the film"].since(entered_ns, first_ns)
        for number in range(plays):
            play(terminal, played, number, found["to the player"])
        terminal.press("q")
        terminal.process.wait(timeout=20)


def mark(terminal: Pty, count: int) -> None:
    """So many moments, each of its own."""
    round_ns = max(SECOND_NS // RATE, (SAME_NS + SECOND_NS // 10) // len(KEYS))
    due_ns = mono_ns()
    for number in range(count):
        wait_until(due_ns)
        terminal.press(KEYS[number % len(KEYS)])
        # After a stall no burst: the same key so soon would be the same moment.
        due_ns = max(due_ns, mono_ns() - round_ns // 2) + round_ns
    terminal.wait_for(rf"\({count} in all\)", seconds=15)


def first_frame_ns(made: Place) -> int:
    """The host's monotonic clock at the film's first frame."""
    read = read_session(made.folder())
    origin_ns = next(record["origin_mono_ns"] for record in read.records if record["kind"] == "run")
    return int(origin_ns + min(segment.start_ns for segment in read.view.segments if segment.frames))


def stand_in(made: Place, played: Path) -> Path:
    """A folder with an `xdg-open` that writes down when it was started."""
    folder = made.root / "bin"
    folder.mkdir()
    program = folder / "xdg-open"
    line = "import os, sys, time; now_ns = time.monotonic_ns()"
    write = f"open({str(played)!r}, 'a').write(f'{{now_ns}} {{os.path.getsize(sys.argv[1])}}\\n')"
    program.write_text(f"#!{sys.executable} -IS\n{line}\n{write}\n")
    program.chmod(0o700)
    played.write_text("")
    return folder


def play(terminal: Pty, played: Path, number: int, waits: Waits) -> None:
    """The next moment of the list."""
    if number:
        terminal.press(DOWN)
    # So that pictures that the list still makes for its rows are no part of it.
    time.sleep(1)
    since = terminal.written()
    pressed_ns = terminal.press(ENTER)
    wait_for(lambda: len(played.read_text().splitlines()) > number, 20, lambda: "no player was started")
    began_ns, size = map(int, played.read_text().splitlines()[number].split())
    assert size > 1000, "the clip is empty"
    waits.since(pressed_ns, began_ns)
    terminal.wait_for("plays in a window", since)


# What is written before Enter ----------------------------------------------------------------------------------------


def written(source: list[str]) -> dict[str, Any]:
    """Every file that the command, and all that it starts, wrote to while the sheet was shown."""
    with place(Path(os.devnull)) as made:
        # Whatever is compiled at the first start of a program that was not installed is there then.
        waits = Waits()
        left(opened(made, [*COMMAND, *source], waits))
        before = {path for path in made.root.rglob("*") if not path.is_relative_to(made.runtime)}
        trace = made.root / "trace"
        trace.mkdir()
        strace = ["strace", "-ff", "-s", "4096", "-e", "trace=%file,%desc", "-o", str(trace / "of")]
        terminal = Pty([*strace, *COMMAND, *source], made.environment)
        terminal.wait_for(READY, seconds=120)
        time.sleep(2)
        during = sorted(
            f"{path.name}, {path.stat().st_size} bytes"
            for path in made.runtime.rglob("*")
            if path.is_file() or path.is_socket()
        )
        left(terminal)
        lines = [line for path in trace.iterdir() for line in path.read_text(errors="replace").splitlines()]
        after = {path for path in made.root.rglob("*") if not path.is_relative_to(made.runtime)}
        new = sorted(str(path) for path in after - before if not path.is_relative_to(trace))
        names = sorted_writes(lines, made.runtime)
    report: dict[str, Any] = {"processes": len(list_of_processes(lines)), "system_calls": len(lines)}
    report |= {kind: sorted(found) for kind, found in names.items() if kind not in ("devices", "compiled")}
    report |= {"compiled_python_files": len(names["compiled"]), "devices_and_proc": sorted(names["devices"])}
    return report | {"runtime_folder_while_ready": during, "new_files": new}


def list_of_processes(lines: list[str]) -> list[str]:
    """Programs that were started."""
    return [line for line in lines if line.startswith("execve(") and line.endswith("= 0")]


def sorted_writes(lines: list[str], runtime: Path) -> dict[str, set[str]]:
    """Names of files that were opened for writing or changed, by where they are."""
    found: dict[str, set[str]] = {"files": set(), "runtime": set(), "devices": set(), "compiled": set()}
    for line in lines:
        call, _, rest = line.partition("(")
        if call not in MAY_WRITE or re.search(r"\) += -1 ", line):
            continue
        if call in ("open", "openat") and not re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|TMPFILE)", rest):
            continue
        paths = re.findall(r'"((?:[^"\\]|\\.)*)"', rest) or [f"{call} of a descriptor"]
        for path in paths:
            where = "files"
            if path.startswith(str(runtime)) or not path.startswith("/"):
                where = "runtime" if path.startswith(str(runtime)) else "files"
            elif path.startswith(NOWHERE) and not path.startswith("/dev/shm"):
                where = "devices"
            elif "/__pycache__" in path:
                where = "compiled"
            found[where].add(f"{call} {path}")
    return found


# All of it -----------------------------------------------------------------------------------------------------------


def run(runs: int, markers: list[int]) -> dict[str, Any]:
    """All of it."""
    found: dict[str, Any] = {}
    with film_720p() as film:
        times = {f"to the picture, {name}": waits for name, waits in measure_pictures(film, runs).items()}
        times |= {"to the film": Waits(), **{f"to the list, {count} markers": Waits() for count in markers}}
        times["to the player"] = Waits()
        for count in markers:
            # Many markers take their time to press.
            for number in range(runs if count <= 50 else min(runs, 3)):
                measure_film(film, count, times, min(10, count) if count == markers[0] and number == 0 else 0)
    found |= {name: waits.report() for name, waits in times.items() if waits.s}
    wrong = [
        f"{name}: {found[name]['max_s']} s" for name in found if found[name]["max_s"] > BARS_S[name.partition(",")[0]]
    ]
    try:
        found["written before Enter"] = traced = written(["prepare", "--demo"])
        wrong += [f"written before Enter: {name}" for name in (*traced["files"], *traced["new_files"])]
        wrong += ["compiled files are written at every start"] if traced["compiled_python_files"] else []
    except FileNotFoundError as missing:
        found["written before Enter"] = {"not_run": str(missing)}
    return found | {"faults": wrong}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, help="of each kind")
    parser.add_argument("--markers", default="10,300", help="how many moments the lists have")
    parser.add_argument("--only-written", action="store_true", help="what is written before Enter, and no times")
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args(arguments)
    if options.only_written:
        found = written(["prepare", "--demo"]) | {"faults": []}
    else:
        found = run(options.runs, [int(count) for count in options.markers.split(",")])
    print(json.dumps(found, indent=None if options.json else 2, ensure_ascii=False))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
