"""Files that others made: LosslessCut's tables are read, everything else is refused by name.

They are no part of this project. VIG_THIRD_PARTY names a folder with checkouts or copies of
    mifi/lossless-cut (src/renderer/src/test/fixtures), olivierfriard/BORIS (tests/files), dopefishh/pympi (test),
    AcademySoftwareFoundation/OpenTimelineIO and its adapters otio-cmx3600 and otio-fcpx-xml (tests/sample_data),
    glut23/webvtt-py (tests/subtitles), web-platform-tests/wpt (webvtt/parsing/file-parsing/tests/support),
    databrary/datavyu (*.opf) and napo/longomatch-core (Tests/data).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handoff.made_up import handed
from vig_capture.core.errors import UserError
from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.imported import Changes, changes
from vig_capture.handoff.reading import read

FOLDER = os.environ.get("VIG_THIRD_PARTY", "")
SUFFIXES = (
    *(".csv", ".tsv", ".llc", ".srt", ".vtt", ".edl", ".pbf", ".otio", ".ts", ".xml", ".fcpxml", ".txt", ".boris"),
    *(".eaf", ".opf", ".lct", ".lgm", ".dat", ".faf", ".fmf", ".otx", ".otb", ".xsd", ".json", ".TextGrid", ".ods"),
    *(".xlsx", ".cue", ".mp4", ".wav"),
)
LOSSLESSCUT = {
    "test1.csv": [(104.612, 189.053, "label 1"), (300.448, 476.194, "label 2"), (567.075, 704.264, "label 3"),
                  (704.264, 855.455, "label 4")],
    "test2.csv": [(104.612, 189.053, "label 1"), (189.053, 300.448, "label 2"), (300.448, 476.194, "label 3"),
                  (476.194, 567.075, "label 4"), (567.075, 704.264, "label 5"), (704.264, 855.455, "label 6")],
    "test3.csv": [(104.612, 189.053, "A"), (300.448, 476.194, "B"), (567.075, 704.264, "C")],
}  # fmt: skip
"""What LosslessCut's own tests read there."""


def files() -> Iterator[Path]:
    for path in sorted(Path(FOLDER).rglob("*")) if FOLDER else ():
        if path.is_file() and path.suffix in SUFFIXES and ".git" not in path.parts:
            yield path


@pytest.mark.skipif(not FOLDER, reason="VIG_THIRD_PARTY is not set")
@pytest.mark.parametrize("path", list(files()), ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_each_is_read_or_refused(path: Path) -> None:
    """Never a traceback; what is refused says what it is and what is taken instead."""
    expected = LOSSLESSCUT.get(path.name)
    try:
        taken = read(path.read_bytes(), path.name)
    except UserError as error:
        assert expected is None, str(error)
        assert error.why
        assert error.do
        print(f"REFUSED {path.relative_to(FOLDER)}: {error.why}")
        return
    assert isinstance(changes(taken, handed()), Changes)
    print(f"READ    {path.relative_to(FOLDER)}: {len(taken.entries)} moments")
    is_number = path.read_bytes().strip().isdigit()  # a table of one moment, whatever it is called
    assert path.suffix in (".csv", ".llc") or is_number, "nothing else may be taken for a table"
    if expected is not None:
        found = [(each.start_ns / SECOND_NS, (each.end_ns or 0) / SECOND_NS, each.label) for each in taken.entries]
        assert found == expected
