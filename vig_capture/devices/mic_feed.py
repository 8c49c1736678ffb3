"""From a thread that may not wait to a reader that may: the queue between a sound device's thread and `read`."""

from __future__ import annotations

import queue
from typing import Any, NamedTuple

from numpy.typing import NDArray

from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock

READ_S = 0.1
"""How long a `read` waits."""
BOUND_S = 10.0


class Piece(NamedTuple):
    """A block as the device's thread left it."""

    mono_ns: int
    first_sample: int
    samples: NDArray[Any]
    overflow: bool


class Feed:
    """A bounded queue of blocks, by one thread filled and by another read. `SimpleQueue.put` never waits."""

    def __init__(self, sample_rate: int) -> None:
        self._queue: queue.SimpleQueue[Piece | DeviceError] = queue.SimpleQueue()
        self._bound = round(BOUND_S * sample_rate)
        self._taken = 0
        self.counted = 0
        """Samples that the device has delivered."""
        self.dropped = 0
        """Of these, dropped because nobody read for so long; the index of the next block shows it."""

    def put(self, mono_ns: int, samples: NDArray[Any], overflow: bool) -> None:
        """Take a block, shape (n, channels), that nobody else will write to."""
        first = self.counted
        self.counted = first + len(samples)
        if self.counted - self._taken > self._bound:
            self.dropped += len(samples)
        else:
            self._queue.put(Piece(mono_ns, first, samples, overflow))

    def fail(self, error: DeviceError) -> None:
        """After what is queued, `get` raises this."""
        self._queue.put(error)

    def get(self) -> AudioBlock | None:
        """The next block; None when there is none within a tenth of a second."""
        try:
            piece = self._queue.get(timeout=READ_S)
        except queue.Empty:
            return None
        if isinstance(piece, DeviceError):
            raise piece
        self._taken = piece.first_sample + len(piece.samples)
        return AudioBlock(piece.mono_ns, piece.first_sample, piece.samples, overflow=piece.overflow)
