"""The session that was last filmed into, should it not have been finished: film on in it, or close it.

After a crash with nobody there (the battery, a power cut) the next `vig-capture` asks.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from vig_capture.archive.reader import is_running, is_session, read_session
from vig_capture.cli.request import LAST_SESSION, Request
from vig_capture.core.errors import StorageError, VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import Vocabulary
from vig_capture.devices.camera_source import without_password
from vig_capture.devices.clock import HostClock
from vig_capture.devices.settings_files import recall, remember
from vig_capture.engine.plan import LATEST_END, SECOND
from vig_capture.tui import texts

STEPS_MAX = 10_000


def note_started(request: Request, folder: Path) -> None:
    """Remember what is being filmed, without passwords."""
    public = replace(request, cameras=tuple(without_password(text) for text in request.cameras), resume=str(folder))
    with suppress(StorageError):
        # A full disk at home must not keep a film from being made elsewhere.
        remember(LAST_SESSION, public.as_map())


def last_unfinished() -> Request | None:
    """The request to film on in the last session, if that session is not closed and nobody holds it."""
    try:
        request = _last()
        folder = Path(request.resume)
        if not is_session(folder) or is_running(folder) or read_session(folder).view.closed:
            return None
    except (VigError, KeyError, TypeError, ValueError):
        return None
    return request


def ended_by_itself() -> str:
    """What is to be said of the last film, should nobody have ended it but its latest end; "" for nothing."""
    try:
        folder = Path(_last().resume)
        view = read_session(folder).view if is_session(folder) else None
    except (VigError, KeyError, TypeError, ValueError):
        return ""
    if view is None or not view.closed or view.reason != LATEST_END:
        return ""
    return texts.ENDED_BY_ITSELF.format(when=local(view.created_utc))


def local(created_utc: str) -> str:
    """Day and time of a session in words, by this computer's clock."""
    try:
        moment = datetime.fromisoformat(created_utc).replace(tzinfo=UTC)
    except ValueError:
        return created_utc[:10]
    return f"{moment.astimezone():%a %d %b %Y, %H:%M}"


def today() -> str:
    """The day by this computer's clock, as an ISO date."""
    return datetime.fromtimestamp(HostClock().utc_ns() / SECOND_NS, UTC).astimezone().date().isoformat()


def _last() -> Request:
    """The request of the last session. Raises KeyError, TypeError, ValueError where none is remembered."""
    request = Request.from_map(recall()[LAST_SESSION])
    folder = Path(request.resume)
    second = Path(request.fallback) / f"{folder.name}{SECOND}"
    if request.fallback and is_session(second):
        # The first disk had failed: what counts is the session that went on in its place.
        return replace(request, resume=str(second))
    return request


def ask(request: Request) -> str:
    """Ask what to do with it: "continue", "close", or "" to leave it as it is."""
    view = read_session(Path(request.resume)).view
    print(f"The film that was begun at {view.created_utc[11:16]} UTC was not closed: {request.resume}")
    print("What was filmed is safe. Film on in it (c), close it (x), or leave it (Enter)?")
    try:
        answer = input("> ").strip().lower()
    except (EOFError, KeyboardInterrupt):
        return ""
    return {"c": "continue", "x": "close"}.get(answer[:1], "")


def close_session(folder: Path) -> None:
    """Close a session whose recorder died: hash what was left open, write down that it is over.

    The recorder's own stages do it, without threads and without devices. Raises VigError."""
    from vig_capture.cli.assembly import resumed, world
    from vig_capture.core.config import Settings
    from vig_capture.engine.build import build
    from vig_capture.engine.lanes import Inbox
    from vig_capture.engine.plan import Plan

    before = resumed(folder)
    ports = world(Settings())
    vocabulary = Vocabulary("", "", "", "", "", "", ())
    plan = Plan(folder=folder, streams=[], vocabulary=vocabulary, tool="vig-capture")
    stages = build(plan, ports, Inbox(), before, 0)
    asked = False
    for _ in range(STEPS_MAX):
        did = [stage.step() for stage in stages.all()]
        if stages.control.state in ("recording", "paused") and not asked:
            asked = True
            stages.control.stop(ports.clock.mono_ns(), "closed after the recorder had died")
        if stages.control.state == "closed" and stages.journal.idle() and not any(did):
            stages.journal.close()
            return
    raise VigError("The session could not be closed.", "Its disk does not answer.", "Try again later; nothing is lost.")
