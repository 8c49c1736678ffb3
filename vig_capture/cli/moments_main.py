"""The process that makes pictures and clips of a film that is over: PyAV lives here, not in the screen.

Asked on standard input, answers on standard output, both a stream of msgpack maps. Every request has an `id`:

| request | answer |
| ------- | ------ |
| picture: {file, offset_ns, earliest_ns, width, height} | {id, picture: {width, height, rgb}}, rgb None if none |
| clip: {name, parts: [{file, start_ns, end_ns, earliest_ns}]}, times in the file's own | {id, clip: path} |
| forget: True | {id, forgotten: True}: the clips made so far are gone |

What cannot be made is answered with {id, error: {what, why, do}}. One thing is made at a time: the newest clip that was
asked for, then the newest picture. The end of standard input ends it: it never outlives its parent.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Condition, Thread
from typing import Any

import av
import msgpack

from vig_capture.archive.reader import inside
from vig_capture.core.errors import UserError, VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.disk import HostDisk, told
from vig_capture.media.clip import clip, picture
from vig_capture.media.pieces import Piece

CLIPS = ".looking"
"""In the hand-off folder: made to be looked at on the screen, and taken away again."""
WAITING_MAX = 200
"""So many requests wait; older ones are of moments that are no longer on the screen."""
_READ_BYTES = 1 << 16


def main() -> int:
    """Serve the session folder that the command line names."""
    av.logging.set_level(None)
    requests = Requests()
    Thread(target=_hear, args=(sys.stdin.fileno(), requests), daemon=True).start()
    makes = Maker(Path(sys.argv[1]))
    _say({"ready": True})
    while (request := requests.take()) is not None:
        _say(makes.answer(request))
    return 0


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(msgpack.packb(message))
    sys.stdout.buffer.flush()


def _hear(descriptor: int, requests: Requests) -> None:
    unpacker = msgpack.Unpacker()
    while data := os.read(descriptor, _READ_BYTES):
        unpacker.feed(data)
        for request in unpacker:
            requests.add(request)
    requests.end()


class Requests:
    """What waits to be made. The newest clip comes first, then the newest picture; what is forgotten comes before."""

    def __init__(self) -> None:
        self._waiting: list[dict[str, Any]] = []
        self._changed = Condition()
        self._ended = False

    def add(self, request: dict[str, Any]) -> None:
        """One more; the oldest gives way where there are too many."""
        with self._changed:
            self._waiting = [*self._waiting[1 - WAITING_MAX :], request]
            self._changed.notify()

    def end(self) -> None:
        """Nobody asks any more."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def take(self) -> dict[str, Any] | None:
        """The next one, as soon as there is one; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if self._ended:
                return None
            return self._waiting.pop(max(range(len(self._waiting)), key=lambda at: (self._rank(at), at)))

    def _rank(self, at: int) -> int:
        request = self._waiting[at]
        return 2 if "forget" in request else 1 if "clip" in request else 0


class Maker:
    """Makes what is asked for, of one session."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clips = folder / "handoff" / CLIPS
        self._disk = HostDisk()
        self._made: dict[str, tuple[Any, Path]] = {}
        """By name, of what and where."""

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out a request."""
        try:
            return {"id": request.get("id")} | self._carry_out(request)
        except VigError as error:
            found = error
        except (av.FFmpegError, OSError, ValueError) as error:
            found = UserError("This cannot be shown.", f"{error}.")
        return {"id": request.get("id"), "error": found.as_map()}

    def _carry_out(self, request: Mapping[str, Any]) -> dict[str, Any]:
        if "forget" in request:
            self._forget()
            return {"forgotten": True}
        if "clip" in request:
            return {"clip": str(self._clip(request["clip"]))}
        wish = request["picture"]
        width, height = int(wish["width"]), int(wish["height"])
        at_s, earliest_s = int(wish["offset_ns"]) / SECOND_NS, int(wish["earliest_ns"]) / SECOND_NS
        rgb = picture(self._path(wish["file"]), at_s, width, height, earliest_s)
        return {"picture": {"width": width, "height": height, "rgb": rgb}}

    def _clip(self, wish: Mapping[str, Any]) -> Path:
        name = file_name(str(wish["name"]))
        what, path = self._made.get(name, (None, Path()))
        if what == wish["parts"] and path.is_file():
            return path
        self._disk.make_folder(self._clips)
        pieces = [
            Piece(self._path(part["file"]), *(part[name] / SECOND_NS for name in ("start_ns", "end_ns", "earliest_ns")))
            for part in wish["parts"]
        ]
        made = clip(pieces, self._clips / name)
        self._made[name] = (wish["parts"], made)
        return made

    def _forget(self) -> None:
        self._made.clear()
        with told(self._clips):
            if self._clips.is_dir():
                shutil.rmtree(self._clips)

    def _path(self, file: str) -> Path:
        path = inside(self._folder, file)
        if path is None:
            raise UserError("This cannot be shown.", f"{file} is not in the session's folder.")
        return path


def file_name(marker: str) -> str:
    """A marker's id as a file may be called; ids are made by clients and may be any text."""
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", marker):
        return marker
    return f"m-{hashlib.sha256(marker.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"


if __name__ == "__main__":
    sys.exit(main())
