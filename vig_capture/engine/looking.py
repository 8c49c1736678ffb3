"""Looking: small pictures of the first camera for the clients that asked, beside the film and never in its way.

Rule 1: the camera overwrites one slot and goes on: what nobody took is gone. The film's lanes are not seen here. While
        nobody looks it holds one frame: the newest, or of H.264 the newest keyframe.
Rule 2: decoding and scaling happen in this stage only, and only while somebody looks; a fault of it is no picture.
Rule 3: nothing that was captured in a pause is ever in the slot, and nothing is sent in a pause.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from vig_capture.core.errors import UserError
from vig_capture.core.model import Frame, VideoMode
from vig_capture.core.ports import Clock, Media, Preview
from vig_capture.core.session import State
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.stage import Stage

PICTURE_EVERY_NS = SECOND_NS // 5
OFTEN_NS = 2 * SECOND_NS
"""H.264 whose keyframes come as often as this is shown by them alone: the rest need not be decoded."""
GROUP_BYTES_MAX = 32 * 1024 * 1024
"""20 s at 13 Mbit/s. Of a longer group of pictures the rest is not shown: the next keyframe is."""
FRAMES_A_STEP = 30
SECONDS_MAX = 3600.0
POINTS_MAX = 640 * 480
"""900 kB a picture; half blocks need less than a tenth of it."""
NEVER_NS = 1 << 62

Show = Callable[[dict[str, Any]], None]
"""Sends a picture to one client: {stream, t_ns, mono_ns, width, height, rgb}. Never blocks."""


@dataclass(slots=True)
class Group:
    """A frame that can be decoded by itself, and after it those that need it, as far as they are kept."""

    mode: VideoMode
    frames: list[Frame]
    alone: bool
    """The first one is all that is kept."""
    size_bytes: int
    full: bool = False


class Newest:
    """The slot between one camera and those who want its newest picture. The camera's thread writes, others read."""

    def __init__(self) -> None:
        self.due_ns = NEVER_NS
        """The first frame from this moment on wakes the looking stage; NEVER_NS: nobody looks."""
        self.wake: Callable[[], None] = lambda: None
        self.hidden: Callable[[], bool] = lambda: False
        """Is what is captured now nobody's business?"""
        self.expected: Callable[[], bool] = lambda: False
        """Will somebody look soon, who is not to wait for a rare keyframe?"""
        self.seen = 0, 0
        """Frames so far, and when the newest of them was taken."""
        self.follower: Callable[[Frame], None] | None = None
        """Takes every frame, in the camera's thread; for a short while only."""
        self._slot: Frame | Group | None = None
        """Pictures are kept as they are; H.264 as a group."""
        self._mode: VideoMode | None = None
        self._keyframe_ns: int | None = None

    @property
    def group(self) -> Group | None:
        """The newest picture, with what is kept of those that it needs, or that need it; None where there is none."""
        mode, slot = self._mode, self._slot
        if mode is None or mode is not self._mode:
            return None
        return Group(mode, [slot], True, slot.size_bytes) if isinstance(slot, Frame) else slot

    def opened(self, mode: VideoMode) -> None:
        """The camera has been opened."""
        self.closed()
        self._mode = mode

    def closed(self) -> None:
        """There is no camera now, and so no newest picture."""
        self._slot = self._mode = None
        self._keyframe_ns = None

    def put(self, frame: Frame) -> None:
        """The camera's newest frame: takes the place of the last."""
        if self._mode is None or self.hidden():
            self._slot = None
            return
        self.seen = self.seen[0] + 1, frame.mono_ns
        follower = self.follower
        if follower is not None:
            follower(frame)
        if not frame.encoded:
            self._slot = frame
        elif frame.keyframe:
            alone = self._comes_often(frame) or not self._is_wanted()
            self._slot = Group(self._mode, [frame], alone, frame.size_bytes)
        elif not self._goes_on(frame):
            return
        if frame.mono_ns >= self.due_ns:
            self.wake()

    def _comes_often(self, keyframe: Frame) -> bool:
        last_ns, self._keyframe_ns = self._keyframe_ns, keyframe.mono_ns
        return last_ns is not None and keyframe.mono_ns - last_ns <= OFTEN_NS

    def _goes_on(self, frame: Frame) -> bool:
        """Keep a picture that needs those before it, where it will be shown."""
        group = self._slot
        if not isinstance(group, Group) or group.alone or group.full:
            return False
        if not self._is_wanted():
            # What follows is missing from now on: who begins to look waits for the next keyframe.
            self._slot = None
            return False
        group.full = group.size_bytes + frame.size_bytes > GROUP_BYTES_MAX
        if not group.full:
            group.size_bytes += frame.size_bytes
            group.frames.append(frame)
        return not group.full

    def _is_wanted(self) -> bool:
        """Are the pictures kept that need those before them?"""
        return self.due_ns != NEVER_NS or self.expected()


@dataclass(slots=True)
class _Look:
    until_ns: int
    width: int
    height: int
    seen: int = -1
    """Number of the newest picture that was sent."""


class LookingStage(Stage):
    """Sends the newest picture to those who look, at most five a second."""

    name = "looking"
    idle_s = 1.0
    vital = False

    def __init__(
        self,
        stream: str,
        newest: Newest,
        media: Media,
        clock: Clock,
        state: Callable[[], State],
        t_ns: Callable[[int], int],
    ) -> None:
        """`stream`: the camera's id. `t_ns`: from the host's clock to session time, 0 before the session begins."""
        super().__init__()
        self._stream = stream
        self._newest = newest
        self._media = media
        self._clock = clock
        self._state = state
        self._t_ns = t_ns
        self._looks: dict[Show, _Look] = {}
        # Guards the map above for the length of an assignment: clients come and go in threads of their own.
        self._lock = Lock()
        self._due_ns = 0
        self._preview: Preview | None = None
        self._group: Group | None = None
        self._taken = 0
        """Frames of the group that the preview has."""
        self._number = 0
        """Of the newest picture that the preview has."""
        self._mono_ns = 0
        """When it was taken."""
        newest.hidden = self._is_paused
        newest.expected = lambda: state() in ("idle", "arming")
        newest.wake = self._wake_up

    def look(self, show: Show, seconds: float, width: int, height: int) -> None:
        """Send pictures of this size for so long from now on, instead of what this client asked for before. From any
        thread."""
        until_ns = self._clock.mono_ns() + round(seconds * SECOND_NS)
        with self._lock:
            self._looks[show] = _Look(until_ns, width, height)
        self.wake()

    def leave(self, show: Show) -> None:
        """Send no more. From any thread; one picture that is on its way may still come."""
        with self._lock:
            self._looks.pop(show, None)

    def step(self) -> bool:
        now_ns = self._clock.mono_ns()
        looks = self._present(now_ns)
        if not looks:
            self._newest.due_ns = NEVER_NS
        if not looks or self._is_paused():
            self._preview = self._group = None
            return False
        self._newest.due_ns = self._due_ns
        if now_ns < self._due_ns:
            return False
        if self._take():
            return True
        if self._send(looks):
            self._due_ns = self._newest.due_ns = now_ns + PICTURE_EVERY_NS
        return False

    def _present(self, now_ns: int) -> list[tuple[Show, _Look]]:
        with self._lock:
            self._looks = {show: look for show, look in self._looks.items() if now_ns < look.until_ns}
            return list(self._looks.items())

    def _take(self) -> bool:
        """Give the preview what is new. True when there is more: only the last of it is shown."""
        group = self._newest.group
        if group is None:
            self._preview = self._group = None
            return False
        if self._group is None or group.frames[0] is not self._group.frames[0]:
            if self._preview is None or self._group is None or self._group.mode is not group.mode:
                self._preview = self._media.preview(group.mode)
            self._group, self._taken, self._mono_ns = group, 0, group.frames[0].mono_ns
        assert self._preview is not None, "made with the first group"
        frames = group.frames[self._taken : self._taken + FRAMES_A_STEP]
        for frame in frames:
            self._preview.add(frame, group.alone)
            # Reordered pictures come with the later one first.
            self._mono_ns = max(self._mono_ns, frame.mono_ns)
        self._taken += len(frames)
        self._number += len(frames)
        return self._taken < len(group.frames)

    def _send(self, looks: list[tuple[Show, _Look]]) -> bool:
        """Send the newest picture to those who have not seen it. True when somebody got one."""
        preview = self._preview
        if preview is None:
            return False
        drawn: dict[tuple[int, int], bytes | None] = {}
        sent = False
        for show, look in looks:
            size = look.width, look.height
            if look.seen == self._number:
                continue
            if size not in drawn:
                drawn[size] = preview.draw(*size)
            rgb = drawn[size]
            if rgb is None:
                continue
            if self._is_paused():
                break
            look.seen = self._number
            show(self._message(look, rgb))
            sent = True
        return sent

    def _message(self, look: _Look, rgb: bytes) -> dict[str, Any]:
        return {
            "stream": self._stream,
            "t_ns": self._t_ns(self._mono_ns),
            "mono_ns": self._mono_ns,
            "width": look.width,
            "height": look.height,
            "rgb": rgb,
        }

    def _is_paused(self) -> bool:
        return self._state() == "paused"

    def _wake_up(self) -> None:
        self.wake()


def asked(message: dict[str, Any]) -> tuple[float, int, int]:
    """Seconds, width and height of a `look`; seconds 0 end it, then the size is 0 × 0. Raises UserError."""
    seconds = message.get("seconds")
    if not isinstance(seconds, int | float) or not seconds >= 0:
        raise UserError("This look cannot be meant.", f"Its seconds are {seconds!r}.", "Give a number, 0 to end it.")
    if seconds == 0:
        return 0.0, 0, 0
    width, height = message.get("width"), message.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) < 1:
        why = f"Its picture is {width!r} × {height!r}."
        raise UserError("This look cannot be meant.", why, "Give width and height in points.")
    if width * height > POINTS_MAX:
        why = f"It has {width} × {height} points, and at most {POINTS_MAX} are sent."
        raise UserError("This picture is too large.", why, "Ask for a smaller one.")
    return min(float(seconds), SECONDS_MAX), width, height
