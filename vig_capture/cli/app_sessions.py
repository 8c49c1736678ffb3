"""The commands on sessions that are over: see, check, find, copy, open, erase."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vig_capture.cli.options import Json, Session, show
from vig_capture.cli.terminal import can_answer, can_see
from vig_capture.core.errors import UserError

sessions_app = typer.Typer()


@sessions_app.command(name="show")
def show_session(session: Session, as_json: Json = False) -> None:
    """What a session holds."""
    from vig_capture.archive.show import as_text, describe

    description = describe(session)
    show(description, as_text(description), as_json)


@sessions_app.command()
def verify(session: Session, as_json: Json = False) -> None:
    """Check that every segment decodes, has its hash, and holds what the journal says."""
    from dataclasses import asdict

    from vig_capture.archive.verify import verify as check

    report = check(session)
    lines = [f"{'ok  ' if line.ok else 'BAD '} {line.file}: {line.what}" for line in report.lines]
    lines.append("All is as it was recorded." if report.ok else "Something is not as it was recorded.")
    show(asdict(report), "\n".join(lines), as_json)
    raise typer.Exit(0 if report.ok else 1)


@sessions_app.command()
def recover(
    folder: Annotated[Path | None, typer.Argument(help="Where to look; by default the data folder.")] = None,
    as_json: Json = False,
) -> None:
    """Find unfinished sessions and say what is whole. Deletes and changes nothing."""
    from vig_capture.archive.recover import unfinished
    from vig_capture.cli.lines import finding_map
    from vig_capture.cli.request import default_out

    root = folder or Path(default_out())
    if folder is not None and not folder.exists():
        raise UserError(f"There is no folder {folder}.", "", "Give the folder that holds the sessions.")
    found = unfinished(root) if root.exists() else []
    text = "\n\n".join(item.as_text() for item in found) or "Every session here was finished."
    show([finding_map(item) for item in found], text, as_json)


@sessions_app.command()
def copy(session: Session, folder: Annotated[Path, typer.Argument(help="Where to.")], as_json: Json = False) -> None:
    """Copy a session, verified by hash."""
    from vig_capture.archive.copy import copy_session

    target = copy_session(session, folder)
    show({"copy": str(target)}, f"Copied and verified: {target}", as_json)


@sessions_app.command()
def sessions(
    folder: Annotated[Path | None, typer.Argument(help="Where to look; by default the data folder.")] = None,
    as_json: Json = False,
) -> None:
    """The earlier sessions: when, what kind, how long, how many moments, and how each stands."""
    from vig_capture.cli.earlier import HostSessions, sessions_text, told

    if folder is not None and not folder.is_dir():
        raise UserError(f"There is no folder {folder}.", "", "Give the folder that holds the sessions.")
    found = list(HostSessions(folder).sessions())
    show([told(item) for item in found], sessions_text(found), as_json)


@sessions_app.command(name="open")
def open_session(
    session: Annotated[Path | None, typer.Argument(help="A session's folder; without it all are listed.")] = None,
) -> None:
    """The moments of an earlier film on the screen, or the list of earlier films: to play, edit, check, erase."""
    from vig_capture.archive.reader import is_session
    from vig_capture.cli.screen import look_back

    if not (can_see() and can_answer()):
        raise UserError("The screen needs a terminal.", "", "Without one: vig-capture sessions, vig-capture show")
    if session is not None and not is_session(session):
        raise UserError(f"{session} is not a session.", "", "To see which there are: vig-capture sessions")
    raise typer.Exit(look_back(session.resolve() if session is not None else None))


@sessions_app.command()
def erase(
    session: Session,
    yes: Annotated[bool, typer.Option("--yes", help="Erase it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Erase a session for good: film, sound, moments, and all that was made of it in its folder."""
    from dataclasses import asdict

    from vig_capture.archive.erase import erase as take_away
    from vig_capture.cli.earlier import erased_text, may_erase

    if not (yes or may_erase(session)):
        raise typer.Exit(1)
    erased = take_away(session)
    show({**asdict(erased), "folder": str(erased.folder)}, erased_text(erased), as_json)
