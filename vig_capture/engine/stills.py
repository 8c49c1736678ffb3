"""Still pictures while filming: the newest frame at the press, or the first after it, at full size.

Rule 1: decoding, packing and writing happen in a thread of their own, which the film does not need.
Rule 2: the picture is on the disk before the record that names it, and the record before the answer.
Rule 3: what was captured in a pause, or before the film, is never kept: where a pause overtakes a picture, it is taken
        away again.
Rule 4: of H.264 only a keyframe is a picture by itself: where they are rare, the answer waits for the next one.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vig_capture.core.errors import StorageError, UserError, VigError
from vig_capture.core.ports import Clock, Disk, Media
from vig_capture.core.session import State
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.answers import Answers, Reply, ack
from vig_capture.engine.events import Post, StillRefused, StillTaken
from vig_capture.engine.looking import OFTEN_NS, Newest
from vig_capture.engine.scribe import Scribe
from vig_capture.engine.stage import Stage
from vig_capture.engine.status import Status

OLD_NS = OFTEN_NS
"""A frame that was older than this at the press is not what the guider saw: the next one is waited for."""
WAIT_NS = 25 * SECOND_NS
"""Keyframes come every 20 s at the rarest (core/segments.py waits as long for a cut)."""
PATIENCE_NS = WAIT_NS + 10 * SECOND_NS
"""After this long without a word of the stage the client is told that there is no picture."""
STILLS_WAITING_MAX = 20

_PRESS_AGAIN = "Press again."
_PAUSED = UserError("No still picture.", "The film was paused or ended before there was one.", "")
_NO_FRAME = UserError("No still picture.", "The camera sent none in time.", "Press again when there is a picture.")
_UNREADABLE = UserError("No still picture.", "This picture of the camera could not be read.", _PRESS_AGAIN)
_NO_CAMERA = UserError("No still picture.", "This film has sound only.", "")
_LOST = UserError("No still picture.", "The camera is gone just now.", "Press again when the picture is back.")
_MOVED = UserError("No still picture.", "The film has gone on in the second folder meanwhile.", _PRESS_AGAIN)
_TOO_MANY = UserError("No still picture.", "Many still pictures are on their way already.", "Wait a moment.")
_SILENT = VigError("No still picture.", "It could not be made in time.", "The film goes on. Press again.")


@dataclass(frozen=True, slots=True)
class Wish:
    """A still picture that somebody asked for."""

    id: str
    mono_ns: int
    """When the guider pressed."""
    from_ns: int
    """The picture must not be older than this (monotonic)."""
    folder: Path
    """The session's."""
    number: int
    """Of its file."""

    @property
    def file(self) -> str:
        return f"stills/{self.number:04d}.jpg"


class StillStage(Stage):
    """Takes still pictures of one camera, one after the other."""

    name = "stills"
    idle_s = 0.5
    vital = False

    def __init__(self, stream: str, newest: Newest, media: Media, disk: Disk, clock: Clock, post: Post) -> None:
        """`stream`: the camera's id."""
        super().__init__()
        self.stream = stream
        self.state: Callable[[], State] = lambda: "idle"
        """The session's, once there is a control to ask."""
        self._newest = newest
        self._media = media
        self._disk = disk
        self._clock = clock
        self._post = post
        self._wishes: deque[Wish] = deque()
        self._unwanted: deque[Path] = deque()

    def take(self, wish: Wish) -> None:
        """Take a picture soon; StillTaken or StillRefused follows. Never blocks."""
        self._wishes.append(wish)
        self.wake()

    def drop(self, path: Path) -> None:
        """Take a picture away that was taken and must not be kept. Never blocks."""
        self._unwanted.append(path)
        self.wake()

    def step(self) -> bool:
        if self._unwanted:
            with suppress(StorageError):
                # (A disk that does not let it go: `verify` lists it as named by no entry.)
                self._disk.remove(self._unwanted[0])
            self._unwanted.popleft()
            return True
        if not self._wishes:
            return False
        wish = self._wishes[0]
        try:
            taken = self._picture(wish)
            if taken is None:
                return False
            mono_ns, data = taken
            self._disk.write_new(wish.folder / wish.file, data)
        except (UserError, StorageError) as error:
            self._wishes.popleft()
            self._post(StillRefused(wish.id, error))
            return True
        self._wishes.popleft()
        sha256 = hashlib.sha256(data).hexdigest()
        self._post(StillTaken(wish.id, wish.folder, wish.file, mono_ns, sha256, len(data)))
        return True

    def _picture(self, wish: Wish) -> tuple[int, bytes] | None:
        """When it was taken, and the file's content; None as long as there is none. Raises UserError."""
        if self.state() != "recording":
            raise _PAUSED
        group = self._newest.group
        if group is None or group.frames[0].mono_ns < wish.from_ns:
            if self._clock.mono_ns() - wish.mono_ns > WAIT_NS:
                raise _NO_FRAME
            return None
        preview, frame = self._media.preview(group.mode), group.frames[0]
        preview.add(frame, True)
        data = preview.still()
        if data is None:
            raise _UNREADABLE
        return frame.mono_ns, data


@dataclass(slots=True)
class _Asked:
    mono_ns: int
    asked_ns: int
    replies: list[Reply]


class Stills:
    """The desk's part: who asked, what is written down, what is answered. Used in control's thread."""

    def __init__(
        self, stage: StillStage | None, clock: Clock, scribe: Scribe, status: Status, answers: Answers
    ) -> None:
        """`stage`: None where there is no camera."""
        self._stage = stage
        self._clock = clock
        self._scribe = scribe
        self._status = status
        self._answers = answers
        self._asked: dict[str, _Asked] = {}

    def ask(self, command_id: str, mono_ns: int, reply: Reply) -> None:
        """A client wants a still picture of this moment; the table allows it. Raises UserError."""
        known = self._scribe.view.stills.get(command_id)
        if known is not None:
            result = {"act": "still", "file": known.file, "t_ns": known.t_ns, "again": True, "saved": True}
            self._scribe.after(self._answered(command_id, [reply], result))
            return
        if command_id in self._asked:
            self._asked[command_id].replies.append(reply)
            return
        if self._stage is None:
            raise _NO_CAMERA
        if self._status.streams[self._stage.stream].state == "lost":
            raise _LOST
        if len(self._asked) >= STILLS_WAITING_MAX:
            raise _TOO_MANY
        self._asked[command_id] = _Asked(mono_ns, self._clock.mono_ns(), [reply])
        scribe = self._scribe
        since_ns = scribe.anchor.mono_ns(scribe.view.recording_since_ns or 0)
        self._stage.take(Wish(command_id, mono_ns, max(mono_ns - OLD_NS, since_ns), scribe.folder, scribe.next_still()))

    def take(self, event: StillTaken | StillRefused) -> None:
        """The stage has a picture, or none."""
        asked = self._asked.pop(event.id, None)
        if isinstance(event, StillRefused):
            if asked is not None:
                self._refuse(event.id, asked, event.error)
            return
        scribe = self._scribe
        t_ns = scribe.anchor.t_ns(event.mono_ns)
        paused = any(start_ns <= t_ns and (end_ns is None or t_ns < end_ns) for start_ns, end_ns in scribe.view.pauses)
        if asked is None or paused or event.folder != scribe.folder:
            if self._stage is not None:
                self._stage.drop(event.folder / event.file)
            if asked is not None:
                self._refuse(event.id, asked, _PAUSED if paused else _MOVED)
            return
        result = {"act": "still", "file": event.file, "t_ns": t_ns, "saved": True, "said": _how_late(asked, event)}
        scribe.record(
            "still",
            t_ns,
            self._answered(event.id, asked.replies, result),
            id=event.id,
            stream=self._stage.stream if self._stage is not None else "",
            file=event.file,
            sha256=event.sha256,
            size_bytes=event.size_bytes,
        )

    def tick(self, now_ns: int) -> None:
        """Answer those to whom the stage said nothing: it may have failed, or its disk hangs."""
        for command_id, asked in list(self._asked.items()):
            if now_ns - asked.asked_ns > PATIENCE_NS:
                del self._asked[command_id]
                self._refuse(command_id, asked, _SILENT)

    def _refuse(self, command_id: str, asked: _Asked, error: VigError) -> None:
        for reply in asked.replies:
            self._answers.give(command_id, reply, error, {})

    def _answered(self, command_id: str, replies: list[Reply], result: dict[str, Any]) -> Callable[..., None]:
        def saved(error: StorageError | None) -> None:
            for reply in replies:
                if error is None:
                    self._answers.give(command_id, reply, None, result)
                else:
                    reply(ack(command_id, StorageError(f"NOT SAVED. {error.what}", error.why, error.do), {}))

        return saved


def _how_late(asked: _Asked, event: StillTaken) -> str:
    """What the client is told of a picture that was taken long after the press."""
    seconds = round((event.mono_ns - asked.mono_ns) / SECOND_NS)
    return f"taken {seconds} seconds after the key" if seconds > 1 else ""
