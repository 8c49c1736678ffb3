"""The screen process's own main."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from threading import current_thread
from threading import enumerate as all_threads

from vig_capture.cli.around import HostAround
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.link import ReconnectingLink
from vig_capture.tui.app import SESSIONS, run

LEAVE_NS = 5 * SECOND_NS


def main() -> int:
    """Show what the command asks for. Returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True, help="the folder that holds the sessions")
    parser.add_argument("--after", type=Path, help="begin with the moments of this session")
    parser.add_argument("--sessions", action="store_true", help="begin with the earlier sessions")
    asked = parser.parse_args()
    begin_with = asked.after or (SESSIONS if asked.sessions else "")
    return run(ReconnectingLink(runtime_folder()), HostAround(asked.out), begin_with)


def leave(code: int) -> None:
    """End the process when what is being written is written; a disk that hangs is waited for LEAVE_NS only."""
    end_ns = mono_ns() + LEAVE_NS
    for thread in all_threads():
        if thread is not current_thread() and not thread.daemon:
            thread.join(max(end_ns - mono_ns(), 0) / SECOND_NS)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main())
