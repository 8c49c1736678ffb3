"""What a guider's acts become."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vig_capture.core.errors import UserError
from vig_capture.core.replay import SessionView, replay
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.engine.marks import Marks

UTC_NS = 1_795_000_000 * SECOND_NS


class Desk:
    """Marks with a view that takes in what they write."""

    def __init__(self) -> None:
        self.marks = Marks(load_vocabulary("vig-core"))
        self.view = SessionView()
        self.state = "recording"
        self.records: list[dict[str, Any]] = []

    def act(self, do: str, t_s: float = 0.0, act_id: str = "", **fields: Any) -> dict[str, Any]:
        message = {"do": do, "id": act_id or f"{do}-{t_s}", **fields}
        deed = self.marks.deed(message, self.view, round(t_s * SECOND_NS), UTC_NS, self.state)
        if deed.record is not None:
            self.write(deed.record)
        return deed.result

    def write(self, record: dict[str, Any]) -> None:
        self.records.append({"v": 1, "seq": len(self.records) + 1, **record})
        self.view.apply(self.records[-1])

    def labels(self) -> list[str]:
        return [marker.label for marker in self.view.markers.values()]


def test_same_extend_new() -> None:
    """The same key is the same marker at once, extends it within its look-ahead, and is a new one after that."""
    desk = Desk()
    acts = [desk.act("mark", t_s, key="a")["act"] for t_s in (10.0, 11.0, 12.4, 15.0, 19.0, 40.0)]
    assert acts == ["marker", "same", "same", "extend", "extend", "marker"]
    first = next(iter(desk.view.markers.values()))
    assert (first.t_ns, first.extended_ns) == (10 * SECOND_NS, 19 * SECOND_NS)


def test_an_extension_says_whether_its_press_is_uncertain() -> None:
    """A press that extends keeps what the client said of it; the marker's own moment stays as certain as it was."""
    desk = Desk()
    desk.act("mark", 10.0, key="a")
    desk.act("mark", 12.0, key="a", uncertain=True)
    desk.act("mark", 14.0, key="a")
    assert [(each["kind"], each["uncertain"]) for each in desk.records] == [
        ("marker", False),
        ("extend", True),
        ("extend", False),
    ]
    assert [marker.uncertain for marker in desk.view.markers.values()] == [False]


def test_the_other_person_is_another_key() -> None:
    """Shift marks the other person, at the same moment and without doubling."""
    desk = Desk()
    desk.act("mark", 1.0, key="a")
    assert desk.act("mark", 1.1, key="A")["act"] == "marker"
    assert [marker.who for marker in desk.view.markers.values()] == ["self", "other"]


def test_sent_twice_written_once() -> None:
    """A command that is sent again is answered again and changes nothing."""
    desk = Desk()
    desk.act("mark", 1.0, act_id="x", key="a")
    desk.act("mark", 20.0, act_id="y", key="e")
    again = desk.act("mark", 1.0, act_id="x", key="a")
    assert (again["again"], again["marker"]["id"], len(desk.view.markers)) == (True, "x", 2)


def test_undo_redo_and_a_fresh_press() -> None:
    """Undo takes back the last act, redo brings it back, and a press right after an undo is a new marker."""
    desk = Desk()
    desk.act("mark", 1.0, key="a")
    desk.act("star", 1.5)
    desk.act("undo", 2.0)
    assert [marker.star for marker in desk.view.markers.values()] == [False]
    desk.act("undo", 2.1)
    assert desk.labels() == []
    assert desk.act("mark", 2.2, key="a")["act"] == "marker"
    desk.act("undo", 3.0)
    desk.act("redo", 3.1)
    assert desk.labels() == ["Tuned in"]


def test_undo_without_anything() -> None:
    """With nothing to take back the guider is told so."""
    with pytest.raises(UserError, match="nothing to take back"):
        Desk().act("undo")
    with pytest.raises(UserError, match="nothing to bring back"):
        Desk().act("redo")


def test_notes_goals_stars_belong_to_the_last_marker() -> None:
    """What is said without naming a marker is said of the last one; a marker may be named too."""
    desk = Desk()
    desk.act("mark", 1.0, act_id="first", key="a")
    desk.act("mark", 2.0, act_id="second", key="e")
    desk.act("note", 3.0, note="he waited")
    desk.act("goal", 4.0, goal="calm mornings", of="first")
    desk.act("star", 5.0)
    first, second = desk.view.markers["first"], desk.view.markers["second"]
    assert (first.note, first.goal, first.star) == ("", "calm mornings", False)
    assert (second.note, second.goal, second.star) == ("he waited", "", True)
    with pytest.raises(UserError, match="no such marker"):
        desk.act("star", 6.0, of="third")


def test_a_note_with_a_repeated_key_is_kept() -> None:
    """A note that comes with the same key again belongs to the marker that the key made."""
    desk = Desk()
    desk.act("mark", 1.0, key="a")
    assert desk.act("mark", 1.2, key="a", note="he waited")["act"] == "note"
    assert [marker.note for marker in desk.view.markers.values()] == ["he waited"]


def test_a_wrong_key_says_which_are_right() -> None:
    """A key that marks nothing changes nothing and names those that do."""
    desk = Desk()
    with pytest.raises(UserError, match="marks nothing") as caught:
        desk.act("mark", 1.0, key="z")
    assert "a" in caught.value.do
    assert desk.labels() == []


def test_a_key_held_over_a_crash_is_one_marker() -> None:
    """After a death of the recorder the repeats of a held key still belong to their marker."""
    desk = Desk()
    desk.act("mark", 10.0, key="a")
    revived = Desk()
    revived.view = desk.view
    revived.marks.remember(desk.view)
    assert revived.act("mark", 10.9, key="a")["act"] == "same"


def test_a_stretch_opens_and_closes() -> None:
    """The key opens a stretch, its next press closes it, and another one opens the next."""
    desk = Desk()
    told = [desk.act("stretch", t_s)["open"] for t_s in (10.0, 25.0, 40.0)]
    assert told == [True, False, True]
    found = [(mark.key, mark.label, mark.t_ns, mark.until_ns, mark.open) for mark in desk.view.markers.values()]
    ten, later = 10 * SECOND_NS, 40 * SECOND_NS
    assert found == [("-", "Stretch", ten, 25 * SECOND_NS, False), ("-", "Stretch", later, None, True)]


@pytest.mark.parametrize("period_s", [0.033, 0.09])
def test_a_held_key_opens_one_stretch(period_s: float) -> None:
    """Held down for 3 s, the key's repeats neither close the stretch nor open another; the next press closes it."""
    desk = Desk()
    presses = [10.0, 10.66, *(10.66 + step * period_s for step in range(1, int(2.3 / period_s)))]
    acts = [desk.act("stretch", t_s)["act"] for t_s in presses]
    assert acts == ["stretch", *["same"] * (len(acts) - 1)]
    assert desk.act("stretch", 14.0)["open"] is False
    assert len(desk.view.markers) == 1


def test_a_stretch_taken_back_opens_anew_at_once() -> None:
    """Right after an undo the key means what it says, however soon it comes."""
    desk = Desk()
    desk.act("stretch", 10.0)
    desk.act("undo", 10.2)
    assert desk.act("stretch", 10.4)["open"] is True
    desk.act("stretch", 20.0)
    desk.act("undo", 20.2)
    assert desk.act("stretch", 20.4)["open"] is False
    assert [mark.until_ns for mark in desk.view.markers.values()] == [round(20.4 * SECOND_NS)]


def test_presses_of_a_stretch_in_the_wrong_order() -> None:
    """A press that arrives late still marks its own end: before the one that opened, or before a pause that closed."""
    desk = Desk()
    desk.act("stretch", 20.0, act_id="s")
    desk.act("stretch", 10.0)
    stretch = desk.view.markers["s"]
    assert (stretch.t_ns, stretch.until_ns) == (10 * SECOND_NS, 20 * SECOND_NS)
    desk.act("stretch", 30.0, act_id="t")
    fields = {"until_ns": 50 * SECOND_NS}
    desk.write(
        {"kind": "edit", "id": "r1-9", "of": "t", "by": "recorder", "t_ns": fields["until_ns"], "fields": fields}
    )
    assert desk.act("stretch", 40.0)["open"] is False
    assert desk.view.markers["t"].until_ns == 40 * SECOND_NS
    assert desk.act("stretch", 60.0)["open"] is True


def test_no_stretch_is_opened_after_the_film() -> None:
    """Nobody would close it any more."""
    desk = Desk()
    desk.state = "closed"
    with pytest.raises(UserError, match="no stretch to close"):
        desk.act("stretch", 10.0)


def test_tab_gives_the_last_marker_to_the_other_person_and_back() -> None:
    """After that the same key by the first person is a new moment, and the other's is the same one."""
    desk = Desk()
    desk.act("mark", 1.0, key="a", act_id="m")
    desk.act("edit", 1.5, fields={"who": "other"})
    assert desk.view.markers["m"].who == "other"
    assert desk.act("mark", 2.0, key="A")["marker"]["id"] == "m"
    assert desk.act("mark", 2.2, key="a", act_id="n")["act"] == "marker"
    desk.act("undo", 2.4, of="n")
    desk.act("edit", 2.6, fields={"who": "self"})
    assert desk.act("mark", 3.0, key="a")["marker"]["id"] == "m"


def test_an_undone_tab_gives_the_key_back() -> None:
    """With the edit taken back, the press of the first person is again the same moment, the other's a new one."""
    desk = Desk()
    desk.act("mark", 1.0, key="a", act_id="m")
    desk.act("edit", 1.5, fields={"who": "other"})
    desk.act("undo", 1.8)
    assert desk.act("mark", 2.0, key="A")["act"] == "marker"
    assert desk.act("mark", 2.1, key="a")["marker"]["id"] == "m"


def test_undo_of_one_act() -> None:
    """An act is taken back by its id, once; of a marker that is its deletion, and redo brings it back."""
    desk = Desk()
    for name, t_s in (("m", 1.0), ("n", 30.0)):
        desk.act("mark", t_s, key="a", act_id=name)
    desk.act("star", 31.0, of="m", act_id="s")
    desk.act("undo", 32.0, of="m")
    assert list(desk.view.markers) == ["n"]
    for of, said in (("m", "taken back already"), ("nobody", "no such act")):
        with pytest.raises(UserError, match=said):
            desk.act("undo", 33.0, of=of)
    desk.act("redo", 34.0)
    assert [(mark.id, mark.star) for mark in desk.view.markers.values()] == [("m", True), ("n", False)]
    desk.act("undo", 35.0, of="s")
    assert not desk.view.markers["m"].star


class Model:
    """What a guider expects of undo and redo: the acts that stand, the last one on top, and those taken back."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.done: list[str] = []
        self.undone: list[str] = []
        self.fixed: set[str] = set()

    def say(self, record: dict[str, Any]) -> None:
        self.made.append(record)
        if record.get("by"):
            self.fixed.add(record["id"])
        else:
            self.done.append(record["id"])
            self.undone.clear()

    def undo(self, of: str = "") -> None:
        there = self.shown()
        about = {record["id"]: record.get("of", record["id"]) for record in self.made}
        taken = of or next(act for act in reversed(self.done) if about[act] in there)
        self.done.remove(taken)
        self.undone.append(taken)

    def redo(self) -> None:
        self.done.append(self.undone.pop())

    def shown(self) -> dict[str, dict[str, Any]]:
        shown: dict[str, dict[str, Any]] = {}
        for record in self.made:
            if record["id"] not in self.fixed and record["id"] not in self.done:
                continue
            there = shown.get(record.get("of", ""), {})
            match record["kind"]:
                case "marker":
                    names = ("t_ns", "who", "label", "note", "private", "look_back_s")
                    known = {name: record[name] for name in names} | {"star": False, "goal": "", "extended_ns": None}
                    shown[record["id"]] = known | {"until_ns": None, "is_stretch": "open" in record}
                case "leave_out":
                    shown[record["id"]] = {"from": record["start_ns"], "to": record["end_ns"]}
                case _ if not there:
                    pass
                case "extend":
                    there["extended_ns"] = record["t_ns"]
                case "edit":
                    there.update(record["fields"])
                case kind:
                    there[{"note": "note", "star": "star", "goal": "goal"}[kind]] = record[
                        {"note": "text", "star": "on", "goal": "goal"}[kind]
                    ]
        return shown


def as_model(view: SessionView) -> dict[str, dict[str, Any]]:
    names = ("t_ns", "who", "label", "note", "private", "look_back_s", "star", "goal", "extended_ns", "until_ns")
    shown = {
        marker.id: {name: getattr(marker, name) for name in names}
        | {"is_stretch": marker.open or marker.until_ns is not None}
        for marker in view.markers.values()
    }
    return shown | {part.id: {"from": part.start_ns, "to": part.end_ns} for part in view.left_out.values()}


EDITS = ({"who": "other"}, {"who": "self"}, {"t_ns": 500}, {"look_back_s": 3.0, "label": "Answer"}, {"private": True})
STEPS = (
    "mark",
    "mark",
    "stretch",
    "star",
    "note",
    "goal",
    "edit",
    "leave_out",
    "pause",
    "undo",
    "undo",
    "redo",
    "delete",
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 40), st.integers(2, 12)), max_size=40))
def test_undo_and_redo_over_all_acts(steps: list[tuple[str, int, int]]) -> None:
    """Whatever a guider does, takes back and brings back, what stands is what a plain stack of acts says."""
    desk, model, t_s = Desk(), Model(), 0
    for number, (do, pick, after_s) in enumerate(steps):
        t_s += after_s
        fields: dict[str, Any] = {"of": ""}
        markers = list(desk.view.markers)
        if do in ("star", "note", "goal", "edit") and pick % 3 == 0 and markers:
            fields["of"] = markers[pick % len(markers)]
        if do == "pause":
            for stretch in desk.view.open_stretches():
                until = {"until_ns": max(t_s * SECOND_NS, stretch.t_ns)}
                closing = {"kind": "edit", "id": f"r1-{number}", "of": stretch.id, "by": "recorder", "t_ns": 0}
                model.say(closing | {"fields": until, "id": f"r1-{number}-{stretch.id}"})
                desk.write(model.made[-1])
            continue
        if do == "delete":
            if not markers:
                continue
            do, fields = "undo", {"of": markers[pick % len(markers)]}
        fields |= {"key": "aer"[pick % 3], "note": f"note {pick}", "goal": f"goal {pick}", "on": pick % 2 == 0}
        fields |= {"fields": EDITS[pick % len(EDITS)], "from_ns": pick, "to_ns": pick + after_s}
        count = len(desk.records)
        try:
            desk.act(do, float(t_s), f"a{number}", **fields)
        except UserError:
            continue
        assert len(desk.records) == count + 1
        if do == "undo":
            model.undo(fields["of"])
        elif do == "redo":
            model.redo()
        else:
            model.say(desk.records[-1])
        assert as_model(desk.view) == model.shown()
    assert replay(desk.records) == desk.view
