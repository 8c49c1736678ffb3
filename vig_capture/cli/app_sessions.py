"""The commands on sessions that are over: see, check, find, copy, open, erase."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from vig_capture.cli.options import Json, Session, Sessions, show, tell_unnoted
from vig_capture.cli.terminal import can_answer, can_see
from vig_capture.core.errors import UserError

sessions_app = typer.Typer()
By = Annotated[str, typer.Option("--by", help="Who said so: a role, such as mother.")]
For = Annotated[str, typer.Option("--for", help="What it is for, such as review, research.")]
Private = Annotated[bool, typer.Option("--private", help="With private moments and private notes.")]
Replace = Annotated[bool, typer.Option("--replace", help="Write over what is there.")]
When = Annotated[str, typer.Option("--when", help="The day on which it was said, such as 2026-11-22; else today.")]


@sessions_app.command(name="show")
def show_session(session: Session, as_json: Json = False) -> None:
    """What a session holds."""
    from vig_capture.archive.access import note
    from vig_capture.archive.show import as_text, describe

    description = describe(session)
    tell_unnoted(note("open", description["session"], form="json" if as_json else "text"))
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
    from vig_capture.archive.access import note, session_id
    from vig_capture.archive.copy import copy_session

    target = copy_session(session, folder)
    tell_unnoted(note("copy", session_id(target)))
    show({"copy": str(target)}, f"Copied and verified: {target}", as_json)


@sessions_app.command()
def sessions(
    folder: Annotated[Path | None, typer.Argument(help="Where to look; by default the data folder.")] = None,
    as_json: Json = False,
) -> None:
    """The earlier sessions: when, what kind, how long, how many moments, and how each stands."""
    from vig_capture.cli.earlier import HostSessions, sessions_text, told

    found = list(HostSessions(there(folder)).sessions())
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
    session: Annotated[Path, typer.Argument(help="The session's folder.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Erase it without asking.")] = False,
    as_json: Json = False,
) -> None:
    """Erase a session for good: film, sound, moments, and all that was made of it in its folder."""
    from vig_capture.cli.earlier import erased_text, may_erase
    from vig_capture.cli.erasing import erase as take_away

    if not (yes or may_erase(session)):
        raise typer.Exit(1)
    gone = take_away(session)
    show(gone.as_map(), erased_text(gone), as_json)


@sessions_app.command()
def due(
    folder: Annotated[Path | None, typer.Argument(help="Where to look; by default the data folder.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also those whose day is still to come.")] = False,
    as_json: Json = False,
) -> None:
    """The sessions that are due for erasing, newest last. Nothing is erased by itself."""
    from vig_capture.cli.earlier import due as find_due
    from vig_capture.cli.earlier import due_text, told

    found = find_due(there(folder), every)
    show([told(item) for item in found], due_text(found), as_json)


@sessions_app.command()
def consent(
    session: Session,
    purpose: Annotated[str, typer.Argument(help="Such as review, supervision, research.")] = "",
    answer: Annotated[str, typer.Argument(help="yes or no, to write down what was said.")] = "",
    by: By = "",
    when: When = "",
    as_json: Json = False,
) -> None:
    """What this film may be used for, and who said so; or write down an answer that was given later."""
    from vig_capture.cli import consent as agreed

    if purpose:
        agreed.answer(session, purpose, answer, by, when)
    found = agreed.standing(session)
    show(found, agreed.standing_text(found), as_json)


@sessions_app.command()
def withdraw(
    session: Session,
    purpose: Annotated[str, typer.Argument(help="Such as review, supervision, research.", show_default=False)],
    by: By = "",
    when: When = "",
    as_json: Json = False,
) -> None:
    """Take back the yes to a purpose, and list what was made for it and where it lies. Deletes nothing by itself."""
    from vig_capture.cli import consent as agreed

    found = agreed.withdraw(session, purpose, by, when)
    show(found, agreed.withdrawn_text(found), as_json)


@sessions_app.command()
def clips(
    session: Session,
    starred: Annotated[bool, typer.Option("--starred", help="Only moments with a star.")] = False,
    shortlist: Annotated[bool, typer.Option("--shortlist", help="Only those short-listed or picked.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this moment, by its id; also again.")] = None,
    preset: Annotated[str, typer.Option("--preset", help="standard (20-90 s), micro (10 s), as-marked.")] = "standard",
    exact: Annotated[bool, typer.Option("--exact", help="Begin on the very picture, with even loudness.")] = False,
    order: Annotated[str, typer.Option("--order", help="time, proposed, own, or ids with commas.")] = "",
    reel: Annotated[bool, typer.Option("--reel", help="Also one film of them, with pauses and questions.")] = False,
    sheet: Annotated[bool, typer.Option("--sheet", help="Also a page with a picture of each.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Only say what would be made.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="The folder; else the session's own.")] = None,
    purpose: For = "review",
    private: Private = False,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Make clips of the moments, with a playlist; a contact sheet and a reel where asked for."""
    from vig_capture.cli.choosing import Wish, choose, listed_map, listed_text
    from vig_capture.cli.clips import make_clips
    from vig_capture.cli.material import Material
    from vig_capture.cli.progress import progress

    wish = Wish(preset, starred, shortlist, only or (), private, order, exact, reel, sheet, out, purpose, replace)
    if listed:
        material = Material.of(session)
        choice = choose(material, wish)
        show(listed_map(material, choice), listed_text(material, choice), as_json)
        return
    with progress() as doing:
        made = make_clips(session, wish, doing)
    show(made.as_map(), made.as_text(), as_json)
    raise typer.Exit(1 if made.failed else 0)


@sessions_app.command()
def film(
    session: Session,
    out: Annotated[Path | None, typer.Option("--out", help="The file, or its folder; else the session's own.")] = None,
    purpose: For = "review",
    private: Private = False,
    replace: Replace = False,
    as_json: Json = False,
) -> None:
    """Make the one whole film, pauses closed up, with a chapter for each part and each moment."""
    from vig_capture.cli.progress import progress
    from vig_capture.cli.whole import whole_film

    with progress() as doing:
        whole = whole_film(session, doing, out, purpose, private, replace)
    show(whole.as_map(), whole.as_text(), as_json)


class _WithFormats(TyperCommand):
    """Lists the formats in its help, those of plug-ins that are installed now among them."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from vig_capture.cli.formats import names

        self.epilog = f"Formats: {', '.join(names())}"
        super().format_help(ctx, formatter)


@sessions_app.command(cls=_WithFormats)
def export(
    sessions: Sessions,
    to: Annotated[str, typer.Option("--to", help="The format, such as csv, webvtt, losslesscut.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="The file, or its folder; else the session's own.")] = None,
    purpose: For = "review",
    private: Private = False,
    replace: Replace = False,
    no_film: Annotated[bool, typer.Option("--no-film", help="Do not make the whole film it points to.")] = False,
    as_json: Json = False,
) -> None:
    """Write the moments in another program's format, and say what it cannot carry; several as one Parquet data set."""
    from vig_capture.cli.export import Wish, export_together
    from vig_capture.cli.export import export as write
    from vig_capture.cli.progress import progress

    wish = Wish(to, out, purpose, private, replace, film=not no_film)
    if len(sessions) == 1:
        with progress() as doing:
            exported = write(sessions[0], wish, doing)
        show(exported.as_map(), exported.as_text(), as_json)
        return
    together = export_together(sessions, wish)
    show([each.as_map() for each in together], "\n\n".join(each.as_text() for each in together), as_json)


@sessions_app.command(name="import")
def import_file(
    session: Session,
    file: Annotated[Path, typer.Argument(help="A LosslessCut project (.llc) or CSV file.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be changed.")] = False,
    frames: Annotated[float | None, typer.Option("--frames", help="Its times are frames, so many a second.")] = None,
    as_json: Json = False,
) -> None:
    """Take back what was edited elsewhere: windows, names, order, new moments. Nothing is written over unseen."""
    from vig_capture.cli.imports import take_back

    imported = take_back(session, file, dry_run, frames)
    show(imported.as_map(), imported.as_text(), as_json)
    raise typer.Exit(1 if imported.found.conflicts or imported.refused else 0)


def there(folder: Path | None) -> Path | None:
    """A folder that holds sessions, if one was given. Raises UserError where there is none."""
    if folder is not None and not folder.is_dir():
        raise UserError(f"There is no folder {folder}.", "", "Give the folder that holds the sessions.")
    return folder
