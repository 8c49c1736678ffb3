"""A sound or film file as a microphone: played at its own speed against the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vig_capture.core.errors import DeviceError, EndOfFilm
from vig_capture.core.model import AudioBlock, AudioMode
from vig_capture.core.ports import Clock
from vig_capture.core.time import SECOND_NS

READ_NS = SECOND_NS // 10
HOLE_S = 0.05
"""A larger jump of the file's stamps is a hole; smaller ones are the rounding of its clock."""


class FileMicrophone:
    """The port Microphone over a file. The file starts when it is opened; more than two channels are mixed to two."""

    def __init__(
        self, path: str, clock: Clock, loop: bool = False, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.name = Path(path).name
        self._path = path
        self._clock = clock
        self._loop = loop
        self._sleep = sleep
        self._container: Any = None
        self._mode = AudioMode(48_000, 1)
        self._blocks: Iterator[tuple[int, NDArray[Any]]] = iter(())
        self._ready: AudioBlock | None = None
        self._start_ns = 0

    def open(self) -> AudioMode:
        """Open the file and start its clock. Raises DeviceError."""
        self.close()
        try:
            self._container = av.open(self._path)
        except (av.FFmpegError, OSError) as error:
            raise DeviceError(f"{self.name} cannot be played.", str(error), "Give another file.") from error
        if not self._container.streams.audio:
            self.close()
            raise DeviceError(f"{self.name} holds no sound.", "It has no sound track.", "Give another file.")
        context = self._container.streams.audio[0].codec_context
        bits = 16 if context.format.name.startswith(("s16", "u8")) else 24
        self._mode = AudioMode(context.sample_rate, 1 if context.channels == 1 else 2, bits)
        self._blocks = self._play()
        self._start_ns = self._clock.mono_ns()
        return self._mode

    def read(self) -> AudioBlock | None:
        """The next block when its time has come. Raises EndOfFilm, DeviceError."""
        if self._ready is None:
            self._ready = self._next()
        block = self._ready
        wait_ns = block.mono_ns - self._clock.mono_ns()
        if wait_ns > 0:
            self._sleep(min(wait_ns, READ_NS) / SECOND_NS)
        if wait_ns > READ_NS:
            return None
        self._ready = None
        return block

    def close(self) -> None:
        """Let the file go."""
        if self._container is not None:
            self._container.close()
            self._container = None
        self._blocks, self._ready = iter(()), None

    def _next(self) -> AudioBlock:
        if self._container is None:
            raise DeviceError(f"{self.name} is not open.", "It was closed.", "Open it again.")
        try:
            first, samples = next(self._blocks)
        except StopIteration:
            raise EndOfFilm(f"{self.name} has been played to its end.") from None
        except (av.FFmpegError, OSError) as error:
            raise DeviceError(f"{self.name} cannot be read any further.", str(error), "Give another file.") from error
        end_ns = (first + len(samples)) * SECOND_NS // self._mode.sample_rate
        return AudioBlock(self._start_ns + end_ns, first, samples, stamped=True)

    def _play(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Blocks with the index of their first sample, from the start of the file, again and again where looped."""
        base = 0
        while True:
            end = base
            for first, samples in self._decode():
                end = base + first + len(samples)
                yield base + first, samples
            if not self._loop or end == base:
                return
            base = end
            self._container.seek(0)

    def _decode(self) -> Iterator[tuple[int, NDArray[Any]]]:
        mode = self._mode
        form = ("s16", np.int16) if mode.bits == 16 else ("s32", np.int32)
        packed = av.AudioResampler(form[0], "mono" if mode.channels == 1 else "stereo", mode.sample_rate)
        start: float | None = None
        count = 0
        for frame in self._container.decode(audio=0):
            at = frame.time
            if at is not None:
                start = at if start is None else start
                due = round((at - start) * mode.sample_rate)
                if abs(due - count) > HOLE_S * mode.sample_rate and due > count:
                    count = due
            for part in packed.resample(frame):
                samples = part.to_ndarray().reshape(-1, mode.channels).astype(form[1], copy=False)
                yield count, samples
                count += len(samples)
