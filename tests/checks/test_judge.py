"""The checker's answers: from messages as the recorder sends them to findings as they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vig_capture.checks.faces import Caps, Face, NoDetector
from vig_capture.checks.judge import REST_MAX_S, REST_S, SHARE, Judge
from vig_capture.checks.run import MUTED, Runner
from vig_capture.checks.sound.watch import SoundWatch
from vig_capture.checks.steady import STIRRED
from vig_capture.checks.view import LOOKS_S, CheckSettings, PictureCheck, PictureView
from vig_capture.checks.watcher import Watcher
from vig_capture.core.findings import LOOKING, Finding, Verdict
from vig_capture.core.time import MS_NS, SECOND_NS

RATE = 8000
FACE = Face(0.4, 0.4, 0.1, 0.2, 0.9)


class Room:
    """A judge with one check of a test's own, asked twice a second."""

    def __init__(self, *checks: tuple[str, PictureCheck], detector: Any = None) -> None:
        self.cpu_now_ns = 0
        self.now_ns = 50 * SECOND_NS
        self.number = 0
        self.views: list[PictureView] = []
        runner = Runner(self.cpu_ns)
        watcher = Watcher([("seen", self.seen), *checks], detector or NoDetector(), runner)
        self.judge = Judge(watcher, lambda rate, settings: SoundWatch(settings, rate), runner, self.cpu_ns)

    def cpu_ns(self) -> int:
        return self.cpu_now_ns

    def seen(self, view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
        self.views.append(view)
        yield Finding("mean", Verdict.GOOD, "told", float(view.picture.bgr.mean()))

    def ask(
        self, picture: bool = True, sound: bool = True, after_ns: int = SECOND_NS // 2, **other: Any
    ) -> dict[str, Any]:
        self.now_ns += after_ns
        self.number += 1
        rgb = np.zeros((36, 64, 3), np.uint8)
        rgb[..., 0] = 90
        told = {"mono_ns": self.now_ns, "width": 64, "height": 36, "rgb": rgb.tobytes()}
        told |= {"full_width": 128, "full_height": 72, "luma": bytes(128 * 72)}
        samples = (np.random.default_rng(self.number).normal(0, 0.01, RATE // 2)).astype(np.float32)
        block = {"rate": RATE, "samples": samples.tobytes(), "gap": False}
        message = {
            "id": self.number,
            "mono_ns": self.now_ns,
            "settings": {"faces_expected": 2, "rate_wanted": 30.0, "mains_hz": 50},
            "camera": True,
            "mic": True,
            "picture": told if picture else None,
            "rate": None,
            "rare": False,
            "rows": None,
            "sound": [block] if sound else [],
        }
        return self.judge.answer(message | other)

    def codes(self, times: int = 1, **asked: Any) -> dict[str, str]:
        for _ in range(times):
            answer = self.ask(**asked)
        return {finding["check"]: finding["code"] for finding in answer["findings"]}


def test_an_answer() -> None:
    """It bears the question's id, one finding of each check, who looks for faces, and when it wants to look again."""
    room = Room()
    first = room.ask()
    assert (first["id"], first["detector"], first["rest_s"]) == (1, "none", REST_S)
    assert {finding["code"] for finding in first["findings"]} == {LOOKING}
    answer = [room.ask() for _ in range(3)][-1]
    found = {finding["check"]: Finding.from_map(finding) for finding in answer["findings"]}
    assert len(found) == len(answer["findings"])
    assert found["mean"] == Finding("mean", Verdict.GOOD, "told", 30.0)
    assert found["picture"].verdict == found["sound"].verdict == Verdict.GOOD
    assert "snr" in found


def test_the_picture_is_bgr_with_its_luma() -> None:
    """A check is given blue, green, red, the recorded size and every recorded pixel of luma."""
    room = Room()
    room.ask()
    picture = room.views[-1].picture
    assert picture.bgr[5, 5].tolist() == [0, 0, 90]
    assert picture.bgr.shape == (36, 64, 3)
    assert (picture.width, picture.height) == (128, 72)
    assert picture.luma is not None
    assert picture.luma.shape == (72, 128)


def test_the_looks_of_ten_seconds() -> None:
    """A check is given the faces of the last ten seconds, oldest first, and no more."""

    class Two:
        name, caps = "two", Caps()

        def detect(self, bgr: NDArray[np.uint8], expected: int | None) -> tuple[Face, ...]:
            return (FACE,) * (expected or 0)

    room = Room(detector=Two())
    for _ in range(60):
        room.ask()
    view = room.views[-1]
    times = [look.mono_ns for look in view.looks]
    assert times == sorted(set(times))
    assert times[-1] - times[0] == LOOKS_S * SECOND_NS
    assert view.faces == (FACE, FACE)
    assert view.detector == "two"


def test_nobody_looks_for_faces_where_none_are_expected() -> None:
    """With no face expected the detector is not asked."""

    class Never(NoDetector):
        def detect(self, bgr: NDArray[np.uint8], expected: int | None) -> tuple[Face, ...]:
            pytest.fail("it was asked")

    Room(detector=Never()).ask(settings={"faces_expected": 0, "rate_wanted": 30.0, "mains_hz": 50})


def test_no_picture_is_unknown() -> None:
    """A camera that is gone is said at once, one that sends nothing after 3 s, rare keyframes by their name."""
    room = Room()
    assert room.codes(4)["mean"] == "told"
    assert room.codes(5, picture=False)["mean"] == "told"
    assert room.codes(2, picture=False)["mean"] == "no-picture"
    assert room.codes(4)["mean"] == "told"
    assert room.codes(picture=False, camera=False)["mean"] == "no-picture"
    assert room.codes(8, picture=False, rare=True)["mean"] == "keyframes-rare"


def test_no_sound_is_unknown() -> None:
    """Without sound for two seconds nothing is told of it; without a microphone nothing is said."""
    room = Room()
    assert room.codes(4)["sound"] == "sound-heard"
    assert room.codes(4, sound=False)["sound"] == "sound-heard"
    assert room.codes(1, sound=False)["sound"] == "no-sound"
    assert "sound" not in room.codes(sound=False, mic=False)
    assert "picture" not in room.codes(picture=False, camera=None)


def test_after_a_pause_nothing_of_before_counts() -> None:
    """Where no message came for longer than a picture is good for, the looks begin anew."""
    room = Room()
    assert room.codes(4)["mean"] == "told"
    assert room.codes(after_ns=10 * SECOND_NS)["mean"] == "no-picture"
    assert room.codes(2)["mean"] == "told"


def test_a_broken_check_is_muted_alone() -> None:
    """A check that raises is shown as muted, the others as before; so is a detector, and then nobody looks."""

    def broken(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
        raise RuntimeError

    class Broken(NoDetector):
        name = "broken eyes"

        def detect(self, bgr: NDArray[np.uint8], expected: int | None) -> tuple[Face, ...]:
            raise RuntimeError

    room = Room(("plug-in", broken), detector=Broken())
    codes = room.codes(4)
    assert (codes["mean"], codes["plug-in"], codes["broken eyes"]) == ("told", MUTED, MUTED)
    assert room.ask()["detector"] == "none"


def test_a_slow_machine_looks_less_often() -> None:
    """What a look costs sets how soon the next one is wanted, so that the share of a core stays; not while what is seen
    is about to change what is shown, nor right after that has changed."""
    costs = iter([200 * MS_NS] * (STIRRED + 3) + [100 * MS_NS, 200 * MS_NS])

    def dear(view: PictureView, settings: CheckSettings) -> Iterator[Finding]:
        room.cpu_now_ns += next(costs)
        yield Finding("dear", Verdict.GOOD, "x")

    room = Room(("dear", dear))
    told = [room.ask()["rest_s"] for _ in range(STIRRED + 5)]
    assert told == [*[REST_S] * (STIRRED + 2), REST_MAX_S, pytest.approx(0.1 / SHARE), REST_MAX_S]
