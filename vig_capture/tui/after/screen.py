"""The screen after the film: the list of moments, and one good moment played together before the coats are on.

Rule 1: nothing private is on it before the guider asks for her own view.
Rule 2: the disk, the pictures and the player are never waited for: each works in a thread or process of its own.
Rule 3: what is said to be saved is on the disk; what could not be saved is said, and tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen

from vig_capture.core.clips import wanted
from vig_capture.core.errors import UserError, VigError, from_map
from vig_capture.core.keys import ScreenKeys
from vig_capture.core.model import LeftOut, Marker
from vig_capture.core.time import SECOND_NS
from vig_capture.tui import keymap, texts
from vig_capture.tui.after import acts as after_acts
from vig_capture.tui.after import view as after_view
from vig_capture.tui.after.acts import Making
from vig_capture.tui.after.moment_list import MomentList
from vig_capture.tui.after.ports import Clips, Closed, Earlier, Erase, FilePlayer
from vig_capture.tui.after.told import Told, name_of, saved_words
from vig_capture.tui.after.typed import Typing, kept, of_moment, part_to_leave_out
from vig_capture.tui.after.work import Done, OpenEditor, Work
from vig_capture.tui.held import REPEAT_NS, HeldKey, Taps
from vig_capture.tui.panel import Panel

RETRY_S = 1.0
RELEASE_S = 5.0
"""So long the session may take to be let go: a disk that hangs does not keep the guider."""
_MOVES = ("up", "down", "page_up", "page_down", "first", "last")
_TYPED = ("edit", "note", "private_note", "time", "leave_out")
_PANELS = ("title", "help", "ask", "line", "said", "keys", "saved")
_WRAPPED = ("ask", "line", "said", "saved")


class AfterScreen(Screen[None]):
    """The list of moments of one session. Posts Closed, Erase and Earlier when the session has been let go.

    An app that reads keys before its widgets hands them to `press` and pasted text to `paste`."""

    CSS_PATH = "after.tcss"
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = []

    class Heard(Message, bubble=False):
        """A picture or a clip, from the thread that hears of them."""

        def __init__(self, answer: dict[str, Any]) -> None:
            super().__init__()
            self.answer = answer

    def __init__(
        self,
        folder: Path,
        open_editor: OpenEditor,
        clips: Clips,
        player: FilePlayer,
        keys: ScreenKeys | None = None,
    ) -> None:
        """`open_editor` is called in a thread of its own, in which all of the editor's work is done; it may raise
        VigError. `clips` is closed with the screen. `keys`: without them those that come with the program."""
        super().__init__()
        self.folder = folder
        self._clips = clips
        self._work = Work(open_editor, clips)
        self._player = player
        self._keys = keys or keymap.shipped()
        self.told: Told | None = None
        self.own_view = False
        self._mode = "list"
        """list, typing, help, erase, erase again, close, leaving."""
        self._typing: Typing | None = None
        self._playing: Marker | None = None
        self._held = HeldKey()
        self._taps: dict[str, Taps] = {}
        self._waiting: Any = None
        self._retrying = False
        self._panels = {name: Panel(f"after-{name}") for name in _PANELS}
        self.list = MomentList(self._clips.picture)

    # The screen ----------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Title, list or help, question or line, news, keys, and the last line."""
        yield self._panels["title"]
        yield self.list
        for name in _PANELS[1:]:
            yield self._panels[name]

    def on_mount(self) -> None:
        """Fetch the session."""
        for name in _WRAPPED:
            self._panels[name].add_class("wrapped")
        self._clips.listen(self._hear)
        self.set_interval(RETRY_S, self._retry)
        self._in_turn(self._work.open)
        self._draw()

    def on_unmount(self) -> None:
        """Let everything go. What is being written is written."""
        self._work.end()

    def on_resize(self) -> None:
        """The window has another size."""
        self._draw()

    def _draw(self) -> None:
        told, keys, width = self.told or Told(), self._keys, max(self.size.width - 2, 1)
        saved, good = saved_words(told, self.own_view) if self.told else ("", True)
        self._say("title", after_view.title(told, self.own_view, keys, width))
        self._say("keys", after_view.footer(keys, width, self._typing is not None))
        self._say("saved", saved)
        # What is there only at times.
        self._say("ask", after_view.question(self._mode, keys, told.elsewhere), True)
        self._say("line", self._typing.shown(width) if self._typing is not None else "", True)
        self._say("help", after_view.help_(told, keys, width) if self._mode == "help" else "", True)
        self._panels["title"].set_class(self.own_view, "own")
        self._panels["saved"].set_class(not good, "bad")
        self.list.display = self._mode != "help"

    def _say(self, name: str, text: str, at_times: bool = False) -> None:
        panel = self._panels[name]
        panel.draw_content(Content(text))
        if at_times:
            panel.display = text != ""

    def say(self, text: str, bad: bool = False) -> None:
        """The line of news."""
        self._say("said", text)
        self._panels["said"].set_class(bad, "bad")

    def _say_error(self, error: VigError) -> None:
        self.say(f"× {error}", bad=True)

    # The session ---------------------------------------------------------------------------------------------------

    def _in_turn(self, work: Callable[[], Done]) -> None:
        """Do some work on the session, in the order of asking; then show what came of it."""

        async def run() -> None:
            done = await self._work.run(work)
            if done.said:
                self.say(done.said, done.bad)
            if done.told is not None:
                self._show(done.told)

        self.run_worker(run(), group="session")

    def _do(self, making: Making) -> None:
        self._in_turn(partial(self._work.do, making))

    def _show(self, told: Told) -> None:
        first, self.told = self.told is None, told
        hidden = any(each.private for each in told.markers) and not self.own_view
        empty = texts.AFTER_EMPTY_FAMILY if hidden else texts.AFTER_EMPTY
        hint = after_view.filled(texts.AFTER_LEFT_OUT_BELOW, self._keys)
        self.list.show(told, self.own_view, after_view.filled(empty, self._keys), hint)
        if first and not told.refusal and told.markers and told.film.has_picture and self.list.system() is None:
            self.say(texts.AFTER_SAID_FEW_COLOURS)
        self._draw()

    def _retry(self) -> None:
        """What is not saved is tried again."""
        if self._retrying or self.told is None or not self.told.unsaved:
            return

        def retry() -> Done:
            try:
                return self._work.retry()
            finally:
                self._retrying = False

        self._retrying = True
        self._in_turn(retry)

    def _leave(self, message: Message) -> None:
        """Let the session go, then tell the app."""
        self._mode = "leaving"

        async def run() -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._work.run(self._work.release), RELEASE_S)
            self._mode = "list"
            self.post_message(message)

        self.run_worker(run(), group="session")

    # Keys ----------------------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """For an app that lets keys go to its screen."""
        event.stop()
        event.prevent_default()
        self.press(event)

    def on_paste(self, event: events.Paste) -> None:
        """The same for pasted text."""
        self.paste(event.text)

    def paste(self, text: str) -> None:
        """Text goes into the line that is being typed, never to the keys."""
        if self._typing is not None:
            self._typing.line.type(text)
            self._draw()

    def press(self, event: events.Key) -> None:
        """A key was read; its own time is the moment of the press."""
        name, mono_ns = keymap.name_of(event), round(event.time * SECOND_NS)
        if not name or self._mode == "leaving":
            return
        repeated = self._held.repeats(name, mono_ns)
        if self._typing is not None:
            self._type(name, repeated)
        elif self._mode == "list":
            self._on_list(name, mono_ns, repeated)
        elif not repeated:
            self._answer(name)
        self._draw()

    def _on_list(self, name: str, mono_ns: int, repeated: bool) -> None:
        command = "close" if name == "escape" else self._keys.after_command(name)
        if command in _MOVES:
            self._move(command)
        elif command in after_acts.NUDGES:
            self._nudge(command)
        elif command in ("play", "erase", "close", "earlier", "help", "own_view", *_TYPED):
            if not repeated:
                self._once(command)
        elif command:
            self._tap(name, mono_ns, partial(self._act, command))
        else:
            help_key = self._keys.after.get("help", ("",))[0]
            words = {"key": after_view.key_name(name), "help": after_view.key_name(help_key)}
            self.say(texts.AFTER_SAID_NO_KEY.format(**words))

    def _tap(self, name: str, mono_ns: int, act: Callable[[], None]) -> None:
        """A key that is pressed in a row on purpose too; held down it counts once."""
        verdict = self._taps.setdefault(name, Taps()).press(mono_ns)
        if self._waiting is not None and verdict == "repeat":
            self._waiting.stop()
            self._waiting = None
        if verdict == "at once":
            act()
        elif verdict == "wait":
            self._waiting = self.set_timer(REPEAT_NS / SECOND_NS, act)

    def _move(self, command: str) -> None:
        rows = self.list
        steps = {"up": -1, "down": 1, "page_up": -rows.page, "page_down": rows.page}
        to = {"first": 0, "last": rows.count - 1}.get(command, rows.chosen + steps.get(command, 0))
        rows.choose(to)

    def _once(self, command: str) -> None:
        if command == "play":
            self._play()
        elif command == "help":
            self._mode = "help"
        elif command == "own_view":
            self.own_view = not self.own_view
            self.say(texts.AFTER_SAID_VIEW[self.own_view])
            if self.told is not None:
                self._show(self.told)
        elif command == "erase":
            self._mode = "erase"
        elif command == "close":
            self._close()
        elif command == "earlier":
            self._leave(Earlier())
        elif command == "leave_out" and isinstance(self.list.item, LeftOut):
            self._act("delete")
        else:
            self._begin_typing(command)

    def _act(self, command: str) -> None:
        if command == "undo":
            self._do(self._work.history.undo)
            return
        if command == "redo":
            self._do(self._work.history.redo)
            return
        item = self.list.item
        if isinstance(item, LeftOut) and command == "delete":
            self._do(partial(after_acts.bring_back, of=item.id))
            return
        marker = self._marker()
        if marker is None:
            return
        if command == "delete":
            undo = after_view.filled("{undo}", self._keys)
            self._do(partial(after_acts.delete, of=marker.id, undo=undo))
        else:
            self._do(partial(after_acts.OF_A_MOMENT[command], of=marker.id))

    def _nudge(self, command: str) -> None:
        marker = self._marker()
        if marker is not None:
            side, step = after_acts.NUDGES[command]
            key = after_view.filled("{time}", self._keys)
            self._do(partial(after_acts.nudge, of=marker.id, side=side, step=step, key=key))

    def _marker(self) -> Marker | None:
        """The moment that is chosen; where there is none, that is said."""
        item = self.list.item
        if isinstance(item, Marker):
            return item
        words = texts.AFTER_SAID_NO_MOMENT if item is None else texts.AFTER_SAID_A_PART
        self.say(after_view.filled(words, self._keys))
        return None

    # Questions and lines -------------------------------------------------------------------------------------------

    def _answer(self, name: str) -> None:
        """A key while something is asked, or the help is shown."""
        mode, self._mode = self._mode, "list"
        if mode == "erase" and name == "enter":
            self._mode = "erase again"
        elif mode == "erase again" and name in ("y", "Y"):
            self.say(texts.AFTER_SAID_ERASING)
            self._leave(Erase(self.folder))
        elif mode.startswith("erase"):
            self.say(texts.AFTER_SAID_KEPT)
        elif mode == "close" and self._keys.after_command(name) == "close":
            self._leave(Closed())

    def _close(self) -> None:
        if self.told is not None and self.told.unsaved:
            self._mode = "close"
        else:
            self._leave(Closed())

    def _begin_typing(self, what: str) -> None:
        if self.told is None:
            return
        if what == "leave_out":
            item = self.list.item
            self._typing = part_to_leave_out(item if isinstance(item, Marker) else None, self.told.film)
            return
        marker = self._marker()
        if marker is not None:
            self._typing = of_moment(what, marker, self.own_view)

    def _type(self, name: str, repeated: bool) -> None:
        typing = self._typing
        assert typing is not None, "the caller has looked"
        if name == "escape":
            self._typing = None
        elif name == "enter":
            if not repeated:
                self._typing = None
                making = kept(typing, self.own_view, self._keys)
                if making is not None:
                    self._do(making)
        elif name == "tab":
            if typing.what == "edit" and not repeated:
                self._do(partial(after_acts.who, of=typing.of))
        else:
            typing.press(name)

    # Playing -------------------------------------------------------------------------------------------------------

    def _play(self) -> None:
        marker, told = self._marker(), self.told
        if marker is None or told is None:
            return
        window = wanted(marker)
        parts = told.film.parts(window)
        if not parts:
            words = texts.AFTER_SAID_OUT if told.film.is_left_out(window) else texts.AFTER_SAID_NOT_FILMED
            self.say(words.format(label=name_of(marker)))
            return
        self._playing = marker
        self.say(texts.AFTER_SAID_PLAYS.format(label=name_of(marker)))
        self._clips.clip(marker.id, parts)

    def _hear(self, answer: dict[str, Any]) -> None:
        """Called in another thread."""
        # The loop is closed while the screen is being left.
        with suppress(RuntimeError):
            self.post_message(self.Heard(answer))

    def on_after_screen_heard(self, event: Heard) -> None:
        """A picture or a clip is made, or could not be."""
        answer = event.answer
        key = str(answer.get("key", ""))
        if self.list.take(key, answer.get("picture")) or self._playing is None or key != self._playing.id:
            return
        marker, self._playing = self._playing, None
        if "clip" in answer:
            self.run_worker(self._start_player(marker, Path(str(answer["clip"]))), group="player")
        else:
            self._say_error(from_map(answer.get("error") or {}))

    async def _start_player(self, marker: Marker, path: Path) -> None:
        try:
            await asyncio.to_thread(self._player.open_file, path)
        except UserError as error:
            self._say_error(error)
        else:
            self.say(texts.AFTER_SAID_PLAYED.format(label=name_of(marker)))
