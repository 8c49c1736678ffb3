"""The checker process: judges pictures and sound beside the recorder. cv2 lives here; PyAV and devices never do.

Asked on standard input, answers on standard output, both a stream of msgpack maps (checks/judge.py tells them). The
first word is {ready: True}; {at: NAME} stands before the run of a plug-in, {at: ""} after it. The end of standard input
ends it: it never outlives its recorder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import cv2
import msgpack

from vig_capture.checks.faces import FaceDetector
from vig_capture.checks.framing import FRAMING
from vig_capture.checks.judge import SOUND, Judge
from vig_capture.checks.light import LIGHT
from vig_capture.checks.run import Runner, name_of
from vig_capture.checks.sound.voice import voice_detector
from vig_capture.checks.sound.watch import SOUND_CHECKS, SoundWatch
from vig_capture.checks.view import CheckSettings, PictureCheck, PictureView
from vig_capture.checks.watcher import Watcher
from vig_capture.cli.detector import choose
from vig_capture.core.findings import Finding
from vig_capture.devices.clock import cpu_ns, mono_ns
from vig_capture.plugins import CHECKS, load, names

NICE = 10
"""The film comes first."""
MESSAGE_BYTES_MAX = 64 << 20
"""The luma of a picture of 8K has 33 million bytes."""
_READ_BYTES = 1 << 20

Tell = Callable[[dict[str, Any]], None]

OWN: tuple[PictureCheck, ...] = FRAMING + LIGHT


def main() -> int:
    """Serve the recorder that has started this process."""
    told = _own_output()
    if hasattr(os, "nice"):
        os.nice(NICE)
    cv2.setNumThreads(1)
    with suppress(BrokenPipeError):  # the recorder has gone
        serve(made(told, *sys.argv[1:]), told)
    return 0


def made(tell: Tell, face_model: str, *hung: str) -> Judge:
    """All checks. `face_model`: as the settings name it. `hung`: plug-ins that have kept earlier processes for ever."""
    own: list[Callable[..., Any]] = [*OWN, *SOUND_CHECKS]
    runner = Runner(cpu_ns, {SOUND, *map(name_of, own)})
    for name in hung:
        runner.mute(name)
    checks = [*((name_of(check), check) for check in OWN), *_plugins(runner, tell)]
    return Judge(Watcher(checks, _detector(face_model), runner), _listen, runner, cpu_ns)


def _detector(face_model: str) -> FaceDetector:
    choice = choose(face_model)
    if choice.fault is not None:
        print(choice.fault, file=sys.stderr)
    return choice.detector


def _listen(rate: int, settings: CheckSettings) -> SoundWatch:
    return SoundWatch(settings, rate, voice=voice_detector())


def serve(judge: Judge, tell: Tell) -> None:
    """Answer until standard input ends."""
    unpacker = msgpack.Unpacker(max_buffer_size=MESSAGE_BYTES_MAX)
    tell({"ready": True})
    while data := os.read(sys.stdin.fileno(), _READ_BYTES):
        unpacker.feed(data)
        for message in unpacker:
            tell(judge.answer(message) | {"mono_ns": mono_ns()})


def _own_output() -> Tell:
    """Standard output for the answers alone: what a library or plug-in prints goes where errors go."""
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def tell(message: dict[str, Any]) -> None:
        data = memoryview(msgpack.packb(message))
        while data:
            data = data[os.write(out, data) :]

    return tell


def _plugins(runner: Runner, tell: Tell) -> list[tuple[str, PictureCheck]]:
    found: list[tuple[str, PictureCheck]] = []
    for name in names(CHECKS):
        check = runner.call(name, partial(load, CHECKS, name), None)
        if check is None:
            runner.mute(name)
        else:
            found.append((name, _announced(name, check, tell)))
    return found


def _announced(name: str, check: PictureCheck, tell: Tell) -> PictureCheck:
    """Whoever has to kill this process knows which plug-in did not come to an end."""

    def announced(view: PictureView, settings: CheckSettings) -> Iterable[Finding]:
        tell({"at": name})
        try:
            return tuple(check(view, settings))
        finally:
            tell({"at": ""})

    return announced


if __name__ == "__main__":
    sys.exit(main())
