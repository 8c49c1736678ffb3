"""What the prepare screen asks of its surroundings, and what it says to the app.

The messages' handlers are called on_prepare_chosen, on_prepare_begin and so on: Textual has a Leave of its own."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from textual.message import Message

from vig_capture.core.sheet import KindOfFilm

NONE, DEMO, CAMERA = "none", "demo", "camera"
"""What --camera and --mic take for no device, the drawn scene, and the sound that comes with the picture."""


@dataclass(frozen=True, slots=True)
class Device:
    """A camera or microphone that may be chosen."""

    use: str
    """What --camera or --mic takes."""
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Keys:
    """A vocabulary that may be chosen: the name by which it is found, and its title for people."""

    use: str
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What the recorder is to open: a camera and a microphone, a profile and a vocabulary."""

    camera: str = NONE
    mic: str = NONE
    kind: str = ""
    vocabulary: str = ""


class Shelf(Protocol):
    """What lies ready. Every method may take a moment and is called in a thread of its own; it may raise VigError."""

    def devices(self) -> tuple[Sequence[Device], Sequence[Device]]:
        """The cameras and the microphones of this computer; neither the demo nor a film file is among them."""

    def kinds(self) -> Sequence[KindOfFilm]:
        """The kinds of film, in the order in which they are offered."""

    def vocabularies(self) -> Sequence[Keys]:
        """The marker keys that can be had."""

    def remembered(self) -> dict[str, str]:
        """Of the last film: camera, mic, kind, vocabulary, place; nothing else is looked at."""

    def previous_sheets(self) -> Sequence[tuple[str, dict[str, Any]]]:
        """The sheets of earlier films, newest first, each with its day in words."""

    def card(self) -> str:
        """The words to read out before filming."""

    def print_card(self) -> str:
        """Make a page of them that can be printed; returns where it is."""

    def check(self, choice: Choice) -> str:
        """A sentence about what cannot be used in this choice, or ""."""


class Chosen(Message, namespace="prepare"):
    """The recorder is to be exchanged for one with these devices, this kind of film and these keys."""

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self.choice = choice


class Begin(Message, namespace="prepare"):
    """The film is to begin, with this sheet."""

    def __init__(self, fields: dict[str, Any], choice: Choice) -> None:
        super().__init__()
        self.fields = fields
        self.choice = choice


class Leave(Message, namespace="prepare"):
    """Nothing is to be filmed."""


class Earlier(Message, namespace="prepare"):
    """The list of earlier sessions is wanted."""


class Expect(Message, namespace="prepare"):
    """So many faces are expected in the picture; 0: as many as the settings say."""

    def __init__(self, faces: int) -> None:
        super().__init__()
        self.faces = faces


class Look(Message, namespace="prepare"):
    """Pictures are wanted for so many seconds, of so many points."""

    def __init__(self, seconds: float, width: int, height: int) -> None:
        super().__init__()
        self.seconds, self.width, self.height = seconds, width, height


def named(how_to_use: str) -> str:
    """What --camera or --mic takes, out of the argument that devices/listing.py gives for a shell."""
    text = how_to_use.partition(" ")[2]
    if sys.platform == "win32":
        # cmd.exe knows no backslash as a sign of its own, and device names have many.
        return text.strip('"')
    parts = shlex.split(text)
    return parts[0] if parts else ""
