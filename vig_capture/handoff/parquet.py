"""Parquet: a table of all moments, each fact in a column of its own type. It loses nothing.

Several sessions become one data set: a folder for each, which names it in the way that DuckDB, Polars and Spark read as
a column (Hive's `session=…`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from vig_capture.handoff.facts import FACTS, Fact
from vig_capture.handoff.handed import Handed, Loss, Sink
from vig_capture.handoff.tables import session_map

SESSION = "session"
METADATA = b"vig_capture"
"""The file's own metadata under this name: the session as JSON: people, vocabulary, goals, the table of times."""
_ROWS_AT_ONCE = 5_000
_WHOLE_NUMBERS = frozenset({"order"})


class Parquet:
    """The exporter. `partitioned`: as a part of a data set, in which the folder names the session."""

    name = "parquet"
    suffix = ".parquet"
    time_base = (
        "Times are session time in whole nanoseconds; those that begin with film count from the beginning of the whole "
        "film."
    )
    losses: Sequence[Loss] = ()

    def __init__(self, partitioned: bool = False) -> None:
        self._partitioned = partitioned

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the file, some thousand rows at a time."""
        schema = self._schema(handed)
        named = {} if self._partitioned else {SESSION: handed.session}
        with pq.ParquetWriter(_File(sink), schema, compression="zstd") as writer:
            for rows in _some(named | {fact.field: fact.of(moment) for fact in FACTS} for moment in handed.moments()):
                writer.write_table(pa.Table.from_pylist(rows, schema))

    def _schema(self, handed: Handed) -> pa.Schema:
        named = [] if self._partitioned else [pa.field(SESSION, pa.string(), nullable=False)]
        facts = [pa.field(fact.field, _type(fact)) for fact in FACTS]
        told = json.dumps(session_map(handed), ensure_ascii=False).encode()
        return pa.schema(named + facts, {METADATA: told})


def part_of(session: str) -> str:
    """Where in a data set the file of a session stands."""
    return f"{SESSION}={quote(session, safe='')}/moments{Parquet.suffix}"


def _type(fact: Fact) -> pa.DataType:
    if fact.name in _WHOLE_NUMBERS:
        return pa.int32()
    return {"text": pa.string(), "yes or no": pa.bool_(), "number": pa.float64(), "time": pa.int64()}[fact.kind]


def _some(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rows = iter(rows)
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield some


class _File(io.RawIOBase):
    """A sink as pyarrow wants a file."""

    def __init__(self, sink: Sink) -> None:
        super().__init__()
        self._sink = sink
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._sink.write(bytes(data))
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written
