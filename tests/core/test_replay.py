"""The one reading of a journal: live state, undo and redo."""

from __future__ import annotations

import copy
import gc
import sys
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from journal_damage import realistic

from vig_capture.core.acts import CHANGES, MADE
from vig_capture.core.model import Marker
from vig_capture.core.replay import SessionView, replay
from vig_capture.core.time import Anchor

CONTENT: dict[str, dict[str, Any]] = {
    "extend": {},
    "note": {"text": "er wartet 👀"},
    "star": {"on": True},
    "goal": {"goal": "mehr warten"},
    "edit": {"fields": {"label": "Antwort", "t_ns": 77, "private": True, "id": "never", "unheard": 1}},
    "leave_out": {"start_ns": 5, "end_ns": 7},
}
CLOSING: dict[str, Any] = {"kind": "edit", "fields": {"until_ns": 99}}


def act(seq: int, kind: str, **fields: Any) -> dict[str, Any]:
    base = {"v": 1, "kind": kind, "seq": seq, "t_ns": seq * 1000, "id": f"a{seq}"}
    if kind == "marker":
        base |= {"key": "a", "label": "Initiative", "who": "self", "utc": "", "note": ""}
    return base | CONTENT.get(kind, {}) | fields


def by_definition(records: list[dict[str, Any]]) -> tuple[list[tuple[str, Marker]], list[str], list[str]]:
    """The markers, the open stretches and the parts left out as rule 1 of core/acts.py words it, in the slowest
    way."""
    acts = {record["id"]: record for record in records}

    def in_force(act_id: str) -> bool:
        return not any(r["kind"] == "undo" and r["of"] == act_id and in_force(r["id"]) for r in records)

    markers: dict[str, Marker] = {}
    for record in records:
        if record["kind"] == "marker" and in_force(record["id"]):
            changes = [r for r in records if r["kind"] in CHANGES and r["of"] == record["id"] and in_force(r["id"])]
            markers |= replay([acts[record["id"]], *changes]).markers
    left_out = [record["id"] for record in records if record["kind"] == "leave_out" and in_force(record["id"])]
    return list(markers.items()), [marker.id for marker in markers.values() if marker.open], left_out


def as_it_is(view: SessionView) -> tuple[list[tuple[str, Marker]], list[str], list[str]]:
    stretches = [marker.id for marker in view.open_stretches()]
    return copy.deepcopy(list(view.markers.items())), stretches, list(view.left_out)


class Guider(RuleBasedStateMachine):
    """Somebody who marks, changes, undoes and redoes in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.live = SessionView()
        self.records: list[dict[str, Any]] = []

    def say(self, kind: str, **fields: Any) -> str:
        record = act(len(self.records) + 1, kind, **fields)
        self.records.append(record)
        self.live.apply(record)
        return str(record["id"])

    def shown(self) -> tuple[list[tuple[str, Marker]], list[str], list[str]]:
        return as_it_is(self.live)

    @rule(stretch=st.booleans())
    def mark(self, stretch: bool) -> None:
        self.say("marker", open=stretch)

    @rule()
    def leave_out(self) -> None:
        self.say("leave_out")

    @precondition(lambda self: self.live.open_stretches())
    @rule()
    def close(self) -> None:
        self.say(of=self.live.open_stretches()[-1].id, **CLOSING)

    @precondition(lambda self: self.live.open_stretches())
    @rule()
    def the_recorder_closes(self) -> None:
        undo, redo = self.live.last_act(), self.live.last_undone()
        for marker in self.live.open_stretches():
            self.say(of=marker.id, by="recorder", **CLOSING)
        assert not self.live.open_stretches()
        assert (self.live.last_act(), self.live.last_undone()) == (undo, redo)

    @precondition(lambda self: self.live.markers)
    @rule(kind=st.sampled_from(CHANGES), which=st.randoms(use_true_random=False))
    def change(self, kind: str, which: Any) -> None:
        self.say(kind, of=which.choice(list(self.live.markers)))

    @precondition(lambda self: self.live.last_act())
    @rule()
    def undo_and_redo_and_undo(self) -> None:
        before = self.shown()
        taken_back = self.live.last_act()
        undo = self.say("undo", of=taken_back)
        without = self.shown()
        assert without != before or self.live.acts[str(taken_back)].kind in CHANGES
        assert self.live.last_undone() == undo
        self.say("undo", of=undo)
        assert self.shown() == before
        assert self.live.last_act() == taken_back
        self.say("undo", of=taken_back)
        assert self.shown() == without

    @precondition(lambda self: self.live.last_undone())
    @rule()
    def redo(self) -> None:
        self.say("undo", of=self.live.last_undone())

    @precondition(lambda self: self.records)
    @rule(which=st.randoms(use_true_random=False))
    def take_back_anything(self, which: Any) -> None:
        self.say("undo", of=which.choice(self.records)["id"])

    @rule(kind=st.sampled_from((*MADE, *CHANGES)))
    def change_and_take_it_back(self, kind: str) -> None:
        before = self.shown()
        of = {} if kind in MADE else {"of": next(iter(self.live.markers), "nobody")}
        made = self.say(kind, **of)
        self.say("undo", of=made)
        assert self.shown() == before

    @invariant()
    def replay_gives_the_live_state(self) -> None:
        assert replay(self.records) == self.live

    @invariant()
    def what_is_shown_is_what_the_acts_in_force_say(self) -> None:
        assert self.shown() == by_definition(self.records)


Guider.TestCase.settings = settings(max_examples=60, stateful_step_count=14, deadline=None)
TestGuider = Guider.TestCase


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_every_prefix_gives_the_state_that_was_live(seed: int) -> None:
    """Replaying any prefix of a session of every kind of record equals the view that had applied it."""
    records = realistic(50, seed)
    live = SessionView()
    for count, record in enumerate(records, 1):
        live.apply(record)
        assert replay(records[:count]) == live


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.sets(st.integers(0, 79)))
def test_a_journal_with_holes_never_fails(seed: int, lost: set[int]) -> None:
    """Records that name what a damaged journal lost are taken without an error, and invent no marker."""
    records = [record for index, record in enumerate(realistic(80, seed)) if index not in lost]
    made = {record["id"] for record in records if record["kind"] == "marker"}
    assert set(replay(records).markers) <= made


def test_a_press_costs_the_same_in_a_long_session() -> None:
    """Marking, changing, leaving out, undoing and redoing takes as many calls with 5,000 markers as with 10."""
    assert calls_for_presses(5000) == calls_for_presses(10)


def calls_for_presses(markers: int) -> int:
    view = replay(act(seq, "marker") for seq in range(1, markers + 1))
    calls = 0

    def count(*_: Any) -> None:
        nonlocal calls
        calls += 1

    # A collection that happens to fall in here would be counted with its callbacks.
    gc.disable()
    sys.setprofile(count)
    try:
        seq = markers + 1
        view.apply(act(seq, "marker"))
        view.apply(act(seq + 1, "note", of=f"a{seq}"))
        view.apply(act(seq + 2, "star", of="a1"))
        view.apply(act(seq + 3, "undo", of=view.last_act()))
        view.apply(act(seq + 4, "undo", of=view.last_act()))
        view.apply(act(seq + 5, "undo", of=view.last_act()))
        view.apply(act(seq + 6, "undo", of=view.last_undone()))
        view.apply(act(seq + 7, "leave_out"))
        view.apply(act(seq + 8, "marker", open=True))
        view.apply(act(seq + 9, of=view.open_stretches()[-1].id, **CLOSING))
        view.apply(act(seq + 10, "undo", of=view.last_act()))
        view.apply(act(seq + 11, "edit", of="a1"))
        view.apply(act(seq + 12, "undo", of=f"a{seq + 7}"))
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls


def test_undo_goes_back_through_the_acts_and_redo_forward() -> None:
    """Undo takes back the last act first; redo brings them back in order; a new act ends the redoing."""
    view = replay([act(1, "marker"), act(2, "marker"), act(3, "star", of="a2")])
    undone = []
    for seq in range(4, 7):
        undone.append(view.last_act())
        view.apply(act(seq, "undo", of=view.last_act()))
    assert undone == ["a3", "a2", "a1"]
    assert (view.last_act(), list(view.markers)) == (None, [])
    view.apply(act(7, "undo", of=view.last_undone()))
    view.apply(act(8, "undo", of=view.last_undone()))
    assert list(view.markers) == ["a1", "a2"]
    assert not view.markers["a2"].star
    view.apply(act(9, "note", of="a1"))
    assert view.last_undone() is None
    assert view.last_act() == "a9"


def test_a_marker_taken_out_of_the_middle_comes_back_to_its_place() -> None:
    """Undoing a marker by its id and redoing it keeps the order of the presses, and its changes."""
    view = replay([act(1, "marker"), act(2, "marker"), act(3, "goal", of="a1"), act(4, "undo", of="a1")])
    assert list(view.markers) == ["a2"]
    assert view.last_act() == "a2"
    view.apply(act(5, "undo", of="a4"))
    assert list(view.markers) == ["a1", "a2"]
    assert view.markers["a1"].goal == "mehr warten"


def test_edits_set_what_may_be_edited_only() -> None:
    """An edit sets the fields that it may and leaves the id and unknown names alone."""
    marker = replay([act(1, "marker"), act(2, "edit", of="a1")]).markers["a1"]
    assert (marker.id, marker.label, marker.t_ns, marker.private) == ("a1", "Antwort", 77, True)


def test_an_extension_moves_the_end_of_a_marker() -> None:
    """An extend record's own time becomes the marker's extended_ns; undone, the earlier one is back."""
    view = replay([act(1, "marker"), act(2, "extend", of="a1"), act(3, "extend", of="a1")])
    assert view.markers["a1"].extended_ns == 3000
    view.apply(act(4, "undo", of="a3"))
    assert view.markers["a1"].extended_ns == 2000


def test_an_edit_that_sets_the_end_closes_a_stretch() -> None:
    """A stretch is open until an edit says where it ends; with that taken back it is open again."""
    view = replay([act(1, "marker", open=True), act(2, "star", of="a1")])
    assert [marker.id for marker in view.open_stretches()] == ["a1"]
    view.apply(act(3, of="a1", **CLOSING))
    stretch = view.markers["a1"]
    assert (stretch.until_ns, stretch.open, stretch.star, view.open_stretches()) == (99, False, True, [])
    view.apply(act(4, "undo", of="a3"))
    assert (view.markers["a1"].until_ns, view.markers["a1"].open) == (None, True)


def test_what_the_recorder_did_is_not_the_last_act() -> None:
    """A closing by the recorder can be taken back by its id; undo without one means what the guider did last."""
    view = replay([act(1, "marker"), act(2, "marker", open=True), act(3, "star", of="a1"), act(4, "undo", of="a3")])
    view.apply(act(5, of="a2", by="recorder", **CLOSING))
    assert (view.last_act(), view.last_undone()) == ("a2", "a4")
    view.apply(act(6, "undo", of="a5"))
    assert (view.markers["a2"].open, view.last_act()) == (True, "a2")


def test_a_part_left_out_comes_back_and_goes_again() -> None:
    """Leaving out is an act: undo brings the part back into the film, redo leaves it out in its old place."""
    view = replay([act(1, "leave_out", end_ns=9), act(2, "leave_out")])
    assert [(part.id, part.start_ns, part.end_ns) for part in view.left_out.values()] == [("a1", 5, 9), ("a2", 5, 7)]
    view.apply(act(3, "undo", of="a1"))
    assert (list(view.left_out), view.last_act()) == (["a2"], "a2")
    view.apply(act(4, "undo", of=view.last_undone()))
    assert list(view.left_out) == ["a1", "a2"]


def record(seq: int, kind: str, t_ns: int, **fields: Any) -> dict[str, Any]:
    return {"v": 1, "kind": kind, "seq": seq, "t_ns": t_ns} | fields


def test_time_recorded_leaves_out_pauses_and_the_hole_of_a_crash() -> None:
    """Only time in the state recording counts, and of a crash only what was before its last record."""
    view = replay(
        [
            record(1, "state", 0, state="arming"),
            record(2, "state", 100, state="recording"),
            record(3, "pause", 300),
            record(4, "state", 300, state="paused"),
            record(5, "resume", 400),
            record(6, "state", 400, state="recording"),
            record(7, "clock", 450),
            record(8, "run", 1000, run=2, origin_mono_ns=5, origin_utc_ns=6, boot_id="b"),
            record(9, "state", 1100, state="recording"),
        ]
    )
    assert view.recorded_ns(1200) == 200 + 50 + 200
    assert view.pauses == [(300, 400)]
    assert (view.run, view.anchor) == (2, Anchor(5, 6, "b"))


def test_segments_and_gaps_are_replaced_by_what_is_said_later() -> None:
    """A closed record completes the open segment of its file; a gap's later record replaces the earlier one."""
    opened = record(1, "segment", 5, stream="cam1", file="film/cam1-0001.mp4", phase="open", start_ns=5, sound="mic1")
    closed = opened | {"seq": 2, "phase": "closed", "end_ns": 9, "frames": 3, "sha256": "ab", "size_bytes": 7}
    gap = record(3, "gap", 9, id="g1", stream="cam1", start_ns=9, end_ns=None, lost=0, cause="unplugged")
    view = replay([opened, closed, gap, gap | {"seq": 4, "end_ns": 12, "lost": 2}])
    (segment,) = view.segments
    assert (segment.end_ns, segment.frames, segment.sha256, segment.sound) == (9, 3, "ab", "mic1")
    assert [(item.end_ns, item.lost) for item in view.gaps.values()] == [(12, 2)]


def test_a_session_is_closed_until_it_is_run_again() -> None:
    """`closed` gives the reason; a further run opens the session again."""
    view = replay([record(1, "state", 1, state="recording"), record(2, "closed", 5, reason="stopped")])
    assert (view.closed, view.state, view.reason, view.recorded_ns(99)) == (True, "closed", "stopped", 4)
    view.apply(record(3, "run", 50, run=2))
    assert (view.closed, view.reason) == (False, "")


def test_unknown_kinds_are_kept() -> None:
    """A record of an unknown kind stands in `unknown` and counts as the last one."""
    view = replay([record(1, "dance", 7, steps=2)])
    assert (view.unknown, view.last_seq, view.last_t_ns) == ([record(1, "dance", 7, steps=2)], 1, 7)
