"""How far something is: a bar on a terminal, plain lines elsewhere; both on standard error, beside what is printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Told = Callable[[float], None]
"""How much is done, from 0 to 1."""
Doing = Callable[[str], Told]
"""Begin something; give back what is to be told how far it is."""
_STEPS = 4
"""Where there is no bar a line is printed at each of so many parts of what takes long."""


@contextmanager
def progress() -> Iterator[Doing]:
    """What shows it, as long as the context lasts."""
    if sys.stderr is None:
        yield lambda _what: lambda _share: None
    elif sys.stderr.isatty():
        with _bars() as doing:
            yield doing
    else:
        yield _lines


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


def _lines(what: str) -> Told:
    _say(what)
    told = 0

    def tell(share: float) -> None:
        nonlocal told
        step = int(share * _STEPS)
        if told < step < _STEPS:
            told = step
            _say(f"{what}: {step * 100 // _STEPS} %")

    return tell


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
