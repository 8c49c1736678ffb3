"""The screen process's own main."""

from __future__ import annotations

import sys

from vig_capture.devices.settings_files import runtime_folder
from vig_capture.engine.link import ReconnectingLink
from vig_capture.tui.app import run

if __name__ == "__main__":
    sys.exit(run(ReconnectingLink(runtime_folder())))
