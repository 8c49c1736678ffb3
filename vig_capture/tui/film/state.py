"""What the screen knows, without a terminal: presses on their way, what became of them, the recorder's last word.

Rule 1: ○ from the press on, ● only when the recorder has said that it is on the disk, × NOT SAVED when it refused.
Rule 2: every command stays here until it is acknowledged, and is sent again with the same id after a lost connection.
Rule 3: presses of a held key share one row, by the recorder's own rule; each press is sent all the same.
Rule 4: the work of a press or a tick does not grow with the number of markers.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import Any

from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import DIGITS, SAME_NS, SPACE
from vig_capture.tui import texts
from vig_capture.tui.film.capitals import Capitals
from vig_capture.tui.film.last import Last, Note
from vig_capture.tui.film.rows import KEEP_REFUSED_NS, ROWS_MAX, Row
from vig_capture.tui.shown import KeyRow, Shown, as_map, read_snapshot, text, whole

LATE_NS = 2 * SECOND_NS
"""Without an acknowledgement for this long a press is shown as not saved yet."""
SILENT_NS = 4 * SECOND_NS
"""Snapshots come at least once a second: after this long the recorder is stuck."""
LEAVE_NS = 5 * SECOND_NS
"""A recorder that has not ended by then is left alone: its own stop never takes longer."""
_KEEP_NOTICE_NS = 20 * SECOND_NS
_KEEP_SAID_NS = 10 * SECOND_NS
_UNFILMED = ("paused", "arming", "idle", "stopping")
"""States in which a moment has no picture of its own."""


@dataclass(frozen=True, slots=True)
class Said:
    """The status line: the last thing that happened."""

    text: str = ""
    bad: bool = False


class FilmState:
    """All that the film screen draws. Used from the screen's thread only."""

    def __init__(self) -> None:
        self.shown = Shown()
        self.keys: list[KeyRow] = []
        self.other = texts.OTHER
        self.said = Said()
        self._said_before = self.said
        self._said_ns = 0
        self.heard_ns: int | None = None
        """When the recorder was last heard; None before that."""
        self.lost = False
        self.ended = False
        self.closed = False
        """The recorder itself said that the session is closed."""
        self.notice = ""
        self._notice_number: int | None = None
        self._notice_ns = 0
        self.asking = False
        self.asked_paused = False
        """The film was paused before the question, and going on leaves it so."""
        self.helping = False
        self.dim = False
        self.away = False
        """Another window has the keys."""
        self.rows: list[Row] = []
        self.last: Last | None = None
        """What star, goal, note and Tab are about; None where only the recorder knows it."""
        self._turned_ns = 0
        """When the recorder said that it paused or films again."""
        self._answered_ns = 0
        """When the recorder last answered something: a snapshot that is older need not know of it."""
        self.note: Note | None = None
        self.capitals = Capitals()
        self._pending: dict[str, dict[str, Any]] = {}
        self._sent_ns: dict[str, int] = {}
        self._words: dict[str, dict[str, Any]] = {}
        """Of commands on their way: what fills the braces of the texts about them."""
        self._row_of: dict[str, Row] = {}
        self._stopping_ns: int | None = None

    # What the guider does ------------------------------------------------------------------------------------

    def mark(self, character: str, mono_ns: int, uncertain: bool = False) -> dict[str, Any] | None:
        """The command of a marker key, or None where the key marks nothing.

        `uncertain`: the key may have been pressed before it was read."""
        found = self._find_key(character)
        if found is None:
            return None
        key, who = found
        if self.shown.measure:
            key = replace(key, label=texts.THE_LAST, private=False)
        command = self._command("mark", mono_ns, key=key.key, who=who, note="", uncertain=uncertain)
        row = next((row for row in reversed(self.rows) if row.key == key.key and row.who == who), None)
        if row is None or not row.joinable or row.state == "refused" or mono_ns - row.last_ns > SAME_NS:
            row = Row(key.key, key.label or key.key, who, key.private, mono_ns, self._t_ns(mono_ns), mono_ns)
            self.rows.append(row)
            del self.rows[:-ROWS_MAX]
            row.id = command["id"]
        row.last_ns = mono_ns
        row.waiting.add(command["id"])
        self._row_of[command["id"]] = row
        if self.last is None or self.last.row is not row:
            self.last = Last.pressed(row)
        unfilmed = self.shown.state in _UNFILMED and not self.lost
        self.said = Said(texts.SAID_NOT_FILMED.format(label=self.last.shown)) if unfilmed else Said()
        return command

    def act(self, do: str, mono_ns: int, words: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """A command of no marker key. `words` fill the braces of what is said of it; `row` of an edit is its moment."""
        if do in ("undo", "redo"):
            for row in self.rows:
                row.joinable = False
        if do in ("undo", "redo", "stretch"):
            self.last = None
        if do == "stop":
            self._stopping_ns = mono_ns
        command = self._command(do, mono_ns, **fields)
        self._words[command["id"]] = words or {}
        self.said = Said(self._about(texts.SAID_SENT, command))
        return command

    def act_on(self, last: Last, do: str, mono_ns: int, words: dict[str, Any] | None = None, **fields: Any) -> Any:
        """A command about a moment: the last one, or the one that a note was begun on."""
        of = self.named(last)
        words = {"label": last.shown} | (words or {})
        return self.act(do, mono_ns, words, **({"of": of} if of else {}), **fields)

    def named(self, last: Last) -> str:
        """The id by which a moment is named to the recorder; "" for its last one."""
        # Until its id is certain it is named only where it is no longer the recorder's last one.
        return last.id or ("" if last is self.last or last.row is None else last.row.id)

    def say(self, words: str) -> None:
        """Put a text on the status line."""
        self.said = Said(words)

    def watch(self) -> dict[str, Any]:
        """The command that asks for snapshots; nobody waits for its answer."""
        return self.order("watch")

    def look(self, seconds: float, width: int, height: int) -> dict[str, Any]:
        """The command that asks for pictures of so many points; nobody waits for its answer."""
        return self.order("look", seconds=seconds, width=width, height=height)

    def order(self, do: str, **fields: Any) -> dict[str, Any]:
        """A command that is not kept until it is answered."""
        return {"id": uuid.uuid4().hex, "do": do, **fields}

    def pending(self) -> list[dict[str, Any]]:
        """Every command that was not acknowledged, oldest first, with its own id."""
        return list(self._pending.values())

    @property
    def all_saved(self) -> bool:
        """Whether the recorder itself said that it has closed the session, and nothing of ours was refused or lost."""
        unsaved = any(each["do"] in ("mark", *texts.SAID_FAILED) for each in self._pending.values())
        return self.closed and not unsaved and all(row.state == "saved" for row in self.rows)

    def may_leave(self, now_ns: int) -> bool:
        """Whether Enter may close the screen without the recorder's answer."""
        overdue = self._stopping_ns is not None and now_ns - self._stopping_ns > LEAVE_NS
        return self.ended or self.lost or overdue or self.headline(now_ns)[0] in ("waiting", "silent")

    def is_pausing(self) -> bool:
        """Is it paused, or has it been asked to be, and not to film again?"""
        asked = [each["do"] for each in self._pending.values() if each["do"] in ("pause", "resume")]
        return asked[-1] == "pause" if asked else self.shown.state == "paused"

    def _find_key(self, character: str) -> tuple[KeyRow, str] | None:
        name = SPACE if character == " " else character
        if name in DIGITS and len(name) == 1 and DIGITS.index(name) < len(self.keys):
            return self.keys[DIGITS.index(name)], "self"
        who = "other" if len(name) == 1 and name.isupper() else "self"
        lower = name.lower()
        for key in self.keys:
            if lower == (SPACE if key.key == " " else key.key):
                return key, who
        # Before the recorder's first word the keys are not known: it decides, and nothing pressed is swallowed.
        return None if self.keys or not name.isprintable() else (KeyRow(lower, "", "", False), who)

    def _command(self, do: str, mono_ns: int, **fields: Any) -> dict[str, Any]:
        command = {"id": uuid.uuid4().hex, "do": do, "mono_ns": mono_ns, **fields}
        self._pending[command["id"]] = command
        self._sent_ns[command["id"]] = mono_ns
        return command

    def _about(self, catalogue: dict[str, str], command: dict[str, Any], **more: Any) -> str:
        return catalogue.get(command["do"], "").format(**self._words.get(command["id"], {}), **more)

    def _t_ns(self, mono_ns: int) -> int | None:
        return self.shown.t_ns + mono_ns - self.shown.mono_ns if self.shown.mono_ns else None

    # What the recorder says ----------------------------------------------------------------------------------

    def lose(self) -> None:
        """The recorder is gone: after an acknowledged stop that is its end, else it is looked for."""
        if self.closed or self.shown.state == "stopping" or self._stopped():
            self.ended = True
        self.lost = not self.ended

    def hear(self, now_ns: int) -> bool:
        """It says something; True when it was lost until now, and what is pending has to be sent again."""
        self.heard_ns = now_ns
        was_lost, self.lost = self.lost, False
        if was_lost:
            self.said = Said(texts.SAID_BACK)
        return was_lost

    def come_back(self) -> None:
        """A recorder has been found, the same or the next one: an end that was seen is over."""
        self.ended = self.closed = False

    def take_snapshot(self, raw: object, now_ns: int) -> None:
        """A snapshot has come."""
        before, self.shown = self.shown, read_snapshot(raw)
        if self.shown.mono_ns < self._turned_ns:
            self.shown = replace(self.shown, state=before.state)
        if self.shown.keys:
            self.keys = self.shown.keys
            self.other = self.shown.other or texts.OTHER
        if self.shown.state == "closed":
            self.ended = self.closed = True
        number, notice = self.shown.notice
        if self._notice_number is not None and number > self._notice_number:
            self.notice, self._notice_ns = notice, now_ns
            if not self.said.bad:
                self.said = Said()
        self._notice_number = number
        self._learn_last()
        self._forget_settled(now_ns)

    def _learn_last(self) -> None:
        """What the recorder tells of the last moment, once nothing of ours is on its way that would change it."""
        if any(each["do"] in (*texts.SAID_FAILED, "mark", "undo", "redo") for each in self._pending.values()):
            return
        if self.shown.mono_ns < self._answered_ns:
            return
        last, markers = self.last, self.shown.markers
        if last is None:
            self.last = Last.told(markers[-1]) if markers else None
        elif marker := next((each for each in markers if each.id and each.id == last.id), None):
            self.last = Last.told(marker, last)
            if self.note is not None and self.note.last is last:
                self.note.last = self.last

    def acknowledge(self, message: dict[str, Any], now_ns: int) -> None:
        """An acknowledgement has come; one that answers nothing, or not clearly, changes nothing."""
        command_id, good = message.get("ack"), message.get("ok")
        if not isinstance(command_id, str) or not isinstance(good, bool):
            return
        command = self._pending.pop(command_id, None)
        self._sent_ns.pop(command_id, None)
        row = self._row_of.pop(command_id, None)
        if command is None:
            return
        self._answered_ns = now_ns
        if row is not None:
            row.waiting.discard(command_id)
            self._settle(row, command, message, good, now_ns)
        elif good:
            self._done(command, as_map(message.get("result")), now_ns)
        else:
            self._failed(command, _reason(message, "what", "why", "do"))
        self._words.pop(command_id, None)

    def _done(self, command: dict[str, Any], result: dict[str, Any], now_ns: int) -> None:
        do = command["do"]
        words = self._about(texts.SAID_DONE, command)
        if do == "undo":
            # What is still there comes back with the next snapshot; what was taken back does not.
            self.rows = [row for row in self.rows if row.state != "saved"]
            words = texts.UNDONE.get(text(result, "kind"), words)
        elif do == "stretch" and isinstance(result.get("open"), bool):
            words = self._about({do: texts.STRETCH_BEGUN if result["open"] else texts.STRETCH_ENDED}, command)
        elif do == "stop" and text(result, "state") == "closed":
            self.ended = self.closed = True
        elif do in ("pause", "resume") and text(result, "state"):
            self.shown, self._turned_ns = replace(self.shown, state=text(result, "state")), now_ns
        self.said = Said(words + _besides(result))

    def _failed(self, command: dict[str, Any], why: str) -> None:
        do = command["do"]
        self.said = Said(self._about(texts.SAID_FAILED, command, why=why) or why, bad=True)
        if do == "stop":
            self._stopping_ns = None
        if do in ("edit", "star", "goal"):
            # What was shown at once is not so.
            row = self._words[command["id"]].get("row")
            if do == "edit" and row is not None:
                row.who = "self" if command["fields"]["who"] == "other" else "other"
            self.last = None

    def tick(self, now_ns: int) -> None:
        """Time passes: what waits too long is shown so."""
        for command_id, sent_ns in self._sent_ns.items():
            if now_ns - sent_ns <= LATE_NS:
                break
            row, command = self._row_of.get(command_id), self._pending[command_id]
            if row is not None and row.state == "pending":
                row.state = "late"
            elif row is None and self.said.text and self.said.text == self._about(texts.SAID_SENT, command):
                self.said = Said(self._about(texts.SAID_LATE, command), bad=True)
        if now_ns - self._notice_ns > _KEEP_NOTICE_NS:
            self.notice = ""
        self._forget_said(now_ns)
        self._forget_settled(now_ns)

    def _forget_said(self, now_ns: int) -> None:
        """A status line that has been read is no news any more; one that waits for its answer stays."""
        if self.said is not self._said_before:
            self._said_before, self._said_ns = self.said, now_ns
        waits = any(each["do"] in texts.SAID_SENT for each in self._pending.values())
        if not waits and now_ns - self._said_ns > (KEEP_REFUSED_NS if self.said.bad else _KEEP_SAID_NS):
            self.said = self._said_before = Said()
            self.capitals.offered = []

    def headline(self, now_ns: int) -> tuple[str, int]:
        """The state to show, which is not the recorder's last word when it has fallen silent, and for how long (s)."""
        if self.ended:
            return "closed", 0
        if self.lost:
            return "lost", 0
        if self.heard_ns is None:
            return "waiting", 0
        silent_ns = now_ns - self.heard_ns
        if silent_ns > SILENT_NS:
            return "silent", silent_ns // SECOND_NS
        return self.shown.state or "waiting", 0

    def _stopped(self) -> bool:
        return self._stopping_ns is not None and not any(each["do"] == "stop" for each in self._pending.values())

    def _settle(self, row: Row, command: dict[str, Any], message: dict[str, Any], good: bool, now_ns: int) -> None:
        result = as_map(message.get("result"))
        if not good or result.get("saved") is False:
            row.why = _reason(message, "what", "why").removeprefix(texts.ROW_WORDS["refused"]).lstrip(".: ")
            if row.state != "saved":
                row.state, row.settled_ns = "refused", now_ns
            self.said = Said(texts.SAID_REFUSED.format(why=row.why), bad=True)
            return
        marker = as_map(result.get("marker"))
        marker_id = text(marker, "id")
        if row.state == "saved" and marker_id != row.marker_id and result.get("act") == "marker":
            # The recorder took a repeated press as a marker of its own, after an undo elsewhere for example.
            row = Row(row.key, row.label, row.who, row.private, command["mono_ns"], None, command["mono_ns"])
            self.rows.append(row)
        if row.state != "saved":
            row.extends = result.get("act") == "extend"
            row.settled_ns = now_ns
        row.state, row.marker_id = "saved", marker_id
        if not self.shown.measure:
            row.label = text(marker, "label") or row.label
        if not row.extends:
            row.t_ns = whole(marker, "t_ns") or row.t_ns
        if self.last is not None and self.last.row is row:
            self.last.label, self.last.t_ns = row.label, row.t_ns
        label = texts.PRIVATE if row.private else row.label
        if besides := _besides(result):
            self.said = Said(texts.SAID_SAVED.format(label=label) + besides)
        elif self.shown.measure:
            self.said = Said(texts.MEASURE_SAVED)
        elif row.extends:
            self.said = Said(texts.SAID_EXTENDED.format(label=label))

    def _forget_settled(self, now_ns: int) -> None:
        """Drop rows that the recorder's own list has taken over, and refusals that were seen."""
        known = {marker.id for marker in self.shown.markers if marker.saved}
        self.rows = [row for row in self.rows if not row.is_over(known, now_ns)]


def _reason(message: dict[str, Any], *parts: str) -> str:
    return " ".join(part for part in (text(message, name) for name in parts) if part) or texts.NO_REASON


def _besides(result: dict[str, Any]) -> str:
    """What the recorder adds: that there was no picture at a marker, or that it was paused already."""
    said = text(result, "said")
    return f"  ({said})" if said else ""
