"""Film the kernel's own test cameras and its loopback microphone in the device lab, let them fail, and judge the films.

    python tools/lab_runs.py run [film vivid feeder faulty stop microphone] [--work FOLDER] [--json]
    python tools/lab_runs.py judge CASE … --work FOLDER      (again, over what a run has left)

Needs `devicelab` on the PATH, set up. Each case boots a guest (software emulation: about three minutes each), where
tools/lab_guest.py films; then the film is decoded here.

film        numbered frames and a sine through /dev/video0 and ALSA over 24 cuts
vivid       a camera unplugged and, 7 s later, back under its name
feeder      a camera that hangs for 7 s
faulty      damaged and dropped buffers
stop        stop while camera and microphone hang
microphone  the microphone's source goes away and comes back

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

import lab_guest
import lab_judge
from harness import ROOT

FILM_S = 180
LIMIT_S = 150
"""Boot, imports and copying in software emulation, beside the case's own time."""
CASE_S = {"film": 84, "vivid": 50, "feeder": 60, "faulty": 60, "stop": 90, "microphone": 60}


def make_film(path: Path) -> None:
    """The numbered film with a sine, unless it is there."""
    if path.exists():
        return
    part = path.with_suffix(".part.mkv")
    feed = [sys.executable, str(ROOT / "tools" / "feed.py"), "--make", str(part), "--seconds", str(FILM_S)]
    more = ["--rate", str(lab_guest.RATE), "--size", "640x360", "--sound", "sine"]
    subprocess.run([*feed, *more], env=_environment(), check=True)
    part.rename(path)


def run_case(case: str, work: Path) -> Path:
    """Boot a guest for one case; what it left. Raises RuntimeError."""
    result = work / case
    shutil.rmtree(result, ignore_errors=True)
    result.mkdir(parents=True)
    film = work / "film.mkv"
    make_film(film)
    guest = [sys.executable, str(Path(__file__).resolve()), "guest", case, "--work", str(work)]
    command = ["devicelab", "run", "-t", str(LIMIT_S + CASE_S[case]), "env", f"PYTHONPATH={ROOT}", *guest]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (result / "guest.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"{case}: exit code {done.returncode} in the guest: {(done.stdout + done.stderr)[-2000:]}")
    return result


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("act", choices=["run", "judge", "guest"])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(lab_guest.CASES))
    parser.add_argument("--work", type=Path, default=Path("lab"), help="the film and what the cases leave")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    cases, work = options.cases or list(lab_guest.CASES), options.work.resolve()
    if unknown := set(cases) - set(lab_guest.CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    if options.act == "guest":
        for case in cases:
            lab_guest.run(case, work / "film.mkv", work / case)
        return 0
    whole = True
    for case in cases:
        result = run_case(case, work) if options.act == "run" else work / case
        found = lab_judge.judge(case, result)
        whole = whole and not found["missed"]
        print(json.dumps({"case": case, **found}, indent=None if options.json else 2), flush=True)
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
