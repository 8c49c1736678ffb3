"""devices/microphone.py: what --mic means, and how a name finds its microphone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.clocks import HandClock
from tests.devices.sound_device import FakeSoundDevice
from vig_capture.core.errors import DeviceError, UserError
from vig_capture.devices.mic_portaudio import PACKAGE
from vig_capture.devices.mic_pulse import PulseSource, default_source, pulse_sources
from vig_capture.devices.microphone import MicSpec, NamedMicrophone, list_microphones, open_microphone


@pytest.fixture(autouse=True)
def _no_sound_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test asks the sound server of the machine that it runs on."""
    monkeypatch.setattr("vig_capture.devices.microphone.pulse_sources", list)
    monkeypatch.setattr("vig_capture.devices.microphone.default_source", str)


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


def test_camera_and_none_are_no_devices(clock: HandClock) -> None:
    """`camera` and `none` cannot be opened as microphones."""
    for text in ("camera", "none"):
        with pytest.raises(UserError):
            open_microphone(MicSpec.parse(text), clock)


def test_pulse_source(clock: HandClock, sd: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    """pulse:SOURCE opens PortAudio's pulse device with that source, for this one opening."""
    monkeypatch.setenv("PULSE_SOURCE", "another")
    sd.devices.append(("pulse", 0, 32, 44_100))
    microphone = open_microphone(MicSpec.parse("pulse:usb_mic"), clock)
    microphone.open()
    assert sd.streams[-1].settings["device"] == 3
    assert sd.streams[-1].settings["pulse_source"] == "usb_mic"
    assert os.environ["PULSE_SOURCE"] == "another"


def test_without_portaudio(clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
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
    clock: HandClock, sd: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch
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
def test_default_is_kept(clock: HandClock, sd: FakeSoundDevice, monkeypatch: pytest.MonkeyPatch, server: bool) -> None:
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
