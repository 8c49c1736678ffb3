"""The checkout's own virtual environment, made with nothing but Python and pip.

`.venv` holds the project (editable) and its libraries. A stamp file in it says for which place, Python and
pyproject.toml it was made; whatever differs is done again, and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "vig-capture-installed"
PYTHON_MIN = (3, 11)


def script(name: str) -> str:
    """Path of a program in the environment."""
    return str(SCRIPTS / (name + (".exe" if os.name == "nt" else "")))


def prepare(dev: bool) -> None:
    """Make the environment, or bring it up to date. Ends the process with a plain sentence where that fails.

    `dev` adds what the checks need; an environment that has it keeps it."""
    if sys.version_info < PYTHON_MIN:
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"This is Python {version}; vig-capture needs 3.11 or newer. Start this with a newer python3.")
    place = f"{ROOT} {sys.version}".replace("\n", " ")
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    old_place, old_hash, old_extra = _stamp()
    if old_place != place or not Path(script("python")).exists():
        _create()
        old_hash = old_extra = ""
    extra = "[dev]" if dev or old_extra == "[dev]" else ""
    if (old_hash, old_extra) == (wanted, extra):
        return
    STAMP.unlink(missing_ok=True)
    print("Installing vig-capture and its libraries into .venv …", flush=True)
    if _pip("install", "--quiet", "--disable-pip-version-check", "--editable", f"{ROOT}{extra}") != 0:
        sys.exit("The libraries could not be installed: the lines above say why. Is the network there?")
    STAMP.write_text(f"{place}\n{wanted}\n{extra}\n", encoding="utf-8")


def _stamp() -> tuple[str, str, str]:
    try:
        place, wanted, extra = STAMP.read_text(encoding="utf-8").split("\n")[:3]
    except (OSError, ValueError):
        return "", "", ""
    return place, wanted, extra


def _create() -> None:
    """An empty environment. Where the system's Python comes without ensurepip (Debian), it stays without a pip of its
    own: `_pip` then uses the system's."""
    print("Making the virtual environment .venv (once) …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)], stdout=subprocess.DEVNULL).returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    print("… without a pip of its own, with the system's.", flush=True)
    if subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(VENV)]).returncode != 0:
        sys.exit("Python cannot make a virtual environment here. On Debian or Ubuntu: sudo apt install python3-venv")


def _pip(*args: str) -> int:
    python = script("python")
    has_pip = subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    pip = [python, "-m", "pip"] if has_pip else [sys.executable, "-m", "pip", "--python", python]
    return subprocess.run([*pip, *args]).returncode
