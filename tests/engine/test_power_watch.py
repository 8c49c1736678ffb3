"""The battery beside the film: asked twice a minute, said in plain words, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clocks import HandClock
from vig_capture.archive.reader import read_session
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.engine.build import build
from vig_capture.engine.events import Event
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.plan import Plan, World
from vig_capture.engine.power_watch import EVERY_NS
from vig_capture.media.files import PyavMedia


class Battery:
    """Lasts as long as it is told."""

    def __init__(self) -> None:
        self.minutes: float | None = 80
        self.asked = 0

    def battery_minutes(self) -> float | None:
        self.asked += 1
        return self.minutes


class Film:
    """A film of nothing but markers on a battery."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.battery = HandClock(), Battery()
        plan = Plan(folder, [], load_vocabulary("vig-core"), "test")
        world = World(self.clock, HostDisk(), PyavMedia(), self.battery)
        self.stages = build(plan, world, Inbox[Event](), None, 1)
        self.step()

    def step(self) -> dict[str, Any]:
        for _ in range(6):
            for stage in self.stages.all():
                stage.step()
        return self.stages.control.snapshot()

    def after(self, minutes: float | None) -> dict[str, Any]:
        """The snapshot half a minute later, the battery having been read again."""
        self.battery.minutes = minutes
        self.clock.now_ns += EVERY_NS
        return self.step()


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return Film(tmp_path / "session")


def test_it_is_read_twice_a_minute(film: Film) -> None:
    """However often its thread wakes, the system is asked every 30 s, and the snapshot has the figure."""
    for _ in range(60):
        film.clock.now_ns += SECOND_NS
        snapshot = film.step()
    assert film.battery.asked == 3
    assert snapshot["battery_minutes"] == 80
    assert film.after(None)["battery_minutes"] is None


def test_a_low_battery_is_said_once_and_until_it_is_well(film: Film, tmp_path: Path) -> None:
    """From 15 minutes on it is trouble, in plain words and with its minutes; the journal has it once; with the mains in
    it is over."""
    assert film.after(16)["trouble"] == []
    snapshot = film.after(15)
    assert (snapshot["trouble"][0]["what"], snapshot["trouble"][0]["do"]) == (
        "The battery is nearly empty.",
        "Plug the mains in.",
    )
    assert "15 minutes" in snapshot["trouble"][0]["why"]
    snapshot = film.after(17)
    assert "17 minutes" in snapshot["trouble"][0]["why"]
    assert len(snapshot["notices"]) == 1
    assert film.after(None)["trouble"] == []
    film.after(9)
    warnings = read_session(tmp_path / "session").view.warnings
    assert [warning["what"] for warning in warnings] == ["The battery is nearly empty."] * 2
    assert film.stages.control.state == "recording"
