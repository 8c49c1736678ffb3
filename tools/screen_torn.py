"""The screen torn: 60 s of filming at ten keys a second while it is killed, resized, and its window closed. Needs tmux.

    python tools/screen_torn.py [--seconds 60] [--seed 1] [--json]

It runs in an interactive shell. Four kills with SIGKILL, one closed window, 100 resizes. Frames are numbered, so that a
lost one is seen. While there is no screen keys go on: they must be in the journal, as uncertain, and the shell must get
none of them. Kills come 20 to 80 ms after a key: one that is being read by the very process that is killed dies with
it. A key comes again only when it cannot be the same moment (1.5 s): right after a kill, when many are read at once,
this can make the hand wait. Exit code 1: something is not as it should be.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

import key_runs
import measure_picture
from screen_abuse import still_on
from terminal import COMMAND, Place, Press, place, spread, wait_until

from vig_capture.archive.reader import Read, read_session
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.core.vocabulary import SAME_NS
from vig_capture.devices.clock import mono_ns

PROMPT = "GUIDER> "
SHELL = ["env", "-u", "ENV", f"PS1={PROMPT}", "sh", "-i"]
BACK_S = 2.0
LATE_NS = 200 * MS_NS
"""What stands so much later in the journal than it was pressed was typed while there was no screen."""
SIZES = [(120, 40), (80, 24), (200, 50), (60, 20), (100, 30), (30, 8)]
KILLS, CLOSE = (0.13, 0.3, 0.47, 0.87), 0.67
"""When, as parts of the whole."""
RESIZES = 100
KEYS = "abcdefghjklmABCDEFGHJKLM"
VOCABULARY = (
    'name = "Torn"\nversion = "1"\nlanguage = "en"\nlicence = "CC0-1.0"\nauthor = "nobody"\nother = "child"\n'
    + "".join(
        f'[[keys]]\nkey = "{key}"\nid = "{key}"\nlabel = "{key}"\ndescription = "one"\nfamily = "any"\n'
        f'look_back_s = 1\nlook_ahead_s = 0\ncolour = "#F0E442"\n'
        for key in KEYS[:12]
    )
)
"""Twelve keys that nothing extends: each press is a marker of its own, which says whether it is uncertain."""


class Torn:
    """Presses at ten a second while the screen is killed, resized and closed."""

    def __init__(self, made: Place, seed: int) -> None:
        self.made = made
        self.presses: list[Press] = []
        self.back_s: list[float] = []
        self.waited_s = 0.0
        self._chance = random.Random(seed)
        self._free_ns = dict.fromkeys(KEYS, 0)
        """From when on a key is no longer the same moment as its last press."""
        self._dead = threading.Event()
        self._watch: threading.Thread | None = None

    def run(self, seconds: float, kills_s: list[float], closes_s: list[float], resizes: int) -> None:
        """All of it."""
        begin_ns = due_ns = mono_ns()
        todo = [(each, self.kill) for each in kills_s] + [(each, self.close) for each in closes_s]
        todo += [(seconds * (number + 0.5) / resizes, self.resize) for number in range(resizes)]
        todo.sort(key=lambda each: each[0])
        while (now_s := (mono_ns() - begin_ns) / SECOND_NS) < seconds:
            wait_until(due_ns)
            self.press()
            due_ns = max(due_ns + SECOND_NS // 10, self.presses[-1].before_ns + SECOND_NS // 12)
            while todo and todo[0][0] <= now_s:
                todo.pop(0)[1]()
        if self._watch is not None:
            self._watch.join()

    def press(self) -> None:
        """The key that has rested longest; where all would be the same moment again, as soon as one would not."""
        key = min(self._free_ns, key=lambda each: self._free_ns[each])
        if (wait_ns := self._free_ns[key] - mono_ns()) > 0:
            self.waited_s += wait_ns / SECOND_NS
            time.sleep(wait_ns / SECOND_NS)
        press = self.made.terminal.press(key)
        self.presses.append(press)
        # What is typed without a screen is read all at once when there is one.
        until_ns = press.after_ns + (round(BACK_S * SECOND_NS) if self._dead.is_set() else 0)
        self._free_ns[key] = until_ns + SAME_NS + SECOND_NS // 10

    def resize(self) -> None:
        """Another size, as small as some."""
        self.made.terminal.resize(self._chance.choice(SIZES))

    def kill(self) -> None:
        """SIGKILL of the screen; a thread watches when it is back, and the keys go on."""
        time.sleep(self._chance.uniform(0.02, 0.08))
        self._dead.set()
        pid = key_runs.screen_pid(self.made)
        os.kill(pid, 9)
        killed_ns = mono_ns()

        def watch() -> None:
            key_runs.wait_screen_back(self.made, pid)
            back_ns = mono_ns()
            self.back_s.append(round((back_ns - killed_ns) / SECOND_NS, 2))
            self._dead.clear()
            free_ns = back_ns + SAME_NS + SECOND_NS // 10
            for press in [each for each in self.presses if each.after_ns > killed_ns]:
                self._free_ns[press.key] = min(self._free_ns[press.key], max(free_ns, press.after_ns + SAME_NS))

        self._watch = threading.Thread(target=watch)
        self._watch.start()

    def close(self) -> None:
        """The window is closed; in a new one `vig-capture` finds the film. No key is pressed meanwhile."""
        time.sleep(0.1)
        self.made.terminal.close()
        time.sleep(1)
        start_shell(self.made)
        type_line(self.made, COMMAND[0])
        self.made.terminal.wait_for("● RECORDING")
        # Its first moments count as uncertain.
        time.sleep(0.5)


def start_shell(made: Place) -> None:
    """An interactive shell in a window of 120x40, and nothing else in it."""
    made.terminal.start(SHELL, (120, 40))
    made.terminal.wait_for(PROMPT.strip())


def type_line(made: Place, line: str) -> None:
    made.terminal.send(line.encode() + b"\r")


def end_in_shell(made: Place) -> list[str]:
    """End the film; then everything that the shell has got besides what is typed for it would stand in its line."""
    terminal = made.terminal
    terminal.resize((120, 40))
    time.sleep(0.5)
    terminal.press("C-x")
    terminal.wait_for("End, or go on?")
    terminal.press("Enter")
    terminal.wait_for("Everything is saved")
    terminal.press("Enter")
    terminal.wait_for("The film is in")
    terminal.wait_for(PROMPT.strip())
    time.sleep(0.5)
    sentence = "echo AND $((6 * 7))"
    type_line(made, sentence)
    terminal.wait_for("AND 42")
    lines = [line.rstrip() for line in terminal.text(history=True).splitlines() if PROMPT.strip() in line]
    wanted = [f"{PROMPT}{sentence}", PROMPT.strip()]
    wrong = [] if lines[-2:] == wanted else [f"the shell got {lines[-2:]}"]
    return wrong + still_on(terminal.modes())


def run(seconds: float, seed: int) -> dict[str, Any]:
    """Four kills, a closed window, 100 resizes, ten keys a second."""
    with place() as made:
        vocabulary = made.root / "torn.toml"
        vocabulary.write_text(VOCABULARY)
        start_shell(made)
        type_line(made, " ".join(made.record("--vocabulary", str(vocabulary))))
        made.terminal.wait_for("● RECORDING")
        time.sleep(1)
        torn = Torn(made, seed)
        torn.run(seconds, kills_s=[seconds * part for part in KILLS], closes_s=[seconds * CLOSE], resizes=RESIZES)
        time.sleep(1)
        wrong = end_in_shell(made)
        read = read_session(made.folder())
        films = [measure_picture.read_film(read.folder, asdict(each)) for each in read.view.segments]
    found: dict[str, Any] = {"presses": len(torn.presses), "screen_back_s": torn.back_s}
    found |= {"waited_s": round(torn.waited_s, 1)}
    found |= {"film": key_runs.film_of(films), "gaps": len(read.view.gaps)}
    return found | judged(torn, read, found, wrong)


def judged(torn: Torn, read: Read, found: dict[str, Any], wrong: list[str]) -> dict[str, Any]:
    """Every key there in the order of the moments, the late ones uncertain, no frame lost, the screen back in time."""
    arrived = key_runs.acts(read)
    done = sorted(arrived, key=lambda act: int(act["t_ns"]))
    origin_ns = next(record["origin_mono_ns"] for record in read.records if record["kind"] == "run")
    pairs = list(zip(done, torn.presses, strict=False))
    late_ns = [act["t_ns"] + origin_ns - press.mono_ns for act, press in pairs]
    blind = [act for act, ns in zip(done, late_ns, strict=False) if ns > LATE_NS]
    certain = sum(not act["uncertain"] for act in blind)
    other = [act["pressed"] for act, press in pairs if act["pressed"] != press.key]
    wrong += [f"{found['presses']} keys are {len(done)} acts"] if len(done) != found["presses"] else []
    wrong += [f"in another order than they were pressed: {other}"] if other else []
    wrong += [f"{certain} typed without a screen are not uncertain"] if certain else []
    wrong += [f"only {len(blind)} keys were typed without a screen"] if len(blind) < len(torn.back_s) else []
    wrong += [f"the screen was back after {each} s" for each in torn.back_s if each > BACK_S]
    wrong += [f"{name}: {found['film'][name]}" for name in ("lost_inside", "lost_at_seams") if found["film"][name]]
    wrong += ["a gap in the film"] if found["gaps"] else []
    with_screen = [ns / MS_NS for act, ns in zip(done, late_ns, strict=False) if not act["uncertain"]]
    return {
        "acts": len(done),
        "typed_without_a_screen": len(blind),
        "uncertain": sum(act["uncertain"] for act in done),
        "written_in_the_order_of_the_moments": [act["t_ns"] for act in arrived] == [act["t_ns"] for act in done],
        "marker_after_press_ms": spread(with_screen or [0.0]),
        "faults": wrong,
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args(arguments)
    found = run(options.seconds, options.seed)
    print(json.dumps(found, indent=None if options.json else 2, ensure_ascii=False))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
