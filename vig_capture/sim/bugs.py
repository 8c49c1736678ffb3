"""Five bugs, planted from outside: the simulator that does not find them is worth nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import msgpack

from vig_capture.core import records
from vig_capture.core.records import _header
from vig_capture.engine.film import FilmWriter
from vig_capture.engine.lanes import Lane
from vig_capture.sim.disk import SimJournalFile
from vig_capture.sim.world import SimClock

Planter = Callable[[ExitStack], None]


def _replace(stack: ExitStack, owner: Any, name: str, value: Any) -> None:
    stack.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, value)


def _no_fsync(stack: ExitStack) -> None:
    """The journal's sync returns at once."""
    _replace(stack, SimJournalFile, "sync", lambda _self: None)


def _uncounted_drop(stack: ExitStack) -> None:
    """A full lane forgets what it drops."""
    put = Lane.put

    def forgetful(self: Lane[Any], item: Any, size: int, count: int = 1) -> bool:
        taken = put(self, item, size, count)
        if not taken:
            self._dropped = 0
        return taken

    _replace(stack, Lane, "put", forgetful)


def _no_checksum(stack: ExitStack) -> None:
    """The journal's reader takes whatever has the shape of a record."""

    def trusting(data: bytes, at: int) -> tuple[dict[str, Any], int] | None:
        header = _header(data, at)
        if header is None:
            return None
        _, start, end = header
        try:
            record = msgpack.unpackb(data[start:end], unicode_errors="surrogatepass")
        except (ValueError, msgpack.UnpackException):
            return None
        return (record, end) if records._is_record(record) else None

    _replace(stack, records, "_frame_at", trusting)


def _lost_at_cut(stack: ExitStack) -> None:
    """Each segment has an encoder of its own, and the last one's picture is forgotten at the cut."""
    keep = FilmWriter._keep

    def careless(self: FilmWriter, frame: Any, t_ns: int, order_ns: int) -> None:
        if self._encoder is not None and self._cutter.cut_due(t_ns):
            self._encoder = None
        keep(self, frame, t_ns, order_ns)

    _replace(stack, FilmWriter, "_keep", careless)


def _wall_clock(stack: ExitStack) -> None:
    """The engine measures with the wall clock."""

    def wall_ns(self: SimClock) -> int:
        return self.now_ns + self.stepped_ns

    _replace(stack, SimClock, "mono_ns", wall_ns)


BUGS: dict[str, Planter] = {
    "no-fsync": _no_fsync,
    "uncounted-drop": _uncounted_drop,
    "no-checksum": _no_checksum,
    "lost-at-cut": _lost_at_cut,
    "wall-clock": _wall_clock,
}


@contextmanager
def planted(name: str | None) -> Iterator[None]:
    """The program with this bug; without any for None. Raises KeyError for an unknown one."""
    with ExitStack() as stack:
        if name is not None:
            BUGS[name](stack)
        yield
