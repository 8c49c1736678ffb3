"""Let the disk fail under a recording and see that nothing freezes, nothing written is lost and everything is said.

    sudo python tools/disk_faults.py [NAME …] [--list]

Each case films a numbered feed while markers are pressed, strikes, and goes on: without and with --fallback. During the
fault the recorder must answer `status` within 1 s, and each marker must be called saved or NOT SAVED. Afterwards: no
traceback anywhere, what was written before is whole (`verify`), no acknowledged marker is missing, every missing frame
is in a gap, the fallback's session names the first, and the exit code is right. Mounting needs root on Linux; the cases
with failing fsync and write need gcc for a small preloaded library (fault_shim.c). Cases that cannot run here say so.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import after_crash
import harness
import measure_picture

from vig_capture.archive.reader import is_session, read_session
from vig_capture.core.errors import VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.engine.client import Client

RATE = 30
STATUS_S_MAX = 1.0
BEFORE_S = 5.0
UNHASHED = "the journal has no SHA-256 of it"
ANSWER_S = 11.0
"""A press is answered after so long at the latest: it may have to wait for two fsyncs of 5 s."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way in which a disk fails."""

    name: str
    disk: str
    """tmpfs, ext4, or shim (an ordinary folder under a preloaded library)."""
    strike: str
    goes_on: bool = False
    """The film goes on where it is: nothing is lost, and it ends with exit code 0 when asked to."""
    ends: bool = True
    """Where there is no fallback the film ends by itself. (What is written and cannot be synced is tried again until
    the guider stops: to end the film would save nothing.)"""
    code: int = 1
    """Exit code where there is no fallback."""
    seconds: float = 12.0
    """How long the fault is watched."""


CASES = [
    Case("nearly-full", "tmpfs", "fill all but 9", code=0),
    Case("full", "tmpfs", "fill"),
    Case("vanish", "tmpfs", "umount"),
    Case("read-only", "ext4", "abort"),
    Case("write-enospc", "shim", "write-enospc"),
    Case("write-eio", "shim", "write-eio"),
    Case("fsync-eio", "shim", "fsync-eio", ends=False),
    Case("fsync-fails-2.5s", "shim", "fsync-eio for 2.5", goes_on=True),
    Case("fsync-slow", "shim", "fsync-slow", goes_on=True, seconds=16),
]


class Disk:
    """The disk that will fail, and what makes it fail."""

    def __init__(self, kind: str, work: Path) -> None:
        self.kind = kind
        self.folder = work / "disk"
        self.folder.mkdir()
        self.seen = self.folder
        """Where what is on the disk can be read, whatever happened to `folder`."""
        self._work = work
        self._faulty: harness.FaultyDisk | None = None

    def mount(self) -> dict[str, str]:
        """Make it; returns the environment that the recorder needs."""
        if self.kind == "tmpfs":
            run("mount", "-t", "tmpfs", "-o", "size=30m,mode=700", "tmpfs", str(self.folder))
        elif self.kind == "ext4":
            image = self._work / "disk.img"
            with image.open("wb") as file:
                file.truncate(96 << 20)
            run("mkfs.ext4", "-q", "-F", str(image))
            run("mount", "-t", "ext4", "-o", "loop", str(image), str(self.folder))
        else:
            self._faulty = harness.FaultyDisk(self._work, self.folder)
            return self._faulty.env
        self.seen = self._work / "seen"
        self.seen.mkdir()
        run("mount", "--bind", str(self.folder), str(self.seen))
        return {}

    def strike(self, how: str) -> None:
        word, _, rest = how.partition(" ")
        if word == "fill":
            self._fill(int(rest.rpartition(" ")[2] or 0) << 20 if rest else 0)
        elif word == "umount":
            run("umount", "-l", str(self.folder))
        elif word == "abort":
            run("mount", "-o", "remount,abort", str(self.folder))
        elif self._faulty is not None:
            self._faulty.strike(word)
            if rest:
                harness.sleep_until(mono_ns() + round(float(rest.split()[-1]) * SECOND_NS))
                self._faulty.strike("")

    def _fill(self, leave: int) -> None:
        with (self.folder / "filler").open("wb") as file:
            while True:
                room = os.statvfs(self.folder)
                try:
                    os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - leave)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    # The film took some of the room meanwhile.
                    continue
                break

    def unmount(self) -> None:
        if self._faulty is not None:
            self._faulty.strike("")
            return
        for point in (self.seen, self.folder):
            subprocess.run(["umount", "-l", str(point)], capture_output=True)


def run(*words: str) -> None:
    """Run a system command. Raises OSError."""
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip()}")


@contextmanager
def film(case: Case, fallback: bool, faults: list[str]) -> Iterator[tuple[harness.Place, Disk, Callable[[], Any]]]:
    """A recording on the case's disk, with a feed and a presser; what is left running is ended."""
    place = harness.Place("disk")
    disk = Disk(case.disk, place.folder)
    parts: list[Callable[[], None]] = [disk.unmount]
    try:
        environment = disk.mount()
        place.out = disk.folder
        pipe = place.folder / "feed.pipe"
        os.mkfifo(pipe)
        feed = harness.Feed(place, f"pipe:{pipe}", RATE, "--codec", "mjpeg", "--sound", "sine")
        parts.insert(0, feed.end)
        arguments = ["--camera", str(pipe), "--mic", "camera", "--segment-seconds", "2"]
        if fallback:
            (place.folder / "second").mkdir()
            arguments += ["--fallback", str(place.folder / "second")]
        recording = harness.Recording(place, arguments, environment)
        parts.insert(0, recording.clean_up)
        presser = harness.Presser(place.runtime, random.Random(1), (0.1, 0.3))
        parts.insert(0, presser.end)
        recording.wait_running()
        presser.start()
        harness.sleep_until(mono_ns() + round(BEFORE_S * SECOND_NS))
        yield place, disk, lambda: (recording, presser, feed)
    finally:
        for part in parts:
            part()
        text = place.recorder_log() + (place.folder / "output.txt").read_text(errors="replace")
        if "Traceback" in text:
            faults.append(f"a traceback:\n{text[-1500:]}")
        place.remove()


def one(case: Case, fallback: bool) -> dict[str, Any]:
    """Carry out one case; the result with its faults."""
    faults: list[str] = []
    result: dict[str, Any] = {"case": case.name, "fallback": fallback, "faults": faults}
    with film(case, fallback, faults) as (place, disk, parts):
        recording, presser, feed = parts()
        running = recording.running()
        if running is None:
            raise RuntimeError(f"the recorder had gone before the fault: {recording.output()}")
        struck_ns = mono_ns()
        disk.strike(case.strike)
        result["status_s"] = watch(recording, struck_ns + round(case.seconds * SECOND_NS), faults)
        ended_by_itself = recording.front.poll() is not None
        result["ended_s"] = round((mono_ns() - struck_ns) / SECOND_NS, 1) if ended_by_itself else None
        if disk.kind == "shim" and case.goes_on:
            disk.strike("none")
        presser.end()
        stopped_ns = mono_ns()
        result["code"] = recording.stop()
        result["stop_s"] = round((mono_ns() - stopped_ns) / SECOND_NS, 1)
        feed.end()
        judge_end(case, fallback, result, presser, ended_by_itself)
        if disk.kind == "shim":
            disk.strike("none")
        folders = [
            path for root in (disk.seen, place.folder / "second") if root.is_dir() for path in sorted(root.iterdir())
        ]
        judge_folders(
            [path for path in folders if path.is_dir() and is_session(path)], place, fallback, result, presser
        )
        sent = measure_picture.read_log(feed.log)
        result["said"] = recording.output().splitlines()[-6:]
        result["frames_sent"] = len(sent)
    return result


def watch(recording: harness.Recording, until_ns: int, faults: list[str]) -> float:
    """Ask for the status again and again during the fault; the longest wait in seconds."""
    longest = 0.0
    while mono_ns() < until_ns and recording.front.poll() is None:
        running = recording.running()
        try:
            client = Client(running) if running else None
        except VigError:
            client = None
        if client is not None:
            client.listen(lambda _: None)
            asked_ns = mono_ns()
            try:
                client.ask("status", timeout_s=10)
                longest = max(longest, (mono_ns() - asked_ns) / SECOND_NS)
            except VigError as error:
                if not client.lost.is_set():
                    faults.append(f"status: {error}")
            client.close()
        harness.sleep_until(mono_ns() + SECOND_NS // 5)
    if longest > STATUS_S_MAX:
        faults.append(f"status took {longest:.2f} s")
    return round(longest, 3)


def judge_end(
    case: Case,
    fallback: bool,
    result: dict[str, Any],
    presser: harness.Presser,
    ended_by_itself: bool,
) -> None:
    """Did it end, or go on, as it must? Was every press answered?"""
    faults = result["faults"]
    goes_on = case.goes_on or fallback
    ends = case.ends and not goes_on
    if ended_by_itself != ends:
        faults.append("it did not end by itself" if ends else "it ended by itself")
    wanted = 0 if goes_on else case.code
    if result["code"] != wanted:
        faults.append(f"exit code {result['code']} instead of {wanted}")
    waits = presser.waits_ms()
    result["saved"], result["not_saved"] = len(presser.acks), len(presser.refused)
    result["saved_ms_max"] = round(waits[-1], 1) if waits else None
    unanswered = set(presser.sent) - set(presser.acks) - set(presser.refused)
    # Presses of the very last moment, or into a recorder that had left, find nobody to answer.
    if len(unanswered) > 2:
        faults.append(f"{len(unanswered)} presses were not answered")
    if waits and waits[-1] > ANSWER_S * 1000:
        faults.append(f"a press was answered after {waits[-1] / 1000:.1f} s")
    unclear = [item for item in presser.refused.values() if "NOT SAVED" not in str(item.get("what"))]
    if unclear:
        faults.append(f"{len(unclear)} refusals do not say NOT SAVED: {unclear[0]}")


def judge_folders(
    folders: list[Path], place: harness.Place, fallback: bool, result: dict[str, Any], presser: harness.Presser
) -> None:
    """What is on the disks: whole, complete, and joined to each other."""
    faults = result["faults"]
    views = [read_session(folder).view for folder in folders]
    result["sessions"] = len(folders)
    known: set[str] = set()
    for folder, view in zip(folders, views, strict=True):
        known |= set(view.acts) | set(view.markers)
        verified = harness.tool(place, "verify", str(folder), "--json")
        bad = [] if verified.code == 0 else [line for line in verified.json()["lines"] if not line["ok"]]
        # What the disk refused to hash decodes all the same; it is counted.
        result["unhashed"] = result.get("unhashed", 0) + sum(line["what"] == UNHASHED for line in bad)
        bad = [line for line in bad if line["what"] != UNHASHED]
        if bad or verified.err:
            faults.append(f"verify {folder.name}: {bad} {verified.err[-300:]}")
    lost = [act_id for act_id, ack in presser.acks.items() if act_id not in known and ack.marker not in known]
    if lost:
        faults.append(f"{len(lost)} acknowledged markers are lost")
    if fallback and len(views) == 2 and (views[1].previous != folders[0].name or not views[1].closed):
        faults.append(f"the second session names {views[1].previous!r}, closed: {views[1].closed}")
    frames: list[int] = []
    for folder, view in zip(folders, views, strict=True):
        for segment in sorted(view.segments, key=lambda item: item.start_ns):
            path = folder / segment.file
            if segment.file.endswith(".mp4") and path.is_file() and path.stat().st_size:
                frames += [
                    number for _, number in after_crash.held(path, segment.start_ns).frames if number is not None
                ]
    holes = [after - before - 1 for before, after in pairwise(frames) if after != before + 1]
    # A gap that is carried over into the second session has the same id in both.
    gaps = {gap.id: gap for view in views for gap in view.gaps.values() if gap.stream == "cam1"}
    inside = sum(gap.lost for gap in gaps.values() if gap.end_ns is not None)
    result["missing"], result["in_gaps"], result["frames"] = sum(holes), inside, len(frames)
    if frames and (sum(holes) > inside + 1 or any(hole < 0 for hole in holes)):
        faults.append(f"{holes} frames are missing, the gaps say {[(gap.lost, gap.cause) for gap in gaps.values()]}")


def plain_cases() -> list[dict[str, Any]]:
    """/dev/full as the folder, and as the terminal."""
    place = harness.Place("full")
    results: list[dict[str, Any]] = []
    done = harness.tool(place, "record", "--demo", "--no-tui", "--out", "/dev/full/films")
    faults = [] if done.code == 2 and "Traceback" not in done.err and done.err else [f"exit {done.code}: {done.err}"]
    results.append({"case": "--out /dev/full", "faults": faults, "said": done.err.splitlines()})
    command = [
        sys.executable,
        "-m",
        "vig_capture",
        "record",
        "--demo",
        "--no-tui",
        "--for",
        "4",
        "--out",
        str(place.out),
    ]
    with Path("/dev/full").open("w") as full:
        printed = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=place.env(), timeout=60)
    sessions = [path for path in place.out.iterdir() if is_session(path)]
    harness.wait_for(lambda: read_session(sessions[0]).view.closed, 15, "the film is not closed")
    verified = harness.tool(place, "verify", str(sessions[0]))
    faults = [] if verified.code == 0 else [verified.out]
    if "Traceback" in printed.stderr + place.recorder_log() or printed.returncode not in (0, 1):
        faults.append(f"exit {printed.returncode}: {printed.stderr[-600:]}")
    results.append({"case": "output to /dev/full", "code": printed.returncode, "faults": faults})
    place.remove()
    return results


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these cases")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join([*(case.name for case in CASES), "dev-full"]))
        return 0
    bad = 0
    for case in CASES:
        if options.names and case.name not in options.names:
            continue
        if case.disk == "shim" and shutil.which("gcc") is None:
            print(f"{case.name}: left out, there is no gcc")
            continue
        if case.disk != "shim" and (sys.platform != "linux" or os.geteuid() != 0):
            print(f"{case.name}: left out, mounting needs root")
            continue
        for fallback in (False, True):
            try:
                result = one(case, fallback)
            except (TimeoutError, RuntimeError, OSError, VigError) as error:
                result = {"case": case.name, "fallback": fallback, "faults": [f"{type(error).__name__}: {error}"]}
            bad += _tell(result)
    if not options.names or "dev-full" in options.names:
        bad += sum(map(_tell, plain_cases()))
    print("all is well" if not bad else f"{bad} cases are bad")
    return 1 if bad else 0


def _tell(result: dict[str, Any]) -> bool:
    faults = result.pop("faults")
    print(json.dumps(result, ensure_ascii=False), *(f"    BAD {fault}" for fault in faults), sep="\n", flush=True)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
