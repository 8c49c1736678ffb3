"""What `--camera` can mean, and that its password is never said."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import av
import pytest

from vig_capture.core.errors import UserError
from vig_capture.devices.camera_source import CameraSpec, camera_error, parse_size, without_password


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("none", "none", "none"),
        ("demo", "demo", "demo"),
        ("-", "pipe", "-"),
        ("/dev/video7", "v4l2", "/dev/video7"),
        ("v4l2:HD Webcam", "v4l2", "HD Webcam"),
        ("avfoundation:FaceTime HD Camera", "avfoundation", "FaceTime HD Camera"),
        ("dshow:USB2.0 Camera", "dshow", "USB2.0 Camera"),
        ("rtsp://10.0.0.5/live", "network", "rtsp://10.0.0.5/live"),
        ("HTTP://10.0.0.5:81/x.mjpg", "network", "http://10.0.0.5:81/x.mjpg"),
        ("udp://:5000", "network", "udp://:5000"),
    ],
)
def test_each_kind_is_recognised(text: str, kind: str, target: str) -> None:
    """The form of the text says what kind of source it is and what is opened."""
    spec = CameraSpec.parse(text)
    assert (spec.kind, spec.target) == (kind, target)


@pytest.mark.parametrize(("system", "kind"), [("linux", "v4l2"), ("darwin", "avfoundation"), ("win32", "dshow")])
def test_bare_name_belongs_to_this_system(system: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without a prefix is looked for among this system's cameras."""
    monkeypatch.setattr(sys, "platform", system)
    assert CameraSpec.parse("Logitech C920").kind == kind


def test_paths_are_looked_at(tmp_path: Path) -> None:
    """A file is a film, a named pipe is a pipe, a folder and a missing file are refused with what to do."""
    film, pipe = tmp_path / "practice.mp4", tmp_path / "feed"
    film.write_bytes(b"x")
    assert CameraSpec.parse(str(film)).kind == "film"
    if hasattr(os, "mkfifo"):
        os.mkfifo(pipe)
        assert CameraSpec.parse(str(pipe)).kind == "pipe"
    for wrong, why in (
        (str(tmp_path), "is a folder"),
        (str(tmp_path / "no.mp4"), "no file"),
        ("holiday.mkv", "no file"),
    ):
        with pytest.raises(UserError) as error:
            CameraSpec.parse(wrong)
        assert why in error.value.what
        assert error.value.do


@pytest.mark.parametrize(
    "text", ["", "ftp://host/film", "rtsp:///live", "udp://10.0.0.5", "http://host:port/", "rtsp://[::1/live"]
)
def test_wrong_sources_are_refused(text: str) -> None:
    """What cannot be a source is refused before anything is opened, with what to do."""
    with pytest.raises(UserError) as error:
        CameraSpec.parse(text)
    assert error.value.do


@pytest.mark.parametrize("text", ["720", "1280x", "x", "1280x720x3", "12800000x1"])
def test_wrong_sizes_are_refused(text: str) -> None:
    """A size that is no width x height is refused."""
    with pytest.raises(UserError):
        parse_size(text)


def test_wishes_are_understood() -> None:
    """Size, rate, sound and loop are kept; loop is refused for what has no end."""
    spec = CameraSpec.parse("/dev/video0", size="640×360", rate=15, sound=True)
    assert (spec.size, spec.rate, spec.sound) == ((640, 360), 15, True)
    with pytest.raises(UserError):
        CameraSpec.parse("/dev/video0", loop=True)
    with pytest.raises(UserError):
        CameraSpec.parse("/dev/video0", rate=0)


SECRETS = [
    "rtsp://anna:gehe1m@10.0.0.5:554/live",
    "http://10.0.0.5/video?user=anna&password=gehe1m&size=2",
    "http://10.0.0.5/video?access_token=gehe1m",
]


@pytest.mark.parametrize("text", SECRETS)
def test_no_password_is_ever_said(text: str) -> None:
    """Neither the public name, nor the spec printed, nor FFmpeg's message about it holds the password or the user."""
    spec = CameraSpec.parse(text)
    assert spec.target == text
    ffmpeg = av.error.HTTPUnauthorizedError(1, f"Server returned 401 Unauthorized: '{text}'")
    unknown = OSError(9999, f"Something odd with {text} (gehe1m)")
    for said in (spec.public, str(spec), repr(spec), str(camera_error(spec, ffmpeg)), str(camera_error(spec, unknown))):
        assert "gehe1m" not in said
        assert "anna" not in said
    assert "10.0.0.5" in spec.public


def test_faulty_address_is_refused_without_its_password() -> None:
    """The sentence about an address that is not understood does not hold its password."""
    with pytest.raises(UserError) as error:
        CameraSpec.parse("rtsp://anna:gehe1m@10.0.0.5:port/live")
    assert "gehe1m" not in str(error.value)


def test_password_with_an_at_sign_is_removed_whole() -> None:
    """A password that itself holds an @ leaves nothing behind."""
    assert without_password("rtsp://anna:ge@he1m@host/live") == "rtsp://host/live"


@pytest.mark.parametrize(
    ("number", "word"),
    [(2, "no camera"), (13, "may not"), (16, "busy"), (19, "gone"), (25, "not a camera"), (111, "refused")],
)
def test_errors_are_plain_words(number: int, word: str) -> None:
    """The system's common refusals become a sentence with what to do."""
    error = camera_error(CameraSpec.parse("/dev/video0"), OSError(number, os.strerror(number)))
    assert word in error.what
    assert error.do
    assert "Errno" not in str(error)


def test_missing_permission_names_the_group() -> None:
    """Who may not use the camera is told of the group video."""
    error = camera_error(CameraSpec.parse("/dev/video0"), PermissionError(13, "Permission denied"))
    assert "group video" in error.do
