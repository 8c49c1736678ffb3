"""What goes wrong: each fault has a name, is drawn by the seed, and is counted when it strikes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from vig_capture.core.errors import StorageError
from vig_capture.core.model import AudioMode
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.engine.events import WriteFailed
from vig_capture.sim.devices import Trouble
from vig_capture.sim.disk import ROOM_BYTES, kind_of
from vig_capture.sim.world import Killed

if TYPE_CHECKING:
    from vig_capture.sim.run import Play

Fault = Callable[["Play"], bool]
"""Strikes; False where it finds nothing to strike now."""


def _device(play: Play, kind: str) -> Any:
    scenes = list((play.room.cameras if kind == "camera" else play.room.mics).values())
    return play.rng.choice(scenes) if scenes else None


def _lasting(kind: str, name: str, value: Any, least_s: float, most_s: float) -> Fault:
    """Something of a device is so for a while."""

    def strike(play: Play) -> bool:
        scene = _device(play, kind)
        if scene is None:
            return False
        trouble: Trouble = scene.trouble
        setattr(trouble, name, value(play.rng) if callable(value) else value)
        well = getattr(Trouble(), name)
        play.later(play.rng.uniform(least_s, most_s), lambda: setattr(trouble, name, well))
        return True

    return strike


def _once(kind: str, name: str, most: int) -> Fault:
    def strike(play: Play) -> bool:
        scene = _device(play, kind)
        if scene is not None:
            setattr(scene.trouble, name, play.rng.randint(1, most))
        return scene is not None

    return strike


def _unplug_for_another(play: Play) -> bool:
    """A microphone goes and comes back with another number of channels."""
    scene = _device(play, "mic")
    if scene is None:
        return False
    scene.trouble.gone = True

    def back() -> None:
        old = scene.mode
        scene.mode = AudioMode(old.sample_rate, 3 - old.channels, old.bits)
        scene.trouble.gone = False

    play.later(play.rng.uniform(0.5, 6), back)
    return True


def _slow_opening(play: Play) -> bool:
    """A camera that goes, and takes seconds to open when it is back."""
    scene = _device(play, "camera")
    if scene is None:
        return False
    trouble = scene.trouble
    trouble.gone, trouble.open_ns = True, int(play.rng.uniform(1, 5) * SECOND_NS)
    play.later(play.rng.uniform(0.2, 3), lambda: setattr(trouble, "gone", False))
    play.later(20, lambda: setattr(trouble, "open_ns", 0))
    return True


def _film_ends(play: Play) -> bool:
    """The film file that is played has come to its end (rare: it ends the session)."""
    scene = _device(play, "camera")
    if scene is None or play.rng.random() < 0.5:
        return False
    scene.trouble.ended = True
    play.truth.film_ended = True
    return True


def _disk(kind: str, name: str, least_s: float, most_s: float) -> Fault:
    """The disk refuses (or fails to sync) files of a kind for a while."""

    def strike(play: Play) -> bool:
        volume = play.volume()
        kinds: set[str] = getattr(volume, name)
        kinds.add(kind)
        play.disk_is_ill(kind, failed=(kind, name) == ("film", "write_fails"))
        play.room.sync_failed |= name == "sync_fails" and kind == "film"

        def well() -> None:
            kinds.discard(kind)
            play.disk_is_well(kind, 3)

        play.later(play.rng.uniform(least_s, most_s), well)
        return True

    return strike


def _slow_disk(kind: str, name: str, most_s: float) -> Fault:
    def strike(play: Play) -> bool:
        slow: dict[str, int] = getattr(play.volume(), name)
        slow[kind] = int(play.rng.uniform(0.1, most_s) * SECOND_NS)
        play.disk_is_ill(kind)

        def well() -> None:
            slow.pop(kind, None)
            play.disk_is_well(kind, 2 * most_s + 3)

        play.later(play.rng.uniform(2, 25), well)
        return True

    return strike


def _room(bytes_left: Callable[[Random], int]) -> Fault:
    """The disk fills up; after a while somebody makes room."""

    def strike(play: Play) -> bool:
        volume = play.volume()
        volume.room_bytes = volume.used_bytes + bytes_left(play.rng)
        play.disk_is_ill("journal", failed=True)
        play.disk_is_ill("film", failed=True)

        def well() -> None:
            volume.room_bytes = ROOM_BYTES
            play.disk_is_well("journal", 3)
            play.disk_is_well("film", 3)

        play.later(play.rng.uniform(3, 60), well)
        return True

    return strike


def _held(prefix: str, most_s: float) -> Fault:
    """A thread that does not get the processor."""

    def strike(play: Play) -> bool:
        if play.running is None:
            return False
        names = [name for name in play.running.slots if name.startswith(prefix)]
        if not names:
            return False
        slot = play.running.slots[play.rng.choice(names)]
        slot.hold(play.room.clock.now_ns + int(play.rng.uniform(0.3, most_s) * SECOND_NS))
        return True

    return strike


def _slow_encoder(play: Play) -> bool:
    if not play.room.cameras:
        return False
    slow_ns = int(play.rng.uniform(100, 400) * MS_NS)
    faster = play.rng.choice((1.0, 0.5, 0.2))
    play.room.encode_ns = [slow_ns, int(slow_ns * faster), int(slow_ns * faster * faster)]
    play.later(play.rng.uniform(5, 40), lambda: setattr(play.room, "encode_ns", [0, 0, 0]))
    return True


def _clock_step(play: Play) -> bool:
    play.room.clock.step_utc(int(play.rng.choice((-1, 1)) * play.rng.uniform(0.1, 7200) * SECOND_NS))
    return True


def _burst(play: Play) -> bool:
    """Presses faster than anybody's."""
    if play.running is None:
        return False
    for _ in range(play.rng.choice((100, 400, 1200))):
        play.client.mark()
    return True


def _screen_gone(play: Play) -> bool:
    client = play.client
    client.silent = True
    play.later(play.rng.uniform(5, 60), lambda: setattr(client, "silent", False))
    return True


def _checker(name: str, value: Any, least_s: float, most_s: float) -> Fault:
    """Something of the checker is so for a while."""

    def strike(play: Play) -> bool:
        trouble = play.room.checker_trouble
        well = getattr(trouble, name)
        setattr(trouble, name, value)
        play.later(play.rng.uniform(least_s, most_s), lambda: setattr(trouble, name, type(well)()))
        return play.room.checker is not None

    return strike


def _checker_dies(play: Play) -> bool:
    return play.running is not None and play.room.checker is not None and play.room.checker.die()


def _trouble_before(play: Play) -> bool:
    """The disk complains while nothing is recorded: now, or when the next recorder has come up."""
    if play.running is None or play.running.stages.control.state != "idle":
        play.at_next_life = "trouble before the start"
        return False
    folder = play.running.stages.control.scribe.folder
    play.running.inbox.post(WriteFailed("cam1", StorageError("The disk is odd."), folder))
    return True


def _kill(play: Play) -> bool:
    if play.running is None:
        return False
    play.room.death = "kill"
    raise Killed


def _cut(play: Play) -> bool:
    if play.running is None:
        return False
    play.room.death = "cut"
    raise Killed


def _die_at_disk(death: str, kind: str) -> Fault:
    """The recorder dies in the middle of an operation of the disk."""

    def strike(play: Play) -> bool:
        if play.running is None:
            return False
        wanted = play.rng.choice(("write", "sync", "sync", "synced"))

        def hook(op: str, path: Any) -> None:
            if op == wanted and kind_of(path) == kind and play.running is not None:
                play.room.disk.hook = lambda _op, _path: None
                play.room.death = death
                raise Killed

        play.room.disk.hook = hook
        return True

    return strike


FAULTS: dict[str, Fault] = {
    "camera stalls": _lasting("camera", "silent", True, 0.3, 12),
    "camera unplugged": _lasting("camera", "gone", True, 0.2, 15),
    "camera repeats a stamp": _lasting("camera", "stamps", "again", 0.2, 2),
    "camera stamps go back": _lasting("camera", "stamps", "back", 0.2, 2),
    "camera slows down": _lasting("camera", "slow", 2.0, 3, 40),
    "camera skips pictures": _once("camera", "skip", 12),
    "camera damages pictures": _once("camera", "damaged", 6),
    "camera opens slowly": _slow_opening,
    "camera is busy": _lasting("camera", "refuses", True, 2, 15),
    "film file ends": _film_ends,
    "microphone overflows": _once("mic", "overflow", 1),
    "microphone loses counted samples": _once("mic", "jump", 6),
    "microphone unplugged": _lasting("mic", "gone", True, 0.2, 15),
    "microphone stops": _lasting("mic", "silent", True, 0.1, 8),
    "microphone muted": _lasting("mic", "muted", True, 1, 8),
    "microphone comes late": _lasting("mic", "late_ns", lambda rng: int(rng.uniform(50, 900) * MS_NS), 1, 5),
    "microphone comes back with other channels": _unplug_for_another,
    "disk full": _room(lambda rng: rng.randrange(20_000)),
    "disk nearly full": _room(lambda rng: (8 << 20) + rng.randrange(400_000)),
    "film refused": _disk("film", "write_fails", 1, 20),
    "journal refused": _disk("journal", "write_fails", 0.1, 10),
    "film sync fails": _disk("film", "sync_fails", 0.5, 6),
    "journal sync fails": _disk("journal", "sync_fails", 0.05, 6),
    "film sync slow": _slow_disk("film", "sync_ns", 5),
    "journal sync slow": _slow_disk("journal", "sync_ns", 5),
    "film writes slow": _slow_disk("film", "write_ns", 2),
    "camera thread slow": _held("capture cam", 8),
    "microphone thread slow": _held("capture mic", 8),
    "film writer slow": _held("film", 20),
    "sound writer slow": _held("sound", 15),
    "sync slow": _held("sync", 15),
    "encoder slow": _slow_encoder,
    "checker silent": _checker("silent", True, 2, 20),
    "checker slow": _checker("slow_ns", 2 * SECOND_NS, 5, 20),
    "checker talks nonsense": _checker("nonsense", True, 1, 10),
    "checker cannot be started": _checker("refuses", True, 5, 40),
    "checker dies": _checker_dies,
    "checks slow": _held("checks", 8),
    "wall clock steps": _clock_step,
    "burst of presses": _burst,
    "screen gone": _screen_gone,
    "trouble before the start": _trouble_before,
    "killed": _kill,
    "killed at the journal": _die_at_disk("kill", "journal"),
    "killed at the film": _die_at_disk("kill", "film"),
    "power cut": _cut,
    "power cut at the journal": _die_at_disk("cut", "journal"),
    "power cut at the film": _die_at_disk("cut", "film"),
}


DEATHS = {name for name in FAULTS if name.startswith(("killed", "power cut"))}
HARMLESS = (
    DEATHS
    | {"wall clock steps", "burst of presses", "screen gone", "trouble before the start"}
    | {name for name in FAULTS if name.startswith("check")}
)
"""What keeps nothing that was captured from its file, until the recorder dies."""


def draw(rng: Random, count: int) -> list[str]:
    """Names of faults, in the order in which they strike."""
    return rng.choices(list(FAULTS), k=count)
