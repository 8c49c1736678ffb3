"""The password of a camera's address is nowhere to be read."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import bad_input
import pytest

from vig_capture.cli import secrets
from vig_capture.cli.app import carry_out
from vig_capture.cli.assembly import plan
from vig_capture.cli.request import Request
from vig_capture.core.config import Settings
from vig_capture.devices.settings_files import config_folder

PASSWORD = "s3cr3t-w0rd"
ADDRESSES = [f"rtsp://user:{PASSWORD}@127.0.0.1:1/x", f"http://user:{PASSWORD}@127.0.0.1:1/x?pwd={PASSWORD}"]
linux = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at processes in /proc")


@pytest.fixture
def values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Runtime, data and settings folders of its own."""
    found = bad_input.environment(tmp_path)
    for name in found:
        if name.startswith("XDG_"):
            monkeypatch.setenv(name, found[name])
    return found


def descendants(parent: int) -> set[int]:
    """A process and all below it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1])
    found = {parent}
    while more := {pid for pid, above in parents.items() if above in found} - found:
        found |= more
    return found


def seen_of(pids: set[int]) -> dict[int, bytes]:
    """What any user (arguments) and this user (environment) may read of processes."""
    found = {}
    for pid in pids:
        try:
            folder = Path(f"/proc/{pid}")
            found[pid] = (folder / "cmdline").read_bytes() + b"\0" + (folder / "environ").read_bytes()
        except OSError:
            continue
    return found


@pytest.fixture(params=ADDRESSES, ids=["rtsp", "http"])
def filmed(request: pytest.FixtureRequest, values: dict[str, str], tmp_path: Path) -> Iterator[tuple[int, list[str]]]:
    """The pid of a command that films sound beside a camera that refuses, and what it has said so far."""
    arguments = ["record", "--no-tui", "--camera", request.param, "--mic", "demo", "--out", str(tmp_path / "films")]
    front = subprocess.Popen(
        [sys.executable, "-m", "vig_capture", *arguments],
        env=values,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said: list[str] = []
    recording = threading.Event()

    def read() -> None:
        assert front.stdout is not None
        for line in front.stdout:
            said.append(line)
            if "recording" in line:
                recording.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert recording.wait(40), said
    yield front.pid, said
    front.send_signal(signal.SIGTERM)
    front.wait(20)
    thread.join(5)
    assert front.stdout is not None
    front.stdout.close()
    assert PASSWORD not in "".join(said)
    for folder in (tmp_path / "films").iterdir():
        shown = bad_input.run(values, "show", str(folder))[1] + bad_input.run(values, "show", str(folder), "--json")[1]
        assert "127.0.0.1:1/x" in shown
        assert PASSWORD not in shown
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert PASSWORD.encode() not in path.read_bytes(), path


@linux
def test_a_running_film_shows_no_password(filmed: tuple[int, list[str]], values: dict[str, str]) -> None:
    """Neither processes (arguments, environment) nor status, lines, show, journal, run.json or log hold it."""
    pid, said = filmed
    found = seen_of(descendants(pid))
    assert len(found) >= 2, "the command and its recorder"
    assert any(b"hidden-1@" in data for data in found.values())
    assert not [pid for pid, data in found.items() if PASSWORD.encode() in data]
    status = bad_input.run(values, "status")[1] + bad_input.run(values, "status", "--json")[1]
    assert "127.0.0.1:1/x" in status
    assert PASSWORD not in status
    assert any("refused" in line for line in said)


@pytest.mark.parametrize(
    "arguments",
    [
        ["record", "--no-tui", "--camera", f"rtsp://user:{PASSWORD}@127.0.0.1:port/x"],
        ["record", "--no-tui", "--camera", f"rtsp://user:{PASSWORD}/slash@127.0.0.1/x"],
        ["record", "--no-tui", "--camera", f"ftp://user:{PASSWORD}@127.0.0.1/x"],
        ["record", "--no-tui", "--mic", ADDRESSES[0]],
        ["record", "--size", ADDRESSES[0], "--demo"],
        ["record", f"--camer={ADDRESSES[0]}"],
        ["doctor", "--clap", "--camera", ADDRESSES[0]],
        [ADDRESSES[1]],
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_no_error_shows_a_password(
    arguments: list[str], values: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """No error text repeats the password, whatever is wrong with the command line, even where it was not hidden."""
    assert carry_out(arguments) == 2
    said = capsys.readouterr()
    assert said.err.strip()
    assert PASSWORD not in said.out + said.err


@pytest.mark.parametrize("arguments", [["record", "--no-tui", "--camera", ADDRESSES[0]], ["show", ADDRESSES[1]]])
def test_no_process_shows_a_password(arguments: list[str], values: dict[str, str]) -> None:
    """The same of a real process: a camera that refuses, and an address where a folder should be."""
    code, said = bad_input.run(values, *arguments)
    assert code in (1, 2)
    assert said.strip()
    assert PASSWORD not in said


def test_settings_file_reaches_the_journal_without_it(values: dict[str, str], tmp_path: Path) -> None:
    """A camera named in settings.toml is kept in the journal's settings without its password, and opened with it."""
    config_folder().mkdir(parents=True)
    (config_folder() / "settings.toml").write_text(f'camera = "{ADDRESSES[0]}"\n')
    made, _ = plan(Request((ADDRESSES[0],), ("none",), str(tmp_path / "films")))
    assert made.settings["camera"] == "rtsp://127.0.0.1:1/x"
    assert PASSWORD not in repr(made)
    assert set(made.settings) == set(Settings.__struct_fields__)


def test_hidden_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command starts itself anew with marks for its secrets, and turns them back where the address is used."""
    started: list[list[str]] = []

    def start(_: str, arguments: list[str]) -> None:
        started.append(arguments)
        raise SystemExit

    monkeypatch.setattr(os, "execv", start)
    monkeypatch.setattr(sys, "argv", ["vig-capture", "record", "--camera", ADDRESSES[1], "--out", "a@b"])
    monkeypatch.setattr(secrets, "_secrets", {})
    monkeypatch.delenv(secrets.PIPE_VARIABLE, raising=False)
    with pytest.raises(SystemExit):
        secrets.hide_passwords()
    (arguments,) = started
    assert PASSWORD not in " ".join(arguments)
    assert arguments[-1] == "a@b"
    secrets.hide_passwords()
    shown = next(argument for argument in arguments if "127.0.0.1" in argument)
    assert re.search(r"hidden-\d+@", shown)
    assert secrets.with_passwords(shown) == ADDRESSES[1]
