"""The desk: takes the clients' commands, asks the table, and answers when what was asked is on the disk.

Every command is a map with `id` (made by the client), `do`, and mostly `mono_ns` (when the guider pressed):

| do | what else it holds | what it does |
| --- | --- | --- |
| status | | answers with a snapshot |
| start, pause, resume, stop | start: sheet; stop: reason | change the session's state |
| choose | request | before the film: other devices or another kind of film; the recorder leaves for them |
| expect | faces | how many faces there should be, as long as the sheet names nobody; 0: as many as the settings say |
| leave | | before the film: there is to be none |
| mark | key, who, note, uncertain | makes a marker, or extends the same one |
| stretch | | opens a stretch, or closes the one that is open |
| star, note, goal | of, on; of, note; of, goal | say something of a marker, by default of the last |
| edit | of, fields (deeds.EDIT_FIELDS) | changes a marker, by default the last |
| leave_out | from_ns, to_ns (session time) | leaves a part of the film out of all that is made of it |
| add | from_ns, to_ns (session time), label, note | makes a marker of what another program's file tells of |
| undo | of | takes an act back, by default the last; of a marker's id: deletes it |
| redo | | brings back what was taken back last |
| sheet | fields {name: value} | puts values into the session sheet; answers with the whole of it |
| withdraw | purpose, by (a role), when (ISO date) | takes the yes to a purpose back |
| later | minutes (1 to 180) | moves the film's latest end |
| still | | takes a still picture; answered when it is on the disk, which may wait for the camera's next keyframe |
"""

from __future__ import annotations

from typing import Any, Protocol

from vig_capture.core import session
from vig_capture.core.errors import StorageError, UserError, VigError
from vig_capture.core.ports import Clock
from vig_capture.core.replay import SessionView
from vig_capture.core.session import State
from vig_capture.core.vocabulary import Vocabulary
from vig_capture.engine import deeds
from vig_capture.engine.answers import Answers, Reply, ack
from vig_capture.engine.events import Command, StillRefused, StillTaken
from vig_capture.engine.journal import Saved
from vig_capture.engine.marks import ACTS, Marks
from vig_capture.engine.scribe import Scribe
from vig_capture.engine.status import Status
from vig_capture.engine.stills import Stills, StillStage

EVENTS: dict[str, session.Event] = {"start": "start", "pause": "pause", "resume": "resume", "stop": "stop"}
"""Commands that change the session's state, and the table's names for them."""
WRITTEN: dict[str, session.Event] = {**dict.fromkeys((*ACTS, "sheet", "withdraw"), "mark"), "later": "later"}
"""Commands that are written down, and the table's names for them."""
ID_CHARACTERS_MAX = 200
REASON_CHARACTERS_MAX = 1000
FACES_MAX = 30
"""So that each fits into a record of the journal."""


class Film(Protocol):
    """What the desk may ask of control."""

    state: State

    def snapshot(self) -> dict[str, Any]:
        """All that a client may show now."""

    def start(self) -> None:
        """idle → arming."""

    def pause(self, mono_ns: int) -> None:
        """Write nothing that is captured after this moment."""

    def resume(self, mono_ns: int) -> None:
        """Film again from this moment on."""

    def stop(self, mono_ns: int, reason: str) -> None:
        """End the film with this moment."""

    def leave(self, wished: dict[str, Any]) -> None:
        """Leave the devices without a film."""


class Desk:
    """One for each session; used in control's thread, answers in the journal's."""

    def __init__(
        self,
        film: Film,
        clock: Clock,
        scribe: Scribe,
        status: Status,
        vocabulary: Vocabulary,
        stills: StillStage | None = None,
    ) -> None:
        """`stills`: None where there is no camera."""
        self._film = film
        self._clock = clock
        self._scribe = scribe
        self._status = status
        self._marks = Marks(vocabulary)
        self._answers = Answers()
        self._stills = Stills(stills, clock, scribe, status, self._answers)
        self._stops: list[tuple[str, Reply]] = []

    def remember(self, view: SessionView) -> None:
        """The markers of an earlier run."""
        self._marks.remember(view)

    def tick(self, now_ns: int) -> None:
        """Time passes: nobody waits for ever."""
        self._stills.tick(now_ns)

    def take(self, command: Command | StillTaken | StillRefused) -> None:
        """Carry out a command, or say why not; or go on with one that had to wait."""
        if not isinstance(command, Command):
            self._stills.take(command)
            return
        message, reply = command.message, command.reply
        command_id, do = str(message.get("id", "")), str(message.get("do", ""))
        if self._answers.again(command_id, reply):
            return
        try:
            if len(command_id) > ID_CHARACTERS_MAX:
                raise UserError("NOT SAVED: its id is too long.", "", "Use the same version on both sides.")
            if do == "status":
                # Not kept: the next question deserves a fresh answer.
                reply(ack(command_id, None, self._film.snapshot()))
            elif do in WRITTEN:
                self._write(command_id, WRITTEN[do], message, reply)
            elif do == "still":
                self._still(command_id, message, reply)
            elif do == "expect":
                self._expect(command_id, message, reply)
            elif do in ("choose", "leave"):
                self._leave(command_id, message, reply)
            elif do in EVENTS:
                self._carry_out(command_id, EVENTS[do], message, reply)
            else:
                raise UserError(f"The recorder does not know {do!r}.", "", "It cannot do that. Go on without it.")
        except UserError as error:
            self._answers.give(command_id, reply, error, {})

    def answer_stops(self, error: VigError | None, result: dict[str, Any]) -> None:
        """The film is closed, or could not be: tell those who asked for its end."""
        for command_id, reply in self._stops:
            reply(ack(command_id, error, result))

    def _carry_out(self, command_id: str, event: session.Event, message: dict[str, Any], reply: Reply) -> None:
        film = self._film
        rule = session.rule(film.state, event)
        mono_ns = self._moment(message)
        if rule.effect == "refuse":
            raise UserError(rule.why)
        if event == "start":
            self._start(command_id, message, reply)
            return
        if event == "stop":
            self._stops.append((command_id, reply))
            film.stop(mono_ns, str(message.get("reason", ""))[:REASON_CHARACTERS_MAX])
            return
        if rule.effect == "hold":
            film.pause(mono_ns)
        elif rule.effect == "go_on":
            # Not at the press, as a pause: what passed meanwhile has been thrown away.
            film.resume(self._clock.mono_ns())
        self._scribe.after(self._saver(command_id, reply, {"state": film.state, "said": rule.why}))

    def _start(self, command_id: str, message: dict[str, Any], reply: Reply) -> None:
        """idle → arming. The sheet that comes with it is written right after the session's first records."""
        sheet = message.get("sheet") or {}
        fields = {"do": "sheet", "id": f"{command_id}-sheet", "fields": sheet}
        # Before anything begins: a sheet that cannot be kept is no reason to film without it.
        deed = deeds.film_deed(fields, self._scribe.view, 0, 0)
        self._film.start()
        if deed.record is not None:
            self._scribe.record("sheet", id=fields["id"], fields=sheet)
        self._scribe.after(self._saver(command_id, reply, {"state": self._film.state, "said": ""}))

    def _leave(self, command_id: str, message: dict[str, Any], reply: Reply) -> None:
        """Other devices, or none: only while nothing has begun."""
        if self._film.state != "idle":
            raise UserError("The film has begun.", "Its devices stay as they are.", "End it first.")
        wished = message.get("request") if message["do"] == "choose" else {}
        if not isinstance(wished, dict) or (message["do"] == "choose" and not wished):
            raise UserError("This choice cannot be meant.", "It names no request.", "Choose again.")
        self._answers.give(command_id, reply, None, {})
        self._film.leave(wished)

    def _expect(self, command_id: str, message: dict[str, Any], reply: Reply) -> None:
        faces = message.get("faces")
        if type(faces) is not int or not 0 <= faces <= FACES_MAX:
            raise UserError("This number of faces cannot be meant.", f"It is {faces!r}.", f"Give 0 to {FACES_MAX}.")
        self._status.faces_expected = faces
        self._answers.give(command_id, reply, None, {})

    def _write(self, command_id: str, event: session.Event, message: dict[str, Any], reply: Reply) -> None:
        state, scribe = self._film.state, self._scribe
        rule = session.rule(state, event)
        if rule.effect == "refuse":
            raise UserError("NOT SAVED.", rule.why, "Start the film first." if state == "idle" else "")
        t_ns = scribe.anchor.t_ns(self._moment(message))
        if message["do"] in ACTS:
            deed = self._marks.deed(message, scribe.view, t_ns, self._clock.utc_ns(), state)
        else:
            deed = deeds.film_deed(message, scribe.view, scribe.latest_end_ns, t_ns)
        saver = self._saver(command_id, reply, deed.result | {"saved": True, "said": rule.why})
        if deed.record is None:
            # The same marker again, or a command sent again: saved once all that was before it is saved.
            scribe.after(saver)
            return
        fields = dict(deed.record)
        kind, t_ns = str(fields.pop("kind")), int(fields.pop("t_ns"))
        self._status.unsaved.add(command_id)
        scribe.record(kind, t_ns, saver, **fields)

    def _still(self, command_id: str, message: dict[str, Any], reply: Reply) -> None:
        rule = session.rule(self._film.state, "still")
        # (One that was taken before is answered in whatever state.)
        if rule.effect == "refuse" and command_id not in self._scribe.view.stills:
            raise UserError("No still picture.", rule.why, "It is taken while filming.")
        self._stills.ask(command_id, self._moment(message), reply)

    def _moment(self, message: dict[str, Any]) -> int:
        """When the guider pressed: the client's stamp, on the host's monotonic clock."""
        now_ns = self._clock.mono_ns()
        stamp = message.get("mono_ns", now_ns)
        scribe = self._scribe
        if not isinstance(stamp, int) or stamp > now_ns or (scribe.begun and scribe.anchor.t_ns(stamp) < 0):
            raise UserError(
                "NOT SAVED: its time cannot be right.",
                "It lies in the future, or before the film.",
                "Press again. If it happens again, close the screen and open it anew.",
            )
        return stamp

    def _saver(self, command_id: str, reply: Reply, result: dict[str, Any]) -> Saved:
        def saved(error: StorageError | None) -> None:
            if error is None:
                self._status.unsaved.discard(command_id)
                self._answers.give(command_id, reply, None, result)
            else:
                reply(ack(command_id, StorageError(f"NOT SAVED. {error.what}", error.why, error.do), {}))

        return saved
