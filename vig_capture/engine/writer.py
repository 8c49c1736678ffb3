"""What the two writers share: a writer records between `begin(span)` and `end(moment)`.

It is told so by control through a small inbox, and never waited for: when everything up to the end is closed, it posts
WriterFinished.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from vig_capture.core.ports import Clock
from vig_capture.engine.events import Post, Span, Warned, WriterFinished
from vig_capture.engine.files import Files
from vig_capture.engine.stage import Stage

FLIGHT_NS = 300_000_000
"""After an end was asked for, what was captured before it may still be on its way for this long."""


class Writer(Stage):
    """A stage that writes one stream."""

    def __init__(self, stream: str, clock: Clock, post: Post, files: Files) -> None:
        super().__init__()
        self.name = f"{files.kind} {stream}"
        self.stream = stream
        self.files = files
        self._clock = clock
        self._post = post
        self._orders: deque[Span | int] = deque()
        self._span: Span | None = None
        self._until_ns: int | None = None
        """Session time of the end that was asked for."""

    def begin(self, span: Span) -> None:
        """Record from `span.from_mono_ns` on; while recording already, go on in the span's folder. Never blocks."""
        self._orders.append(span)
        self.wake()

    def end(self, mono_ns: int) -> None:
        """Write everything captured up to this moment, nothing after it; then WriterFinished. Never blocks."""
        self._orders.append(mono_ns)
        self.wake()

    def _take_orders(self) -> bool:
        """Carry out what control asked, all of it: nothing is written of a span whose end is known already and not
        taken yet. True when something was done."""
        did = False
        while self._take_order():
            did = True
        return did

    def _take_order(self) -> bool:
        if not self._orders:
            return False
        order = self._orders[0]
        if not isinstance(order, Span):
            if self._span is None:
                self._post(WriterFinished(self.name))
            elif self._until_ns is None:
                self._until_ns = self._span.anchor.t_ns(order)
        elif self._span is None:
            self._span = order
            self.files.begin(order)
            self._begun(order)
        elif self._until_ns is None:
            # It is the same span in another folder: what is on its way since before the move belongs to it.
            self._span = replace(order, from_mono_ns=self._span.from_mono_ns)
            self._moved(order)
        else:
            # The next span begins when the present one is finished.
            return False
        self._orders.popleft()
        return True

    def _finish(self) -> None:
        """The span is over and its files are closed."""
        self._span = None
        self._until_ns = None
        self._post(WriterFinished(self.name))

    def _now_t_ns(self) -> int:
        if self._span is None:
            raise AssertionError("session time is known only while recording")
        return self._span.anchor.t_ns(self._clock.mono_ns())

    def _warn(self, what: str, why: str = "", do: str = "") -> None:
        self._post(Warned(self.stream, what, why, do))

    def _begun(self, span: Span) -> None:
        raise NotImplementedError

    def _moved(self, span: Span) -> None:
        raise NotImplementedError
