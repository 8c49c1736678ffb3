"""What cameras and microphones this machine has, and what to write to use each."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from vig_capture.devices import v4l2

DeviceKind = Literal["camera", "microphone"]
ALSA_PCM = Path("/proc/asound/pcm")
ALSA_CARDS = Path("/proc/asound/cards")
PORTAUDIO_S = 10
"""PortAudio may hang over a broken sound server; it is asked in a process of its own."""
_PORTAUDIO_PROGRAM = """
import json
from vig_capture.devices.mic_portaudio import PortAudioMissingError, load_sounddevice
try:
    sounddevice = load_sounddevice()
    print(json.dumps([dict(d) for d in sounddevice.query_devices()]))
except PortAudioMissingError:
    print(json.dumps("PortAudio library not found"))
except OSError as error:
    print(json.dumps(str(error)))
"""


@dataclass(frozen=True, slots=True)
class Device:
    """One line of `vig-capture devices`."""

    kind: DeviceKind
    name: str
    how_to_use: str
    """The argument that names it; empty where it cannot be used as it is."""
    modes: list[str] = field(default_factory=list)
    note: str = ""


def list_cameras() -> list[Device]:
    """All local cameras of this system. Raises nothing: what cannot be asked is said in a note."""
    if sys.platform == "darwin":
        return ffmpeg_cameras("avfoundation", _listed("avfoundation"))
    if sys.platform == "win32":
        return ffmpeg_cameras("dshow", _listed("dshow"))
    nodes = v4l2.camera_nodes()
    return [_v4l2_device(node, nodes) for node in nodes]


def list_microphones() -> list[Device]:
    """PortAudio's inputs, and on Linux ALSA's capture devices, which need no PortAudio. Raises nothing."""
    devices = portaudio_devices(_ask_portaudio())
    if sys.platform == "linux":
        devices += alsa_devices(_text(ALSA_PCM), _text(ALSA_CARDS))
    return devices


def _v4l2_device(node: v4l2.Node, nodes: Sequence[v4l2.Node]) -> Device:
    twins = sum(other.card == node.card for other in nodes) > 1
    name = f"{node.card} ({node.bus})" if twins and node.bus else node.card
    how = use("--camera", name)
    try:
        fd = v4l2.open_node(node.path)
    except PermissionError:
        note = "No permission: add yourself to the group video (sudo usermod -aG video $USER) and log in again."
        return Device("camera", name, how, note=f"{node.path}. {note}")
    except OSError as error:
        return Device("camera", name, how, note=f"{node.path}. It cannot be opened: {error.strerror}.")
    try:
        modes = [str(mode) for mode in v4l2.camera_modes(fd) if mode.fourcc in v4l2.PIXEL_FORMATS]
    finally:
        os.close(fd)
    return Device("camera", name, how, modes, node.path if modes else f"{node.path}. It offers no picture now.")


def use(option: str, name: str) -> str:
    """An argument for the shell of this system."""
    return f'{option} "{name}"' if sys.platform == "win32" else f"{option} {shlex.quote(name)}"


# ------------------------------------------------------------------------------------------------ macOS and Windows


class Listed(Protocol):
    """What FFmpeg (through PyAV) says of a device: av.device.DeviceInfo."""

    name: str
    description: str
    media_types: list[str]


def ffmpeg_cameras(backend: str, listed: Iterable[Listed]) -> list[Device]:
    """Cameras in FFmpeg's listing, screens left out. For two of one name Windows has unique names, macOS has not."""
    cameras = [entry for entry in listed if "video" in entry.media_types]
    cameras = [entry for entry in cameras if not entry.description.startswith("Capture screen")]
    counts = Counter(entry.description for entry in cameras)
    devices: dict[str, Device] = {}
    for entry in cameras:
        twin = counts[entry.description] > 1
        unique = entry.name if twin and backend == "dshow" else entry.description
        note = "Two cameras have this name; the first is used. Unplug one to be sure." if twin else ""
        how = use("--camera", f"{backend}:{unique}")
        devices.setdefault(unique, Device("camera", entry.description, how, note=note if backend != "dshow" else ""))
    return list(devices.values())


def _listed(backend: str) -> Sequence[Listed]:
    import av
    from av.device import enumerate_input_devices

    try:
        return enumerate_input_devices(backend)
    except (av.FFmpegError, ValueError, OSError):
        return []


# --------------------------------------------------------------------------------------------------------- microphones


def _ask_portaudio() -> list[dict[str, object]] | str:
    """PortAudio's devices, or why there are none."""
    try:
        answer = subprocess.run(
            [sys.executable, "-c", _PORTAUDIO_PROGRAM], capture_output=True, text=True, timeout=PORTAUDIO_S, check=False
        )
        said = json.loads(answer.stdout.strip().splitlines()[-1])
    except (OSError, ValueError, IndexError):
        return "It gave no answer."
    except subprocess.TimeoutExpired:
        return "It did not answer."
    return said if isinstance(said, (list, str)) else "It gave no answer."


def portaudio_devices(said: Iterable[dict[str, object]] | str) -> list[Device]:
    """Microphones of what PortAudio said; a sentence instead of a device where its library is missing."""
    if isinstance(said, str):
        missing = "library not found" in said.lower()
        do = "Install it (Debian, Ubuntu: sudo apt install libportaudio2)" if missing else f"PortAudio says: {said}"
        return [Device("microphone", "PortAudio", "", note=f"{do}; until then use --mic alsa:NAME.")]
    inputs = [(str(entry["name"]), entry) for entry in said if int(str(entry.get("max_input_channels", 0))) > 0]
    counts = Counter(name for name, _ in inputs)
    devices: dict[str, Device] = {}
    for name, entry in inputs:
        rate = float(str(entry.get("default_samplerate", 0)))
        modes = [f"{rate:g} Hz, up to {entry['max_input_channels']} channels"]
        note = "Several have this name; the first is used." if counts[name] > 1 else ""
        devices.setdefault(name, Device("microphone", name, use("--mic", name), modes, note))
    return list(devices.values())


def alsa_devices(pcm: str, cards: str) -> list[Device]:
    """ALSA's capture devices of /proc/asound/pcm and /proc/asound/cards, named by card so that they stay right."""
    names = {int(entry[1]): (entry[2].strip(), entry[3].strip()) for entry in _CARD.finditer(cards)}
    devices = []
    for line in pcm.splitlines():
        entry = re.match(r"(\d+)-(\d+): (.*)", line)
        if entry is None or "capture" not in line:
            continue
        card, device = int(entry[1]), int(entry[2])
        short, full = names.get(card, (str(card), ""))
        what = entry[3].split(":")[0].strip()
        how = use("--mic", f"alsa:plughw:CARD={short},DEV={device}")
        devices.append(Device("microphone", f"{full or short}, {what}", how))
    return devices


_CARD = re.compile(r"^\s*(\d+) \[(.+?)\s*\]: .+? - (.+)$", re.MULTILINE)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
