"""What the commands' tests share."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminals import running


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder with a path that is short enough for a socket in it; a recorder that is left over is ended."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        (path / "run").mkdir(mode=0o700)
        try:
            yield path
        finally:
            with contextlib.suppress(OSError, ValueError):
                os.kill(running(path)["pid"], signal.SIGKILL)
