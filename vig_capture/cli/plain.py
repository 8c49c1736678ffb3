"""The film in plain lines, for screen readers: the screen's own state and keys, and one line for each change.

Rule 1: a line is written once and stays: no colour, no cursor movement, no repainting, nothing every minute.
Rule 2: what is answered at once is one line: ○ is said only of what has waited for HOLD_NS.
Rule 3: ● is said only when the recorder has said that it is on the disk (law 1); a held key is one line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from vig_capture.cli.plain_keys import Key
from vig_capture.core.errors import UserError
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.core.vocabulary import SAME_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.tui import keymap, texts
from vig_capture.tui.film.last import Note
from vig_capture.tui.film.lively import Lively
from vig_capture.tui.film.presses import Presses
from vig_capture.tui.film.rows import Row
from vig_capture.tui.film.state import FilmState, Said
from vig_capture.tui.keymap import filled
from vig_capture.tui.link import Link
from vig_capture.tui.wire import Wire
from vig_capture.tui.words import span

HOLD_NS = 300 * MS_NS
TICK_S = 0.1
WARN_NS = (300 * SECOND_NS, 60 * SECOND_NS)
"""So long before the latest end it is said that the film will end."""
_FILMING = ("recording", "arming", "paused")
"""States in which the film has a latest end before it, and that a key may change."""
_NOT_SAID = ("waiting", "closed")
"""States of which the command itself speaks."""
_ENDS = ("stopping", "lost", "silent")
"""What follows from an end that was asked for."""
_NOT_HERE = ("picture", "dim")


class Host(Protocol):
    """The command whose lines these are."""

    def say(self, line: str) -> None:
        """Write a line."""

    def show(self, snapshot: dict[str, Any]) -> None:
        """A snapshot has come: devices and notices are told elsewhere."""

    def stop(self, mono_ns: int) -> None:
        """The end was asked for, and the recorder told."""

    def leave(self) -> None:
        """Do not wait for the recorder any more."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of the recorder that is no snapshot, and the connection that it came by."""

    message: object
    connection: int


@dataclass(slots=True)
class Alarm:
    """What is to happen in a moment."""

    due_ns: int
    callback: Callable[[], None] | None

    def stop(self) -> None:
        """It will not."""
        self.callback = None


class NoPicture(Lively):
    """There is none."""

    def press(self, film: FilmState, _now_ns: int) -> bool:
        """Say so."""
        film.say(texts.PLAIN_NO_PICTURE)
        return True


class Plain:
    """Sends what is pressed and says what is new. Used from one thread."""

    def __init__(self, link: Link, host: Host, vocabulary: str = "", now_ns: Callable[[], int] = mono_ns) -> None:
        """`vocabulary`: a name or a path, which the guider's own table of keys has to fit."""
        self.film = FilmState()
        self._link, self._host, self._now_ns = link, host, now_ns
        fault = ""
        try:
            self._keys = keymap.load(vocabulary)
        except UserError as error:
            # A table of keys that is at fault must not keep anybody from filming.
            self._keys, fault = keymap.shipped(), texts.SAID_KEYS_FILE.format(why=f"{error.what} {error.why}")
        self._wire: Wire | None = None
        self._presses = Presses(self.film, NoPicture(), self._keys, self._send, self._set_timer, self._left)
        self._alarm = Alarm(0, None)
        self.ending = False
        """The end was asked for: what follows from it is no news."""
        self._writing: Note | None = None
        """The note that was being written when something was last said."""
        self._notes: dict[str, str] = {}
        """Of notes on their way: the moment's label."""
        self._said = Said()
        self._waits = (0, "")
        """When a line with ○ is to be said, and the line; "" for none."""
        self._bad = (0, "")
        """When something bad was said last, and what."""
        self._looks: dict[Row, str] = {}
        self._headline = "waiting"
        self._warned = 0
        host.say(filled(texts.PLAIN_BEGIN, self._keys))
        self.film.say(fault)

    def listen(self, put: Callable[[Heard], None]) -> None:
        """Begin. `put` gets, from a thread of the link, what `hear` is to be called with."""
        self._wire = Wire(self._link, self.film, lambda message, connection: put(Heard(message, connection)))
        self._wire.listen()

    def wait_s(self) -> float:
        """For how long nothing needs to be done."""
        if self._alarm.callback is None:
            return TICK_S
        return min(TICK_S, max(self._alarm.due_ns - self._now_ns(), 0) / SECOND_NS)

    def tick(self) -> None:
        """Time passes."""
        now_ns = self._now_ns()
        if self._alarm.callback is not None and now_ns >= self._alarm.due_ns:
            callback, self._alarm.callback = self._alarm.callback, None
            callback()
        self._take_newest(now_ns)
        self.film.tick(now_ns)
        self._presses.tick(now_ns)
        for row in self._changed_rows():
            if row.state == "late":
                self._host.say(texts.PLAIN_LATE.format(label=self._named(row)))
        self._tell(now_ns)

    def press(self, key: Key) -> None:
        """A key was pressed."""
        film, now_ns = self.film, self._now_ns()
        self._take_newest(now_ns)
        note, asking, said = self._writing, film.asking, film.said
        self._presses.press(key.name, key.mono_ns, now_ns)
        if film.dim:
            film.dim = False
            film.say(texts.PLAIN_NO_PICTURE)
        if film.helping:
            film.helping = False
            self._help()
        if film.asking and not asking:
            self._host.say(self._question(now_ns))
        elif asking and not film.asking and film.said is said:
            self._host.say(texts.PLAIN_STAYS)
        if film.note is not None and note is None:
            self._host.say(texts.PLAIN_NOTE.format(label=film.note.last.shown))
        elif note is not None and film.note is None and film.said.text == texts.SAID_NOTE_DROPPED and note.text:
            film.say(texts.PLAIN_NOTE_DROPPED.format(label=note.last.shown, text=note.text))
        if film.last is not None and film.said.text == texts.SAID_NOT_FILMED.format(label=film.last.shown):
            # The recorder says so as well, when it has saved it.
            self._said = film.said
        self._tell(now_ns)

    def hear(self, heard: Heard) -> None:
        """A message of the recorder."""
        message, now_ns = heard.message, self._now_ns()
        if not isinstance(message, dict) or self._wire is None:
            return
        if message.get("lost"):
            # Its last word may be that the session is closed.
            self._take_newest(now_ns)
            self.film.lose()
        else:
            self._wire.heard(heard.connection, now_ns, bool(message.get("back")))
            if self.film.said.text == texts.SAID_BACK:
                # The state, which is known again, says it.
                self._said = self.film.said
            if "ack" in message:
                self._acknowledge(message, now_ns)
        self._tell(now_ns)

    # What is said --------------------------------------------------------------------------------------------

    def _acknowledge(self, message: dict[str, Any], now_ns: int) -> None:
        film, said = self.film, self.film.said
        command = next((each for each in film.pending() if each["id"] == message["ack"]), {})
        do = command.get("do", "")
        film.acknowledge(message, now_ns)
        good = film.said is not said and not film.said.bad
        if do == "mark":
            changed = self._changed_rows()
            if film.said is said:
                for row in changed:
                    self._host.say(texts.SAID_SAVED.format(label=self._named(row)))
            elif good and not changed:
                # Another press of a held key.
                self._said = film.said
        elif do == "note" and good:
            label = self._notes.pop(command["id"], texts.THE_LAST)
            film.say(texts.PLAIN_NOTE_SAVED.format(label=label, text=command["note"]))
        elif do in ("pause", "resume") and good:
            self._headline = film.headline(now_ns)[0]
        elif do == "stop":
            # The command says it, when it has read the journal.
            self.ending, self._said = good, film.said if good else self._said

    def _tell(self, now_ns: int) -> None:
        """Say what is new."""
        said = self.film.said
        if said is not self._said:
            self._said, self._waits = said, (0, "")
            if said.bad and (now_ns - self._bad[0] < SAME_NS and self._bad[1] == said.text):
                # A held key of which every press is refused.
                self._bad = (now_ns, said.text)
            elif said.text.startswith(texts.SIGNS["pending"]) and not said.bad:
                self._waits = (now_ns + HOLD_NS, said.text)
            elif said.text:
                self._bad = (now_ns, said.text if said.bad else "")
                self._host.say(said.text)
        if self._waits[1] and now_ns >= self._waits[0]:
            line, self._waits = self._waits[1], (0, "")
            self._host.say(line)
        self._tell_state(now_ns)
        self._tell_end(now_ns)
        self._writing = self.film.note

    def _tell_state(self, now_ns: int) -> None:
        name, seconds = self.film.headline(now_ns)
        turning = name in _FILMING and any(each["do"] in ("pause", "resume") for each in self.film.pending())
        # What was asked for is said with its answer.
        if name == self._headline or turning:
            return
        self._headline = name
        if name in _NOT_SAID or (name in _ENDS and self.ending):
            return
        title, meaning = texts.STATES.get(name, texts.STATE_UNKNOWN)
        meaning = filled(meaning, self._keys, seconds=seconds, state=self.film.shown.state)
        self._host.say(texts.PLAIN_STATE.format(title=title, meaning=meaning) if meaning else title)

    def _tell_end(self, now_ns: int) -> None:
        """The latest end comes near."""
        shown = self.film.shown
        left_ns = shown.latest_end_ns - shown.t_ns
        if self.film.headline(now_ns)[0] not in _FILMING or left_ns <= 0:
            return
        warned, self._warned = self._warned, sum(left_ns < each for each in WARN_NS)
        if self._warned > warned:
            self._host.say(filled(texts.PLAIN_ENDS_SOON, self._keys, time=span(left_ns)))

    def _question(self, now_ns: int) -> str:
        if self.film.may_leave(now_ns):
            return texts.PLAIN_ASK_LEAVE
        return texts.PLAIN_ASK_PAUSED if self.film.asked_paused else texts.PLAIN_ASK_FILMING

    def _help(self) -> None:
        """Every key, a line each."""
        film = self.film
        rows = [] if film.shown.measure else film.keys
        lines = [(texts.KEY_SPACE if row.key in (" ", "space") else row.key, row.label) for row in rows]
        for command, words in texts.HELP_COMMANDS.items():
            if self._keys.first(command) and command not in _NOT_HERE:
                lines.append((keymap.shown(self._keys.first(command)), words.format(other=film.other)))
        lines.append((texts.CTRL.format(letter="C"), texts.PLAIN_KEY_CTRL_C))
        told = [texts.PLAIN_KEY.format(key=key, meaning=meaning) for key, meaning in lines]
        for line in (*told, *texts.HELP_MARKS.format(other=film.other).splitlines()):
            self._host.say(line)

    def _named(self, row: Row) -> str:
        """A moment, and whose it is where it is the other person's."""
        label = texts.PRIVATE if row.private else row.label
        return texts.PLAIN_WHO.format(label=label, other=self.film.other) if row.who == "other" else label

    def _changed_rows(self) -> list[Row]:
        """Moments of which something else is to be said than before."""
        before, self._looks = self._looks, {row: row.look for row in self.film.rows}
        return [row for row, look in self._looks.items() if before.get(row, "pending") != look]

    # What is done --------------------------------------------------------------------------------------------

    def _take_newest(self, now_ns: int) -> None:
        newest = self._wire.take_newest() if self._wire is not None else None
        if newest is not None and self._wire is not None:
            snapshot, connection = newest
            self._wire.heard(connection, now_ns)
            self.film.take_snapshot(snapshot, now_ns)
            if isinstance(snapshot, dict):
                self._host.show(snapshot)

    def _send(self, command: dict[str, Any]) -> None:
        if command["do"] == "stop":
            self.ending = True
            self._host.stop(command["mono_ns"])
        elif command["do"] == "note" and self._writing is not None:
            self._notes[command["id"]] = self._writing.last.shown
        if self._wire is not None:
            self._wire.send(command)

    def _set_timer(self, seconds: float, callback: Callable[[], None]) -> Alarm:
        self._alarm = Alarm(self._now_ns() + round(seconds * SECOND_NS), callback)
        return self._alarm

    def _left(self, _ended: bool) -> None:
        self.film.say("")
        self._host.leave()
