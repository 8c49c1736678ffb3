"""The commands: the one place that puts the parts together."""

from __future__ import annotations

# First of all imports: `vig-capture mark` marks the moment at which it was called.
from vig_capture.devices.clock import STARTED_MONO_NS


def main() -> None:
    """The entry point `vig-capture`."""
    from vig_capture.cli.secrets import hide_passwords

    hide_passwords()
    from vig_capture.cli.app import run

    run(STARTED_MONO_NS)
