"""A disk that stops taking data under a real recorder. tools/disk_faults.py has more ways to fail, and needs root."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

import harness
import pytest

from vig_capture.archive.reader import read_session
from vig_capture.archive.verify import verify
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

if sys.platform != "linux":
    pytest.skip("the size of a running program's files can be limited on Linux only", allow_module_level=True)

import resource


@pytest.fixture
def place() -> Iterator[harness.Place]:
    place = harness.Place("limit")
    yield place
    place.remove()


def filmed_until_refused(place: harness.Place, bytes_max: int) -> tuple[Path, int, harness.Presser]:
    """Film, press, let no file grow beyond a size after 2 s; the session's folder and the exit code."""
    recording = harness.Recording(place, ["--demo", "--size", "320x180", "--rate", "15", "--segment-seconds", "2"])
    presser = harness.Presser(place.runtime, random.Random(1))
    try:
        running = recording.wait_running()
        presser.start()
        harness.sleep_until(mono_ns() + 2 * SECOND_NS)
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (bytes_max, bytes_max))
        harness.wait_for(lambda: recording.front.poll() is not None, 20, "it has not ended by itself")
        presser.end()
        assert "Traceback" not in recording.output() + place.recorder_log()
        return running.folder, recording.front.returncode, presser
    finally:
        presser.end()
        recording.clean_up()


def test_film_refused(place: harness.Place) -> None:
    """Where only the film is refused, the session ends by itself, closed and whole, and every marker is in it."""
    folder, code, presser = filmed_until_refused(place, 40_000)
    view = read_session(folder).view
    assert (code, view.closed, view.reason) == (0, True, "the disk refused to write")
    assert verify(folder).ok
    assert presser.acks
    assert all(act_id in view.acts or ack.marker in view.markers for act_id, ack in presser.acks.items())


def test_everything_refused(place: harness.Place) -> None:
    """Where the journal is refused too, presses are told NOT SAVED, what was saved is kept, and the command fails."""
    folder, code, presser = filmed_until_refused(place, 0)
    view = read_session(folder).view
    assert code == 1
    assert verify(folder).ok
    assert presser.refused
    assert all("NOT SAVED" in answer["what"] for answer in presser.refused.values())
    assert presser.acks
    assert all(act_id in view.acts or ack.marker in view.markers for act_id, ack in presser.acks.items())
