"""Cameras behind pipes and the network: pictures on their own spacing, and no read that hangs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.devices.feeds import SENDER, Sender, collect, make_film, spacing_errors, spec
from vig_capture.core.errors import DeviceError
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.camera import open_camera
from vig_capture.devices.clock import HostClock


@pytest.fixture
def send(tmp_path: Path) -> Iterator[Sender]:
    """Starts a sender in real time: target, container, codec, number of pictures."""
    program = tmp_path / "sender.py"
    program.write_text(SENDER, encoding="utf-8")
    started: list[subprocess.Popen[bytes]] = []

    def start(target: str, form: str, codec: str, count: int) -> subprocess.Popen[bytes]:
        arguments = [sys.executable, str(program), target, form, codec, str(count)]
        started.append(subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes on this system")
    os.mkfifo(tmp_path / "feed")
    return tmp_path / "feed"


@pytest.mark.parametrize(("form", "codec"), [("mpegts", "libx264"), ("matroska", "mjpeg")])
def test_pipe_delivers_spaced_pictures_and_its_end_is_a_loss(pipe: Path, send: Sender, form: str, codec: str) -> None:
    """A pipe's pictures keep their spacing within 2 ms; the writer's end is a loss, and the next writer is taken."""
    camera = open_camera(spec(pipe, sound=True), HostClock())
    for _ in range(2):
        send(str(pipe), form, codec, 45)
        mode, sound_mode = camera.open()
        frames, sound = collect(camera, 1000)
        assert mode.copied == (codec == "libx264")
        assert sound_mode is not None
        assert len(frames) >= 15
        assert frames[0].keyframe
        assert sorted(spacing_errors(frames))[len(frames) * 99 // 100 - 1] < 2 * MS_NS
        assert all(b.first_sample == a.first_sample + a.count for a, b in pairwise(sound))
        with pytest.raises(DeviceError):
            camera.read()
        camera.close()


def test_mpeg_ts_is_stamped_when_its_pictures_came(pipe: Path, send: Sender) -> None:
    """FFmpeg hands MPEG-TS pictures over two late (66 ms); the stamps are those of their arrival nevertheless."""
    camera = open_camera(spec(pipe), HostClock())
    sender = send(str(pipe), "mpegts", "libx264", 45)
    camera.open()
    frames, _ = collect(camera, 1000)
    camera.close()
    assert sender.stdout is not None
    begin_ns = int(sender.stdout.readline())
    # The sender's sound begins 21 ms before 0, so its pictures are numbered 21 ms late.
    delays = [
        (frame.mono_ns - begin_ns) / SECOND_NS - (frame.picture.pts * frame.picture.time_base - 1024 / 48000)
        for frame in frames
    ]
    assert -0.01 < float(np.median(delays)) < 0.055


def test_pipe_without_a_writer_can_be_closed(pipe: Path) -> None:
    """Opening waits for a writer, and ends at once when another thread closes."""
    camera = open_camera(spec(pipe), HostClock())
    timer = threading.Timer(0.3, camera.close)
    timer.start()
    with pytest.raises(DeviceError) as error:
        camera.open()
    timer.join()
    camera.close()
    assert "closed" in error.value.what


def test_silent_pipe_does_not_hold_the_reader(pipe: Path, send: Sender) -> None:
    """A writer that stops without leaving yields None within half a second, and close is not held up."""
    camera = open_camera(spec(pipe), HostClock())
    sender = send(str(pipe), "matroska", "mjpeg", 1000)
    camera.open()
    frames, _ = collect(camera, 5)
    assert len(frames) == 5
    sender.send_signal(signal.SIGSTOP)
    clock = HostClock()
    begin_ns = clock.mono_ns()
    while camera.read() is not None:
        assert clock.mono_ns() - begin_ns < 5 * SECOND_NS
    camera.close()
    assert clock.mono_ns() - begin_ns < 5 * SECOND_NS


def test_udp_feed(send: Sender) -> None:
    """A UDP feed is copied from a keyframe on, spaced as it was sent, with its sound."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    camera = open_camera(spec(f"udp://127.0.0.1:{port}", sound=True), HostClock())
    send(f"udp://127.0.0.1:{port}?pkt_size=1316", "mpegts", "libx264", 150)
    mode, sound_mode = camera.open()
    frames, sound = collect(camera, 45)
    camera.close()
    assert (mode.width, mode.height, mode.copied) == (160, 96, True)
    assert sound_mode is not None
    assert frames[0].keyframe
    assert sum(frame.lost_before for frame in frames) == 0
    assert sorted(spacing_errors(frames))[43] < 2 * MS_NS
    assert sound


class _Mjpeg(BaseHTTPRequestHandler):
    """A camera's web server: a JPEG picture each 40 ms until the client leaves or 40 are sent."""

    picture = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace;boundary=frame")
        self.end_headers()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(self.picture)}\r\n\r\n".encode()
        with contextlib.suppress(OSError):
            for _ in range(40):
                self.wfile.write(head + self.picture + b"\r\n")
                threading.Event().wait(0.04)

    def log_message(self, *_: object) -> None:
        """Quiet."""


def test_mjpeg_over_http_is_stamped_by_arrival(tmp_path: Path) -> None:
    """FFmpeg makes up 25 a second for such a stream; the stamps follow the arrivals and never run ahead of them."""
    make_film(tmp_path / "one.mkv", "mjpeg", 1)
    with av.open(str(tmp_path / "one.mkv")) as container:
        _Mjpeg.picture = bytes(next(container.demux(video=0)))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Mjpeg)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    clock = HostClock()
    camera = open_camera(spec(f"http://127.0.0.1:{server.server_port}/video"), clock)
    mode, _ = camera.open()
    frames, _ = collect(camera, 10)
    camera.close()
    server.shutdown()
    server.server_close()
    assert (mode.width, mode.height, mode.copied) == (160, 96, False)
    assert len(frames) == 10
    assert np.median(np.diff([frame.mono_ns for frame in frames])) >= 40 * MS_NS
    assert frames[-1].mono_ns <= clock.mono_ns()


def test_refused_connection_is_a_sentence() -> None:
    """An address where nothing listens is refused in plain words, without the password."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DeviceError) as error:
        open_camera(spec(f"http://anna:gehe1m@127.0.0.1:{port}/video"), HostClock()).open()
    assert "refused" in error.value.what
    assert "gehe1m" not in str(error.value)
