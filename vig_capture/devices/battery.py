"""The port Power on a real machine: how many minutes the battery lasts, by the system's own figures.

Linux: the kernel's sysfs class power_supply (µWh and µW, or µAh and µA). macOS: `pmset -g batt`. Windows:
GetSystemPowerStatus. Whatever cannot be told is None, and nothing is ever raised.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

POWER_SUPPLY = Path("/sys/class/power_supply")
_TOOL_S_MAX = 3.0
_MINUTES_MAX = 48 * 60
"""More is no figure of a laptop: its present current is not known yet."""


def _pmset() -> str:
    found = subprocess.run(["pmset", "-g", "batt"], capture_output=True, text=True, timeout=_TOOL_S_MAX, check=False)
    return found.stdout


def _power_status() -> bytes:
    """SYSTEM_POWER_STATUS of winbase.h, 12 bytes; b"" where there is none."""
    if sys.platform != "win32":
        return b""
    import ctypes

    status = (ctypes.c_uint32 * 3)()
    return bytes(status) if ctypes.windll.kernel32.GetSystemPowerStatus(ctypes.byref(status)) else b""


class HostPower:
    """The port Power."""

    def __init__(
        self,
        platform: str = sys.platform,
        power_supply: Path = POWER_SUPPLY,
        pmset: Callable[[], str] = _pmset,
        power_status: Callable[[], bytes] = _power_status,
    ) -> None:
        self._platform = platform
        self._power_supply = power_supply
        self._pmset = pmset
        self._power_status = power_status

    def battery_minutes(self) -> float | None:
        """Minutes that the battery lasts; None on the mains, without a battery, or where the system does not say."""
        try:
            if self._platform == "win32":
                minutes = of_windows(self._power_status())
            elif self._platform == "darwin":
                minutes = of_pmset(self._pmset())
            else:
                minutes = of_linux(self._power_supply)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None
        return minutes if minutes is not None and minutes <= _MINUTES_MAX else None


def of_linux(power_supply: Path) -> float | None:
    """Of a tree like /sys/class/power_supply. Several batteries are emptied one after the other: they add up."""
    left = rate = 0.0
    discharging = False
    for supply in sorted(power_supply.iterdir()) if power_supply.is_dir() else ():
        if _word(supply / "type") != "Battery":
            if _word(supply / "online") not in ("", "0"):
                return None
            continue
        # A mouse's or headset's battery has the scope Device.
        if _word(supply / "scope") == "Device":
            continue
        discharging = discharging or _word(supply / "status") == "Discharging"
        battery_left, battery_rate = _left_and_rate(supply)
        left, rate = left + battery_left, rate + battery_rate
    return left / rate * 60 if discharging and rate > 0 else None


def _left_and_rate(supply: Path) -> tuple[float, float]:
    """µWh and µW of one battery, or µAh and µA where it tells no voltage; 0 for what it does not tell."""
    left, rate = _number(supply / "energy_now"), _number(supply / "power_now")
    if left is None or rate is None:
        volts = (_number(supply / "voltage_now") or 1e6) / 1e6
        charge, current = _number(supply / "charge_now"), _number(supply / "current_now")
        left = charge * volts if left is None and charge is not None else left
        rate = current * volts if rate is None and current is not None else rate
    # Some drivers count what flows out as negative.
    return left or 0.0, abs(rate or 0.0)


def of_pmset(text: str) -> float | None:
    """The answer of macOS's `pmset -g batt`; while it still measures it says "(no estimate)"."""
    found = re.search(r"InternalBattery[^\n]*?(\d+):(\d\d) remaining", text)
    if found is None or "'Battery Power'" not in text:
        return None
    return int(found[1]) * 60.0 + int(found[2])


def of_windows(status: bytes) -> float | None:
    """SYSTEM_POWER_STATUS, 12 bytes: ACLineStatus (0: on the battery), and from byte 4 the seconds left, all bits set
    where they are not known."""
    seconds = int.from_bytes(status[4:8], "little")
    if len(status) < 12 or status[0] != 0 or seconds == 0xFFFFFFFF:
        return None
    return seconds / 60


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _number(file: Path) -> float | None:
    word = _word(file)
    return float(word) if re.fullmatch(r"-?\d+", word) else None
