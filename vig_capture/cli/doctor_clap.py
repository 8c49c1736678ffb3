"""`doctor --clap`: records a few seconds of claps, and says how much later the sound arrives than the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

import numpy as np
from numpy.typing import NDArray

from vig_capture.core.clap import Offset, measure
from vig_capture.core.errors import DeviceError, VigError
from vig_capture.core.model import AudioBlock, AudioMode, Frame
from vig_capture.core.ports import Camera, Clock, Microphone
from vig_capture.core.sync import SoundClock
from vig_capture.core.time import SECOND_NS
from vig_capture.media.motion import Greys

CLAP_S = 8.0
OPEN_S = 15.0
LOOK_S = 0.05


@dataclass(slots=True)
class Taken:
    """What the devices gave, as they gave it."""

    pictures: list[tuple[int, NDArray[np.uint8]]] = field(default_factory=list)
    blocks: list[AudioBlock] = field(default_factory=list)
    sound: AudioMode | None = None
    error: VigError | None = None
    lock: Lock = field(default_factory=Lock)


def record(
    camera: Camera, microphone: Microphone | None, clock: Clock, ready: Callable[[], None], seconds: float = CLAP_S
) -> Taken:
    """Open both, call `ready` when both live, and take what they give for so long. Without a microphone the camera's
    own sound is taken. Raises what the devices raise, DeviceError when one gives nothing."""
    taken, leave = Taken(), Event()
    threads = [Thread(target=_film, args=(camera, taken, leave), name="camera", daemon=True)]
    if microphone is not None:
        threads.append(Thread(target=_listen, args=(microphone, taken, leave), name="microphone", daemon=True))
    for thread in threads:
        thread.start()
    try:
        _wait(taken, clock, OPEN_S, lambda: bool(taken.pictures and taken.blocks))
        if not taken.pictures or not taken.blocks:
            what = "The camera sends no picture." if not taken.pictures else "The microphone sends no sound."
            raise DeviceError(what, f"Nothing came within {OPEN_S:g} s.", "Check with: vig-capture devices")
        with taken.lock:
            taken.pictures.clear()
            taken.blocks.clear()
        ready()
        _wait(taken, clock, seconds, lambda: False)
    finally:
        leave.set()
        for thread in threads:
            thread.join(2.0)
    return taken


def analysed(taken: Taken) -> Offset:
    """The offset between the sound and the picture that were taken. Raises UserError where the claps are not clear."""
    if taken.sound is None or not taken.blocks or not taken.pictures:
        raise DeviceError("Sound or picture stopped during the test.", "", "Check the plugs, and repeat.")
    rate = taken.sound.sample_rate
    sound_clock = SoundClock(rate)
    for block in taken.blocks:
        sound_clock.observe(block.first_sample + block.count, block.mono_ns, block.stamped)
    first = taken.blocks[0].first_sample
    end = taken.blocks[-1].first_sample + taken.blocks[-1].count
    samples = np.zeros(end - first)
    for block in taken.blocks:
        at = block.first_sample - first
        samples[at : at + block.count] = _mono(block)
    origin_ns = taken.pictures[0][0]
    heard = tuple((sound_clock.t_ns(sample) - origin_ns) / SECOND_NS for sample in (first, end))
    times = [(mono_ns - origin_ns) / SECOND_NS for mono_ns, _ in taken.pictures]
    pictures = np.stack([picture for _, picture in taken.pictures])
    return measure(samples, (heard[0], heard[1]), pictures, times)


def _mono(block: AudioBlock) -> NDArray[np.float64]:
    """In −1..1, shape (samples,)."""
    scale = {"int16": 2.0**15, "int32": 2.0**31}.get(block.samples.dtype.name, 1.0)
    return np.asarray(block.samples.mean(axis=1, dtype=np.float64) / scale)


def _wait(taken: Taken, clock: Clock, seconds: float, done: Callable[[], bool]) -> None:
    end_ns = clock.mono_ns() + round(seconds * SECOND_NS)
    pause = Event()
    while clock.mono_ns() < end_ns and not done():
        if taken.error is not None:
            raise taken.error
        pause.wait(LOOK_S)


def _film(camera: Camera, taken: Taken, leave: Event) -> None:
    try:
        mode, sound = camera.open()
        taken.sound = taken.sound or sound
        greys = Greys(mode)
        while not leave.is_set():
            given = camera.read()
            if isinstance(given, Frame):
                pictures = greys.of(given)
                with taken.lock:
                    taken.pictures += pictures
            elif given is not None:
                with taken.lock:
                    taken.blocks.append(given)
    except VigError as error:
        taken.error = error
    finally:
        camera.close()


def _listen(microphone: Microphone, taken: Taken, leave: Event) -> None:
    try:
        taken.sound = microphone.open()
        while not leave.is_set():
            block = microphone.read()
            if block is not None:
                with taken.lock:
                    taken.blocks.append(block)
    except VigError as error:
        taken.error = error
    finally:
        microphone.close()


def as_text(offset: Offset, camera: str, mic: str) -> str:
    """For a person."""
    said = "together with"
    if abs(offset.offset_ms) >= 0.5:
        said = f"{abs(offset.offset_ms):.0f} ms {'later than' if offset.offset_ms > 0 else 'before'}"
    return (
        f"{len(offset.claps)} claps were heard and seen. The sound of {mic} arrives {said} the picture of"
        f" {camera}"
        f" (the claps differ by {offset.spread_ms:.0f} ms more than a picture explains)."
    )
