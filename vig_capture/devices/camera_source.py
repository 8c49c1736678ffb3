"""What `--camera` can mean, and how its faults are said without its password."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit, urlunsplit

from vig_capture.core.errors import DeviceError, UserError

Kind = Literal["v4l2", "avfoundation", "dshow", "network", "pipe", "film", "demo", "none"]
Size = tuple[int, int]

NETWORK_SCHEMES = ("rtsp", "rtsps", "http", "https", "udp", "tcp", "srt", "rtmp")
DEVICE_PREFIXES: dict[str, Kind] = {"v4l2": "v4l2", "avfoundation": "avfoundation", "dshow": "dshow"}
FILM_SUFFIXES = frozenset(
    {".mp4", ".mkv", ".mov", ".avi", ".webm", ".ts", ".mts", ".m4v", ".mpg", ".mpeg", ".wmv", ".nut"}
)
HELP = (
    "Give a camera's name from `vig-capture devices`, /dev/video0, rtsp://…, http://…, udp://…, a pipe, a film file, "
    "demo or none."
)
SECRET_CHARS_MIN = 3
SECRET_QUERY = re.compile(r"(?i)([?&](?:[a-z_]*pass[a-z]*|pwd|[a-z_]*token|[a-z_]*key|auth|secret|usr|user)=)[^&#\s]*")
USERINFO = re.compile(r"(?<=://)(?:[^/\s]*|[^/\s@:]*:(?!\d+/)[^\s@]*)@")
"""User and password of an address, even one with a slash in its password, which is no right address."""


@dataclass(frozen=True, slots=True)
class CameraSpec:
    """One `--camera`: where the pictures come from and how they are wished."""

    kind: Kind
    public: str
    """As journals, logs and people may see it: no password."""
    target: str = field(repr=False)
    """What is opened: a node or name, a path, a URL with its password."""
    size: Size | None = None
    rate: float | None = None
    form: str = ""
    """A wished pixel or codec format of a local camera (mjpeg, h264, yuyv422); empty chooses."""
    loop: bool = False
    sound: bool = False
    """Its own sound is wanted too (`--mic camera`)."""
    nearest: bool = False
    """A local camera that lacks the size gives the nearest that it has; else it is refused."""

    @classmethod
    def parse(
        cls,
        text: str,
        size: Size | str | None = None,
        rate: float | None = None,
        *,
        loop: bool = False,
        sound: bool = False,
        form: str = "",
    ) -> CameraSpec:
        """Understand a `--camera`. Raises UserError. Nothing is opened; a path is looked at."""
        kind, target = _kind(text.strip())
        if loop and kind != "film":
            raise UserError(
                "Only a film file can be played again and again.",
                f"{without_password(text)} is not a film file.",
                "Leave --loop out.",
            )
        if rate is not None and not 1 <= rate <= 240:
            raise UserError(
                f"A rate of {rate:g} pictures a second is not possible.", "", "Give --rate 25, for example."
            )
        wished = parse_size(size) if isinstance(size, str) else size
        return cls(kind, without_password(text.strip()), target, wished, rate, form, loop, sound)

    def scrub(self, message: str) -> str:
        """A message of FFmpeg's without this source's password."""
        message = message.replace(self.target, self.public)
        for secret in _secrets(self.target):
            message = message.replace(secret, "…")
        return without_password(message)


def parse_size(text: str) -> Size:
    """`1280x720` as width and height in pixels. Raises UserError."""
    match = re.fullmatch(r"\s*(\d{2,5})\s*[x×*]\s*(\d{2,5})\s*", text)
    if not match:
        raise UserError(f"The size {text!r} is not understood.", "A size is width x height.", "Give --size 1280x720.")
    return int(match[1]), int(match[2])


def without_password(text: str) -> str:
    """Any text with the user and password of its URLs taken out."""
    return SECRET_QUERY.sub(r"\1…", USERINFO.sub("", text))


def _secrets(target: str) -> list[str]:
    """The passwords of an address, as written and as meant; short ones would take ordinary words out of a message."""
    found = [target[match.end(1) : match.end()] for match in SECRET_QUERY.finditer(target)]
    with contextlib.suppress(ValueError):
        found.append(urlsplit(target).password or "")
    return [secret for written in found for secret in {written, unquote(written)} if len(secret) >= SECRET_CHARS_MIN]


_WORDS: dict[str, Kind] = {"none": "none", "demo": "demo", "-": "pipe"}


def _kind(text: str) -> tuple[Kind, str]:
    if text in _WORDS:
        return _WORDS[text], text
    if not text:
        raise UserError("--camera is empty.", "", HELP)
    prefix, _, rest = text.partition(":")
    if rest.startswith("//"):
        return "network", _url(text)
    if prefix in DEVICE_PREFIXES and rest:
        return DEVICE_PREFIXES[prefix], rest
    if text.startswith("/dev/video"):
        return "v4l2", text
    return _path_or_name(text)


def _url(text: str) -> str:
    public = without_password(text)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UserError(f"The address {public} is not understood.", "Its host or port is wrong.", HELP) from error
    if parts.scheme.lower() not in NETWORK_SCHEMES:
        raise UserError(
            f"The address {public} is not one a camera can have.",
            f"{parts.scheme}:// is not known.",
            "Use rtsp://, http:// or udp://.",
        )
    if not host and parts.scheme.lower() != "udp":
        raise UserError(f"The address {public} names no camera.", "The host is missing.", "Give rtsp://HOST/PATH.")
    if parts.scheme.lower() == "udp" and parts.port is None:
        raise UserError(f"The address {public} has no port.", "", "Give udp://0.0.0.0:5000, for example.")
    return urlunsplit(parts._replace(scheme=parts.scheme.lower()))


def _path_or_name(text: str) -> tuple[Kind, str]:
    path = Path(text).expanduser()
    try:
        mode = path.stat().st_mode
    except PermissionError as error:
        raise UserError(f"{text} may not be looked at.", "This user may not enter its folder.", "") from error
    except (OSError, ValueError):
        mode = 0
    if stat.S_ISFIFO(mode):
        return "pipe", str(path.absolute())
    if stat.S_ISREG(mode):
        return "film", str(path.absolute())
    if stat.S_ISCHR(mode):
        return "v4l2", text
    if stat.S_ISDIR(mode):
        raise UserError(f"{text} is a folder, not a camera.", "", HELP)
    if text.isdecimal():
        raise UserError(
            f"The number {text} does not name a camera.",
            "Numbers change when a device is plugged in or out, and the wrong one would film.",
            HELP,
        )
    if os.sep in text or path.suffix.lower() in FILM_SUFFIXES:
        raise UserError(f"There is no file {text}.", "", "Check how it is written. " + HELP)
    return _local_backend(), text


def _local_backend() -> Kind:
    """Where a bare name is looked for."""
    if sys.platform == "darwin":
        return "avfoundation"
    return "dshow" if sys.platform == "win32" else "v4l2"


_PERMISSION_DO = {
    "v4l2": "Add yourself to the group video (sudo usermod -aG video $USER) and log in again.",
    "avfoundation": "Allow the terminal to use the camera in System Settings, Privacy & Security.",
    "dshow": "Allow apps to use the camera in Settings, Privacy.",
    "network": "Check the user and password in the address.",
}
REOPEN = "It is tried again until it is back."


def camera_error(spec: CameraSpec, error: Exception) -> DeviceError:
    """What FFmpeg or the system said of a source, in plain words. Never holds the password."""
    name, said = spec.public, spec.scrub(str(error))
    number = getattr(error, "errno", None)
    kind = type(error).__name__
    answer = str(getattr(error, "strerror", None) or "")  # the rest of what is said names the source
    if kind.startswith("HTTP") or "401" in answer or "404" in answer:
        return _http_error(spec, kind, answer, said)
    known: dict[int, tuple[str, str, str]] = {
        2: (
            f"There is no camera {name}.",
            "It is not plugged in, or its name is another.",
            "See `vig-capture devices`.",
        ),
        6: (f"The camera {name} is gone.", "It was unplugged.", "Plug it in again. " + REOPEN),
        13: (f"The camera {name} may not be used.", "This user has no permission.", _PERMISSION_DO.get(spec.kind, "")),
        16: (f"The camera {name} is busy.", "Another program is using it.", "Close the other program."),
        19: (f"The camera {name} is gone.", "It was unplugged.", "Plug it in again. " + REOPEN),
        25: (f"{name} is not a camera.", "It does not answer as one.", "See `vig-capture devices`."),
        101: (f"The camera {name} cannot be reached.", "There is no network.", "Check the network. " + REOPEN),
        104: (f"The camera {name} broke the connection.", "", REOPEN),
        110: (f"The camera {name} does not answer.", "It took too long.", "Is it switched on? " + REOPEN),
        111: (
            f"The camera {name} refused the connection.",
            "Nothing listens at this address.",
            "Check address and port. " + REOPEN,
        ),
        113: (
            f"The camera {name} cannot be reached.",
            "There is no way to its address.",
            "Check the network. " + REOPEN,
        ),
    }
    known[1] = known[13]
    if kind in ("ExitError", "TimeoutError"):
        number = 110
    if number in known:
        return DeviceError(*known[number])
    if kind == "InvalidDataError":
        return DeviceError(f"{name} does not send a film that can be read.", said, "Check that it is the right source.")
    return DeviceError(f"The camera {name} does not work.", said, REOPEN)


def _http_error(spec: CameraSpec, kind: str, answer: str, said: str) -> DeviceError:
    if "Unauthorized" in kind or "Forbidden" in kind or "401" in answer:
        return DeviceError(
            f"The camera {spec.public} refuses to be seen.", "User or password is wrong.", _PERMISSION_DO["network"]
        )
    if "NotFound" in kind or "404" in answer:
        return DeviceError(f"The camera {spec.public} has no such stream.", "The path is wrong.", "Check the address.")
    return DeviceError(f"The camera {spec.public} answered with a fault.", said, REOPEN)
