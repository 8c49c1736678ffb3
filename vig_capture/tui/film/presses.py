"""What a key does: the one way from a pressed key to a command of the recorder or a change of the screen.

A key is first of all a letter of the note that is being written, if there is one; then a command of the table of keys;
else it marks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from vig_capture.core.keys import ScreenKeys
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import SPACE
from vig_capture.tui import keymap, texts
from vig_capture.tui.film.last import Last, Note
from vig_capture.tui.film.lively import Lively
from vig_capture.tui.film.state import FilmState
from vig_capture.tui.held import REPEAT_NS, HeldKey, Taps
from vig_capture.tui.keymap import filled
from vig_capture.tui.shown import goal_label

LATER_MIN = 10
TAPPED = ("undo", "redo", "goal", "give", "later")
"""Commands that are pressed in a row on purpose too. Of all others a held key, or a quick second press, is one."""
_ALWAYS = ("dim", "help", "end")
"""Commands that the recorder need not know of, so that they are there after the film too."""
_UNPAUSABLE = ("idle", "stopping", "closed")
"""States in which there is nothing to pause."""


class Timer(Protocol):
    """What Textual's timers have."""

    def stop(self) -> None:
        """It will not run out."""


class Presses:
    """Carries out what the guider presses."""

    def __init__(
        self,
        film: FilmState,
        lively: Lively,
        keys: ScreenKeys,
        send: Callable[[dict[str, Any]], None],
        set_timer: Callable[[float, Callable[[], None]], Timer],
        leave: Callable[[bool], None],
    ) -> None:
        """`leave` closes the screen; its argument says whether the session has ended."""
        self._film = film
        self._lively = lively
        self._keys = keys
        self._send = send
        self._set_timer = set_timer
        self._leave = leave
        self._held = HeldKey()
        self._taps = {command: Taps() for command in TAPPED}
        self._waiting: tuple[Timer, str, int] | None = None
        """A tapped command that counts if no repeat of a held key follows at once."""

    def use(self, keys: ScreenKeys) -> None:
        """From now on this table of keys."""
        self._keys = keys

    def press(self, name: str, mono_ns: int, now_ns: int, uncertain: bool = False) -> None:
        """A key, by its name in the table of keys, was read at `mono_ns` (the host's clock; `now_ns` is now)."""
        film, command = self._film, self._keys.command(name)
        held = self._held.repeats(name, mono_ns)
        if film.note is not None and self._typed(film.note, name, command, held, mono_ns):
            return
        if command in TAPPED and not film.ended:
            film.helping = False
            self._tapped(command, mono_ns)
            return
        # What was pressed first is sent first.
        self._do_waiting()
        answers = name == "enter" and (film.asking or film.ended)
        if held and command and not answers:
            return
        film.helping = not film.helping if command == "help" else False
        if answers:
            self._end(mono_ns, now_ns)
        elif film.asking and self._answered(name, command, mono_ns, now_ns):
            return
        elif film.ended and command not in _ALWAYS:
            film.say(texts.SAID_ENDED)
        elif command:
            self._do(command, mono_ns, now_ns)
        else:
            self._mark(self._keys.digit(name) or name, mono_ns, uncertain)

    def paste(self, text: str, mono_ns: int) -> None:
        """A pasted text belongs to the note; elsewhere it means nothing."""
        if self._film.note is not None:
            self._held.repeats("", mono_ns)
            self._film.note.type(text, mono_ns)

    def tick(self, now_ns: int) -> None:
        """Time passes: a note in which nothing is typed any more is kept."""
        if self._film.note is not None and self._film.note.is_quiet(now_ns):
            self._keep_note(now_ns)

    # Marks and commands --------------------------------------------------------------------------------------

    def _mark(self, name: str, mono_ns: int, uncertain: bool) -> None:
        """A key that is no command's: what has a character marks, or is said to mark nothing."""
        film, character = self._film, " " if name == SPACE else name
        if len(character) != 1:
            return
        command = film.mark(character, mono_ns, uncertain)
        if command is None:
            film.say(filled(texts.SAID_NO_KEY, self._keys, key=character))
            return
        self._send(command)
        row = film.last.row if film.last is not None else None
        if row is not None and film.capitals.pressed(character, row):
            film.say(filled(texts.SAID_CAPITALS, self._keys))

    def _do(self, command: str, mono_ns: int, now_ns: int) -> None:
        film = self._film
        match command:
            case "pause" | "resume" | "stretch" | "still" | "undo" | "redo":
                self._send(film.act(command, mono_ns, {"key": keymap.shown(self._keys.first("stretch"))}))
            case "later":
                self._send(film.act("later", mono_ns, {"minutes": LATER_MIN}, minutes=LATER_MIN))
            case "end":
                self._ask_end(mono_ns, now_ns)
            case "picture":
                if not self._lively.press(film, now_ns):
                    film.say(texts.SAID_NO_PICTURE)
            case "dim":
                film.dim = not film.dim
            case "swap":
                self._swap(mono_ns)
            case "star" | "goal" | "give" | "note":
                if film.last is None:
                    film.say(texts.SAID_WAIT if film.pending() or film.shown.markers else texts.SAID_NO_LAST)
                elif command == "note":
                    film.note = Note(film.last, mono_ns)
                else:
                    self._say_of(film.last, command, mono_ns)

    def _say_of(self, last: Last, command: str, mono_ns: int) -> None:
        """A star, the next goal, or the other person, for the last moment."""
        film, goals = self._film, self._film.shown.goals
        if command == "give":
            last.who = "self" if last.who == "other" else "other"
            if last.row is not None:
                last.row.who = last.who
            words = {"who": film.other if last.who == "other" else texts.SELF, "row": last.row}
            self._send(film.act_on(last, "edit", mono_ns, words, fields={"who": last.who}))
        elif command == "goal" and not goals:
            film.say(texts.SAID_NO_GOALS)
        elif command == "goal":
            ids = ["", *(goal.id for goal in goals)]
            last.goal = ids[(ids.index(last.goal) + 1) % len(ids)] if last.goal in ids else ids[1]
            words = {"goal": goal_label(film.shown, last.goal) or texts.NO_GOAL}
            self._send(film.act_on(last, "goal", mono_ns, words, goal=last.goal))
        elif last.star:
            film.say(filled(texts.SAID_HAS_STAR, self._keys, label=last.shown))
        else:
            last.star = True
            self._send(film.act_on(last, "star", mono_ns, on=True))

    def _swap(self, mono_ns: int) -> None:
        """Six capitals were meant as small letters. (Presses that became one marker are one change.)"""
        film, done = self._film, set()
        rows = film.capitals.take()
        for row in rows:
            of = row.marker_id or row.id
            if row.state == "refused" or of in done:
                continue
            done.add(of)
            row.who = "self"
            if film.last is not None and film.last.row is row:
                film.last.who = "self"
            words = {"label": texts.PRIVATE if row.private else row.label, "who": texts.SELF, "row": row}
            self._send(film.act("edit", mono_ns, words, of=of, fields={"who": "self"}))
        film.say(texts.SAID_SWAPPED.format(count=len(done)) if rows else texts.SAID_NO_CAPITALS)

    # Pressed in a row ----------------------------------------------------------------------------------------

    def _tapped(self, command: str, mono_ns: int) -> None:
        """One act for each press, and one for as long as the key is held."""
        verdict = self._taps[command].press(mono_ns)
        waits = self._waiting is not None and self._waiting[1] == command
        if verdict == "repeat":
            if self._waiting is not None and waits:
                self._waiting[0].stop()
                self._waiting = None
            return
        self._do_waiting()
        if verdict == "wait":
            timer = self._set_timer(REPEAT_NS / SECOND_NS, self._do_waiting)
            self._waiting = (timer, command, mono_ns)
        else:
            self._do(command, mono_ns, mono_ns)

    def _do_waiting(self) -> None:
        """Carry out what waited for a repeat."""
        if self._waiting is not None:
            (timer, command, mono_ns), self._waiting = self._waiting, None
            timer.stop()
            self._do(command, mono_ns, mono_ns)

    # The note ------------------------------------------------------------------------------------------------

    def _typed(self, note: Note, name: str, command: str, held: bool, mono_ns: int) -> bool:
        """A key while a note is written. False for one that is none of the note's: Page Down marks all the same."""
        if name == "escape":
            self._film.note = None
            self._film.say(texts.SAID_NOTE_DROPPED)
        elif name == "enter":
            if not held:
                self._keep_note(mono_ns)
        elif command == "undo":
            note.erase(mono_ns)
        elif len(name) == 1 or name == SPACE:
            note.type(" " if name == SPACE else name, mono_ns)
        elif command == "end":
            self._keep_note(mono_ns)
            return False
        else:
            # Of the commands those are there whose keys write nothing and speak of no moment.
            return command in ("give", "note", "star", "goal", "stretch", "swap")
        return True

    def _keep_note(self, mono_ns: int) -> None:
        film, note = self._film, self._film.note
        film.note = None
        if note is None or not note.text.strip():
            film.say(texts.SAID_NOTE_KEPT)
            return
        self._send(film.act_on(note.last, "note", mono_ns, note=note.text.strip()))

    # The end -------------------------------------------------------------------------------------------------

    def _ask_end(self, mono_ns: int, now_ns: int) -> None:
        """Nothing is filmed while the question stands; a recorder that does not answer is left as it is."""
        film = self._film
        if film.ended:
            self._end(mono_ns, now_ns)
            return
        pauses = not (film.may_leave(now_ns) or film.is_pausing() or film.shown.state in _UNPAUSABLE)
        film.asking, film.asked_paused = True, not pauses
        if pauses:
            self._send(film.act("pause", mono_ns))

    def _answered(self, name: str, command: str, mono_ns: int, now_ns: int) -> bool:
        """A key while the question stands. False for one that answers nothing: what marks, marks all the same."""
        film = self._film
        if command in ("pause", "resume"):
            film.asking = False
            return False
        if name == "escape":
            film.asking = False
            if not film.asked_paused and not film.may_leave(now_ns):
                self._send(film.act("resume", mono_ns))
            return True
        return command == "end"

    def _end(self, mono_ns: int, now_ns: int) -> None:
        """Enter after the question: end the film, or leave a recorder that does not answer to itself."""
        film = self._film
        film.asking = False
        if film.may_leave(now_ns):
            self._leave(film.ended)
        else:
            self._send(film.act("stop", mono_ns))
