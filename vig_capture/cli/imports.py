"""`vig-capture import`: what was edited in another program comes back into the session, as records of its journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vig_capture.archive.reader import Read, read_session
from vig_capture.cli.handing import hand, in_session_time
from vig_capture.core.errors import UserError, from_map
from vig_capture.devices.clock import HostClock
from vig_capture.devices.disk import HostDisk, told
from vig_capture.engine.client import new_id
from vig_capture.engine.editor import Editor
from vig_capture.handoff.imported import Changes, changes, summary
from vig_capture.handoff.reading import SIZE_BYTES_MAX, Taken, read


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file changes, and whether that was done."""

    found: Changes
    written: bool
    refused: tuple[str, ...] = ()
    """What could not be written, and why."""

    def as_map(self) -> dict[str, Any]:
        """For programs: changed (id, label, fields), new (id, label, start_ns, end_ns, note), conflicts (where, id,
        what, why), notes, refused, written."""
        found = self.found
        return {
            "changed": [asdict(each) for each in found.edits],
            "new": [asdict(each) for each in found.new],
            "conflicts": [asdict(each) for each in found.conflicts],
            "notes": list(found.notes),
            "refused": list(self.refused),
            "written": self.written,
        }

    def as_text(self) -> str:
        """The same in plain lines."""
        found = self.found
        done = "Taken" if self.written else "Would be taken"
        lines = [f"{done}: {_count(found.edits, 'changed moment')}, {_count(found.new, 'new moment')} (imported)."]
        if not (found.edits or found.new):
            lines = ["The file changes nothing."]
        lines += [f"  {each.label}: {_said(each.fields)}" for each in found.edits]
        lines += [f"  new: {each.label}" for each in found.new]
        if found.conflicts or self.refused:
            lines += ["Not taken; the session was left as it is there:"]
            lines += [f"  {each}" for each in (*summary(found.conflicts), *self.refused)]
        return "\n".join([*lines, *found.notes])


def take_back(folder: Path, file: Path, dry_run: bool = False, rate: float | None = None) -> Imported:
    """Compare a file with a session, and write what it changes; with `dry_run` nothing is written.

    `rate`: frames a second, where the file's times are numbers of frames. Raises UserError for a file that cannot be
    taken back or a session that cannot be changed now, StorageError, and what `read_session` raises."""
    taken = read(_data(file), file.name, rate)
    if dry_run:
        return Imported(_changes(taken, read_session(folder)), False)
    editor = Editor(folder, HostClock(), HostDisk())
    try:
        if editor.refusal is not None:
            raise editor.refusal
        # Read while the lock is held: what is compared is what is changed.
        found = _changes(taken, read_session(folder))
        return Imported(found, True, tuple(_apply(editor, found)))
    finally:
        editor.close()


def _changes(taken: Taken, session: Read) -> Changes:
    handed = hand(session, private=True)
    # Without a film, a file that knows film time only was given session time.
    return changes(taken, handed if handed.film.name or taken.base != "film" else in_session_time(handed))


def _apply(editor: Editor, found: Changes) -> list[str]:
    """Have the editor write each change; what it refused, in sentences. Raises VigError where the disk refuses."""
    refused = []
    for message in found.messages():
        answer = editor.take({"id": new_id()} | message)
        if answer.get("ok"):
            continue
        error = from_map(answer)
        if not isinstance(error, UserError):
            raise error
        refused.append(str(error))
    return refused


def _data(file: Path) -> bytes:
    if not file.is_file():
        what = f"{file} is a folder." if file.is_dir() else f"There is no file {file}."
        raise UserError(what, "", "Give a LosslessCut project (.llc) or a CSV file.")
    with told(file), file.open("rb") as opened:
        return opened.read(SIZE_BYTES_MAX + 1)


def _said(fields: Mapping[str, Any]) -> str:
    """What was changed, in plain words."""
    words = {"label": "its name", "rank": "its place", "look_back_s": "its beginning", "look_ahead_s": "its end"}
    return ", ".join(words.get(name, name) for name in fields)


def _count(found: tuple[Any, ...], what: str) -> str:
    return f"{len(found)} {what}{'s' * (len(found) != 1)}"
