"""The screen process's own main."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vig_capture.cli.around import HostAround
from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.link import ReconnectingLink
from vig_capture.tui.app import SESSIONS, run


def main() -> int:
    """Show what the command asks for. Returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True, help="the folder that holds the sessions")
    parser.add_argument("--after", type=Path, help="begin with the moments of this session")
    parser.add_argument("--sessions", action="store_true", help="begin with the earlier sessions")
    asked = parser.parse_args()
    begin_with = asked.after or (SESSIONS if asked.sessions else "")
    return run(ReconnectingLink(runtime_folder()), HostAround(asked.out), begin_with)


if __name__ == "__main__":
    sys.exit(main())
