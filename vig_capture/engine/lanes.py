"""Lanes: the bounded queues between stages. Nothing in the engine waits for a full lane.

| lane                | bound              | when full                          | seen as         |
| video to the writer | bytes (256 MiB)    | drop the newest, count it          | lost frames     |
| sound to the writer | 10 s               | the same                           | lost samples    |
| sound to the checks | 2 s                | the same, as a gap to the checker  | nothing         |
| frames to be followed (engine/ripple.py) | 8 | they begin anew                | nothing         |
| inbox of control    | 1,024 of clients   | refuse the command, say NOT SAVED  | never silent    |

Drops are counted as (frames or samples) and handed to the consumer before the next item, so that the gap stands in the
right place.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Item = TypeVar("Item")

VIDEO_BOUND_BYTES = 256 * 1024 * 1024
SOUND_BOUND_NS = 10_000_000_000
INBOX_BOUND = 1024


@dataclass(frozen=True, slots=True)
class Dropped:
    """Stands in a lane where items were dropped because it was full."""

    count: int
    """Frames or samples."""


class Lane(Generic[Item]):
    """A queue with a bound in whatever unit `put` is told. One producer, one consumer."""

    def __init__(self, bound: int, wake: Callable[[], None] = lambda: None) -> None:
        self._bound = bound
        self._items: deque[tuple[Item | Dropped, int]] = deque()
        self._size = 0
        self._dropped = 0
        # Guards the three fields above for the length of a few assignments; nobody waits inside it.
        self._lock = Lock()
        self.wake = wake
        self.high_water = 0

    def put(self, item: Item, size: int, count: int = 1) -> bool:
        """Add an item, or count it as dropped and return False where it does not fit."""
        with self._lock:
            if self._size + size > self._bound and self._items:
                self._dropped += count
                return False
            if self._dropped:
                self._items.append((Dropped(self._dropped), 0))
                self._dropped = 0
            self._items.append((item, size))
            self._size += size
            self.high_water = max(self.high_water, self._size)
        self.wake()
        return True

    def get(self) -> Item | Dropped | None:
        """The oldest item, or None."""
        with self._lock:
            if self._items:
                item, size = self._items.popleft()
                self._size -= size
                return item
            if self._dropped:
                dropped = Dropped(self._dropped)
                self._dropped = 0
                return dropped
            return None

    def __len__(self) -> int:
        return len(self._items)

    @property
    def share(self) -> float:
        """How full it is, from 0 to 1."""
        return self._size / self._bound


class Inbox(Generic[Item]):
    """What control has to read: commands of clients, at most `INBOX_BOUND` of them, and the engine's own events.

    The engine's own events are few (a few for each segment and each loss) and are never refused: losing one would lose
    a record."""

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        self._items: deque[Item] = deque()
        self.wake = wake

    def post(self, item: Item) -> None:
        """Add an event of the engine itself."""
        self._items.append(item)
        self.wake()

    def offer(self, item: Item) -> bool:
        """Add a client's command; False when too many are waiting already."""
        if len(self._items) >= INBOX_BOUND:
            return False
        self.post(item)
        return True

    def get(self) -> Item | None:
        """The oldest item, or None."""
        return self._items.popleft() if self._items else None

    def __len__(self) -> int:
        return len(self._items)
