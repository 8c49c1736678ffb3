"""Makes tiny sessions by hand: real files of some pictures and samples, and a journal that tells of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from vig_capture.core.records import encode

RATE = 30
SAMPLES_A_FRAME = 1600
SAMPLE_RATE = 48000
FILM_OPTIONS = {
    "movflags": "hybrid_fragmented+delay_moov",
    "frag_duration": "500000",
    "flush_packets": "1",
    "use_editlist": "1",
    "max_interleave_delta": "500000",
}


def _sound(index: int, kind: str) -> av.AudioFrame:
    """A block of noise as s16 or as fltp."""
    noise = np.random.default_rng(index).integers(-3000, 3000, (1, SAMPLES_A_FRAME))
    samples: Any = noise.astype(np.int16) if kind == "s16" else (noise / 32768).astype(np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format=kind, layout="mono")
    frame.sample_rate = SAMPLE_RATE
    frame.pts = index * SAMPLES_A_FRAME
    frame.time_base = Fraction(1, SAMPLE_RATE)
    return frame


def film(path: Path, frames: int = 60, killed_after: int | None = None, movflags: str = "") -> bytes:
    """Write a film with sound, with `killed_after` as it was after so many pictures; returns its bytes."""
    options = FILM_OPTIONS | ({"movflags": movflags} if movflags else {})
    kept = b""
    with av.open(str(path), "w", format="mp4", options=options) as container:
        video: Any = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "bf": "0", "g": "30"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound: Any = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        for index in range(frames):
            pixels = np.random.default_rng(index).integers(0, 255, (48, 64, 3), dtype=np.uint8)
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts, picture.time_base = index, Fraction(1, RATE)
            container.mux(video.encode(picture))
            container.mux(sound.encode(_sound(index, "fltp")))
            if index + 1 == killed_after:
                kept = path.read_bytes()
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    if killed_after is not None:
        path.write_bytes(kept)
    return path.read_bytes()


def lossless(path: Path, blocks: int = 30, killed_after: int | None = None) -> bytes:
    """Write a FLAC file of 1,600 samples a block; with `killed_after` as in `film`."""
    kept = b""
    with av.open(str(path), "w", format="flac", options={"flush_packets": "1"}) as container:
        sound: Any = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
        sound.codec_context.format = "s16"
        for index in range(blocks):
            container.mux(sound.encode(_sound(index, "s16")))
            if index + 1 == killed_after:
                kept = path.read_bytes()
        container.mux(sound.encode(None))
    if killed_after is not None:
        path.write_bytes(kept)
    return path.read_bytes()


def sound_film(path: Path, blocks: int = 60) -> bytes:
    """Write the sound of a film without picture, 1,600 samples a block; returns its bytes."""
    with av.open(str(path), "w", format="mp4", options=FILM_OPTIONS) as container:
        sound: Any = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        for index in range(blocks):
            container.mux(sound.encode(_sound(index, "fltp")))
        container.mux(sound.encode(None))
    return path.read_bytes()


def damage(path: Path, part: float) -> None:
    """Flip one bit at this part of a file."""
    data = bytearray(path.read_bytes())
    data[int(len(data) * part)] ^= 4
    path.write_bytes(bytes(data))


@dataclass
class Tiny:
    """A session's folder in the making."""

    folder: Path
    records: list[dict[str, Any]] = field(default_factory=list)

    def say(self, kind: str, t_ns: int = 0, **fields: Any) -> None:
        """Add a record."""
        seq = len(self.records) + 1
        self.records.append({"v": 1, "kind": kind, "seq": seq, "t_ns": t_ns} | fields)

    def open(self, stream: str, file: str, data: bytes, start_ns: int) -> None:
        """Put a file in place, as a recorder that has not closed it."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self.say("segment", start_ns, stream=stream, file=file, phase="open", start_ns=start_ns, sound="")

    def close(self, file: str, end_ns: int, frames: int = 0, samples: int = 0) -> None:
        """Tell that the file was closed with what is in it now."""
        data = (self.folder / file).read_bytes()
        (opened,) = (item for item in self.records if item.get("file") == file)
        told = {"stream": opened["stream"], "file": file, "phase": "closed", "start_ns": opened["start_ns"]}
        told |= {"end_ns": end_ns, "frames": frames, "samples": samples, "size_bytes": len(data)}
        self.say("segment", end_ns, **told, sha256=hashlib.sha256(data).hexdigest())

    def write(self, name: str = "journal.msgpack", records: list[dict[str, Any]] | None = None) -> Path:
        """Write the journal, or a part of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        path.write_bytes(b"".join(encode(item) for item in (self.records if records is None else records)))
        return path
