"""`vig-capture check`: looks and listens for some seconds, and says what to change."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vig_capture.cli.secrets import with_passwords
from vig_capture.core.errors import UserError

if TYPE_CHECKING:
    from rich.text import Text

    from vig_capture.cli.request import Request

check_app = typer.Typer()
SECONDS_MAX = 3600.0
COLUMNS_MAX = 100
CHECKS = "checks"
"""In the data folder: what was kept of checks."""


@check_app.command()
def check(
    camera: Annotated[list[str] | None, typer.Option(help="A camera; by default that of last time.")] = None,
    mic: Annotated[list[str] | None, typer.Option(help="A microphone; by default that of last time.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="The drawn camera and microphone, to practise.")] = False,
    for_: Annotated[float, typer.Option("--for", help="Seconds, from the first picture or sound on.")] = 10,
    profile: Annotated[str, typer.Option(help="The kind of film, such as interaction or lesson.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep a still picture and what was found, in FOLDER.")] = False,
    folder: Annotated[
        Path | None, typer.Argument(help="With --keep: where to; by default beside the films.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON value.")] = False,
) -> None:
    """Look and listen for 10 seconds: is all well, and if not, what to change. Nothing is kept.

    Exit code 0: nothing has to be changed, and all that matters could be told;
    1: something has to be changed, or it failed;
    2: your input; 3: not all that matters could be told."""
    if not 0 < for_ <= SECONDS_MAX:
        raise UserError(f"--for {for_:g} is not possible.", "", f"Give a number of seconds up to {SECONDS_MAX:g}.")
    if folder is not None and not keep:
        raise UserError(f"{folder} has no use here.", "Nothing is kept without --keep.", f"Say: --keep {folder}")

    def wished() -> Request:
        return to_open(tuple(map(with_passwords, camera or ())), tuple(mic or ()), profile, demo)

    raise typer.Exit(carry_out(wished, for_, as_json, _kept_in(folder) if keep else None))


def to_open(cameras: tuple[str, ...], mics: tuple[str, ...], profile: str, demo: bool) -> Request:
    """What is to be opened: what was not named is as last time. Raises UserError."""
    from vig_capture.cli.request import preparing
    from vig_capture.devices.settings_files import load_settings

    found = preparing(cameras, mics, profile=profile, demo=demo)
    if set(found.cameras) | set(found.mics) == {"none"}:
        raise UserError(
            "No camera and no microphone was named.",
            "None was used before, and the tool never guesses which one films a family.",
            "See what there is with: vig-capture devices   To practise: vig-capture check --demo",
        )
    if not load_settings(profile=found.profile).checks:
        raise UserError("Nothing can be checked.", "Your settings switch it off.", "Set: checks = true")
    return found


def carry_out(wished: Callable[[], Request], seconds: float, as_json: bool, keep: Path | None) -> int:
    """Look, listen and print. `wished`: what to open, asked for only where no recorder runs. `keep`: a folder for the
    picture and the text. Returns the exit code. Raises VigError."""
    from vig_capture.cli import check_report as report
    from vig_capture.cli.check_recorder import own_recorder, running_recorder
    from vig_capture.devices.settings_files import runtime_folder
    from vig_capture.engine.client import find
    from vig_capture.tui import texts

    note: Callable[[str], None] = _quiet if as_json else _note
    running = find(runtime_folder())
    try:
        if running is not None:
            with running_recorder(running) as ear:
                seconds, shown = 0.0, ear.now()
                note(texts.CHECK_RUNNING.get(shown.state, texts.CHECK_RUNNING[""]))
                picture = ear.still(shown) if keep is not None else None
        else:
            opened = wished()
            note(texts.CHECK_OPENING)
            with own_recorder(opened) as ear:
                shown = ear.watch(seconds, lambda: note(texts.CHECK_LOOKING.format(seconds=f"{seconds:g}")))
                picture = ear.still(shown) if keep is not None else None
    except KeyboardInterrupt:
        note(texts.CHECK_STOPPED)
        return 1
    lines = report.as_lines(shown, _columns())
    session = running.folder.name if running is not None else ""
    files = [] if keep is None else report.keep(keep, lines, picture, session)
    if as_json:
        told = report.as_map(shown, seconds) | ({"kept": list(map(str, files))} if files else {})
        print(json.dumps(told, ensure_ascii=False), flush=True)
    else:
        _print([*lines, *report.kept_lines(files, picture is not None)])
    return report.exit_code(shown.findings)


def _kept_in(folder: Path | None) -> Path:
    from vig_capture.devices.settings_files import data_folder

    return folder.expanduser() if folder is not None else data_folder() / CHECKS


def _columns() -> int:
    import shutil

    return min(shutil.get_terminal_size().columns, COLUMNS_MAX)


def _print(lines: list[Text]) -> None:
    """In colours, where there is a terminal that has them and nobody wishes none."""
    from rich.console import Console

    console = Console(highlight=False)
    for line in lines:
        # They are wrapped already.
        console.print(line, soft_wrap=True)


def _note(line: str) -> None:
    """For whoever waits: never among what was found."""
    print(line, file=sys.stderr, flush=True)


def _quiet(_: str) -> None:
    """A program does not wait."""
