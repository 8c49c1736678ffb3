"""Staying awake and the battery, with made-up tools, and one real child."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from vig_capture.devices.power import Battery, StayAwake, battery, battery_of_pmset, battery_of_windows

EVERYTHING = {"systemd-inhibit", "gnome-session-inhibit", "kde-inhibit", "caffeinate"}


class FakeChild:
    """A child that prints what it is told to, and ends when its pipe is closed or a signal comes."""

    def __init__(self, command: list[str], says: bytes, heeds_pipe: bool = True) -> None:
        self.command = command
        self.stdin = io.BytesIO()
        self.stdout = io.BytesIO(says)
        self.heeds_pipe = heeds_pipe
        self.signalled = False

    def wait(self, timeout: float) -> int:
        if (self.stdin.closed and self.heeds_pipe) or self.signalled:
            return 0
        raise subprocess.TimeoutExpired(self.command, timeout)

    def terminate(self) -> None:
        self.signalled = True

    kill = terminate


class FakeSystem:
    """Starts fake children; those whose command line contains one of `refused` end without holding."""

    def __init__(self, tools: set[str], refused: tuple[str, ...] = ()) -> None:
        self.tools = tools
        self.refused = refused
        self.children: list[FakeChild] = []

    def which(self, name: str) -> str | None:
        return f"/usr/bin/{name}" if name in self.tools else None

    def popen(self, command: list[str], **options: Any) -> FakeChild:
        # Our end of its stdin keeps it alive; Ctrl-C in our terminal must not end it.
        assert options["stdin"] == subprocess.PIPE
        assert options["start_new_session"] is True
        refused = any(word in argument for word in self.refused for argument in command)
        self.children.append(FakeChild(command, b"" if refused else b"held\n", command[0] != "caffeinate"))
        return self.children[-1]

    def awake(self, platform: str, **environ: str) -> StayAwake:
        return StayAwake(platform, self.popen, self.which, environ)


def test_linux_holds_sleep_idle_and_lid_until_released() -> None:
    """One child of systemd-inhibit holds everything, and only its pipe keeps it; releasing twice is fine."""
    system = FakeSystem(EVERYTHING)
    awake = system.awake("linux")
    assert awake.hold() == []
    assert awake.hold() == []
    (child,) = system.children
    assert child.command[0] == "systemd-inhibit"
    assert "--what=sleep:idle:handle-lid-switch" in child.command
    assert not child.stdin.closed
    awake.release()
    awake.release()
    assert child.stdin.closed
    assert not child.signalled
    awake.hold()
    assert len(system.children) == 2


def test_linux_takes_less_where_more_is_refused() -> None:
    """Without the right to the lid switch, sleep is still held off, and nothing is complained of."""
    system = FakeSystem(EVERYTHING, refused=("handle-lid-switch",))
    assert system.awake("linux").hold() == []
    assert "--what=sleep:idle" in system.children[-1].command
    assert system.children[0].stdin.closed


@pytest.mark.parametrize(("tools", "refused"), [(set[str](), ()), (EVERYTHING, ("systemd-inhibit",))])
def test_what_cannot_be_held_is_a_sentence(tools: set[str], refused: tuple[str, ...]) -> None:
    """No systemd-inhibit, or one that refuses, is one plain sentence that says what to do."""
    sentences = FakeSystem(tools, refused).awake("linux").hold()
    assert len(sentences) == 1
    assert "may go to sleep" in sentences[0]
    assert "settings" in sentences[0]


def test_a_desktop_is_asked_too() -> None:
    """With a display the desktop's own inhibitor is tried, the second where the first refuses; none is a sentence."""
    system = FakeSystem(EVERYTHING, refused=("gnome-session-inhibit",))
    assert system.awake("linux", WAYLAND_DISPLAY="wayland-0").hold() == []
    assert [child.command[0] for child in system.children] == [
        "systemd-inhibit",
        "gnome-session-inhibit",
        "kde-inhibit",
    ]
    assert "may go dark" in FakeSystem({"systemd-inhibit"}).awake("linux", DISPLAY=":0").hold()[0]


def test_macos_is_held_by_caffeinate_for_this_process() -> None:
    """caffeinate is told whose life to watch, and is ended by a signal since it reads no pipe."""
    system = FakeSystem(EVERYTHING)
    with system.awake("darwin"):
        (child,) = system.children
        assert child.command[:3] == ["caffeinate", "-dims", "-w"]
        assert not child.signalled
    assert child.signalled
    assert "caffeinate is missing" in FakeSystem(set()).awake("darwin").hold()[0]


def test_windows_state_is_kept_and_cleared_by_one_living_thread() -> None:
    """The state is set and cleared on the same thread, which lives in between; a refusal is a sentence."""
    calls: list[tuple[int, threading.Thread]] = []
    cleared = threading.Event()

    def set_state(flags: int) -> int:
        calls.append((flags, threading.current_thread()))
        if len(calls) == 2:
            cleared.set()
        return 1

    awake = StayAwake("win32", set_execution_state=set_state)
    assert awake.hold() == []
    assert calls[0][0] == 0x80000003
    assert calls[0][1].is_alive()
    awake.release()
    assert cleared.wait(5)
    assert calls[1] == (0x80000000, calls[0][1])
    assert "may go to sleep" in StayAwake("win32", set_execution_state=lambda _flags: 0).hold()[0]


def test_a_tool_that_cannot_be_started_is_a_sentence() -> None:
    """A tool that vanished between looking and starting raises nothing."""

    def fail(*_arguments: object, **_options: object) -> None:
        raise FileNotFoundError

    for platform in ("linux", "darwin"):
        assert len(StayAwake(platform, fail, lambda name: name, {}).hold()) == 1


DIES = """
import os, sys
from vig_capture.devices.power import StayAwake
awake = StayAwake("linux", environ={})
print(awake.hold(), awake._children[0].pid, flush=True)
sys.stdin.readline()
os._exit(9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs sh")
def test_a_real_child_dies_with_its_parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the recorder dies without a word, the holding child sees its pipe close and ends: nothing stays awake."""
    tool = tmp_path / "systemd-inhibit"
    # `exec` the child that would be held for, as the real tool runs it; the mark says that it has ended.
    tool.write_text('#!/bin/sh\nwhile [ "$1" != sh ]; do shift; done\n"$@"\necho over > "$0.over"\n')
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    parent = subprocess.Popen([sys.executable, "-c", DIES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith("[] ")
    assert not (tmp_path / "systemd-inhibit.over").exists()
    parent.communicate("\n", timeout=10)
    gone = threading.Event()
    for _ in range(200):
        if (tmp_path / "systemd-inhibit.over").exists():
            break
        gone.wait(0.02)
    assert (tmp_path / "systemd-inhibit.over").exists()


def supply(root: Path, name: str, **files: str) -> None:
    (root / name).mkdir(parents=True)
    for file, text in files.items():
        (root / name / file).write_text(text + "\n")


def test_linux_battery_is_the_computers_own(tmp_path: Path) -> None:
    """Two batteries are averaged, a mouse's is not counted, the mains come from their own entry."""
    supply(tmp_path, "BAT0", type="Battery", capacity="80", status="Not charging")
    supply(tmp_path, "BAT1", type="Battery", capacity="40", status="Discharging")
    supply(tmp_path, "mouse", type="Battery", capacity="3", status="Discharging", scope="Device")
    supply(tmp_path, "AC", type="Mains", online="0")
    assert battery("linux", tmp_path) == Battery(60, False)
    (tmp_path / "AC" / "online").write_text("1\n")
    assert battery("linux", tmp_path) == Battery(60, True)


def test_linux_battery_without_a_mains_entry(tmp_path: Path) -> None:
    """Where only the battery is listed, its own status says whether the mains feed it."""
    supply(tmp_path, "BAT0", type="Battery", capacity="55", status="Discharging")
    assert battery("linux", tmp_path) == Battery(55, False)
    (tmp_path / "BAT0" / "status").write_text("Full\n")
    assert battery("linux", tmp_path) == Battery(55, True)


def test_no_battery_is_none(tmp_path: Path) -> None:
    """A desktop computer, an unreadable entry and a missing /sys are None, not an error."""
    assert battery("linux", tmp_path / "gone") is None
    supply(tmp_path, "AC", type="Mains", online="1")
    supply(tmp_path, "BAT0", type="Battery", capacity="?")
    assert battery("linux", tmp_path) is None


def test_macos_battery() -> None:
    """pmset's own words are read, with and without a battery."""
    text = "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=123)\t85%; discharging; 3:12 remaining\n"
    assert battery_of_pmset(text) == Battery(85, False)
    assert battery_of_pmset(text.replace("Battery Power", "AC Power")) == Battery(85, True)
    assert battery_of_pmset("Now drawing from 'AC Power'\n") is None
    assert battery_of_pmset("") is None


def test_windows_battery() -> None:
    """The struct's percent and line are read; no battery and unknown are None."""
    assert battery_of_windows(bytes([0, 1, 77]) + bytes(9)) == Battery(77, False)
    assert battery_of_windows(bytes([1, 8, 100]) + bytes(9)) == Battery(100, True)
    assert battery_of_windows(bytes([1, 128, 255]) + bytes(9)) is None
    assert battery_of_windows(bytes([0, 255, 50]) + bytes(9)) is None
