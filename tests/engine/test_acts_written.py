"""The guider's acts on their way through the recorder: on the disk, over a death, and in a second folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import HandClock
from vig_capture.archive.reader import journal_files, read_session
from vig_capture.core.errors import StorageError
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.disk import HostDisk, HostJournalFile
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.engine.build import Stages, build
from vig_capture.engine.events import Command, Event, WriteFailed
from vig_capture.engine.journal import next_journal
from vig_capture.engine.lanes import Inbox
from vig_capture.engine.plan import LATEST_END, Plan, Resumed, World
from vig_capture.media.files import PyavMedia

MINUTE_NS = 60 * SECOND_NS
END_NS = 30 * MINUTE_NS


class RefusingDisk(HostDisk):
    """Makes no further journal in one folder."""

    refused: Path | None = None

    def create_journal(self, path: Path) -> HostJournalFile:
        if path.parent == self.refused:
            raise StorageError("The disk refused.")
        return super().create_journal(path)


class Session:
    """A film of nothing but markers, its stages stepped by hand over the deaths of its recorder."""

    def __init__(self, folder: Path, **plan: Any) -> None:
        self.folder = folder
        self.clock, self.disk = HandClock(), RefusingDisk()
        self.origin_ns = self.clock.now_ns
        self.plan = Plan(folder, [], load_vocabulary("vig-core"), "test", **({"latest_end_ns": END_NS} | plan))
        self.answers: list[dict[str, Any]] = []
        self._count = 0
        self.stages = self._begin(None)

    def _begin(self, before: Resumed | None) -> Stages:
        self.inbox: Inbox[Event] = Inbox()
        stages = build(self.plan, World(self.clock, self.disk, PyavMedia()), self.inbox, before, 1)
        self.stages = stages
        self.step()
        return stages

    def step(self) -> None:
        for _ in range(6):
            for stage in (self.stages.control, self.stages.journal, self.stages.sync):
                stage.step()

    def die(self) -> None:
        """The recorder is killed, and another one goes on in the same folder."""
        self.stages.journal.close()
        folder = self.stages.control.scribe.folder
        self.plan = replace(self.plan, folder=folder)
        number = next_journal(path.name for path in journal_files(folder))
        self._begin(Resumed(read_session(folder).view, number, {}, []))

    def at(self, t_s: float) -> None:
        self.clock.now_ns = self.origin_ns + round(t_s * SECOND_NS)

    def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        self._count += 1
        message = {"id": f"{do}-{self._count}", "do": do, "mono_ns": self.clock.now_ns} | fields
        self.answers.clear()
        self.inbox.offer(Command(message, self.answers.append))
        self.step()
        return self.answers[-1]

    def view(self) -> SessionView:
        """As a reader of the folder that is written now sees it."""
        return read_session(self.stages.control.scribe.folder).view

    def records(self, *kinds: str) -> list[dict[str, Any]]:
        read = read_session(self.stages.control.scribe.folder).records
        return [record for record in read if record["kind"] in kinds]

    def snapshot(self) -> dict[str, Any]:
        return self.stages.control.snapshot()


def test_every_act_is_saved_and_replayed(tmp_path: Path) -> None:
    """Sheet, edit, stretch, leave_out, later and undo are answered when saved, and the journal says what was done."""
    session = Session(tmp_path / "s")
    session.at(5)
    marker = session.ask("mark", key="a")["result"]["marker"]["id"]
    session.at(10)
    answers = [
        session.ask("sheet", fields={"place": "home"}),
        session.ask("edit", fields={"who": "other"}),
        session.ask("leave_out", from_ns=0, to_ns=SECOND_NS),
        session.ask("later", minutes=10),
        session.ask("stretch"),
    ]
    session.at(20)
    answers += [session.ask("stretch"), session.ask("undo", of=marker)]
    assert [answer["result"]["saved"] for answer in answers] == [True] * 7
    view = session.view()
    (stretch,) = view.markers.values()
    assert (stretch.key, stretch.label, stretch.t_ns, stretch.until_ns) == (
        "-",
        "Stretch",
        10 * SECOND_NS,
        20 * SECOND_NS,
    )
    assert [(part.start_ns, part.end_ns) for part in view.left_out.values()] == [(0, SECOND_NS)]
    assert (view.sheet, view.latest_end_ns) == ({"place": "home"}, END_NS + 10 * MINUTE_NS)
    session.ask("redo")
    assert session.view().markers[marker].who == "other"


def test_a_refused_act_is_not_written(tmp_path: Path) -> None:
    """What cannot be meant gets a sentence, and the journal stays as it is."""
    session = Session(tmp_path / "s")
    count = len(read_session(session.folder).records)
    for do, fields in (
        ("edit", {"fields": {"who": "other"}}),
        ("undo", {"of": "nobody"}),
        ("leave_out", {"from_ns": 5, "to_ns": 4}),
        ("sheet", {"fields": "home"}),
        ("later", {"minutes": 500}),
        ("sheet", {"id": "x" * 1_000_000, "fields": {"place": "home"}}),
    ):
        answer = session.ask(do, **fields)
        assert (answer["ok"], bool(answer["what"])) == (False, True)
    assert len(read_session(session.folder).records) == count


@pytest.mark.parametrize("how", ["pause", "stop"])
def test_pause_and_stop_close_a_stretch_at_their_own_moment(tmp_path: Path, how: str) -> None:
    """An open stretch ends with the press, before the record of the pause or the end, and undo does not mean that."""
    session = Session(tmp_path / "s")
    session.at(10)
    marker = session.ask("mark", key="a")["result"]["marker"]["id"]
    stretch = session.ask("stretch")["result"]["marker"]["id"]
    session.at(30)
    session.ask(how, mono_ns=session.clock.now_ns - SECOND_NS)
    closing, *after = session.records("edit", "pause", "state", "closed")[-3 if how == "pause" else -4 :]
    assert (closing["of"], closing["fields"], closing["t_ns"]) == (
        stretch,
        {"until_ns": 29 * SECOND_NS},
        29 * SECOND_NS,
    )
    assert [record["kind"] for record in after] == (
        ["pause", "state"] if how == "pause" else ["state", "state", "closed"]
    )
    assert session.snapshot()["stretch_since_ns"] is None
    assert session.ask("undo")["result"]["of"] == stretch
    assert list(session.view().markers) == [marker]


def test_a_further_recorder_knows_an_open_stretch(tmp_path: Path) -> None:
    """After a death the same stretch is still open, the next press closes it, and the recorder's ids stay unique."""
    session = Session(tmp_path / "s")
    session.at(10)
    stretch = session.ask("stretch")["result"]["marker"]["id"]
    session.at(20)
    session.die()
    assert session.snapshot()["stretch_since_ns"] == 10 * SECOND_NS
    session.at(25)
    assert session.ask("stretch")["result"]["open"] is False
    assert session.view().markers[stretch].until_ns == 25 * SECOND_NS
    for _ in range(3):
        session.at(session.view().last_t_ns / SECOND_NS + 5)
        session.ask("stretch")
        session.ask("pause")
        session.ask("resume")
        session.die()
    by_recorder = [record["id"] for record in session.records("edit") if record.get("by")]
    assert len(set(by_recorder)) == 3
    assert session.view().open_stretches() == []


def test_a_later_end_survives_the_recorder(tmp_path: Path) -> None:
    """A film whose end was moved goes on over the old end, in whatever run, and ends at the new one."""
    session = Session(tmp_path / "s")
    session.at(10)
    session.ask("later", minutes=10, id="once")
    session.die()
    assert session.ask("later", minutes=10, id="once")["result"]["latest_end_ns"] == END_NS + 10 * MINUTE_NS
    assert session.snapshot()["latest_end_ns"] == END_NS + 10 * MINUTE_NS
    session.at(30 * 60 + 5)
    session.step()
    assert session.stages.control.state == "recording"
    session.at(40 * 60)
    session.step()
    assert (session.stages.control.state, session.view().reason) == ("closed", LATEST_END)


def test_a_further_run_with_a_later_end_of_its_own_keeps_it(tmp_path: Path) -> None:
    """Whoever continues a film with a later latest end films until then; an earlier one takes nothing away."""
    session = Session(tmp_path / "s")
    session.at(10)
    for end_ns in (2 * END_NS, END_NS // 2):
        session.plan = replace(session.plan, latest_end_ns=end_ns)
        session.die()
        assert session.snapshot()["latest_end_ns"] == max(END_NS, end_ns)


def test_after_the_film(tmp_path: Path) -> None:
    """When the film is over, sheet, edits and parts to leave out are still taken; its end and stretches are not."""
    session = Session(tmp_path / "s")
    session.at(10)
    session.ask("mark", key="a")
    session.ask("stop")
    session.at(60)
    for do, fields in (
        ("sheet", {"fields": {"place": "home"}}),
        ("edit", {"fields": {"t_ns": 9 * SECOND_NS}}),
        ("leave_out", {"from_ns": 0, "to_ns": SECOND_NS}),
        ("undo", {}),
    ):
        assert session.ask(do, **fields)["result"]["saved"], do
    assert session.view().left_out == {}
    for do, fields in (("later", {"minutes": 10}), ("stretch", {})):
        assert not session.ask(do, **fields)["ok"], do
    assert session.view().closed


def test_a_second_folder_alone_tells_what_is_still_true(tmp_path: Path) -> None:
    """After a move the second folder knows the sheet and the latest end; an open stretch ends in the first folder and
    goes on in the second, where it can be closed. So it is after a death, too."""
    session = Session(tmp_path / "one" / "s", fallback=tmp_path / "two")
    session.at(5)
    session.ask("sheet", fields={"place": "home", "question": "How do we start?"})
    session.ask("later", minutes=10)
    session.ask("stretch")
    session.at(20)
    session.inbox.post(WriteFailed("cam1", StorageError("The disk refused."), session.folder))
    session.step()
    first, second = read_session(session.folder).view, session.view()
    assert second.previous == first.id
    assert second.sheet == first.sheet == {"place": "home", "question": "How do we start?"}
    assert second.latest_end_ns == first.latest_end_ns == END_NS + 10 * MINUTE_NS
    parts = [(part.t_ns, part.until_ns, part.open) for view in (first, second) for part in view.markers.values()]
    assert parts == [(5 * SECOND_NS, 20 * SECOND_NS, False), (20 * SECOND_NS, None, True)]
    session.die()
    assert session.snapshot()["latest_end_ns"] == END_NS + 10 * MINUTE_NS
    session.at(30)
    assert session.ask("stretch")["result"]["open"] is False
    assert [part.until_ns for part in session.view().markers.values()] == [30 * SECOND_NS]


def test_what_the_first_disk_refused_is_kept_on_the_second(tmp_path: Path) -> None:
    """Sheet and latest end that the first journal could not take are saved in the second, and said to be."""
    session = Session(tmp_path / "one" / "s", fallback=tmp_path / "two")
    session.at(5)
    session.disk.refused = session.folder
    session.stages.journal.close()
    answers = [session.ask("sheet", fields={"place": "home"}), session.ask("later", minutes=10)]
    for seconds in (7, 9):
        session.at(seconds)
        session.step()
    assert [answer["ok"] for answer in answers] == [True, True]
    assert (session.view().sheet, session.view().latest_end_ns) == ({"place": "home"}, END_NS + 10 * MINUTE_NS)
    assert session.view().commands == {"sheet-1", "later-2"}


def test_the_film_screen_learns_nothing_private(tmp_path: Path) -> None:
    """A snapshot holds neither the session sheet nor a note, and of a private marker no more than of any other."""
    session = Session(tmp_path / "s")
    session.at(10)
    goals = [{"id": "1", "label": "play", "why": "secret reason"}]
    session.ask("sheet", fields={"question": "secret question", "goals": goals})
    session.ask("mark", key="l", note="secret note")
    session.ask("edit", fields={"label": "for supervision", "private": True})
    session.ask("stretch")
    shown = session.snapshot()
    assert "secret" not in str(shown)
    private, stretch = shown["markers"]
    assert private.keys() == stretch.keys()
    known = {"id", "key", "label", "who", "t_ns", "until_ns", "open", "star", "goal", "private", "saved"}
    assert private.keys() == known
    assert shown["goals"] == [{"id": "1", "label": "play"}]
    assert (shown["stretch_since_ns"], stretch["open"], private["private"]) == (10 * SECOND_NS, True, True)
