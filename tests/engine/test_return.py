"""A recorder that takes over from one that died: it films what comes first, and every hole is told once."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest

from tests.clocks import HandClock
from vig_capture.archive.reader import journal_files, read_session
from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock, AudioMode, Frame, Stream, VideoMode
from vig_capture.core.ports import Camera
from vig_capture.core.records import encode
from vig_capture.core.time import SECOND_NS, Anchor
from vig_capture.core.vocabulary import Vocabulary
from vig_capture.devices.disk import HostDisk
from vig_capture.engine.build import Stages, build
from vig_capture.engine.capture import SoundLane, VideoLane
from vig_capture.engine.events import Event, GapSeen, SegmentOpened, Span, TimedBlock
from vig_capture.engine.film import AWAITED_NS, FilmWriter
from vig_capture.engine.journal import next_journal
from vig_capture.engine.lanes import SOUND_BOUND_NS, VIDEO_BOUND_BYTES, Inbox, Lane
from vig_capture.engine.plan import Plan, Resumed, StreamPlan, World
from vig_capture.engine.scribe import DEATH
from vig_capture.engine.sound import SoundWriter
from vig_capture.media.files import PyavMedia

MODE = VideoMode(64, 48, 30.0, "yuv420p")
SOUND = AudioMode(48_000, 1)
BLOCK = 4_800
STEP_NS = SECOND_NS // 10
BEGIN_NS = 5 * SECOND_NS


class Bench:
    """The two writers of a camera with sound, begun at 5 s of a session."""

    def __init__(self, folder: Path, after_death: bool) -> None:
        for kind in ("film", "sound"):
            (folder / kind).mkdir()
        self.clock, self.posted = HandClock(BEGIN_NS), list[Event]()
        self.video: VideoLane = Lane(VIDEO_BOUND_BYTES)
        self.film_sound: SoundLane = Lane(SOUND_BOUND_NS)
        self.lossless: SoundLane = Lane(SOUND_BOUND_NS)
        media, post = PyavMedia(), self.posted.append
        film = FilmWriter("cam1", self.clock, media, post, self.video, self.film_sound, 60 * SECOND_NS, "mic1")
        self.writers = [film, SoundWriter("mic1", self.clock, media, post, self.lossless)]
        for writer in self.writers:
            writer.begin(Span(folder, Anchor(0, 0, ""), BEGIN_NS, 2, 1, after_death))
        self._first = 0

    def run(self, seconds: float, picture: bool = False, sound: bool = False) -> None:
        """Let time pass, in which pictures and sound come or do not."""
        end_ns = self.clock.now_ns + round(seconds * SECOND_NS)
        while self.clock.now_ns < end_ns:
            if picture:
                self.video.put(MODE, 0, 0) if not self._opened() else None
                self.video.put(Frame(self.clock.now_ns, av.VideoFrame(64, 48, "yuv420p"), 1), 1)
            if sound:
                samples = np.full((BLOCK, 1), 0.01, np.float32)
                block = TimedBlock(self.clock.now_ns, 0.0, samples, SOUND, self._first, self._first > 0)
                self._first += BLOCK
                for lane in (self.film_sound, self.lossless):
                    lane.put(block, STEP_NS, BLOCK)
            while sum(writer.step() for writer in self.writers):
                pass
            self.clock.now_ns += STEP_NS

    def _opened(self) -> bool:
        return any(file.endswith(".mp4") for _, file in self.files())

    def files(self) -> list[tuple[int, str]]:
        opened = [event.segment for event in self.posted if isinstance(event, SegmentOpened)]
        return [(segment.start_ns, segment.file) for segment in opened]

    def gaps(self, stream: str) -> list[tuple[int, int | None]]:
        gaps = [event.gap for event in self.posted if isinstance(event, GapSeen)]
        return [(gap.start_ns, gap.end_ns) for gap in gaps if gap.stream == stream]


@pytest.mark.parametrize("opening_s", [0.5, 2.5, 4.5, 9.5])
def test_the_gap_of_a_death_is_told_once(tmp_path: Path, opening_s: float) -> None:
    """However long a camera takes to be opened after a death, its film and its sound begin with what comes first, and
    their writers tell of no gap of their own before."""
    bench = Bench(tmp_path, after_death=True)
    bench.run(opening_s)
    bench.run(1.0, picture=True, sound=True)
    assert (bench.gaps("cam1"), bench.gaps("mic1")) == ([], [])
    first_ns = BEGIN_NS + round(opening_s * SECOND_NS)
    assert sorted(bench.files()) == [(first_ns, "film/cam1-0001.mp4"), (first_ns, "sound/mic1-0001.flac")]


def test_any_other_span_tells_what_is_missing_from_its_beginning(tmp_path: Path) -> None:
    """Without a death before it a span in which nothing comes has gaps that begin with it."""
    bench = Bench(tmp_path, after_death=False)
    bench.run(2.0)
    assert (bench.gaps("cam1"), bench.gaps("mic1")) == ([(BEGIN_NS, None)], [(BEGIN_NS, None)])


def test_sound_alone_ends_the_gap_of_a_death(tmp_path: Path) -> None:
    """A camera that stays away: the film goes on with sound alone, and from there on its pictures are missing."""
    bench = Bench(tmp_path, after_death=True)
    bench.run(AWAITED_NS / SECOND_NS + 1.0, sound=True)
    sound_only = [start_ns for start_ns, file in bench.files() if file.endswith(".m4a")]
    assert len(sound_only) == 1
    assert bench.gaps("cam1") == [(sound_only[0], None)]


class NoCamera:
    """Cannot be opened."""

    def open(self) -> tuple[VideoMode, AudioMode | None]:
        raise DeviceError("The camera is away.")

    def read(self) -> Frame | AudioBlock | None:
        return None

    def close(self) -> None:
        pass


def taken_over(folder: Path, clock: HandClock, state: str, latest_end_ns: int = 3600 * SECOND_NS) -> Stages:
    """The stages of a recorder that goes on with a session whose recorder died in this state."""
    run = {"run": 1, "origin_mono_ns": 0, "origin_utc_ns": 0, "boot_id": "boot", "mono_ns": 0, "utc_ns": 0}
    records: list[dict[str, object]] = [
        {"kind": "session", "id": folder.name, "created_utc": "2026-11-22T09:40:00.000+00:00"},
        {"kind": "run", **run},
        {"kind": "stream", "stream": "cam1", "stream_kind": "video", "source": "made up"},
        {"kind": "state", "state": state},
    ]
    data = b"".join(encode({"v": 1, "seq": n, "t_ns": n, **record}) for n, record in enumerate(records, 1))
    (folder / "journal.msgpack").write_bytes(data)
    next_number = next_journal(path.name for path in journal_files(folder))
    before = Resumed(read_session(folder).view, next_number, {}, [])
    stream = StreamPlan(Stream("cam1", "video", "made up"), open_camera=lambda: cast(Camera, NoCamera()))
    vocabulary = Vocabulary("", "", "", "", "", "", ())
    plan = Plan(folder, [stream], vocabulary, "test", latest_end_ns=latest_end_ns)
    return build(plan, World(clock, HostDisk(), PyavMedia()), Inbox[Event](), before, 1)


@pytest.mark.parametrize(("away_s", "ends"), [(30, True), (3 * 3600, False)])
def test_filming_on_another_day_is_not_over_at_once(tmp_path: Path, away_s: int, ends: bool) -> None:
    """A session that somebody goes on with after its latest end has a new one; a recorder that crashed then ends."""
    clock = HandClock(away_s * SECOND_NS)
    stages = taken_over(tmp_path, clock, "recording", latest_end_ns=10 * SECOND_NS)
    for _ in range(5):
        stages.control.step()
        stages.journal.step()
    stages.journal.close()
    assert (stages.control.state in ("stopping", "closed")) == ends


@pytest.mark.parametrize("filmed", [True, False])
def test_a_further_run_films_before_its_devices_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filmed: bool
) -> None:
    """After a death the writers wait for pictures at once; only a stream of which something is missing has a gap."""
    stages = taken_over(tmp_path, HandClock(), "recording" if filmed else "arming")
    orders: list[Span] = []
    monkeypatch.setattr(stages.writers[0], "begin", orders.append)
    for _ in range(5):
        stages.control.step()
        stages.journal.step()
    stages.journal.close()
    assert stages.control.state == "recording"
    assert [span.after_death for span in orders] == [filmed]
    gaps = read_session(tmp_path).view.gaps.values()
    assert [(gap.end_ns, gap.cause) for gap in gaps] == [(None, DEATH)] * filmed
