"""Checking: what the checker is shown, what becomes of its silence, and that nothing of it is the film's business."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from tests.clocks import HandClock
from vig_capture.core.errors import DeviceError
from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.model import AudioMode, Frame, Stream, VideoMode
from vig_capture.core.ports import Media
from vig_capture.core.session import State
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.engine.build import build
from vig_capture.engine.capture import MicrophoneStage
from vig_capture.engine.checking import AGAIN_NS, CHECKER_SILENT, GOOD_FOR_NS, CheckStage, wished
from vig_capture.engine.events import Command, Event, TimedBlock
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.looking import NEVER_NS, Newest
from vig_capture.engine.plan import Plan, StreamPlan, World
from vig_capture.engine.ripple import FRAMES, Ripple
from vig_capture.engine.senses import Ears, Eyes
from vig_capture.media.files import PyavMedia
from vig_capture.sim.media import SimPreview

STEP_NS = 50 * MS_NS
RAW = VideoMode(640, 360, 20.0, "yuyv422")
COPIED = VideoMode(640, 360, 20.0, "h264", copied=True)
MODE = AudioMode(1000, 2, 16)
FINE = {"check": "light", "verdict": "good", "code": "fine", "value": 3.0}


class Checker:
    """The port Checker: answers at once, unless it is told otherwise."""

    def __init__(self, clock: HandClock) -> None:
        self.wake: Callable[[], None] = lambda: None
        self.asked: list[Mapping[str, Any]] = []
        self.starts = 0
        self.refuses = self.silent = self.never_ready = False
        self.answer: dict[str, Any] = {"findings": [FINE], "detector": "eyes", "rest_s": 0.5}
        self.running = False
        self._clock = clock
        self._said: list[Mapping[str, Any]] = []

    def start(self) -> None:
        if self.refuses:
            raise DeviceError("no")
        self.starts += 1
        self.running = True
        self._said = [] if self.never_ready else [{"ready": True}]

    def offer(self, message: Mapping[str, Any]) -> None:
        assert self.running
        self.asked.append(message)
        if not self.silent:
            self._say()

    def poll(self) -> Mapping[str, Any] | None:
        return self._said.pop(0) if self._said else None

    def late(self) -> None:
        """The answer that is owed comes at last."""
        self.silent = False
        self._say()

    def alive(self) -> bool:
        return self.running

    def stop(self) -> None:
        self.running = False
        self._said = []

    def _say(self) -> None:
        self._said.append({"id": self.asked[-1]["id"], "mono_ns": self._clock.now_ns} | self.answer)


class Room:
    """A stage on a clock moved by hand, a camera of 20 pictures and a microphone of 20 blocks a second."""

    def __init__(self, mode: VideoMode = RAW, gop: int = 0) -> None:
        self.clock = HandClock()
        self.state: State = "recording"
        self.public_ns = 0
        self.checker = Checker(self.clock)
        self.newest = Newest()
        self.newest.hidden = lambda: self.state == "paused"
        self.newest.opened(mode)
        self.mode, self.gop = mode, gop
        self.number = 0
        self.ears = Ears()
        self.joined = True
        self.settings = {"faces_expected": 2, "rate_wanted": 30.0, "mains_hz": 50}
        eyes = Eyes(self.newest, cast(Media, self))
        self.stage = CheckStage(
            self.checker,
            self.clock,
            eyes,
            self.ears,
            Ripple(self.newest, cast(Media, self)),
            lambda: self.state,
            lambda: self.public_ns,
            lambda: self.settings,
        )

    def preview(self, mode: VideoMode) -> SimPreview:
        return SimPreview(mode)

    def go_on(self, seconds: float, camera: bool = True, steps: bool = True) -> list[Mapping[str, Any]]:
        """Time passes; returns what the checker is asked meanwhile."""
        before = len(self.checker.asked)
        for _ in range(round(seconds * SECOND_NS / STEP_NS)):
            self.clock.now_ns += STEP_NS
            if camera:
                self.number += 1
                key = not self.gop or self.number % self.gop == 0
                self.newest.put(Frame(self.clock.now_ns, self.number, 1000, key, self.mode.copied))
            self.hear()
            if steps:
                self.stage.step()
        return self.checker.asked[before:]

    def hear(self) -> None:
        count = MODE.sample_rate * STEP_NS // SECOND_NS
        samples = np.full((count, 2), (1 << 14, 0), np.int16)
        block = TimedBlock(self.clock.now_ns - STEP_NS, 0.0, samples, MODE, 0, self.joined)
        self.ears.lane.put(block, STEP_NS, count)

    @property
    def codes(self) -> dict[str, str]:
        return {each.check: each.code for each in self.stage.found.at(self.clock.now_ns).findings}


def test_the_newest_picture_twice_a_second() -> None:
    """The checker is shown the newest picture at most twice a second, its luma once, and what it finds is kept."""
    room = Room()
    room.go_on(1)
    asked = room.go_on(10)
    assert 18 <= len(asked) <= 20
    pictures = [message["picture"] for message in asked]
    assert all(picture["mono_ns"] == message["mono_ns"] for picture, message in zip(pictures, asked, strict=True))
    assert all(later["mono_ns"] - one["mono_ns"] >= SECOND_NS // 2 for one, later in pairwise(asked))
    assert sum(picture["luma"] is not None for picture in pictures) in (9, 10)
    assert (pictures[0]["full_width"], pictures[0]["full_height"]) == (640, 360)
    assert room.stage.found.findings == (Finding("light", Verdict.GOOD, "fine", 3.0),)
    assert room.stage.found.detector == "eyes"


def test_the_real_rate() -> None:
    """The rate is counted over 5 s of the frames' own stamps, and unknown before; more than promised is not wished."""
    room = Room()
    first = room.go_on(3)[-1]
    assert (first["rate"], first["settings"]["rate_wanted"]) == (None, 20.0)
    assert room.go_on(4)[-1]["rate"] == pytest.approx(20.0)
    room.go_on(1, camera=False)
    assert room.go_on(3)[-1]["rate"] == pytest.approx(16.0, abs=0.5)
    assert room.go_on(6)[-1]["rate"] == pytest.approx(20.0)


def test_all_sound_as_float32_of_one_channel() -> None:
    """All samples are handed over once and in order, the channels' mean in −1..1, and a hole is told."""
    room = Room()
    heard = [block for message in room.go_on(5) for block in message["sound"]]
    samples = np.concatenate([np.frombuffer(block["samples"], np.float32) for block in heard])
    assert len(samples) >= 4400
    assert np.all(samples == 0.25)
    assert [block["gap"] for block in heard] == [True] + [False] * (len(heard) - 1)
    assert {block["rate"] for block in heard} == {1000}
    room.joined = False
    assert all(block["gap"] for block in room.go_on(0.6)[-1]["sound"])
    room.joined = True
    room.go_on(1)
    room.go_on(5, steps=False)
    late = [block for message in room.go_on(1.5) for block in message["sound"]]
    assert [block["gap"] for block in late].count(True) == 1


@pytest.mark.parametrize("how", ["silent", "dead", "nonsense", "refuses"])
def test_silence_is_unknown_within_three_seconds(how: str) -> None:
    """A checker that hangs, dies or talks nonsense: within 3 s nothing is known, and a new one makes it well again."""
    room = Room()
    room.go_on(5)
    assert room.codes == {"light": "fine"}
    if how == "silent":
        room.checker.silent = True
    elif how == "nonsense":
        room.checker.answer = {"findings": [{"check": 1}], "detector": "eyes", "rest_s": 0.5}
    else:
        room.checker.running = False
        room.checker.refuses = how == "refuses"
    until_ns = room.clock.now_ns + 3 * SECOND_NS
    while room.codes != {"light": CHECKER_SILENT}:
        room.go_on(0.1)
    assert room.clock.now_ns <= until_ns
    assert all(finding.verdict == Verdict.UNKNOWN for finding in room.stage.found.findings)
    room.checker.silent = room.checker.refuses = False
    room.checker.answer = {"findings": [FINE], "detector": "eyes", "rest_s": 0.5}
    room.go_on(14)
    assert room.codes == {"light": "fine"}
    assert room.checker.starts >= 2


def test_an_answer_is_as_old_as_when_it_was_said() -> None:
    """An answer that had to wait until it was heard counts from when it was said; one from the future from now."""
    room = Room()
    room.go_on(5)
    while room.stage.step() or len(room.go_on(STEP_NS / SECOND_NS)) == 0:
        pass
    room.go_on(2, steps=False)
    room.stage.step()
    assert room.codes == {"light": "fine"}
    room.go_on(1.1, steps=False)
    assert room.codes == {"light": CHECKER_SILENT}
    room.checker.answer["mono_ns"] = NEVER_NS
    room.go_on(2)
    assert room.stage.found.until_ns <= room.clock.now_ns + 3 * SECOND_NS


def test_a_late_answer_counts() -> None:
    """A checker that is only slow is not started again: its answer, when it comes, tells."""
    room = Room()
    room.go_on(5)
    starts = room.checker.starts
    room.checker.silent = True
    room.go_on(6)
    assert room.codes == {"light": CHECKER_SILENT}
    room.checker.late()
    room.go_on(1)
    assert room.codes == {"light": "fine"}
    assert room.checker.starts == starts


def test_it_is_tried_again_for_ever_and_ever_more_rarely() -> None:
    """A checker that never works is started after 1, 2, 5, 10 and then every 30 s; one that worked is well again."""
    room = Room()
    room.checker.refuses = True
    room.go_on(1)
    began_ns = room.clock.now_ns
    tries: list[int] = []
    room.checker.refuses = False
    room.checker.never_ready = True
    starts = room.checker.starts
    while len(tries) < 6:
        room.go_on(0.5)
        room.checker.running = False
        if room.checker.starts > starts:
            starts = room.checker.starts
            tries.append(room.clock.now_ns - began_ns)
            began_ns = room.clock.now_ns
    assert all(abs(took - due) <= 2 * SECOND_NS for took, due in zip(tries, (*AGAIN_NS, AGAIN_NS[-1]), strict=True))
    room.checker.never_ready = False
    room.go_on(100)
    room.checker.running = False
    starts = room.checker.starts
    room.go_on(1.5)
    assert room.checker.starts == starts + 1


def test_one_that_never_says_a_word_is_started_again() -> None:
    """A checker that hangs before its first word is given up after a minute."""
    room = Room()
    room.checker.never_ready = True
    room.go_on(55)
    assert room.checker.starts == 1
    room.go_on(8)
    assert room.checker.starts == 2
    assert room.codes == {"picture": CHECKER_SILENT, "sound": CHECKER_SILENT}


def test_a_stage_that_stands_still_shows_nothing_as_known() -> None:
    """Whatever becomes of the stage's own thread, its findings are good for 3 s."""
    room = Room()
    room.go_on(5)
    room.go_on(GOOD_FOR_NS / SECOND_NS + 0.6, steps=False)
    assert room.codes == {"light": CHECKER_SILENT}


@pytest.mark.parametrize("pause_s", [0.1, 0.3, 20.0])
def test_nothing_of_a_pause(pause_s: float) -> None:
    """In a pause nothing is handed over or shown; after it nothing that was captured in it, however short it was."""
    room = Room()
    room.go_on(3)
    room.state, room.public_ns = "paused", NEVER_NS
    paused_ns = room.clock.now_ns
    assert room.go_on(pause_s) == []
    assert room.codes == {}
    room.state, room.public_ns = "recording", room.clock.now_ns
    for message in room.go_on(5):
        stamps = [block["mono_ns"] for block in message["sound"]]
        stamps += [message["picture"]["mono_ns"]] if message["picture"] else []
        assert all(not paused_ns < stamp < room.public_ns for stamp in stamps)
    assert room.codes == {"light": "fine"}
    assert room.checker.starts == 1


def test_a_pause_between_two_steps() -> None:
    """A pause that the stage has slept through is kept as well."""
    room = Room()
    room.go_on(3)
    room.go_on(0.4, steps=False)
    room.public_ns = room.clock.now_ns
    sound = room.go_on(2)[0]["sound"]
    assert min(block["mono_ns"] for block in sound) >= room.public_ns
    assert sound[0]["gap"]


@pytest.mark.parametrize("state", ["paused", "stopping", "closed"])
def test_a_film_that_is_over_is_not_looked_at(state: State) -> None:
    """Nobody starts a checker for what is over."""
    room = Room()
    room.state = state
    assert room.go_on(5) == []
    assert room.checker.starts == 0


def test_a_camera_that_is_gone_is_told() -> None:
    """Without a camera there is no picture, and the checker knows why; sound goes on."""
    room = Room()
    room.go_on(3)
    room.newest.closed()
    last = room.go_on(2, camera=False)[-1]
    assert (last["camera"], last["picture"], bool(last["sound"])) == (False, None, True)


def test_keyframes_alone() -> None:
    """Of H.264 each keyframe is read once, by itself; where they are rare the checker is told so."""
    room = Room(COPIED, gop=20)
    pictures = [message["picture"] for message in room.go_on(10) if message["picture"]]
    numbers = [int.from_bytes(picture["rgb"], "big") for picture in pictures]
    assert len(numbers) in (8, 9)
    assert all(number % 20 == 0 for number in numbers)
    assert room.go_on(1)[-1]["rare"]


def test_it_rests_as_long_as_it_wishes() -> None:
    """A checker for which a look is dear is shown fewer pictures; its sound and its heartbeat go on."""
    room = Room()
    room.checker.answer["rest_s"] = 2.0
    room.go_on(3)
    asked = room.go_on(8)
    assert 8 <= len(asked) <= 16
    assert sum(message["picture"] is not None for message in asked) in (4, 5)


def test_the_light_is_followed_before_the_film_and_at_its_beginning() -> None:
    """Before the film and in its first 10 s runs of 64 frames are handed over, later none; nobody follows H.264."""
    room = Room()
    room.state = "idle"
    rows = [message["rows"] for message in room.go_on(20) if message["rows"]]
    assert len(rows) in (5, 6)
    assert all(each["frames"] * 8 == len(each["means"]) for each in rows)
    assert {round(each["rate"]) for each in rows} == {20}
    room.state = "recording"
    assert any(message["rows"] for message in room.go_on(10))
    room.go_on(1)
    assert not any(message["rows"] for message in room.go_on(20))
    assert room.newest.follower is None
    copied = Room(COPIED, gop=20)
    assert not any(message["rows"] for message in copied.go_on(8))


def test_a_frame_that_is_missed_begins_the_run_anew() -> None:
    """Frames that do not fit into the lane, and a pause, are never in the middle of a run."""
    room = Room()
    room.state = "idle"
    room.go_on(2)
    room.go_on(1, steps=False)
    from_ns = room.clock.now_ns
    rows = [message["rows"] for message in room.go_on(5) if message["rows"]]
    assert rows[0]["mono_ns"] >= from_ns
    room.go_on(2)
    room.state, room.public_ns = "paused", NEVER_NS
    room.go_on(2)
    assert room.newest.follower is None
    room.state, room.public_ns = "idle", room.clock.now_ns
    rows = [message["rows"] for message in room.go_on(5) if message["rows"]]
    assert rows[0]["mono_ns"] >= room.public_ns
    assert rows[0]["frames"] == FRAMES


@pytest.mark.parametrize(
    "answer",
    [
        {"findings": [FINE | {"check": "x" * 100}], "detector": "", "rest_s": 0.5},
        {"findings": [FINE] * 100, "detector": "", "rest_s": 0.5},
        {"findings": [FINE], "detector": "x" * 100, "rest_s": 0.5},
        {"findings": [FINE], "detector": "", "rest_s": float("nan")},
        {"findings": [FINE], "detector": ""},
        {"findings": 5, "detector": "", "rest_s": 0.5},
        {"findings": [FINE], "detector": "", "rest_s": 0.5, "mono_ns": float("inf")},
        {"id": 99},
    ],
)
def test_nonsense(answer: dict[str, Any]) -> None:
    """An answer that cannot be meant ends the checker that gave it."""
    room = Room()
    room.checker.answer = answer
    room.go_on(0.8)
    assert not room.checker.running
    assert {finding.verdict for finding in room.stage.found.findings} == {Verdict.UNKNOWN}


def test_faces_expected() -> None:
    """The people of the sheet count, else what was said before the film, else the settings; none wished is none."""
    settings = {"faces_expected": 2, "rate": 25, "mains_hz": 60}
    people = [{"role": "mother"}, {"role": "child"}, {"role": "child"}]
    assert wished(settings, None, None) == {"faces_expected": 2, "rate_wanted": 25.0, "mains_hz": 60}
    assert wished(settings, [], 4)["faces_expected"] == 4
    assert wished(settings, people, 4)["faces_expected"] == 3
    assert wished(settings | {"faces_expected": 0}, people, 4)["faces_expected"] == 0
    assert wished({}, "?", None) == {"faces_expected": 2, "rate_wanted": 30.0, "mains_hz": 50}


class DeadMicrophone:
    """The port Microphone: it is there, and sends nothing."""

    def open(self) -> AudioMode:
        return MODE

    def read(self) -> None:
        return None

    def close(self) -> None:
        pass


class Film:
    """The stages of a film, stepped by hand."""

    def __init__(self, folder: Path, checks: bool = True) -> None:
        self.clock = HandClock()
        self.checker = Checker(self.clock)
        self.inbox: Inbox[Event] = Inbox()
        streams = [StreamPlan(Stream("mic1", "audio", "a microphone"), open_microphone=DeadMicrophone)]
        plan = Plan(folder, streams, load_vocabulary("vig-core"), "test", start_at_once=False)
        world = World(self.clock, HostDisk(), PyavMedia(), checker=self.checker if checks else None)
        self.stages = build(plan, world, self.inbox, None, 1)
        self.step()

    def step(self, seconds: float = 1.0) -> None:
        for _ in range(round(seconds * 20)):
            self.clock.now_ns += STEP_NS
            for stage in (self.stages.control, self.stages.journal, self.stages.sync, self.stages.checks):
                if stage is not None:
                    stage.step()

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []
        self.inbox.offer(Command({"id": f"{do} {self.clock.now_ns}", "do": do} | fields, answers.append))
        self.step()
        return answers[0]

    @property
    def expected(self) -> int:
        faces: int = self.checker.asked[-1]["settings"]["faces_expected"]
        return faces


def test_from_the_desk_to_the_checker_and_back(tmp_path: Path) -> None:
    """How many faces there should be comes from the settings, a client, and the sheet; findings are in the snapshot."""
    film = Film(tmp_path / "film")
    film.step(3)
    snapshot = film.stages.control.snapshot()
    assert (snapshot["findings"], snapshot["detector"]) == ([FINE], "eyes")
    assert film.expected == 2
    assert film.ask("expect", faces=3)["ok"]
    assert film.expected == 3
    assert not film.ask("expect", faces="many")["ok"]
    assert not film.ask("expect", faces=31)["ok"]
    people = [{"role": role} for role in ("mother", "father", "child", "child")]
    assert film.ask("start", sheet={"people": people})["ok"]
    film.step()
    assert film.expected == 4


def test_switched_off_nothing_is_checked(tmp_path: Path) -> None:
    """Without a checker there is no stage, no lane of its own, and no finding."""
    film = Film(tmp_path / "film", checks=False)
    film.step(3)
    assert film.stages.checks is None
    assert [len(stage._inlet.lanes) for stage in film.stages.captures if isinstance(stage, MicrophoneStage)] == [2]
    snapshot = film.stages.control.snapshot()
    assert (snapshot["findings"], snapshot["detector"]) == ([], "")
