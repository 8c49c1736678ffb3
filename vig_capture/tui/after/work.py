"""The work on a session behind the list of moments: one thread, in which the editor is opened, asked and closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from vig_capture.core.errors import UserError, VigError, from_map
from vig_capture.engine.client import new_id
from vig_capture.tui.after.acts import History, Making
from vig_capture.tui.after.ports import Clips, SessionEditor
from vig_capture.tui.after.told import Told, tell

Result = TypeVar("Result")
OpenEditor = Callable[[], SessionEditor]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a piece of work."""

    told: Told | None = None
    """The session as it is now; None where it is as it was."""
    said: str = ""
    bad: bool = False


class Work:
    """Asked by the screen; everything is done in the order of asking."""

    def __init__(self, open_editor: OpenEditor, clips: Clips) -> None:
        self.history = History()
        self._open_editor = open_editor
        self._clips = clips
        self._editor: SessionEditor | None = None
        self._thread = ThreadPoolExecutor(1, "editor")

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do it in the thread, when its turn comes."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def open(self) -> Done:
        """Read the session."""
        try:
            self._editor = self._open_editor()
        except VigError as error:
            return Done(None, f"× {error}", True)
        told = tell(self._editor)
        return Done(told, told.refusal, bool(told.refusal))

    def do(self, making: Making) -> Done:
        """Carry out what a key means, as the session is now."""
        editor = self._editor
        if editor is None:
            return Done()
        try:
            wish = making(editor.view)
        except UserError as error:
            return Done(None, str(error), error.what.startswith("×"))
        message = wish.message | {"id": new_id()}
        answer = editor.take(message)
        if not answer.get("ok"):
            return Done(tell(editor), f"× {from_map(answer)}", True)
        self.history.note(wish, message["id"], editor.view)
        if wish.changes_film:
            self._clips.forget()
        return Done(tell(editor), wish.said)

    def retry(self) -> Done:
        """Try again what is not saved."""
        if self._editor is None:
            return Done()
        self._editor.step()
        return Done(tell(self._editor))

    def release(self) -> None:
        """Let the session go; what is asked later takes it again."""
        if self._editor is not None:
            self._editor.close()

    def end(self) -> None:
        """Let everything go, behind what is being written. Returns at once."""
        self._thread.submit(self.release)
        self._thread.submit(self._clips.close)
        self._thread.shutdown(wait=False)
