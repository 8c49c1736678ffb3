"""devices/mic_portaudio.py and its queue: blocks, names, losses and ends, with a made-up sounddevice."""

from __future__ import annotations

import numpy as np
import pytest

from tests.clocks import HandClock
from tests.devices.sound_device import FakeSoundDevice, FakeStream
from vig_capture.core.errors import DeviceError
from vig_capture.core.time import MS_NS
from vig_capture.devices.mic_feed import Feed
from vig_capture.devices.mic_portaudio import PortAudioMicrophone, choose_input, portaudio_inputs


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


def opened(wanted: str, clock: HandClock, sd: FakeSoundDevice) -> tuple[PortAudioMicrophone, FakeStream]:
    microphone = PortAudioMicrophone(wanted, clock)
    microphone.open()
    return microphone, sd.streams[-1]


def deliver(stream: FakeStream, clock: HandClock, blocks: int, overflow: bool = False) -> None:
    """Blocks of 10 ms in real time."""
    for _ in range(blocks):
        clock.now_ns += 10 * MS_NS
        stream.deliver(overflow=overflow)


def read_all(microphone: PortAudioMicrophone) -> int:
    return sum(1 for _ in iter(microphone.read, None))


def test_portaudio_blocks(clock: HandClock, sd: FakeSoundDevice) -> None:
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


def test_portaudio_default(clock: HandClock, sd: FakeSoundDevice) -> None:
    """Without a name the system's default input is taken, and its name kept."""
    microphone, stream = opened("", clock, sd)
    assert stream.settings["device"] == 1
    assert microphone.name == "Built-in Audio"


def test_portaudio_takes_what_is_offered(clock: HandClock, sd: FakeSoundDevice) -> None:
    """48 kHz and 24 bit are wished; the device's own rate and 16 bit are taken where they are refused."""
    sd.refused = lambda dtype, rate: dtype == "int32" or rate == 48_000
    microphone = PortAudioMicrophone("Built-in", clock)
    mode = microphone.open()
    assert (mode.sample_rate, mode.channels, mode.bits) == (44_100, 2, 16)
    sd.refused = lambda _dtype, _rate: True
    with pytest.raises(DeviceError, match="Invalid sample rate"):
        microphone.open()


def test_portaudio_name_that_is_gone_or_ambiguous(clock: HandClock, sd: FakeSoundDevice) -> None:
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


def test_portaudio_list_is_renewed_only_when_no_stream_runs(clock: HandClock, sd: FakeSoundDevice) -> None:
    """A microphone plugged in later is found; a second one does not end the first one's stream."""
    first, _ = opened("Yeti", clock, sd)
    assert sd.started == 1
    opened("Built-in", clock, sd)[0].close()
    assert sd.started == 1
    first.close()
    sd.devices.append(("Rode", 0, 1, 48_000))
    opened("Rode", clock, sd)
    assert sd.started == 2


def test_portaudio_replaced(clock: HandClock, sd: FakeSoundDevice) -> None:
    """A hole whose sound never comes means another microphone, perhaps: nothing that follows is returned."""
    microphone, stream = opened("Yeti", clock, sd)
    deliver(stream, clock, 50)
    assert read_all(microphone) == 50
    clock.now_ns += 300 * MS_NS
    deliver(stream, clock, 20)
    with pytest.raises(DeviceError, match="may have been replaced by another one"):
        microphone.read()


def test_portaudio_busy_machine_is_no_replacement(clock: HandClock, sd: FakeSoundDevice) -> None:
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


def test_portaudio_overflow_is_no_replacement(clock: HandClock, sd: FakeSoundDevice) -> None:
    """A hole that the system itself calls an overflow is passed on as one."""
    microphone, stream = opened("Yeti", clock, sd)
    deliver(stream, clock, 5)
    read_all(microphone)
    clock.now_ns += 500 * MS_NS
    deliver(stream, clock, 20, overflow=True)
    assert read_all(microphone) == 20


def test_portaudio_silence_and_end(clock: HandClock, sd: FakeSoundDevice) -> None:
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
