"""Hand-made sessions for the measuring tools: films of numbered frames with a known sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import feed
import numpy as np
from numpy.typing import NDArray

from vig_capture.devices.demo import video_frame
from vig_capture.devices.demo_scene import Scene

RATE = 30
SAMPLES = 48_000 // RATE
SCENE = Scene(320, 180, RATE)
START_NS = 7_000_000_000
MUXER = {"movflags": "hybrid_fragmented", "frag_duration": "500000", "flush_packets": "1", "use_editlist": "1"}


def write(path: Path, numbers: list[int], samples: NDArray[np.int16], at_frames: list[int] | None = None) -> None:
    """A film segment with these numbered frames, one each 1/30 s (or at the given places), and this sound."""
    with av.open(str(path), "w", format="mp4", options=MUXER) as file:
        picture = file.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "bf": "0"})
        picture.width, picture.height, picture.pix_fmt = 320, 180, "yuv420p"
        sound = file.add_stream("aac", rate=48_000, layout="mono")
        block = av.AudioFrame.from_ndarray((samples[None, :] / np.float32(32768)).astype(np.float32), "fltp", "mono")
        block.sample_rate, block.pts, block.time_base = 48_000, 0, Fraction(1, 48_000)
        for place, number in zip(at_frames or range(len(numbers)), numbers, strict=True):
            frame = video_frame(SCENE, number, number * 33_333_333)
            frame.pts, frame.time_base = place, Fraction(1, RATE)
            file.mux(picture.encode(frame))
        file.mux(sound.encode(block))
        file.mux(picture.encode(None))
        file.mux(sound.encode(None))


def session(folder: Path, parts: list[list[int]], kind: str, shift: int = 0) -> dict[str, Any]:
    """Three segments of a second; the sound of the second is taken `shift` samples further on."""
    tone, segments = feed.Tone(kind), []
    for index, numbers in enumerate(parts):
        file = f"cam1-{index + 1:04d}.mp4"
        first = index * 48_000 + (shift if index == 1 else 0)
        write(folder / file, numbers, tone.samples(first, 48_000), list(range(RATE))[: len(numbers)])
        start = START_NS + index * 1_000_000_000
        entry = {"stream": "cam1", "file": file, "start_ns": start, "end_ns": start + 10**9, "frames": len(numbers)}
        segments.append(entry)
    return {"segments": segments, "gaps": []}


def numbers(first: int, count: int = RATE) -> list[int]:
    return list(range(first, first + count))
