"""Bad input of every kind, against the real command and a real demo recorder.

Each case must end with its exit code and a sentence, never with a traceback or a fault of the program itself. While a
demo film is made, each case must also leave the film running and markers answered within a second. Prints a table;
the exit code is 1 where anything went wrong. Needs no device and no network; takes about two minutes.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from vig_capture.core.records import encode
from vig_capture.devices.clock import mono_ns
from vig_capture.engine.client import RUN_FILE, Running, find, reach

ROOT = Path(__file__).resolve().parent.parent

FAULTS = ("Traceback", "itself went wrong", "Error:")
COMMAND_S = 40
MARK_MS_MAX = 1000
RECORD = ("record", "--no-tui", "--demo", "--size", "320x180", "--rate", "15", "--for", "1")


@dataclass(frozen=True, slots=True)
class Case:
    """A command line that cannot be meant, and the exit code that it must have."""

    name: str
    arguments: tuple[str, ...]
    code: int = 2
    starts: bool = False
    """A recorder is started before the fault is found."""


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    code: int
    said: str
    fault: str


# ------------------------------------------------------------------------------------------------------- the cases


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


# ---------------------------------------------------------------------------------------------------- running them


def judged(name: str, wanted: int, code: int, said: str) -> Outcome:
    """What is wrong with an outcome, if anything."""
    found = next((word for word in FAULTS if word in said), "")
    fault = f"says {found!r}" if found else "" if code == wanted else f"exit code {wanted} was wanted"
    if not said.strip():
        fault = fault or "no sentence"
    if "secret" in said:
        fault = "a password is shown"
    first = next((line.strip() for line in said.splitlines() if line.strip() and not line.startswith("{")), "")
    return Outcome(name, code, first, fault)


def run(environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """The command's exit code and all that it said."""
    command = [sys.executable, "-m", "vig_capture", *arguments]
    try:
        done = subprocess.run(
            command, env=environment, cwd=environment["VIG_PLACE"], capture_output=True, timeout=COMMAND_S
        )
    except subprocess.TimeoutExpired as late:
        return -1, ((late.stdout or b"") + (late.stderr or b"")).decode(errors="replace")
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def environment(place: Path) -> dict[str, str]:
    """Runtime, data and settings folders of its own."""
    values = {**os.environ, "PYTHONPATH": str(ROOT), "VIG_PLACE": str(place)}
    for name, folder in (("RUNTIME_DIR", "run"), ("DATA_HOME", "data"), ("CONFIG_HOME", "config")):
        (place / folder).mkdir(mode=0o700, exist_ok=True)
        values[f"XDG_{name}"] = str(place / folder)
    return values


@contextmanager
def film(values: Mapping[str, str], runtime: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A demo film that runs, with the command in front of it."""
    arguments = [*RECORD[:-2], "--segment-seconds", "2", "--out", f"{values['VIG_PLACE']}/films"]
    front = subprocess.Popen(
        [sys.executable, "-m", "vig_capture", *arguments],
        env=values,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until(lambda: _state(runtime) == "recording", 30)
        yield front
    finally:
        if front.poll() is None:
            front.terminate()
        with suppress(subprocess.TimeoutExpired):
            front.wait(10)


def _state(runtime: Path) -> str:
    return str(_ask(runtime, "status").get("state", "")) if find(runtime) else ""


def _ask(runtime: Path, do: str, **fields: Any) -> dict[str, Any]:
    client = reach(runtime)
    try:
        return client.ask(do, mono_ns=mono_ns(), **fields)
    finally:
        client.close()


def _until(done: Callable[[], bool], seconds: float) -> None:
    end_ns, pause = mono_ns() + int(seconds * 1e9), Event()
    while not done():
        if mono_ns() > end_ns:
            raise TimeoutError("the recorder did not get there in time")
        pause.wait(0.05)


# ---------------------------------------------------------------------------------------------- while a film is made


def hostile(runtime: Path) -> dict[str, Callable[[], list[socket.socket]]]:
    """Clients that mean no good; each gives the connections that it keeps open."""
    address = str(runtime / "recorder.sock")

    def connect() -> socket.socket:
        plug = socket.socket(socket.AF_UNIX)
        plug.settimeout(3)
        plug.connect(address)
        return plug

    def silent() -> list[socket.socket]:
        return [connect()]

    def garbage() -> list[socket.socket]:
        plug = connect()
        with suppress(OSError):
            plug.sendall(bytes(range(256)) * 100)
        return [plug]

    def giant() -> list[socket.socket]:
        plug = connect()
        with suppress(OSError):
            plug.sendall((1 << 30).to_bytes(4, "big") + b"x" * 100_000)
        return [plug]

    def known_giant() -> list[socket.socket]:
        client = reach(runtime)
        client.send({"id": "giant", "do": "mark", "key": "a", "note": "x" * (8 << 20)})
        client.close()
        return []

    def known_garbage() -> list[socket.socket]:
        for data in (b"", b"\xc1", b"\x93\x01\x02", b"\x81\x91\x01\x01", b"\xd9\xff", b"\x81\xa2id\xc0"):
            client = reach(runtime)
            with suppress(OSError):
                client._connection.send_bytes(data)
            client.close()
        return []

    def nonsense() -> list[socket.socket]:
        client = reach(runtime)
        commands: tuple[dict[str, Any], ...] = (
            {"do": "fly"}, {"do": ["mark"]}, {"do": "mark"}, {"do": "mark", "key": 7, "mono_ns": "now"},
            {"do": "mark", "key": "a", "mono_ns": 1 << 62}, {"do": "mark", "key": "a", "mono_ns": -1},
            {"do": "note", "of": 3, "note": None}, {"do": "undo", "of": {"a": 1}}, {"do": None},
        )  # fmt: skip
        for number, fields in enumerate(commands):
            client.send({"id": f"n{number}", **fields})
        client.send({"id": ["a", {"b": 2}], "do": "mark", "key": "a"})
        client.close()
        return []

    return {
        "a client connects and stays silent": silent,
        "a stranger sends garbage": garbage,
        "a stranger sends a giant": giant,
        "a client sends a giant message": known_giant,
        "a client sends garbage": known_garbage,
        "a client sends nonsense": nonsense,
    }


def while_filming(values: Mapping[str, str], runtime: Path) -> Iterator[Outcome]:
    """All cases of a running film, and what they cost."""
    with film(values, runtime) as front:
        pid = _running(runtime).pid
        for name, code, arguments in (
            ("a wrong key", 2, ("mark", "%")),
            ("a reserved key", 2, ("mark", "u")),
            ("an empty key", 2, ("mark", "")),
            ("a note that is no text", 0, ("mark", "a", "--note", os.fsdecode(b"\xff\xfe"))),
            ("a note that is too long", 2, ("mark", "r", "--note", "x" * 5000)),
            ("a second record", 2, RECORD),
            ("a second record, --json", 2, (*RECORD, "--json")),
            ("pause", 0, ("pause",)),
            ("pause twice", 0, ("pause",)),
            ("resume", 0, ("resume",)),
            ("resume twice", 2, ("resume",)),
            (
                "copy of a running film",
                2,
                ("copy", str(_running(runtime).folder), str(Path(values["VIG_PLACE"]) / "x")),
            ),
            ("recover beside a running film", 0, ("recover", str(_running(runtime).folder.parent))),
        ):
            yield _unharmed(judged(name, code, *run(values, *arguments)), runtime, pid)
        for name, attack in hostile(runtime).items():
            plugs = attack()
            yield _unharmed(Outcome(name, 0, "the film goes on", ""), runtime, pid)
            for plug in plugs:
                plug.close()
        folder = _running(runtime).folder
        yield judged("stop", 0, *run(values, "stop"))
        front.wait(20)
        yield judged("stop twice", 2, *run(values, "stop"))
        yield judged("verify what was filmed", 0, *run(values, "verify", str(folder)))
        yield judged("recorder.log of all this", 0, 0, (runtime / "recorder.log").read_text() or "empty")


def _unharmed(outcome: Outcome, runtime: Path, pid: int) -> Outcome:
    """The same recorder films on, and a marker is answered in time."""
    if outcome.fault:
        return outcome
    before_ns = mono_ns()
    try:
        _ask(runtime, "mark", key="a")
        running = _running(runtime)
    except Exception as error:  # noqa: BLE001 - around one check: whatever it is, it is this case's fault
        return Outcome(outcome.name, outcome.code, outcome.said, f"no marker afterwards: {error}")
    took_ms = (mono_ns() - before_ns) / 1e6
    if took_ms > MARK_MS_MAX or running.pid != pid:
        return Outcome(outcome.name, outcome.code, outcome.said, f"marker after {took_ms:.0f} ms, pid {running.pid}")
    return Outcome(outcome.name, outcome.code, f"{outcome.said} [marker {took_ms:.0f} ms]", "")


def _running(runtime: Path) -> Running:
    running = find(runtime)
    if running is None:
        raise RuntimeError("the recorder is gone")
    return running


def after_a_kill(values: Mapping[str, str], runtime: Path) -> Iterator[Outcome]:
    """A recorder and its command that were killed leave a socket and run.json behind."""
    with film(values, runtime) as front:
        running = _running(runtime)
        front.kill()
        os.kill(running.pid, signal.SIGKILL)
        front.wait(10)
        _until(lambda: find(runtime) is None, 10)
    left = (runtime / RUN_FILE).exists() and (runtime / "recorder.sock").exists()
    yield Outcome("killed: socket and run.json are left", 0, "as expected", "" if left else "they are not there")
    yield judged("stale socket: status", 0, *run(values, "status"))
    yield judged("stale socket: mark", 2, *run(values, "mark", "a"))
    yield judged("stale socket: recover", 0, *run(values, "recover", str(running.folder.parent)))
    yield judged("stale socket: record", 0, *run(values, *RECORD, "--out", f"{values['VIG_PLACE']}/films"))
    (runtime / RUN_FILE).write_text("{ no json")
    yield judged("damaged run.json: status", 0, *run(values, "status"))
    yield judged("damaged run.json: record", 0, *run(values, *RECORD, "--out", f"{values['VIG_PLACE']}/films"))


def outcomes(place: Path) -> Iterator[Outcome]:
    """Everything, in order."""
    prepare(place)
    values = environment(place)
    runtime = place / "run" / "vig-capture"
    code, said = run(values, *RECORD, "--out", str(place / "good"))
    yield judged("a good film first", 0, code, said)
    (session,) = (place / "good").iterdir()
    for case in cases(place, session):
        yield judged(case.name, case.code, *run(values, *case.arguments))
    yield from while_filming(values, runtime)
    yield from after_a_kill(values, runtime)


def main() -> int:
    failed = total = 0
    with tempfile.TemporaryDirectory(prefix="vig-bad-") as name:
        for outcome in outcomes(Path(name)):
            total += 1
            failed += bool(outcome.fault)
            mark = f"FAILED: {outcome.fault}" if outcome.fault else "ok"
            print(f"{outcome.name:<38.38} {outcome.code:>3}  {outcome.said[:110]}  {mark}", flush=True)
    print(f"{total} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
