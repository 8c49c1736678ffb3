"""What a guider's acts become."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from vig_capture.core.errors import UserError
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.engine.marks import Marks

UTC_NS = 1_795_000_000 * SECOND_NS


class Desk:
    """Marks with a view that takes in what they write."""

    def __init__(self) -> None:
        self.marks = Marks(load_vocabulary("vig-core"))
        self.view = SessionView()
        self._seq = count(1)

    def act(self, do: str, t_s: float = 0.0, act_id: str = "", **fields: Any) -> dict[str, Any]:
        message = {"do": do, "id": act_id or f"{do}-{t_s}", **fields}
        deed = self.marks.deed(message, self.view, round(t_s * SECOND_NS), UTC_NS, "recording")
        if deed.record is not None:
            self.view.apply({"v": 1, "seq": next(self._seq), **deed.record})
        return deed.result

    def labels(self) -> list[str]:
        return [marker.label for marker in self.view.markers.values()]


def test_same_extend_new() -> None:
    """The same key is the same marker at once, extends it within its look-ahead, and is a new one after that."""
    desk = Desk()
    acts = [desk.act("mark", t_s, key="a")["act"] for t_s in (10.0, 11.0, 12.4, 15.0, 19.0, 40.0)]
    assert acts == ["marker", "same", "same", "extend", "extend", "marker"]
    first = next(iter(desk.view.markers.values()))
    assert (first.t_ns, first.extended_ns) == (10 * SECOND_NS, 19 * SECOND_NS)


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
