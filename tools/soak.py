"""A long recording: does memory grow, do files stay open? Counts segment cuts rather than hours.

python tools/soak.py --cuts 1000          the bar: at most 10 MB more over 1,000 cuts, open files constant
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SETTLE_CUTS = 30
"""The first cuts fill caches and pools; growth is counted from here."""
GROWTH_MB_MAX = 10.0


def recorder_pid(runtime: Path) -> int:
    """Pid of the running recorder, or 0."""
    try:
        return int(json.loads((runtime / "vig-capture" / "run.json").read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return 0


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def open_files(pid: int) -> int:
    """Open descriptors of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--segment-seconds", type=float, default=1.0)
    parser.add_argument("--size", default="320x180")
    arguments = parser.parse_args()
    samples: list[tuple[int, float, int]] = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        os.environ["XDG_RUNTIME_DIR"] = name
        seconds = (arguments.cuts + 2) * arguments.segment_seconds
        command = [sys.executable, "-m", "vig_capture", "record", "--demo", "--no-tui", "--size", arguments.size]
        command += [
            "--segment-seconds",
            str(arguments.segment_seconds),
            "--for",
            str(seconds),
            "--out",
            str(root / "out"),
        ]
        recording = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while recording.poll() is None:
            time.sleep(2.0)
            pid = recorder_pid(root)
            cuts = len(list(root.glob("out/*/film/*.mp4")))
            if pid and cuts >= SETTLE_CUTS:
                try:
                    samples.append((cuts, resident_mb(pid), open_files(pid)))
                except OSError:
                    continue
    if len(samples) < 3:
        print("too short to say anything")
        return 1
    # The last look may fall into the closing of the session.
    samples = samples[:-1]
    (first, first_mb, _), (last, last_mb, _) = samples[0], samples[-1]
    growth_mb = last_mb - first_mb
    files = sorted({count for _, _, count in samples})
    print(f"cuts {first} to {last}: {first_mb:.1f} to {last_mb:.1f} MB ({growth_mb:+.1f} MB)")
    print(f"highest {max(mb for _, mb, _ in samples):.1f} MB; open files {files[0]} to {files[-1]}")
    return 0 if growth_mb <= GROWTH_MB_MAX * (last - first) / 1000 and recording.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
