"""Watches the picture: remembers the looks of the last seconds, finds the faces, and runs the checks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from vig_capture.checks.camera import CAMERA, Stillness, camera
from vig_capture.checks.faces import Face, FaceDetector, NoDetector
from vig_capture.checks.run import Runner, name_of
from vig_capture.checks.steady import Steady
from vig_capture.checks.view import LOOKS_S, CheckSettings, Look, Picture, PictureCheck, PictureView, Rows
from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.time import SECOND_NS

STALE_NS = 3 * SECOND_NS
"""What was seen longer ago says nothing of now. (Keyframes that are looked at alone come every 2 s.)"""
NAME = "picture"
"""The check whether there is a picture at all."""
NO_PICTURE = "no-picture"
SEEN = "picture-seen"


class Watcher:
    """One for each camera that is looked at."""

    def __init__(self, checks: Sequence[tuple[str, PictureCheck]], detector: FaceDetector, runner: Runner) -> None:
        """`checks`: each with the name under which it fails."""
        self._checks = checks
        self._detector = detector
        self._runner = runner
        self._stillness = Stillness()
        self._steady = Steady(NAME)
        self._looks: tuple[Look, ...] = ()
        self._seen_ns: int | None = None
        """When the newest picture was taken."""

    @property
    def detector(self) -> FaceDetector:
        """Who looks for faces."""
        return self._detector

    @property
    def findings(self) -> tuple[Finding, ...]:
        """As they are shown."""
        return self._steady.shown

    @property
    def settles(self) -> bool:
        """May further looks soon show something else?"""
        return self._steady.settles

    def look(self, picture: Picture, settings: CheckSettings, rate: float | None, rows: Rows | None = None) -> None:
        """Look at the newest picture. `rate`: frames a second that really came."""
        if self._seen_ns is not None and picture.mono_ns - self._seen_ns > STALE_NS:
            self._steady.silence(NO_PICTURE)
        self._seen_ns = picture.mono_ns
        since_ns = picture.mono_ns - round(LOOKS_S * SECOND_NS)
        look = Look(picture.mono_ns, self._faces(picture, settings))
        self._looks = (*(each for each in self._looks if since_ns <= each.mono_ns < picture.mono_ns), look)
        name, caps = self._detector.name, self._detector.caps
        view = PictureView(picture, self._looks, name, caps, rate, self._reference(picture), rows)
        found = [
            finding
            for check_name, check in self._checks
            for finding in self._runner.run(check_name, partial(check, view, settings))
        ]
        self._steady.look([Finding(NAME, Verdict.GOOD, SEEN), *found])

    def rest(self, mono_ns: int, there: bool, code: str = NO_PICTURE) -> None:
        """No picture came until now. `there`: does the camera send any? `code`: why none has come, if none has."""
        if not there or self._seen_ns is None or mono_ns - self._seen_ns > STALE_NS:
            self._seen_ns = None
            self._steady.silence(code)

    def _reference(self, picture: Picture) -> Picture | None:
        known = self._stillness.reference
        if known is not None and known.bgr.shape != picture.bgr.shape:
            # Another camera, or another size.
            self._stillness = Stillness()
        found = self._runner.call(name_of(camera), partial(self._stillness, picture))
        if found is not None and found is not known:
            self._steady.renew(CAMERA)
        return found

    def _faces(self, picture: Picture, settings: CheckSettings) -> tuple[Face, ...]:
        expected, detector = settings.faces_expected, self._detector
        if not expected:
            return ()
        faces = self._runner.call(detector.name, lambda: detector.detect(picture.bgr, expected), None)
        if self._runner.is_muted(detector.name):
            self._detector = NoDetector()
        return faces or ()
