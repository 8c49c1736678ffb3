"""Minutes of battery, from recorded sysfs trees and answers of the systems' own tools."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vig_capture.devices.battery import HostPower, of_linux, of_pmset, of_windows


def supply(root: Path, name: str, **files: str) -> None:
    (root / name).mkdir(parents=True)
    for file, text in files.items():
        (root / name / file).write_text(text + "\n")


def thinkpad(root: Path, status: str = "Discharging", online: str = "0") -> Path:
    """A laptop that tells energy, as most do."""
    supply(root, "AC", type="Mains", online=online)
    supply(
        root,
        "BAT0",
        type="Battery",
        status=status,
        energy_now="21340000",
        energy_full="46400000",
        power_now="9700000",
        voltage_now="15460000",
    )
    return root


def test_energy_by_power(tmp_path: Path) -> None:
    """21.34 Wh at 9.7 W last 132 minutes."""
    assert of_linux(thinkpad(tmp_path)) == pytest.approx(132)


def test_charge_by_current(tmp_path: Path) -> None:
    """A battery that tells charge alone, with a current that counts as negative, lasts as long."""
    supply(
        tmp_path, "macsmc-battery", type="Battery", status="Discharging", charge_now="2200000", current_now="-1000000"
    )
    assert of_linux(tmp_path) == pytest.approx(132)


def test_two_batteries_of_different_kinds_add_up(tmp_path: Path) -> None:
    """One that is not drawn from yet counts with what it holds; a mouse's does not."""
    thinkpad(tmp_path)
    supply(tmp_path, "BAT1", type="Battery", status="Not charging", charge_now="1000000", current_now="0",
           voltage_now="9700000")  # fmt: skip
    supply(tmp_path, "mouse", type="Battery", scope="Device", status="Discharging", energy_now="1", power_now="9000000")
    assert of_linux(tmp_path) == pytest.approx(132 + 60)


@pytest.mark.parametrize(
    ("status", "online", "power"),
    [("Discharging", "1", "9700000"), ("Charging", "0", "9700000"), ("Discharging", "0", "0")],
)
def test_on_the_mains_or_unknown_is_none(tmp_path: Path, status: str, online: str, power: str) -> None:
    """With the mains in, while charging, or without a figure of what it draws, no minutes are told."""
    thinkpad(tmp_path, status, online)
    (tmp_path / "BAT0" / "power_now").write_text(power)
    assert of_linux(tmp_path) is None


def test_a_charger_at_usb_is_the_mains(tmp_path: Path) -> None:
    """Fed by USB-C, the computer is on the mains, although the battery was not told yet."""
    thinkpad(tmp_path)
    supply(tmp_path, "ucsi-source-psy-1", type="USB", online="1")
    assert of_linux(tmp_path) is None


def test_no_battery_is_none(tmp_path: Path) -> None:
    """A desktop computer, a tree of nonsense and no tree at all are None, not an error."""
    assert of_linux(tmp_path / "gone") is None
    supply(tmp_path, "BAT0", type="Battery", status="Discharging", energy_now="?", power_now="")
    assert HostPower("linux", tmp_path).battery_minutes() is None


def test_macos() -> None:
    """pmset's own words: the hours and minutes remaining, on the battery only."""
    text = (
        "Now drawing from 'Battery Power'\n"
        " -InternalBattery-0 (id=123)\t85%; discharging; 3:12 remaining present: true\n"
    )
    assert of_pmset(text) == 192
    assert of_pmset(text.replace("3:12 remaining", "(no estimate)")) is None
    charging = (
        "Now drawing from 'AC Power'\n -InternalBattery-0 (id=123)\t85%; charging; 0:40 remaining present: true\n"
    )
    assert of_pmset(charging) is None
    assert of_pmset("Now drawing from 'AC Power'\n") is None


def test_windows() -> None:
    """The struct's seconds; on the mains, unknown, and an answer that did not come are None."""
    assert of_windows(bytes([0, 1, 77, 0]) + (5400).to_bytes(4, "little") + bytes(4)) == 90
    assert of_windows(bytes([1, 8, 100, 0]) + (5400).to_bytes(4, "little") + bytes(4)) is None
    assert of_windows(bytes([0, 1, 77, 0]) + b"\xff" * 8) is None
    assert HostPower("win32", power_status=lambda: b"").battery_minutes() is None


def test_a_figure_that_cannot_be_meant_is_none() -> None:
    """Right after the mains were pulled some drivers draw next to nothing: that is no figure yet."""
    status = bytes([0, 1, 77, 0]) + (10**7).to_bytes(4, "little") + bytes(4)
    assert HostPower("win32", power_status=lambda: status).battery_minutes() is None


def test_a_tool_that_hangs_or_is_gone_is_none() -> None:
    """Nothing is ever raised."""

    def hangs() -> str:
        raise subprocess.TimeoutExpired("pmset", 3)

    def gone() -> str:
        raise FileNotFoundError

    assert [HostPower("darwin", pmset=tool).battery_minutes() for tool in (hangs, gone)] == [None, None]
