"""Answers the recorder: takes the newest picture and sound, and says what is found.

One message, one answer, both msgpack maps (cli/checker_main.py carries them). A message:

| field    | is |
| -------- | -- |
| id       | given back with the answer |
| mono_ns  | now |
| settings | faces_expected, rate_wanted, mains_hz |
| camera   | None without one; does it send anything? |
| picture  | None, or mono_ns; width, height and rgb of a small picture; full_width and full_height of the recorded |
|          | one, and its luma or None (rows from the top, full range) |
| rate     | frames a second that really came, or None |
| rare     | this camera's pictures may come too seldom to be read |
| rows     | None, or frames, rate and means (float32, of each row of each frame, 0..255): judged with a picture |
| mic      | is there one? |
| sound    | what has come since, in order: list of rate, samples (float32, one channel), gap (something is missing |
|          | before it) |

An answer: id; findings, of every check one, as it is to be shown; detector, who looks for faces; rest_s, so long no
further picture is wanted. When it was said, mono_ns, is added by the process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from vig_capture.checks.run import Runner, name_of
from vig_capture.checks.sound.view import SoundView
from vig_capture.checks.sound.watch import SOUND_CHECKS, SoundWatch
from vig_capture.checks.steady import Steady
from vig_capture.checks.view import CheckSettings, Picture, Rows
from vig_capture.checks.watcher import NO_PICTURE, Watcher
from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.time import SECOND_NS

SHARE = 0.08
"""Of a core: so much may looking cost, on whatever machine; listening costs a little more."""
REST_S, REST_MAX_S = 0.5, 2.0
"""Between two pictures: two a second, or on a slow machine as many as SHARE allows, as long as they are not stale and
nothing is changing: a fault has to be seen three times."""
SOUND = "sound"
"""The check whether there is any sound."""
NO_SOUND = "no-sound"
HEARD = "sound-heard"
KEYFRAMES_RARE = "keyframes-rare"
SOUND_STALE_NS = 2 * SECOND_NS


Cpu = Callable[[], int]
"""Nanoseconds that this process has spent on the processor."""


class Judge:
    """All checks of one recorder."""

    def __init__(
        self, watcher: Watcher, listen: Callable[[int, CheckSettings], SoundWatch], runner: Runner, cpu_ns: Cpu
    ) -> None:
        """`listen`: begins to listen to sound of so many samples a second."""
        self._watcher = watcher
        self._listen = listen
        self._runner = runner
        self._cpu_ns = cpu_ns
        self._steady = Steady(SOUND)
        self._heard_ns: int | None = None
        self._watch: tuple[int, SoundWatch] | None = None
        """By the rate of its samples."""

    def answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Judge what the message holds. Raises KeyError, TypeError, ValueError for one that cannot be meant."""
        settings = CheckSettings(**message["settings"])
        mono_ns = int(message["mono_ns"])
        began_ns = self._cpu_ns()
        findings: list[Finding] = []
        if message["camera"] is not None:
            self._look(message, mono_ns, settings)
            findings += self._watcher.findings
        took_s = (self._cpu_ns() - began_ns) / SECOND_NS
        if message["mic"]:
            self._hear(message["sound"], mono_ns, settings)
            findings += self._steady.shown
        findings += self._runner.muted()
        shown = {finding.check: finding.as_map() for finding in findings}
        return {
            "id": message["id"],
            "findings": list(shown.values()),
            "detector": self._watcher.detector.name,
            "rest_s": REST_S if self._watcher.settles else min(max(REST_S, took_s / SHARE), REST_MAX_S),
        }

    def _look(self, message: Mapping[str, Any], mono_ns: int, settings: CheckSettings) -> None:
        told = message["picture"]
        if told is not None:
            self._watcher.look(_picture(told), settings, message["rate"], _rows(message["rows"]))
        else:
            self._watcher.rest(mono_ns, message["camera"], KEYFRAMES_RARE if message["rare"] else NO_PICTURE)

    def _hear(self, blocks: list[Mapping[str, Any]], mono_ns: int, settings: CheckSettings) -> None:
        if blocks:
            self._heard_ns = mono_ns
            view = self._runner.call(SOUND, lambda: self._listened(blocks, settings))
            found = [] if view is None else self._checked(view, settings)
            self._steady.look([Finding(SOUND, Verdict.GOOD, HEARD), *found])
        elif self._heard_ns is None or mono_ns - self._heard_ns > SOUND_STALE_NS:
            self._heard_ns = None
            self._steady.silence(NO_SOUND)

    def _listened(self, blocks: list[Mapping[str, Any]], settings: CheckSettings) -> SoundView:
        for block in blocks:
            rate = int(block["rate"])
            if self._watch is None or self._watch[0] != rate:
                self._watch = rate, self._listen(rate, settings)
            self._watch[1].add(np.frombuffer(block["samples"], np.float32), bool(block["gap"]))
        assert self._watch is not None, "there is a block"
        return self._watch[1].view()

    def _checked(self, view: SoundView, settings: CheckSettings) -> list[Finding]:
        found: list[Finding] = []
        for check in SOUND_CHECKS:
            found += self._runner.run(name_of(check), partial(check, view, settings))
        return found


def _rows(told: Mapping[str, Any] | None) -> Rows | None:
    if told is None:
        return None
    return Rows(np.frombuffer(told["means"], np.float32).reshape(int(told["frames"]), -1), float(told["rate"]))


def _picture(told: Mapping[str, Any]) -> Picture:
    width, height = int(told["full_width"]), int(told["full_height"])
    rgb = np.frombuffer(told["rgb"], np.uint8).reshape(int(told["height"]), int(told["width"]), 3)
    luma = None if told["luma"] is None else np.frombuffer(told["luma"], np.uint8).reshape(height, width)
    return Picture(int(told["mono_ns"]), np.ascontiguousarray(rgb[..., ::-1]), width, height, luma)
