"""Looking: five pictures a second at most, nothing of a pause, nothing decoded for nobody, no fault the film's."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clocks import HandClock
from vig_capture.core.errors import UserError
from vig_capture.core.model import Frame, VideoMode
from vig_capture.core.ports import Media
from vig_capture.core.session import STATES, State
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.engine.looking import (
    GROUP_BYTES_MAX,
    NEVER_NS,
    PICTURE_EVERY_NS,
    POINTS_MAX,
    LookingStage,
    Newest,
    asked,
)
from vig_capture.engine.recorder import Recorder
from vig_capture.engine.stage import Stage
from vig_capture.sim.media import SimPreview

RAW = VideoMode(640, 360, 30.0, "yuyv422")
COPIED = VideoMode(640, 360, 30.0, "h264", copied=True)


class Room:
    """A looking stage on a clock moved by hand, with one camera of 30 pictures a second."""

    def __init__(self, mode: VideoMode = RAW, gop: int = 0) -> None:
        self.clock = HandClock()
        self.state: State = "recording"
        self.newest = Newest()
        self.mode = mode
        self.gop = gop
        self.number = 0
        self.added: list[int] = []
        """Numbers of the frames that were decoded or kept to be scaled."""
        self.previews = 0
        self.stage = LookingStage(
            "cam1", self.newest, cast(Media, self), self.clock, lambda: self.state, lambda mono_ns: mono_ns - 7
        )
        self.woken = 0
        self.stage.wake = self._count
        self.newest.opened(mode)

    def _count(self) -> None:
        self.woken += 1

    def preview(self, mode: VideoMode) -> SimPreview:
        self.previews += 1
        added = self.added

        class Counting(SimPreview):
            def add(self, frame: Frame, alone: bool) -> None:
                super().add(frame, alone)
                added.append(frame.picture)

        return Counting(mode)

    def film(self, seconds: float, size_bytes: int = 1000) -> None:
        """The camera goes on; the stage steps whenever it is woken, as its thread does."""
        for _ in range(round(seconds * 30)):
            self.clock.now_ns += SECOND_NS // 30
            key = not self.gop or self.number % self.gop == 0
            self.number += 1
            woken = self.woken
            self.newest.put(Frame(self.clock.now_ns, self.number, size_bytes, key, self.mode.copied))
            if self.woken > woken:
                self.steps()

    def steps(self) -> None:
        while self.stage.step():
            pass


class Client:
    """Takes pictures."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.pictures: list[dict[str, Any]] = []
        self.at_ns: list[int] = []

    def show(self, picture: dict[str, Any]) -> None:
        self.pictures.append(picture)
        self.at_ns.append(self.room.clock.now_ns)

    @property
    def numbers(self) -> list[int]:
        return [int.from_bytes(picture["rgb"], "big") for picture in self.pictures]

    def look(self, seconds: float, width: int = 4, height: int = 2) -> None:
        self.room.stage.look(self.show, seconds, width, height)
        self.room.steps()


def test_nobody_looks() -> None:
    """While nobody looks nothing is decoded, the stage is not even woken, and one frame is all that is kept."""
    for room in (Room(), Room(COPIED, 30), Room(COPIED, 300)):
        room.film(5)
        assert (room.woken, room.added, room.previews) == (0, [], 0)
        assert room.newest.group is not None
        assert len(room.newest.group.frames) == 1


def test_the_newest_at_most_five_a_second() -> None:
    """A client gets the newest picture in the size it asked for, no more often than every fifth of a second."""
    room = Room()
    room.film(1)
    client = Client(room)
    client.look(4, 6, 4)
    assert client.numbers == [30]
    room.film(3)
    assert 3 * 4 <= len(client.pictures) <= 3 * 5 + 1
    assert all(
        later - sooner >= PICTURE_EVERY_NS for sooner, later in zip(client.at_ns, client.at_ns[1:], strict=False)
    )
    assert [picture["mono_ns"] for picture in client.pictures] == client.at_ns
    last = client.pictures[-1]
    assert (last["stream"], last["width"], last["height"], len(last["rgb"])) == ("cam1", 6, 4, 72)
    assert last["t_ns"] == last["mono_ns"] - 7
    # Woken for a picture that is due, not for each.
    assert room.woken <= 2 * len(client.pictures)


def test_a_look_ends_by_itself_or_by_leaving() -> None:
    """After its seconds, or when the client leaves, nothing more is sent or decoded."""
    room = Room()
    client, other = Client(room), Client(room)
    client.look(2)
    other.look(10)
    room.film(5)
    assert 8 <= len(client.pictures) <= 11
    assert len(other.pictures) >= 20
    room.stage.leave(other.show)
    room.film(1)
    added = len(room.added)
    room.film(2)
    assert len(room.added) == added
    assert room.newest.due_ns == NEVER_NS


def test_a_camera_that_stands_still_is_sent_once() -> None:
    """A picture is not sent twice to the same client; another client, and another size, get it as well."""
    room = Room()
    room.film(1)
    client, other = Client(room), Client(room)
    client.look(30)
    for _ in range(20):
        room.clock.now_ns += 100 * MS_NS
        room.steps()
    assert client.numbers == [30]
    other.look(30)
    assert other.numbers == [30]
    client.look(30, 8, 8)
    room.clock.now_ns += PICTURE_EVERY_NS
    room.steps()
    assert [picture["width"] for picture in client.pictures] == [4, 8]


@given(
    st.lists(st.tuples(st.sampled_from(STATES), st.floats(0.03, 3.0)), max_size=8), st.sampled_from((0, 10, 40, 300))
)
def test_nothing_of_a_pause(states: list[tuple[State, float]], gop: int) -> None:
    """In a pause nothing is sent, and what was captured in it is never shown; in every other state it is."""
    room = Room(COPIED if gop else RAW, gop)
    client = Client(room)
    client.look(100)
    hidden: set[int] = set()
    for state, seconds in states:
        room.state = state
        before, first = len(client.pictures), room.number + 1
        room.film(seconds)
        if state == "paused":
            hidden |= set(range(first, room.number + 1))
            assert len(client.pictures) == before
        elif not gop:
            assert seconds < 0.25 or len(client.pictures) > before
    assert not hidden & set(client.numbers)


def test_after_a_pause_the_picture_comes_back() -> None:
    """Filming again brings the picture back with its first frame, though it was not looked for meanwhile."""
    room = Room()
    client = Client(room)
    client.look(100)
    room.film(1)
    room.state = "paused"
    room.film(3)
    room.stage.step()
    count = len(client.pictures)
    room.state = "recording"
    room.film(0.04)
    assert len(client.pictures) == count + 1


def test_keyframes_alone_where_they_come_often() -> None:
    """Of H.264 with a keyframe a second only those are decoded; the first group, of which that is not known, whole."""
    room = Room(COPIED, 30)
    client = Client(room)
    client.look(100)
    room.film(10)
    assert room.added[-8:] == [61, 91, 121, 151, 181, 211, 241, 271]
    assert client.numbers[-8:] == room.added[-8:]
    assert room.previews == 1


def test_every_picture_where_keyframes_are_rare() -> None:
    """Of H.264 with a keyframe every 10 s each picture is decoded, once and in order, and five a second are shown; only
    of what a further keyframe makes old the rest is left out."""
    room = Room(COPIED, 300)
    client = Client(room)
    client.look(100)
    room.film(25)
    assert room.added == sorted(set(room.added))
    left_out = set(range(1, room.added[-1])) - set(room.added)
    assert left_out <= {*range(294, 301), *range(594, 601)}
    assert room.added[-1] > 740
    assert len(client.pictures) >= 25 * 4


def test_looking_begins_in_the_middle_of_a_group() -> None:
    """Who begins to look 7 s after a rare keyframe sees that one at once, and every picture from the next one on."""
    room = Room(COPIED, 300)
    room.film(7)
    client = Client(room)
    client.look(10)
    room.film(2.5)
    assert client.numbers == [1]
    room.film(2)
    assert client.numbers[1] > 300
    assert room.added[1:] == list(range(301, client.numbers[-1] + 1))


@pytest.mark.parametrize("state", ["idle", "arming"])
def test_before_the_film_somebody_is_about_to_look(state: State) -> None:
    """Before the film a rare keyframe makes nobody wait: who begins to look sees the newest picture at once."""
    room = Room(COPIED, 600)
    room.state = state
    room.film(7)
    client = Client(room)
    client.look(10)
    assert client.numbers == [210]


def test_what_nobody_looks_at_any_more_is_let_go() -> None:
    """When the last look has ended, the pictures that were kept for it are not kept any longer."""
    room = Room(COPIED, 10**9)
    client = Client(room)
    client.look(5)
    room.film(4)
    assert room.newest.group is not None
    assert len(room.newest.group.frames) > 100
    room.film(2)
    room.stage.step()
    room.film(0.04)
    assert room.newest.group is None


def test_a_group_without_end_is_not_kept() -> None:
    """A camera that never sends another keyframe fills no memory: its picture stands still."""
    room = Room(COPIED, 10**9)
    client = Client(room)
    client.look(1000)
    room.film(20, GROUP_BYTES_MAX // 100)
    assert room.newest.group is not None
    assert sum(frame.size_bytes for frame in room.newest.group.frames) <= GROUP_BYTES_MAX
    assert max(client.numbers) <= 100


def test_another_mode_another_preview() -> None:
    """A camera that is opened again in another mode is read anew; a lost one has no picture."""
    room = Room()
    client = Client(room)
    client.look(100)
    room.film(1)
    room.newest.closed()
    count = len(client.pictures)
    room.clock.now_ns += SECOND_NS
    late = Client(room)
    late.look(100)
    assert (len(client.pictures), late.pictures) == (count, [])
    room.mode, room.gop = COPIED, 30
    room.newest.opened(room.mode)
    room.number = 60
    room.film(1)
    assert client.numbers[-1] > 60
    assert room.previews == 2


def test_what_cannot_be_read_is_no_picture() -> None:
    """Where the preview has no picture nothing is sent, and it is tried again with the next frame."""

    class Blind(SimPreview):
        def draw(self, width: int, height: int) -> bytes | None:
            return None if self._number is not None and self._number < 60 else super().draw(width, height)

    room = Room()
    cast(Any, room).preview = Blind
    client = Client(room)
    client.look(100)
    room.film(3)
    assert client.numbers
    assert min(client.numbers) >= 60


@pytest.mark.parametrize("message", [{}, {"seconds": "20"}, {"seconds": -1}, {"seconds": float("nan")}])
@pytest.mark.parametrize("size", [{"width": 4, "height": 2}])
def test_seconds_that_cannot_be_meant(message: dict[str, Any], size: dict[str, int]) -> None:
    """A look for no number of seconds is refused."""
    with pytest.raises(UserError, match="cannot be meant"):
        asked(message | size)


@pytest.mark.parametrize(
    "size", [{}, {"width": 0, "height": 2}, {"width": 2.5, "height": 2}, {"width": POINTS_MAX + 1}]
)
def test_sizes_that_cannot_be_meant(size: dict[str, Any]) -> None:
    """A look at nothing, or at a picture that would keep the line busy, is refused."""
    with pytest.raises(UserError):
        asked({"seconds": 20, "height": 1} | size if size else {"seconds": 20})


def test_what_is_asked() -> None:
    """A look has seconds and a size; without seconds it is an end and needs no size; none lasts for ever."""
    assert asked({"seconds": 20, "width": 120, "height": 80}) == (20.0, 120, 80)
    assert asked({"seconds": 0}) == (0.0, 0, 0)
    assert asked({"seconds": float("inf"), "width": 1, "height": 1}) == (3600.0, 1, 1)


@pytest.mark.parametrize("vital", [True, False])
def test_a_fault_of_looking_is_not_the_films(tmp_path: Path, capsys: pytest.CaptureFixture[str], vital: bool) -> None:
    """A stage that the film needs ends the process with its fault; the looking stage is only missing."""
    recorder = Recorder(cast(Any, None), cast(Any, None), tmp_path)
    stage = Stage() if vital else Room().stage
    recorder._stage_failed(stage, "trace")
    assert recorder._crashed.is_set() is vital
    assert "trace" in capsys.readouterr().err


def test_a_fault_in_a_step_is_not_caught_in_silence() -> None:
    """The stage itself swallows nothing: the top of its thread logs the fault."""
    room = Room()

    def broken(_: VideoMode) -> SimPreview:
        raise ZeroDivisionError

    cast(Any, room).preview = broken
    client = Client(room)
    client.look(10)
    with pytest.raises(ZeroDivisionError):
        room.film(1)
