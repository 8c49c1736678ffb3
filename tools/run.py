"""Start vig-capture from a checkout: `python3 tools/run.py [arguments of vig-capture]`.

On a fresh machine this first makes a virtual environment and installs into it. Without arguments it prepares a film
with the demo camera and microphone; without a terminal it films with them at once.
"""

from __future__ import annotations

import os
import subprocess
import sys

import environment


def main() -> int:
    environment.prepare(dev=False)
    act = "prepare" if sys.stdin.isatty() and sys.stdout.isatty() else "record"
    command = [environment.script("vig-capture"), *(sys.argv[1:] or [act, "--demo"])]
    if os.name != "nt":
        # The tool takes this process over: keys and signals reach it as if it had been started by hand.
        os.execv(command[0], command)
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
