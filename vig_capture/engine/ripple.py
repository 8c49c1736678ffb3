"""How the brightness of the rows changes from frame to frame: what lamps on the mains do to a picture.

Rule 1: frames are followed for two seconds at a time, through a short lane of their own: one that did not fit, or is of
        another camera, begins the two seconds anew.
Rule 2: of H.264 nothing is followed: every frame would have to be decoded for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vig_capture.core.model import Frame
from vig_capture.core.ports import Media, Preview
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.lanes import Dropped, Lane
from vig_capture.engine.looking import Newest

FRAMES = 64
LANE_FRAMES = 8


class Ripple:
    """Follows the frames of one camera when it is asked to."""

    def __init__(self, newest: Newest, media: Media) -> None:
        self._newest = newest
        self._media = media
        self._lane: Lane[Frame] = Lane(LANE_FRAMES)
        self._preview: Preview | None = None
        self._rows: list[bytes] = []
        self._stamps_ns: list[int] = []

    def follow(self, wake: Callable[[], None]) -> None:
        """Follow the frames from now on, as far as nobody does. `wake`: called for each frame that waits."""
        group = self._newest.group
        if self._newest.follower is None and group is not None and not group.mode.copied:
            self._preview = self._media.preview(group.mode)
            self._lane.wake = wake
            self._newest.follower = self._put

    def take(self, public_ns: int) -> dict[str, Any] | None:
        """Read the frames that wait. Rows as checks/judge.py wants them once there are enough, and then it is over."""
        while self._preview is not None and (item := self._lane.get()) is not None:
            if isinstance(item, Dropped) or item.mono_ns < public_ns:
                self._again()
                continue
            self._preview.add(item, True)
            rows = self._preview.rows()
            if rows is None or (self._rows and len(rows) != len(self._rows[0])):
                self.forget()
                return None
            self._rows.append(rows)
            self._stamps_ns.append(item.mono_ns)
            if len(self._rows) == FRAMES:
                return self._told()
        return None

    def forget(self) -> None:
        """Follow nothing any more."""
        self._newest.follower = self._preview = None
        self._again()
        while self._lane.get() is not None:
            pass

    def _told(self) -> dict[str, Any] | None:
        took_ns, means, began_ns = self._stamps_ns[-1] - self._stamps_ns[0], b"".join(self._rows), self._stamps_ns[0]
        self.forget()
        if took_ns <= 0:
            return None
        return {"mono_ns": began_ns, "frames": FRAMES, "means": means, "rate": (FRAMES - 1) * SECOND_NS / took_ns}

    def _again(self) -> None:
        self._rows, self._stamps_ns = [], []

    def _put(self, frame: Frame) -> None:
        self._lane.put(frame, 1)
