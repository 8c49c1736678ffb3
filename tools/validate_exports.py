"""Let other programs' own code judge what `vig-capture export` writes.

    python tools/validate_exports.py [--work FOLDER] [--schema EAFv3.0.xsd] [--losslesscut types.ts]
                                     [--boris-python PYTHON] [--json]

Makes sessions (tools/made_session.py), exports them, and asks: BORIS's own loader, integrity check and tabular export;
ELAN's schema (in the repository dopefishh/pympi: test/EAFv3.0.xsd); LosslessCut's (mifi/lossless-cut:
src/renderer/src/types.ts; needs node and npm); pympi, OpenTimelineIO, pycmx, DuckDB and FFmpeg as readers. These are
installed with pip and npm into environments of their own under FOLDER, once; they are no part of the project. Each
claim is printed with what was found; the exit code is 1 where one does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import made_session
from environment import ROOT

from vig_capture.core.time import MS_NS, SECOND_NS

READERS = ("xmlschema>=4", "pympi-ling>=1.71", "opentimelineio>=0.18", "pycmx>=1.5", "duckdb>=1.3")
BORIS = ("boris-behav-obs",)
LOSSLESSCUT = ("zod@4", "json5@2", "esbuild")
FORMATS = ("boris", "boris-film", "elan", "losslesscut", "otio", "otio-clips", "edl", "parquet", "chapters", "jsonl")
RATE = made_session.RATE
Moments = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that has to hold, and what was found."""

    what: str
    holds: bool
    found: str = ""

    def __str__(self) -> str:
        return f"{'ok  ' if self.holds else 'BAD '} {self.what}{f': {self.found}' if self.found else ''}"


# What is judged --------------------------------------------------------------------------------------------------


def environment(folder: Path, wanted: Sequence[str], python: str = sys.executable) -> str:
    """A Python with these libraries; made the first time."""
    found = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (folder / "complete").exists():
        print(f"Installing {', '.join(wanted)} into {folder} …", file=sys.stderr, flush=True)
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], check=True
        )
        (folder / "complete").touch()
    return str(found)


def export(work: Path, session: Path, *arguments: str) -> Any:
    """What `vig-capture export` answers. Its settings and its log are in the work folder."""
    own = {f"XDG_{name}": str(work / name) for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME")}
    env = os.environ | own | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "vig_capture", "export", str(session), *arguments, "--for", "research", "--json"]
    return json.loads(subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout)


def moments(jsonl: Path) -> Moments:
    """What is true of a session's moments, by id."""
    session, *lines = (json.loads(line) for line in jsonl.read_text(encoding="utf-8").splitlines())
    return {line["id"]: line | {"session": session["session"]} for line in lines}


# BORIS -----------------------------------------------------------------------------------------------------------


Points = Literal["files", "film", "nothing"]
"""What a project points to: the film's files, the whole film; nothing was filmed."""


def boris(python: str, project: Path, there: Moments, points: Points) -> Iterator[Claim]:
    """What BORIS makes of a project."""
    told = _ask(python, "ask_boris.py", project)
    if "error" in told:
        yield Claim(f"BORIS {told['version']} opens {project.name}", False, told["error"])
        return
    name = f"BORIS {told['version']}, {project.name}"
    yield Claim(f"{name}: nothing changed on load", told["changed"] is False and not told["message"], told["message"])
    yield Claim(f"{name}: no integrity findings", told["integrity"] == "", told["integrity"])
    is_told = {id_: points == "nothing" or moment["film_press_ns"] is not None for id_, moment in there.items()}
    filmed = {id_: moment for id_, moment in there.items() if is_told[id_]}
    begun = [row for row in told["rows"] if row["Behavior type"] != "STOP"]
    ids = Counter(row["Comment"].split()[0].removeprefix("id=") for row in begun)
    once = ids == Counter(filmed.keys())
    yield Claim(f"{name}: each marker once", once, f"{len(begun)} of {len(filmed)}, {len(told['rows'])} rows")
    if not once:
        return
    errors_ms, files, texts = [], 0, 0
    for row in begun:
        moment = filmed[row["Comment"].split()[0].removeprefix("id=")]
        file, offset_ns = _place(moment, points)
        files += row["Media file name"] == file
        before_s = told["before_s"].get(row["Media file name"], 0.0)
        errors_ms.append(abs((float(row["Time"]) - before_s) * 1000 - offset_ns / MS_NS))
        texts += (row["Subject"], row["Comment"]) == (moment["person"], _comment(moment))
    yield Claim(f"{name}: in the right file", files == len(begun), f"{files} of {len(begun)}")
    yield Claim(f"{name}: within 1 ms", max(errors_ms) <= 1, f"at most {max(errors_ms):.4f} ms off")
    yield Claim(f"{name}: person and comment as they were", texts == len(begun), f"{texts} of {len(begun)}")


def _place(moment: Mapping[str, Any], points: Points) -> tuple[str, int]:
    """File and time in it of a press, from when the files were begun."""
    if points == "nothing":
        return "NA", moment["press_ns"]
    if points == "film":
        return "film.mp4", moment["film_press_ns"]
    starts = [round(start_s * SECOND_NS) for start_s, _ in made_session.FILES]
    number = sum(start_ns <= moment["press_ns"] for start_ns in starts)
    return f"../film/cam1-{number:04d}.mp4", moment["press_ns"] - starts[number - 1]


def _comment(moment: Mapping[str, Any]) -> str:
    star = " star" if moment["star"] else ""
    goal = f" goal={moment['goal_id']} {json.dumps(moment['goal'])}" if moment["goal"] else ""
    note = " note=" + moment["note"].replace("\n", " ") if moment["note"] else ""
    return f"id={moment['id']}{star}{goal}{note}"


_UNSAID = {str: "", bool: False}
"""What stands for a value that is not told."""


# Readers ---------------------------------------------------------------------------------------------------------


def readers(told: Mapping[str, Any], there: Moments, second: Moments) -> Iterator[Claim]:
    """What the other libraries found. `second`: the moments of the data set's second session."""
    versions = told["versions"]
    filmed = {id_: moment for id_, moment in there.items() if moment["film_press_ns"] is not None}
    if "eaf_errors" in told:
        errors = told["eaf_errors"]
        yield Claim("ELAN's schema 3.0: no errors", not errors, f"{len(errors)} errors {errors[:2]}")
    yield from _eaf(told["eaf"], filmed, versions["pympi-ling"])
    shown = [moment for moment in there.values() if moment["film_in_ns"] is not None]
    for name, answer in zip(("otio", "otio-clips"), told["otio"], strict=True):
        yield Claim(f"OpenTimelineIO {versions['opentimelineio']}, {name}: is_equivalent_to", answer["same"])
        same = sum(_is_said(each, there[each["id"]]) for each in answer["metadata"])
        yield Claim(f"{name}: every value", same == len(shown), f"{same} of {len(shown)}")
    frames = sorted({(moment["film_press_ns"] + 1) * RATE // SECOND_NS for moment in filmed.values()})
    events = [event[1] for event in told["edl"]]
    yield Claim(
        f"pycmx {versions['pycmx']}: an event a marked frame, in its place",
        events == [_timecode(frame) for frame in frames],
        f"{len(events)} events for {len(filmed)} moments",
    )
    for name, wanted in (("parquet", [there]), ("dataset", [there, second])):
        rows = told[name]
        expected = sorted((moment for each in wanted for moment in each.values()), key=_sorted_by)
        same = sum(_is_row(row, moment) for row, moment in zip(sorted(rows, key=_sorted_by), expected, strict=False))
        is_all = same == len(expected) == len(rows)
        yield Claim(f"DuckDB {versions['duckdb']}, {name}: every value", is_all, f"{same} of {len(expected)} rows")


def _eaf(tiers: Mapping[str, list[list[Any]]], filmed: Moments, version: str) -> Iterator[Claim]:
    ids = {tier: rows for tier, rows in tiers.items() if tier.endswith(": id")}
    right = 0
    for tier, rows in ids.items():
        base = tier.removesuffix(": id")
        labels = {row[0]: (row[1], row[2]) for row in tiers[base]}
        notes = {(row[0], row[1]): row[2] for row in tiers.get(f"{base}: note", ())}
        for start, end, id_, _ in rows:
            moment = filmed[id_]
            until_ns = moment["film_until_ns"]
            wanted_end = until_ns // MS_NS if until_ns is not None else start + round(1000 / RATE)
            right += (
                start == moment["film_press_ns"] // MS_NS
                and end == wanted_end
                and labels[start] == (end, moment["label"])
                and notes.get((start, end), "") == moment["note"]
                and base.startswith(f"{moment['person']}: {moment['family']}")
            )
    yield Claim(f"pympi {version}: every value", right == len(filmed), f"{right} of {len(filmed)} moments")
    overlapping = sum(before[1] > after[0] for rows in tiers.values() for before, after in pairwise(rows))
    yield Claim("no two annotations of a tier overlap", overlapping == 0, f"{overlapping} of {len(tiers)} tiers")


def _is_said(metadata: Mapping[str, Any], moment: Mapping[str, Any]) -> bool:
    """Is all that is known of a moment there? What goes without saying is not."""
    told = {name: metadata.get(name, _UNSAID.get(type(value))) for name, value in moment.items()}
    told |= {"kind": moment["kind"], "session": moment["session"], "state": metadata.get("state", "recording")}
    return told == dict(moment)


def _is_row(row: Mapping[str, Any], moment: Mapping[str, Any]) -> bool:
    return all(row[name] == value for name, value in moment.items() if name != "kind")


def _sorted_by(moment: Mapping[str, Any]) -> tuple[str, int, str]:
    return moment["session"], moment["press_ns"], moment["id"]


def _timecode(frame: int) -> str:
    seconds, frames = divmod(frame, RATE)
    return f"{1 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


# LosslessCut -----------------------------------------------------------------------------------------------------


def losslesscut(folder: Path, types: Path, project: Path, there: Moments) -> Iterator[Claim]:
    """`types`: LosslessCut's types.ts."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules").exists():
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *LOSSLESSCUT], cwd=folder, check=True)
    command = ["node", str(ROOT / "tools" / "ask_losslesscut.mjs"), str(types.resolve()), str(project)]
    answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    told = json.loads(answer.stdout)
    yield Claim("LosslessCut's schema, version 2: no errors", not told["errors"], f"{len(told['errors'])} errors")
    shown = {id_: moment for id_, moment in there.items() if moment["film_in_ns"] is not None}
    same = sum(
        abs(each["start"] - shown[each["tags"]["id"]]["film_in_ns"] / SECOND_NS) < 1e-6
        and each["name"] == shown[each["tags"]["id"]]["label"]
        for each in told["segments"]
    )
    is_all = same == len(told["segments"]) == len(shown)
    yield Claim("LosslessCut: every clip once, in its place", is_all, f"{same} of {len(shown)}")


# FFmpeg ----------------------------------------------------------------------------------------------------------


def chapters(film: Path, file: Path, there: Moments) -> Iterator[Claim]:
    """In Matroska and in MP4, as FFmpeg puts them in and ffprobe reads them. (Of chapters of a Matroska file that begin
    at one time, FFmpeg's reader tells the first alone.)"""
    filmed = [moment for moment in there.values() if moment["film_in_ns"] is not None]
    titles = {(moment["film_in_ns"] // MS_NS, f"{moment['label']} ({moment['person']})") for moment in filmed}
    for suffix in (".mkv", ".mp4"):
        target = film.with_name(f"chapters{suffix}")
        _ffmpeg("-i", str(film), "-f", "ffmetadata", "-i", str(file), "-map_chapters", "1", "-c", "copy", str(target))
        command = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", str(target)]
        shown = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["chapters"]
        found = {(round(float(each["start_time"]) * 1000), each["tags"].get("title", "")) for each in shown}
        starts = {start for start, _ in titles}
        missing = starts - {start for start, _ in found} if suffix == ".mkv" else titles - found
        what = f"ffprobe, chapters in {suffix}: each beginning of a clip, to the millisecond"
        yield Claim(what, not missing, f"{len(starts)} beginnings, {len(missing)} missing")


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def _ask(python: str, tool: str, file: Path) -> Any:
    answer = subprocess.run([python, str(ROOT / "tools" / tool), str(file)], capture_output=True, text=True)
    if answer.returncode != 0:
        sys.exit(f"{tool} failed:\n{answer.stderr}")
    return json.loads(answer.stdout.splitlines()[-1])


# All of it -------------------------------------------------------------------------------------------------------


def validate(work: Path, made: Path, schema: Path | None, types: Path | None, boris_python: str) -> Iterator[Claim]:
    """All claims. `work`: where the environments are; `made`: an empty folder for sessions and files."""
    sessions = [made_session.make(made), made_session.make(made, "2026-11-23T0930-other", 20)]
    files = {form: Path(export(made, sessions[0], "--to", form)["file"]) for form in FORMATS}
    second = Path(export(made, sessions[1], "--to", "jsonl")["file"])
    export(made, sessions[0], str(sessions[1]), "--to", "parquet", "--out", str(made / "dataset"))
    there = moments(files["jsonl"])
    there_too = moments(second)
    python = environment(work / "boris", BORIS, boris_python)
    yield from boris(python, files["boris"], there, "files")
    yield from boris(python, files["boris-film"], there, "film")
    unfilmed = made_session.make(made, "2026-11-24T0930-unfilmed", 20, filmed=False)
    live, told = (Path(export(made, unfilmed, "--to", form)["file"]) for form in ("boris", "jsonl"))
    yield from boris(python, live, moments(told), "nothing")
    request = {"eaf": files["elan"], "schema": schema, "otio": [files["otio"], files["otio-clips"]]}
    request |= {"edl": files["edl"], "parquet": files["parquet"], "dataset": made / "dataset" / "**" / "*.parquet"}
    asked = made / "request.json"
    asked.write_text(json.dumps(request, default=str), encoding="utf-8")
    yield from readers(_ask(environment(work / "readers", READERS), "ask_readers.py", asked), there, there_too)
    if types is not None:
        yield from losslesscut(work / "losslesscut", types, files["losslesscut"], there)
    yield from chapters(files["elan"].with_name("film.mp4"), files["chapters"], there)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "vig-capture-validators")
    parser.add_argument("--schema", type=Path, help="EAFv3.0.xsd; without it the schema is not asked")
    parser.add_argument("--losslesscut", type=Path, help="types.ts; without it LosslessCut's schema is not asked")
    parser.add_argument("--boris-python", default=sys.executable, help="the Python for BORIS (9 needs 3.12)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        claims = list(validate(options.work, Path(made), options.schema, options.losslesscut, options.boris_python))
    lines = [json.dumps([asdict(claim) for claim in claims])] if options.json else list(map(str, claims))
    print("\n".join(lines))
    return 0 if all(claim.holds for claim in claims) else 1


if __name__ == "__main__":
    sys.exit(main())
