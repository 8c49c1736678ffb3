"""Keep the computer awake while recording, and say how its battery stands.

Sleep, display-off and the idle lock are held off through the system's own tools, by means that end with this process
however it ends: on Linux a child of systemd-inhibit (and of the desktop's own inhibitor) that reads a pipe from us, on
macOS `caffeinate -w`, on Windows a state that belongs to a thread. A tool that is absent or refuses costs a sentence,
never a film.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_ANSWER_S_MAX = 3.0
_RELEASE_S_MAX = 0.5
_TOOL_S_MAX = 3.0
_WHY = "Filming a session"
# The child says that it holds, then lives until our end of its pipe is closed: by us, or by the system when we die.
_HOLDING = ("sh", "-c", "echo held; exec cat")
_MAY_SLEEP = "The computer may go to sleep by itself while filming: {why} Switch sleep off in its settings."
_MAY_LOCK = "The screen may go dark or lock by itself while filming. The film goes on; switch this off in the settings."

# winbase.h
_ES_CONTINUOUS = 0x80000000
_ES_SYSTEM_REQUIRED = 0x00000001
_ES_DISPLAY_REQUIRED = 0x00000002

_POWER_SUPPLY = Path("/sys/class/power_supply")


class StayAwake:
    """Holds the computer awake from `hold` to `release`, or while a `with` lasts. Use from one thread at a time."""

    def __init__(
        self,
        platform: str = sys.platform,
        popen: Callable[..., Any] = subprocess.Popen,
        which: Callable[[str], str | None] = shutil.which,
        environ: Mapping[str, str] = os.environ,
        set_execution_state: Callable[[int], int] | None = None,
    ) -> None:
        self._platform = platform
        self._popen = popen
        self._which = which
        self._environ = environ
        self._set_execution_state = set_execution_state or _windows_execution_state
        self._children: list[Any] = []
        self._let_go: threading.Event | None = None
        self._unheld: list[str] | None = None

    def hold(self) -> list[str]:
        """Keep awake. Returns plain sentences about what could not be held off; never raises.

        Waits for the system's answer, usually some milliseconds, at most a few seconds where it does not answer."""
        if self._unheld is None:
            if self._platform == "win32":
                self._unheld = self._hold_windows()
            elif self._platform == "darwin":
                self._unheld = self._hold_macos()
            else:
                self._unheld = self._hold_linux()
        return list(self._unheld)

    def release(self) -> None:
        """Let the computer sleep again; safe to call twice."""
        children, self._children = self._children, []
        for child in children:
            _end(child)
        if self._let_go is not None:
            self._let_go.set()
            self._let_go = None
        self._unheld = None

    def __enter__(self) -> StayAwake:
        self.hold()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _hold_linux(self) -> list[str]:
        sentences = []
        inhibit = ("systemd-inhibit", "--who=vig-capture", f"--why={_WHY}", "--mode=block")
        if not self._which(inhibit[0]):
            sentences.append(_MAY_SLEEP.format(why="systemd-inhibit is not installed."))
        elif not any(
            # The lid switch is often kept from users who are not at the machine: sleep alone is better than nothing.
            self._child((*inhibit, f"--what={what}", *_HOLDING))
            for what in ("sleep:idle:handle-lid-switch", "sleep:idle", "idle")
        ):
            sentences.append(_MAY_SLEEP.format(why="the system refused to be kept awake."))
        desktop = "DISPLAY" in self._environ or "WAYLAND_DISPLAY" in self._environ
        if desktop and not self._hold_desktop():
            sentences.append(_MAY_LOCK)
        return sentences

    def _hold_desktop(self) -> bool:
        """The session's own inhibitors: logind's `idle` does not reach every desktop's screen saver."""
        tools = (
            ("gnome-session-inhibit", "--app-id", "vig-capture", "--reason", _WHY, "--inhibit", "idle:suspend"),
            ("kde-inhibit", "--power", "--screenSaver"),
        )
        return any(self._which(tool[0]) and self._child((*tool, *_HOLDING)) for tool in tools)

    def _hold_macos(self) -> list[str]:
        if not self._which("caffeinate"):
            return [_MAY_SLEEP.format(why="caffeinate is missing.")]
        try:
            child = self._start(("caffeinate", "-dims", "-w", str(os.getpid())), stdout=subprocess.DEVNULL)
        except OSError:
            return [_MAY_SLEEP.format(why="caffeinate could not be started.")]
        self._children.append(child)
        return []

    def _hold_windows(self) -> list[str]:
        """The state ends with its thread, so a thread of its own keeps it."""
        let_go, answered = threading.Event(), threading.Event()
        result: list[int] = []

        def keep() -> None:
            result.append(self._set_execution_state(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED | _ES_DISPLAY_REQUIRED))
            answered.set()
            let_go.wait()
            self._set_execution_state(_ES_CONTINUOUS)

        threading.Thread(target=keep, name="stay-awake", daemon=True).start()
        self._let_go = let_go
        if answered.wait(_ANSWER_S_MAX) and result[0]:
            return []
        return [_MAY_SLEEP.format(why="Windows refused to be kept awake.")]

    def _child(self, command: Sequence[str]) -> bool:
        """Start a holding child; True when it says that it holds."""
        try:
            child = self._start(command, stdout=subprocess.PIPE)
        except OSError:
            return False
        if _first_line(child.stdout) == b"held\n":
            self._children.append(child)
            return True
        _end(child)
        return False

    def _start(self, command: Sequence[str], stdout: int) -> Any:
        return self._popen(
            list(command),
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.DEVNULL,
            # A session of its own: Ctrl-C in the terminal is meant for the film, not for this.
            start_new_session=True,
        )


def _first_line(stream: IO[bytes]) -> bytes:
    """The first line that a child prints; b"" when it ends without one or stays silent."""
    lines: list[bytes] = []

    def read() -> None:
        # ValueError: we stopped waiting and closed it.
        with suppress(OSError, ValueError):
            lines.append(stream.readline())

    reader = threading.Thread(target=read, name="inhibitor", daemon=True)
    reader.start()
    reader.join(_ANSWER_S_MAX)
    return lines[0] if lines else b""


def _end(child: Any) -> None:
    """End a child of ours by closing its pipe, and if need be by a signal; never raises, never waits long."""
    with suppress(OSError):
        child.stdin.close()
    # caffeinate watches our process, not its pipe: there only the signal helps.
    for end in (child.terminate, child.kill):
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=_RELEASE_S_MAX)
            break
        with suppress(OSError):
            end()
    if child.stdout is not None:
        child.stdout.close()


def _windows_execution_state(flags: int) -> int:
    if sys.platform != "win32":
        return 0
    import ctypes

    return int(ctypes.windll.kernel32.SetThreadExecutionState(ctypes.c_uint32(flags)))


@dataclass(frozen=True, slots=True)
class Battery:
    """How full the battery is, in percent, and whether the mains feed the computer."""

    percent: int
    on_mains: bool


def battery(platform: str = sys.platform, power_supply: Path = _POWER_SUPPLY) -> Battery | None:
    """The computer's own battery; None where there is none or nothing can be told. Never raises."""
    try:
        if platform == "win32":
            return _battery_windows()
        if platform == "darwin":
            return battery_of_pmset(
                subprocess.run(
                    ["pmset", "-g", "batt"], capture_output=True, text=True, timeout=_TOOL_S_MAX, check=False
                ).stdout
            )
        return _battery_linux(power_supply)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def _battery_linux(power_supply: Path) -> Battery | None:
    percents: list[int] = []
    discharging = False
    mains: list[bool] = []
    for supply in sorted(power_supply.iterdir()) if power_supply.is_dir() else ():
        kind = _word(supply / "type")
        if kind == "Battery":
            # A mouse's or headset's battery has the scope Device.
            percent = _word(supply / "capacity")
            if _word(supply / "scope") != "Device" and percent.isdigit():
                percents.append(int(percent))
                discharging = discharging or _word(supply / "status") == "Discharging"
        elif online := _word(supply / "online"):
            mains.append(online != "0")
    if not percents:
        return None
    return Battery(round(sum(percents) / len(percents)), any(mains) if mains else not discharging)


def battery_of_pmset(text: str) -> Battery | None:
    """The answer of macOS's `pmset -g batt`."""
    percent = re.search(r"InternalBattery.*?(\d+)%", text, re.DOTALL)
    return Battery(int(percent[1]), "'AC Power'" in text) if percent else None


def _battery_windows() -> Battery | None:
    if sys.platform != "win32":
        return None
    import ctypes

    # SYSTEM_POWER_STATUS: ACLineStatus, BatteryFlag, BatteryLifePercent, SystemStatusFlag, two DWORDs of seconds.
    status = (ctypes.c_uint8 * 12)()
    if not ctypes.windll.kernel32.GetSystemPowerStatus(ctypes.byref(status)):
        return None
    return battery_of_windows(bytes(status))


def battery_of_windows(status: bytes) -> Battery | None:
    """The answer of Windows' GetSystemPowerStatus, 12 bytes: flag 128 is no battery, 255 unknown."""
    ac_line, flag, percent = status[0], status[1], status[2]
    if percent > 100 or flag == 255 or flag & 128:
        return None
    return Battery(percent, ac_line == 1)


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
