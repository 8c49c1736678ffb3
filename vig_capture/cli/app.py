"""The commands and their options. Exit codes: 0 done, 1 it failed, 2 your input."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from vig_capture import __version__
from vig_capture.cli.app_sessions import sessions_app
from vig_capture.cli.check import check_app
from vig_capture.cli.model import model_app
from vig_capture.cli.options import Json, show
from vig_capture.cli.secrets import with_passwords
from vig_capture.cli.terminal import can_answer, can_see
from vig_capture.cli.usage import Faulty, plain
from vig_capture.core.errors import UserError, VigError
from vig_capture.devices.camera_source import without_password
from vig_capture.devices.disk import storage_error

NAME = "vig-capture"
app = typer.Typer(
    name=NAME,
    help="Film and tag a session: nothing is lost, one key marks a moment. Independent; no training.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(model_app, name="model")
for beside in (check_app, sessions_app):
    # Without a name: their commands stand beside those of this file.
    app.add_typer(beside)
_started_mono_ns = 0


def run(started_mono_ns: int) -> None:
    """Carry out the command line."""
    global _started_mono_ns  # noqa: PLW0603 - when the process began is known to its entry point only
    _started_mono_ns = started_mono_ns
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a letter of ours shows another one: no film ends because of a "●".
            stream.reconfigure(errors="replace")
    sys.exit(carry_out())


def carry_out(arguments: list[str] | None = None) -> int:
    """Carry out the command line; returns the exit code. Whatever is wrong with it is said in plain words."""
    as_json = "--json" in (sys.argv if arguments is None else arguments)
    try:
        code = app(arguments, prog_name=NAME, standalone_mode=False)
    except VigError as error:
        return tell(error, as_json)
    except Faulty as error:
        return tell(plain(error), as_json)
    except typer.Abort:
        return 1
    except OSError as error:
        # A path that cannot even be looked at: a folder that may not be entered, a name that is too long.
        return tell(storage_error(error, Path(str(error.filename or "the disk"))), as_json)
    return code if isinstance(code, int) else 0


def tell(error: VigError, as_json: bool = False) -> int:
    """Say what, why and what to do, without any password; returns the exit code."""
    if as_json:
        said = {name: without_password(text) for name, text in error.as_map().items()}
        print(json.dumps(said, ensure_ascii=False))
    for line in (error.what, error.why, error.do):
        if line:
            print(without_password(line), file=sys.stderr)
    return error.exit_code


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Film and tag a session."""
    if version:
        print(f"vig-capture {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from vig_capture.cli.screen import find_again

        raise typer.Exit(find_again())


@app.command()
def record(
    camera: Annotated[
        list[str] | None, typer.Option(help="A camera: see `vig-capture devices`. May be repeated.")
    ] = None,
    mic: Annotated[
        list[str] | None, typer.Option(help="A microphone: its name, alsa:NAME, a file, camera, demo.")
    ] = None,
    demo: Annotated[bool, typer.Option("--demo", help="The drawn camera and microphone, to practise.")] = False,
    no_tui: Annotated[bool, typer.Option("--no-tui", help="No screen: a plain line for each change.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder in which the session's own folder is made.")] = None,
    for_: Annotated[float | None, typer.Option("--for", help="Stop this many seconds after the first picture.")] = None,
    latest_end: Annotated[float | None, typer.Option(help="Minutes after which the film ends by itself.")] = None,
    profile: Annotated[str, typer.Option(help="The kind of film, such as interaction or shared-review.")] = "",
    vocabulary: Annotated[str, typer.Option(help="The marker keys: a name or a file.")] = "",
    segment_seconds: Annotated[float | None, typer.Option(help="Length of one film file.")] = None,
    size: Annotated[str, typer.Option(help="Size of the picture, such as 1280x720.")] = "",
    rate: Annotated[float | None, typer.Option(help="Pictures a second.")] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Play a film file again and again.")] = False,
    audio_offset_ms: Annotated[
        float | None, typer.Option(help="How much later the sound arrives than the picture of the same moment.")
    ] = None,
    fallback: Annotated[Path | None, typer.Option(help="Folder in which the film goes on when the disk fails.")] = None,
    as_json: Json = False,
) -> None:
    """Film. Markers are pressed in the screen, or with `vig-capture mark`."""
    from vig_capture.cli.request import Request, checked, default_out
    from vig_capture.devices.settings_files import load_settings

    settings = load_settings(profile=profile)
    cameras = [with_passwords(item) for item in camera or []] or ([settings.camera] if settings.camera else [])
    mics = mic or ([settings.mic] if settings.mic else [])
    if demo:
        cameras, mics = cameras or ["demo"], mics or ["demo"]
    if not cameras and not mics:
        raise UserError(
            "No camera and no microphone was named.",
            "The tool never guesses which one films a family.",
            "See what there is with: vig-capture devices   To practise: vig-capture record --demo",
        )
    request = checked(
        Request(
            cameras=tuple(cameras or ["none"]),
            mics=tuple(mics or ["none"]),
            out=str(out) if out else default_out(),
            profile=profile,
            vocabulary=vocabulary,
            segment_s=segment_seconds,
            size=size,
            rate=rate,
            latest_end_min=latest_end,
            for_s=for_,
            loop=loop,
            audio_offset_ms=audio_offset_ms,
            fallback=str(fallback) if fallback else "",
        )
    )
    # Without a terminal nobody could see the screen or end it.
    if no_tui or as_json or not (can_see() and can_answer()):
        from vig_capture.cli.front import Front

        raise typer.Exit(Front(request, as_json).run())
    from vig_capture.cli.screen import film

    raise typer.Exit(film(request))


@app.command()
def prepare(
    camera: Annotated[
        list[str] | None, typer.Option(help="A camera: see `vig-capture devices`. May be repeated.")
    ] = None,
    mic: Annotated[list[str] | None, typer.Option(help="A microphone; by default those of last time.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="The drawn camera and microphone, to practise.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder in which the session's own folder is made.")] = None,
    latest_end: Annotated[float | None, typer.Option(help="Minutes after which the film ends by itself.")] = None,
    profile: Annotated[str, typer.Option(help="The kind of film, such as interaction or shared-review.")] = "",
    vocabulary: Annotated[str, typer.Option(help="The marker keys: a name or a file.")] = "",
    size: Annotated[str, typer.Option(help="Size of the picture, such as 1280x720.")] = "",
    rate: Annotated[float | None, typer.Option(help="Pictures a second.")] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Play a film file again and again.")] = False,
) -> None:
    """See the picture, hear the level, fill in the sheet; Enter films. What `vig-capture` alone does."""
    from vig_capture.cli.request import preparing
    from vig_capture.cli.screen import prepare as prepare_film

    if not (can_see() and can_answer()):
        raise UserError("Preparing a film needs a terminal.", "", "Without one: vig-capture record --no-tui")
    request = preparing(
        cameras=tuple(with_passwords(item) for item in camera or ()),
        mics=tuple(mic or ()),
        out=str(out) if out else "",
        profile=profile,
        vocabulary=vocabulary,
        latest_end_min=latest_end,
        size=size,
        rate=rate,
        loop=loop,
        demo=demo,
    )
    raise typer.Exit(prepare_film(request))


def _live(do: str, **fields: Any) -> dict[str, Any]:
    """Ask the running recorder."""
    from vig_capture.devices.settings_files import runtime_folder
    from vig_capture.engine.client import reach

    client = reach(runtime_folder())
    try:
        return client.ask(do, mono_ns=_started_mono_ns, **fields)
    finally:
        client.close()


def _text(argument: str) -> str:
    """An argument as text that can be sent: bytes that are no UTF-8 become question marks."""
    return argument.encode("utf-8", "replace").decode()


@app.command()
def mark(
    key: Annotated[str, typer.Argument(help="A marker key, such as a; a capital for the other person.")],
    note: Annotated[str, typer.Option(help="What to say of it.")] = "",
    as_json: Json = False,
) -> None:
    """Mark this moment: the moment at which the command was called. Returns when it is saved."""
    result = _live("mark", key=_text(key), note=without_password(_text(with_passwords(note))))
    marker = result.get("marker") or {}
    show(result, f"Saved: {marker.get('label', '')} ({result.get('act', '')})", as_json)


@app.command()
def undo(as_json: Json = False) -> None:
    """Take the last act back."""
    show(result := _live("undo"), f"Taken back: {result.get('kind', '')}", as_json)


@app.command()
def pause(as_json: Json = False) -> None:
    """Pause: nothing that happens from now on is written."""
    show(result := _live("pause"), str(result.get("said") or "Paused. Nothing is written."), as_json)


@app.command()
def resume(as_json: Json = False) -> None:
    """Film again after a pause."""
    show(_live("resume"), "Filming again.", as_json)


@app.command()
def stop(as_json: Json = False) -> None:
    """End the film. Returns when it is closed."""
    show(result := _live("stop"), f"The film is closed: {result.get('folder', '')}", as_json)


@app.command()
def status(as_json: Json = False) -> None:
    """What the recorder is doing."""
    from vig_capture.cli.lines import status_text
    from vig_capture.devices.settings_files import runtime_folder
    from vig_capture.engine.client import find

    if find(runtime_folder()) is None:
        show({"state": "none"}, "Nothing is being filmed.", as_json)
        return
    snapshot = _live("status")
    show(snapshot, status_text(snapshot), as_json)


@app.command()
def card(
    folder: Annotated[
        Path | None, typer.Argument(help="Where the page to print goes; by default the folder for documents.")
    ] = None,
    to_print: Annotated[bool, typer.Option("--print", help="Make a page that any browser prints.")] = False,
) -> None:
    """The words to read out before filming."""
    from vig_capture.cli.card import card as show_card

    raise typer.Exit(show_card(folder, to_print))


@app.command()
def devices(as_json: Json = False) -> None:
    """The cameras and microphones of this computer, and how to use each."""
    from dataclasses import asdict

    from vig_capture.cli.lines import devices_text
    from vig_capture.devices.listing import list_cameras, list_microphones

    cameras, microphones = list_cameras(), list_microphones()
    value = {"cameras": [asdict(item) for item in cameras], "microphones": [asdict(item) for item in microphones]}
    show(value, devices_text(cameras, microphones), as_json)


@app.command()
def doctor(
    camera: Annotated[list[str] | None, typer.Option(help="A camera to try. May be repeated.")] = None,
    mic: Annotated[list[str] | None, typer.Option(help="A microphone to try. May be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for films.")] = None,
    size: Annotated[str, typer.Option(help="Size of the picture, such as 1280x720.")] = "",
    rate: Annotated[float | None, typer.Option(help="Pictures a second.")] = None,
    clap: Annotated[
        bool, typer.Option("--clap", help="Clap 3 to 5 times: measures how much later the sound arrives.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --clap: keep what was measured, without asking.")] = False,
    as_json: Json = False,
) -> None:
    """What would go wrong with a film. Exit code 1 where something would."""
    from vig_capture.cli.request import Request, checked, default_out

    cameras = tuple(with_passwords(item) for item in camera or [])
    request = Request(cameras, tuple(mic or []), str(out) if out else default_out(), size=size, rate=rate)
    checked(request, folders=False)
    if clap:
        from vig_capture.cli.doctor import clap_test

        raise typer.Exit(clap_test(request, yes, as_json))
    from vig_capture.cli.doctor import examine

    raise typer.Exit(examine(request, as_json))
