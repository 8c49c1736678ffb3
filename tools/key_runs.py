"""Marker keys through a real terminal: are they where they belong, how soon are they safe, is any lost?

    python tools/key_runs.py frames   200 presses: the number in the film at a marker, against the feed's at the press
    python tools/key_runs.py rate     1,000 presses at ten a second: all in the journal, in order; key to durable
    python tools/key_runs.py held     a key held for 3 s is one marker; a held Backspace is one undo
    python tools/key_runs.py deaths   screen, recorder and terminal die while filming
    python tools/key_runs.py all [--json]

Needs tmux. A feed sends numbered frames (640x360 at 30, MJPEG) through a named pipe and logs when each was drawn. A
press is a `tmux send-keys` into a terminal of 80x24; its time is the middle between the clock right before and right
after that command. *Key to durable* begins with the moment at which the screen's input thread has read the key (that is
the marker's own time) and ends with the arrival of the recorder's acknowledgement in the screen's process: for this the
real screen runs over its real connection, in which every command and answer is noted. *The machine itself* is a thread
that wakes ten times a second and writes and fsyncs 200 bytes: how late it woke, and how long that took, meanwhile.
"""

from __future__ import annotations

import argparse
import bisect
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import measure_picture
import numpy as np
from terminal import COMMAND, Place, Press, children, place, spread, wait_for, wait_until, watched_machine

from vig_capture.archive.reader import Read, read_session
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

KEYS = ["Space", *"aertgdjmlAERTGDJML"]
"""Every key of the VIG core vocabulary, by both people: 19, that in turn at ten a second never meet within 1.5 s."""
CLOSEST_NS = 85_000_000
"""19 keys so far apart come round in 1.6 s."""
FRAME_NS = SECOND_NS // 30
REST_NS = 1_600_000_000
"""A key is pressed again after this only, so that each press is an act (core/vocabulary.py, rule 5)."""


def end(made: Place) -> dict[str, Any]:
    """Ctrl+X and Enter in the screen, then Enter to leave it: the dialogs, the exit code, the terminal afterwards."""
    terminal = made.terminal
    terminal.press("C-x")
    terminal.wait_for("End, or go on?")
    terminal.press("Enter")
    ended_s = terminal.wait_for("Everything is saved")
    terminal.press("Enter")
    terminal.wait_for("OVER")
    lines = [line.strip() for line in terminal.text(history=True).splitlines() if line.strip()]
    settings = [line for line in lines if line.count(":") > 5]
    return {
        "ended_s": round(ended_s, 2),
        "exit_code": next(line for line in lines if line.startswith("RC="))[3:],
        "terminal_as_before": len(settings) == 2 and settings[0] == settings[1],
        "modes": terminal.modes(),
        "said": next((line for line in lines if "film is in" in line), ""),
    }


# --- what became of the presses ---------------------------------------------------------------------------------------


def acts(read: Read) -> list[dict[str, Any]]:
    """Markers and extensions of the journal in their order, each with its key as tmux names it."""
    found = []
    for record in read.records:
        if record["kind"] == "marker":
            found.append(record)
        elif record["kind"] == "extend":
            of = read.view.markers[record["of"]]
            found.append({**record, "key": of.key, "who": of.who})
    for record in found:
        key = "Space" if record["key"] == "space" else record["key"]
        record["pressed"] = key.upper() if record["who"] == "other" else key
    return found


def compare(presses: Sequence[Press], read: Read) -> dict[str, Any]:
    """Is every press an act, in order?"""
    done = acts(read)
    times = [act["t_ns"] for act in done]
    return {
        "presses": len(presses),
        "acts": len(done),
        "markers": sum(act["kind"] == "marker" for act in done),
        "extensions": sum(act["kind"] == "extend" for act in done),
        "same_order": [act["pressed"] for act in done] == [press.key for press in presses],
        "times_in_order": times == sorted(times),
    }


def frames_off(presses: Sequence[Press], made: Place, read: Read) -> dict[str, Any]:
    """The number in the film at an act's session time, less the number that the feed was showing at the press."""
    segments = [asdict(segment) for segment in read.view.segments if segment.file.endswith(".mp4")]
    films = [measure_picture.read_film(read.folder, segment) for segment in segments]
    sent = made.feed.sent()
    off = []
    for press, act in zip(presses, acts(read), strict=True):
        feed_number = sent[bisect.bisect_right(sent, (press.mono_ns, 1 << 62)) - 1][1]
        film_number = measure_picture.number_at(films, act["t_ns"])
        assert film_number is not None, "the film begins before the first press"
        off.append(film_number - feed_number)
    known = [abs(each) for each, press in zip(off, presses, strict=True) if press.after_ns - press.before_ns < FRAME_NS]
    return {
        "frames_off": dict(sorted(Counter(off).items())),
        "frames_off_p95": int(np.percentile(np.abs(off), 95, method="inverted_cdf")),
        "frames_off_p95_where_the_press_is_known_to_a_frame": int(np.percentile(known, 95, method="inverted_cdf")),
        "of_those_presses": len(known),
        "marker_after_press_ms": spread(delays_ms(presses, read)),
        "send_keys_took_ms": spread([(press.after_ns - press.before_ns) / 1e6 for press in presses]),
        "film": film_of(films),
    }


def delays_ms(presses: Sequence[Press], read: Read) -> list[float]:
    """How much later than each press its act stands."""
    origin_ns = next(record["origin_mono_ns"] for record in read.records if record["kind"] == "run")
    pairs = zip(presses, acts(read), strict=False)
    return [round((act["t_ns"] + origin_ns - press.mono_ns) / 1e6, 2) for press, act in pairs]


def film_of(films: Sequence[measure_picture.Film]) -> dict[str, Any]:
    """Frames lost, doubled, unreadable."""
    report = measure_picture.report(films, 30)
    names = ("segments", "frames", "lost_inside", "lost_at_seams", "doubled", "unreadable", "count_differs")
    return {name: getattr(report, name) for name in names}


# --- the runs ---------------------------------------------------------------------------------------------------------


def run_frames(count: int, seed: int) -> dict[str, Any]:
    """Presses at random times of random keys, each an act."""
    chance = random.Random(seed)
    with place() as made:
        made.terminal.start(made.record())
        made.terminal.wait_for("● RECORDING")
        time.sleep(2)
        presses: list[Press] = []
        last = dict.fromkeys(KEYS, 0)
        with watched_machine(made.root) as machine:
            for _ in range(count):
                time.sleep(chance.uniform(0.05, 0.7))
                key = chance.choice([key for key in KEYS if mono_ns() - last[key] > REST_NS])
                presses.append(made.terminal.press(key))
                last[key] = mono_ns()
        time.sleep(0.5)
        found: dict[str, Any] = {"the_machine_itself_ms": machine, "end": end(made)}
        read = read_session(made.folder())
        return found | compare(presses, read) | frames_off(presses, made, read)


def run_rate(count: int) -> dict[str, Any]:
    """The same keys in turn at ten a second, in the real screen over a connection that notes commands and answers."""
    with place() as made:
        environment = {**os.environ, **made.environment}
        front = subprocess.Popen(made.record("--no-tui"), env=environment, stdout=subprocess.DEVNULL)
        wait_for(lambda: bool(made.running()), 20)
        noted = made.root / "noted.json"
        made.terminal.start([sys.executable, str(Path(__file__)), "screen", "--noted", str(noted)])
        made.terminal.wait_for("● RECORDING")
        time.sleep(1)
        start_ns = due_ns = mono_ns()
        presses = []
        with watched_machine(made.root) as machine:
            for number in range(count):
                wait_until(due_ns)
                presses.append(made.terminal.press(KEYS[number % len(KEYS)]))
                # After a stall no burst: the same key within 1.5 s would be the same marker.
                due_ns = max(due_ns + SECOND_NS // 10, presses[-1].before_ns + CLOSEST_NS)
        took_s = (mono_ns() - start_ns) / SECOND_NS
        time.sleep(1)
        found: dict[str, Any] = {"took_s": round(took_s, 1), "the_machine_itself_ms": machine, "end": end(made)}
        front.wait(timeout=10)
        found |= compare(presses, read_session(made.folder()))
        lines = json.loads(noted.read_text(encoding="ascii"))
        by_id = {each["id"]: each for each in lines}
        found["answered_saved"] = sum(each["saved"] for each in by_id.values())
        found["refused"] = sorted({each["refused"] for each in lines if not each["saved"]})
        found["key_to_durable_ms"] = spread([(each["ack_ns"] - each["mono_ns"]) / 1e6 for each in lines])
        found["sent_to_durable_ms"] = spread([(each["ack_ns"] - each["sent_ns"]) / 1e6 for each in lines])
        keyed = zip(presses, sorted(lines, key=lambda each: int(each["mono_ns"])), strict=True)
        found["send_keys_to_durable_ms"] = spread([(each["ack_ns"] - press.before_ns) / 1e6 for press, each in keyed])
        return found


def run_held() -> dict[str, Any]:
    """Auto-repeat of markers and of Backspace, as fast and as slow as systems do it, with and without a first delay."""
    with place() as made:
        terminal = made.terminal
        terminal.start(made.record())
        terminal.wait_for("● RECORDING")
        found: dict[str, Any] = {}
        for key, every_s, delay_s in (("a", 0.033, 0.0), ("e", 0.09, 0.0), ("r", 0.033, 0.5), ("t", 0.09, 0.5)):
            count = terminal.hold(key, 3.0, every_s, delay_s)
            found[f"{key} each {every_s * 1000:g} ms after {delay_s * 1000:g} ms"] = count
        time.sleep(0.5)
        before = counts(made)
        found["acts_of_each_key"] = dict(Counter(act["pressed"] for act in acts(read_session(made.folder()))))
        for every_s, delay_s in ((0.033, 0.5), (0.09, 0.5), (0.033, 0.25)):
            count = terminal.hold("BSpace", 2.0, every_s, delay_s)
            time.sleep(1.0)
            after = counts(made)
            name = f"Backspace held each {every_s * 1000:g} ms after {delay_s * 1000:g} ms"
            found[name] = {"presses": count, "undos": after["undo"] - before["undo"]}
            before = after
        for key in "gdj":
            terminal.press(key)
        time.sleep(0.8)
        for _ in range(3):
            terminal.press("BSpace")
            time.sleep(0.25)
        time.sleep(0.5)
        found["three presses of Backspace, 0.25 s apart"] = counts(made)["undo"] - before["undo"]
        found["end"] = end(made)
        return found


def counts(made: Place) -> Counter[str]:
    """Records of the journal by kind."""
    return Counter(record["kind"] for record in read_session(made.folder()).records)


def run_deaths() -> dict[str, Any]:
    """Who dies while filming, and what becomes of film and markers."""
    with place() as made:
        terminal = made.terminal
        terminal.start(made.record())
        terminal.wait_for("● RECORDING")
        time.sleep(1)
        presses = [terminal.press("a")]
        found: dict[str, Any] = {"screen_back_s": [kill_screen(made, presses, key) for key in ("e", "r", "t")]}
        found["recorder_killed"] = kill_recorder(made, presses)
        found["terminal_closed"] = close_terminal(made, presses)
        found["end"] = end(made)
        found["vig-capture afterwards"] = subprocess.run(
            COMMAND, env={**os.environ, **made.environment}, capture_output=True, text=True, check=False
        ).stdout.splitlines()[:1]
        read = read_session(made.folder())
        films = [
            measure_picture.read_film(read.folder, asdict(segment))
            for segment in read.view.segments
            if segment.file.endswith(".mp4") and segment.frames
        ]
        gaps = [asdict(gap) for gap in read.view.gaps.values()]
        found["marker_after_press_ms"] = delays_ms(presses, read)
        return found | compare(presses, read) | {"film": film_of(films), "gaps": measure_picture.gaps(films, gaps, 30)}


def kill_screen(made: Place, presses: list[Press], key: str) -> float:
    """SIGKILL of the screen: how long until there is another. A key goes in while there is none, and one afterwards."""
    pid = screen_pid(made)
    os.kill(pid, signal.SIGKILL)
    start_ns = mono_ns()
    presses.append(made.terminal.press(key.upper()))
    wait_screen_back(made, pid)
    took_s = (mono_ns() - start_ns) / SECOND_NS
    presses.append(made.terminal.press(key))
    time.sleep(0.5)
    return round(took_s, 2)


def screen_pid(made: Place) -> int:
    """The process that draws."""
    return next(pid for pid, line in children(made.terminal.pane_pid()).items() if "screen_main" in line)


def wait_screen_back(made: Place, pid: int) -> None:
    """Until another screen is seen than the one of this process, which was killed. Raises TimeoutError."""
    wait_for(lambda: pid not in children(made.terminal.pane_pid()), 5)
    # The old picture may still stand there until the command has cleared it.
    wait_for(lambda: made.terminal.modes()["alternate_on"] == "0", 5)
    wait_for(lambda: made.terminal.modes()["alternate_on"] == "1", 15)
    made.terminal.wait_for("● RECORDING")


def kill_recorder(made: Place, presses: list[Press]) -> dict[str, Any]:
    """SIGKILL of the recorder: filming again, the screen connected again, what was pressed meanwhile saved."""
    pid = int(made.running()["pid"])
    os.kill(pid, signal.SIGKILL)
    start_ns = mono_ns()
    for key in "gdj":
        time.sleep(0.15)
        presses.append(made.terminal.press(key))
    at_once = made.terminal.text()
    wait_for(lambda: made.running().get("pid", pid) != pid, 10)
    made.terminal.wait_for("● RECORDING")
    back_s = (mono_ns() - start_ns) / SECOND_NS
    time.sleep(1)
    presses.append(made.terminal.press("m"))
    time.sleep(0.5)
    text = made.terminal.text()
    return {
        "screen_recording_again_s": round(back_s, 2),
        "screen_at_once": at_once.splitlines()[1].strip(),
        # (The last moment stands above the list as well.)
        "shown_saved_after": text.count(" ● ") - 2,
        "shown_pending_after": text.count(" ○ "),
    }


def close_terminal(made: Place, presses: list[Press]) -> dict[str, Any]:
    """The window is closed, and opened again with `vig-capture` alone."""
    pid = made.running()["pid"]
    ours = children(made.terminal.pane_pid())
    made.terminal.close()
    time.sleep(3)
    left = [line for each, line in ours.items() if each != pid and Path(f"/proc/{each}").exists()]
    alive = made.running().get("pid") == pid and Path(f"/proc/{pid}").exists()
    made.terminal.start(COMMAND, (120, 40))
    shown_s = made.terminal.wait_for("● RECORDING")
    presses.append(made.terminal.press("l"))
    time.sleep(0.5)
    return {"recorder_alive": alive, "processes_left_over": left, "found_again_s": round(shown_s, 2)}


# --- the screen that notes --------------------------------------------------------------------------------------------


def noting_screen(noted: Path) -> int:
    """The real screen over the real connection; when each marker was sent and acknowledged is written at the end."""
    from vig_capture.devices.settings_files import runtime_folder
    from vig_capture.engine.link import ReconnectingLink
    from vig_capture.tui.app import run

    lines: dict[str, dict[str, Any]] = {}

    class NotingLink(ReconnectingLink):
        def send(self, command: dict[str, Any]) -> None:
            if command["do"] == "mark":
                line = {"id": command["id"], "mono_ns": command["mono_ns"], "sent_ns": mono_ns()}
                lines.setdefault(command["id"], line)
            super().send(command)

        def listen(self, callback: Callable[[dict[str, Any]], None]) -> None:
            def heard(message: dict[str, Any]) -> None:
                line = lines.get(str(message.get("ack")))
                if line is not None:
                    saved = bool(message["ok"] and message["result"]["saved"])
                    refused = "" if saved else " ".join(str(message.get(part)) for part in ("what", "why"))
                    line |= {"ack_ns": mono_ns(), "saved": saved, "refused": refused}
                callback(message)

            super().listen(heard)

    try:
        return run(NotingLink(runtime_folder()))
    finally:
        noted.write_text(json.dumps(list(lines.values())), encoding="ascii")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["frames", "rate", "held", "deaths", "all", "screen"])
    parser.add_argument("--presses", type=int, default=0, help="of frames (200) and rate (1000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noted", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args(arguments)
    if options.what == "screen":
        return noting_screen(options.noted)
    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "frames": lambda: run_frames(options.presses or 200, options.seed),
        "rate": lambda: run_rate(options.presses or 1000),
        "held": run_held,
        "deaths": run_deaths,
    }
    found = {name: run() for name, run in runs.items() if options.what in (name, "all")}
    print(json.dumps(found, indent=None if options.json else 2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
