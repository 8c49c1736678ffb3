"""The recorder process's own main: reads its request from standard input, says on standard output that it films, and
detaches."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

from vig_capture.cli.request import Request
from vig_capture.core.errors import VigError
from vig_capture.devices.settings_files import runtime_folder

LOG_FILE = "recorder.log"
HELD_S = 0.5
"""So long the end of the film waits for what keeps the computer awake."""


def main() -> int:
    """Record what standard input asks for. The exit code is that of the session."""
    request = Request.from_map(json.loads(sys.stdin.buffer.readline()))
    answered = False

    def tell(message: dict[str, Any]) -> None:
        nonlocal answered
        if not answered:
            answered = not message.get("ready")
            _answer(message, last=answered)

    try:
        return _record(request, tell)
    except VigError as error:
        tell(error.as_map())
        return error.exit_code


def _record(request: Request, tell: Any) -> int:
    from vig_capture.cli.assembly import plan, resumed
    from vig_capture.devices.power import StayAwake
    from vig_capture.engine.recorder import Recorder

    runtime = runtime_folder()
    made, ports = plan(request)
    before = resumed(Path(request.resume), Path(request.out).expanduser()) if request.resume else None
    recorder = Recorder(made, ports, runtime, before)
    for name in ("SIGHUP", "SIGINT"):
        # A closed terminal and its Ctrl-C are not for this process: stop is a message.
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: recorder.terminated.set())
    awake = StayAwake()
    # Beside the film: the system's answer may take seconds.
    holding = Thread(target=awake.hold, name="stay-awake", daemon=True)
    holding.start()
    try:
        return recorder.run(tell)
    finally:
        holding.join(HELD_S)
        if not holding.is_alive():
            # Otherwise what it still holds ends with this process.
            awake.release()


def _answer(message: dict[str, Any], last: bool) -> None:
    """A line to the command that started this process; after the last one there may be nobody who reads."""
    data = json.dumps(message).encode() + b"\n"
    try:
        os.write(sys.stdout.fileno(), data)
    except OSError:
        return
    if not last:
        return
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 0)
    os.close(null)


if __name__ == "__main__":
    # Daemon threads of devices that do not answer must not keep the process: leave without waiting for them.
    code = main()
    with suppress(OSError):
        sys.stderr.flush()
    os._exit(code)
