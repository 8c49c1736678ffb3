"""What the commands share: options of one name and meaning, and how a result is printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="For programs: one JSON value.")]
Session = Annotated[Path, typer.Argument(help="The session's folder.", show_default=False)]


def show(value: Any, text: str, as_json: bool) -> None:
    """Print a result for a program or for a person."""
    print(json.dumps(value, ensure_ascii=False) if as_json else text, flush=True)
