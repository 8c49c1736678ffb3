"""Film the kernel's own test cameras and its loopback microphone in a virtual machine, let them fail, judge the films.

    python tools/lab_runs.py run [film vivid feeder faulty stop microphone] [--work FOLDER] [--json]
    python tools/lab_runs.py run checks unplugged [--model FILE] [--work FOLDER]
    python tools/lab_runs.py judge CASE … --work FOLDER      (again, over what a run has left)

Needs a program (--machine, or the variable VIG_TEST_MACHINE) that, called as `PROGRAM run -t SECONDS COMMAND…`, boots a
Linux with v4l2loopback (/dev/video0), vivid (/dev/video1) and snd-aloop over this machine's files, runs the command
there as root and returns its exit code. There tools/lab_guest.py films (software emulation: one to three minutes a
case); then the films are decoded here.

film        numbered frames and a sine through /dev/video0 and ALSA over 33 cuts
picture     the same without the microphone
sound       the same without the camera
vivid       a camera unplugged and, 7 s later, back under its name
feeder      a camera that hangs for 7 s
faulty      damaged and dropped buffers
stop        stop while camera and microphone hang
microphone  the microphone's source goes away and comes back
checks      two faces; the picture is covered, dark, moved and gone: is it found, and gone after the cure?
unplugged   the same of a camera that is unplugged

The source's time is the buffer's V4L2 stamp as the kernel's tracepoint v4l2_dqbuf saw it, not as the program did.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import av
import lab_checks
import lab_guest
import lab_judge
from av.video.reformatter import ColorRange
from harness import ROOT, table

FILM_S = 200
BOOT_S = 120
"""Boot and imports, in software emulation on a busy machine."""
CASE_S = {
    "film": 330,
    "picture": 150,
    "sound": 150,
    "vivid": 120,
    "feeder": 130,
    "faulty": 130,
    "stop": 200,
    "microphone": 110,
    "checks": 450,
    "unplugged": 200,
}
"""At most so long does each case take there."""
SSE_ONLY = ("OPENCV_CPU_DISABLE=SSE4.1,SSE4.2,AVX,FP16,AVX2", "NPY_DISABLE_CPU_FEATURES=X86_V3")
"""Wide registers are what software emulates worst: with AVX2 the face finder takes seven times as long there."""
CASES = lab_guest.CASES | lab_checks.CASES
JUDGES = lab_judge.JUDGES | lab_checks.JUDGES


def make_film(work: Path, size: str) -> Path:
    """The numbered film with a sine, unless it is there."""
    path = work / f"film-{size}.mkv"
    if path.exists():
        return path
    part = path.with_suffix(".part.mkv")
    feed = [sys.executable, str(ROOT / "tools" / "feed.py"), "--make", str(part), "--seconds", str(FILM_S)]
    more = ["--rate", str(lab_guest.RATE), "--size", size, "--sound", "sine"]
    subprocess.run([*feed, *more], env=_environment(), check=True)
    with av.open(str(part)) as container, lab_guest.pictures_of(path).open("wb") as pictures:
        for frame in container.decode(video=0):
            # As television has it, which is what a camera's unnamed range is taken for.
            plain = frame.reformat(format="yuv420p", dst_color_range=ColorRange.MPEG)
            pictures.write(plain.to_ndarray().tobytes())
    part.rename(path)
    return path


def run(machine: str, cases: Sequence[str], work: Path, size: str, more: Sequence[str]) -> None:
    """Boot a guest that carries out the cases. What it says goes to guest.txt; what it left is judged anyway."""
    for case in cases:
        shutil.rmtree(work / case, ignore_errors=True)
        (work / case).mkdir(parents=True)
    film = work / f"film-{size}.mkv"
    if set(cases) & set(lab_guest.CASES):
        make_film(work, size)
    if "checks" in cases:
        lab_checks.make_scene(film)
    limit_s = BOOT_S + sum(CASE_S[case] for case in cases)
    guest = [sys.executable, str(Path(__file__).resolve()), "guest", *cases, "--film", str(film), *more]
    command = [machine, "run", "-t", str(limit_s), "env", f"PYTHONPATH={ROOT}", *SSE_ONLY, *guest]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (work / "guest.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        print(f"exit code {done.returncode} in the guest: {(done.stdout + done.stderr)[-1000:]}", file=sys.stderr)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("act", choices=["run", "judge", "guest"])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--work", type=Path, default=Path("lab"), help="the film and what the cases leave")
    parser.add_argument("--machine", default=os.environ.get("VIG_TEST_MACHINE", ""), help="boots the virtual machine")
    parser.add_argument("--size", default="640x360", help="of the loopback camera; smaller on a busy machine")
    parser.add_argument("--no-sound", action="store_true", help="film without microphone: a fifth of the emulated work")
    parser.add_argument("--model", type=Path, help="the face detector YuNet's file; without it Haar looks")
    parser.add_argument("--film", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    cases, work = options.cases or list(CASES), options.work.resolve()
    if unknown := set(cases) - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    if options.act == "guest":
        chosen = {case: CASES[case] for case in cases}
        lab_guest.run(chosen, options.film, not options.no_sound, options.model)
        return 0
    if options.act == "run":
        if not options.machine:
            parser.error("--machine names the program that boots the virtual machine")
        more = ["--no-sound"] if options.no_sound else []
        more += ["--model", str(options.model.resolve())] if options.model else []
        run(options.machine, cases, work, options.size, more)
    whole = True
    for case in cases:
        found = lab_judge.judge(JUDGES[case], work / case)
        whole = whole and not found["missed"]
        if not options.json and (changes := found.pop("changes", None)):
            print(table(changes))
        print(json.dumps({"case": case, **found}, indent=None if options.json else 2), flush=True)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
