"""devices/mic_alsa.py: sound through PyAV's ALSA input, with a made-up device."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from tests.clocks import HandClock
from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock, AudioMode
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices import mic_alsa
from vig_capture.devices.mic_alsa import AlsaMicrophone, DriverStamps, alsa_inputs
from vig_capture.devices.microphone import NamedMicrophone

only_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux only")


def read_until_lost(microphone: AlsaMicrophone, blocks: list[AudioBlock]) -> None:
    while True:
        block = microphone.read()
        if block is not None:
            blocks.append(block)


PCM = """\
00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1
00-03: HDMI 0 : HDMI 0 : playback 1
01-00: USB Audio : USB Audio : capture 1
"""


def proc(folder: Path) -> Path:
    for card, name in enumerate(("PCH", "Yeti")):
        (folder / f"card{card}").mkdir()
        (folder / f"card{card}" / "id").write_text(name + "\n")
    (folder / "pcm").write_text(PCM)
    return folder


def test_alsa_inputs(tmp_path: Path) -> None:
    """Capture devices are listed by names that do not change with the order of plugging; outputs are not."""
    assert alsa_inputs(tmp_path) == []
    assert alsa_inputs(proc(tmp_path)) == [
        ("PCH: ALC257 Analog", "plughw:CARD=PCH,DEV=0"),
        ("Yeti: USB Audio", "plughw:CARD=Yeti,DEV=0"),
    ]


class FakePacket:
    """128 stereo samples of a packet of FFmpeg's ALSA input."""

    time_base = Fraction(1, 1_000_000)

    def __init__(self, pts: int) -> None:
        self.pts = pts

    def __bytes__(self) -> bytes:
        return np.full((128, 2), 5, "<i2").tobytes()


class FakeContainer:
    """An ALSA device that takes stereo only and delivers some packets, in time, until it is unplugged."""

    def __init__(self, clock: HandClock, packets: int) -> None:
        self.clock, self.packets, self.closed = clock, packets, False
        context = SimpleNamespace(sample_rate=48_000, channels=2, name="pcm_s16le")
        self.streams = SimpleNamespace(audio=[SimpleNamespace(codec_context=context)])

    def demux(self, audio: int) -> Iterator[FakePacket]:
        assert audio == 0
        start = self.clock.utc_ns() // 1000
        for number in range(self.packets):
            self.clock.now_ns += 128 * SECOND_NS // 48_000
            yield FakePacket(start + number * 128 * 1_000_000 // 48_000)
        raise av.OSError(19, "No such device")

    def close(self) -> None:
        self.closed = True


@only_linux
def test_alsa_blocks(clock: HandClock) -> None:
    """The first accepted form is taken, short packets are joined to 20 ms, and the unplugged device is an error."""
    container = FakeContainer(clock, 40)
    tried = []

    def opener(name: str, format: str, options: dict[str, str]) -> FakeContainer:  # noqa: A002 - as av.open has it
        tried.append((name, format, options["sample_rate"], options["channels"]))
        if options["channels"] == "1":
            raise av.OSError(5, "Input/output error")
        return container

    microphone = AlsaMicrophone("hw:0,1", clock, opener)
    mode = microphone.open()
    assert (mode.sample_rate, mode.channels, mode.bits) == (48_000, 2, 16)
    assert tried == [("hw:0,1", "alsa", "48000", "1"), ("hw:0,1", "alsa", "48000", "2")]
    blocks: list[AudioBlock] = []
    with pytest.raises(DeviceError, match="gone"):
        read_until_lost(microphone, blocks)
    assert [block.first_sample for block in blocks] == list(range(0, 40 * 128, 1024))
    assert not any(block.overflow for block in blocks)
    assert all(block.samples.shape == (1024, 2) for block in blocks)
    microphone.close()
    assert container.closed


@only_linux
def test_alsa_that_is_not_there(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is not there is said so, and the environment is left as it was."""
    monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
    with pytest.raises(DeviceError, match="hw:97,5"):
        AlsaMicrophone("hw:97,5", clock).open()
    assert "ALSA_CONFIG_PATH" not in os.environ
    assert mic_alsa.CONFIGURATION.is_file()


def test_driver_stamps(clock: HandClock) -> None:
    """A late reader gets the time of the sound, not of the reading; a jump of the stamps is a loss."""
    stamps = DriverStamps(clock, 48_000)
    start_ns = clock.now_ns
    clock.now_ns += 10 * MS_NS
    assert stamps.end_ns(start_ns + clock.utc_offset_ns, 480) == start_ns + 10 * MS_NS
    clock.now_ns += 700 * MS_NS
    assert stamps.end_ns(start_ns + 10 * MS_NS + clock.utc_offset_ns, 480) == start_ns + 20 * MS_NS
    assert not stamps.lost
    stamps.end_ns(start_ns + 500 * MS_NS + clock.utc_offset_ns, 480)
    assert stamps.lost


def test_driver_stamps_after_a_step_of_the_wall_clock(clock: HandClock) -> None:
    """When the wall clock steps, by an hour or 30 ms, the reading counts from then on, and nothing is called lost."""
    for step_ns in (3_600 * SECOND_NS, -3_600 * SECOND_NS, 30 * MS_NS, -30 * MS_NS):
        stamps = DriverStamps(clock, 48_000)
        clock.now_ns += 10 * MS_NS
        stamps.end_ns(clock.utc_ns() - 10 * MS_NS, 480)
        clock.utc_offset_ns += step_ns
        for _ in range(3):
            clock.now_ns += 10 * MS_NS
            assert stamps.end_ns(clock.utc_ns() - 10 * MS_NS - step_ns // 2, 480) == clock.now_ns
            assert not stamps.lost


@only_linux
def test_without_portaudio_through_alsa(clock: HandClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without PortAudio a name finds its ALSA input, and a name that fits two is refused."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    inputs = alsa_inputs(proc(tmp_path))
    monkeypatch.setattr("vig_capture.devices.microphone.alsa_inputs", lambda: inputs)
    tried = []

    def fake_open(self: AlsaMicrophone) -> AudioMode:
        tried.append(self.name)
        return AudioMode(48_000, 1)

    monkeypatch.setattr(AlsaMicrophone, "open", fake_open)
    microphone = NamedMicrophone("yeti", clock)
    assert microphone.open() == AudioMode(48_000, 1)
    assert (tried, microphone.name) == (["plughw:CARD=Yeti,DEV=0"], "Yeti: USB Audio")
    microphone.open()
    assert tried == ["plughw:CARD=Yeti,DEV=0"] * 2
    with pytest.raises(DeviceError, match="alsa:plughw:CARD=PCH"):
        NamedMicrophone("a", clock).open()
