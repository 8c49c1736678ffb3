"""The earlier sessions of a folder, newest first: when, what kind, how long, how many moments, and how each stands.

Rule 1: only journals are read, one after the other; of all other files no more than their sizes.
Rule 2: a damaged session is a line of the list like any other, and never breaks it.
Rule 3: nothing that is listed tells who was filmed or why.
Rule 4: a session is due for erasing so many weeks after the last film of the same family, which is known where the
session sheets have the same people and the same helping question; else after its own beginning.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from vig_capture.archive.reader import Read, inside, is_running, read_session, session_folders
from vig_capture.core.errors import VigError
from vig_capture.core.replay import SessionView
from vig_capture.core.sheet import Person, Sheet, from_fields
from vig_capture.core.time import SECOND_NS

State = Literal["whole", "recovered", "unfinished", "damaged", "running"]
"""whole: closed, and every file is there with its size. recovered: the same, after the recorder had died and came back.
unfinished: nobody closed it. damaged: a file is missing or has another size, or the journal has a hole or cannot be
read. running: somebody writes in it now. (Whether each file decodes, `verify` finds out.)"""

_Family = tuple[str, tuple[Person, ...]]
"""Helping question and people."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session, as the list shows it."""

    folder: Path
    state: State
    started: datetime | None = None
    """In local time; None where the journal does not say."""
    kind: str = ""
    """The kind of film, such as "interaction"."""
    length_ns: int = 0
    """Time spent recording, pauses left out."""
    moments: int = 0
    shortlisted: int = 0
    size_bytes: int = 0
    """Of all files in its folder."""
    due: bool = False
    """It is to be erased."""
    due_on: str = ""
    """Since when or from when on it is (ISO date, local); "" where nobody can tell, or where none ever is."""
    trouble: str = ""
    """What is damaged."""
    elsewhere: tuple[str, ...] = ()
    """Files that were made of it outside of its folder, and are there: erasing leaves them."""


def sessions(root: Path, now_utc_ns: int, keep_weeks: int = 0) -> Iterator[Session]:
    """The sessions in or below `root`, each read when it is asked for, the newest by name first.

    `now_utc_ns`: the wall clock. `keep_weeks`: so long after the family's last film they are due for erasing; 0: none
    ever is."""
    last: dict[_Family, datetime] = {}
    for folder in sorted(session_folders(root), key=lambda each: each.name, reverse=True):
        yield session(folder, now_utc_ns, keep_weeks, last)


def session(folder: Path, now_utc_ns: int, keep_weeks: int = 0, last: dict[_Family, datetime] | None = None) -> Session:
    """One of them. Raises nothing for what is wrong with it. `last`: when each family's last film began, as far as
    later films told; this one is added."""
    size_bytes = _size(folder)
    try:
        read = read_session(folder)
    except VigError as error:
        return Session(folder, "damaged", size_bytes=size_bytes, trouble=error.what)
    view = read.view
    started = _local(view.created_utc)
    running = is_running(folder)
    trouble = "" if running else _trouble(read)
    due = _due(started, from_fields(view.sheet), keep_weeks, {} if last is None else last)
    state: State = "damaged" if trouble else "whole" if view.run <= 1 else "recovered"
    return Session(
        folder,
        "running" if running else state if trouble or view.closed else "unfinished",
        started,
        str(view.sheet.get("kind") or view.profile),
        view.recorded_ns(view.last_t_ns),
        len(view.markers),
        sum(marker.shortlist is True for marker in view.markers.values()),
        size_bytes,
        due=due is not None and now_utc_ns >= int(due.timestamp() * SECOND_NS) and not running,
        due_on=due.date().isoformat() if due is not None else "",
        trouble=trouble,
        elsewhere=made_elsewhere(view),
    )


def made_elsewhere(view: SessionView) -> tuple[str, ...]:
    """Files that were made of a session outside of its folder, as it noted them, and that are there."""
    named = dict.fromkeys(file for each in view.made for file in each.files)
    return tuple(file for file in named if Path(file).is_absolute() and Path(file).exists())


def _due(started: datetime | None, sheet: Sheet, keep_weeks: int, last: dict[_Family, datetime]) -> datetime | None:
    """When a session is to be erased; None where none ever is, or where nobody knows when it began."""
    if started is None:
        return None
    if sheet.helping_question and sheet.people:
        family = sheet.helping_question, sheet.people
        started = last[family] = max(last.get(family, started), started)
    try:
        return started + timedelta(weeks=keep_weeks) if keep_weeks else None
    except OverflowError:
        return None


def _trouble(read: Read) -> str:
    """The first thing that is not as the journal says; "" where all is."""
    torn = [item for item in read.holes if not item.hole.torn]
    if torn:
        return f"{torn[0].file} is damaged."
    view = read.view
    named = [(item.file, item.size_bytes) for item in view.segments if item.end_ns is not None]
    named += [(still.file, still.size_bytes) for still in view.stills.values()]
    for file, size_bytes in named:
        path = inside(read.folder, file)
        try:
            found_bytes = -1 if path is None else path.stat().st_size
        except OSError:
            found_bytes = -1
        if found_bytes < 0:
            return f"{file} is missing."
        if found_bytes != size_bytes:
            return f"{file} has another size than it was recorded with."
    return ""


def _local(created_utc: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(created_utc)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def _size(folder: Path) -> int:
    total = 0
    for name, _, files in os.walk(folder):
        for file in files:
            try:
                total += (Path(name) / file).lstat().st_size
            except OSError:
                continue
    return total
