"""The feed's own parts: its sound, its film for the lab, its RTP packets, and a server that a real player can play."""

from __future__ import annotations

import threading
from fractions import Fraction
from pathlib import Path

import av
import feed
import measure_picture
import measure_sound
import numpy as np
import pytest
import rtsp_server
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.devices import frame_code
from vig_capture.devices.demo import video_frame
from vig_capture.devices.demo_scene import Scene


def test_a_prerendered_film_carries_numbers_and_beeps_in_time(tmp_path: Path) -> None:
    """30 frames at 15 a second hold the numbers 0…29 and two beeps, each with its flash frame, in two channels."""
    path = tmp_path / "film.mkv"
    log = tmp_path / "log.csv"
    make = ["--make", str(path), "--seconds", "2", "--rate", "15", "--size", "320x180", "--sound", "beeps"]
    assert feed.main([*make, "--log", str(log)]) == 0
    segment = {"file": path.name, "start_ns": 0}
    film = measure_picture.read_film(tmp_path, segment)
    assert [frame.number for frame in film.frames] == list(range(30))
    assert list(measure_picture.read_log(log)) == list(range(30))
    sound = measure_sound.read_sound(tmp_path, segment)
    assert sound is not None
    assert len(sound.samples) == 96_000
    assert measure_sound.beep_onsets([sound]) == [0, 48_000]
    with av.open(str(path)) as file:
        assert file.streams.audio[0].channels == 2
        assert file.streams.video[0].codec_context.name == "mjpeg"


@pytest.mark.parametrize("ppm", [-300.0, 0.0, 300.0])
def test_a_fast_clock_puts_more_samples_between_beeps(ppm: float) -> None:
    """The beeps stay at true seconds: their distance in samples is the clock's rate."""
    tone = feed.Tone("beeps", ppm)
    sound = measure_sound.Sound("", 0, tone.samples(0, 48_000 * 19 + 1000) / 32767)
    onsets = measure_sound.beep_onsets([sound])
    assert len(onsets) == 20
    assert (onsets[-1] - onsets[0]) / 19 == pytest.approx(48_000 * (1 + ppm * 1e-6), abs=0.2)


@given(st.binary(min_size=1, max_size=9000))
def test_fragments_join_to_the_unit(unit: bytes) -> None:
    """FU-A fragments, joined as RFC 6184 says, are the unit again, and none exceeds what a packet may hold."""
    payloads = list(rtsp_server._h264_payloads(unit))
    assert all(len(payload) <= 1402 for payload in payloads)
    if len(payloads) == 1:
        assert payloads[0] == unit
        return
    kinds = [payload[1] for payload in payloads]
    assert [kind >> 6 for kind in kinds] == [2, *[0] * (len(kinds) - 2), 1]
    head = bytes(((payloads[0][0] & 0xE0) | (kinds[0] & 31),))
    assert all(payload[0] & 31 == 28 for payload in payloads)
    assert unit[1:] == b"".join(payload[2:] for payload in payloads)
    assert head[0] & 0x7F == (unit[0] & 0x7F)


def test_a_player_that_knows_the_password_gets_every_frame() -> None:
    """FFmpeg's client plays picture and sound over TCP after digest authentication, and misses nothing."""
    server = rtsp_server.Server("127.0.0.1", 0, "pcm", user="me", password="secret")
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = 320, 180, "yuv420p", Fraction(30)
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "15"}
    scene, done = Scene(320, 180), threading.Event()

    def send() -> None:
        for k in range(3000):
            frame = video_frame(scene, k, 0)
            frame.pts = k
            for packet in encoder.encode(frame):
                server.send_video(bytes(packet), (30 + k) * 10**9 // 30, packet.is_keyframe)
            server.send_audio(np.zeros(1600, ">i2").tobytes(), 48_000 + 1600 * k)
            if done.wait(0.005):
                break
        server.close()

    sender = threading.Thread(target=send)
    sender.start()
    try:
        wrong = f"rtsp://me:wrong@127.0.0.1:{server.port}/feed"
        with pytest.raises(av.error.HTTPUnauthorizedError):
            av.open(wrong, options={"rtsp_transport": "tcp"}, timeout=(5, 5))
        url = f"rtsp://me:secret@127.0.0.1:{server.port}/feed"
        numbers: list[int] = []
        with av.open(url, options={"rtsp_transport": "tcp"}, timeout=(10, 5)) as file:
            assert len(file.streams) == 2
            for frame in file.decode(video=0):
                code = frame_code.read(measure_picture.luma(frame))
                assert code is not None
                numbers.append(code[0])
                if len(numbers) == 60:
                    break
        assert numbers == list(range(numbers[0], numbers[0] + 60))
    finally:
        done.set()
        sender.join(5)
