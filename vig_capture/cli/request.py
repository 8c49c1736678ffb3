"""What `record` asks of the recorder process: checked here, handed over as JSON through a pipe, never through
arguments."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vig_capture.core.config import check_values
from vig_capture.core.errors import UserError, VigError
from vig_capture.core.sheet import KINDS
from vig_capture.devices.preferences import recalled
from vig_capture.devices.settings_files import data_folder, load_settings, load_vocabulary

if TYPE_CHECKING:
    from vig_capture.devices.camera_source import CameraSpec

LAST_SESSION = "last_session"
"""Under this name the last request is remembered, without passwords, and where it is filmed."""


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `record`, checked."""

    cameras: tuple[str, ...]
    mics: tuple[str, ...]
    out: str
    profile: str = ""
    vocabulary: str = ""
    segment_s: float | None = None
    size: str = ""
    rate: float | None = None
    latest_end_min: float | None = None
    for_s: float | None = None
    loop: bool = False
    audio_offset_ms: float | None = None
    fallback: str = ""
    resume: str = ""
    """Folder of a session whose recorder died: film on in it."""
    prepare: bool = False
    """Open the devices and wait for the guider's Enter."""

    def as_map(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_map(cls, values: dict[str, Any]) -> Request:
        values = dict(values)
        return cls(**{**values, "cameras": tuple(values["cameras"]), "mics": tuple(values["mics"])})

    def options(self) -> dict[str, Any]:
        """Those that are settings too: they win over every file."""
        wished = {
            "segment_s": self.segment_s,
            "size": self.size or None,
            "rate": self.rate,
            "latest_end_min": self.latest_end_min,
            "vocabulary": self.vocabulary or None,
            "fallback_folder": self.fallback or None,
        }
        return {name: value for name, value in wished.items() if value is not None}


def checked(request: Request, folders: bool = True) -> Request:
    """Find every fault that can be found without opening a device, or writing to a folder. Raises UserError."""
    from vig_capture.devices.camera_source import CameraSpec
    from vig_capture.devices.mic_source import MicSpec

    _check_numbers(request)
    settings = load_settings(profile=request.profile, options=request.options())
    load_vocabulary(settings.vocabulary)
    for camera in request.cameras:
        spec = CameraSpec.parse(camera, request.size or None, request.rate)
        if request.loop and spec.kind == "film":
            CameraSpec.parse(camera, loop=True)
    for mic in request.mics:
        if "://" in mic:
            raise UserError(
                "An address is no microphone.",
                "The sound of a network camera comes with its picture.",
                "Give the address as --camera, and --mic camera.",
            )
        MicSpec.parse(mic)
    if request.loop and not any(Path(name).expanduser().is_file() for name in (*request.cameras, *request.mics)):
        raise UserError("Only a file can be played again and again.", "No file was named.", "Leave --loop out.")
    if "camera" in request.mics and not any(camera != "none" for camera in request.cameras):
        raise UserError("--mic camera needs a camera.", "There is no camera whose sound could be taken.", "Name one.")
    if folders:
        _check_folder(Path(request.out).expanduser())
    if folders and settings.fallback_folder:
        _check_folder(Path(settings.fallback_folder).expanduser())
    return request


def preparing(
    cameras: tuple[str, ...] = (),
    mics: tuple[str, ...] = (),
    out: str = "",
    profile: str = "",
    vocabulary: str = "",
    latest_end_min: float | None = None,
    size: str = "",
    rate: float | None = None,
    loop: bool = False,
    demo: bool = False,
) -> Request:
    """A film to be prepared: what was not said is as last time, or as the settings say. Raises UserError."""
    settings = load_settings(profile=profile)
    if demo:
        cameras, mics = cameras or ("demo",), mics or ("demo",)
    wished = Request(
        cameras=cameras or ((settings.camera,) if settings.camera else ()),
        mics=mics or ((settings.mic,) if settings.mic else ()),
        out=out or default_out(),
        profile=profile or settings.profile,
        vocabulary=vocabulary,
        size=size,
        rate=rate,
        loop=loop,
        latest_end_min=latest_end_min,
        prepare=True,
    )
    _check_place(Path(wished.out).expanduser())
    with suppress(VigError):
        # What was remembered may be of another version, or of a vocabulary that is gone.
        return checked(_with_last(wished), folders=False)
    return checked(_complete(wished), folders=False)


def _with_last(wished: Request) -> Request:
    """With last time's devices, kind of film and vocabulary where nothing is wished."""
    last = recalled()
    profile = wished.profile or last.get("kind", "")
    # A vocabulary goes with its kind of film, and so does "sound only".
    vocabulary = last.get("vocabulary", "") if profile == last.get("kind", "") else ""
    settings = load_settings(profile=profile)
    camera, mic = settings.camera or last.get("camera", ""), settings.mic or last.get("mic", "")
    return _complete(
        replace(
            wished,
            cameras=wished.cameras or ((camera,) if camera else ()),
            mics=wished.mics or ((mic,) if mic else ()),
            profile=profile,
            vocabulary=wished.vocabulary or vocabulary,
        )
    )


def _complete(wished: Request) -> Request:
    """With the usual kind of film, and without a device where none is known."""
    return replace(
        wished,
        cameras=wished.cameras or ("none",),
        mics=wished.mics or ("none",),
        profile=wished.profile or KINDS[0],
    )


def _check_numbers(request: Request) -> None:
    """Those that are settings too are held to the same bounds, but called by their option's name."""
    if request.for_s is not None and not 0 < request.for_s <= 24 * 3600:
        raise UserError(f"--for {request.for_s:g} is not possible.", "", "Give a number of seconds up to 86400.")
    offset_ms = request.audio_offset_ms
    if offset_ms is not None and not -2000 <= offset_ms <= 2000:
        do = "Give a number of milliseconds from -2000 to 2000; vig-capture doctor --clap measures it."
        raise UserError(f"--audio-offset-ms {offset_ms:g} is not possible.", "", do)
    for option, field, value in (
        ("--segment-seconds", "segment_s", request.segment_s),
        ("--size", "size", request.size or None),
        ("--rate", "rate", request.rate),
        ("--latest-end", "latest_end_min", request.latest_end_min),
    ):
        if value is None:
            continue
        try:
            check_values({field: value}, option)
        except UserError as error:
            shown = value if isinstance(value, str) else f"{value:g}"
            raise UserError(f"{option} {shown} is not possible.", "", error.do) from error


def _check_folder(folder: Path) -> None:
    """It must take files; it is made where it is missing. Raises UserError, StorageError."""
    import tempfile

    from vig_capture.devices.disk import HostDisk, told

    _check_place(folder)
    # Only the disk itself knows whether it takes files: write-protected, full, or no real disk at all.
    HostDisk().make_folder(folder)
    with told(folder), tempfile.TemporaryFile(dir=folder, prefix=".vig-capture-", buffering=0) as file:
        file.write(b"a try")


def _check_place(folder: Path) -> None:
    """It could be made, or takes files, as far as that can be known without writing. Raises UserError."""
    import os

    nearest = next((path for path in (folder, *folder.parents) if path.exists()), None)
    if nearest is None or not nearest.is_dir():
        raise UserError(
            f"{folder} cannot hold a film.", f"{nearest or folder} is not a folder.", "Choose another --out."
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UserError(f"{folder} cannot be written.", f"{nearest} is not yours to write to.", "Choose another --out.")


def offset_names(cameras: Sequence[CameraSpec], mic: str) -> tuple[str, str]:
    """What a pair of devices is called where its audio offset is kept: the first camera without its password, and the
    microphone as its spec writes it. The recorder looks an offset up by the names under which the doctor keeps it."""
    from vig_capture.devices.mic_source import MicSpec

    return cameras[0].public if cameras else "", str(MicSpec.parse(mic))


def default_out() -> str:
    """Where sessions are made unless --out says otherwise."""
    return str(data_folder() / "sessions")
