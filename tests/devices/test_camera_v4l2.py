"""A V4L2 camera: the mode that is chosen, the name that is found, the kernel's numbers."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from vig_capture.core.errors import DeviceError, UserError
from vig_capture.devices import v4l2
from vig_capture.devices.camera import CameraSpec
from vig_capture.devices.camera_v4l2 import choose_mode, find_node

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
