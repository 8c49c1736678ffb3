"""Film and sound without codecs: an encoder that holds a picture, and files in fragments that a crash cuts.

A row of fragments, each with a length and a checksum, can be read back up to any byte. Pictures are numbers;
samples are int32 (or float32 on the grid) that tell their own place.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from vig_capture.core.errors import StorageError
from vig_capture.core.model import Frame, Packet, SoundTrack, VideoMode, VideoTrack
from vig_capture.core.time import SECOND_NS
from vig_capture.sim.disk import SimDisk, SimFile

SOUND_FRAME = 20
FRAGMENT_NS = SECOND_NS // 2
GOP_NS = SECOND_NS
STEPS = 3
_HEAD = Struct("<II")


@dataclass(slots=True)
class Content:
    """What can be read of a file."""

    packets: list[tuple[int, int, bool, int]] = field(default_factory=list)
    """Session time, decoding stamp, keyframe, number."""
    samples: NDArray[Any] = field(default_factory=lambda: np.zeros(0, np.int32))
    """Of the first channel; of a film from `first_sample` on."""
    first_sample: int = 0
    rate: int = 1
    end_ns: int = 0
    """Session time after the last picture or sample; 0 where there is none."""


class SimEncoder:
    """The port FilmEncoder."""

    def __init__(self, mode: VideoMode, step: int, holds: bool, work: Callable[[int], None]) -> None:
        self._mode = mode
        self._step = step
        self._holds = holds
        self._work = work
        self._held: list[Packet] = []
        self._key_ns: int | None = None
        self._last_ns = -1

    def encode(self, picture: Any, t_ns: int, keyframe: bool) -> Sequence[Packet]:
        if t_ns <= self._last_ns:
            raise AssertionError("an encoder's pictures come in order")
        self._last_ns = t_ns
        if keyframe or self._key_ns is None or t_ns >= self._key_ns + GOP_NS:
            keyframe, self._key_ns = True, t_ns
        self._work(self._step)
        self._held.append(Packet(t_ns, t_ns, keyframe, picture, 1000))
        out = self._held[: len(self._held) - self._holds]
        del self._held[: len(out)]
        return out

    def flush(self) -> Sequence[Packet]:
        out, self._held = self._held, []
        return out

    def track(self) -> VideoTrack:
        return VideoTrack(self._mode.width, self._mode.height, self._mode.rate)


class _SimSegmentFile:
    """What both kinds of file share: fragments, and a first failure that ends the file."""

    def __init__(self, disk: SimDisk, path: Path) -> None:
        self._disk = disk
        self._path = path
        self._file: SimFile = disk.create(path)
        self._fault: StorageError | None = None
        self._closed = False
        self.written = 0

    def _put(self, body: dict[str, Any]) -> None:
        if self._fault is not None:
            raise self._fault
        payload = msgpack.packb(body)
        length = len(self._file.data)
        try:
            self._disk.write(self._path, self._file, _HEAD.pack(len(payload), zlib.crc32(payload)) + payload)
        except StorageError as fault:
            # Half a fragment is damage, none at all is not.
            del self._file.data[length:]
            self._fault = fault
            raise

    def _check(self) -> None:
        if self._closed:
            raise AssertionError("a closed file is not written to")
        if self._fault is not None:
            raise self._fault


class SimFilm(_SimSegmentFile):
    """The port SegmentFile for film. Checks that it is used as the port says."""

    def __init__(
        self, disk: SimDisk, path: Path, start_ns: int, video: VideoTrack | None, sound: SoundTrack | None
    ) -> None:
        super().__init__(disk, path)
        self._video, self._sound = video, sound
        self._start_ns = start_ns
        self._packets: list[tuple[int, int, bool, int]] = []
        self._sounds: list[bytes] = []
        self._sound_first = 0
        self._sound_next: int | None = None
        self._decode_ns = -(1 << 62)
        self._fragment_ns = start_ns

    def add(self, packet: Packet) -> None:
        self._check()
        if self._video is None:
            raise AssertionError("this file has no picture")
        if not self.written and not packet.keyframe:
            raise AssertionError(f"{self._path.name} begins with a picture that cannot be decoded by itself")
        if packet.decode_ns <= self._decode_ns:
            raise AssertionError(f"{self._path.name}: decoding stamps must increase")
        if packet.t_ns < self._start_ns and packet.keyframe:
            raise AssertionError(f"{self._path.name}: a picture before the start of its file")
        self._decode_ns = packet.decode_ns
        self._packets.append((packet.t_ns, packet.decode_ns, packet.keyframe, packet.data))
        self.written += 1
        if packet.t_ns >= self._fragment_ns + FRAGMENT_NS:
            self._flush(packet.t_ns)

    def add_sound(self, first_sample: int, samples: NDArray[Any]) -> None:
        self._check()
        if self._sound is None:
            raise AssertionError("this file has no sound")
        start = -(-self._start_ns * self._sound.sample_rate // SECOND_NS)
        if self._sound_next is None:
            if first_sample < start - 2 * SOUND_FRAME:
                raise AssertionError(f"{self._path.name}: sound begins at {first_sample}, its file at {start}")
            self._sound_first = self._sound_next = first_sample
        if first_sample != self._sound_next:
            raise AssertionError(f"{self._path.name}: sound goes on at {first_sample} instead of {self._sound_next}")
        if samples.shape[1] != self._sound.channels:
            raise AssertionError(f"{self._path.name}: {samples.shape[1]} channels of sound, not {self._sound.channels}")
        self._sound_next += len(samples)
        self._sounds.append(samples[:, 0].tobytes())
        t_ns = self._sound_next * SECOND_NS // self._sound.sample_rate
        if self._video is None and t_ns >= self._fragment_ns + FRAGMENT_NS:
            self._flush(t_ns)

    def close(self) -> None:
        try:
            if self._fault is not None:
                raise self._fault
            self._flush(self._fragment_ns)
        finally:
            self._closed = True

    def _flush(self, t_ns: int) -> None:
        if not self._packets and not self._sounds:
            return
        rate = self._sound.sample_rate if self._sound else 0
        frame_ns = round(SECOND_NS / self._video.rate) if self._video else 0
        body = {"p": self._packets, "s": b"".join(self._sounds), "f": self._sound_first, "r": rate, "d": frame_ns}
        self._packets, self._sounds = [], []
        self._fragment_ns = t_ns
        self._put(body)


class SimLossless(_SimSegmentFile):
    """The port SegmentFile for lossless sound."""

    def __init__(self, disk: SimDisk, path: Path, start_ns: int, sound: SoundTrack) -> None:
        super().__init__(disk, path)
        self._sound = sound
        self._start_ns = start_ns
        self._held: list[bytes] = []

    def add(self, packet: Packet) -> None:
        raise AssertionError(f"a sound file has no picture {packet.data}")

    def add_sound(self, first_sample: int, samples: NDArray[Any]) -> None:  # noqa: ARG002 (the port's)
        self._check()
        if samples.shape[1] != self._sound.channels:
            raise AssertionError(f"{self._path.name}: {samples.shape[1]} channels of sound, not {self._sound.channels}")
        self._held.append(samples[:, 0].astype(np.int32).tobytes())
        self.written += len(samples)
        if len(self._held) > 1:
            self._flush()

    def close(self) -> None:
        try:
            if self._fault is not None:
                raise self._fault
            self._flush()
        finally:
            self._closed = True

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, []
            self._put({"l": b"".join(held), "r": self._sound.sample_rate})


class SimPreview:
    """The port Preview: its pictures are the frame's number. Checks that it is used as the port says."""

    def __init__(self, mode: VideoMode) -> None:
        self._mode = mode
        self._number: int | None = None
        self._in_group = False

    def add(self, frame: Frame, alone: bool) -> None:
        if frame.encoded != self._mode.copied:
            raise AssertionError("a frame of another camera")
        if not frame.keyframe and (alone or not self._in_group):
            raise AssertionError("a picture that cannot be decoded")
        self._in_group = not alone
        self._number = frame.picture if frame.keyframe else max(self._number or 0, frame.picture)

    def draw(self, width: int, height: int) -> bytes | None:
        return None if self._number is None else self._number.to_bytes(width * height * 3, "big")

    def small(self, width_max: int, height_max: int) -> tuple[int, int, bytes] | None:
        width, height = min(width_max, 2), min(height_max, 2)
        drawn = self.draw(width, height)
        return None if drawn is None else (width, height, drawn)

    def luma(self) -> tuple[int, int, bytes] | None:
        return None if self._number is None else (self._mode.width, self._mode.height, b"")

    def rows(self) -> bytes | None:
        return None if self._number is None else bytes(8)

    def still(self) -> bytes | None:
        return None if self._number is None else b"still %d" % self._number


class SimMedia:
    """The port Media."""

    def __init__(self, disk: SimDisk, holds: bool, work: Callable[[int], None]) -> None:
        """`holds`: the encoder holds one picture. `work(step)` lets the time pass that encoding takes."""
        self._disk = disk
        self._holds = holds
        self._work = work

    def encoder(self, mode: VideoMode, step: int) -> SimEncoder:
        return SimEncoder(mode, step, self._holds, self._work)

    def steps(self) -> int:
        return STEPS

    def sound_frame(self) -> int:
        return SOUND_FRAME

    def film(self, path: Path, start_ns: int, video: VideoTrack | None, sound: SoundTrack | None) -> SimFilm:
        return SimFilm(self._disk, path, start_ns, video, sound)

    def lossless(self, path: Path, start_ns: int, sound: SoundTrack) -> SimLossless:
        return SimLossless(self._disk, path, start_ns, sound)

    def preview(self, mode: VideoMode) -> SimPreview:
        return SimPreview(mode)

    def readable(self, path: Path) -> int:
        file = self._disk.files.get(path)
        if file is None:
            return 0
        found = content(bytes(file.data), 0)
        return len(found.packets) if path.suffix == ".mp4" else len(found.samples)


def content(data: bytes, start_ns: int) -> Content:
    """All that can be read of a file that begins at session time `start_ns`."""
    found = Content()
    parts: list[NDArray[Any]] = []
    grid = True
    at = 0
    while at + _HEAD.size <= len(data):
        size, crc = _HEAD.unpack_from(data, at)
        payload = data[at + _HEAD.size : at + _HEAD.size + size]
        if len(payload) < size or not size or zlib.crc32(payload) != crc:
            break
        at += _HEAD.size + size
        body = msgpack.unpackb(payload)
        if "l" in body:
            grid = False
            parts.append(np.frombuffer(body["l"], np.int32))
        else:
            found.packets += [tuple(packet) for packet in body["p"]]
            parts.append(np.frombuffer(body["s"], np.float32))
            found.first_sample = body["f"]
        found.rate = body["r"] or found.rate
        if body.get("p"):
            found.end_ns = max(found.end_ns, max(packet[0] for packet in body["p"]) + body["d"])
    if parts:
        found.samples = np.concatenate(parts)
    if len(found.samples):
        heard = len(found.samples) * SECOND_NS // found.rate
        first_ns = found.first_sample * SECOND_NS // found.rate if grid else start_ns
        found.end_ns = max(found.end_ns, first_ns + heard)
    return found
