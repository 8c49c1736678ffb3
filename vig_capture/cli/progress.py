"""How far something is: a bar on a terminal, plain lines elsewhere; both on standard error, beside what is printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

Told = Callable[[float], None]
"""How much is done, from 0 to 1."""
Doing = Callable[[str], Told]
"""Begin something; give back what is to be told how far it is."""
NEWS_NS = 5 * SECOND_NS
"""Where there is no bar, a line is printed so often of what takes long."""


@contextmanager
def progress(now_ns: Callable[[], int] = mono_ns) -> Iterator[Doing]:
    """What shows it, as long as the context lasts. `now_ns`: a clock that never goes back."""
    if sys.stderr is None:
        yield lambda _what: lambda _share: None
    elif sys.stderr.isatty():
        with _bars() as doing:
            yield doing
    else:
        yield lambda what: _lines(what, now_ns)


@contextmanager
def _bars() -> Iterator[Doing]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:

        def doing(what: str) -> Told:
            task = shown.add_task(what, total=1.0)
            return lambda share: shown.update(task, completed=share)

        yield doing


def _lines(what: str, now_ns: Callable[[], int]) -> Told:
    _say(what)
    said_ns = now_ns()

    def tell(share: float) -> None:
        nonlocal said_ns
        if share < 1 and now_ns() - said_ns >= NEWS_NS:
            said_ns = now_ns()
            _say(f"{what}: {share:.0%}")

    return tell


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
