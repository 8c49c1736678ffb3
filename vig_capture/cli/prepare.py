"""Before the film: a recorder with its devices open that waits for the guider's Enter.

It is another one whenever other devices are wished: so the old ones are let go for certain.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

from vig_capture.archive.reader import is_session
from vig_capture.cli.request import Request, checked
from vig_capture.cli.start import Launched, Started, launch, refusal, start_recorder
from vig_capture.cli.unfinished import note_started
from vig_capture.core.errors import VigError

DEATHS_MAX = 5
"""A recorder that dies so often before it has opened anything will not open anything."""
LEAVE_S = 10.0
WISHES = ("cameras", "mics", "profile", "vocabulary", "size", "rate", "loop")
"""What the screen may ask to be changed."""


class Waiting:
    """Keeps a recorder waiting, until it films or is to leave."""

    def __init__(self, request: Request) -> None:
        """Raises VigError."""
        self.request = replace(request, prepare=True)
        self.over = False
        """It has left without a film."""
        self._before: Request | None = None
        self._folder = Path()
        self._deaths = 0
        self._launched: Launched = launch(self.request)

    def look(self) -> Started | None:
        """What has become of it: never waits long. Raises VigError where it cannot go on."""
        said = None if self.over else self._launched.said(0)
        if said is None:
            return None
        if said.get("ok"):
            self.request = replace(self.request, prepare=False)
            folder = Path(said["folder"])
            note_started(self.request, folder)
            return Started(self._launched.process, folder)
        if said.get("ready"):
            self._folder, self._deaths, self._before = Path(said["folder"]), 0, None
            return None
        with suppress(TimeoutExpired):
            self._launched.process.wait(timeout=LEAVE_S)
        if said.get("left"):
            self.over = True
        elif isinstance(said.get("again"), dict):
            self._choose(said["again"])
        else:
            return self._again(said)
        return None

    def leave(self) -> None:
        """There is to be no film: its process ends by itself, or is ended."""
        process = self._launched.process
        with suppress(TimeoutExpired):
            process.wait(timeout=1.0)
        if process.poll() is None:
            process.terminate()
        self.over = True

    def _choose(self, wished: dict[str, Any]) -> None:
        """The same request with other devices, or as it is where these cannot be meant."""
        names = {field.name for field in fields(Request)} & set(WISHES)
        changes = {name: value for name, value in wished.items() if name in names}
        changed = Request.from_map(self.request.as_map() | changes)
        with suppress(VigError):
            self._before, self.request = self.request, checked(changed, folders=False)
        self._launched = launch(self.request)

    def _again(self, said: dict[str, Any]) -> Started | None:
        """It died, or could not begin."""
        if is_session(self._folder):
            # Between the guider's Enter and the recorder's word that it films.
            self.request = replace(self.request, prepare=False)
            return start_recorder(replace(self.request, resume=str(self._folder)))
        self._deaths += 1
        if self._before is not None:
            self.request, self._before = self._before, None
        elif said or self._deaths > DEATHS_MAX:
            self.over = True
            raise refusal(said)
        self._launched = launch(self.request)
        return None
