"""What the tests of microphones share: a clock that is moved by hand, and a made-up sounddevice."""

from __future__ import annotations

import sys

import pytest

from tests.clocks import HandClock
from tests.devices.sound_device import FakeSoundDevice
from vig_capture.devices import mic_feed, mic_portaudio


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def sd(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    """Two microphones, and no test waits the tenth of a second that a vain read takes."""
    fake = FakeSoundDevice(
        [("Speaker", 0, 0, 48_000), ("Built-in Audio", 0, 2, 44_100), ("Yeti: USB Audio", 0, 2, 48_000)]
    )
    fake.default.device = [1, 0]
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr(mic_feed, "READ_S", 0.001)
    monkeypatch.setattr(mic_portaudio, "_open_streams", set())
    return fake
