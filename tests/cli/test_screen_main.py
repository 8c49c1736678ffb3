"""The screen process ends though a thread of it hangs, and not before what is being written is written."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys, threading
from vig_capture.cli import screen_main
from vig_capture.core.time import SECOND_NS
screen_main.LEAVE_NS = round(float(sys.argv[1]) * SECOND_NS)
hangs = threading.Event()
def work():
    hangs.wait(float(sys.argv[2]))
    print("written", flush=True)
threading.Thread(target=work).start()
screen_main.leave(3)
"""


def leave(leave_s: float, work_s: float) -> tuple[int, str]:
    command = [sys.executable, "-c", PROGRAM, str(leave_s), str(work_s)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50)
    return done.returncode, done.stdout


def test_what_is_being_written_is_waited_for() -> None:
    """Its exit code is the screen's."""
    assert leave(40, 0.2) == (3, "written\n")


def test_what_hangs_is_not_waited_for() -> None:
    """A thread that would go on for minutes is left behind."""
    assert leave(0.1, 1000) == (3, "")
