"""The port Media on PyAV: makes encoders, segment files and small pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av

from vig_capture.core.model import SoundTrack, VideoMode, VideoTrack
from vig_capture.media.encoder import X264Encoder
from vig_capture.media.preview import PyavPreview
from vig_capture.media.probe import probe
from vig_capture.media.segment_files import FilmFile, LosslessFile
from vig_capture.media.sound import AAC_FRAME

# FFmpeg's log through Python's logging has locked up capture processes (PyAV #751, #2276): errors come as exceptions.
av.logging.set_level(None)


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """How film and sound are encoded."""

    presets: tuple[str, ...] = ("veryfast", "superfast", "ultrafast")
    """libx264's presets, the configured one first; each further one is a step down where the machine is too slow."""
    crf: int = 23
    """libx264's constant rate factor: lower is better and larger."""
    threads: int = 0
    """Threads of the picture's encoder; 0 lets x264 choose."""
    sound_bits_per_second: int = 160_000
    """AAC, of one channel; every further channel adds half."""


class PyavMedia:
    """The port Media."""

    def __init__(self, settings: MediaSettings | None = None) -> None:
        self._settings = settings or MediaSettings()

    def encoder(self, mode: VideoMode, step: int) -> X264Encoder:
        presets = self._settings.presets
        preset = presets[min(step, len(presets) - 1)]
        return X264Encoder(mode, preset, self._settings.crf, self._settings.threads)

    def steps(self) -> int:
        return len(self._settings.presets)

    def sound_frame(self) -> int:
        return AAC_FRAME

    def film(self, path: Path, start_ns: int, video: VideoTrack | None, sound: SoundTrack | None) -> FilmFile:
        bits = self._settings.sound_bits_per_second
        return FilmFile(path, start_ns, video, sound, bits)

    def lossless(self, path: Path, start_ns: int, sound: SoundTrack) -> LosslessFile:
        return LosslessFile(path, start_ns, sound)

    def preview(self, mode: VideoMode) -> PyavPreview:
        return PyavPreview(mode)

    def readable(self, path: Path) -> int:
        found = probe(path, decode=False)
        return found.frames or found.samples
