"""Every check of the project: `python3 tools/check.py [arguments of pytest]`.

On a fresh machine this first makes a virtual environment and installs into it. All checks run, whatever the earlier
ones say; the exit code is that of the first that failed. pytest comes last, and nothing is printed after its summary.
"""

from __future__ import annotations

import subprocess
import sys

import environment


def main() -> int:
    environment.prepare(dev=True)
    steps = [
        [environment.script("ruff"), "check", "."],
        [environment.script("ruff"), "format", "--check", "."],
        [environment.script("mypy")],
        [environment.script("lint-imports")],
        [environment.script("python"), "-m", "pytest", *sys.argv[1:]],
    ]
    exit_code = 0
    for step in steps:
        name = "python" if "pytest" in step else step[0]
        shown = " ".join([name.replace("\\", "/").rsplit("/", 1)[-1], *step[1:]])
        print(f"── {shown}", flush=True)
        returned = subprocess.run(step, cwd=environment.ROOT).returncode
        if returned != 0 and "pytest" not in step:
            print(f"── FAILED: {shown}", flush=True)
        exit_code = exit_code or returned
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
