"""What is handed off: the session as every exporter is given it, after consent and privacy have been decided.

Rule 1: what may not leave is not in it: no exporter decides about consent, private markers or what is left out.
Rule 2: every time is given twice: session time, and the time of the one whole film where the moment is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from vig_capture.core.clips import Part, Window
from vig_capture.core.film_time import FilmTime
from vig_capture.core.model import Marker


@dataclass(frozen=True, slots=True)
class Moment:
    """A marker with all that a format may say of it."""

    marker: Marker
    person: str
    """Who did it, by the role that the session gives: such as "mother", "child"."""
    family: str
    """The attunement principle's family, or "" where the vocabulary has none."""
    goal: str
    """The goal's label, not its id."""
    window: Window
    """Look-back to look-ahead, in session time."""
    film_ns: int | None
    """The press, in film time; None where it is not in the film."""
    film_window: Window | None
    """The window in film time, as far as it was filmed."""
    film_until_ns: int | None = None
    """Of a stretch that was closed: the film time at which it ends, as far as it was filmed."""


@dataclass(frozen=True, slots=True)
class WholeFilm:
    """The one file that all formats but BORIS point to."""

    name: str
    """Its name beside the exported file, such as "film.mp4"; "" where nothing was filmed."""
    time: FilmTime
    width: int
    height: int
    rate: float
    """Nominal frames a second."""
    has_picture: bool
    has_sound: bool = True


@dataclass(frozen=True, slots=True)
class Handed:
    """One session, ready for every exporter."""

    session: str
    created_utc: str
    """ISO 8601."""
    tool: str
    moments: Callable[[], Iterable[Moment]]
    """In the order of their presses; called anew for each pass, so that none need be kept in memory."""
    film: WholeFilm
    segments: tuple[Part, ...]
    """The film's files in the order of time, for a format that can play several one behind the other."""
    people: tuple[str, str]
    """The person whom the vocabulary watches, and the other one."""
    vocabulary: Mapping[str, Any]
    """name, version, language, keys: a list of maps as core/vocabulary.py writes them."""
    goals: Sequence[str] = ()
    lacks: Sequence[str] = ()
    """What a killed or half-recorded session lacks, in plain words."""
    session_folder: str = ".."
    """The way from the folder of the exported file to the session's, as a path with slashes."""


class Sink(Protocol):
    """Where an exporter writes; bytes as they will stand in the file."""

    def write(self, data: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that a format cannot carry."""

    what: str
    """In plain words, such as "notes of more than one line"."""
    applies: Callable[[Moment], bool]
    """Does it meet this moment?"""
    facts: tuple[str, ...] = ()
    """What of the moment does not come back then, as handoff/facts.py names it."""
    within: Callable[[Handed], Callable[[Moment], bool]] | None = None
    """Instead of `applies`, where the moment by itself does not tell: the same question, asked of a session."""


Link = Literal["none", "film", "files"]
"""What an exported file points to: nothing; the whole film beside it; the film's own files, or the whole film where
there are none to point to."""


class Exporter(Protocol):
    """One format. Exporters are found by name; a plug-in enters by the entry point group `vig_capture.exporters`."""

    name: str
    """As `--to` takes it."""
    suffix: str
    """Of its file, with the dot."""
    time_base: str
    """What its times count from, in one plain sentence."""
    losses: Sequence[Loss]
    """All that the format cannot carry, as far as this program has it."""
    # One that points to something has `link: Link` as well; without it, it points to nothing.

    def write(self, handed: Handed, sink: Sink) -> None:
        """Write the whole file. Raises UserError where the session cannot be said in this format."""


def links_film(exporter: Exporter, handed: Handed) -> bool:
    """Does this session's file point to the whole film, which then has to lie beside it?"""
    link: Link = getattr(exporter, "link", "none")
    return bool(handed.film.name) and (link == "film" or (link == "files" and not handed.segments))


def knows_film_only(exporter: Exporter) -> bool:
    """Has this format no session time, so that without a film there is nothing it could count from?"""
    return any("press" in loss.facts for loss in exporter.losses)
