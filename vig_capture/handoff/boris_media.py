"""The film's files one behind the other, by BORIS's own reckoning.

Rule 1: an event belongs to the file within whose sum of lengths its time lies. BORIS 9 floors each length to a
        thousandth of a second before it adds, BORIS 8 does not (boris/observation_operations.py,
        event2media_file_name). An event's time is in thousandths in both.
Rule 2: so a length is told in whole thousandths, rounded up: each moment of a file, up to the last, is in its own file,
        at most a thousandth of a second early, and both add up to the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import floor

from vig_capture.core.time import MS_NS
from vig_capture.handoff.handed import Handed


@dataclass(frozen=True, slots=True)
class Medium:
    """A file in its place."""

    path: str
    """From the folder of the exported file."""
    film_ns: int
    """Film time at which it begins."""
    before_ms: int
    """The sum of the lengths before it."""
    length_ms: int
    has_picture: bool

    @property
    def length_s(self) -> float:
        """Its length as the project tells it."""
        return self.length_ms / 1000


@dataclass(frozen=True, slots=True)
class Media:
    """The files in the order in which they play; at least one."""

    files: tuple[Medium, ...]

    @classmethod
    def of(cls, handed: Handed, whole: bool = False) -> Media:
        """Of the film's own files, or of the `whole` film where that is wanted or there is nothing else to point to."""
        files = [] if whole else list(_files(handed))
        return cls(tuple(_placed(files or [_whole_film(handed)], handed.film.time.length_ns)))

    def at_ms(self, film_ns: int) -> int:
        """The time of a moment of the film, from the beginning of the first file."""
        return self._within(bisect_right(self.files, film_ns, key=lambda each: each.film_ns) - 1, film_ns)

    def end_ms(self, film_ns: int) -> int:
        """The same for the end of a stretch: where one file ends and another begins it is in the first."""
        return self._within(bisect_left(self.files, film_ns, key=lambda each: each.film_ns) - 1, film_ns)

    def film_ns(self, at_ms: int) -> int:
        """The moment of the film that such a time tells."""
        file = self.files[bisect_right(self.files, at_ms, key=lambda each: each.before_ms) - 1]
        return file.film_ns + (at_ms - file.before_ms) * MS_NS

    def _within(self, index: int, film_ns: int) -> int:
        file = self.files[max(index, 0)]
        return file.before_ms + min((film_ns - file.film_ns) // MS_NS, file.length_ms - 1)


def _files(handed: Handed) -> Iterator[tuple[str, int, bool]]:
    """Path, film time of the beginning, and whether there is a picture."""
    for part in handed.segments:
        film_ns = handed.film.time.film_ns(part.start_ns)
        if film_ns is not None:
            yield f"{handed.session_folder}/{part.file}", film_ns, part.has_picture


def _whole_film(handed: Handed) -> tuple[str, int, bool]:
    return handed.film.name, 0, handed.film.has_picture


def _placed(files: Iterable[tuple[str, int, bool]], length_ns: int) -> Iterator[Medium]:
    """Each file reaches up to the next: what lies between two is the length of the last picture."""
    files = list(files)
    ends = [film_ns for _, film_ns, _ in files[1:]] + [length_ns]
    before_ms = 0
    for (path, film_ns, has_picture), end_ns in zip(files, ends, strict=True):
        length_ms = _length_ms(end_ns - film_ns)
        yield Medium(path, film_ns, before_ms, length_ms, has_picture)
        before_ms += length_ms


def _length_ms(length_ns: int) -> int:
    """The least whole thousandths that hold it and are floored to themselves (1.001 s times 1000 is a little less than
    1001)."""
    length_ms = max(-(-length_ns // MS_NS), 1)
    while floor(length_ms / 1000 * 1000) != length_ms:
        length_ms += 1
    return length_ms
