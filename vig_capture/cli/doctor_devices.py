"""The doctor on cameras and microphones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from threading import Thread
from typing import Any

from vig_capture.cli.doctor_line import Line, State, of_error
from vig_capture.core.errors import VigError
from vig_capture.core.listening import MUTED_NS
from vig_capture.core.model import AudioBlock, Frame
from vig_capture.core.ports import Clock, Microphone
from vig_capture.core.time import SECOND_NS
from vig_capture.devices import v4l2
from vig_capture.devices.camera import open_camera
from vig_capture.devices.camera_source import CameraSpec
from vig_capture.devices.listing import list_cameras
from vig_capture.devices.mic_portaudio import PACKAGE, PortAudioMissingError, load_sounddevice
from vig_capture.devices.mic_source import MicSpec
from vig_capture.devices.microphone import list_microphones, open_microphone

PATIENCE_S = 10.0
"""A network camera may take its time."""
GROUP_DO = "Add yourself to the group video (sudo usermod -aG video $USER), log out, and log in again."


def portaudio() -> Line:
    """Whether microphones can be called by their names."""
    try:
        sounddevice = load_sounddevice()
    except PortAudioMissingError:
        linux = sys.platform.startswith("linux")
        why = "Without it microphones are reached through ALSA only." if linux else "No microphone can be used."
        do = f"Install {PACKAGE}."
        if linux:
            do += " On Debian and Ubuntu: sudo apt install libportaudio2"
        return Line("PortAudio", "look" if linux else "bad", "PortAudio is not installed.", why, do)
    return Line("PortAudio", "ok", str(sounddevice.get_portaudio_version()[1]).split(",")[0])


def cameras(named: bool) -> list[Line]:
    """The local cameras, and whether this user may use them."""
    if sys.platform.startswith("linux"):
        locked = [node.path for node in v4l2.camera_nodes() if not os.access(node.path, os.R_OK | os.W_OK)]
    else:
        locked = []
    found = [device.name for device in list_cameras()]
    lines = [
        Line("camera", "bad", f"You may not use {path}.", "It belongs to the group video.", GROUP_DO) for path in locked
    ]
    if found:
        lines.append(Line("cameras", "ok", f"{len(found)} found: {', '.join(found)}"))
    elif named:
        lines.append(Line("cameras", "ok", "None is built in or plugged in."))
    else:
        do = "Plug one in, or give the address of a network camera. To practise: --demo"
        lines.append(Line("cameras", "look", "None is built in or plugged in.", "", do))
    return lines


def microphones(named: bool) -> Line:
    """The microphones of this computer."""
    try:
        found = list(dict.fromkeys(device.name for device in list_microphones()))
    except PortAudioMissingError:
        found = []
    state: State = "ok" if found or named else "look"
    if found:
        return Line("microphones", state, f"{len(found)} found: {', '.join(found)}")
    do = "" if named else "Plug one in, or check the sound settings of the computer. To practise: --demo"
    return Line("microphones", state, "None was found.", "", do)


def named_camera(spec: CameraSpec, clock: Clock) -> Line:
    """A camera that was named gives its first picture."""

    def look() -> Line:
        camera = open_camera(spec, clock)
        try:
            mode, _ = camera.open()
            if _first(camera.read, Frame, clock) is None:
                what = f"{spec.public} opens, but sends no picture."
                return Line("camera", "bad", what, "", "Switch it on, and close other programs that use it.")
            if spec.size not in (None, (mode.width, mode.height)):
                what = f"{spec.public} sends {mode}, which is another size than was wished."
                return Line("camera", "look", what, "", "See its sizes: vig-capture devices")
            return Line("camera", "ok", f"{spec.public} sends {mode}")
        finally:
            camera.close()

    return _patiently("camera", look)


def named_microphone(text: str, clock: Clock) -> Line:
    """A microphone that was named gives sound."""

    def look() -> Line:
        spec = MicSpec.parse(text)
        microphone = open_microphone(spec, clock)
        try:
            mode = microphone.open()
            block = _first(microphone.read, AudioBlock, clock)
            if block is None:
                return Line("microphone", "bad", f"{spec} opens, but sends no sound.", "", "Check its plug.")
            if not _heard(microphone, block, clock):
                do = "Switch it on: a button on it, or the sound settings of the computer."
                return Line("microphone", "look", f"{spec} sends exact silence.", "It may be muted.", do)
            return Line("microphone", "ok", f"{spec} sends {mode}")
        finally:
            microphone.close()

    return _patiently("microphone", look)


def _heard(microphone: Microphone, block: AudioBlock | None, clock: Clock) -> bool:
    """Whether anything but exact zeros comes. A single block of them may be a start."""
    end_ns = clock.mono_ns() + MUTED_NS
    while block is None or not block.samples.any():
        if clock.mono_ns() > end_ns:
            return False
        block = microphone.read()
    return True


def _first(read: Callable[[], Any], kind: type[Any], clock: Clock) -> Any:
    """The first of its kind that a device gives."""
    end_ns = clock.mono_ns() + round(PATIENCE_S / 2 * SECOND_NS)
    while clock.mono_ns() < end_ns:
        given = read()
        if isinstance(given, kind):
            return given
    return None


def _patiently(name: str, look: Callable[[], Line]) -> Line:
    """Look in a thread of its own: a device may never answer."""
    found: list[Line] = []

    def run() -> None:
        try:
            found.append(look())
        except VigError as error:
            found.append(of_error(name, error))

    thread = Thread(target=run, name=name, daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    why, do = f"Nothing came within {PATIENCE_S:g} s.", "Unplug it and plug it in again."
    return found[0] if found else Line(name, "bad", "It does not answer.", why, do)
