"""The list of cameras and microphones, from recorded listings."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from vig_capture.devices import listing, v4l2
from vig_capture.devices.camera_source import CameraSpec
from vig_capture.devices.listing import alsa_devices, ffmpeg_cameras, portaudio_devices


@dataclass
class Listed:
    """One entry as PyAV's enumerate_input_devices gives it."""

    name: str
    description: str
    media_types: list[str]


AVFOUNDATION = [
    Listed("0", "FaceTime HD Camera", ["video"]),
    Listed("1", "USB Camera", ["video"]),
    Listed("2", "USB Camera", ["video"]),
    Listed("3", "Anna's [old] iPhone Camera", ["video"]),
    Listed("4", "Capture screen 0", ["video"]),
    Listed("0", "MacBook Pro Microphone", ["audio"]),
    Listed("1", "USB Camera", ["audio"]),
]
DSHOW = [
    Listed("@device_pnp_\\\\?\\usb#vid_04f2&pid_b67c#6&1a2b#{65e8773d}\\global", "Integrated Camera", ["video"]),
    Listed("@device_pnp_\\\\?\\usb#vid_13d3&pid_56a2#6&2c3d#{65e8773d}\\global", "USB2.0 HD UVC WebCam", ["video"]),
    Listed("@device_pnp_\\\\?\\usb#vid_13d3&pid_56a2#7&4e5f#{65e8773d}\\global", "USB2.0 HD UVC WebCam", ["video"]),
    Listed("@device_sw_{860BB310}\\{A3FCE0F5}", "Decklink Capture", ["video", "audio"]),
    Listed("@device_cm_{33D9A762}\\wave_{0A1B}", "Microphone Array (Realtek(R) Audio)", ["audio"]),
]

PCM = """\
00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1
00-03: HDMI 0 : HDMI 0 : playback 1
01-00: USB Audio : USB Audio : capture 1
"""
CARDS = """\
 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xb1218000 irq 145
 1 [Microphone     ]: USB-Audio - Yeti Stereo Microphone
                      Blue Microphones Yeti at usb-0000:00:14.0-2, full speed
"""


def test_avfoundation_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Screens and microphones are no cameras; two cameras of one name are one line with a note."""
    monkeypatch.setattr(sys, "platform", "darwin")
    devices = ffmpeg_cameras("avfoundation", AVFOUNDATION)
    assert [device.name for device in devices] == ["FaceTime HD Camera", "USB Camera", "Anna's [old] iPhone Camera"]
    assert [bool(device.note) for device in devices] == [False, True, False]
    assert devices[0].how_to_use == "--camera 'avfoundation:FaceTime HD Camera'"
    assert CameraSpec.parse("avfoundation:FaceTime HD Camera").target == "FaceTime HD Camera"


def test_dshow_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cameras of one name are told apart by the name that Windows alone uses; others by their own."""
    monkeypatch.setattr(sys, "platform", "win32")
    devices = ffmpeg_cameras("dshow", DSHOW)
    names = ["Integrated Camera", "USB2.0 HD UVC WebCam", "USB2.0 HD UVC WebCam", "Decklink Capture"]
    assert [device.name for device in devices] == names
    assert devices[0].how_to_use == '--camera "dshow:Integrated Camera"'
    assert devices[1].how_to_use != devices[2].how_to_use
    assert CameraSpec.parse(devices[2].how_to_use.split('"')[1]).target == DSHOW[2].name


def test_empty_listings() -> None:
    """A listing without devices yields none."""
    assert ffmpeg_cameras("dshow", []) == []
    assert alsa_devices("", "") == []


def test_alsa_names_are_the_cards() -> None:
    """Capture devices are named by their card, which stays when numbers change; players are left out."""
    devices = alsa_devices(PCM, CARDS)
    assert [device.how_to_use for device in devices] == [
        "--mic alsa:plughw:CARD=PCH,DEV=0",
        "--mic alsa:plughw:CARD=Microphone,DEV=0",
    ]
    assert devices[1].name == "Yeti Stereo Microphone, USB Audio"


def test_portaudio_inputs() -> None:
    """Players are left out, a name that several host interfaces share appears once."""
    said: list[dict[str, object]] = [
        {"name": "Yeti", "max_input_channels": 2, "default_samplerate": 48000.0},
        {"name": "Speakers", "max_input_channels": 0, "default_samplerate": 48000.0},
        {"name": "Yeti", "max_input_channels": 2, "default_samplerate": 44100.0},
    ]
    devices = portaudio_devices(said)
    assert [(device.name, device.how_to_use) for device in devices] == [("Yeti", "--mic Yeti")]
    assert devices[0].modes == ["48000 Hz, up to 2 channels"]
    assert devices[0].note


def test_missing_portaudio_is_a_sentence() -> None:
    """Without PortAudio's library the list says which package is missing."""
    (device,) = portaudio_devices("PortAudio library not found")
    assert "libportaudio2" in device.note
    assert not device.how_to_use


def test_cameras_of_one_name_are_told_apart_by_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two V4L2 cameras of one name are listed with the place where they are plugged in."""
    nodes = [v4l2.Node("/dev/video90", "C920", "usb-1"), v4l2.Node("/dev/video91", "C920", "usb-2")]
    monkeypatch.setattr(v4l2, "camera_nodes", lambda: nodes)
    monkeypatch.setattr(sys, "platform", "linux")
    devices = listing.list_cameras()
    assert [device.how_to_use for device in devices] == ["--camera 'C920 (usb-1)'", "--camera 'C920 (usb-2)'"]
    assert all("cannot be opened" in device.note for device in devices)
