"""What `--mic` can mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vig_capture.core.errors import UserError

Kind = Literal["name", "alsa", "pulse", "file", "camera", "demo", "none"]

SOUND_SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".m4a", ".aac", ".ogg", ".opus", ".wma", ".aif", ".aiff"})
FILM_SUFFIXES = frozenset({".mp4", ".mkv", ".mov", ".avi", ".webm", ".ts", ".mts", ".m4v", ".mpg", ".mpeg", ".nut"})
_WORDS: dict[str, Kind] = {"camera": "camera", "demo": "demo", "none": "none"}
_PREFIXES: dict[str, Kind] = {"alsa": "alsa", "pulse": "pulse"}
HELP = (
    "Give a microphone's name or part of one (see `vig-capture devices`), default, alsa:NAME, pulse:SOURCE, a sound or "
    "film file, camera, demo or none."
)


@dataclass(frozen=True, slots=True)
class MicSpec:
    """One `--mic`."""

    kind: Kind
    target: str
    """A name or part of one (empty: the system's default), an ALSA or Pulse name, a path."""
    loop: bool = False
    """Of a file: play it again and again."""

    @classmethod
    def parse(cls, text: str, *, loop: bool = False) -> MicSpec:
        """Understand a `--mic`. Raises UserError. Nothing is opened; a path is looked at."""
        text = text.strip()
        kind, target = _kind(text)
        if loop and kind != "file":
            raise UserError("Only a file can be played again and again.", f"{text} is not one.", "Leave --loop out.")
        return cls(kind, target, loop)

    def __str__(self) -> str:
        if self.kind in ("alsa", "pulse"):
            return f"{self.kind}:{self.target}"
        return self.target or "default"


def _kind(text: str) -> tuple[Kind, str]:
    if not text:
        raise UserError("--mic is empty.", "", HELP)
    if text == "default":
        return "name", ""
    if text in _WORDS:
        return _WORDS[text], text
    prefix, colon, rest = text.partition(":")
    if colon and prefix in _PREFIXES:
        if not rest:
            raise UserError(f"{text} names no microphone.", "Nothing follows the colon.", HELP)
        return _PREFIXES[prefix], rest
    if text.isdecimal():
        raise UserError(
            f"The number {text} does not name a microphone.",
            "Numbers change when a device is plugged in or out, and the wrong one would be recorded.",
            HELP,
        )
    return _path_or_name(text)


def _path_or_name(text: str) -> tuple[Kind, str]:
    path = Path(text).expanduser()
    if path.is_file():
        return "file", str(path)
    if path.is_dir():
        raise UserError(f"{text} is a folder.", "A microphone is a device or a file.", HELP)
    # A device's name may hold a slash, but none ends like a sound file.
    if path.suffix.lower() in SOUND_SUFFIXES | FILM_SUFFIXES:
        raise UserError(f"There is no file {text}.", "It was moved, or its name is misspelt.", "Check the path.")
    return "name", text
