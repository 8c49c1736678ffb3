"""Still pictures: the frame of the press, on the disk before it is said, nothing of a pause, no cost to the film."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import HandClock
from vig_capture.archive.reader import read_session
from vig_capture.cli.assembly import resumed
from vig_capture.core.errors import DeviceError, StorageError
from vig_capture.core.model import AudioMode, Frame, Stream, VideoMode
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.engine.build import Stages, build
from vig_capture.engine.events import Command, DeviceLive, DeviceLost, Event
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.looking import Newest
from vig_capture.engine.plan import Plan, Resumed, StreamPlan, World
from vig_capture.engine.stills import OLD_NS, PATIENCE_NS, WAIT_NS, StillStage
from vig_capture.media.files import PyavMedia
from vig_capture.sim.media import SimPreview

RAW = VideoMode(640, 360, 30.0, "yuyv422")
COPIED = VideoMode(640, 360, 30.0, "h264", copied=True)


class Disk(HostDisk):
    """Refuses stills when it is told to."""

    full = False
    written: list[str]

    def __init__(self) -> None:
        self.written = []

    def write_new(self, path: Path, data: bytes) -> None:
        if self.full:
            raise StorageError("The disk is full.", "There was no room.", "Free some.")
        super().write_new(path, data)
        self.written.append(path.name)


class Media(PyavMedia):
    """Its pictures are numbers."""

    def preview(self, mode: VideoMode) -> Any:
        return SimPreview(mode)


class NoCamera:
    """A camera whose frames the test hands over."""

    def open(self) -> tuple[VideoMode, AudioMode | None]:
        raise DeviceError("Not this way.")

    def read(self) -> None:
        raise DeviceError("Not this way.")

    def close(self) -> None:
        pass


class Film:
    """A recorder whose control, journal and stills are stepped by hand; its camera is the test."""

    def __init__(self, folder: Path, mode: VideoMode = RAW, camera: bool = True) -> None:
        self.folder, self.mode, self.camera = folder, mode, camera
        self.clock, self.disk = HandClock(), Disk()
        self.answers: list[dict[str, Any]] = []
        self.number = self.asked = 0
        self.begin(None)

    def begin(self, before: Resumed | None) -> None:
        streams = [StreamPlan(Stream("cam1", "video", "a camera"), open_camera=NoCamera)] if self.camera else []
        plan = Plan(self.folder, streams, load_vocabulary("vig-core"), "test")
        self.inbox: Inbox[Event] = Inbox()
        self.stages: Stages = build(plan, World(self.clock, self.disk, Media()), self.inbox, before, 1)
        if self.camera:
            self.newest.opened(self.mode)
            self.inbox.post(DeviceLive("cam1", self.mode))
        self.step()
        if self.camera and not before:
            self.step()
        assert self.stages.control.state == "recording"

    @property
    def newest(self) -> Newest:
        assert self.stages.stills is not None
        return self.stages.stills._newest

    def step(self, stills: bool = True) -> None:
        for _ in range(8):
            for stage in (self.stages.control, self.stages.journal, self.stages.sync):
                stage.step()
            if stills and self.stages.stills is not None:
                self.stages.stills.step()

    def shoot(self, keyframe: bool = True, after_ns: int = 33 * MS_NS) -> int:
        """The camera takes a picture; returns when."""
        self.clock.now_ns += after_ns
        self.number += 1
        self.newest.put(Frame(self.clock.now_ns, self.number, 1000, keyframe, self.mode.copied))
        return self.clock.now_ns

    def ask(self, do: str = "still", step: bool = True, **fields: Any) -> str:
        self.asked += 1
        command = {"id": f"c{self.asked}", "do": do, "mono_ns": self.clock.now_ns, **fields}
        self.inbox.post(Command(command, self.answers.append))
        if step:
            self.step()
        return str(command["id"])

    def t_ns(self, mono_ns: int) -> int:
        return self.stages.control.scribe.anchor.t_ns(mono_ns)


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return Film(tmp_path / "session")


def test_the_picture_of_the_press_is_saved_and_named(film: Film) -> None:
    """The newest frame at the press is a private file, and the journal names it with its time, hash and size."""
    film.shoot()
    taken_ns = film.shoot()
    film.clock.now_ns += 5 * MS_NS
    still_id = film.ask()
    (answer,) = film.answers
    assert answer["ok"], answer
    assert (answer["result"]["file"], answer["result"]["saved"]) == ("stills/0001.jpg", True)
    path = film.folder / "stills/0001.jpg"
    assert path.read_bytes() == b"still 2"
    assert path.stat().st_mode & 0o777 == 0o600
    still = read_session(film.folder).view.stills[still_id]
    assert (still.stream, still.file, still.t_ns) == ("cam1", "stills/0001.jpg", film.t_ns(taken_ns))
    assert (still.sha256, still.size_bytes) == (hashlib.sha256(b"still 2").hexdigest(), 7)


def test_it_is_answered_only_when_all_is_on_the_disk(film: Film) -> None:
    """Before the picture and its record are on the disk nothing is acknowledged."""
    film.shoot()
    film.ask(step=False)
    stages = film.stages
    assert stages.stills is not None
    stages.control.step()
    assert film.answers == []
    stages.stills.step()
    assert film.disk.written == ["0001.jpg"]
    stages.control.step()
    assert film.answers == []
    stages.journal.step()
    assert [answer["ok"] for answer in film.answers] == [True]


def test_without_a_fresh_frame_the_first_after_the_press(film: Film) -> None:
    """Where the camera stood still at the press, its next frame is taken, however late, and that is said."""
    film.shoot()
    film.clock.now_ns += OLD_NS + SECOND_NS
    film.ask()
    film.clock.now_ns += 4 * SECOND_NS
    film.step()
    assert film.answers == []
    film.shoot()
    film.step()
    assert (film.folder / "stills/0001.jpg").read_bytes() == b"still 2"
    assert "4 seconds" in film.answers[0]["result"]["said"]


def test_h264_with_rare_keyframes_waits_for_the_next(tmp_path: Path) -> None:
    """Of copied H.264 a still is a keyframe: with rare ones the answer comes with the next, never a damaged picture."""
    film = Film(tmp_path / "session", COPIED)
    film.shoot()
    for _ in range(90):
        film.shoot(keyframe=False)
    film.ask()
    for _ in range(60):
        film.shoot(keyframe=False)
    film.step()
    assert film.answers == []
    taken_ns = film.shoot()
    film.step()
    assert film.answers[0]["result"]["t_ns"] == film.t_ns(taken_ns)


def test_a_camera_that_sends_nothing_is_refused_in_words(film: Film) -> None:
    """Without any frame the wish is refused after a while; without the camera, and without any, at once."""
    film.ask()
    film.clock.now_ns += WAIT_NS + SECOND_NS
    film.step()
    film.inbox.post(DeviceLost("cam1", DeviceError("It was unplugged.")))
    film.ask()
    sound_only = Film(film.folder.parent / "sound", camera=False)
    sound_only.ask()
    answers = film.answers + sound_only.answers
    assert [(answer["ok"], bool(answer["what"]), bool(answer["why"])) for answer in answers] == [
        (False, True, True)
    ] * 3
    assert "in time" in answers[0]["why"]
    assert "gone" in answers[1]["why"]


def test_nothing_of_a_pause(film: Film) -> None:
    """In a pause a still is refused; one that a pause overtakes is refused, taken away, and in no journal."""
    film.shoot()
    film.ask(step=False)
    stages = film.stages
    assert stages.stills is not None
    stages.control.step()
    stages.stills.step()
    assert (film.folder / "stills/0001.jpg").exists()
    # The pause was pressed before that picture was taken, and arrives only now.
    taken = film.inbox.get()
    film.ask("pause", step=False, mono_ns=film.clock.now_ns - MS_NS)
    stages.control.step()
    assert taken is not None
    film.inbox.post(taken)
    film.step()
    film.ask()
    film.ask("resume")
    film.step()
    answers = {answer["ack"]: answer for answer in film.answers}
    assert [answers[name]["ok"] for name in ("c1", "c2", "c3", "c4")] == [False, True, False, True]
    assert "pause" in answers["c1"]["why"]
    assert "pause" in answers["c3"]["why"]
    assert list((film.folder / "stills").iterdir()) == []
    assert read_session(film.folder).view.stills == {}


def test_a_full_disk_costs_the_still_alone(film: Film) -> None:
    """A disk that refuses is said with what, why and do; the film goes on, and the next still is taken."""
    film.shoot()
    film.disk.full = True
    film.ask()
    film.disk.full = False
    film.ask()
    first, second = film.answers
    assert (first["ok"], first["what"], first["why"], first["do"]) == (
        False,
        "The disk is full.",
        "There was no room.",
        "Free some.",
    )
    assert second["ok"]
    assert film.stages.control.state == "recording"


def test_sent_again_it_is_one_picture(film: Film) -> None:
    """The same command is one picture: sent twice at once, after its answer, and to the next run of the recorder."""
    film.shoot()
    film.ask(step=False)
    film.ask(id="c1")
    film.ask(id="c1")
    assert [answer["result"]["file"] for answer in film.answers] == ["stills/0001.jpg"] * 3
    film.stages.journal.close()
    film.begin(resumed(film.folder))
    film.shoot()
    film.ask(id="c1")
    film.ask()
    assert [answer["result"]["file"] for answer in film.answers[3:]] == ["stills/0001.jpg", "stills/0002.jpg"]
    assert sorted(path.name for path in (film.folder / "stills").iterdir()) == ["0001.jpg", "0002.jpg"]


def test_a_file_that_no_record_names_is_not_written_over(film: Film) -> None:
    """A picture whose record was lost in a crash keeps its number."""
    film.stages.journal.close()
    (film.folder / "stills/0007.jpg").write_bytes(b"left behind")
    film.begin(resumed(film.folder))
    film.shoot()
    film.ask()
    assert film.answers[0]["result"]["file"] == "stills/0008.jpg"


def test_backspace_skips_a_still(film: Film) -> None:
    """A still is no act: undo takes back the marker before it."""
    film.shoot()
    film.ask("mark", key="a")
    film.ask()
    film.ask("undo")
    assert film.answers[-1]["result"]["kind"] == "marker"
    assert len(film.stages.control.scribe.view.stills) == 1


def test_a_stage_that_is_silent_leaves_nobody_waiting(film: Film) -> None:
    """Should its thread have failed, the client is told after a while, and the film goes on."""
    film.shoot()
    film.ask(step=False)
    film.step(stills=False)
    film.clock.now_ns += PATIENCE_NS + SECOND_NS
    film.step(stills=False)
    assert [answer["ok"] for answer in film.answers] == [False]
    assert film.stages.control.state == "recording"
    film.step()
    assert list((film.folder / "stills").iterdir()) == []


def test_the_film_does_not_need_it(film: Film) -> None:
    """A fault of the stage is not the film's."""
    assert StillStage.vital is False
    assert film.stages.stills in film.stages.all()


def test_a_further_folder_has_pictures_of_its_own(film: Film) -> None:
    """A picture written into a folder that the film has left is refused, and taken away."""
    film.shoot()
    film.ask(step=False)
    stages = film.stages
    assert stages.stills is not None
    stages.control.step()
    stages.stills.step()
    second = film.folder.parent / "second"
    stages.control.scribe.plan = replace(stages.control.scribe.plan, fallback=second)
    stages.control.scribe.move(second)
    film.step()
    assert "second folder" in film.answers[0]["why"]
    assert list((film.folder / "stills").iterdir()) == []


def test_nothing_from_before_the_film_goes_on(film: Film) -> None:
    """Right after a pause the next frame is waited for: what the camera saw before is not kept."""
    film.shoot()
    film.ask("pause")
    film.clock.now_ns += 100 * MS_NS
    film.ask("resume")
    # A slow camera hands over what it saw in the pause.
    film.newest.put(Frame(film.clock.now_ns - 50 * MS_NS, 99, 1000))
    film.ask()
    assert not list((film.folder / "stills").iterdir())
    film.shoot()
    film.step()
    assert (film.folder / "stills/0001.jpg").read_bytes() == b"still 2"
