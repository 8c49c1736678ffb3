"""The command lines of tools/bad_input.py: what cannot be meant, and the exit code that each must have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vig_capture.core.records import encode


@dataclass(frozen=True, slots=True)
class Case:
    """A command line that cannot be meant, and the exit code that it must have."""

    name: str
    arguments: tuple[str, ...]
    code: int = 2
    starts: bool = False
    """A recorder is started before the fault is found."""


def prepare(place: Path) -> None:
    """Files and folders that are wrong in some way."""
    (place / "file").write_text("no session\n")
    (place / "empty").mkdir()
    (place / "syntax.toml").write_text('size = "1280x720"\nrate =\n')
    (place / "typo.toml").write_text('siez = "1280x720"\n')
    (place / "range.toml").write_text("rate = 1000\n")
    (place / "binary.toml").write_bytes(b"\xff\xfe\x00")
    future = place / "future"
    future.mkdir()
    record = {"v": 99, "kind": "session", "seq": 1, "t_ns": 0, "id": "x"}
    (future / "journal.msgpack").write_bytes(encode(record))
    garbage = place / "garbage"
    garbage.mkdir()
    (garbage / "journal.msgpack").write_bytes(bytes(range(256)) * 20)


def cases(place: Path, session: Path) -> list[Case]:
    """All that need no running recorder. `place` was prepared; `session` is a good session."""
    return [*_usage(), *_record(place), *_devices(), *_sessions(place, session), *_nobody()]


def _usage() -> list[Case]:
    return [
        Case("unknown option", ("--nonsense",)),
        Case("unknown command", ("recrod",)),
        Case("unknown option of a command", ("record", "--sizze", "640x360")),
        Case("option without its value", ("record", "--size")),
        Case("flag with a value", ("status", "--json=3")),
        Case("missing argument", ("mark",)),
        Case("too many arguments", ("mark", "a", "b")),
        Case("a word for a number", ("record", "--rate", "fast")),
        Case("an address for a command", ("rtsp://user:secret@127.0.0.1/x",)),
    ]


def _record(place: Path) -> list[Case]:
    demo = ("record", "--no-tui", "--demo")
    wrong = {
        "unknown profile": ("--profile", "nosuch"),
        "unknown vocabulary": ("--vocabulary", "nosuch"),
        "settings: syntax": ("--profile", str(place / "syntax.toml")),
        "settings: unknown key": ("--profile", str(place / "typo.toml")),
        "settings: out of range": ("--profile", str(place / "range.toml")),
        "settings: no text": ("--profile", str(place / "binary.toml")),
        "settings: a folder": ("--profile", f"{place}/empty/"),
        "vocabulary: faulty": ("--vocabulary", str(place / "typo.toml")),
        "--for 0": ("--for", "0"),
        "--for -1": ("--for", "-1"),
        "--for nan": ("--for", "nan"),
        "--for a word": ("--for", "ever"),
        "--segment-seconds 0": ("--segment-seconds", "0"),
        "--segment-seconds nan": ("--segment-seconds", "nan"),
        "--latest-end 0": ("--latest-end", "0"),
        "--rate 0": ("--rate", "0"),
        "--size nonsense": ("--size", "large"),
        "--size odd": ("--size", "641x361"),
        "--audio-offset-ms 1e9": ("--audio-offset-ms", "1e9"),
        "--loop without a file": ("--loop",),
        "--out is a file": ("--out", str(place / "file")),
        "--out below a file": ("--out", str(place / "file" / "x")),
        "--fallback is a file": ("--fallback", str(place / "file")),
    }
    found = [Case(name, (*demo, *arguments)) for name, arguments in wrong.items()]
    if Path("/proc/self").exists():
        found.append(Case("--out takes no folder", (*demo, "--out", "/proc/films"), code=1))
    return found


def _devices() -> list[Case]:
    def of(*arguments: str) -> tuple[str, ...]:
        return ("record", "--no-tui", *arguments)

    return [
        Case("neither camera nor microphone", of()),
        Case("no such camera", of("--camera", "no such camera"), 1, starts=True),
        Case("no such node", of("--camera", "/dev/video99"), 1, starts=True),
        Case("no such microphone", of("--camera", "none", "--mic", "no such microphone"), 1, starts=True),
        Case("no camera", of("--camera", "/dev/null"), 1, starts=True),
        Case("nobody listens", of("--camera", "rtsp://user:secret@127.0.0.1:1/x"), 1, starts=True),
        Case("a number for a camera", of("--camera", "0")),
        Case("a number for a microphone", of("--mic", "0")),
        Case("an address for a microphone", of("--mic", "rtsp://127.0.0.1/x")),
        Case("no such film", of("--camera", "nosuch.mp4")),
        Case("unknown address", of("--camera", "ftp://127.0.0.1/x")),
        Case("udp without a port", of("--camera", "udp://127.0.0.1")),
        Case("--mic camera without one", of("--camera", "none", "--mic", "camera")),
        Case("clap test of nothing", ("doctor", "--clap")),
    ]


def _sessions(place: Path, session: Path) -> list[Case]:
    found = []
    for command in ("show", "verify"):
        found += [
            Case(f"{command}: no such folder", (command, str(place / "nosuch"))),
            Case(f"{command}: a file", (command, str(place / "file"))),
            Case(f"{command}: no session", (command, str(place / "empty"))),
            Case(f"{command}: from the future", (command, str(place / "future")), 1),
        ]
    return [
        *found,
        Case("show: name too long", ("show", "x" * 300), 1),
        Case("recover: no such folder", ("recover", str(place / "nosuch"))),
        Case("recover: a file", ("recover", str(place / "file"))),
        Case("recover: a strange journal", ("recover", str(place / "garbage")), 0),
        Case("recover: from the future", ("recover", str(place / "future")), 0),
        Case("withdraw: no purpose", ("withdraw", str(session))),
        Case("withdraw: unknown purpose", ("withdraw", str(session), "everything", "--by", "mother")),
        Case("withdraw: nobody", ("withdraw", str(session), "review")),
        Case("withdraw: no session", ("withdraw", str(place / "empty"), "review", "--by", "mother")),
        Case("consent: no answer", ("consent", str(session), "review")),
        Case("consent: no day", ("consent", str(session), "review", "yes", "--by", "mother", "--when", "noon")),
        Case("export: no format", ("export", str(session))),
        Case("export: unknown format", ("export", str(session), "--to", "webvt")),
        Case("export: unknown purpose", ("export", str(session), "--to", "csv", "--for", "everything")),
        Case("export: nobody was asked", ("export", str(session), "--to", "csv")),
        Case("export: no session", ("export", str(place / "empty"), "--to", "csv")),
        Case("import: no file", ("import", str(session), str(place / "nosuch.llc"))),
        Case("import: a folder", ("import", str(session), str(place))),
        Case("import: a strange file", ("import", str(session), str(place / "file"))),
        Case("import: no session", ("import", str(place / "empty"), str(place / "file"))),
        Case("import: no frames", ("import", str(session), str(place / "file"), "--frames", "0")),
        Case("due: no such folder", ("due", str(place / "nosuch"))),
        Case("copy: no session", ("copy", str(place / "empty"), str(place / "to"))),
        Case("copy: to a file", ("copy", str(session), str(place / "file"))),
        Case("copy: below a file", ("copy", str(session), str(place / "file" / "x")), 1),
        Case("copy: into itself", ("copy", str(session), str(session))),
        Case("copy: there already", ("copy", str(session), str(session.parent))),
    ]


def _nobody() -> list[Case]:
    """Commands to a recorder that does not run."""
    return [
        *(Case(f"{do}: nothing is filmed", (do,)) for do in ("stop", "pause", "resume", "undo")),
        Case("mark: nothing is filmed", ("mark", "a")),
        Case("mark: nothing is filmed, --json", ("mark", "a", "--json")),
        Case("status: nothing is filmed", ("status",), 0),
    ]
