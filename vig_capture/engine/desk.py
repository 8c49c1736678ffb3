"""The desk: takes the clients' commands, asks the table, and answers when what was asked is on the disk."""

from __future__ import annotations

from typing import Any, Protocol

from vig_capture.core import session
from vig_capture.core.errors import StorageError, UserError, VigError
from vig_capture.core.ports import Clock
from vig_capture.core.replay import SessionView
from vig_capture.core.session import State
from vig_capture.core.vocabulary import Vocabulary
from vig_capture.engine.answers import Answers, Reply, ack
from vig_capture.engine.events import Command
from vig_capture.engine.journal import Saved
from vig_capture.engine.marks import ACTS, Marks
from vig_capture.engine.scribe import Scribe
from vig_capture.engine.status import Status

EVENTS: dict[str, session.Event] = {"start": "start", "pause": "pause", "resume": "resume", "stop": "stop"}
"""Commands that change the session's state, and the table's names for them."""


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


class Desk:
    """One for each session; used in control's thread, answers in the journal's."""

    def __init__(self, film: Film, clock: Clock, scribe: Scribe, status: Status, vocabulary: Vocabulary) -> None:
        self._film = film
        self._clock = clock
        self._scribe = scribe
        self._status = status
        self._marks = Marks(vocabulary)
        self._answers = Answers()
        self._stops: list[tuple[str, Reply]] = []

    def remember(self, view: SessionView) -> None:
        """The markers of an earlier run."""
        self._marks.remember(view)

    def take(self, command: Command) -> None:
        """Carry out a command, or say why not."""
        message, reply = command.message, command.reply
        command_id, do = str(message.get("id", "")), str(message.get("do", ""))
        if self._answers.again(command_id, reply):
            return
        try:
            if do == "status":
                # Not kept: the next question deserves a fresh answer.
                reply(ack(command_id, None, self._film.snapshot()))
            elif do in ACTS:
                self._act(command_id, message, reply)
            elif do in EVENTS:
                self._carry_out(command_id, EVENTS[do], message, reply)
            else:
                raise UserError(f"The recorder does not know {do!r}.", "", "Use the same version on both sides.")
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
        if event == "stop":
            self._stops.append((command_id, reply))
            film.stop(mono_ns, str(message.get("reason", "")))
            return
        if rule.effect == "arm":
            film.start()
        elif rule.effect == "hold":
            film.pause(mono_ns)
        elif rule.effect == "go_on":
            # Not at the press, as a pause: what passed meanwhile has been thrown away.
            film.resume(self._clock.mono_ns())
        self._scribe.after(self._saver(command_id, reply, {"state": film.state, "said": rule.why}))

    def _act(self, command_id: str, message: dict[str, Any], reply: Reply) -> None:
        state = self._film.state
        rule = session.rule(state, "mark")
        if rule.effect == "refuse":
            raise UserError("NOT SAVED.", rule.why, "Start the film first.")
        t_ns = self._scribe.anchor.t_ns(self._moment(message))
        deed = self._marks.deed(message, self._scribe.view, t_ns, self._clock.utc_ns(), state)
        saver = self._saver(command_id, reply, deed.result | {"saved": True, "said": rule.why})
        if deed.record is None:
            # The same marker again, or a command sent again: saved once all that was before it is saved.
            self._scribe.after(saver)
            return
        fields = dict(deed.record)
        kind, t_ns = str(fields.pop("kind")), int(fields.pop("t_ns"))
        self._status.unsaved.add(command_id)
        self._scribe.record(kind, t_ns, saver, **fields)

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
