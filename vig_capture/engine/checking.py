"""Checking: shows the checker the newest picture and sound, and keeps what it finds; beside the film, never in its way.

Rule 1: one message is on its way at a time, two a second at most. What the checker does not take is gone.
Rule 2: a checker that is silent, ends, or talks nonsense: at once nothing can be told, and it is started again.
Rule 3: in a pause, and once the film is over, nothing is handed over and nothing is shown as found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vig_capture.core.errors import DeviceError
from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.ports import Checker, Clock
from vig_capture.core.session import State
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.engine.looking import NEVER_NS
from vig_capture.engine.ripple import Ripple
from vig_capture.engine.senses import Ears, Eyes
from vig_capture.engine.stage import Stage

EVERY_NS = SECOND_NS // 2
SILENT_NS = 2500 * MS_NS
"""With the half second between two messages this is the 3 s after which a silent checker's findings are gone."""
GIVE_UP_NS = 10 * SECOND_NS
"""After so long it is started again: on a busy machine a new one would be later still."""
GOOD_FOR_NS = 3 * SECOND_NS
"""An answer says nothing of what is later than this after it."""
START_NS = 60 * SECOND_NS
"""So long it may take until its first word: a busy machine reads OpenCV from its disk."""
RIPPLE_NS = 10 * SECOND_NS
AGAIN_NS = tuple(seconds * SECOND_NS for seconds in (1, 2, 5, 10, 30))
"""Pauses before it is started again, the last one for ever."""
WELL_NS = 60 * SECOND_NS
"""After so long without a fault the next one counts as the first."""
FINDINGS_MAX, NAME_MAX = 50, 60
"""More, and longer names, are nobody's findings: the journal and the snapshots stay small whatever a plug-in says."""
CHECKER_SILENT = "checker-silent"
LOOKED_AT: tuple[State, ...] = ("idle", "arming", "recording")


@dataclass(frozen=True, slots=True)
class Found:
    """What the checks say now."""

    findings: tuple[Finding, ...] = ()
    detector: str = ""
    """Who looks for faces; "" as long as nobody has said."""
    until_ns: int = NEVER_NS
    """Later than this, by the host's clock, nobody knows whether it is still so."""

    def at(self, mono_ns: int) -> Found:
        """What may be shown at this moment, whatever has become of the stage that found it."""
        return self if mono_ns <= self.until_ns else self.silenced([finding.check for finding in self.findings])

    def silenced(self, checks: Iterable[str]) -> Found:
        """Of none of these checks can anything be told."""
        return Found(tuple(Finding(check, Verdict.UNKNOWN, CHECKER_SILENT) for check in checks), self.detector)


class CheckStage(Stage):
    """Looks after the checker."""

    name = "checks"
    idle_s = 0.1
    vital = False

    def __init__(
        self,
        checker: Checker,
        clock: Clock,
        eyes: Eyes | None,
        ears: Ears | None,
        ripple: Ripple | None,
        state: Callable[[], State],
        public_ns: Callable[[], int],
        settings: Callable[[], Mapping[str, Any]],
    ) -> None:
        """`eyes`, `ripple`, `ears`: None without a camera, or a microphone. `public_ns`: what was captured earlier is
        nobody's business. `settings`: faces_expected, rate_wanted, mains_hz, as wished now."""
        super().__init__()
        self.found = Found()
        """Replaced as a whole, read by other threads."""
        self._checker = checker
        self._clock = clock
        self._eyes = eyes
        self._ears = ears
        self._ripple = ripple
        self._rows: dict[str, Any] | None = None
        """Of the last frames that were followed, until they are handed over."""
        self._filming_ns: int | None = None
        """Since when it films."""
        self._state = state
        self._public_ns = public_ns
        self._settings = settings
        self._started_ns: int | None = None
        """When it was started; None while it does not run."""
        self._again_ns = 0
        self._losses = 0
        self._heard_ns = 0
        """Its silence counts from here."""
        self._ready = False
        self._number = 0
        self._asked: int | None = None
        """Number of the message that is on its way."""
        self._due_ns = self._picture_due_ns = 0
        self._shown_ns = 0
        """When it was shown the last picture."""
        checker.wake = self._wake_up

    def step(self) -> bool:
        now_ns = self._clock.mono_ns()
        private = self._is_private(now_ns)
        self._hear(now_ns)
        if private:
            self._rest(now_ns)
            return False
        if self._started_ns is None:
            if now_ns >= self._again_ns:
                self._start(now_ns)
        elif not self._checker.alive() or self._is_silent(now_ns, GIVE_UP_NS):
            self._lose(now_ns)
        elif self._is_silent(now_ns, SILENT_NS):
            self._cannot_tell()
        elif self._ready:
            self._follow(now_ns)
            if self._asked is None and now_ns >= self._due_ns:
                self._ask(now_ns)
        return False

    def _wake_up(self) -> None:
        self.wake()

    def close(self) -> None:
        self._checker.stop()

    def _is_private(self, now_ns: int) -> bool:
        return self._state() not in LOOKED_AT or self._public_ns() > now_ns

    def _is_silent(self, now_ns: int, for_ns: int) -> bool:
        if not self._ready:
            return now_ns - self._heard_ns > START_NS
        return self._asked is not None and now_ns - self._heard_ns > for_ns

    def _rest(self, now_ns: int) -> None:
        """Nothing is to be seen or heard."""
        self._heard_ns = now_ns
        self.found = Found(detector=self.found.detector)
        self._rows = None
        for sense in (self._eyes, self._ears, self._ripple):
            if sense is not None:
                sense.forget()

    # --- the checker's life ------------------------------------------------------------------------------------------

    def _start(self, now_ns: int) -> None:
        self._started_ns = self._heard_ns = self._due_ns = self._picture_due_ns = now_ns
        self._ready, self._asked = False, None
        try:
            self._checker.start()
        except DeviceError:
            self._lose(now_ns)

    def _lose(self, now_ns: int) -> None:
        """It is of no use any more: nothing can be told until the next one has looked."""
        self._checker.stop()
        if self._started_ns is not None and now_ns - self._started_ns > WELL_NS:
            self._losses = 0
        self._again_ns = now_ns + AGAIN_NS[min(self._losses, len(AGAIN_NS) - 1)]
        self._losses += 1
        self._started_ns = self._asked = None
        self._cannot_tell()

    def _cannot_tell(self) -> None:
        self.found = self.found.silenced([finding.check for finding in self.found.findings] or self._senses())

    def _senses(self) -> list[str]:
        """The checks whether there is a picture, and sound."""
        return ["picture"] * (self._eyes is not None) + ["sound"] * (self._ears is not None)

    # --- talking -----------------------------------------------------------------------------------------------------

    def _ask(self, now_ns: int) -> None:
        since_ns = self._public_ns()
        eyes, ears = self._eyes, self._ears
        message: dict[str, Any] = {
            "id": self._number + 1,
            "mono_ns": now_ns,
            "settings": self._wished(),
            "camera": None if eyes is None else eyes.there(),
            "mic": ears is not None,
            "rate": None if eyes is None else eyes.rate(),
            "rare": eyes is not None and eyes.rare(),
            "picture": eyes.picture(since_ns) if eyes is not None and now_ns >= self._picture_due_ns else None,
            "rows": self._rows,
            "sound": [] if ears is None else ears.sound(since_ns),
        }
        if self._is_private(now_ns) or self._public_ns() != since_ns:
            # (The pause came meanwhile.)
            return
        self._number += 1
        self._asked = self._number
        self._due_ns = now_ns + EVERY_NS
        if message["picture"] is not None:
            self._shown_ns, self._rows = now_ns, None
        self._checker.offer(message)

    def _follow(self, now_ns: int) -> None:
        """Before the film and at its beginning see how the light flickers: later it costs more than it tells."""
        if self._ripple is None:
            return
        if self._state() == "recording":
            self._filming_ns = self._filming_ns or now_ns
            if now_ns - self._filming_ns > RIPPLE_NS:
                self._ripple.forget()
                return
        if self._rows is None:
            self._ripple.follow(self.wake)
            self._rows = self._ripple.take(self._public_ns())

    def _wished(self) -> dict[str, Any]:
        """A camera that promises less than is wished does not fall short of it."""
        wished = dict(self._settings())
        promised = self._eyes.promised() if self._eyes is not None else 0.0
        if promised > 0:
            wished["rate_wanted"] = min(wished["rate_wanted"], promised)
        return wished

    def _hear(self, now_ns: int) -> None:
        while self._started_ns is not None and (told := self._checker.poll()) is not None:
            if not self._ready and told.get("ready") is True:
                self._ready = True
            elif self._asked is None or told.get("id") != self._asked or not self._understand(told, now_ns):
                self._lose(now_ns)
                return
            self._heard_ns, self._asked = now_ns, None

    def _understand(self, told: Mapping[str, Any], now_ns: int) -> bool:
        """Take an answer in. False for one that cannot be meant."""
        try:
            findings = tuple(Finding.from_map(each) for each in told["findings"])
            rest_s, detector = float(told["rest_s"]), str(told["detector"])
            said_ns = min(int(told["mono_ns"]), now_ns)  # it may have waited here to be heard
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            return False
        if len(findings) > FINDINGS_MAX or not 0 <= rest_s <= 60:
            return False
        if any(len(name) > NAME_MAX for finding in findings for name in (finding.check, finding.code, detector)):
            return False
        self._picture_due_ns = self._shown_ns + round(rest_s * SECOND_NS)
        # The next message waits for the picture, if that comes soon.
        self._due_ns = max(self._due_ns, min(self._picture_due_ns, self._due_ns + EVERY_NS))
        self.found = Found(findings, detector, said_ns + GOOD_FOR_NS)
        return True


def wished(settings: Mapping[str, Any], people: object, expected: int | None) -> dict[str, Any]:
    """What the checks need to know. `people`: of the session sheet. `expected`: faces, as said before the film."""
    faces = int(settings.get("faces_expected", 2))
    if faces:
        # (Where none are wished, none are looked for, whoever is there.)
        faces = len(people) if isinstance(people, list) and people else expected or faces
    rate = float(settings.get("rate", 30))
    return {"faces_expected": faces, "rate_wanted": rate, "mains_hz": int(settings.get("mains_hz", 50))}
