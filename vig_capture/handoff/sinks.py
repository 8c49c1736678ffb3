"""Text into a sink of bytes."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from vig_capture.handoff.handed import Sink


class Utf8:
    """Takes text as a file would; written as UTF-8."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, text: str) -> int:
        self._sink.write(text.encode())
        return len(text)


def write_rows(sink: Sink, rows: Iterable[Iterable[str]]) -> None:
    """Rows as CSV: RFC 4180, UTF-8."""
    csv.writer(Utf8(sink), lineterminator="\r\n").writerows(rows)
