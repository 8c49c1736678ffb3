"""engine/film.py: when a computer is too slow for the picture, and when it was only held up."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.clocks import HandClock
from vig_capture.core.model import Frame, VideoMode
from vig_capture.core.time import MS_NS, SECOND_NS, Anchor
from vig_capture.engine.events import Event, Span
from vig_capture.engine.film import FilmWriter
from vig_capture.engine.lanes import VIDEO_BOUND_BYTES, Lane
from vig_capture.sim.disk import SimDisk
from vig_capture.sim.media import SimMedia

RATE = 30
FRAME_BYTES = 640 * 360 * 2
FOLDER = Path("/disk/visit")


class Bench:
    """A camera of 30 pictures a second before a writer whose encoder takes its time."""

    def __init__(self, encode_ms: float, frame_bytes: int = FRAME_BYTES) -> None:
        self.clock = HandClock(0)
        disk = SimDisk([Path("/disk")], Random(1), lambda _ns: None)
        for folder in (FOLDER, FOLDER / "film"):
            disk.make_folder(folder)
        media = SimMedia(disk, False, lambda step: self._work(encode_ms / 2**step))
        self.lane: Lane[Frame | VideoMode] = Lane(VIDEO_BOUND_BYTES)
        self.posted: list[Event] = []
        self.writer = FilmWriter("cam1", self.clock, media, self.posted.append, self.lane, None, 60 * SECOND_NS)
        self.writer.begin(Span(FOLDER, Anchor(0, 0, ""), 0))
        self.lane.put(VideoMode(640, 360, float(RATE), "yuyv422"), 0, 0)
        self._bytes = frame_bytes
        self._taken = 0

    def _work(self, ms: float) -> None:
        self.clock.now_ns += round(ms * MS_NS)
        self._camera()

    def _camera(self) -> None:
        """The camera goes on whatever the writer does."""
        while self._taken * SECOND_NS // RATE <= self.clock.now_ns:
            self.lane.put(Frame(self._taken * SECOND_NS // RATE, self._taken, self._bytes), self._bytes)
            self._taken += 1

    def run(self, seconds: float) -> None:
        end_ns = self.clock.now_ns + round(seconds * SECOND_NS)
        while self.clock.now_ns < end_ns:
            self._camera()
            if not self.writer.step():
                self.clock.now_ns += 5 * MS_NS

    def hold_up(self, seconds: float) -> None:
        """Nothing runs but the camera."""
        self.clock.now_ns += round(seconds * SECOND_NS)
        self._camera()


@pytest.mark.parametrize("after_s", [0.0, 2.0, 10.0])
def test_a_delay_that_is_made_up_for_changes_nothing(after_s: float) -> None:
    """Three seconds in which nothing was encoded are caught up, and the film stays as good as it was."""
    bench = Bench(encode_ms=24)
    bench.run(after_s)
    bench.hold_up(3)
    bench.run(30)
    assert bench.writer.step_down == 0
    assert len(bench.lane) < RATE


def test_an_encoder_that_falls_behind_is_helped_in_time() -> None:
    """Where each picture takes longer than the camera needs for the next, it is made simpler, and none is lost."""
    bench = Bench(encode_ms=50)
    bench.run(20)
    assert bench.writer.step_down == 1
    assert bench.writer.counters.lost == 0
    assert len(bench.lane) < RATE


def test_large_pictures_are_not_waited_for() -> None:
    """Where the lane fills within seconds the step comes before it is full."""
    bench = Bench(encode_ms=50, frame_bytes=1920 * 1080 * 2)
    bench.run(15)
    assert bench.writer.step_down >= 1
    assert bench.writer.counters.lost == 0
