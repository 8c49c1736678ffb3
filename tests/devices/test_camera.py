"""The cameras over films, pipes and the network: each picture once, on its own spacing, and no read that hangs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest

from vig_capture.core.errors import DeviceError, EndOfFilm, UserError
from vig_capture.core.model import AudioBlock, Frame
from vig_capture.core.ports import Camera
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices import v4l2
from vig_capture.devices.camera import CameraSpec, open_camera
from vig_capture.devices.camera_pictures import Pictures, is_h264_keyframe, parameter_sets
from vig_capture.devices.camera_v4l2 import choose_mode, find_node
from vig_capture.devices.clock import HostClock

RATE = 30
pipes_only = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")

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


# ------------------------------------------------------------------------------------------------------------ films


@pytest.mark.parametrize("reorder", [False, True])
def test_film_is_played_at_its_own_speed_and_ends(tmp_path: Path, reorder: bool) -> None:
    """Each H.264 picture comes once, encoded, no sooner than its moment, with growing decoding stamps; then the end."""
    make_film(tmp_path / "film.mp4", reorder=reorder)
    clock = HostClock()
    camera = open_camera(spec(tmp_path / "film.mp4"), clock)
    mode, sound = camera.open()
    assert (mode.width, mode.height, mode.rate, mode.copied, sound) == (160, 96, 30.0, True, None)
    assert mode.extradata
    frames: list[Frame] = []
    while len(frames) < 15:
        got = camera.read()
        if isinstance(got, Frame):
            assert got.mono_ns <= clock.mono_ns()
            frames.append(got)
    with pytest.raises(EndOfFilm):
        [camera.read() for _ in range(3)]
    camera.close()
    assert frames[0].keyframe
    assert all(frame.encoded for frame in frames)
    assert max(spacing_errors(frames)) < 10_000
    decoding = [frame.decode_ns for frame in frames if frame.decode_ns is not None]
    assert len(decoding) == 15
    assert decoding == sorted(set(decoding))


@pytest.mark.parametrize(("suffix", "codec", "reorder"), [(".mp4", "libx264", True), (".mkv", "mjpeg", False)])
def test_repeated_film_goes_on_as_if_endless(tmp_path: Path, suffix: str, codec: str, reorder: bool) -> None:
    """Over the end of a looped film stamps, decoding stamps and sound go on without a step."""
    film = tmp_path / f"film{suffix}"
    make_film(film, codec, 12, reorder)
    camera = open_camera(spec(film, loop=True, sound=True), HostClock())
    mode, sound_mode = camera.open()
    frames, sound = collect(camera, 30)
    camera.close()
    assert sound_mode is not None
    assert mode.copied == (codec == "libx264")
    assert len(frames) == 30
    assert max(spacing_errors(frames)) < MS_NS
    assert np.median(np.diff(sorted(frame.mono_ns for frame in frames))) == pytest.approx(SECOND_NS / RATE, abs=MS_NS)
    decoding = [frame.decode_ns for frame in frames if frame.decode_ns is not None]
    assert decoding == sorted(set(decoding))
    assert all(b.first_sample == a.first_sample + a.count for a, b in pairwise(sound))
    assert all(block.stamped and block.samples.shape[1] == 1 for block in sound)


def test_damaged_pictures_are_counted_and_do_not_end_the_film(tmp_path: Path) -> None:
    """Of 12 MJPEG pictures two are ruined: ten come, and the next ones say what was lost before them."""
    whole, ruined = tmp_path / "whole.mkv", tmp_path / "ruined.mkv"
    make_film(whole, "mjpeg", 12)
    with av.open(str(whole)) as source, av.open(str(ruined), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(p for p in source.demux(video=0) if p.size):
            bad = av.Packet(b"\x00\x01no picture at all" if number in (4, 5) else bytes(packet))
            bad.pts, bad.dts, bad.time_base, bad.stream = packet.pts, packet.dts, packet.time_base, stream
            out.mux(bad)
    camera = open_camera(spec(ruined), HostClock())
    camera.open()
    frames, _ = collect(camera, 12)
    camera.close()
    assert len(frames) == 10
    assert [frame.lost_before for frame in frames] == [0, 0, 0, 0, 2, 0, 0, 0, 0, 0]


def test_file_that_is_no_film_is_a_sentence(tmp_path: Path) -> None:
    """A text file, or one without pictures, is refused in plain words."""
    text = tmp_path / "notes.mp4"
    text.write_text("these are notes", encoding="utf-8")
    with pytest.raises(DeviceError) as error:
        open_camera(spec(text), HostClock()).open()
    assert "cannot be read" in error.value.what or "does not send" in error.value.what


# ------------------------------------------------------------------------------------------------- pipes and network


@pipes_only
@pytest.mark.parametrize(("form", "codec"), [("mpegts", "libx264"), ("matroska", "mjpeg")])
def test_pipe_delivers_spaced_pictures_and_its_end_is_a_loss(
    tmp_path: Path, send: Sender, form: str, codec: str
) -> None:
    """A pipe's pictures keep their spacing within 2 ms; the writer's end is a loss, and the next writer is taken."""
    os.mkfifo(tmp_path / "feed")
    camera = open_camera(spec(tmp_path / "feed", sound=True), HostClock())
    for _ in range(2):
        send(str(tmp_path / "feed"), form, codec, 45)
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


@pipes_only
def test_mpeg_ts_is_stamped_when_its_pictures_came(tmp_path: Path, send: Sender) -> None:
    """FFmpeg hands MPEG-TS pictures over two late (66 ms); the stamps are those of their arrival nevertheless."""
    os.mkfifo(tmp_path / "feed")
    camera = open_camera(spec(tmp_path / "feed"), HostClock())
    sender = send(str(tmp_path / "feed"), "mpegts", "libx264", 45)
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


@pipes_only
def test_pipe_without_a_writer_can_be_closed(tmp_path: Path) -> None:
    """Opening waits for a writer, and ends at once when another thread closes."""
    os.mkfifo(tmp_path / "feed")
    camera = open_camera(spec(tmp_path / "feed"), HostClock())
    timer = threading.Timer(0.3, camera.close)
    timer.start()
    with pytest.raises(DeviceError) as error:
        camera.open()
    timer.join()
    camera.close()
    assert "closed" in error.value.what


@pipes_only
def test_silent_pipe_does_not_hold_the_reader(tmp_path: Path, send: Sender) -> None:
    """A writer that stops without leaving yields None within half a second, and close is not held up."""
    os.mkfifo(tmp_path / "feed")
    camera = open_camera(spec(tmp_path / "feed"), HostClock())
    sender = send(str(tmp_path / "feed"), "matroska", "mjpeg", 1000)
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


def test_closed_camera_says_so(tmp_path: Path) -> None:
    """Reading a camera that was never opened, or is closed, is a DeviceError; closing twice is harmless."""
    make_film(tmp_path / "film.mkv", "mjpeg", 3)
    for source in (tmp_path / "film.mkv", "/dev/video99", "udp://127.0.0.1:9"):
        camera = open_camera(spec(source), HostClock())
        camera.close()
        camera.close()
        with pytest.raises(DeviceError):
            camera.read()


def test_none_is_no_camera() -> None:
    """`none` is asked for before a camera is made."""
    with pytest.raises(UserError):
        open_camera(spec("none"), HostClock())


# ------------------------------------------------------------------------------------------------------------- V4L2

WEBCAM = [
    v4l2.Mode("YUYV", 640, 480, (30.0, 15.0)),
    v4l2.Mode("YUYV", 1280, 720, (10.0,)),
    v4l2.Mode("MJPG", 640, 480, (30.0,)),
    v4l2.Mode("MJPG", 1280, 720, (30.0, 25.0)),
    v4l2.Mode("MJPG", 1920, 1080, (30.0,)),
    v4l2.Mode("H264", 1280, 720, (30.0,)),
    v4l2.Mode("Z16 ", 640, 480, (30.0,)),
]


@pytest.mark.parametrize(
    ("size", "rate", "form", "chosen"),
    [
        (None, None, "", ("MJPG", 1280, 720, 30.0)),
        (None, 25, "", ("MJPG", 1280, 720, 25.0)),
        ((640, 480), None, "", ("YUYV", 640, 480, 30.0)),
        ((1920, 1080), 60, "", ("MJPG", 1920, 1080, 30.0)),
        (None, None, "h264", ("H264", 1280, 720, 30.0)),
        ((1280, 720), 10, "", ("YUYV", 1280, 720, 10.0)),
    ],
)
def test_mode_is_chosen(
    size: tuple[int, int] | None, rate: float | None, form: str, chosen: tuple[str, int, int, float]
) -> None:
    """MJPEG for large, raw for small pictures, H.264 only when asked for, the nearest rate."""
    mode, got = choose_mode(WEBCAM, CameraSpec.parse("C920", size=size, rate=rate, form=form), "C920")
    assert (mode.fourcc, mode.width, mode.height, got) == chosen


def test_size_that_the_camera_lacks_names_what_there_is() -> None:
    """A size or format that is not offered is refused with the list of what is."""
    for wish in (CameraSpec.parse("C920", size="800x600"), CameraSpec.parse("C920", form="hevc")):
        with pytest.raises(UserError) as error:
            choose_mode(WEBCAM, wish, "C920")
        assert "1280x720" in error.value.why
    with pytest.raises(DeviceError):
        choose_mode([WEBCAM[-1]], CameraSpec.parse("C920"), "C920")


def test_size_of_the_settings_is_a_wish() -> None:
    """A size that was not asked for now gives the nearest that the camera has, and the very one where it has that."""
    for size, chosen in (("800x600", (640, 480)), ("1280x720", (1280, 720)), ("64x48", (640, 480))):
        mode, _ = choose_mode(WEBCAM, replace(CameraSpec.parse("C920", size=size), nearest=True), "C920")
        assert (mode.width, mode.height) == chosen


def test_camera_is_found_by_name() -> None:
    """The whole name wins over a part of another; a part that fits two is refused; an absent one is a DeviceError."""
    nodes = [
        v4l2.Node("/dev/video0", "HD Webcam", "usb-1"),
        v4l2.Node("/dev/video2", "HD Webcam Pro", "usb-2"),
        v4l2.Node("/dev/video4", "HD Webcam Pro", "usb-3"),
    ]
    assert find_node(nodes, "HD Webcam").path == "/dev/video0"
    assert find_node(nodes, "usb-3").path == "/dev/video4"
    assert find_node(nodes, "HD Webcam Pro (usb-2)").path == "/dev/video2"
    with pytest.raises(UserError):
        find_node(nodes, "webcam pro")
    with pytest.raises(DeviceError):
        find_node(nodes, "C920")


def test_ioctl_numbers_are_the_kernels() -> None:
    """Sizes of the structures, and so the ioctl numbers, are those of linux/videodev2.h on 64-bit Linux."""
    if sys.maxsize < 2**32 or sys.platform == "win32":
        pytest.skip("64-bit layout only")
    assert (v4l2.QUERYCAP, v4l2.ENUM_FMT, v4l2.S_FMT) == (0x80685600, 0xC0405602, 0xC0D05605)
    assert (v4l2.QBUF, v4l2.DQBUF, v4l2.S_PARM) == (0xC058560F, 0xC0585611, 0xC0CC5616)
    assert (v4l2.ENUM_FRAMESIZES, v4l2.ENUM_FRAMEINTERVALS) == (0xC02C564A, 0xC034564B)


def test_keyframes_and_parameters_of_a_bare_h264_stream() -> None:
    """IDR pictures are told from others, and SPS and PPS are found at their head."""
    head = b"\x00\x00\x00\x01\x67\x42\xc0\x0d" + b"\x00\x00\x00\x01\x68\xce\x0f\xc8"
    assert is_h264_keyframe(head + b"\x00\x00\x01\x65\x88")
    assert not is_h264_keyframe(b"\x00\x00\x00\x01\x09\x10\x00\x00\x01\x41\x9a")
    assert parameter_sets(head + b"\x00\x00\x01\x65\x88") == head
    assert parameter_sets(b"\x00\x00\x01\x41\x9a") == b""


def test_changed_parameters_ask_for_reopening(tmp_path: Path) -> None:
    """A copied stream whose size or coding changes is a loss, so that its next segment gets a right header."""
    make_film(tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as container:
        pictures = Pictures(container.streams.video[0])
        packets = []
        for level in (13, 13, 14):
            data = bytes([0, 0, 0, 1, 0x67, 66, 192, level, 0, 0, 0, 1, 0x68, 206, 0, 0, 1, 0x65, 136])
            packets.append(av.Packet(data))
            packets[-1].is_keyframe = True
        assert len([*pictures.frames(packets[0], 0, None), *pictures.frames(packets[1], 1, None)]) == 2
        with pytest.raises(DeviceError):
            list(pictures.frames(packets[2], 2, None))
