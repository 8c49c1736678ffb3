"""devices/microphone.py: what --mic means, the queue, and PortAudio, with a made-up sounddevice."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vig_capture.core.errors import DeviceError, UserError
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices import mic_feed, mic_portaudio
from vig_capture.devices.mic_feed import Feed
from vig_capture.devices.mic_portaudio import PACKAGE, PortAudioMicrophone, choose_input, portaudio_inputs
from vig_capture.devices.mic_pulse import PulseSource, default_source, pulse_sources
from vig_capture.devices.microphone import MicSpec, NamedMicrophone, list_microphones, open_microphone


class FakeClock:
    """A clock that the test moves; `sleep` moves it too."""

    def __init__(self) -> None:
        self.now_ns = 1_000 * SECOND_NS
        self.utc_offset_ns = 10**18

    def mono_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return self.now_ns + self.utc_offset_ns

    def boot_id(self) -> str:
        return "boot"

    def sleep(self, seconds: float) -> None:
        self.now_ns += round(seconds * SECOND_NS)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits the tenth of a second that a vain read takes."""
    monkeypatch.setattr(mic_feed, "READ_S", 0.001)
    monkeypatch.setattr(mic_portaudio, "_open_streams", set())
    monkeypatch.setattr("vig_capture.devices.microphone.pulse_sources", list)
    monkeypatch.setattr("vig_capture.devices.microphone.default_source", str)


# ---- what --mic can mean


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("Yeti", "name", "Yeti"),
        ("default", "name", ""),
        ("USB Audio: hw/1", "name", "USB Audio: hw/1"),
        ("alsa:hw:0,1", "alsa", "hw:0,1"),
        ("pulse:alsa_input.usb-1", "pulse", "alsa_input.usb-1"),
        ("camera", "camera", "camera"),
        (" demo ", "demo", "demo"),
        ("none", "none", "none"),
    ],
)
def test_parse(text: str, kind: str, target: str) -> None:
    """Each form of --mic is understood as what it says."""
    assert MicSpec.parse(text) == MicSpec(kind, target)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "  ", "0", "12", "alsa:", "pulse:", "missing.wav", "/no/such/film.mp4", "/"])
def test_parse_refuses(text: str) -> None:
    """What cannot be meant is refused with words, numbers above all."""
    with pytest.raises(UserError) as caught:
        MicSpec.parse(text)
    assert caught.value.do


def test_parse_file_and_loop(tmp_path: Path) -> None:
    """A file that exists is a file whatever its suffix, and only a file can loop."""
    path = tmp_path / "take 1"
    path.touch()
    assert MicSpec.parse(str(path), loop=True) == MicSpec("file", str(path), loop=True)
    with pytest.raises(UserError):
        MicSpec.parse("demo", loop=True)


def test_camera_and_none_are_no_devices(clock: FakeClock) -> None:
    """`camera` and `none` cannot be opened as microphones."""
    for text in ("camera", "none"):
        with pytest.raises(UserError):
            open_microphone(MicSpec.parse(text), clock)


# ---- the queue


def test_feed_drops_the_newest_and_the_index_shows_it() -> None:
    """When nobody reads for 10 s the newest blocks are dropped and counted, and the next index jumps by as much."""
    feed = Feed(100)
    for _ in range(12):
        feed.put(0, np.zeros((100, 1), np.int16), False)
    assert feed.dropped == 200
    read = [block.first_sample for block in iter(feed.get, None)]
    assert read == list(range(0, 1000, 100))
    feed.put(0, np.zeros((100, 1), np.int16), True)
    block = feed.get()
    assert block is not None
    assert (block.first_sample, block.overflow) == (1200, True)


# ---- PortAudio


class FakePortAudioError(Exception):
    """sounddevice.PortAudioError"""


class FakeStream:
    """An input stream: `deliver` calls back as PortAudio's thread would."""

    def __init__(self, **settings: Any) -> None:
        self.settings = settings
        self.active = False
        self.closed = False

    def start(self) -> None:
        self.active = True

    def close(self, ignore_errors: bool = True) -> None:
        assert ignore_errors
        self.active, self.closed = False, True

    def deliver(self, count: int = 480, overflow: bool = False) -> None:
        shared = np.full((count, self.settings["channels"]), 7, self.settings["dtype"])
        self.settings["callback"](shared, count, None, SimpleNamespace(input_overflow=overflow))
        shared[:] = 0  # PortAudio uses its buffer again.


class FakeSoundDevice:
    """The part of sounddevice that is used."""

    PortAudioError = FakePortAudioError

    def __init__(self, devices: list[tuple[str, int, int, int]], apis: tuple[str, ...] = ("ALSA",)) -> None:
        self.devices, self.apis = devices, apis
        self.default = SimpleNamespace(device=[0, 0])
        self.refused: Callable[[str, int], bool] = lambda _dtype, _rate: False
        self.streams: list[FakeStream] = []
        self.started = 0

    def _terminate(self) -> None:
        pass

    def _initialize(self) -> None:
        self.started += 1

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": name} for name in self.apis]

    def query_devices(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "hostapi": api, "max_input_channels": channels, "default_samplerate": float(rate)}
            for name, api, channels, rate in self.devices
        ]

    def check_input_settings(self, _device: int, _channels: int, dtype: str, _extra: None, rate: int) -> None:
        if self.refused(dtype, rate):
            raise FakePortAudioError("Invalid sample rate")

    def InputStream(self, **settings: Any) -> FakeStream:  # noqa: N802
        self.streams.append(FakeStream(**settings, pulse_source=os.environ.get("PULSE_SOURCE")))
        return self.streams[-1]


@pytest.fixture
def sd(monkeypatch: pytest.MonkeyPatch) -> FakeSoundDevice:
    fake = FakeSoundDevice(
        [("Speaker", 0, 0, 48_000), ("Built-in Audio", 0, 2, 44_100), ("Yeti: USB Audio", 0, 2, 48_000)]
    )
    fake.default.device = [1, 0]
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def opened(wanted: str, clock: FakeClock, sd: FakeSoundDevice) -> tuple[PortAudioMicrophone, FakeStream]:
    microphone = PortAudioMicrophone(wanted, clock)
    microphone.open()
    return microphone, sd.streams[-1]


def deliver(stream: FakeStream, clock: FakeClock, blocks: int, overflow: bool = False) -> None:
    """Blocks of 10 ms in real time."""
    for _ in range(blocks):
        clock.now_ns += 10 * MS_NS
        stream.deliver(overflow=overflow)


def read_all(microphone: PortAudioMicrophone) -> int:
    return sum(1 for _ in iter(microphone.read, None))


def test_portaudio_blocks(clock: FakeClock, sd: FakeSoundDevice) -> None:
    """Blocks come out copied, stamped, counted, with the overflow flag where it was set."""
    microphone, stream = opened("yeti", clock, sd)
    assert stream.settings["device"] == 2
    assert stream.settings["blocksize"] == 960
    assert stream.settings["dtype"] == "int32"
    deliver(stream, clock, 2)
    deliver(stream, clock, 1, overflow=True)
    blocks = [microphone.read() for _ in range(3)]
    assert [block.first_sample for block in blocks if block] == [0, 480, 960]
    assert [block.overflow for block in blocks if block] == [False, False, True]
    assert blocks[2] is not None
    assert blocks[2].mono_ns == clock.now_ns
    assert (blocks[2].samples == 7).all()
    assert microphone.read() is None


def test_portaudio_default(clock: FakeClock, sd: FakeSoundDevice) -> None:
    """Without a name the system's default input is taken, and its name kept."""
    microphone, stream = opened("", clock, sd)
    assert stream.settings["device"] == 1
    assert microphone.name == "Built-in Audio"


def test_portaudio_takes_what_is_offered(clock: FakeClock, sd: FakeSoundDevice) -> None:
    """48 kHz and 24 bit are wished; the device's own rate and 16 bit are taken where they are refused."""
    sd.refused = lambda dtype, rate: dtype == "int32" or rate == 48_000
    microphone = PortAudioMicrophone("Built-in", clock)
    mode = microphone.open()
    assert (mode.sample_rate, mode.channels, mode.bits) == (44_100, 2, 16)
    sd.refused = lambda _dtype, _rate: True
    with pytest.raises(DeviceError, match="Invalid sample rate"):
        microphone.open()


def test_portaudio_name_that_is_gone_or_ambiguous(clock: FakeClock, sd: FakeSoundDevice) -> None:
    """A name that fits no input, or two, opens nothing and says which there are."""
    with pytest.raises(DeviceError, match="Yeti: USB Audio") as gone:
        opened("Rode", clock, sd)
    assert "Speaker" not in str(gone.value)
    with pytest.raises(DeviceError, match="More than one"):
        opened("audio", clock, sd)
    assert sd.streams == []


def test_portaudio_prefers_one_host_api() -> None:
    """On Windows the same microphone appears once for each host API: one of them is taken, not called ambiguous."""
    apis = ("MME", "Windows DirectSound", "Windows WASAPI", "Windows WDM-KS")
    fake = FakeSoundDevice([("Mic (Yeti)", api, 2, 48_000) for api in range(4)], apis)
    assert choose_input(portaudio_inputs(fake), "yeti").host_api == "Windows WASAPI"


def test_portaudio_exact_name_wins() -> None:
    """A name that is also part of another one means itself."""
    fake = FakeSoundDevice([("pulse monitor", 0, 2, 48_000), ("pulse", 0, 32, 44_100)])
    assert choose_input(portaudio_inputs(fake), "Pulse").number == 1


def test_portaudio_list_is_renewed_only_when_no_stream_runs(clock: FakeClock, sd: FakeSoundDevice) -> None:
    """A microphone plugged in later is found; a second one does not end the first one's stream."""
    first, _ = opened("Yeti", clock, sd)
    assert sd.started == 1
    opened("Built-in", clock, sd)[0].close()
    assert sd.started == 1
    first.close()
    sd.devices.append(("Rode", 0, 1, 48_000))
    opened("Rode", clock, sd)
    assert sd.started == 2


def test_portaudio_replaced(clock: FakeClock, sd: FakeSoundDevice) -> None:
    """A hole whose sound never comes means another microphone, perhaps: nothing that follows is returned."""
    microphone, stream = opened("Yeti", clock, sd)
    deliver(stream, clock, 50)
    assert read_all(microphone) == 50
    clock.now_ns += 300 * MS_NS
    deliver(stream, clock, 20)
    with pytest.raises(DeviceError, match="may have been replaced by another one"):
        microphone.read()


def test_portaudio_busy_machine_is_no_replacement(clock: FakeClock, sd: FakeSoundDevice) -> None:
    """A hole after which the missing sound comes in a burst is only a busy machine, and no block is lost."""
    microphone, stream = opened("Yeti", clock, sd)
    deliver(stream, clock, 50)
    read_all(microphone)
    clock.now_ns += 3_000 * MS_NS
    for _ in range(300):
        stream.deliver()
    deliver(stream, clock, 20)
    blocks = [block.first_sample for block in iter(microphone.read, None)]
    assert blocks == list(range(50 * 480, 370 * 480, 480))


def test_portaudio_overflow_is_no_replacement(clock: FakeClock, sd: FakeSoundDevice) -> None:
    """A hole that the system itself calls an overflow is passed on as one."""
    microphone, stream = opened("Yeti", clock, sd)
    deliver(stream, clock, 5)
    read_all(microphone)
    clock.now_ns += 500 * MS_NS
    deliver(stream, clock, 20, overflow=True)
    assert read_all(microphone) == 20


def test_portaudio_silence_and_end(clock: FakeClock, sd: FakeSoundDevice) -> None:
    """Ten vain reads, or a stream that has ended, are a microphone that is gone."""
    microphone, _ = opened("Yeti", clock, sd)
    for _ in range(9):
        assert microphone.read() is None
    with pytest.raises(DeviceError, match="no sound any more"):
        microphone.read()
    microphone.open()
    sd.streams[-1].settings["finished_callback"]()
    with pytest.raises(DeviceError, match="ended"):
        microphone.read()
    microphone.close()
    microphone.close()
    assert all(stream.closed for stream in sd.streams)
    with pytest.raises(DeviceError, match="not open"):
        microphone.read()


def test_pulse_source(clock: FakeClock, sd: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """pulse:SOURCE opens PortAudio's pulse device with that source, for this one opening."""
    monkeypatch.setenv("PULSE_SOURCE", "another")
    sd.devices.append(("pulse", 0, 32, 44_100))
    microphone = open_microphone(MicSpec.parse("pulse:usb_mic"), clock)
    microphone.open()
    assert sd.streams[-1].settings["device"] == 3
    assert sd.streams[-1].settings["pulse_source"] == "usb_mic"
    assert os.environ["PULSE_SOURCE"] == "another"


def test_without_portaudio(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PortAudio and without an ALSA input the error names the package to install."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    monkeypatch.setattr("vig_capture.devices.microphone.alsa_inputs", list)
    for wanted in ("", "Yeti"):
        with pytest.raises(DeviceError) as caught:
            NamedMicrophone(wanted, clock).open()
        assert PACKAGE in caught.value.do


SOURCES = """[
 {"name": "out.monitor", "description": "Monitor of Speaker", "monitor_source": "out", "properties": {}},
 {"name": "usb_mic", "description": "Yeti Analog Stereo", "monitor_source": "", "properties": {"device.class": "sound"}}
]"""


def test_pulse_sources() -> None:
    """A sound server's microphones are listed, its loudspeakers' echoes are not, and no answer is an empty list."""
    assert pulse_sources(lambda *_: SOURCES) == [PulseSource("usb_mic", "Yeti Analog Stereo")]
    for answer in ("", "[{}]", "{}", "[1]"):
        assert pulse_sources(lambda *_, answer=answer: answer) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Pulse is Linux only")
def test_name_known_to_the_sound_server_alone(
    clock: FakeClock, sd: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that PortAudio hides behind its pulse device is found through the sound server."""
    sd.devices[1:] = [("pulse", 0, 32, 44_100)]
    monkeypatch.setattr("vig_capture.devices.microphone.pulse_sources", lambda: pulse_sources(lambda *_: SOURCES))
    microphone = NamedMicrophone("yeti", clock)
    microphone.open()
    assert (microphone.name, sd.streams[-1].settings["pulse_source"]) == ("usb_mic", "usb_mic")
    microphone.close()
    with pytest.raises(DeviceError, match="no microphone called 'Rode'"):
        NamedMicrophone("Rode", clock).open()
    assert [listing.use for listing in list_microphones()] == ["pulse:usb_mic", "pulse"]


@pytest.mark.parametrize("server", [True, False])
def test_default_is_kept(clock: FakeClock, sd: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch, server: bool) -> None:
    """Without a name the default of the first opening is kept: when it is gone, no other one is opened."""
    if server:
        sd.devices.append(("pulse", 0, 32, 44_100))
        monkeypatch.setattr("vig_capture.devices.microphone.default_source", lambda: "usb_mic")
    microphone = NamedMicrophone("", clock)
    microphone.open()
    assert microphone.name == ("usb_mic" if server else "Built-in Audio")
    microphone.close()
    monkeypatch.setattr("vig_capture.devices.microphone.default_source", lambda: "another")
    if server:
        microphone.open()
        assert sd.streams[-1].settings["pulse_source"] == "usb_mic"
    else:
        sd.devices[1] = ("Headset", 0, 1, 48_000)
        with pytest.raises(DeviceError, match="no microphone called 'Built-in Audio'"):
            microphone.open()


def test_default_source() -> None:
    """The sound server's default is its answer; no server is no default."""
    assert default_source(lambda *_: "usb_mic\n") == "usb_mic"

    def absent(*_: str) -> str:
        raise FileNotFoundError("pactl")

    assert default_source(absent) == ""
