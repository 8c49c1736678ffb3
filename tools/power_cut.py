"""Cut the power at random moments: copy a disk while it is being recorded to, and see what the copy holds.

    sudo python tools/power_cut.py --cuts 20 [--seed 1] [--megabytes 96] [--keep FOLDER]

A loop device over an image file carries an ext4 file system; the recorder films into it, markers are pressed. At each
cut the image file is copied: it holds what the kernel had handed to the block device and nothing of what it still kept
in memory. The copy is taken between two equal readings of the device's write counters, so that it is the disk of one
moment. It is then mounted elsewhere, which replays the file system's own journal, as after a power cut. Needs root and
loop devices (Linux).
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import after_crash
import harness
import measure_picture

from vig_capture.core.errors import VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

LOST_S_MAX = 5.0
GAP_S = (2.0, 7.0)
"""Time between two cuts."""
FIRST_S = 6.0
COPIES_MAX = 50
RATE = 30


def command(*words: str) -> str:
    """Run a system command; its output. Raises OSError."""
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


@contextmanager
def mounted(image: Path, point: Path) -> Iterator[str]:
    """Mount an ext4 image; gives the loop device's name."""
    point.mkdir(exist_ok=True)
    command("mount", "-t", "ext4", "-o", "loop", str(image), str(point))
    try:
        yield Path(command("findmnt", "-n", "-o", "SOURCE", str(point))).name
    finally:
        subprocess.run(["umount", "-l", str(point)], capture_output=True)


def new_image(path: Path, megabytes: int) -> None:
    """An empty ext4 file system in a sparse file."""
    with path.open("wb") as file:
        file.truncate(megabytes << 20)
    command("mkfs.ext4", "-q", "-F", str(path))


def written(device: str) -> tuple[str, ...]:
    """The device's counters: completed and running writes."""
    words = Path(f"/sys/block/{device}/stat").read_text().split()
    return (words[4], words[6], words[8])


def snapshot(image: Path, copy: Path, device: str) -> tuple[int, bool]:
    """Copy the image as of one moment; returns the moment (monotonic ns), and whether nothing was written meanwhile."""
    for _ in range(COPIES_MAX):
        moment_ns, before = mono_ns(), written(device)
        shutil.copyfile(image, copy)
        if before[2] == "0" and written(device) == before:
            return moment_ns, True
    return moment_ns, False


def judge(
    copy: Path, point: Path, place: harness.Place, cut: dict[str, Any], presser: harness.Presser, log: Path
) -> None:
    """Mount the copy and see what is left."""
    with mounted(copy, point):
        try:
            folder = next(path for path in point.iterdir() if path.name != "lost+found")
            sent = measure_picture.read_log(log)
            cut |= asdict(
                after_crash.examine(folder, cut["moment_ns"], RATE, sent, presser.acks, LOST_S_MAX, torn=True)
            )
            cut["faults"] += after_crash.judged_by_commands(place, folder, point)
        except (StopIteration, VigError, OSError) as error:
            cut["faults"].append(f"the session does not open: {type(error).__name__}: {error}")


def cut_all(options: argparse.Namespace, place: harness.Place, work: Path) -> list[dict[str, Any]]:
    """Film, copy at random moments, judge."""
    rng = random.Random(options.seed)
    image, disk, port = work / "disk.img", work / "disk", 20000 + os.getpid() % 40000
    new_image(image, options.megabytes)
    cuts: list[dict[str, Any]] = []
    with mounted(image, disk) as device:
        place.out = disk
        url = f"udp://127.0.0.1:{port}"
        feed = harness.Feed(place, url, RATE, "--codec", options.codec, "--sound", "sine")
        camera = ["--camera", url, "--mic", "camera", "--segment-seconds", str(options.segment_seconds)]
        recording = harness.Recording(place, camera)
        presser = harness.Presser(place.runtime, random.Random(options.seed))
        try:
            recording.wait_running()
            presser.start()
            harness.sleep_until(mono_ns() + round(FIRST_S * SECOND_NS))
            for number in range(options.cuts):
                copy = work / f"cut-{number:02}.img"
                moment_ns, quiet = snapshot(image, copy, device)
                cut: dict[str, Any] = {"number": number, "moment_ns": moment_ns, "quiet": quiet, "faults": []}
                cuts.append(cut)
                due_ns = moment_ns + round(rng.uniform(*GAP_S) * SECOND_NS)
                judge(copy, work / "copy", place, cut, presser, feed.log)
                if options.keep and cut["faults"]:
                    shutil.copy(copy, options.keep)
                copy.unlink()
                _tell(cut)
                harness.sleep_until(due_ns)
            presser.end()
            recording.stop()
        finally:
            presser.end()
            feed.end()
            recording.clean_up()
    return cuts


def _tell(cut: dict[str, Any]) -> None:
    losses = [cut.get(name) for name in ("picture_lost_s", "film_sound_lost_s", "lossless_lost_s")]
    print(
        f"cut {cut['number']:2}{'' if cut['quiet'] else ' (while writing)'}: picture, film sound, lossless sound lost"
        f" {losses} s; {cut.get('closed', 0)} closed, {cut.get('open', 0)} open segments;"
        f" {cut.get('acked', 0)} acknowledged",
        *(f"\n    BAD {fault}" for fault in cut["faults"]),
        flush=True,
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--megabytes", type=int, default=96, help="size of the disk: small, so that a copy is quick")
    parser.add_argument("--segment-seconds", type=float, default=10.0)
    parser.add_argument(
        "--codec", choices=["h264", "mpeg4"], default="h264", help="h264 is copied, mpeg4 is encoded anew"
    )
    parser.add_argument(
        "--memory", type=Path, default=Path("/dev/shm"), help="where the images lie: in memory is quick"
    )
    parser.add_argument("--keep", type=Path, help="keep the images of failures in this folder")
    options = parser.parse_args(arguments)
    if sys.platform != "linux" or os.geteuid() != 0:
        print("This needs root on Linux: it mounts loop devices.", file=sys.stderr)
        return 2
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    place = harness.Place("power")
    work = options.memory / place.folder.name
    work.mkdir(parents=True)
    try:
        cuts = cut_all(options, place, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        place.remove()
    for name in ("picture_lost_s", "film_sound_lost_s", "lossless_lost_s"):
        values = [cut[name] for cut in cuts if cut.get(name) is not None]
        if values:
            print(f"{name}: median {median(values):.2f}, max {max(values):.2f} of {len(values)}")
    bad = sum(bool(cut["faults"]) for cut in cuts)
    print(
        f"{len(cuts)} cuts, {bad} bad, {sum(not cut['quiet'] for cut in cuts)} copied while the disk was being written"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
