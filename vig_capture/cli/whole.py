"""`vig-capture film`: the one whole film of a session, with its chapters, for a purpose that was agreed to.

Its time is film time (core/film_time.py): pauses, what is left out and what was not recorded are closed up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vig_capture.archive.placed import check_free
from vig_capture.archive.reader import Read, read_session
from vig_capture.archive.show import clock_text
from vig_capture.archive.together import Together
from vig_capture.cli.consent import HANDOFF, named, note_made, permit
from vig_capture.cli.handing import film_name
from vig_capture.cli.material import Material, check_filmed, refuse_private
from vig_capture.cli.progress import Doing
from vig_capture.core.consent import DEFAULT, made_for
from vig_capture.core.errors import UserError, VigError
from vig_capture.core.sheet import Purpose
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.folder_advice import cloud_service
from vig_capture.handoff.chapters import START, chapters
from vig_capture.media.join import Chapter, comment_of, join, titles_of

PRIVATE = "-private"
"""Behind the name of one with private moments among its chapters: never that of the other one."""
WHAT = "whole film"
BETWEEN = " · "
"""Between the moments of one chapter."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The whole film, and what is to be known of it."""

    file: Path
    purpose: Purpose
    made: bool
    """False where it was there already, and was still right."""
    length_s: float
    chapters: int
    lacks: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def as_map(self) -> dict[str, Any]:
        """For programs: file, purpose, made, length_s, chapters, lacks, warnings."""
        return {
            "file": str(self.file),
            "purpose": self.purpose,
            "made": self.made,
            "length_s": self.length_s,
            "chapters": self.chapters,
            "lacks": list(self.lacks),
            "warnings": list(self.warnings),
        }

    def as_text(self) -> str:
        """The same in plain lines."""
        length = clock_text(round(self.length_s * SECOND_NS))
        lines = [f"{'Made' if self.made else 'Already there'}: {self.file} ({length}, {self.chapters} chapters)"]
        if self.lacks:
            lines += ["This session lacks something:", *(f"  {each}" for each in self.lacks)]
        return "\n".join([*lines, *self.warnings])


def whole_film(
    folder: Path,
    doing: Doing,
    out: Path | None = None,
    purpose: str = DEFAULT,
    private: bool = False,
    replace: bool = False,
) -> Whole:
    """Make the whole film of a session, by default in its hand-off folder.

    Raises UserError where nothing may be made for the purpose, nothing was filmed, or the name is taken; StorageError;
    and what `read_session` raises."""
    read = read_session(folder)
    agreed = permit(read.view, purpose)
    refuse_private(agreed, private)
    material = Material.read(read, private)
    check_filmed(material)
    target = _target(material, out, private)
    check_free(target, replace)
    return _make(material, target, agreed, doing, replace, private)


def film_beside(
    material: Material, target: Path, purpose: Purpose, doing: Doing, replace: bool = False
) -> Whole | None:
    """The whole film under the name to which an exported file points: the one that is there if it is still right, or
    else a new one. None for a session without film. Nothing private is in it.

    Raises UserError where another file has its name and `replace` is not said, StorageError."""
    if not material.film.files:
        return None
    if is_right(material, target):
        # Used for another purpose perhaps: a withdrawal has to find it among what was made for that.
        path, made = named(material.folder, target), made_for(material.view.made, purpose)
        is_noted = any(path in each.files for each in made)
        said = "" if is_noted else note_made(material.folder, purpose, WHAT, [target])
        return _whole(material, target, purpose, False, len(list(_chapters(material))), (said,))
    if target.exists() and not replace:
        raise _other(target)
    return _make(material, target, purpose, doing, replace, private=False)


def see_to_film(read: Read, target: Path, purpose: Purpose, doing: Doing | None, replace: bool) -> tuple[str, ...]:
    """As `film_beside`, for an exported file that is good without it as well: returns what is to be said, such as that
    it could not be made. `doing`: None where none is to be made. Raises UserError where another file has its name."""
    material = Material.read(read)
    is_there = is_right(material, target)
    is_other = not is_there and target.exists()
    if doing is None:
        why = f"{target.name} is not the film of this session as it is now." if is_other else ""
        return () if is_there else (_not_made(material, target, why),)
    if is_other and not replace:
        raise _other(target)
    try:
        made = film_beside(material, target, purpose, doing, replace)
    except VigError as error:
        return (_not_made(material, target, str(error)),)
    return made.warnings if made is not None else ()


def is_right(material: Material, target: Path) -> bool:
    """Is this the whole film of the session as it is now, without anything private? A moment that came later may lack
    among its chapters; one that was taken away, or is private by now, may not be there."""
    if not target.exists() or comment_of(target) != table_id(material, private=False):
        return False
    return _titles(titles_of(target)) <= _titles(each.title for each in _chapters(material))


def _titles(joined: Iterable[str]) -> set[str]:
    return {title for each in joined for title in each.split(BETWEEN)}


def _target(material: Material, out: Path | None, private: bool) -> Path:
    own = material.folder / HANDOFF
    folder = own if out is None else out
    if out is not None and not out.is_dir():
        return out
    name = Path(film_name(material.handed, is_own=folder.absolute() == own.absolute()))
    return folder / (f"{name.stem}{PRIVATE}{name.suffix}" if private else name)


def _other(target: Path) -> UserError:
    why = "It is not the film of this session as it is now: parts may be left out by now, or added."
    do = "Add --replace to make it anew, --no-film to leave it as it is, or give another folder."
    return UserError(f"{target} is there already.", why, do)


def _not_made(material: Material, target: Path, why: str) -> str:
    own = target.parent.absolute() == (material.folder / HANDOFF).absolute()
    more = ("" if own else f" --out {target.parent}") + (" --replace" if target.exists() else "")
    do = f"The file points to where it belongs. To make it: vig-capture film {material.folder}{more}"
    return f"The whole film was not made. {why} {do}".replace("  ", " ")


def table_id(material: Material, private: bool) -> str:
    """What tells one whole film of a session from another: which pieces stand where, and whether private moments are
    among its chapters. It is in the file, as its comment."""
    told = [(each.path.name, each.start_ns, each.end_ns, each.at_s) for each in material.whole()]
    return "table " + hashlib.sha256(repr((told, private)).encode()).hexdigest()[:24]


def _make(material: Material, target: Path, purpose: Purpose, doing: Doing, replace: bool, private: bool) -> Whole:
    found = list(_chapters(material))
    with Together(replace) as files:
        with files.file(target) as file:
            joined = join(
                material.whole(),
                file,
                "film",
                chapters=found,
                comment=table_id(material, private),
                settings=material.settings,
                progress=doing("The whole film"),
            )
        unnoted = note_made(material.folder, purpose, WHAT, [target])
        files.place()
    unread = tuple(f"{path.name} could not be read: what was filmed there is missing." for path in joined.missing)
    return _whole(material, target, purpose, True, len(found), (*unread, unnoted))


def _whole(material: Material, target: Path, purpose: Purpose, made: bool, count: int, said: tuple[str, ...]) -> Whole:
    cloud = cloud_service(target.parent)
    warnings = [*said, f"{cloud} seems to copy this folder to other computers." if cloud else ""]
    length_s = material.time.length_ns / SECOND_NS
    return Whole(target, purpose, made, length_s, count, material.lacks, tuple(filter(None, warnings)))


def _chapters(material: Material) -> Iterator[Chapter]:
    """A chapter for each stretch and each moment, each longer than nothing: those that begin together are one."""
    titles: dict[int, list[str]] = {}
    for each in chapters(material.handed):
        if each.start_ms * MS_NS < material.time.length_ns:
            titles.setdefault(each.start_ms, []).append(each.title)
    for start_ms, names in sorted(titles.items()):
        moments = [name for name in dict.fromkeys(names) if name != START]
        yield Chapter(start_ms / 1000, BETWEEN.join(moments) or START)
