"""A session's first moments on a disk that is slow to make its folder."""

from __future__ import annotations

from pathlib import Path

from tests.clocks import HandClock
from vig_capture.core.vocabulary import Vocabulary
from vig_capture.devices.disk import HostDisk
from vig_capture.engine.build import build
from vig_capture.engine.events import Event
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.plan import Plan, World
from vig_capture.media.files import PyavMedia


def test_the_disk_is_watched_once_the_folder_is_there(tmp_path: Path) -> None:
    """A sync that comes before the journal has made the folder raises no alarm and moves no film; later it watches."""
    clock = HandClock()
    first, second = tmp_path / "one" / "visit", tmp_path / "two"
    plan = Plan(first, [], Vocabulary("", "", "", "", "", "", ()), "test", fallback=second)
    stages = build(plan, World(clock, HostDisk(), PyavMedia()), Inbox[Event](), None, 1)
    stages.control.step()
    assert stages.control.state == "arming"
    for _ in range(3):
        clock.wait(3)
        stages.sync.step()
        stages.control.step()
    assert stages.control.scribe.folder == first
    assert stages.control.scribe.view.warnings == []
    stages.journal.step()
    stages.control.step()
    clock.wait(3)
    stages.sync.step()
    stages.control.step()
    stages.journal.close()
    assert not stages.control.scribe.view.warnings
    assert stages.control.disk_watch.minutes_left is not None
    assert not second.exists()
