"""The checker process: it answers, it may be killed or stopped, it never outlives its recorder, and it has no PyAV."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest

from vig_capture.cli.checker import CheckerProcess
from vig_capture.cli.checker_main import NICE
from vig_capture.core.findings import Verdict
from vig_capture.devices.clock import mono_ns
from vig_capture.engine.checking import CheckStage
from vig_capture.engine.looking import Newest
from vig_capture.engine.senses import Ears, Eyes
from vig_capture.media.files import PyavMedia

RGB = np.zeros((360, 640, 3), np.uint8).tobytes()
SETTINGS = {"faces_expected": 2, "rate_wanted": 30.0, "mains_hz": 50}


class HostMono:
    """The port Clock, as far as it is needed."""

    mono_ns = staticmethod(mono_ns)

    def utc_ns(self) -> int:
        return 0

    def boot_id(self) -> str:
        return ""


def message(number: int, luma: bytes | None = None) -> dict[str, Any]:
    now_ns = mono_ns()
    picture = {"mono_ns": now_ns, "width": 640, "height": 360, "rgb": RGB, "full_width": 3840, "full_height": 2160}
    return {
        "id": number,
        "mono_ns": now_ns,
        "settings": SETTINGS,
        "camera": True,
        "picture": picture | {"luma": luma},
        "rate": None,
        "rare": False,
        "rows": None,
        "mic": True,
        "sound": [{"rate": 8000, "samples": bytes(16000), "gap": False}],
    }


def said(checker: CheckerProcess, seconds: float = 20) -> Mapping[str, Any] | None:
    until_ns = mono_ns() + int(seconds * 1e9)
    while (told := checker.poll()) is None and checker.alive() and mono_ns() < until_ns:
        time.sleep(0.01)
    return told


def wait_for(done: Callable[[], bool], seconds: float) -> bool:
    until_ns = mono_ns() + int(seconds * 1e9)
    while not done() and mono_ns() < until_ns:
        time.sleep(0.02)
    return done()


def pid_of(checker: CheckerProcess) -> int:
    assert checker._run is not None
    return checker._run._process.pid


@pytest.fixture
def checker() -> Iterator[CheckerProcess]:
    made = CheckerProcess()
    made.start()
    yield made
    made.stop()


def test_it_answers(checker: CheckerProcess) -> None:
    """It says that it is ready, answers each message once, with findings that can be read, and comes after others."""
    assert said(checker) == {"ready": True}
    if hasattr(os, "getpriority"):
        mine = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, pid_of(checker)) == min(mine + NICE, 19)
        assert os.getsid(pid_of(checker)) != os.getsid(0), "by sessions Linux shares the processors"
    for number in (1, 2):
        checker.offer(message(number, bytes(3840 * 2160)))
        told = said(checker)
        assert told is not None
        assert told["id"] == number
        checks = [each["check"] for each in told["findings"]]
        assert {"picture", "sound", "faces", "camera", "snr"} <= set(checks)
    assert checker.poll() is None


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no such signal here")
def test_killed_or_stopped_it_never_keeps_anybody(checker: CheckerProcess) -> None:
    """A process that is stopped in the middle of a message holds up nobody and is killed; one that is killed is known
    to be gone."""
    assert said(checker) == {"ready": True}
    os.kill(pid_of(checker), signal.SIGSTOP)
    began_ns = mono_ns()
    for number in range(3):
        checker.offer(message(number, bytes(3840 * 2160)))
    assert checker.poll() is None
    checker.start()
    assert mono_ns() - began_ns < 1e9
    assert said(checker) == {"ready": True}
    os.kill(pid_of(checker), signal.SIGKILL)
    assert wait_for(lambda: not checker.alive(), 5)
    checker.offer(message(1))
    checker.stop()
    assert not checker.alive()


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no such signal here")
def test_a_stopped_checker_is_unknown_within_three_seconds_and_started_again(checker: CheckerProcess) -> None:
    """With the real stage and a real process: SIGSTOP, nothing is known within 3 s, and a new one finds again."""
    ears = Ears()
    stage = CheckStage(
        checker, HostMono(), Eyes(Newest(), PyavMedia()), ears, None, lambda: "recording", lambda: 0, lambda: SETTINGS
    )

    def step() -> set[Verdict]:
        stage.step()
        return {finding.verdict for finding in stage.found.at(mono_ns()).findings}

    assert wait_for(lambda: bool(step()), 20)
    first = pid_of(checker)
    os.kill(first, signal.SIGSTOP)
    stopped_ns = mono_ns()
    assert wait_for(lambda: step() == {Verdict.UNKNOWN} and stage.found.findings[0].code == "checker-silent", 3)
    assert mono_ns() - stopped_ns < 3e9
    assert wait_for(lambda: bool(step()) and stage.found.findings[0].code != "checker-silent", 20)
    assert pid_of(checker) != first
    stage.close()
    assert not checker.alive()


def test_it_ends_with_its_input() -> None:
    """When nobody is there any more to ask it, it leaves by itself, and says nothing else on its output."""
    command = [sys.executable, "-m", "vig_capture.cli.checker_main", ""]
    done = subprocess.run(command, input=msgpack.packb(message(5)), capture_output=True, timeout=40)
    assert done.returncode == 0
    told = list(msgpack.Unpacker(io.BytesIO(done.stdout)))
    assert [each.get("id") for each in told] == [None, 5]


def plug_in(folder: Path, points: str, code: str) -> str:
    """A package of checks in a folder; returns the search path that has it installed."""
    info = folder / "odd-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[vig_capture.checks]\n{points}")
    (folder / "odd.py").write_text(f"from vig_capture.core.findings import Finding, Verdict\nimport os, time\n{code}")
    return os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", ""), str(Path(__file__).parents[2])])


def test_a_plug_in_that_prints_spoils_nothing(tmp_path: Path) -> None:
    """A plug-in check is found by its entry point, run, and muted where it fails; what it prints is no answer."""
    path = plug_in(
        tmp_path,
        "noisy = odd:check\nbroken = odd:broken\nabsent = nowhere:check\n",
        "def check(view, settings):\n"
        "    print('hello'); os.write(1, b'again')\n"
        "    return [Finding('noise', Verdict.GOOD, 'fine', float(view.picture.width))]\n"
        "def broken(view, settings):\n"
        "    raise SystemError('strange')\n",
    )
    asked = b"".join(msgpack.packb(message(number)) for number in range(1, 5))
    command = [sys.executable, "-m", "vig_capture.cli.checker_main", ""]
    env = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(command, input=asked, capture_output=True, timeout=40, env=env)
    last = list(msgpack.Unpacker(io.BytesIO(done.stdout)))[-1]
    codes = {each["check"]: (each["code"], each["value"]) for each in last["findings"]}
    assert codes["noise"] == ("fine", 3840.0)
    assert codes["broken"] == codes["absent"] == ("check-muted", None)
    assert b"hello" in done.stderr
    assert b"strange" in done.stderr


def test_a_plug_in_that_hangs_is_muted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plug-in that never comes back costs three processes; the fourth goes on without it, and says so."""
    path = plug_in(tmp_path, "endless = odd:check\n", "def check(view, settings):\n    time.sleep(1000)\n")
    monkeypatch.setenv("PYTHONPATH", path)
    checker = CheckerProcess()
    for _ in range(3):
        checker.start()
        assert said(checker) == {"ready": True}
        checker.offer(message(1))
        assert wait_for(lambda: checker._run is not None and checker._run.at == "endless", 10)
    checker.start()
    assert said(checker) == {"ready": True}
    checker.offer(message(2))
    told = said(checker)
    checker.stop()
    assert told is not None
    assert {each["check"]: each["code"] for each in told["findings"]}["endless"] == "check-muted"
