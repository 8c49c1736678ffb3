"""What each command makes or refuses, for each purpose and each answer: a table in Markdown.

    python tools/consent_table.py > table.md

The commands are the real ones, carried out in this process on a real session of four seconds, in folders of their own.
Every other purpose has the opposite answer, so that only the very purpose can have decided. Commands that differ in
their purpose alone share a line.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import patch

import clip_runs
import feed
import typer.main

from vig_capture.archive.reader import LOCK_NAME, read_session
from vig_capture.cli.app import app, carry_out
from vig_capture.core.consent import STANDINGS, Standing
from vig_capture.core.errors import UserError
from vig_capture.core.records import encode
from vig_capture.core.sheet import PURPOSES, Purpose
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.demo_scene import Scene
from vig_capture.handoff.registry import BUILT_IN, find
from vig_capture.media.join import Joined

RATE, SEGMENT_FRAMES, SEGMENTS = 15, 30, 2
FRAMES = SEGMENT_FRAMES * SEGMENTS
LEFT_OUT_NS = (1500 * MS_NS, 2500 * MS_NS)
"""Over the seam of the two files."""
LEFT_OUT = range(23, 38)
"""The pictures that were taken in that stretch, by number."""
PRIVATE_WORD, LEFT_WORD = "UNDERSTOREY", "QUICKSAND"
"""In private moments and notes; in a moment within the part that is left out."""
WHO: dict[Standing, str] = {"yes": "mother", "no": "father", "not asked": "", "withdrawn": "grandmother"}
DAY = "2026-11-22"
AROUND = ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME", "CACHE_HOME", "TMPDIR")
"""Folders beside the session in which something could be left."""
STAND_IN = b"This stands for a film."


@dataclass(frozen=True, slots=True)
class Cell:
    """What one command did."""

    command: str
    purpose: Purpose
    answer: Standing
    code: int
    """The exit code."""
    said: dict[str, str]
    """what, why, do: of a refusal."""
    made: tuple[Path, ...]
    noted: frozenset[Path]
    """The files that the session says were made of it for this purpose."""
    left: tuple[str, ...]
    """All that is there of what no command may leave: of a refusal whatever is new or was changed."""

    @property
    def text(self) -> str:
        """In a line of the table."""
        if self.code:
            return f"refuses: {self.said['why']} {self.said['do'].partition(' When you have it')[0]}".strip()
        names = sorted(path.name for path in self.made)
        return f"makes {', '.join(names)}" if names else "makes nothing, tells"


def commands() -> list[tuple[str, ...]]:
    """Every command that makes something, and the list of clips, which makes nothing."""
    cuts = [("clips", *more) for more in ((), ("--exact",), ("--sheet",), ("--reel",), ("--private",), ("--list",))]
    films = [("film",), ("film", "--private")]
    exports = [("export", "--to", form) for form in sorted(BUILT_IN) if _is_there(form)]
    together = [("export", "ANOTHER", "--to", "parquet")] if _is_there("parquet") else []
    return [*cuts, *films, *exports, ("export", "--to", "csv", "--private"), *together]


def table(root: Path, real: Sequence[Purpose] = PURPOSES) -> Iterator[Cell]:
    """Carry out every command for every purpose and answer, in an empty folder. Where the answer is yes each command
    has a session of its own, which stays. `real`: for these purposes films are made; for the others a stand-in is, once
    it was decided that it may."""
    film = _filmed(root / "film")
    with _sandbox(root):
        for purpose in PURPOSES:
            for answer in STANDINGS:
                place = root / f"{purpose}-{answer.replace(' ', '-')}"
                for number, command in enumerate(commands()):
                    here = place / str(number) if answer == "yes" else place
                    if not here.exists():
                        for name in ("first", "second"):
                            make_session(here / name, film, purpose, answer)
                    with nullcontext() if purpose in real else _stand_ins():
                        yield _cell(root, here, command, purpose, answer)


def markdown(cells: Sequence[Cell]) -> str:
    """The table: a line for each command, and for each group of purposes in which it does the same."""
    lines = [f"| command | for | {' | '.join(STANDINGS)} |", f"|---{'|---' * (len(STANDINGS) + 1)}|"]
    for command, same in groupby(sorted(cells, key=lambda cell: cell.command), key=lambda cell: cell.command):
        rows: dict[tuple[str, ...], list[str]] = {}
        for purpose, each in groupby(same, key=lambda cell: cell.purpose):
            rows.setdefault(tuple(cell.text for cell in each), []).append(purpose)
        for texts, purposes in rows.items():
            which = "every purpose" if len(purposes) == len(PURPOSES) else ", ".join(purposes)
            lines.append(f"| `{command}` | {which} | {' | '.join(texts)} |")
    return "\n".join(lines)


# One cell ------------------------------------------------------------------------------------------------------------


def _cell(root: Path, here: Path, command: tuple[str, ...], purpose: Purpose, answer: Standing) -> Cell:
    folder, out = here / "first", here / "out"
    before = _files(here, *(root / name for name in AROUND))
    more = [str(here / "second") if each == "ANOTHER" else each for each in command[1:]]
    where = ["--out", str(out)] if "ANOTHER" in command else []
    code, said = run(command[0], str(folder), *more, "--for", purpose, *where)
    after = _files(here, *(root / name for name in AROUND))
    new = {path for path, digest in after.items() if before.get(path) != digest}
    results = {path for path in new if path.is_relative_to(folder / "handoff") or path.is_relative_to(out)}
    # A film that was made notes itself in the journal, and in the log.
    notes = {path for path in new if path.name.startswith("journal.") or path.name in (LOCK_NAME, "access.jsonl")}
    left = new if code else new - results - (notes if results else set())
    left |= {path for path in results if path.suffix == ".partial"} | before.keys() - after.keys()
    noted = {path for each in ("first", "second") for path in _noted(here / each, purpose)}
    return Cell(
        " ".join(command), purpose, answer, code, said if code else {}, tuple(sorted(results)), frozenset(noted),
        tuple(sorted(str(path.relative_to(root)) for path in left)),
    )  # fmt: skip


def run(*arguments: str) -> tuple[int, Any]:
    """The exit code of a command, and what it says to a program."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = carry_out([*arguments, "--json"])
    return code, json.loads(out.getvalue())


def _files(*roots: Path) -> dict[Path, str]:
    """All files in these folders, and what is in each."""
    found = (path for root in roots for path in root.rglob("*") if path.is_file())
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def _noted(folder: Path, purpose: Purpose) -> Iterator[Path]:
    for made in read_session(folder).view.made:
        if made.purpose == purpose:
            yield from (folder / "handoff" / file for file in made.files)


def _is_there(form: str) -> bool:
    """Is the library of this format installed?"""
    try:
        find(form)
    except UserError:
        return False
    return True


# What stands around it -----------------------------------------------------------------------------------------------


@contextmanager
def _sandbox(root: Path) -> Iterator[None]:
    """Settings, data and temporary files in folders of their own."""
    own = {f"XDG_{name}": str(root / name) for name in AROUND if name != "TMPDIR"}
    scratch = root / "TMPDIR"
    scratch.mkdir(parents=True)
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, own | {"TMPDIR": str(scratch)}))
        stack.enter_context(patch.object(tempfile, "tempdir", str(scratch)))
        # Typer makes all commands anew each time, which takes longer than most of them.
        stack.enter_context(patch("vig_capture.cli.app.app", typer.main.get_command(app)))
        yield


@contextmanager
def _stand_ins() -> Iterator[None]:
    def join(_pieces: object, file: Any, *_: object, **__: object) -> Joined:
        file.write(STAND_IN)
        return Joined(1.0, 0.0, 1)

    with ExitStack() as stack:
        for name in ("clips", "whole"):
            stack.enter_context(patch(f"vig_capture.cli.{name}.join", join))
        yield


# The session ---------------------------------------------------------------------------------------------------------


def _filmed(folder: Path) -> list[Path]:
    """The film: two files of two seconds, its pictures numbered through."""
    folder.mkdir(parents=True)
    scene, tone, files = Scene(320, 180, RATE), feed.Tone("beeps"), []
    for number in range(SEGMENTS):
        files.append(folder / f"cam1-{number + 1:04d}.mp4")
        clip_runs.write_segment(files[-1], scene, tone, number * SEGMENT_FRAMES, (number + 1) * SEGMENT_FRAMES)
    return files


def make_session(folder: Path, film: Sequence[Path], purpose: Purpose, answer: Standing) -> None:
    """A closed session: moments, a private one, a private note, and a part that is left out with a moment in it."""
    (folder / "film").mkdir(parents=True)
    keys = [{"key": "a", "label": "Tuned in", "family": "being attentive"}]
    vocabulary = {"name": "VIG", "version": "1", "language": "en", "other": "child", "keys": keys}
    records: list[dict[str, Any]] = []

    def say(kind: str, at_s: float = 0, **fields: Any) -> None:
        t_ns = round(at_s * SECOND_NS)
        records.append({"v": 1, "kind": kind, "seq": len(records) + 1, "t_ns": t_ns} | fields)

    say("session", id=folder.name, created_utc=f"{DAY}T09:40:00Z", tool="vig-capture", vocabulary=vocabulary)
    say("stream", stream="cam1", stream_kind="video", source="numbered pictures")
    say("stream", stream="mic1", stream_kind="audio", source="beeps")
    say("device", stream="cam1", state="live", mode=f"320×180 at {RATE} a second, yuv420p")
    say("state", state="recording")
    for number, path in enumerate(film):
        data, start_s, length_s = path.read_bytes(), number * SEGMENT_FRAMES / RATE, SEGMENT_FRAMES / RATE
        (folder / "film" / path.name).write_bytes(data)
        told: dict[str, Any] = {
            "start_ns": round(start_s * SECOND_NS),
            "end_ns": round((start_s + length_s) * SECOND_NS),
        }
        told |= {"frames": SEGMENT_FRAMES, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        file = f"film/{path.name}"
        say("segment", start_s + length_s, stream="cam1", file=file, phase="closed", sound="mic1", **told)
    marker: dict[str, Any] = {"key": "a", "label": "Tuned in", "who": "self", "utc": f"{DAY}T09:40:01Z"}
    marker |= {"look_back_s": 0.3, "look_ahead_s": 0.3}
    say("marker", 0.5, id="m1", note="She waits", private_note=PRIVATE_WORD, **marker)
    say("edit", 0.5, id="e1", of="m1", fields={"private_note": PRIVATE_WORD})
    say("marker", 1.0, id="m2", private=True, note=PRIVATE_WORD, **marker | {"label": PRIVATE_WORD})
    say("marker", 2.0, id="m3", note=LEFT_WORD, **marker | {"label": LEFT_WORD})
    say("marker", 3.5, id="m4", **marker | {"who": "other"})
    say("leave_out", 4.0, id="l1", start_ns=LEFT_OUT_NS[0], end_ns=LEFT_OUT_NS[1])
    for fields in _sheets(purpose, answer):
        say("sheet", 4.0, id=f"sheet-{len(records)}", fields=fields)
    if answer == "withdrawn":
        say("withdraw", 4.0, id="w1", purpose=purpose, by=WHO[answer], when=DAY)
    say("closed", 4.0, reason="stopped by the guider")
    (folder / "journal.msgpack").write_bytes(b"".join(map(encode, records)))


def _sheets(purpose: Purpose, answer: Standing) -> Iterator[dict[str, Any]]:
    """The session sheet: this purpose has its answer (a yes, where it is withdrawn later), every other the opposite."""
    people = [{"role": "mother", "initials": ""}, {"role": "child", "initials": "T"}]
    opposite: Standing = "no" if answer == "yes" else "yes"
    answers: dict[Purpose, Standing] = dict.fromkeys(PURPOSES, opposite)
    answers[purpose] = "yes" if answer == "withdrawn" else answer
    said = {name: {"answer": each, "by": WHO[each], "when": DAY} for name, each in answers.items()}
    yield {"people": people, "purposes": said}


def main() -> int:
    """Carry it out and print it."""
    root = Path(tempfile.mkdtemp(prefix="consent-"))
    try:
        cells = list(table(root))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(markdown(cells))
    return 1 if any(cell.left for cell in cells) else 0


if __name__ == "__main__":
    sys.exit(main())
