"""What holds for all tests."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(autouse=True, scope="session")
def _hang_ups_are_heard() -> None:
    """Whoever started the tests may ignore hang-ups (nohup does), and what they start would ignore them too."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
