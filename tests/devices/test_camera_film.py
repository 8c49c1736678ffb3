"""A film as a camera: each picture once, at the film's own speed, damaged ones counted."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.devices.feeds import RATE, collect, make_film, spacing_errors, spec
from vig_capture.core.errors import DeviceError, EndOfFilm, UserError
from vig_capture.core.model import Frame
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.camera import open_camera
from vig_capture.devices.camera_pictures import Pictures, is_h264_keyframe, parameter_sets
from vig_capture.devices.clock import HostClock


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
    text = tmp_path / "notes 401.mp4"
    text.write_text("these are notes", encoding="utf-8")
    with pytest.raises(DeviceError) as error:
        open_camera(spec(text), HostClock()).open()
    assert "cannot be read" in error.value.what or "does not send" in error.value.what


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
