"""The laws, as assertions over what truly happened and what is in the folder.

Law 6 (nothing leaves the machine) has no moment in a simulation: tests/sim checks what the code imports.
"""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from vig_capture.core.model import Gap
from vig_capture.core.records import decode_all
from vig_capture.core.replay import SessionView, replay
from vig_capture.core.time import SECOND_NS
from vig_capture.sim.client import LATE_NS, STILL_LATE_NS
from vig_capture.sim.law_counts import counts
from vig_capture.sim.law_deaths import deaths
from vig_capture.sim.law_files import files
from vig_capture.sim.law_stills import stills
from vig_capture.sim.life import Running, journal_paths, known_lives, read_records
from vig_capture.sim.room import Asked, Life, Room, SessionTruth

FORWARD = ("run", "state", "device", "warning", "clock", "session", "stream", "finding", "closed")
"""Kinds whose time is the moment of writing: they never go back."""
REASONS = ("", "stopped by the guider", "the latest end was reached", "the time asked for is over")


def after_life(room: Room, truth: SessionTruth, running: Running) -> None:
    """Checked when a recorder has ended, however it did."""
    life = truth.lives[-1]
    saved = _acts(room, truth)
    for asked in truth.asked.values():
        _law_1(room, asked, saved)
    _only_written(room, truth)
    _law_3(room, truth, life)
    _quality_track(room, life)
    if life.end == "closed" and life.folders_entered == 1:
        # (What could not be saved in the first folder stands in the second one's journal, not in its live view.)
        _same_view(room, running)
    if life.end == "closed":
        _law_4_end(room, truth, running.stages.control.scribe.view)


def after_session(room: Room, truth: SessionTruth) -> None:
    """Checked when nobody will go on with it."""
    if truth.lives[-1].end == "crash":
        return
    _law_4_answers(room, truth)
    _prefixes(room, truth)
    for folder in truth.folders:
        _stretches(room, folder)
    views = [replay(read_records(room.disk, folder)) for folder in truth.folders]
    for first, second in pairwise(views):
        _second_alone(room, first, second)
    stills(room, truth, views)
    gaps = merged_gaps(views)
    deaths(room, truth, files(room, truth, views, gaps))
    counts(room, truth, gaps)


def merged_gaps(views: list[SessionView]) -> dict[str, Gap]:
    """The gaps of a session and its fallback: the same id may be open in one folder and closed in the other."""
    gaps: dict[str, Gap] = {}
    for view in views:
        for name, gap in view.gaps.items():
            if name not in gaps or gaps[name].end_ns is None:
                gaps[name] = gap
    return gaps


# --- law 1: saved is on the disk ------------------------------------------------------------------------------------


def _acts(room: Room, truth: SessionTruth) -> set[str]:
    """Ids of the acts, and of what was said of the film, that a power cut now would leave."""
    found: set[str] = set()
    for folder in truth.folders:
        view = replay(read_records(room.disk, folder, durable=True))
        found.update(view.acts)
        found.update(view.commands)
        found.update(view.stills)
    return found


def _law_1(room: Room, asked: Asked, saved: set[str]) -> None:
    for _, reply in asked.replies:
        result = reply.get("result")
        if not (reply.get("ok") and isinstance(result, dict) and result.get("saved")):
            continue
        act = asked.id if result.get("act") != "same" else str(result["marker"]["id"])
        if act not in saved:
            room.broken(1, f"{asked.message['do']} {act} was acknowledged and is not in the journal")


# --- the journal: laws 3 and 5 --------------------------------------------------------------------------------------


def _only_written(room: Room, truth: SessionTruth) -> None:
    """What can be read was written."""
    written: dict[int, list[dict[str, Any]]] = {}
    for life in truth.lives:
        for record in life.records:
            written.setdefault(record["seq"], []).append(record)
    for folder in truth.folders:
        for record in read_records(room.disk, folder):
            if record not in written.get(record["seq"], ()):
                room.broken(5, f"the journal holds a record that nobody wrote: {str(record)[:200]}")


def _law_3(room: Room, truth: SessionTruth, life: Life) -> None:
    last_ns = -1
    for record in life.records:
        if record["kind"] in FORWARD:
            if record["t_ns"] < last_ns:
                room.broken(3, f"session time goes back by {last_ns - record['t_ns']} ns at {record['kind']}")
            last_ns = record["t_ns"]
    if life.anchor is None:
        return
    ended_ns = life.anchor.t_ns(life.end_mono_ns)
    if last_ns > ended_ns:
        room.broken(3, f"a record of {last_ns} was written before {ended_ns}: time ran ahead")
    for record in life.records:
        if record["kind"] == "clock" and record["t_ns"] != life.anchor.t_ns(record["mono_ns"]):
            room.broken(3, "a clock point contradicts its anchor")
    known = known_lives(room.disk, truth)
    for before, is_known in zip(truth.lives[:-1], known, strict=False):
        if is_known and before.anchor is not None and before.boot == life.boot and before.anchor != life.anchor:
            room.broken(3, f"the anchor moved within one boot: {before.anchor} {life.anchor}")
    if life.anchor.t_ns(life.begun_ns) > 30 * 24 * 3600 * SECOND_NS:
        room.broken(3, "session time began anew, years away")


def _quality_track(room: Room, life: Life) -> None:
    """Only while filming, only what changed, at most once a second."""
    state, told_ns = "", -SECOND_NS
    known: dict[str, Any] = {}
    for record in life.records:
        if record["kind"] in ("session", "run"):
            known = {}
        state = record["state"] if record["kind"] == "state" else state
        if record["kind"] != "finding":
            continue
        room.totals["quality records"] += 1
        said = {each["check"]: each for each in record["findings"]}
        if state != "recording" or record["t_ns"] - told_ns < SECOND_NS:
            room.broken(6, f"the quality track has {record} in the state {state}, after {told_ns}")
        if not said or any(known.get(check) == each for check, each in said.items()):
            room.broken(6, f"the quality track repeats {record}")
        if any(each.keys() != {"check", "verdict", "code"} for each in said.values()):
            room.broken(6, f"the quality track says too much: {record}")
        told_ns, known = record["t_ns"], known | said


def _same_view(room: Room, running: Running) -> None:
    """replay(journal) == live state."""
    folder = running.stages.control.scribe.folder
    live, again = running.stages.control.scribe.view, replay(read_records(room.disk, folder))
    for item in fields(SessionView):
        if getattr(live, item.name) != getattr(again, item.name):
            room.broken(5, f"replay differs from the live state in {item.name} of {folder}")


def _prefixes(room: Room, truth: SessionTruth) -> None:
    """Any prefix of a journal is a journal."""
    for folder in truth.folders:
        for path in journal_paths(room.disk, folder):
            data = bytes(room.disk.files[path].data)
            whole = decode_all(data).records
            for _ in range(3):
                cut = decode_all(data[: room.rng.randint(0, len(data))]).records
                if cut != whole[: len(cut)]:
                    room.broken(5, f"a prefix of {path} reads as something else")
                replay(cut)


def _stretches(room: Room, folder: Path) -> None:
    """No stretch goes on in a pause or after the film, unless the guider takes its closing back."""
    view = SessionView()
    for record in read_records(room.disk, folder):
        whole = record["seq"] == view.last_seq + 1
        view.apply(record)
        # (A power cut may have taken the very record that closed it.)
        if whole and (record["kind"] == "pause" or record.get("state") == "stopping"):
            for marker in view.open_stretches():
                room.broken(5, f"the stretch {marker.id} of {folder} is open at {record['kind']} {record['seq']}")


def _second_alone(room: Room, first: SessionView, second: SessionView) -> None:
    """A reader of the second folder alone knows what was said of the film in the first."""
    if second.state and not (
        first.sheet.keys() <= second.sheet.keys() and (first.latest_end_ns or 0) <= (second.latest_end_ns or 0)
    ):
        room.broken(5, f"{second.id} does not know the sheet or the latest end of {first.id}")


def _moved_ns(truth: SessionTruth) -> int:
    """By how much the guider was told that the latest end was moved."""
    told = [asked for asked in truth.asked.values() if asked.message["do"] == "later"]
    minutes = [int(asked.message["minutes"]) for asked in told if any(reply.get("ok") for _, reply in asked.replies)]
    return sum(minutes) * 60 * SECOND_NS


# --- law 4: nothing but the guider stops the recording, and nothing delays an answer --------------------------------


def _law_4_end(room: Room, truth: SessionTruth, view: SessionView) -> None:
    """A film is over only for a reason that truly was."""
    reason = view.reason
    if reason == "the film file has ended":
        well = truth.film_ended
    elif reason == "the disk refused to write":
        well = truth.disk_failed
    elif reason == "the latest end was reached":
        # (One that the guider moved twice, or whose answer was lost, may be later still.)
        well = view.last_t_ns >= truth.plan.latest_end_ns + _moved_ns(truth)
    elif reason == "the time asked for is over":
        well = truth.plan.stop_after_ns is not None
    elif reason == "stopped by the guider":
        well = any(asked.message["do"] == "stop" for asked in truth.asked.values())
    else:
        well = False
    if not well:
        room.broken(4, f"the film was ended: {reason!r}, for no reason")


def _law_4_answers(room: Room, truth: SessionTruth) -> None:
    for asked in truth.asked.values():
        if asked.excused or asked.message["do"] == "stop":
            continue
        if not asked.replies:
            room.broken(4, f"{asked.message} was never answered")
        elif asked.replies[0][0] - asked.posted_ns > (STILL_LATE_NS if asked.message["do"] == "still" else LATE_NS):
            late_s = (asked.replies[0][0] - asked.posted_ns) / SECOND_NS
            room.broken(4, f"{asked.message} was answered after {late_s:.2f} s")
