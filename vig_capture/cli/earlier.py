"""The earlier sessions for the command line and for the screen: listed, checked, erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vig_capture.archive.erase import check
from vig_capture.archive.sessions import Session, session, sessions
from vig_capture.archive.show import clock_text
from vig_capture.archive.verify import verify
from vig_capture.cli.erasing import Gone, elsewhere, erase
from vig_capture.cli.request import default_out
from vig_capture.cli.terminal import can_answer
from vig_capture.core.errors import UserError
from vig_capture.devices.clock import HostClock
from vig_capture.devices.settings_files import load_settings
from vig_capture.tui import texts
from vig_capture.tui.earlier.ports import Progress
from vig_capture.tui.earlier.view import day, moments, size, state

WORD = "erase"


class HostSessions:
    """The port Sessions on a real machine."""

    def __init__(self, root: Path | None = None) -> None:
        """`root`: the folder that holds the sessions, by default the data folder's."""
        self._root = root or Path(default_out())

    def sessions(self) -> Iterable[Session]:
        """Newest first, each read when it is asked for. Raises UserError where the settings are at fault."""
        return sessions(self._root, HostClock().utc_ns(), load_settings().keep_weeks)

    def verify(self, folder: Path, progress: Progress) -> Sequence[str]:
        """What `vig-capture verify` finds, the whole of it in the first line. Raises VigError."""
        report = verify(folder, lambda done, count, _file: progress(done, count))
        bad = [f"{line.file}: {line.what}" for line in report.lines if not line.ok]
        if not bad:
            return [texts.SESSIONS_VERIFIED.format(count=len(report.lines) - 1)]
        return [texts.SESSIONS_VERIFIED_NOT, *bad]

    def erase(self, folder: Path) -> str:
        """Erase it. Raises VigError."""
        return erased_text(erase(folder))


def told(item: Session) -> dict[str, Any]:
    """A session for programs: folder, state, started (ISO, local, or None), kind, length_ns, moments, shortlisted,
    size_bytes, due, due_on, trouble, elsewhere."""
    started = item.started.isoformat(timespec="seconds") if item.started is not None else None
    return {**asdict(item), "folder": str(item.folder), "started": started, "elsewhere": list(item.elsewhere)}


def sessions_text(found: Sequence[Session]) -> str:
    """A line for each, newest first."""
    if not found:
        return texts.SESSIONS_NONE
    lines = []
    for item in found:
        length = clock_text(item.length_ns)
        words = (day(item), item.kind, length, moments(item), size(item.size_bytes), state(item))
        lines.append("  ".join(word for word in words if word) + f"\n    {item.folder}")
    due = sum(item.due for item in found)
    return "\n".join(lines) + (f"\n\n{texts.SESSIONS_DUE_COUNT.format(count=due)}" if due else "")


def may_erase(folder: Path) -> bool:
    """Ask for the word. Raises UserError where nobody can answer, or where it could not be erased anyway."""
    check(folder)
    item = session(folder, 0)
    if not can_answer():
        why = "Erasing is for good, and nobody can be asked here."
        raise UserError("Nothing was erased.", why, "Add --yes if you are sure.")
    if left := elsewhere(folder):
        print("\n".join([texts.SESSIONS_STAYS_ELSEWHERE, *(f"  {each}" for each in left)]))
    print(texts.SESSIONS_CLI_ASK.format(day=day(item), moments=moments(item), size=size(item.size_bytes)))
    try:
        answer = input("> ").strip().lower()
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer != WORD:
        print(texts.SESSIONS_KEPT)
    return answer == WORD


def erased_text(gone: Gone) -> str:
    """What was taken away, and what is left elsewhere."""
    erased = gone.erased
    lines = [texts.SESSIONS_ERASED.format(files=erased.files, size=size(erased.size_bytes))]
    lines.append(texts.SESSIONS_ERASED_NOTE.format(note=erased.note) if erased.note else texts.SESSIONS_ERASED_NO_NOTE)
    if gone.elsewhere:
        lines += [texts.SESSIONS_ERASED_ELSEWHERE, *(f"  {each}" for each in gone.elsewhere)]
    return "\n".join([*lines, gone.unnoted]).strip()


def due(root: Path | None, with_later: bool) -> list[Session]:
    """The sessions that are due for erasing, newest last; `with_later`: also those that will be."""
    found = [item for item in HostSessions(root).sessions() if item.due or (with_later and item.due_on)]
    return sorted(found, key=lambda item: (item.due_on, item.folder.name))


def due_text(found: Sequence[Session]) -> str:
    """A line for each, with its day."""
    weeks = load_settings().keep_weeks
    if not weeks:
        return texts.DUE_NEVER
    if not found:
        return texts.DUE_NONE.format(weeks=weeks)
    lines = [texts.DUE_RULE.format(weeks=weeks)]
    for item in found:
        words = (texts.DUE_SINCE if item.due else texts.DUE_FROM).format(day=item.due_on)
        lines.append("  ".join(filter(None, (words, day(item), item.kind))) + f"\n    {item.folder}")
    return "\n".join([*lines, "", texts.DUE_DO])
