"""What was made of a film, noted in journal files of their own, one for each time.

So it is noted whoever holds the session's journal, and also of a session that nobody finished: nothing leaves without a
note. Their records are those of the journal (core/records.py).
"""

from __future__ import annotations

from pathlib import Path

from vig_capture.archive.reader import made_name
from vig_capture.core.consent import Made
from vig_capture.core.records import VERSION, encode
from vig_capture.devices.clock import HostClock
from vig_capture.devices.disk import HostDisk


def add(folder: Path, made: Made) -> None:
    """Note in a session's folder what was made. Returns when it is on the disk. Raises StorageError, and JournalError
    where the names of its files are too long."""
    record = {"v": VERSION, "kind": "made", "seq": 1, "t_ns": 0} | made.as_map()
    HostDisk().write_new(folder / made_name(HostClock().utc_ns()), encode(record))
