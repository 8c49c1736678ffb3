"""What the checker is shown and lets hear: the first camera's newest picture and the first microphone's newest sound.

Rule 1: both are taken beside the film, from a slot and a lane of their own: what nobody takes in time is gone.
Rule 2: nothing that was captured before `since_ns`, which is in or before a pause, is ever handed over.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from vig_capture.core.model import Frame, VideoMode
from vig_capture.core.ports import Media, Preview
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.capture import SoundLane
from vig_capture.engine.events import TimedBlock
from vig_capture.engine.lanes import Dropped, Lane
from vig_capture.engine.looking import Newest

WIDTH_MAX, HEIGHT_MAX = 640, 360
LUMA_EVERY_NS = SECOND_NS
RATE_OVER_NS = 5 * SECOND_NS
RATE_LEAST_NS = 4 * SECOND_NS
SOUND_BOUND_NS = 2 * SECOND_NS
"""Sound that waits for the checker; what comes while it is full is missing for it."""


class Eyes:
    """The newest picture. Of H.264 keyframes alone are read."""

    def __init__(self, newest: Newest, media: Media) -> None:
        self._newest = newest
        self._media = media
        self._preview: Preview | None = None
        self._mode: VideoMode | None = None
        self._frame: Frame | None = None
        """The last that was taken."""
        self._luma_ns = 0
        self._full = 0, 0
        self._counts: deque[tuple[int, int]] = deque()
        """Frames so far, and when the newest of them was taken."""

    def picture(self, since_ns: int) -> dict[str, Any] | None:
        """The newest picture as checks/judge.py wants it; None where none was taken since the last one."""
        group = self._newest.group
        if group is None:
            self.forget()
            return None
        frame = group.frames[0]
        if frame is self._frame or frame.mono_ns < since_ns:
            return None
        if self._preview is None or self._mode is not group.mode:
            self.forget()
            self._preview, self._mode = self._media.preview(group.mode), group.mode
        self._frame = frame
        self._preview.add(frame, True)
        small = self._preview.small(WIDTH_MAX, HEIGHT_MAX)
        if small is None:
            return None
        luma = self._luma(self._preview, frame.mono_ns)
        return {
            "mono_ns": frame.mono_ns,
            "width": small[0],
            "height": small[1],
            "rgb": small[2],
            "full_width": self._full[0],
            "full_height": self._full[1],
            "luma": luma,
        }

    def there(self) -> bool:
        """Does the camera send anything?"""
        return self._newest.group is not None

    def rare(self) -> bool:
        """Can few of its pictures be read by themselves?"""
        return self._mode is not None and self._mode.copied

    def rate(self) -> float | None:
        """Pictures a second of the last 5 s, by their own stamps; None as long as that is not known."""
        counts, newest = self._counts, self._newest.seen
        if not counts or newest[1] > counts[-1][1]:
            counts.append(newest)
        while len(counts) > 1 and newest[1] - counts[1][1] >= RATE_OVER_NS:
            counts.popleft()
        count, took_ns = newest[0] - counts[0][0], newest[1] - counts[0][1]
        return count * SECOND_NS / took_ns if took_ns >= RATE_LEAST_NS else None

    def promised(self) -> float:
        """Pictures a second that the camera says it sends; 0 where it does not say."""
        return self._mode.rate if self._mode is not None else 0.0

    def forget(self) -> None:
        """What was seen is over: the camera is gone, or it is not to be looked at for a while."""
        self._preview = self._mode = None
        self._luma_ns = 0
        self._counts.clear()

    def _luma(self, preview: Preview, mono_ns: int) -> bytes | None:
        if self._luma_ns and mono_ns - self._luma_ns < LUMA_EVERY_NS:
            return None
        found = preview.luma()
        if found is None:
            return None
        self._luma_ns, self._full = mono_ns, found[:2]
        return found[2]


class Ears:
    """The newest sound."""

    def __init__(self) -> None:
        self.lane: SoundLane = Lane(SOUND_BOUND_NS)
        self._gap = True

    def sound(self, since_ns: int) -> list[dict[str, Any]]:
        """All that waits, as checks/judge.py wants it."""
        runs: list[list[TimedBlock]] = []
        gaps: list[bool] = []
        while (item := self.lane.get()) is not None:
            if isinstance(item, Dropped) or item.mono_ns < since_ns:
                self._gap = True
                continue
            gap = self._gap or not item.joined
            if gap or not runs or item.mode != runs[-1][-1].mode:
                runs.append([])
                gaps.append(gap)
            runs[-1].append(item)
            self._gap = False
        return [_told(run, gap) for run, gap in zip(runs, gaps, strict=True)]

    def forget(self) -> None:
        """What waits is not to be heard."""
        while self.lane.get() is not None:
            pass
        self._gap = True


def _told(run: list[TimedBlock], gap: bool) -> dict[str, Any]:
    samples = np.concatenate([block.samples for block in run]) if len(run) > 1 else run[0].samples
    full = 1.0 if samples.dtype.kind == "f" else float(2 ** (8 * samples.dtype.itemsize - 1))
    mono = samples.mean(axis=1, dtype=np.float32) / np.float32(full)
    return {"mono_ns": run[0].mono_ns, "rate": run[0].mode.sample_rate, "samples": mono.tobytes(), "gap": gap}
