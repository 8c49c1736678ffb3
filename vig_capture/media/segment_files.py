"""The files of a session: film (MP4 or M4A) and lossless sound (FLAC), readable up to any byte at which they end."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vig_capture.core.errors import StorageError
from vig_capture.core.model import Packet, SoundTrack, VideoTrack
from vig_capture.core.time import SECOND_NS
from vig_capture.media.encoder import TICKS
from vig_capture.media.h264 import add_h264_stream, parameter_sets
from vig_capture.media.sink import Sink
from vig_capture.media.sound import AacTrack, layout_of

SOUND_WAIT_NS = SECOND_NS // 2
"""How long the picture waits for its sound before the file goes on without."""
BUFFER_BYTES = 1 << 18
"""FFmpeg's buffer before our file: at most this much in one write."""


class FilmFile:
    """The port SegmentFile for film: H.264 and AAC in MP4, or AAC alone in M4A.

    While it grows it is a fragmented MP4, every half second of it whole; closing makes it an ordinary one. Sound may
    begin up to 2,048 samples before `start_ns`: that prelude only primes the encoder, so that the first sample heard is
    as good as any other; the file's edit list skips it. A block of no samples says that sound will begin only there."""

    def __init__(
        self,
        path: Path,
        start_ns: int,
        video: VideoTrack | None,
        sound: SoundTrack | None,
        sound_bits_per_second: int = 128_000,
    ) -> None:
        """Make the file. Raises StorageError."""
        self._start_ns = start_ns
        self._video, self._sound = video, sound
        self._bits = sound_bits_per_second
        self.sound_dropped = False
        """True when the sound came too late to have a track here."""
        self._written = 0
        self._first_ns: int | None = None
        self._sound_due_ns = start_ns
        self._last_dts: int | None = None
        self._pictures: list[Packet] = []
        self._sounds: list[av.Packet[Any]] = []
        self._started = False
        self._format = "ipod" if video is None else "mp4"
        self._sink = Sink(path)
        self._open()

    def _open(self) -> None:
        sound = None if self.sound_dropped else self._sound
        self._container = av.open(
            self._sink,
            "w",
            format=self._format,
            buffer_size=BUFFER_BYTES,
            container_options={
                # Without delay_moov the first half second lies in the first index, whose edit list says that it lasts
                # no time: of a file that was never closed FFmpeg then reads one picture of it.
                "movflags": "hybrid_fragmented+delay_moov",
                "frag_duration": "500000",
                "flush_packets": "1",
                "use_editlist": "1",
                "max_interleave_delta": "500000",
                # The edit list counts in these: by default milliseconds, which would cut sound at the wrong sample.
                "movie_timescale": str(math.lcm(TICKS, sound.sample_rate if sound else 1)),
            },
        )
        self._stream: Any = add_h264_stream(self._container, self._video) if self._video else None
        self._aac = AacTrack(self._container, sound, self._start_ns, self._bits) if sound else None

    def add(self, packet: Packet) -> None:
        self._sink.check()
        if self._video is None:
            raise ValueError("this file has no picture")
        if self._first_ns is None:
            self._first_ns = packet.t_ns
        self._pictures.append(packet)
        if not self._started and not self._sounds and self._aac:
            if packet.t_ns - max(self._first_ns, self._sound_due_ns) < SOUND_WAIT_NS:
                return
            self._go_on_without_sound()
        self._write()

    def add_sound(self, first_sample: int, samples: NDArray[Any]) -> None:
        self._sink.check()
        if self._sound is None:
            raise ValueError("this file has no sound")
        if self._aac is None:
            return
        if not self._aac.begun:
            self._sound_due_ns = first_sample * SECOND_NS // self._sound.sample_rate
        self._sounds += self._aac.encode(first_sample, samples)
        self._write()

    def close(self) -> None:
        try:
            if self._sink.fault is None:
                if self._aac and not self._started and not self._aac.begun:
                    self._go_on_without_sound()
                if self._aac:
                    self._sounds += self._aac.flush()
                self._write(at_end=True)
            self._finish()
        finally:
            self._sink.close()
        self._sink.check()

    @property
    def written(self) -> int:
        return self._written

    def _go_on_without_sound(self) -> None:
        # Nothing has been written yet, and a stream cannot be taken back: the muxer is made anew over the same file.
        self.sound_dropped = True
        self._open()

    def _write(self, at_end: bool = False) -> None:
        """Hand over what waits, once every stream has something: the muxer writes nothing before that."""
        if not self._started:
            ready = bool(self._pictures or not self._video) and bool(self._sounds or not self._aac)
            if not (ready or at_end) or not (self._pictures or self._sounds):
                return
            self._start()
        try:
            for packet in self._pictures:
                self._container.mux_one(self._picture(packet))
                self._written += 1
            for sound in self._sounds:
                self._container.mux_one(sound)
        except av.FFmpegError as fault:
            raise _refused(self._sink.name, fault) from fault
        finally:
            self._pictures.clear()
            self._sounds.clear()
        self._sink.check()

    def _start(self) -> None:
        self._started = True
        if self._stream and self._pictures and not self._stream.codec_context.extradata:
            self._stream.codec_context.extradata = parameter_sets(bytes(self._pictures[0].data))

    def _picture(self, packet: Packet) -> av.Packet[Any]:
        """The packet in the file's own time; the data is shared, for a camera's may be decoded elsewhere too."""
        pts, dts = self._ticks(packet.t_ns), self._ticks(packet.decode_ns)
        if self._last_dts is not None and dts <= self._last_dts:
            dts = self._last_dts + 1
        self._last_dts = dts
        own = av.Packet(packet.data)
        own.stream = self._stream
        own.time_base = self._stream.time_base
        own.pts, own.dts = max(pts, dts), dts
        # Says how long the last picture lasts; of every other the next one's time decides.
        own.duration = max(1, round(TICKS / self._video.rate)) if self._video and self._video.rate > 0 else 3000
        own.is_keyframe = packet.keyframe
        return own

    def _ticks(self, t_ns: int) -> int:
        return round((t_ns - self._start_ns) * TICKS / SECOND_NS)

    def _finish(self) -> None:
        try:
            self._container.close()
        except av.FFmpegError as fault:
            raise _refused(self._sink.name, fault) from fault


class LosslessFile:
    """The port SegmentFile for a microphone's own samples: FLAC, bit for bit.

    int16 stays 16 bit; int32 carries 24 bits at its upper end, as ALSA and PortAudio give them; float32 in −1..1
    becomes 24 bit."""

    def __init__(self, path: Path, start_ns: int, sound: SoundTrack) -> None:
        """Make the file; its first sample stands at `start_ns`. Raises StorageError."""
        self._start_ns = start_ns
        self._sound = sound
        self._written = 0
        self._stream: Any = None
        self._sink = Sink(path)
        self._container = av.open(
            self._sink, "w", format="flac", buffer_size=BUFFER_BYTES, container_options={"flush_packets": "1"}
        )

    def add(self, packet: Packet) -> None:  # noqa: ARG002 (the port's)
        raise ValueError("a sound file has no picture")

    def add_sound(self, first_sample: int, samples: NDArray[Any]) -> None:  # noqa: ARG002 (the journal knows where)
        self._sink.check()
        data = _flac_samples(samples)
        kind = "s16" if data.dtype == np.int16 else "s32"
        if self._stream is None:
            # Level 3 is within a few per cent of the best and costs half of the default.
            self._stream = self._container.add_stream(
                "flac", rate=self._sound.sample_rate, options={"compression_level": "3"}
            )
            self._stream.format = kind
            self._stream.layout = layout_of(self._sound.channels)
        frame = av.AudioFrame.from_ndarray(data.reshape(1, -1), kind, layout_of(self._sound.channels))
        frame.sample_rate = self._sound.sample_rate
        frame.pts = self._written
        self._mux(self._stream.encode(frame))
        self._written += samples.shape[0]

    def close(self) -> None:
        try:
            if self._sink.fault is None and self._stream is not None:
                self._mux(self._stream.encode(None))
            self._container.close()
        except av.FFmpegError as fault:
            raise _refused(self._sink.name, fault) from fault
        finally:
            self._sink.close()
        self._sink.check()

    @property
    def written(self) -> int:
        return self._written

    def _mux(self, packets: Iterable[av.Packet[Any]]) -> None:
        try:
            for packet in packets:
                self._container.mux_one(packet)
        except av.FFmpegError as fault:
            raise _refused(self._sink.name, fault) from fault
        self._sink.check()


def _flac_samples(samples: NDArray[Any]) -> NDArray[Any]:
    """Samples, shape (samples, channels), as int16 or as int32 with 24 bits at the upper end."""
    if samples.dtype == np.float32:
        whole = np.clip(np.rint(samples.astype(np.float64) * (1 << 23)), -(1 << 23), (1 << 23) - 1)
        return np.ascontiguousarray(whole.astype(np.int32) << 8)
    if samples.dtype not in (np.int16, np.int32):
        raise ValueError(f"no lossless file for samples of type {samples.dtype}")
    return np.ascontiguousarray(samples)


def _refused(name: str, fault: Exception) -> StorageError:
    return StorageError(f"The file {name} could not be written.", f"The muxer says: {fault}.", "A new file is begun.")
