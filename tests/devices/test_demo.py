"""The demo keeps to the clock, loses nothing for a late reader, and its beep and its lit lamp coincide."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from tests.clocks import HandClock
from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock, Frame
from vig_capture.devices import frame_code
from vig_capture.devices.demo import DemoCamera, DemoMicrophone, beep_shape
from vig_capture.devices.demo_scene import Scene

SECOND = 1_000_000_000
START = 41 * SECOND + 250_000_000


def camera(clock: HandClock, rate: float = 30.0) -> DemoCamera:
    return DemoCamera(clock, 320, 180, rate, wait=clock.wait)


def frame_of(device: DemoCamera) -> Frame:
    frame = device.read()
    assert isinstance(frame, Frame)
    return frame


def block_of(device: DemoMicrophone) -> AudioBlock:
    block = device.read()
    assert block is not None
    return block


def number(frame: Frame) -> int:
    plane = frame.picture.planes[0]
    luma = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    code = frame_code.read(luma)
    assert code is not None
    assert code[1] == frame.mono_ns // 1_000_000
    return code[0]


@pytest.mark.parametrize("rate", [30.0, 25.0, 15.0, 29.97])
def test_frames_come_when_they_are_due(rate: float) -> None:
    """Frame k is given at epoch + k/rate, neither before nor, to a prompt reader, after."""
    clock = HandClock(START)
    device = camera(clock, rate)
    device.open()
    frames = []
    for _ in range(40):
        frames.append(frame_of(device))
        assert clock.now_ns == pytest.approx(frames[-1].mono_ns, abs=2)
    exact = Fraction(rate).limit_denominator(1001)
    assert [frame.mono_ns for frame in frames] == [41 * SECOND + int(number(f) * SECOND / exact) for f in frames]
    assert np.diff([number(frame) for frame in frames]).tolist() == [1] * 39


def test_a_late_reader_loses_nothing() -> None:
    """After a pause of three seconds all 90 frames and 150 blocks come in order, with their own times."""
    clock = HandClock(START)
    pictures, sound = camera(clock), DemoMicrophone(clock, wait=clock.wait)
    pictures.open()
    sound.open()
    first, block = frame_of(pictures), block_of(sound)
    clock.now_ns += 3 * SECOND
    waits = len(clock.waits)
    late = [frame_of(pictures) for _ in range(90)]
    blocks = [block_of(sound) for _ in range(150)]
    assert len(clock.waits) == waits
    assert [number(frame) for frame in late] == list(range(number(first) + 1, number(first) + 91))
    assert [b.first_sample for b in blocks] == [block.first_sample + 960 * k for k in range(1, 151)]
    assert blocks[-1].mono_ns - block.mono_ns == 3 * SECOND


def test_a_lit_lamp_and_a_beep_begin_at_the_same_moment() -> None:
    """Opened at different moments, and knowing nothing of each other, the two agree to the sample."""
    clock = HandClock(START)
    pictures = camera(clock)
    pictures.open()
    clock.now_ns += 1_430_000_000
    sound = DemoMicrophone(clock, wait=clock.wait)
    sound.open()
    blocks = [block_of(sound) for _ in range(120)]
    assert all(block.stamped for block in blocks)
    samples = np.concatenate([block.samples[:, 0] for block in blocks]).astype(float)
    start_ns = blocks[0].mono_ns - blocks[0].count * SECOND // 48_000
    onset = int(np.argmax(np.correlate(samples, beep_shape(48_000), "valid")))
    beep_ns = start_ns + onset * SECOND / 48_000
    scene = Scene(320, 180, 30.0)
    flashes = [k for k in range(200) if scene.flash(k)]
    assert flashes == [0, 30, 60, 90, 120, 150, 180]
    assert min(abs(pictures.due_ns(k) - beep_ns) for k in flashes) < SECOND / 48_000


def test_the_lamp_is_lit_in_the_flash_frame_alone() -> None:
    """The lamp's pixel is bright in frame 30 and in neither neighbour."""
    scene = Scene(1280, 720, 30.0)
    lamp = [int(scene.picture(k, 0).luma[672, 488]) for k in (29, 30, 31)]
    assert lamp[1] > 200 > 150 > max(lamp[0], lamp[2])


def test_picture_and_samples_are_functions() -> None:
    """The same number gives the same picture, whatever was drawn before; sound does not depend on how it is cut."""
    clock = HandClock(START)
    device, sound = camera(clock), DemoMicrophone(clock)
    device.open()
    before = device.picture(77).to_ndarray()
    device.picture(500)
    assert np.array_equal(device.picture(77).to_ndarray(), before)
    assert not np.array_equal(device.picture(78).to_ndarray(), before)
    pieces = [sound.samples(first, 960) for first in range(570_000, 580_000, 960)]
    assert np.array_equal(np.concatenate(pieces), sound.samples(570_000, 960 * len(pieces)))
    assert 0.02 < np.abs(sound.samples(0, 576_000)).max() / 32767 < 0.5


def test_a_device_opened_again_goes_on_counting() -> None:
    """Frames missed while it was closed are missing in the numbers; samples are counted anew from the opening."""
    clock = HandClock(START)
    pictures, sound = camera(clock), DemoMicrophone(clock, wait=clock.wait)
    pictures.open()
    sound.open()
    last = frame_of(pictures)
    block_of(sound)
    pictures.close()
    sound.close()
    clock.now_ns = last.mono_ns + 2 * SECOND + 1
    pictures.open()
    sound.open()
    assert number(frame_of(pictures)) == number(last) + 61
    assert block_of(sound).first_sample == 0


def test_a_read_gives_up_in_time() -> None:
    """At one frame in two seconds a read returns None after a quarter of a second, and the frame comes later."""
    clock = HandClock(START)
    device = camera(clock, 0.5)
    device.open()
    assert device.read() is None
    assert clock.now_ns - START == SECOND // 4
    reads = [device.read() for _ in range(6)]
    assert [isinstance(frame, Frame) for frame in reads] == [False] * 5 + [True]


@pytest.mark.parametrize("make", [DemoCamera, DemoMicrophone])
def test_a_closed_device_says_so(make: type[DemoCamera] | type[DemoMicrophone]) -> None:
    """Reading before opening or after closing is a DeviceError; closing twice is none; closing wakes a reader."""
    clock = HandClock(START)
    device = make(clock, wait=lambda seconds: device.close())
    with pytest.raises(DeviceError):
        device.read()
    device.open()
    assert device.read() is None
    device.close()
    with pytest.raises(DeviceError) as caught:
        device.read()
    assert caught.value.do


@pytest.mark.parametrize("size", [(1920, 1080), (640, 480), (176, 144), (321, 181)])
def test_any_usual_size_can_be_drawn(size: tuple[int, int]) -> None:
    """The moving shapes stay within the picture through their whole path, and the code is readable."""
    scene = Scene(*size)
    for k in (0, 22, 45, 99, 135, 1234):
        assert frame_code.read(scene.picture(k, 0).luma) == (k, 0)
