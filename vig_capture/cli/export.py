"""`vig-capture export`: the moments of a session, or of several, in another program's format, for a purpose that was
agreed to; with the whole film beside it where the file points to that."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vig_capture.archive.placed import check_free, placed
from vig_capture.archive.reader import Read, read_session
from vig_capture.cli import formats
from vig_capture.cli.consent import HANDOFF, note_made, permit
from vig_capture.cli.handing import film_name, hand, in_session_time
from vig_capture.cli.material import refuse_private
from vig_capture.cli.progress import Doing
from vig_capture.cli.whole import see_to_film
from vig_capture.core.consent import DEFAULT
from vig_capture.core.errors import UserError
from vig_capture.core.sheet import Purpose
from vig_capture.devices.folder_advice import cloud_service
from vig_capture.handoff.handed import Exporter, Handed, knows_film_only, links_film
from vig_capture.handoff.times import write_times

TIMES = ".times.csv"
"""Behind the exported file's name: the table of session time against film time."""
UNFILMED = "There is no film: times count from the beginning of the session."
"""Instead of the format's own time base."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for."""

    form: str
    out: Path | None = None
    purpose: str = DEFAULT
    private: bool = False
    replace: bool = False
    film: bool = True
    """Make the whole film, where the file points to it."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what is to be known of it."""

    form: str
    file: Path
    times: Path | None
    """The table of session time against film time; a part of a data set has it inside, and without a film there is
    none."""
    purpose: str
    time_base: str
    losses: dict[str, int]
    """What the format could not carry, and of how many moments."""
    lacks: tuple[str, ...]
    film: Path | None = None
    """The whole film that the file points to; it may lack, which `warnings` tell."""
    warnings: tuple[str, ...] = ()

    def as_map(self) -> dict[str, Any]:
        """For programs: format, file, times, film, purpose, time_base, losses {what: moments}, lacks, warnings."""
        return {
            "format": self.form,
            "file": str(self.file),
            "times": str(self.times) if self.times else None,
            "film": str(self.film) if self.film else None,
            "purpose": self.purpose,
            "time_base": self.time_base,
            "losses": self.losses,
            "lacks": list(self.lacks),
            "warnings": list(self.warnings),
        }

    def as_text(self) -> str:
        """The same in plain lines."""
        lines = [f"Written: {self.file}"]
        lines += [f"It points to the whole film: {self.film}"] if self.film else []
        lines += [f"Session time against film time: {self.times}"] if self.times else []
        lines += [self.time_base]
        if self.losses:
            lines += ["This format cannot carry:", *(f"  {what} ({_moments(of)})" for what, of in self.losses.items())]
        if self.lacks:
            lines += ["This session lacks something:", *(f"  {each}" for each in self.lacks)]
        return "\n".join([*lines, *self.warnings])


def export(folder: Path, wish: Wish, doing: Doing) -> Exported:
    """Write a session's moments in a format, with its table of times, and the whole film where the file points to it.
    By default into its hand-off folder.

    Raises UserError where nothing may be made for the purpose, the format is unknown, or a name is taken; PluginError,
    StorageError, and what `read_session` raises. That a film could not be made is told, and costs nothing else."""
    exporter = formats.find(wish.form)
    ready = _ready(folder, wish)
    target = _target(folder, wish.out, f"{ready.handed.session}-{exporter.name}{exporter.suffix}")
    times = target.with_name(target.name + TIMES) if ready.handed.film.name else None
    for path in filter(None, (target, times)):
        check_free(path, wish.replace)
    handed = ready.beside(target.parent)
    if not links_film(exporter, handed):
        return _written(ready, exporter, target, times, wish.replace)
    film = target.parent / handed.film.name
    said = see_to_film(ready.read, film, ready.purpose, doing if wish.film else None, wish.replace)
    exported = _written(ready, exporter, target, times, wish.replace)
    return replace(exported, film=film, warnings=(*said, *exported.warnings))


def export_together(folders: Sequence[Path], wish: Wish) -> list[Exported]:
    """Write several sessions as one data set into the folder `out`: a file for each. Nothing is written where one of
    them may not be. Raises as `export` does."""
    if formats.find(wish.form).name != "parquet":
        raise UserError("Several sessions at once make one Parquet data set.", "", "Write: --to parquet --out FOLDER")
    from vig_capture.handoff.parquet import Parquet, part_of

    if wish.out is None:
        raise UserError("It was not said where the data set belongs.", "", "Write: --out FOLDER")
    ready = [_ready(folder, wish) for folder in folders]
    targets = [wish.out / part_of(each.handed.session) for each in ready]
    if twice := {target.parent.name for target in targets if targets.count(target) > 1}:
        raise UserError(f"A session was named twice: {', '.join(sorted(twice))}.", "", "Name each one once.")
    for target in targets:
        check_free(target, wish.replace)
    exporter = Parquet(partitioned=True)
    return [_written(each, exporter, target, None, wish.replace) for each, target in zip(ready, targets, strict=True)]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A session of which something may be made for a purpose."""

    read: Read
    handed: Handed
    purpose: Purpose

    def beside(self, start: Path) -> Handed:
        """As a file in this folder has it."""
        folder, film = self.read.folder, self.handed.film
        name = film_name(self.handed, is_own=start.absolute() == (folder / HANDOFF).absolute())
        return replace(self.handed, session_folder=_way(start, folder), film=replace(film, name=name))


def _ready(folder: Path, wish: Wish) -> _Ready:
    read = read_session(folder)
    agreed = permit(read.view, wish.purpose)
    refuse_private(agreed, wish.private)
    return _Ready(read, hand(read, wish.private), agreed)


def _written(ready: _Ready, exporter: Exporter, target: Path, times: Path | None, overwrite: bool) -> Exported:
    handed, base = ready.beside(target.parent), exporter.time_base
    if not handed.film.name and knows_film_only(exporter):
        handed, base = in_session_time(handed), UNFILMED
    files = [target] if times is None else [target, times]
    with ExitStack() as stack:
        if times is not None:
            write_times(handed.film.time, stack.enter_context(placed(times, overwrite)))
        losses = formats.write(exporter, handed, stack.enter_context(placed(target, overwrite)))
        unnoted = note_made(ready.read.folder, ready.purpose, f"export {exporter.name}", files, exporter.name)
    cloud = cloud_service(target.parent)
    warnings = unnoted, f"{cloud} seems to copy this folder to other computers." if cloud else ""
    told = tuple(filter(None, warnings))
    return Exported(exporter.name, target, times, ready.purpose, base, losses, tuple(handed.lacks), warnings=told)


def _way(start: Path, folder: Path) -> str:
    """The way from one folder to another, with slashes; the whole path where they are on different drives."""
    try:
        return Path(os.path.relpath(folder.absolute(), start.absolute())).as_posix()
    except ValueError:
        return folder.absolute().as_posix()


def _target(folder: Path, out: Path | None, name: str) -> Path:
    if out is None:
        return folder / HANDOFF / name
    return out / name if out.is_dir() else out


def _moments(count: int) -> str:
    return f"{count} moment{'s' * (count != 1)}"
