"""A real-time feed of numbered frames for tests and measurements, from a process of its own.

    python tools/feed.py --to udp://127.0.0.1:5000 --size 640x360 --rate 30 --sound sine --log sent.csv
    python tools/feed.py --to rtsp://127.0.0.1:8554/feed --sound beeps
    python tools/feed.py --to http://127.0.0.1:8080/feed           (MJPEG, no sound)
    python tools/feed.py --to pipe:/tmp/feed.pipe --codec mjpeg --sound beeps
    python tools/feed.py --to none --sound-pipe /tmp/mic.pipe --sound-ppm 300    (for a Pulse pipe-source)
    python tools/feed.py --make film.mkv --seconds 60 --rate 15    (not in real time: MJPEG and PCM)
    python tools/feed.py --to pipe:/tmp/feed.pipe --scene faces    (two faces: needs scikit-image and OpenCV)

Frame k is drawn, encoded and sent at start + k/rate of the monotonic clock, with absolute deadlines: a late one is
followed at once by those that are due. It carries k and the moment it was drawn (frame_code), its PTS is k/rate + 1 s,
and the log gets one line when it has been sent: number,mono_ns,pts_ns. A killed feed leaves its log. With --epoch the
numbers count from a given moment, so a feed that is started again shows how many frames were missed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import feed_outputs
import numpy as np
from numpy.typing import NDArray

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.devices.demo import BEEP_HZ, BEEP_MS, video_frame
from vig_capture.devices.demo_scene import Scene

SAMPLE_RATE = 48000
CHUNK = 480
"""Samples of sound that are sent at once: 10 ms."""
SINE_HZ = 440.0
SINE_LEVEL = 0.5
BEEP_LEVEL = 0.5
_PIPE_BYTES = 1 << 15


@dataclass(frozen=True, slots=True)
class Tone:
    """The feed's sound as a function of its own time; `ppm` is how much too fast the sound card's clock runs."""

    kind: str
    ppm: float = 0.0

    @property
    def rate(self) -> float:
        """Samples in a true second."""
        return SAMPLE_RATE * (1 + self.ppm * 1e-6)

    def samples(self, first: int, count: int) -> NDArray[np.int16]:
        """Samples `first`… since the epoch, shape (count,): a sine, or 10 ms of 1 kHz at each true second."""
        seconds = np.arange(first, first + count) / self.rate
        if self.kind == "sine":
            level = SINE_LEVEL * np.sin(2 * np.pi * SINE_HZ * seconds)
        else:
            into = seconds % 1.0
            fade = np.clip((BEEP_MS / 1000 - into) / 0.002, 0.0, 1.0)
            level = BEEP_LEVEL * np.sin(2 * np.pi * BEEP_HZ * into) * fade
        return np.round(level * 32767).astype(np.int16)


class Log:
    """One line for each frame sent, out of the process before the next frame is made."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = path.open("w", encoding="ascii") if path else None
        self._write("number,mono_ns,pts_ns")

    def frame(self, number: int, drawn_ns: int, pts_ns: int) -> None:
        self._write(f"{number},{drawn_ns},{pts_ns}")

    def _write(self, line: str) -> None:
        if self._file:
            self._file.write(line + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file:
            self._file.close()


class RawSound:
    """A named pipe for raw samples (s16le, mono). Never waits: what its reader does not take is dropped, and said."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            os.mkfifo(path)
        # Open for both, so that neither opening nor a reader's going away blocks or kills the feed.
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        # A third of a second: a busy machine loses nothing, and little stale sound waits for a reader that comes late.
        fcntl.fcntl(self._file, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self.dropped_bytes = 0

    def write(self, samples: NDArray[np.int16]) -> None:
        data = samples.tobytes()
        try:
            written = os.write(self._file, data)
        except BlockingIOError:
            written = 0
        self.dropped_bytes += len(data) - written


def run(options: argparse.Namespace, log: Log) -> None:
    """Feed until --seconds are over or the reader has gone."""
    rate: int = options.rate
    output = feed_outputs.open_output(options)
    scene = _scene(options)
    tone = Tone(options.sound, options.sound_ppm)
    raw = RawSound(options.sound_pipe) if options.sound_pipe else None
    now_ns = mono_ns()
    epoch_ns = options.epoch or now_ns
    since_ns = max(0, now_ns - epoch_ns)
    number = first = -(-since_ns * rate // SECOND_NS)
    sample = int(since_ns * tone.rate / SECOND_NS) // CHUNK * CHUNK
    last = first + int(options.seconds * rate) if options.seconds else None
    while last is None or number < last:
        picture_due_ns = epoch_ns + number * SECOND_NS // rate
        sound_due_ns = epoch_ns + int((sample + CHUNK) * SECOND_NS / tone.rate)
        if options.sound != "none" and sound_due_ns <= picture_due_ns:
            _sleep_until(sound_due_ns)
            chunk = tone.samples(sample, CHUNK)
            raw.write(chunk) if raw else output.sound(sample, chunk)
            sample += CHUNK
            continue
        _sleep_until(picture_due_ns)
        drawn_ns = mono_ns()
        pts_ns = output.picture(number, video_frame(scene, number, drawn_ns))
        log.frame(number, drawn_ns, pts_ns)
        number += 1
    output.close()
    if raw and raw.dropped_bytes:
        print(f"feed: {raw.dropped_bytes} bytes of sound found no reader", file=sys.stderr)


def make(options: argparse.Namespace, log: Log) -> None:
    """Write the film at once: frame and sample 0 at 0, MJPEG and two channels of PCM."""
    rate: int = options.rate
    scene, tone = _scene(options), Tone(options.sound, options.sound_ppm)
    output = feed_outputs.film_file(options)
    sample = 0
    for number in range(int(options.seconds * rate)):
        due_ns = number * SECOND_NS // rate
        log.frame(number, due_ns, output.picture(number, video_frame(scene, number, due_ns)))
        while options.sound != "none" and sample * rate < (number + 1) * SAMPLE_RATE:
            output.sound(sample, tone.samples(sample, CHUNK))
            sample += CHUNK
    output.close()


def _scene(options: argparse.Namespace) -> Scene:
    width, height = options.size
    if options.scene == "faces":
        from face_scene import ChangingScene, FaceScene

        if options.order:
            return ChangingScene(options.order, width, height, options.rate)
        return FaceScene(width, height, options.rate)
    return Scene(width, height, options.rate)


def _sleep_until(due_ns: int) -> None:
    while (rest_ns := due_ns - mono_ns()) > 0:
        time.sleep(rest_ns / SECOND_NS)


def _size(text: str) -> tuple[int, int]:
    width, height = text.lower().split("x")
    return int(width), int(height)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument("--to", help="udp://HOST:PORT, rtsp://HOST:PORT/NAME, http://HOST:PORT/NAME, pipe:PATH or none")
    goal.add_argument("--make", type=Path, metavar="FILE.mkv", help="write a film file instead, as fast as it goes")
    parser.add_argument("--size", type=_size, default=(640, 360))
    parser.add_argument("--rate", type=int, default=30, help="frames a second")
    parser.add_argument("--scene", choices=["drawn", "faces"], default="drawn")
    parser.add_argument("--order", type=Path, help="of faces: a file that says plain, covered, dark or moved")
    parser.add_argument("--codec", choices=["h264", "mjpeg", "mpeg4", "rawvideo"], default="h264")
    parser.add_argument("--container", choices=["mpegts", "nut", "matroska"], help="of a pipe or udp")
    parser.add_argument("--crf", type=int, default=23, help="of h264")
    parser.add_argument("--gop-seconds", type=float, default=1.0)
    parser.add_argument("--b-frames", type=int, default=0)
    parser.add_argument("--sound", choices=["sine", "beeps", "none"], default="none")
    parser.add_argument("--sound-codec", choices=["aac", "mp2", "pcm"], help="default: aac in mpegts, else pcm")
    parser.add_argument("--sound-pipe", type=Path, metavar="PATH", help="the sound goes raw (s16le) into this pipe")
    parser.add_argument("--sound-ppm", type=float, default=0.0, help="how much too fast the microphone's clock runs")
    parser.add_argument("--seconds", type=float, default=0.0, help="0: until it is stopped")
    parser.add_argument("--epoch", type=int, metavar="MONO_NS", help="when frame 0 was due; default: now")
    parser.add_argument("--user", default="", help="of rtsp: clients must log in (digest)")
    parser.add_argument("--password", default="")
    parser.add_argument("--log", type=Path)
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    if options.make and not options.seconds:
        parser().error("--make needs --seconds")
    if options.rate < 1:
        parser().error("--rate needs at least 1 frame a second")
    try:
        with contextlib.closing(Log(options.log)) as log:
            make(options, log) if options.make else run(options, log)
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        print(f"feed: ended: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
