"""Rows that wait for their place in a file, for formats in which all of one kind stands before all of the next."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgpack

_BLOCK_BYTES = 1 << 12


class Waiting:
    """Rows of texts and whole numbers, packed: half a million of them take a few megabytes."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._last = bytearray()
        self._count = 0

    def add(self, *row: str | int) -> None:
        """Put a row behind the others."""
        self._last += msgpack.packb(row)
        self._count += 1
        if len(self._last) >= _BLOCK_BYTES:
            self._blocks.append(zlib.compress(self._last, level=1))
            self._last.clear()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[str | int, ...]]:
        for block in self._blocks:
            yield from _rows(zlib.decompress(block))
        yield from _rows(bytes(self._last))


def _rows(packed: bytes) -> Iterator[tuple[str | int, ...]]:
    unpacker = msgpack.Unpacker(use_list=False)
    unpacker.feed(packed)
    yield from unpacker
