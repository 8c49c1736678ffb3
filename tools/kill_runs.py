"""Kill the recorder at random moments and see what is left.

    python tools/kill_runs.py --kills 200 [--seed 1] [--jobs 1] [--results kills.jsonl]
    python tools/kill_runs.py --kills 20 --recorder-only

Each run films a real-time feed (640×360, picture and sound, half of them at 15 frames a second, half of them H.264 over
UDP that is copied, half MJPEG through a pipe that is encoded) in segments of 2 s while markers are pressed. Command and
recorder get SIGKILL together, in half of the runs within 100 ms of a cut. Then: hashes, decoding, losses, markers, and
what `verify` and `recover` say. With --recorder-only the recorder alone is killed, the command goes on in the same
session, and the gap is compared with the numbers that are missing.

--results keeps a line for each kill, and a run that is started again does what is missing. Exit code 0: all is well.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import after_crash
import harness
import measure_picture

from vig_capture.archive.reader import read_session
from vig_capture.core.model import Gap
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.engine.client import Running

SEGMENT_S = 2.0
NEAR_MS = 100.0
LOST_S_MAX = 1.0
BACK_S_MAX = 5.0
SOURCES = ("pipe", "udp")
_ports = iter(range(20000 + os.getpid() % 10000, 60000))
_port_lock = threading.Lock()


class Case:
    """What one kill is: everything follows from the seed and the number."""

    def __init__(self, seed: int, number: int, recorder_only: bool) -> None:
        self.number = number
        self.rng = random.Random(f"{seed}/{number}")
        self.near = number % 2 == 0
        self.rate = (30, 15)[number // 2 % 2]
        self.source = SOURCES[number // 4 % 2]
        # A feed through a pipe ends with its reader: only a network feed goes on while the recorder is away.
        self.network = recorder_only or self.source == "udp"

    def feed(self, place: harness.Place) -> tuple[harness.Feed, str]:
        """Start it; returns it with the camera's name."""
        if not self.network:
            pipe = place.folder / "feed.pipe"
            os.mkfifo(pipe)
            return harness.Feed(place, f"pipe:{pipe}", self.rate, "--codec", "mjpeg", "--sound", "sine"), str(pipe)
        with _port_lock:
            url = f"udp://127.0.0.1:{next(_ports)}"
        codec = "h264" if self.source == "udp" else "mpeg4"
        return harness.Feed(place, url, self.rate, "--codec", codec, "--sound", "sine"), url

    def moment_ns(self, watch: harness.CutWatch) -> int:
        """When to kill; waits until that can be known."""
        if not self.near:
            return mono_ns() + round(self.rng.uniform(0.5, 6.5) * SECOND_NS)
        after = self.rng.choice((1, 2))
        harness.wait_for(lambda: watch.look() >= after, 15, f"film file {after} is not there")
        return watch.next_cut_ns() + round(self.rng.uniform(-0.9, 0.9) * NEAR_MS * 1e6)

    def about(self) -> dict[str, Any]:
        return {"number": self.number, "near": self.near, "rate": self.rate, "source": self.source}


@dataclass
class Kill:
    """One kill under way: its processes, and what is found."""

    case: Case
    place: harness.Place
    feed: harness.Feed
    recording: harness.Recording
    presser: harness.Presser
    result: dict[str, Any]

    @property
    def faults(self) -> list[str]:
        found: list[str] = self.result["faults"]
        return found

    def carry_out(self, recorder_only: bool) -> None:
        """Film, kill at the case's moment, and judge. Raises TimeoutError, RuntimeError, OSError."""
        folder = self.recording.wait_running().folder
        watch = harness.CutWatch(folder, SEGMENT_S)
        watch.look()
        self.presser.start()
        watch.wait_until(self.case.moment_ns(watch))
        running = self.recording.running()
        if running is None:
            raise RuntimeError("the recorder had gone before it was killed")
        if recorder_only:
            self._recorder_killed(running, folder, watch)
        else:
            self._both_killed(running, folder, watch)
        self.result["seen_ms"] = self.presser.waits_ms()[-1:] or [0.0]

    def _both_killed(self, running: Running, folder: Path, watch: harness.CutWatch) -> None:
        killed_ns = self.recording.kill(running)
        self.presser.end()
        self.feed.end()
        watch.look()
        self.result["cut_ms"] = round(watch.distance_ms(killed_ns), 1)
        sent = measure_picture.read_log(self.feed.log)
        left = after_crash.examine(folder, killed_ns, self.case.rate, sent, self.presser.acks, LOST_S_MAX)
        # Its list of faults becomes the result's: there is none before it.
        self.result |= asdict(left)
        if left.holes:
            self.faults.append(f"{left.holes} frames missing or doubled inside")
        self.faults.extend(after_crash.judged_by_commands(self.place, folder, self.place.out))

    def _recorder_killed(self, running: Running, folder: Path, watch: harness.CutWatch) -> None:
        watch.look()
        killed_ns = mono_ns()
        os.kill(running.pid, 9)
        self.result["cut_ms"] = round(watch.distance_ms(killed_ns), 1)
        harness.wait_for(lambda: not harness.alive(running.pid), 20, "the recorder is not dead")
        # Counted after the death: a file of the dying one is no return.
        before = watch.look()
        try:
            harness.wait_for(lambda: watch.look() > before, 20, "the recorder has not come back")
        except TimeoutError as late:
            raise TimeoutError(f"{late}: {self._whereabouts(running)}") from late
        watch.wait_until(mono_ns() + 2 * SECOND_NS)
        self.presser.end()
        code = self.recording.stop()
        self.feed.end()
        if code != 0:
            self.faults.append(f"record: exit {code}: {self.recording.output()[-300:]}")
        sent = measure_picture.read_log(self.feed.log)
        self.result["feed_late_ms"] = measure_picture.feed_late_ms(sent, self.case.rate, killed_ns - SECOND_NS)
        self.result |= _return(self.case, folder, killed_ns, sent, self.faults)
        view = read_session(folder).view
        self.result["acked"] = len(self.presser.acks)
        self.faults.extend(
            f"acknowledged marker {act_id} is lost"
            for act_id, ack in self.presser.acks.items()
            if act_id not in view.acts and ack.act != "same"
        )
        verified = harness.tool(self.place, "verify", str(folder), "--json")
        # What the dead run left open was sealed by the next one: everything is whole again.
        if verified.code != 0 or not view.closed or any(not item.sha256 for item in view.segments):
            self.faults.append(f"verify: exit {verified.code}: {verified.out[-600:]}")

    def _whereabouts(self, dead: Running) -> str:
        """Who is waited for: the dead one, the command, the next recorder, or the feed."""
        running = self.recording.running()
        return (
            f"the dead one {'is not reaped' if Path(f'/proc/{dead.pid}').exists() else 'has gone'}, "
            f"the next one {f'has pid {running.pid}' if running else 'is not there'}, "
            f"the feed {'goes on' if self.feed.process.poll() is None else 'has ended'}; "
            f"the command says: {self.recording.output()[-300:]}"
        )


def one_kill(case: Case, recorder_only: bool, keep: Path | None) -> dict[str, Any]:
    """Carry out one kill; the result as a map, with `faults`."""
    place = harness.Place("kill")
    result: dict[str, Any] = case.about() | {"faults": []}
    feed, camera = case.feed(place)
    arguments = ["--camera", camera, "--mic", "camera", "--segment-seconds", str(SEGMENT_S)]
    recording = harness.Recording(place, arguments)
    presser = harness.Presser(place.runtime, random.Random(case.number))
    try:
        Kill(case, place, feed, recording, presser, result).carry_out(recorder_only)
    except (TimeoutError, RuntimeError, OSError) as error:
        result["faults"].append(f"{type(error).__name__}: {error}")
    finally:
        presser.end()
        feed.end()
        recording.clean_up()
    log = place.recorder_log()
    if "Traceback" in log + recording.output():
        result["faults"].append(f"a traceback: {log[-400:]} {recording.output()[-400:]}")
    if result["faults"] and keep is not None:
        result["kept"] = str(keep / f"{case.number:04}")
        place.folder.rename(keep / f"{case.number:04}")
        (keep / f"{case.number:04}" / "recorder.log").write_text(log)
    place.remove()
    return result


def _return(
    case: Case, folder: Path, killed_ns: int, sent: dict[int, tuple[int, int]], faults: list[str]
) -> dict[str, Any]:
    """How soon it filmed again, and the journal's gap against the numbers."""
    view = read_session(folder).view
    frames: list[tuple[int, int]] = []
    for segment in sorted(view.segments, key=lambda item: item.start_ns):
        if segment.file.endswith(".mp4"):
            held = after_crash.held(folder / segment.file, segment.start_ns)
            frames += [(t_ns, number) for t_ns, number in held.frames if number is not None]
    drawn = {number: drawn_ns for number, (drawn_ns, _) in sent.items()}
    before = [frame for frame in frames if drawn[frame[1]] <= killed_ns]
    after = [frame for frame in frames if drawn[frame[1]] > killed_ns]
    if not after:
        faults.append("nothing was filmed after the death")
        return {}
    found: dict[str, Any] = {"back_s": round((drawn[after[0][1]] - killed_ns) / SECOND_NS, 3)}
    if found["back_s"] > BACK_S_MAX:
        faults.append(f"filming again after {found['back_s']} s")
    others = sum(abs(b[1] - a[1] - 1) for part in (before, after) for a, b in pairwise(part))
    if others:
        faults.append(f"{others} frames missing or doubled elsewhere")
    for stream in view.streams:
        gap = _death(view, stream)
        if gap is None:
            faults.append(f"{stream}: no gap is journalled, or it has no end")
        elif stream == "cam1" and before:
            (last_ns, last), (first_ns, first) = before[-1], after[0]
            found["missing"] = first - last - 1
            found["picture_lost_s"] = round((killed_ns - drawn[last]) / SECOND_NS, 3)
            off_ns = (gap.start_ns - last_ns, (gap.end_ns or 0) - first_ns)
            frames_off = [round(off_ns[0] * case.rate / SECOND_NS - 1, 2), round(off_ns[1] * case.rate / SECOND_NS, 2)]
            found["gap_off_frames"] = [*frames_off, gap.lost - found["missing"]]
            if any(abs(off) > 1.05 for off in found["gap_off_frames"]):
                faults.append(f"the gap is off by {found['gap_off_frames']} frames (start, end, lost)")
    return found


def _death(view: SessionView, stream: str) -> Gap | None:
    """The gap that the death left, together with those that adjoin it: until a first keyframe no picture arrives."""
    whole: Gap | None = None
    for gap in sorted((gap for gap in view.gaps.values() if gap.stream == stream), key=lambda item: item.start_ns):
        if gap.id == f"{stream}-2-death":
            whole = replace(gap)
        elif whole is not None and whole.end_ns is not None and abs(gap.start_ns - whole.end_ns) < SECOND_NS // 100:
            whole.end_ns, whole.lost = gap.end_ns, whole.lost + gap.lost
    return whole if whole is not None and whole.end_ns is not None else None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="repeat the kill of this number")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--recorder-only", action="store_true")
    parser.add_argument("--results", type=Path, help="a line of JSON for each kill; goes on after the last one")
    parser.add_argument("--keep", type=Path, help="keep the sessions of failures in this folder")
    options = parser.parse_args(arguments)
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    results = _earlier(options.results)
    done = {result["number"] for result in results}
    numbers = [options.only] if options.only is not None else [n for n in range(options.kills) if n not in done]
    lock = threading.Lock()

    def run(number: int) -> None:
        result = one_kill(Case(options.seed, number, options.recorder_only), options.recorder_only, options.keep)
        with lock:
            results.append(result)
            if options.results:
                with options.results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(result) + "\n")
            for fault in result["faults"]:
                print(f"kill {number} (--seed {options.seed} --only {number}): {fault}", flush=True)

    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(run, numbers))
    _table(results)
    return 1 if any(result["faults"] for result in results) else 0


def _earlier(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _table(results: list[dict[str, Any]]) -> None:
    measured = ("picture_lost_s", "film_sound_lost_s", "lossless_lost_s", "back_s")
    columns = [name for name in measured if any(name in result for result in results)]
    print(
        f"{'runs':24} {'kills':>5} {'near':>5} {'bad':>4} {'acked':>6}",
        *(f"{name + ' med/max':>27}" for name in columns),
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    for result in results:
        groups.setdefault(f"{result['source']} at {result['rate']}", []).append(result)
    groups["all"] = results
    for name, group in groups.items():
        near = sum(result.get("cut_ms", 1e9) <= NEAR_MS for result in group)
        cells = []
        for column in columns:
            values = [result[column] for result in group if result.get(column) is not None]
            cells.append(f"{median(values):.2f} / {max(values):.2f}" if values else "-")
        bad = sum(bool(result["faults"]) for result in group)
        acked = sum(result.get("acked", 0) for result in group)
        print(f"{name:24} {len(group):5} {near:5} {bad:4} {acked:6}", *(f"{cell:>27}" for cell in cells))


if __name__ == "__main__":
    sys.exit(main())
