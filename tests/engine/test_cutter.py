"""The cutter and the film's sound: seams at whole samples, also where the picture goes and comes back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clocks import HandClock
from vig_capture.core.errors import StorageError
from vig_capture.core.model import AudioMode, SoundTrack, VideoMode
from vig_capture.core.time import SECOND_NS, Anchor
from vig_capture.engine.cutter import Cutter
from vig_capture.engine.events import Event, SegmentClosed, Span, TimedBlock
from vig_capture.engine.files import Files
from vig_capture.engine.film import RETURN_NS
from vig_capture.engine.film_sound import FilmSound
from vig_capture.media.encoder import X264Encoder
from vig_capture.media.files import PyavMedia

RATE = 48_000
BLOCK = 480
FRAME_NS = SECOND_NS // 30
MODE = VideoMode(64, 48, 30.0, "yuv420p")
PICTURES = 180
ABSENT = range(45, 100)
"""Their numbers."""


@given(st.integers(0, 10**9), st.sampled_from([44_100, 48_000, 96_000]))
def test_a_samples_time_is_its_own(index: int, rate: int) -> None:
    """The first sample at or after the time of sample k is k itself: no seam moves by a sample."""
    sound = FilmSound()
    sound.track = SoundTrack(rate, 1)
    assert sound.index(sound.time(index)) == index


class Film:
    """A camera and a microphone on a cutter of their own."""

    def __init__(
        self, folder: Path, media: PyavMedia | None = None, refused: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        (folder / "film").mkdir()
        self.folder = folder
        self.clock = HandClock(0)
        self.closed: list[SegmentClosed] = []
        media = media or PyavMedia()
        files = Files("cam1", "film", media, self._post)
        files.begin(Span(folder, Anchor(0, 0, ""), 0))
        self.encoder = X264Encoder(MODE, "ultrafast")
        self.cutter = Cutter(self.clock, media, files, SECOND_NS, "mic1", self.encoder.track, refused, RETURN_NS)
        self.cutter.begin(0)
        self._heard = 0

    def _post(self, event: Event) -> None:
        if isinstance(event, SegmentClosed):
            self.closed.append(event)

    def hear_until(self, t_ns: int) -> None:
        """Silence that is not quite silent, up to a moment."""
        self.cutter.listen()
        while self._heard * SECOND_NS // RATE < t_ns:
            start_ns = self._heard * SECOND_NS // RATE
            samples = np.full((BLOCK, 1), 0.01, np.float32)
            self.cutter.hear(TimedBlock(start_ns, 0.0, samples, AudioMode(RATE, 1), self._heard, True), start_ns)
            self._heard += BLOCK
        self.clock.now_ns = t_ns

    def see(self, t_ns: int, key: bool = False) -> None:
        """A picture taken at a moment."""
        picture = av.VideoFrame(MODE.width, MODE.height, "yuv420p")
        self.cutter.packets(self.encoder.encode(picture, t_ns, key or self.cutter.cut_due(t_ns)))

    def samples(self) -> list[tuple[int, int]]:
        """Of each file: its first sample on the grid and how many a decoder gives, nothing taken off."""
        found = []
        for closed in self.closed:
            with av.open(str(closed.path)) as file:
                frames: list[Any] = list(file.decode(audio=0))
            first = round((closed.segment.start_ns / SECOND_NS + float(frames[0].pts * frames[0].time_base)) * RATE)
            found.append((first, sum(frame.samples for frame in frames)))
        return sorted(found)


@pytest.mark.parametrize("late_ms", [50, 120, 1450])
def test_sound_is_whole_where_the_picture_goes_and_comes_back(tmp_path: Path, late_ms: int) -> None:
    """However late the first picture after a loss arrives, no sample is missing or twice there at any cut."""
    film = Film(tmp_path)
    for number in range(PICTURES):
        film.hear_until(number * FRAME_NS + late_ms * 1_000_000)
        if number not in ABSENT:
            film.see(number * FRAME_NS, key=number == ABSENT.stop)
        elif not film.cutter.picture_absent:
            film.cutter.end_segment(number * FRAME_NS)
            film.cutter.picture_absent = True
        film.cutter.pump()
    film.cutter.packets(film.encoder.flush())
    film.cutter.finish(PICTURES * FRAME_NS)
    assert {closed.path.suffix for closed in film.closed} == {".mp4", ".m4a"}
    assert len(film.closed) >= 5
    for (first, count), (following, _) in pairwise(film.samples()):
        assert following == first + count


@pytest.mark.parametrize("back_ms", [0, 1, 5, 30, 400, 2500])
def test_a_picture_that_is_soon_back_leaves_no_file_with_nothing_in_it(tmp_path: Path, back_ms: int) -> None:
    """However short the time without a picture was, each file can be opened, and no sample is missing between them."""
    film = Film(tmp_path)
    lost_ns, back_ns = 30 * FRAME_NS, 30 * FRAME_NS + back_ms * 1_000_000
    for number in range(30):
        film.hear_until(number * FRAME_NS + 50_000_000)
        film.see(number * FRAME_NS)
        film.cutter.pump()
    film.cutter.packets(film.encoder.flush())
    film.cutter.end_segment(lost_ns)
    film.cutter.picture_absent = True
    film.encoder = X264Encoder(MODE, "ultrafast")
    for heard_ns in range(lost_ns, back_ns, BLOCK * SECOND_NS // RATE):
        film.hear_until(heard_ns + 50_000_000)
        film.cutter.pump()
    for number in range(30):
        film.hear_until(back_ns + number * FRAME_NS + 50_000_000)
        film.see(back_ns + number * FRAME_NS, key=number == 0)
        film.cutter.pump()
    film.cutter.packets(film.encoder.flush())
    film.cutter.finish(back_ns + 30 * FRAME_NS)
    for (first, count), (following, _) in pairwise(film.samples()):
        assert following == first + count


def test_sound_that_waits_at_the_end_is_kept(tmp_path: Path) -> None:
    """The film ends before the sound has waited long enough for a picture to come back."""
    film = Film(tmp_path)
    film.cutter.picture_absent = True
    film.hear_until(SECOND_NS)
    film.cutter.pump()
    film.cutter.finish(SECOND_NS)
    ((first, count),) = film.samples()
    assert first == 0
    assert count >= RATE


class FullDisk(PyavMedia):
    """A disk of which nothing can be read back."""

    def readable(self, path: Path) -> int:
        return 0


def test_a_refusal_is_told_from_the_first_lost_picture_on(tmp_path: Path) -> None:
    """When the disk refuses, what is lost begins with the first picture of the file that it has not kept."""
    told: list[tuple[int, int]] = []
    film = Film(tmp_path, FullDisk(), lambda count, first_ns: told.append((count, first_ns)))
    for number in range(40):
        film.see(number * FRAME_NS, key=number == 0)
        film.cutter.pump()
    film.cutter.hold(StorageError("The disk is full."))
    # The second file began with the first picture after a second.
    assert told[0] == (9, 31 * FRAME_NS)
