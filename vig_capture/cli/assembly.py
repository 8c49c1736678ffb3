"""From a request to a plan: opens nothing yet, but knows which device, which file format and which clock it will be."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from vig_capture import __version__
from vig_capture.archive.reader import inside, is_session, journal_files, read_session
from vig_capture.archive.verify import RECORDED_IN
from vig_capture.cli.checker import CheckerProcess
from vig_capture.cli.request import Request, offset_names
from vig_capture.core.config import Settings
from vig_capture.core.errors import VigError
from vig_capture.core.model import Segment, Stream
from vig_capture.core.ports import Camera, Clock, Microphone
from vig_capture.core.replay import SessionView
from vig_capture.core.sheet import latest_end_min
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.battery import HostPower
from vig_capture.devices.camera import open_camera
from vig_capture.devices.camera_source import CameraSpec, without_password
from vig_capture.devices.clock import HostClock
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.mic_source import MicSpec
from vig_capture.devices.microphone import open_microphone
from vig_capture.devices.settings_files import load_settings, load_vocabulary
from vig_capture.engine.journal import next_journal
from vig_capture.engine.plan import Plan, Resumed, StreamPlan, World, ends_of
from vig_capture.media.files import MediaSettings, PyavMedia
from vig_capture.media.probe import probe

MINUTE_NS = 60 * SECOND_NS


def world(settings: Settings) -> World:
    """The ports on a real machine."""
    media = MediaSettings(
        presets=settings.presets, crf=settings.crf, sound_bits_per_second=round(settings.sound_bitrate_kbps * 1000)
    )
    checker = CheckerProcess(settings.face_model) if settings.checks else None
    return World(HostClock(), HostDisk(), PyavMedia(media), HostPower(), checker)


def plan(request: Request) -> tuple[Plan, World]:
    """What is to be recorded, and with what. Raises UserError."""
    settings = load_settings(profile=request.profile, options=request.options())
    if request.prepare and request.latest_end_min is None:
        settings = msgspec.structs.replace(settings, latest_end_min=latest_end_min(settings.target_min))
    ports = world(settings)
    folder = Path(request.resume) if request.resume else _new_folder(Path(request.out), ports.clock)
    made = Plan(
        folder=folder,
        streams=_streams(request, settings, ports.clock),
        vocabulary=load_vocabulary(settings.vocabulary),
        tool=f"vig-capture {__version__}",
        profile=settings.profile,
        settings=_told(settings),
        segment_ns=round(settings.segment_s * SECOND_NS),
        latest_end_ns=round(settings.latest_end_min * MINUTE_NS),
        stop_after_ns=None if request.for_s is None else round(request.for_s * SECOND_NS),
        fallback=Path(settings.fallback_folder).expanduser() if settings.fallback_folder else None,
        warn_minutes=settings.warn_minutes,
        refuse_without_device=not request.prepare,
        start_at_once=not request.prepare,
        choice=_choice(request, settings),
    )
    return made, ports


def _choice(request: Request, settings: Settings) -> dict[str, Any]:
    """What the screen shows of a request before the film, without passwords."""
    return {
        "cameras": [without_password(text) for text in request.cameras],
        "mics": list(request.mics),
        "profile": settings.profile,
        "vocabulary": settings.vocabulary,
        "latest_end_min": settings.latest_end_min,
    }


def _new_folder(out: Path, clock: Clock) -> Path:
    """A folder of its own for each session: the local date and time and four random digits, no names."""
    started = datetime.fromtimestamp(clock.utc_ns() / SECOND_NS, UTC).astimezone()
    while True:
        folder = out.expanduser().absolute() / f"{started:%Y-%m-%dT%H%M}-{secrets.token_hex(2)}"
        if not folder.exists():
            return folder


def _told(settings: Settings) -> dict[str, Any]:
    """The settings as the journal keeps them."""
    values: dict[str, Any] = msgspec.to_builtins(settings)
    return {name: without_password(value) if isinstance(value, str) else value for name, value in values.items()}


def camera_specs(request: Request, settings: Settings) -> list[CameraSpec]:
    """The cameras of a request, as they are wished. Raises UserError."""
    own_sound = "camera" in request.mics
    cameras = [
        CameraSpec.parse(text, request.size or settings.size, request.rate or settings.rate, sound=own_sound)
        for text in request.cameras
        if text != "none"
    ]
    if request.loop:
        cameras = [replace(spec, loop=spec.kind == "film") for spec in cameras]
    if not request.size:
        # A size in the settings is for every camera of theirs; only one that was asked for now can be refused.
        cameras = [replace(spec, nearest=True) for spec in cameras]
    if not request.size and not request.rate:
        # A film file and a network camera have a size and a rate of their own; these are wishes for a device.
        cameras = [
            replace(spec, size=None, rate=None) if spec.kind in ("film", "network") else spec for spec in cameras
        ]
    return cameras


def _streams(request: Request, settings: Settings, clock: Clock) -> list[StreamPlan]:
    cameras = camera_specs(request, settings)
    streams = [
        StreamPlan(Stream(f"cam{number}", "video", spec.public), open_camera=_camera(spec, clock))
        for number, spec in enumerate(cameras, 1)
    ]
    first = cameras[0].public if cameras else ""
    mics = [text for text in request.mics if text != "none"]
    for number, text in enumerate(mics, 1):
        offset_ms = request.audio_offset_ms
        if offset_ms is None:
            offset_ms = settings.offset_ms(*offset_names(cameras, text))
        offset_ns = round(offset_ms * 1e6)
        if text == "camera":
            stream = Stream(f"mic{number}", "audio", f"{first} (its own sound)")
            streams.append(StreamPlan(stream, camera_sound_of="cam1", offset_ns=offset_ns))
            continue
        spec = MicSpec.parse(text, loop=request.loop and Path(text).expanduser().is_file())
        stream = Stream(f"mic{number}", "audio", str(spec))
        streams.append(StreamPlan(stream, open_microphone=_microphone(spec, clock), offset_ns=offset_ns))
    return streams


def _camera(spec: CameraSpec, clock: Clock) -> Any:
    def make() -> Camera:
        return open_camera(spec, clock)

    return make


def _microphone(spec: MicSpec, clock: Clock) -> Any:
    def make() -> Microphone:
        return open_microphone(spec, clock)

    return make


def resumed(folder: Path, first: Path | None = None) -> Resumed:
    """What an earlier run left behind: its view, where each stream ends, and the segments that nobody closed.

    `first`: the folder in which the session lies that this one continues on a second disk, should it be readable."""
    view = read_session(folder).view
    found, unsealed = _measured(folder, view)
    there = [path for name in RECORDED_IN for path in (folder / name).glob("*") if path.is_file()]
    files = tuple(path.relative_to(folder).as_posix() for path in there)
    number = next_journal(path.name for path in journal_files(folder))
    earlier, elsewhere = _before(first / view.previous if first and view.previous else None)
    # A stream that has no file here yet ends where it ended on the first disk.
    return Resumed(view, number, ends_of(earlier + found), unsealed, tuple(elsewhere), files)


def _before(folder: Path | None) -> tuple[list[Segment], list[tuple[Segment, Path]]]:
    with suppress(VigError, OSError):
        if folder is not None and is_session(folder):
            return _measured(folder, read_session(folder).view)
    return [], []


def _measured(folder: Path, view: SessionView) -> tuple[list[Segment], list[tuple[Segment, Path]]]:
    """All segments; those that were never closed as far as they can be read, and these again with their paths."""
    found: list[Segment] = []
    unsealed: list[tuple[Segment, Path]] = []
    for segment in view.segments:
        path = inside(folder, segment.file)
        if not segment.sha256 and path is not None and path.exists():
            read = probe(path, decode=False)
            end_ns = segment.start_ns + (read.duration_ns or 0)
            segment = replace(segment, end_ns=end_ns, frames=read.frames, samples=read.samples)
            unsealed.append((segment, path))
        found.append(segment)
    return found, unsealed
