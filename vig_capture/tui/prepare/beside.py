"""Work that may take a moment is done beside the screen, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from textual.screen import Screen

from vig_capture.core.errors import VigError

T = TypeVar("T")


def beside(
    screen: Screen[Any], work: Callable[[], T], then: Callable[[T], None], failed: Callable[[Exception], None]
) -> None:
    """Do the work, and go on in the screen's own thread, if it is still there. `failed`: for a VigError or OSError."""

    def back(call: Callable[[], None]) -> None:
        # The loop is closed while the screen is being left.
        with suppress(RuntimeError):
            screen.app.call_from_thread(lambda: call() if screen.is_mounted else None)

    def run() -> None:
        try:
            found = work()
        except (VigError, OSError) as error:
            fault = error
            back(lambda: failed(fault))
        else:
            back(lambda: then(found))

    screen.run_worker(run, thread=True)
