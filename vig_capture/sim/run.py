"""One seed: sessions, faults and deaths for so many simulated minutes, then the laws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random

from vig_capture.core import session
from vig_capture.core.errors import UserError
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.plan import Resumed
from vig_capture.sim import bugs, laws
from vig_capture.sim.client import Client
from vig_capture.sim.disk import Volume
from vig_capture.sim.faults import FAULTS, HARMLESS, draw
from vig_capture.sim.life import Running, journal_paths, resumed
from vig_capture.sim.room import MINUTE_NS, Room, SessionTruth
from vig_capture.sim.world import Killed

DEATHS = ("kill", "cut")


@dataclass(slots=True)
class Outcome:
    """What a seed showed."""

    seed: int
    simulated_s: float
    faults: Counter[str]
    cells: Counter[str]
    violations: list[str]
    sessions: int
    lives: int
    totals: Counter[str] = field(default_factory=Counter)


class Play:
    """A seed being played."""

    def __init__(self, seed: int, minutes: float, faults: int) -> None:
        self.room = Room(seed)
        self.rng = Random(seed + 3)
        self.end_ns = self.room.clock.elapsed_ns + round(minutes * MINUTE_NS)
        self.running: Running | None = None
        self.at_next_life = ""
        """A fault that strikes a recorder that has just come up."""
        self.truth: SessionTruth = self.room.new_session()
        self.client = Client(self.room, self.truth, Random(seed + 4))
        count = self.rng.randint(faults, 2 * faults + 2)
        for name in draw(self.rng, count):
            self.later(self.rng.random() * minutes * 57, self._strike(name))

    # --- for the faults ---------------------------------------------------------------------------------------------

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        self.room.scheduler.after(int(seconds * SECOND_NS), do)

    def volume(self) -> Volume:
        """The disk that is written now; sometimes the other one."""
        folder = self.truth.folders[-1 if self.rng.random() < 0.8 else 0]
        return self.room.disk.volume(folder)

    def disk_is_ill(self, kind: str, failed: bool = False) -> None:
        self._until(kind, 1 << 62)
        self.truth.disk_failed |= failed

    def disk_is_well(self, kind: str, grace_s: float) -> None:
        if all(volume.is_well(kind) for volume in self.room.disk.volumes):
            self._until(kind, self.room.clock.elapsed_ns + int(grace_s * SECOND_NS))

    def _until(self, kind: str, until_ns: int) -> None:
        if kind == "journal":
            self.room.journal_ill_until_ns = until_ns
        else:
            self.room.film_ill_until_ns = until_ns

    def _strike(self, name: str) -> Callable[[], None]:
        def strike() -> None:
            try:
                struck = FAULTS[name](self)
            except Killed:
                self.room.faults[name] += 1
                raise
            if struck:
                self.room.faults[name] += 1
                if name not in HARMLESS:
                    self.room.struck_ns = self.room.clock.elapsed_ns
            elif self.room.clock.elapsed_ns < self.end_ns:
                # It found nothing to strike: another one comes instead.
                self.later(self.rng.uniform(0.5, 5), self._strike(draw(self.rng, 1)[0]))

        return strike

    # --- sessions and lives -----------------------------------------------------------------------------------------

    def play(self) -> None:
        while not self._time_over():
            self._session()
            if not self._time_over():
                self.truth = self.room.new_session()
                for scene in self.room.cameras.values():
                    scene.trouble.ended = False
                self.client = Client(self.room, self.truth, Random(self.rng.random()))

    def _time_over(self) -> bool:
        return self.room.clock.elapsed_ns >= self.end_ns

    def _session(self) -> None:
        truth, disk = self.truth, self.room.disk
        before = None
        while True:
            running = self._life(before)
            life = truth.lives[-1]
            laws.after_life(self.room, truth, running)
            if life.end in ("closed", "crash") or (life.end == "left" and self.rng.random() < 0.5):
                break
            if life.anchor is not None or before is not None:
                # The folder in which it was filming last.
                folder = next((each for each in reversed(truth.folders) if journal_paths(disk, each)), None)
                before = resumed(disk, folder, truth.folders[0]) if folder is not None else None
                if folder is None:
                    break  # not even its journal is left
                # (As the command does it: a further run of a film waits for nobody.)
                truth.plan = replace(truth.plan, folder=folder, start_at_once=True)
            if self._time_over():
                break
        self.client.close()
        laws.after_session(self.room, truth)

    def _life(self, before: Resumed | None) -> Running:
        """One run of the recorder, until it leaves or dies."""
        room = self.room
        room.death = ""
        running = self.running = Running(room, self.truth, before)
        self.client.connect(running)
        if self.at_next_life:
            self.later(self.rng.uniform(0.01, 0.2), self._strike(self.at_next_life))
            self.at_next_life = ""
        try:
            while not running.over():
                room.scheduler.run(SECOND_NS // 2)
                if self._time_over():
                    self._stop_at_last(running)
            end = "closed" if running.finished() else "left"
        except Killed:
            end = "crash" if room.scheduler.failed else room.death
        room.disk.hook = lambda _op, _path: None
        running.end(end)
        self.running = None
        self.client.lost()
        if end == "crash" and room.scheduler.failed:
            room.broken(4, "the stage {} failed:\n{}".format(*room.scheduler.failed))
            room.scheduler.failed = None
        if end == "cut":
            room.disk.power_cut()
            if self.rng.random() < 0.7:
                room.scheduler.reboot(self.rng.randint(1, 100) * SECOND_NS)
        if end in DEATHS:
            away_s = self.rng.uniform(0.1, 3) if self.rng.random() < 0.9 else self.rng.uniform(10, 90)
            room.scheduler.run(int(away_s * SECOND_NS))
        return running

    def _stop_at_last(self, running: Running) -> None:
        """The seed's time is over."""
        state = running.stages.control.state
        late = self.room.clock.elapsed_ns - self.end_ns > 30 * SECOND_NS
        if state == "idle" and late:
            running.stages.control.fatal = running.stages.control.fatal or UserError("Nobody started it.")
        elif state == "idle":
            self.client.ask("start")
        elif state in ("arming", "recording", "paused"):
            self.client.ask("stop")
            if self.rng.random() < 0.5:
                # Somebody presses on in the same moment.
                self.client.ask(self.rng.choice(("start", "pause", "resume", "stop", "mark")), key="b")


@contextmanager
def _counted(cells: Counter[str]) -> Iterator[None]:
    """Count which cells of the state table are asked for."""
    rule = session.rule

    def counted(state: session.State, event: session.Event) -> session.Rule:
        cells[f"{state} × {event}"] += 1
        return rule(state, event)

    session.rule = counted
    try:
        yield
    finally:
        session.rule = rule


def run_seed(seed: int, minutes: float = 10, faults: int = 5, bug: str | None = None) -> Outcome:
    """Play a seed. The same seed gives the same outcome, bit by bit."""
    with bugs.planted(bug):
        play = Play(seed, minutes, faults)
        room = play.room
        began_ns = room.clock.elapsed_ns
        with _counted(room.cells):
            play.play()
    lives = sum(len(truth.lives) for truth in room.sessions)
    simulated_s = (room.clock.elapsed_ns - began_ns) / SECOND_NS
    return Outcome(seed, simulated_s, room.faults, room.cells, room.violations, len(room.sessions), lives, room.totals)
