"""Who may import whom: by the static graph, and in a fresh interpreter, because each sees what the other cannot."""

from __future__ import annotations

import importlib.util
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vig_capture.core

ROOT = Path(__file__).parents[1]

CORE = sorted(module.name for module in pkgutil.walk_packages(vig_capture.core.__path__, "vig_capture.core."))


def loaded_by(modules: list[str]) -> set[str]:
    """The top-level modules that a fresh interpreter holds after importing these."""
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return {name.split(".")[0] for name in done.stdout.split()}


def test_contracts() -> None:
    """import-linter finds the layers and the other contracts of pyproject.toml kept."""
    beside = Path(sys.executable).parent / "lint-imports"
    program = str(beside) if beside.exists() else shutil.which("lint-imports")
    assert program, "import-linter is not installed: use tools/check.py"
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr


def test_core_loads_no_device_library() -> None:
    """All of core together loads no device, picture, sound or screen library."""
    assert CORE
    assert not loaded_by(CORE) & {"av", "cv2", "sounddevice", "textual", "multiprocessing", "_multiprocessing"}


def test_command_is_thin() -> None:
    """The command, which stays as the parent of recorder and screen, loads neither av nor textual."""
    if importlib.util.find_spec("vig_capture.cli") is None:
        pytest.skip("there is no command yet")
    assert not loaded_by(["vig_capture.cli"]) & {"av", "cv2", "sounddevice", "textual"}


def test_cv2_and_av_never_meet() -> None:
    """The checker loads neither PyAV nor a device or screen library, and nothing of the recorder loads OpenCV."""
    assert "cv2" in loaded_by(["vig_capture.cli.checker_main"])
    assert not loaded_by(["vig_capture.cli.checker_main"]) & {"av", "sounddevice", "textual"}
    assert not loaded_by(["vig_capture.engine.recorder", "vig_capture.cli.assembly"]) & {"cv2", "textual"}


@pytest.mark.parametrize("banned", ["time.time()", "time.monotonic_ns()", "time.perf_counter()"])
def test_clock_is_banned(banned: str) -> None:
    """ruff refuses a clock that is read anywhere but in devices/clock.py, and accepts it there."""
    text = f"import time\n\nNOW = {banned}\n"
    for path, wanted in (("vig_capture/engine/x.py", 1), ("vig_capture/devices/clock.py", 0)):
        command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", path, "-"]
        done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, timeout=30)
        assert done.returncode == wanted, done.stdout + done.stderr
