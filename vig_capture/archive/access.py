"""The access log: a line for every export, opening and erasing, without content, for whoever has to account for films.

Rule 1: a line tells when, what was done, which session by its id, for which purpose, in which format; and nothing else:
no name, label, note or path.
Rule 2: a log that cannot be written never fails the deed: it is told, and the deed goes on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vig_capture.archive.reader import read_session
from vig_capture.core.errors import StorageError, VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import HostClock
from vig_capture.devices.disk import HostDisk, told
from vig_capture.devices.settings_files import data_folder

LOG = "access.jsonl"
"""In the data folder."""
_ID_MAX = 200
_BINARY = getattr(os, "O_BINARY", 0)


def note(what: str, session: str, purpose: str = "", form: str = "") -> str:
    """Put a line into the access log, durably. Returns what is to be said where that cannot be done, else "".

    `what`: "open", "export", "clips", "copy", "erase". `session`: its id, "" where that cannot be read. `form`: the
    format. Raises nothing."""
    line = {"utc": utc(), "what": what, "session": session[:_ID_MAX], "purpose": purpose, "format": form}
    try:
        HostDisk().make_folder(data_folder())
        append(data_folder() / LOG, line)
    except StorageError as error:
        return f"This could not be noted in the access log. {error.why}"
    return ""


def session_id(folder: Path) -> str:
    """A session's id; "" where its journal cannot be read. Never the folder's name: somebody may have changed that."""
    try:
        return read_session(folder).view.id
    except VigError:
        return ""


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Add a line of JSON to a private file (0600), which is made if it is missing. Returns when it is on the disk.

    A line that a cut of power has torn stays a line of its own. Raises StorageError."""
    data = json.dumps(line, ensure_ascii=True).encode() + b"\n"
    with told(path):
        is_new = not path.exists()
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _BINARY, 0o600)
        with os.fdopen(fd, "r+b", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                data = data if file.read(1) == b"\n" else b"\n" + data
            file.write(data)
            os.fsync(file.fileno())
    if is_new:
        HostDisk().sync_folder(path.parent)


def utc() -> str:
    """Now, in ISO 8601 to the second."""
    return datetime.fromtimestamp(HostClock().utc_ns() / SECOND_NS, UTC).isoformat(timespec="seconds")
