"""A line of a picture that knows its escape sequences."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip


class CellStrip(Strip):
    """Nothing is made of its styles unless something lies over it."""

    __slots__ = ("_sequences",)

    def __init__(self, segments: Iterable[Segment], cell_length: int, sequences: str) -> None:
        super().__init__(segments, cell_length)
        self._sequences = sequences

    def render(self, console: Console) -> str:  # noqa: ARG002 (its colours were made for this one)
        return self._sequences
