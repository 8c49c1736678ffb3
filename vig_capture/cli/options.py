"""What the commands share: options of one name and meaning, and how a result is printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from vig_capture.core.errors import UserError

Json = Annotated[bool, typer.Option("--json", help="For programs: one JSON value.")]


LAST = "last"
"""Instead of a folder: the newest film. (Erasing wants to be told which.)"""


def session_folder(said: str) -> Path:
    """The folder that was named. Raises UserError where the newest is meant and there is none."""
    from vig_capture.archive.reader import session_folders
    from vig_capture.cli.request import default_out

    folder = Path(said)
    if said != LAST or folder.exists():
        return folder
    root = Path(default_out())
    # (Their names begin with day and time.)
    newest = max(session_folders(root), key=lambda each: each.name, default=None)
    if newest is None:
        raise UserError("There is no film yet.", f"There is no session in {root}.", "Give a session's folder.")
    return newest


Session = Annotated[
    Path,
    typer.Argument(
        parser=session_folder,
        help=f"The session's folder, or {LAST}: the newest.",
        show_default=False,
    ),
]
Sessions = Annotated[
    list[Path],
    typer.Argument(
        parser=session_folder,
        help=f"The session's folder, or several; or {LAST}: the newest.",
        show_default=False,
    ),
]


def show(value: Any, text: str, as_json: bool) -> None:
    """Print a result for a program or for a person."""
    print(json.dumps(value, ensure_ascii=False) if as_json else text, flush=True)


def tell_unnoted(said: str) -> None:
    """Print that the access log could not be written, should it be so (archive/access.py)."""
    if said:
        print(said, file=sys.stderr, flush=True)
