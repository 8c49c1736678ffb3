"""Films and live feeds of known pictures, 30 a second, and what a camera makes of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np

from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock, Frame
from vig_capture.core.ports import Camera
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.camera import CameraSpec
from vig_capture.devices.clock import HostClock

RATE = 30
SENDER = """
import sys, time
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import av, numpy as np

target, form, codec, count = sys.argv[1:5]
out = av.open(target, "w", format=form, container_options={"flush_packets": "1"})
film = out.add_stream(codec, rate=30)
film.width, film.height, film.pix_fmt = 160, 96, "yuvj420p" if codec == "mjpeg" else "yuv420p"
film.codec_context.gop_size = 15
if codec == "libx264":
    film.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency"}
sound = out.add_stream("pcm_s16le" if form == "matroska" else "aac", rate=48000, layout="mono")
begin = time.monotonic()
print(round(begin * 1e9), flush=True)
for number in range(int(count)):
    time.sleep(max(0.0, begin + number / 30 - time.monotonic()))
    picture = av.VideoFrame(160, 96, film.pix_fmt)
    for plane in picture.planes:
        plane.update(bytes([number * 3 % 256]) * plane.buffer_size)
    picture.pts, picture.time_base = number, Fraction(1, 30)
    out.mux(film.encode(picture))
    tone = av.AudioFrame.from_ndarray(np.full((1, 1600), 0.25, np.float32), format="fltp", layout="mono")
    tone.sample_rate, tone.pts, tone.time_base = 48000, number * 1600, Fraction(1, 48000)
    out.mux(sound.encode(tone if form != "matroska" else av.AudioResampler("s16").resample(tone)[0]))
out.mux(film.encode(None))
out.close()
"""
Sender = Callable[..., "subprocess.Popen[bytes]"]


def make_film(path: Path, codec: str = "libx264", count: int = 15, reorder: bool = False) -> None:
    """A film of `count` pictures at 30 a second with a tone."""
    with av.open(str(path), "w") as out:
        film = cast("av.VideoStream", out.add_stream(codec, rate=RATE))
        film.width, film.height, film.pix_fmt = 160, 96, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if codec == "libx264":
            film.codec_context.options = {"preset": "veryfast", "bf": "2" if reorder else "0"}
        sound = out.add_stream("pcm_s16le" if path.suffix == ".mkv" else "aac", rate=48000, layout="mono")
        for number in range(count):
            picture = av.VideoFrame(160, 96, film.pix_fmt)
            for plane in picture.planes:
                plane.update(bytes([(number * 37 + place) % 256 for place in range(plane.buffer_size)]))
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            out.mux(film.encode(picture))
            form = "s16" if path.suffix == ".mkv" else "fltp"
            tone = av.AudioFrame.from_ndarray(
                np.full((1, 1600), 8192 if form == "s16" else 0.25, np.int16 if form == "s16" else np.float32),
                format=form, layout="mono",
            )  # fmt: skip
            tone.sample_rate, tone.pts, tone.time_base = 48000, number * 1600, Fraction(1, 48000)
            out.mux(sound.encode(tone))
        out.mux(film.encode(None))
        out.mux(sound.encode(None))


def spec(source: object, loop: bool = False, sound: bool = False) -> CameraSpec:
    return CameraSpec.parse(str(source), loop=loop, sound=sound)


def collect(camera: Camera, frames: int, seconds: float = 10.0) -> tuple[list[Frame], list[AudioBlock]]:
    """Read until so many frames have come, the source ends, or time is up."""
    clock = HostClock()
    pictures: list[Frame] = []
    sound: list[AudioBlock] = []
    end_ns = clock.mono_ns() + round(seconds * SECOND_NS)
    while len(pictures) < frames and clock.mono_ns() < end_ns:
        try:
            got = camera.read()
        except DeviceError:
            break
        if isinstance(got, Frame):
            pictures.append(got)
        elif got is not None:
            sound.append(got)
    return pictures, sound


def spacing_errors(frames: list[Frame]) -> list[int]:
    """How far (ns) each distance between two pictures is from a multiple of 1/30 s."""
    steps = np.diff(sorted(frame.mono_ns for frame in frames))
    return [int(abs(step - round(step * RATE / SECOND_NS) * SECOND_NS / RATE)) for step in steps]
