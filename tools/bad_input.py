"""Bad input of every kind, against the real command and a real demo recorder.

Each case must end with its exit code and a sentence, never with a traceback or a fault of the program itself: first
those of bad_input_cases.py, then those of a film under way, each of which must also leave the film running and markers
answered within a second, then what a killed recorder leaves. Prints a table; the exit code is 1 where anything went
wrong. Needs no device and no network; takes about two minutes.
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

from bad_input_cases import cases, prepare

from vig_capture.devices.clock import mono_ns
from vig_capture.engine.client import RUN_FILE, Running, find, reach

ROOT = Path(__file__).resolve().parent.parent

FAULTS = ("Traceback", "itself went wrong", "Error:")
COMMAND_S = 40
MARK_MS_MAX = 1000
RECORD = ("record", "--no-tui", "--demo", "--size", "320x180", "--rate", "15", "--for", "1")


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    code: int
    said: str
    fault: str


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
