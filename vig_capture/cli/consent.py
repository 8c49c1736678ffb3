"""Consent at the command line: what stands, an answer that was given later, a withdrawal, and what was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from vig_capture.archive.access import note, utc
from vig_capture.archive.made import add
from vig_capture.archive.reader import inside, read_session
from vig_capture.cli.unfinished import today
from vig_capture.core.consent import WORDS, Made, made_for, purpose_of, refusal, stands
from vig_capture.core.errors import UserError, from_map
from vig_capture.core.replay import SessionView
from vig_capture.core.sheet import PURPOSES, Purpose, looks_like_name
from vig_capture.devices.clock import HostClock
from vig_capture.devices.disk import HostDisk
from vig_capture.engine.client import new_id
from vig_capture.engine.editor import Editor

HANDOFF = "handoff"
FILES_MAX = 200
"""So many files are named one by one; of more, their folders."""


def standing(folder: Path) -> dict[str, Any]:
    """For programs: session, purposes {purpose: {answer, by, when}}. Raises as `read_session`."""
    view = read_session(folder).view
    found = {purpose: stands(view.sheet, purpose) for purpose in PURPOSES}
    told = {purpose: {"answer": each.answer, "by": each.by, "when": each.when} for purpose, each in found.items()}
    return {"session": view.id, "purposes": told}


def standing_text(told: Mapping[str, Any]) -> str:
    """A line for each purpose."""
    lines = []
    for purpose, said in told["purposes"].items():
        by = f"by {said['by']}" if said["by"] else ""
        lines.append(
            f"{purpose:13}  {said['answer']:9}  {'  '.join(part for part in (by, said['when']) if part)}".rstrip()
        )
    return "\n".join(lines)


def answer(folder: Path, purpose: str, said: str, by: str, when: str) -> None:
    """Write down what somebody said of a purpose after the film. Raises UserError, StorageError."""
    name = purpose_of(purpose)
    if said not in ("yes", "no"):
        raise UserError(
            "It was not said what the answer is.", "", f"Write: vig-capture consent SESSION {name} yes --by ROLE"
        )
    when = _day(when, by, f"consent SESSION {name} {said}")
    sheet = read_session(folder).view.sheet
    if said == "no" and stands(sheet, name).answer == "yes":
        do = f"To take it back: vig-capture withdraw SESSION {name} --by ROLE"
        raise UserError(f"There is a yes to {WORDS[name]}.", "A no afterwards is a withdrawal.", do)
    kept = sheet.get("purposes")
    purposes = {**(kept if isinstance(kept, dict) else {}), name: {"answer": said, "by": by, "when": when}}
    _write(folder, {"do": "sheet", "fields": {"purposes": purposes}})


def withdraw(folder: Path, purpose: str, by: str, when: str) -> dict[str, Any]:
    """Take the yes to a purpose back, and find what was made for it.

    For programs: session, purpose, by, when; made: a list of {what, when, count, files: a list of {file, there}};
    other: files in the hand-off folder that are noted for no purpose; hint. Raises UserError, StorageError."""
    name = purpose_of(purpose)
    when = _day(when, by, f"withdraw SESSION {name}")
    _write(folder, {"do": "withdraw", "purpose": name, "by": by, "when": when})
    # Read behind it: what is noted from now on is refused.
    view = read_session(folder).view
    made = [
        {
            "what": each.what,
            "when": each.when,
            "count": each.count,
            "files": [_file(folder, file) for file in each.files],
        }
        for each in made_for(view.made, name)
    ]
    name_like = looks_like_name(by)
    hint = f"Is “{name_like}” a name? A role, such as mother, is enough." if name_like else ""
    told = {"session": view.id, "purpose": name, "by": by, "when": when}
    return told | {"made": made, "other": _other(folder, view), "hint": hint}


def withdrawn_text(told: Mapping[str, Any]) -> str:
    """What was withdrawn, and what there is of it."""
    words = WORDS[purpose_of(told["purpose"])]
    lines = [
        f"Written down: the yes to {words} was withdrawn by {told['by']}, {told['when']}. Nothing more is made for it."
    ]
    lines += [told["hint"]] if told["hint"] else []
    if told["made"]:
        lines.append(
            "This was made for it. Nothing is deleted by itself: delete it, and ask whoever has a copy to do so."
        )
    else:
        lines.append("Nothing was made for it, as far as this session noted.")
    for each in told["made"]:
        lines.append(f"  {each['what']}, {each['when'][:10]}:")
        lines += [f"    {file['file']}{'' if file['there'] else '  (not there any more)'}" for file in each["files"]]
    if told["other"]:
        lines += ["Also in its hand-off folder, noted for no purpose:", *(f"    {file}" for file in told["other"])]
    return "\n".join(lines)


# For whatever makes something of a film ----------------------------------------------------------------------------


def permit(view: SessionView, purpose: str = "review") -> Purpose:
    """The purpose with this name, if something may be made for it. Raises UserError, which says whose yes is
    missing."""
    name = purpose_of(purpose)
    refused = refusal(view.sheet, name)
    if refused is not None:
        raise refused
    return name


def note_made(folder: Path, purpose: Purpose, what: str, files: Sequence[Path], form: str = "") -> str:
    """Note in the session, and in the access log, what is made of it for a purpose. Call it right before the files get
    their names: what a withdrawal would not list must not exist.

    `what`: such as "clips", "export boris", "whole film". Returns what is to be said where it could not be noted in the
    access log, else "". Raises UserError where the yes was withdrawn meanwhile, StorageError where the disk refuses."""
    permit(read_session(folder).view, purpose)  # making may have taken minutes, in which the yes was withdrawn
    told = tuple(named(folder, file) for file in _few(files))
    add(folder, Made(purpose, what, utc(), told, len(files)))
    view = read_session(folder).view
    permit(view, purpose)  # one that was withdrawn just now did not list it
    return note(what.partition(" ")[0], view.id, purpose, form)


def _few(files: Sequence[Path]) -> Iterable[Path]:
    return files if len(files) <= FILES_MAX else dict.fromkeys(file.parent for file in files)


def named(folder: Path, file: Path) -> str:
    """As the journal names it: relative to the hand-off folder where it lies in there."""
    path, handoff = file.absolute(), (folder / HANDOFF).absolute()
    return path.relative_to(handoff).as_posix() if path.is_relative_to(handoff) else str(path)


def _file(folder: Path, file: str) -> dict[str, Any]:
    path = _path(folder, file)
    return {"file": str(path), "there": path.exists()}


def _path(folder: Path, file: str) -> Path:
    if Path(file).is_absolute():
        return Path(file)
    return inside(folder / HANDOFF, file) or folder / HANDOFF


def _other(folder: Path, view: SessionView) -> list[str]:
    """Files in the hand-off folder that were noted for no purpose."""
    noted = {_path(folder, file) for each in view.made for file in each.files}
    files = sorted(path for path in (folder / HANDOFF).rglob("*") if path.is_file())
    return [str(path) for path in files if path not in noted and not noted & set(path.parents)]


def _day(when: str, by: str, command: str) -> str:
    """The day on which it was said, by default today. Raises UserError where that, or who said it, is missing."""
    if not by.strip():
        raise UserError(
            "Nothing was written down.", "It was not said who said so.", f"Write: vig-capture {command} --by ROLE"
        )
    try:
        day = date.fromisoformat(when or today())
    except ValueError:
        raise UserError(f"{when!r} is no day.", "", f"Write it as {today()}.") from None
    if day.isoformat() > today():
        raise UserError(f"{when} is still to come.", "", f"Write a day up to {today()}.")
    return day.isoformat()


def _write(folder: Path, message: Mapping[str, Any]) -> None:
    """Have the editor do it. Raises VigError where it is not saved."""
    editor = Editor(folder, HostClock(), HostDisk())
    try:
        told = editor.take({"id": new_id(), **message})
        if not told.get("ok"):
            raise from_map(told)
    finally:
        editor.close()
