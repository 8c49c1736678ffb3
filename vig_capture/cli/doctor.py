"""`doctor`: what would go wrong with a film, before there is one."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vig_capture.cli import doctor_clap, doctor_faces, doctor_keys
from vig_capture.cli import doctor_devices as devices
from vig_capture.cli import doctor_machine as machine
from vig_capture.cli.assembly import camera_specs
from vig_capture.cli.doctor_line import Line, as_text
from vig_capture.cli.request import Request, offset_names
from vig_capture.cli.terminal import can_answer
from vig_capture.core.config import Settings
from vig_capture.core.errors import UserError
from vig_capture.core.ports import Clock
from vig_capture.devices.camera import open_camera
from vig_capture.devices.camera_source import CameraSpec
from vig_capture.devices.clock import HostClock
from vig_capture.devices.mic_source import MicSpec
from vig_capture.devices.microphone import open_microphone
from vig_capture.devices.settings_files import load_settings, remember_offset


def examine(request: Request, as_json: bool) -> int:
    """`doctor`: look at everything and print it. Returns the exit code."""
    settings = load_settings(profile=request.profile, options=request.options())
    alive = sys.stderr is not None and sys.stderr.isatty() and not as_json
    lines = look(request, settings, HostClock(), _progress if alive else _quiet)
    if alive:
        _progress("")
    print(json.dumps(as_map(lines), ensure_ascii=False) if as_json else as_text(lines), flush=True)
    return 0 if passed(lines) else 1


def look(request: Request, settings: Settings, clock: Clock, progress: Callable[[str], None]) -> list[Line]:
    """Look at everything. `progress` hears what is being looked at."""
    cameras = camera_specs(request, settings)
    mics = [text for text in request.mics if text not in ("none", "camera")]
    steps: list[tuple[str, Callable[[], Line | list[Line]]]] = [
        ("programs", machine.versions),
        ("terminal", machine.terminal),
        ("PortAudio", devices.portaudio),
        ("cameras", lambda: devices.cameras(bool(request.cameras))),
        ("microphones", lambda: devices.microphones(bool(request.mics))),
        *((spec.public, _camera(spec, clock)) for spec in cameras),
        *((text, _microphone(text, clock)) for text in mics),
        ("disk", lambda: machine.folder(Path(request.out), settings, clock)),
        ("encoder", lambda: machine.encoder(settings, clock)),
        ("sleep", machine.sleep),
        ("faces", lambda: doctor_faces.faces(settings)),
        ("keys", lambda: doctor_keys.keys(settings)),
    ]
    return list(_lines(steps, progress))


def _lines(
    steps: Sequence[tuple[str, Callable[[], Line | list[Line]]]], progress: Callable[[str], None]
) -> Iterator[Line]:
    for name, step in steps:
        progress(name)
        found = step()
        yield from found if isinstance(found, list) else [found]


def _camera(spec: CameraSpec, clock: Clock) -> Callable[[], Line]:
    return lambda: devices.named_camera(spec, clock)


def _microphone(text: str, clock: Clock) -> Callable[[], Line]:
    return lambda: devices.named_microphone(text, clock)


def passed(lines: Sequence[Line]) -> bool:
    """Nothing is bad."""
    return all(line.state != "bad" for line in lines)


def as_map(lines: Sequence[Line]) -> dict[str, Any]:
    """For a program."""
    return {"ok": passed(lines), "lines": [asdict(line) for line in lines]}


def clap_test(request: Request, keep: bool, as_json: bool) -> int:
    """`doctor --clap`: measure the offset of a camera and a microphone, and keep it. Returns the exit code."""
    settings = load_settings(profile=request.profile, options=request.options())
    cameras = camera_specs(request, settings)
    if len(cameras) != 1 or len(request.mics) != 1 or request.mics[0] == "none":
        do = "Name one of each, as you film with them: vig-capture doctor --clap --camera NAME --mic NAME"
        raise UserError("A clap test needs a camera and a microphone.", "", do)
    clock = HostClock()
    camera_name, mic_name = offset_names(cameras, request.mics[0])
    own = request.mics[0] == "camera"
    microphone = None if own else open_microphone(MicSpec.parse(request.mics[0]), clock)
    say = _quiet if as_json else _say
    say("Opening the camera and the microphone …")
    taken = doctor_clap.record(
        open_camera(cameras[0], clock),
        microphone,
        clock,
        lambda: say(f"Clap 3 to 5 times in view, about once a second. You have {doctor_clap.CLAP_S:g} seconds …"),
    )
    offset = doctor_clap.analysed(taken)
    say(doctor_clap.as_text(offset, camera_name, mic_name))
    kept = keep or (not as_json and _asked("Keep this for films with these two? [y/N] "))
    if kept:
        remember_offset(camera_name, mic_name, round(offset.offset_ms, 1))
        say("Kept. It is used from the next film on.")
    if as_json:
        found = {"offset_ms": round(offset.offset_ms, 1), "spread_ms": round(offset.spread_ms, 1)}
        value = {"camera": camera_name, "mic": mic_name, **found, "claps": len(offset.claps), "kept": kept}
        print(json.dumps(value, ensure_ascii=False), flush=True)
    return 0


def _asked(question: str) -> bool:
    """A question that nobody can answer, because there is no terminal, is answered with no."""
    if not can_answer():
        return False
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _say(line: str) -> None:
    print(line, flush=True)


def _quiet(_: str) -> None:
    """Nobody listens."""


def _progress(name: str) -> None:
    """What is being looked at, on one line that is written over."""
    text = f"looking at {name} …" if name else ""
    print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
