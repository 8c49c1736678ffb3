"""`vig-capture model`: which face detector looks, what a better one would add, and how to get it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vig_capture.cli.options import Json

if TYPE_CHECKING:
    from vig_capture.cli.detector import Choice
    from vig_capture.devices.face_model import FaceModel

model_app = typer.Typer(help="The face detector: which one looks, and how to get a better one.")

_LOOKS = {
    "Haar": "It finds those who look at the camera, whole and upright. What it does not see it says nothing of.",
    "none": "Look for yourself that the faces are in the picture. The picture as a whole is checked all the same.",
}
_YUNET = "It finds turned heads, most babies, and faces that the edge of the picture cuts."
_ADDS = """\
YuNet would add: turned heads, most babies, faces at the edge of the picture, and hard shadows on a face.
To fetch it (a quarter of a megabyte, from opencv_zoo at github.com):  vig-capture model --download
If you have the file:  vig-capture model install FILE"""


@model_app.callback(invoke_without_command=True)
def model(
    context: typer.Context,
    download: Annotated[bool, typer.Option("--download", help="Fetch YuNet from opencv_zoo at github.com.")] = False,
    as_json: Json = False,
) -> None:
    """Which face detector looks, and what a better one would add."""
    if context.invoked_subcommand is not None:
        return
    if download:
        from vig_capture.devices import face_model

        print(f"Fetching {face_model.SOURCE} …", file=sys.stderr, flush=True)
        _installed(face_model.download(), as_json)
        return
    from vig_capture.cli.detector import choose
    from vig_capture.devices.settings_files import load_settings

    choice = choose(load_settings().face_model)
    print(json.dumps(as_map(choice), ensure_ascii=False) if as_json else as_text(choice))
    if choice.fault:
        raise typer.Exit(choice.fault.exit_code)


@model_app.command()
def install(
    file: Annotated[Path, typer.Argument(help="YuNet's file.", show_default=False)], as_json: Json = False
) -> None:
    """Copy a face model to its place, if it is one that is known."""
    from vig_capture.devices import face_model

    _installed(face_model.install(file), as_json)


def as_text(choice: Choice) -> str:
    """For a person."""
    lines = [part for part in (choice.fault.what, choice.fault.why, choice.fault.do) if part] if choice.fault else []
    lines += ["", *looks(choice)] if lines else looks(choice)
    return "\n".join([*lines, *([] if choice.model else ["", _ADDS])])


def looks(choice: Choice) -> list[str]:
    """Which detector looks, and what it can do: a sentence each."""
    name = choice.detector.name
    if choice.model:
        return [f"Faces are looked for by {name}: {choice.model.path}", _YUNET]
    return ["Nothing looks for faces." if name == "none" else f"Faces are looked for by {name}.", _LOOKS[name]]


def as_map(choice: Choice) -> dict[str, Any]:
    """For a program."""
    return {
        "detector": choice.detector.name,
        "caps": asdict(choice.detector.caps),
        "model": _told(choice.model) if choice.model else None,
        "fault": choice.fault.as_map() if choice.fault else None,
    }


def _told(found: FaceModel) -> dict[str, str]:
    return {"name": found.known.name, "path": str(found.path), "sha256": found.known.sha256}


def _installed(found: FaceModel, as_json: bool) -> None:
    said = f"{found.known.name} is installed, and looks for faces from now on: {found.path}"
    print(json.dumps(_told(found), ensure_ascii=False) if as_json else said)
