"""What films are made of: a session's film as it lies on the disk, and its pieces in the order of time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vig_capture.archive.reader import Read, inside, read_session
from vig_capture.cli.handing import as_on_disk, hand
from vig_capture.core.clips import Film, Window
from vig_capture.core.consent import private_refusal
from vig_capture.core.errors import UserError
from vig_capture.core.film_time import FilmTime
from vig_capture.core.model import Marker
from vig_capture.core.replay import SessionView
from vig_capture.core.sheet import Purpose, from_fields
from vig_capture.core.time import SECOND_NS
from vig_capture.core.windows import filmed
from vig_capture.handoff.handed import Handed
from vig_capture.media.files import MediaSettings
from vig_capture.media.pieces import Piece


@dataclass(frozen=True, slots=True)
class Material:
    """A session, ready to be cut."""

    folder: Path
    view: SessionView
    """With each file as long as it is."""
    film: Film
    time: FilmTime
    handed: Handed

    @classmethod
    def of(cls, folder: Path, private: bool = False) -> Material:
        """Raises what `read_session` raises."""
        return cls.read(read_session(folder), private)

    @classmethod
    def read(cls, read: Read, private: bool = False) -> Material:
        """Of a session that was read. `private`: with private moments among what is handed."""
        view, _ = as_on_disk(read.folder, read.view)
        return cls(read.folder, view, *filmed(view), hand(read, private))

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a killed or half-recorded session lacks, in plain words."""
        return tuple(self.handed.lacks)

    @property
    def settings(self) -> MediaSettings:
        """With which the film was made, as far as the journal tells."""
        told, usual = self.view.settings, MediaSettings()
        presets, crf, kbps = (told.get(name) for name in ("presets", "crf", "sound_bitrate_kbps"))
        return MediaSettings(
            presets=tuple(map(str, presets)) if isinstance(presets, list | tuple) and presets else usual.presets,
            crf=crf if type(crf) is int else usual.crf,
            sound_bits_per_second=round(kbps * 1000) if isinstance(kbps, int | float) and kbps > 0
            else usual.sound_bits_per_second,
        )  # fmt: skip

    def pieces(self, window: Window) -> list[Piece]:
        """What was filmed of a window and is not left out, each piece where it stands in the whole film."""
        found: list[Piece] = []
        for part in self.film.parts(window):
            path, at_ns = inside(self.folder, part.file), self.time.film_ns(part.start_ns)
            if path is not None and at_ns is not None:
                times: list[Any] = [part.offset_ns, part.offset_ns + part.length_ns, part.earliest_ns, at_ns]
                found.append(Piece(path, *(t_ns / SECOND_NS for t_ns in times)))
        return found

    def whole(self) -> list[Piece]:
        """The pieces of the whole film."""
        return self.pieces(Window(self.film.start_ns, self.film.end_ns))

    def has_picture(self, window: Window) -> bool:
        """Was anything of it filmed, as far as the journal tells?"""
        return any(part.has_picture for part in self.film.parts(window))

    def person(self, marker: Marker) -> str:
        """Who did it, by role."""
        return self.handed.people[marker.who == "other"]

    def goal(self, marker: Marker) -> str:
        """The goal that it belongs to, in its words; "" where it belongs to none."""
        return from_fields(self.view.sheet).goal_words.get(marker.goal, marker.goal)


def refuse_private(purpose: Purpose, asked: bool) -> None:
    """Raise UserError where private moments are asked for and may not be in what is made for this purpose."""
    refused = private_refusal(purpose)
    if asked and refused is not None:
        raise refused


def check_filmed(material: Material) -> None:
    """Raise UserError where there is nothing to be made of."""
    if not material.film.files:
        why = " ".join(material.lacks) or "Nothing was recorded."
        raise UserError("There is no film in this session.", why, "Its moments can be exported all the same.")
