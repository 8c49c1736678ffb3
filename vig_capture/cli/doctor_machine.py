"""The doctor on the machine: programs, terminal, disk, encoder, sleep."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from vig_capture.cli.doctor_line import Line, State, of_error
from vig_capture.cli.terminal import can_see
from vig_capture.core.config import Settings
from vig_capture.core.errors import StorageError, UserError
from vig_capture.core.model import VideoMode
from vig_capture.core.ports import Clock
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.disk_speed import disk_speed, existing
from vig_capture.devices.folder_advice import cloud_service, encryption
from vig_capture.devices.power import StayAwake, battery
from vig_capture.engine.disk_watch import GUESS_BITS_PER_PIXEL, SOUND_BYTES_PER_S

COLUMNS_MIN, ROWS_MIN = 80, 24
MARKER_MS_MAX = 250.0
"""Longer than this the guider sees a marker wait for the disk."""
BATTERY_PERCENT_MIN = 30
EASY, ENOUGH = 2.0, 1.3
"""Seconds of film encoded in a second: the screen, the sound and the disk need their part too."""
SMALLER = ((960, 540), (640, 360))
DRAWN = 12


def versions() -> Line:
    """What this runs with. Another series of PyAV than the tested one is worth a look."""
    import av

    said = [f"Python {platform.python_version()}", f"av {av.__version__}", f"FFmpeg {av.ffmpeg_version_info}"]
    for name in ("textual", "sounddevice", "numpy"):
        try:
            said.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            return Line("programs", "bad", f"{name} is not installed.", "", "Install vig-capture again.")
    system = f"{platform.system()} {platform.release()}"
    if av.__version__.split(".")[0] != "18":
        do = "Install vig-capture again: it brings the right one."
        return Line("programs", "look", f"av {av.__version__} was not tested with this version.", ", ".join(said), do)
    return Line("programs", "ok", f"{', '.join(said)}, on {system}")


def terminal() -> Line:
    """Whether the screen can be shown here."""
    size = shutil.get_terminal_size()
    plain = "Film with --no-tui, or use another terminal."
    if not can_see():
        return Line("terminal", "ok", "This is not a terminal, so nothing can be said of it.")
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown") and sys.platform != "win32":
        return Line("terminal", "look", "The terminal cannot show the screen.", "It has no name (TERM).", plain)
    if size.columns < COLUMNS_MIN or size.lines < ROWS_MIN:
        why = f"The screen is made for {COLUMNS_MIN} × {ROWS_MIN}."
        return Line("terminal", "look", f"It is small: {size.columns} × {size.lines}.", why, "Make its window larger.")
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        why = f"It is set to {sys.stdout.encoding}."
        return Line("terminal", "look", "Some signs will look wrong.", why, "Set it to UTF-8.")
    many = os.environ.get("COLORTERM", "") in ("truecolor", "24bit") or "256" in os.environ.get("TERM", "")
    colours = "no colours are wished" if os.environ.get("NO_COLOR") else "many colours" if many else "few colours"
    return Line("terminal", "ok", f"{size.columns} × {size.lines}, {colours}")


def folder(out: Path, settings: Settings, clock: Clock) -> list[Line]:
    """The folder for films: room, speed, and who else can get at it."""
    out = out.expanduser().absolute()
    try:
        there = existing(out)
        speed = disk_speed(there, clock)
        free_bytes = HostDisk().free_bytes(there)
    except (StorageError, OSError) as error:
        fault = error if isinstance(error, StorageError) else StorageError(f"{out} cannot be used.", str(error))
        return [of_error("folder", fault)]
    width, height = settings.width_height()
    need = width * height * settings.rate * GUESS_BITS_PER_PIXEL / 8 + SOUND_BYTES_PER_S
    room = _room(out, free_bytes / need / 60, settings)
    return [room, _speed(speed.bytes_per_s / need, speed.sync_ms_max, need), _cloud(out), _encryption(out)]


def _room(out: Path, minutes: float, settings: Settings) -> Line:
    shown = f"{minutes:.0f} minutes" if minutes < 180 else f"{minutes / 60:.0f} hours"
    what = f"{out} has room for about {shown} of film at {settings.size} and {settings.rate:g} a second."
    do = "Delete something large, or choose another folder with --out."
    if minutes < settings.warn_minutes[-1]:
        return Line("room", "bad", what, "The film would be ended at once.", do)
    if minutes < settings.warn_minutes[0] + settings.target_min:
        return Line("room", "look", what, "Before it is full, the film is finished by itself.", do)
    return Line("room", "ok", what)


def _speed(times: float, sync_ms: float, need: float) -> Line:
    what = f"It writes {times * need / 1e6:.0f} MB a second, {times:.0f} times what a film needs; a marker is safe in"
    what += f" {sync_ms:.0f} ms at most."
    do = "Film to the computer's own disk and copy afterwards: vig-capture copy."
    if times < 2:
        return Line("disk speed", "bad", what, "Pictures would be lost.", do)
    if times < 5 or sync_ms > MARKER_MS_MAX:
        return Line("disk speed", "look", what, "Markers may wait for the disk.", do)
    return Line("disk speed", "ok", what)


def _cloud(out: Path) -> Line:
    service = cloud_service(out)
    if service:
        do = "Choose a folder outside it with --out."
        return Line("cloud", "bad", f"{out} looks like a folder of {service}.", "Films would leave this computer.", do)
    return Line("cloud", "ok", "Nothing seems to copy the folder to a cloud.")


def _encryption(out: Path) -> Line:
    encrypted = encryption(out)
    if encrypted:
        return Line("encryption", "ok", "The disk is encrypted.")
    if encrypted is None:
        do = "Ask whoever looks after this computer."
        return Line("encryption", "look", "I can't tell whether the disk is encrypted.", "", do)
    why = "Whoever takes the computer can see the films."
    do = "Encrypt it, or choose an encrypted disk with --out."
    return Line("encryption", "look", "The disk does not look encrypted.", why, do)


def encoder(settings: Settings, clock: Clock) -> Line:
    """Whether the picture is encoded in time, and if not, which preset or size would be."""
    wished = (settings.size, settings.presets[0])
    width, height = settings.width_height()
    try:
        first = _encoded(width, height, wished[1], settings, clock)
        said = f"{settings.size} at {settings.rate:g} a second is encoded {first:.1f} times as fast as needed"
        said += f" (preset {wished[1]})."
        if first >= EASY:
            return Line("encoder", "ok", said)
        way = _easier(width, height, settings, clock)
    except UserError as error:
        return of_error("encoder", error)
    if way is None:
        do = "Film with --size 640x360 --rate 15, or with a camera that sends H.264."
        return Line("encoder", "bad", said, "This computer is too slow for film.", do)
    by_itself, do = way
    if first >= ENOUGH:
        why = "Beside other programs that may be too slow: the film then steps down to a faster preset by itself."
    else:
        why = "That is too slow. A camera that sends H.264 needs none of it."
    state: State = "look" if first >= ENOUGH or by_itself else "bad"
    return Line("encoder", state, said, why, do)


def _easier(width: int, height: int, settings: Settings, clock: Clock) -> tuple[bool, str] | None:
    """Whether the film would step down to it by itself, and what to choose instead; None where nothing helps."""
    for preset in settings.presets[1:]:
        if _encoded(width, height, preset, settings, clock) >= EASY:
            return True, f'Set presets = ["{preset}"] in settings.toml, or choose a smaller --size.'
    for smaller in SMALLER:
        if smaller[0] < width and _encoded(*smaller, settings.presets[0], settings, clock) >= ENOUGH:
            return False, f"Film with --size {smaller[0]}x{smaller[1]}."
    return None


def _encoded(width: int, height: int, preset: str, settings: Settings, clock: Clock) -> float:
    from vig_capture.devices.demo import DemoCamera
    from vig_capture.media.speed import encode_speed, noisy

    mode = VideoMode(width, height, settings.rate, "yuv420p")
    pictures = noisy(DemoCamera(clock, width, height, settings.rate).picture, DRAWN)
    return encode_speed(mode, preset, settings.crf, pictures, clock)


def sleep() -> list[Line]:
    """Whether the computer stays awake, and on what power."""
    with StayAwake() as awake:
        unheld = awake.hold()
    lines = [Line("sleep", "look", sentence) for sentence in unheld]
    lines = lines or [Line("sleep", "ok", "The computer can be kept awake while filming.")]
    power = battery()
    if power is not None and not power.on_mains:
        low = power.percent < BATTERY_PERCENT_MIN
        what = f"It runs on its battery, {power.percent} % full."
        lines.append(Line("power", "look" if low else "ok", what, "", "Plug it in." if low else ""))
    return lines
