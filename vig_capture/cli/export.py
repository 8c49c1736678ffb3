"""`vig-capture export`: the moments of a session, or of several, in another program's format, for a purpose that was
agreed to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vig_capture.archive.placed import check_free, placed
from vig_capture.archive.reader import read_session
from vig_capture.cli.consent import HANDOFF, note_made, permit
from vig_capture.cli.handing import hand
from vig_capture.core.consent import private_refusal
from vig_capture.core.errors import PluginError, UserError, VigError
from vig_capture.core.sheet import Purpose
from vig_capture.core.text import near_miss
from vig_capture.devices.folder_advice import cloud_service
from vig_capture.handoff.handed import Exporter, Handed, Sink
from vig_capture.handoff.losses import told
from vig_capture.handoff.registry import find, names
from vig_capture.handoff.times import write_times

TIMES = ".times.csv"
"""Behind the exported file's name: the table of session time against film time."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and what is to be known of it."""

    form: str
    file: Path
    times: Path | None
    """The table of session time against film time; a part of a data set has it inside."""
    purpose: str
    time_base: str
    losses: dict[str, int]
    """What the format could not carry, and of how many moments."""
    lacks: tuple[str, ...]
    unnoted: str = ""
    """What is to be said where it could not be noted."""
    cloud: str = ""
    """The cloud service that seems to copy the folder."""

    def as_map(self) -> dict[str, Any]:
        """For programs: format, file, times, purpose, time_base, losses {what: moments}, lacks, warnings."""
        return {
            "format": self.form,
            "file": str(self.file),
            "times": str(self.times) if self.times else None,
            "purpose": self.purpose,
            "time_base": self.time_base,
            "losses": self.losses,
            "lacks": list(self.lacks),
            "warnings": self.warnings,
        }

    @property
    def warnings(self) -> list[str]:
        cloud = f"{self.cloud} seems to copy this folder to other computers." if self.cloud else ""
        return [each for each in (self.unnoted, cloud) if each]

    def as_text(self) -> str:
        """The same in plain lines."""
        lines = [f"Written: {self.file}"]
        lines += [f"Session time against film time: {self.times}"] if self.times else []
        lines += [self.time_base]
        if self.losses:
            lines += ["This format cannot carry:", *(f"  {what} ({_moments(of)})" for what, of in self.losses.items())]
        if self.lacks:
            lines += ["This session lacks something:", *(f"  {each}" for each in self.lacks)]
        return "\n".join(lines + self.warnings)


def export(
    folder: Path,
    form: str,
    out: Path | None = None,
    purpose: str = "review",
    private: bool = False,
    overwrite: bool = False,
) -> Exported:
    """Write a session's moments in a format, with its table of times beside it. By default into its hand-off folder.

    Raises UserError where nothing may be made for the purpose, the format is unknown, or the name is taken;
    PluginError, StorageError, and what `read_session` raises."""
    exporter = _exporter(form)
    ready = _ready(folder, purpose, private)
    target = _target(folder, out, f"{ready.handed.session}-{exporter.name}{exporter.suffix}")
    return _written(ready, exporter, target, target.with_name(target.name + TIMES), overwrite)


def export_together(
    folders: Sequence[Path],
    form: str,
    out: Path | None,
    purpose: str = "review",
    private: bool = False,
    overwrite: bool = False,
) -> list[Exported]:
    """Write several sessions as one data set into the folder `out`: a file for each. Nothing is written where one of
    them may not be. Raises as `export` does."""
    if _exporter(form).name != "parquet":
        raise UserError("Several sessions at once make one Parquet data set.", "", "Write: --to parquet --out FOLDER")
    from vig_capture.handoff.parquet import Parquet, part_of

    if out is None:
        raise UserError("It was not said where the data set belongs.", "", "Write: --out FOLDER")
    ready = [_ready(folder, purpose, private) for folder in folders]
    targets = [out / part_of(each.handed.session) for each in ready]
    if twice := {target.parent.name for target in targets if targets.count(target) > 1}:
        raise UserError(f"A session was named twice: {', '.join(sorted(twice))}.", "", "Name each one once.")
    for target in targets:
        check_free(target, overwrite)
    exporter = Parquet(partitioned=True)
    return [_written(each, exporter, target, None, overwrite) for each, target in zip(ready, targets, strict=True)]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A session of which something may be made for a purpose."""

    folder: Path
    handed: Handed
    purpose: Purpose


def _ready(folder: Path, purpose: str, private: bool) -> _Ready:
    read = read_session(folder)
    agreed = permit(read.view, purpose)
    if private and (refused := private_refusal(agreed)) is not None:
        raise refused
    return _Ready(folder, hand(read, private), agreed)


def _written(ready: _Ready, exporter: Exporter, target: Path, times: Path | None, overwrite: bool) -> Exported:
    handed = replace(ready.handed, session_folder=_way(target.parent, ready.folder))
    files = [target] if times is None else [target, times]
    for path in files:
        check_free(path, overwrite)
    with ExitStack() as stack:
        if times is not None:
            write_times(handed.film.time, stack.enter_context(placed(times, overwrite)))
        _write(exporter, handed, stack.enter_context(placed(target, overwrite)))
        unnoted = note_made(ready.folder, ready.purpose, f"export {exporter.name}", files, exporter.name)
    losses, lacks = told(exporter.losses, handed), tuple(handed.lacks)
    cloud = cloud_service(target.parent)
    return Exported(exporter.name, target, times, ready.purpose, exporter.time_base, losses, lacks, unnoted, cloud)


def _way(start: Path, folder: Path) -> str:
    """The way from one folder to another, with slashes; the whole path where they are on different drives."""
    try:
        return Path(os.path.relpath(folder.absolute(), start.absolute())).as_posix()
    except ValueError:
        return folder.absolute().as_posix()


def _exporter(form: str) -> Exporter:
    if not form:
        raise UserError("It was not said which format.", near_miss("", names()), "Write: --to FORMAT")
    return find(form)


def _target(folder: Path, out: Path | None, name: str) -> Path:
    if out is None:
        return folder / HANDOFF / name
    return out / name if out.is_dir() else out


def _write(exporter: Exporter, handed: Handed, sink: Sink) -> None:
    try:
        exporter.write(handed, sink)
    except (VigError, OSError):
        raise
    except Exception as error:  # around one exporter: whatever it is, the session and the older files are unharmed
        why = f"{type(error).__name__}: {error}"
        raise PluginError(
            f"The format {exporter.name} failed.", why, "Take another format. Nothing was lost."
        ) from error


def _moments(count: int) -> str:
    return f"{count} moment{'s' * (count != 1)}"
