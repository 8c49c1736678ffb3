"""devices/microphone.py and its sources, with a made-up PortAudio, a made-up ALSA and real files."""

from __future__ import annotations

import sys
import wave
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from vig_capture.core.errors import DeviceError, EndOfFilm, UserError
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices import mic_alsa, mic_feed, mic_portaudio
from vig_capture.devices.mic_alsa import AlsaMicrophone, DriverStamps, alsa_inputs
from vig_capture.devices.mic_feed import Feed
from vig_capture.devices.mic_file import FileMicrophone
from vig_capture.devices.mic_portaudio import PACKAGE, PortAudioMicrophone, choose_input, portaudio_inputs
from vig_capture.devices.microphone import MicSpec, NamedMicrophone, open_microphone


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
def _impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test waits the tenth of a second that a vain read takes."""
    monkeypatch.setattr(mic_feed, "READ_S", 0.001)
    monkeypatch.setattr(mic_portaudio, "_open_streams", set())
    yield


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
        self.streams.append(FakeStream(**settings))
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
    assert stream.settings["blocksize"] == 480
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
    """A hole whose sound never comes is a microphone that may have been replaced, and none of what follows is returned."""
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
    microphone, stream = opened("Yeti", clock, sd)
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
    """pulse:SOURCE opens PortAudio's pulse device with that source."""
    monkeypatch.setenv("PULSE_SOURCE", "another")
    sd.devices.append(("pulse", 0, 32, 44_100))
    microphone = open_microphone(MicSpec.parse("pulse:usb_mic"), clock)
    microphone.open()
    assert sd.streams[-1].settings["device"] == 3
    import os

    assert os.environ["PULSE_SOURCE"] == "usb_mic"


# ---- ALSA


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

    def __init__(self, clock: FakeClock, packets: int) -> None:
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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux only")
def test_alsa_blocks(clock: FakeClock) -> None:
    """The first accepted form is taken, short packets are joined to 10 ms, and the unplugged device is an error."""
    container = FakeContainer(clock, 40)
    tried = []

    def opener(name: str, format: str, options: dict[str, str]) -> FakeContainer:
        tried.append((name, format, options["sample_rate"], options["channels"]))
        if options["channels"] == "1":
            raise av.OSError(5, "Input/output error")
        return container

    microphone = AlsaMicrophone("hw:0,1", clock, opener)
    mode = microphone.open()
    assert (mode.sample_rate, mode.channels, mode.bits) == (48_000, 2, 16)
    assert tried == [("hw:0,1", "alsa", "48000", "1"), ("hw:0,1", "alsa", "48000", "2")]
    blocks = []
    with pytest.raises(DeviceError, match="gone"):
        while True:
            block = microphone.read()
            if block is not None:
                blocks.append(block)
    assert [block.first_sample for block in blocks] == list(range(0, 40 * 128, 512))
    assert not any(block.overflow for block in blocks)
    assert all(block.samples.shape == (512, 2) for block in blocks)
    microphone.close()
    assert container.closed


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux only")
def test_alsa_that_is_not_there(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is not there is said so, and the environment is left as it was."""
    monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
    with pytest.raises(DeviceError, match="hw:97,5"):
        AlsaMicrophone("hw:97,5", clock).open()
    assert "ALSA_CONFIG_PATH" not in __import__("os").environ
    assert mic_alsa.CONFIGURATION.is_file()


def test_driver_stamps(clock: FakeClock) -> None:
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


def test_driver_stamps_after_a_step_of_the_wall_clock(clock: FakeClock) -> None:
    """When the wall clock steps, by an hour or by 30 ms, the reading counts from then on, and nothing is called lost."""
    for step_ns in (3_600 * SECOND_NS, -3_600 * SECOND_NS, 30 * MS_NS, -30 * MS_NS):
        stamps = DriverStamps(clock, 48_000)
        clock.now_ns += 10 * MS_NS
        stamps.end_ns(clock.utc_ns() - 10 * MS_NS, 480)
        clock.utc_offset_ns += step_ns
        for _ in range(3):
            clock.now_ns += 10 * MS_NS
            assert stamps.end_ns(clock.utc_ns() - 10 * MS_NS - step_ns // 2, 480) == clock.now_ns
            assert not stamps.lost


def test_without_portaudio(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PortAudio and without an ALSA input the error names the package to install."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    monkeypatch.setattr("vig_capture.devices.microphone.alsa_inputs", list)
    for wanted in ("", "Yeti"):
        with pytest.raises(DeviceError) as caught:
            NamedMicrophone(wanted, clock).open()
        assert PACKAGE in caught.value.do


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ALSA is Linux only")
def test_without_portaudio_through_alsa(clock: FakeClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without PortAudio a name finds its ALSA input, and a name that fits two is refused."""
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    inputs = alsa_inputs(proc(tmp_path))
    monkeypatch.setattr("vig_capture.devices.microphone.alsa_inputs", lambda: inputs)
    tried = []

    def fake_open(self: AlsaMicrophone) -> Any:
        tried.append(self.name)
        return "mode"

    monkeypatch.setattr(AlsaMicrophone, "open", fake_open)
    microphone = NamedMicrophone("yeti", clock)
    assert microphone.open() == "mode"
    assert (tried, microphone.name) == (["plughw:CARD=Yeti,DEV=0"], "Yeti: USB Audio")
    with pytest.raises(DeviceError, match="alsa:plughw:CARD=PCH"):
        NamedMicrophone("a", clock).open()


# ---- files


def write_wav(path: Path, samples: np.ndarray[Any, Any], rate: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def play(microphone: FileMicrophone, limit: int = 10_000) -> Iterator[Any]:
    for _ in range(limit):
        block = microphone.read()
        if block is not None:
            yield block


def test_file_at_its_own_speed(clock: FakeClock, tmp_path: Path) -> None:
    """A file's samples come unchanged, each block when its last sample is due and not before, then the end."""
    samples = np.arange(32_000).reshape(16_000, 2) % 30_000
    microphone = FileMicrophone(str(write_wav(tmp_path / "a.wav", samples)), clock, sleep=clock.sleep)
    mode = microphone.open()
    start_ns = clock.now_ns
    assert (mode.sample_rate, mode.channels, mode.bits) == (16_000, 2, 16)
    got = []
    with pytest.raises(EndOfFilm):
        for block in play(microphone):
            assert block.stamped
            assert block.mono_ns == start_ns + (block.first_sample + block.count) * SECOND_NS // 16_000
            assert clock.now_ns >= block.mono_ns
            got.append(block.samples)
    assert np.array_equal(np.concatenate(got), samples)
    assert clock.now_ns == pytest.approx(start_ns + SECOND_NS, abs=MS_NS)
    microphone.close()


def test_file_again_and_again(clock: FakeClock, tmp_path: Path) -> None:
    """A looped file goes on counting, without a hole where it begins again."""
    path = write_wav(tmp_path / "a.wav", np.ones((8_000, 1)))
    microphone = FileMicrophone(str(path), clock, loop=True, sleep=clock.sleep)
    microphone.open()
    expected = 0
    for block in play(microphone):
        assert block.first_sample == expected
        expected += block.count
        if expected > 30_000:
            break
    assert expected > 30_000


def test_file_that_is_none(clock: FakeClock, tmp_path: Path) -> None:
    """A file that is no sound, or is gone, is a sentence."""
    path = tmp_path / "a.wav"
    path.write_text("this is no sound")
    for name in (path, tmp_path / "gone.wav"):
        with pytest.raises(DeviceError, match="cannot be played"):
            FileMicrophone(str(name), clock).open()
