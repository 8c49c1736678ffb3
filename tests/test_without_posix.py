"""The package and its screen where termios, fcntl, resource and SIGKILL do not exist, as on Windows.

A process of its own takes them away and calls itself win32, once Python's and others' modules are there: those know
their system already.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WINDOWS = """
import asyncio, importlib, multiprocessing.connection, os, pkgutil, signal, socket, subprocess, sys, tempfile
import av, hypothesis, msgpack, msgspec, numpy, platformdirs, pytest, rich.console, textual.app, textual.pilot, typer
import textual.drivers.headless_driver, textual.widgets

ABSENT = ("termios", "fcntl", "resource", "tty", "pty")
for name in ABSENT:
    sys.modules[name] = None
for name in ("SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGWINCH", "SIGTSTP", "SIGCONT", "SIGPIPE"):
    delattr(signal, name)
for name in ("fork", "geteuid", "getuid", "killpg", "mkfifo", "setsid", "openpty", "statvfs", "getpgid", "O_NONBLOCK"):
    delattr(os, name)
sys.platform = "win32"
import vig_capture
"""
MSVCRT = """
class Msvcrt:
    LK_NBLCK, LK_UNLCK, holders = 2, 0, {}

    def locking(fd, mode, _size):
        file = (os.fstat(fd).st_dev, os.fstat(fd).st_ino)
        if mode == Msvcrt.LK_UNLCK:
            Msvcrt.holders.pop(file)
        elif Msvcrt.holders.setdefault(file, fd) != fd:
            raise PermissionError("held")

sys.modules["msvcrt"] = Msvcrt
"""
"""Windows' own locks, which the list of moments needs: kept by file, and denied to every other descriptor."""
IMPORTS = """
for module in pkgutil.walk_packages(vig_capture.__path__, "vig_capture."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
assert not [name for name in ABSENT if sys.modules.get(name)]
"""
TESTS = """
sys.exit(pytest.main(["-q", "--assert=plain", "--capture=no", "-p", "no:cacheprovider", "tests/tui"]))
"""


def on_windows(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that has nothing of POSIX."""
    driver = {"TEXTUAL_DRIVER": "textual.drivers.headless_driver:HeadlessDriver", "USERNAME": "guider"}
    command = [sys.executable, "-c", WINDOWS + code]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **driver}, capture_output=True, text=True)


def test_every_module_can_be_imported() -> None:
    """None needs at its import what only POSIX has."""
    done = on_windows(IMPORTS)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_screens_tests_pass() -> None:
    """Every one of them, in that process."""
    done = on_windows(MSVCRT + TESTS)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert " passed" in done.stdout
