"""Ask other libraries about exported files. Runs in an environment of its own, in which they are installed.

    python tools/ask_readers.py REQUEST.json

The request maps names to paths: eaf and schema; otio, a list; edl; parquet; dataset, a pattern. Prints one JSON value:
versions; eaf_errors and eaf (tier to [start ms, end ms, value, what it is an annotation of]); otio (for each file: same
after a round trip, markers); edl (events); parquet and dataset (rows as DuckDB reads them).
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LIBRARIES = ("xmlschema", "pympi-ling", "opentimelineio", "pycmx", "duckdb")


def main(request: Mapping[str, Any]) -> None:
    found: dict[str, Any] = {"versions": {name: importlib.metadata.version(name) for name in LIBRARIES}}
    if request.get("schema"):
        schema = importlib.import_module("xmlschema").XMLSchema(request["schema"])
        found["eaf_errors"] = [str(error.reason) for error in schema.iter_errors(request["eaf"])]
    found["eaf"] = _eaf(request["eaf"])
    found["otio"] = [_otio(path) for path in request["otio"]]
    found["edl"] = _edl(request["edl"])
    found["parquet"], found["dataset"] = (_rows(request[name]) for name in ("parquet", "dataset"))
    print(json.dumps(found))


def _eaf(path: str) -> dict[str, list[list[Any]]]:
    eaf = importlib.import_module("pympi").Elan.Eaf(path)
    aligned = {}
    for name in eaf.get_tier_names():
        below = eaf.tiers[name][1]
        data = eaf.get_ref_annotation_data_for_tier(name) if below else eaf.get_annotation_data_for_tier(name)
        aligned[name] = [list(each[:4]) for each in data]
    return aligned


def _otio(path: str) -> dict[str, Any]:
    adapters = importlib.import_module("opentimelineio").adapters
    timeline = adapters.read_from_file(path)
    again = adapters.read_from_string(adapters.write_to_string(timeline, "otio_json"), "otio_json")
    pieces = [piece for clip in timeline.find_clips() for piece in (list(clip.markers) or [clip])]
    metadata = [json.loads(json.dumps(dict(piece.metadata["vig_capture"]))) for piece in pieces]
    return {"same": bool(timeline.is_equivalent_to(again)), "metadata": metadata}


def _edl(path: str) -> list[list[str]]:
    with Path(path).open(encoding="utf-8") as file:
        edl = importlib.import_module("pycmx").parse_cmx3600(file)
    return [[edit.source_in, edit.record_in, edit.record_out] for event in edl.events for edit in event.edits]


def _rows(pattern: str) -> list[dict[str, Any]]:
    duckdb = importlib.import_module("duckdb")
    table = duckdb.sql(
        "select * from read_parquet(?, hive_partitioning = true) order by press_ns, id", params=[pattern]
    )
    return [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
