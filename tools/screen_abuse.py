"""The screen under every kind of hand: many keys, held keys, each dialog in turn, nobody at all. Needs tmux.

    python tools/screen_abuse.py rate      1,000 presses at ten a second are 1,000 acts (key_runs.py rate)
    python tools/screen_abuse.py held      a held key is one marker, a held Backspace one undo (key_runs.py held)
    python tools/screen_abuse.py dialogs   every screen and dialog of the film open in turn: keys do what they should
    python tools/screen_abuse.py alone     nobody there: the latest end ends the film
    python tools/screen_abuse.py all [--json]

Exit code 1: something is not as it should be. Kills of the screen are in screen_torn.py.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import key_runs
from terminal import COMMAND, Place, place, wait_for

from vig_capture.archive.reader import Read, read_session
from vig_capture.core.time import SECOND_NS

BLUR, FOCUS = b"\x1b[O", b"\x1b[I"
NOTE = "so. they, waited - as a pair? s+p=3 A"
"""Every kind of key that marks or commands elsewhere."""


# --- what was done, and what the journal says -------------------------------------------------------------------------


def told(read: Read) -> list[str]:
    """The guider's acts in the journal, in their order and in short."""
    lines, names = [], {}
    for record in read.records:
        kind = record["kind"]
        if kind == "marker":
            names[record["id"]] = record["key"]
            lines.append(f"{record['key']} {record['state']}")
        elif kind == "note":
            lines.append(f"note on {names[record['of']]}: {record['text']}")
        elif kind in ("extend", "undo", "star", "goal", "edit", "pause", "resume"):
            lines.append(kind)
    return lines


@dataclass
class Hand:
    """Presses keys, waits for what should be seen, and keeps what should be in the journal."""

    made: Place
    expected: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def press(self, *keys: str, rest_s: float = 0.8) -> None:
        """One after the other, slowly enough that none is a held key's."""
        for key in keys:
            self.made.terminal.press(key)
            time.sleep(rest_s)

    def see(self, *words: str, gone: str = "") -> None:
        """These words are in the window, and those are not."""
        for each in words:
            try:
                self.made.terminal.wait_for(each, 3)
            except TimeoutError:
                self.faults.append(f"{each!r} was not seen")
        if gone:
            try:
                wait_for(lambda: gone not in self.made.terminal.text(), 3)
            except TimeoutError:
                self.faults.append(f"{gone!r} did not go")

    def now(self, *lines: str) -> None:
        """This should be in the journal by now."""
        self.expected += lines

    def check(self, where: str) -> None:
        """Is it?"""
        time.sleep(0.5)
        found = told(read_session(self.made.folder()))
        if found != self.expected:
            self.faults.append(f"{where}: the journal has {found}, and should have {self.expected}")
            self.expected = found


def calm(hand: Hand) -> None:
    """The picture goes by itself; its key brings it and takes it. (The drawn camera's picture has half blocks.)"""
    hand.see("▀")
    wait_for(lambda: "▀" not in hand.made.terminal.text(), 30)
    hand.press("a", "Up")
    hand.see("▀")
    hand.press("e")
    hand.press("Up")
    hand.see("Picture: live", gone="▀")
    hand.now("a recording", "e recording")


def help_(hand: Hand) -> None:
    """Any key closes it, and marks all the same."""
    hand.press("?")
    hand.see("Help:")
    hand.press("r")
    hand.see("Received", gone="Help:")
    hand.now("r recording")


def dim(hand: Hand) -> None:
    """State and last moment only; keys mark."""
    hand.press("F3")
    hand.see("● RECORDING", gone="Last moments")
    hand.press("t")
    hand.see("Last: ●")
    hand.press("F3")
    hand.see("Last moments")
    hand.now("t recording")


def question(hand: Hand) -> None:
    """Each of its three keys pauses at once; a marker key marks; Esc and Ctrl+R film again, `p` stays paused."""
    hand.press("C-x")
    hand.see("End, or go on?", "PAUSED")
    hand.press("g", "Escape")
    hand.see("● RECORDING", gone="End, or go on?")
    hand.press("C-q")
    hand.see("End, or go on?")
    hand.press("C-q", "p")
    hand.see("PAUSED", gone="End, or go on?")
    hand.press("C-r")
    hand.see("● RECORDING")
    hand.press("C-c")
    hand.see("End, or go on?")
    hand.press("C-r")
    hand.see("● RECORDING", gone="End, or go on?")
    hand.now("pause", "g paused", "resume", "pause", "resume", "pause", "resume")


def pause(hand: Hand) -> None:
    """Ten presses, quick and slow, stay paused; only Ctrl+R films again."""
    hand.press(*"ppppp")
    hand.press(*"ppppp", rest_s=0.1)
    hand.see("PAUSED")
    hand.press("d", "F3")
    hand.see("PAUSED")
    hand.press("F3", "C-r")
    hand.see("● RECORDING")
    hand.now("pause", "d paused", "resume")


def note(hand: Hand) -> None:
    """Letters do not mark; Page Down does; Backspace takes a letter; Enter and silence keep, Esc drops."""
    hand.press("j", "Enter")
    hand.see("typing")
    for character in NOTE + "x":
        hand.press("Space" if character == " " else character, rest_s=0.06)
    hand.press("BSpace", "Tab", "NPage")
    hand.press("Enter")
    hand.see("is saved", gone="typing")
    hand.now("j recording", "space recording", f"note on j: {NOTE}")
    hand.press("Enter", "z", "Escape")
    hand.see("dropped", gone="typing")
    hand.press("Enter", "q")
    time.sleep(10.5)
    hand.see("is saved", gone="typing")
    hand.now("note on space: q")


def away(hand: Hand) -> None:
    """The band comes with the focus gone, and goes when it is back or a key comes; that key marks."""
    hand.made.terminal.send(BLUR)
    hand.see("Keys go elsewhere")
    hand.made.terminal.send(FOCUS)
    hand.see("Last moments", gone="Keys go elsewhere")
    hand.made.terminal.send(BLUR)
    hand.see("Keys go elsewhere")
    hand.press("m")
    hand.see("Last moments", gone="Keys go elsewhere")
    hand.now("m recording")


def back_and_forth(hand: Hand) -> None:
    """One press takes one act back, and Ctrl+Y brings it again."""
    hand.press("BSpace", "BSpace", "C-y")
    hand.now("undo", "undo", "undo")


def run_dialogs() -> dict[str, Any]:
    """All of them in one film; after each the journal is what was done."""
    with place() as made:
        made.terminal.start(made.record())
        made.terminal.wait_for("● RECORDING")
        hand = Hand(made)
        for step in (calm, help_, dim, question, pause, note, away, back_and_forth):
            step(hand)
            hand.check(step.__name__.strip("_"))
        end = key_runs.end(made)
        return {"acts": len(hand.expected), "end": end, "faults": hand.faults + badly_ended(end)}


def badly_ended(end: dict[str, Any]) -> list[str]:
    """What is wrong with an end in the screen."""
    wrong = [] if end["exit_code"] == "0" else [f"exit code {end['exit_code']}"]
    wrong += [] if end["terminal_as_before"] else ["the terminal's settings are others"]
    return wrong + still_on(end["modes"])


def still_on(modes: dict[str, str]) -> list[str]:
    """Which of the screen's modes its terminal has kept. ("": this tmux does not tell.)"""
    wrong = [] if modes["cursor_flag"] == "1" else ["the cursor is hidden"]
    return wrong + [f"{name} is on" for name, value in modes.items() if name != "cursor_flag" and value == "1"]


def run_rate() -> dict[str, Any]:
    """key_runs.py rate."""
    count = 1000
    found = key_runs.run_rate(count)
    wrong = [f"{name}: {found[name]}" for name in ("acts", "answered_saved") if found[name] != count]
    wrong += [name for name in ("same_order", "times_in_order") if not found[name]]
    return found | {"faults": wrong + badly_ended(found["end"])}


def run_held() -> dict[str, Any]:
    """key_runs.py held."""
    found = key_runs.run_held()
    wrong = [f"{key} made {count} acts" for key, count in found["acts_of_each_key"].items() if count != 1]
    undos = {name: each["undos"] for name, each in found.items() if name.startswith("Backspace")}
    wrong += [f"{name}: {count} undos" for name, count in undos.items() if count != 1]
    taps = found["three presses of Backspace, 0.25 s apart"]
    wrong += [] if taps == 3 else [f"three presses of Backspace were {taps} undos"]
    return found | {"faults": wrong + badly_ended(found["end"])}


# --- nobody there -----------------------------------------------------------------------------------------------------


def run_alone() -> dict[str, Any]:
    """The window is closed for good: the film ends at its latest end, whole; the next start is asked what it says."""
    minutes = 0.4
    with place() as made:
        made.terminal.start(made.record("--latest-end", str(minutes)))
        made.terminal.wait_for("● RECORDING")
        time.sleep(2)
        made.terminal.close()
        folder = made.folder()
        ended_s = wait_for(lambda: not made.running() or read_session(folder).view.closed, minutes * 60 + 15)
        read = read_session(folder)
        said = subprocess.run(
            COMMAND, env={**os.environ, **made.environment}, capture_output=True, text=True, check=False
        ).stdout.splitlines()
    last_s = read.view.last_t_ns / SECOND_NS
    wrong = [] if read.view.closed else ["the film is not closed"]
    wrong += [] if abs(last_s - minutes * 60) < 3 else [f"it ended after {last_s:.1f} s"]
    return {"ended_s": round(ended_s, 1), "why": read.view.reason, "next_start_says": said, "faults": wrong}


RUNS: dict[str, Callable[[], dict[str, Any]]] = {
    "rate": run_rate,
    "held": run_held,
    "dialogs": run_dialogs,
    "alone": run_alone,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*RUNS, "all"])
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args(arguments)
    found = {name: run() for name, run in RUNS.items() if options.what in (name, "all")}
    print(json.dumps(found, indent=None if options.json else 2, ensure_ascii=False))
    return 1 if any(each["faults"] for each in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
