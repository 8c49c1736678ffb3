"""Known sounds and pictures for segment files, and what can be read back of them, whole or cut off."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from vig_capture.core.model import SoundTrack, VideoMode
from vig_capture.media.encoder import X264Encoder
from vig_capture.media.files import PyavMedia
from vig_capture.media.segment_files import FilmFile

MS = 1_000_000
SECOND = 1_000_000_000
RATE = 48_000
MONO = SoundTrack(RATE, 1)
MEDIA = PyavMedia()
Samples = NDArray[np.float32]


def sine(first: int, end: int, rate: int = RATE) -> Samples:
    """440 Hz on the grid of session time, shape (samples, 1)."""
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(first, end) / rate)).astype(np.float32)[:, None]


def level_db(signal: Samples) -> float:
    """dBFS of a signal's root mean square."""
    return float(10 * np.log10(np.mean(np.square(signal.astype(np.float64))) + 1e-20))


def grid(t_ns: int, rate: int = RATE) -> int:
    """The first grid sample at or after a moment."""
    return -(-t_ns * rate // SECOND)


def film(path: Path, start_ns: int, encoder: X264Encoder | None, sound: SoundTrack | None = MONO) -> FilmFile:
    return MEDIA.film(path, start_ns, encoder.track() if encoder else None, sound)


def encoder_at(rate: float) -> X264Encoder:
    return X264Encoder(VideoMode(64, 48, rate, "yuv420p"), "ultrafast")


def fill(file: FilmFile, encoder: X264Encoder, count: int) -> None:
    """So many pictures, 30 a second from session time 0, with their sound."""
    for number in range(count):
        for packet in encoder.encode(picture(number), number * SECOND // 30, False):
            file.add(packet)
        file.add_sound(number * 1600, sine(number * 1600, number * 1600 + 1600))


def picture(number: int) -> av.VideoFrame:
    made = av.VideoFrame(64, 48, "yuv420p")
    for plane in made.planes:
        plane.update(bytes([number * 7 % 200 + 20]) * plane.buffer_size)
    return made


def pictures_in(container: InputContainer, kind: str = "video") -> list[Any]:
    """All frames of a file's picture or sound up to where it may be cut off."""
    frames: list[Any] = []
    with contextlib.suppress(av.error.InvalidDataError, av.error.EOFError):
        for packet in container.demux({"video": container.streams.video, "audio": container.streams.audio}[kind]):
            frames += packet.decode()
    return frames


def frames_of(source: Any, kind: str) -> tuple[list[Any], int]:
    """The same, and the track's length in its own ticks."""
    with av.open(source, "r") as container:
        frames = pictures_in(container, kind)
        return frames, next(stream.duration or 0 for stream in container.streams if stream.type == kind)


def sound_of(source: Any) -> tuple[int, Samples, int]:
    """First PTS, all decoded samples of the first channel, and the track's length in samples."""
    frames, duration = frames_of(source, "audio")
    return frames[0].pts, np.concatenate([frame.to_ndarray()[0] for frame in frames]), duration


def heard(source: Any) -> tuple[int, Samples]:
    """First PTS and the samples that the file says it holds: FFmpeg decodes the last frame whole, its length tells."""
    first, samples, duration = sound_of(source)
    return first, samples[: duration - first]


def pictures_of(source: Any) -> list[float]:
    """PTS of all decoded pictures, seconds."""
    return [float(frame.time) for frame in frames_of(source, "video")[0]]


def flac_of(source: Any) -> NDArray[Any]:
    """Decoded samples, shape (samples, channels)."""
    frames, _ = frames_of(source, "audio")
    return np.concatenate([frame.to_ndarray().reshape(-1, frame.layout.nb_channels) for frame in frames])
