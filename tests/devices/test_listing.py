"""The list of cameras and microphones, from recorded listings."""

from __future__ import annotations

import sys

import pytest

from vig_capture.devices import listing, v4l2
from vig_capture.devices.listing import (
    alsa_devices,
    camera_devices,
    parse_avfoundation,
    parse_dshow,
    portaudio_devices,
)

AVFOUNDATION = """\
[AVFoundation indev @ 0x14f004a00] AVFoundation video devices:
[AVFoundation indev @ 0x14f004a00] [0] FaceTime HD Camera
[AVFoundation indev @ 0x14f004a00] [1] USB Camera
[AVFoundation indev @ 0x14f004a00] [2] USB Camera
[AVFoundation indev @ 0x14f004a00] [3] Anna's [old] iPhone Camera
[AVFoundation indev @ 0x14f004a00] [4] Capture screen 0
[AVFoundation indev @ 0x14f004a00] AVFoundation audio devices:
[AVFoundation indev @ 0x14f004a00] [0] MacBook Pro Microphone
[AVFoundation indev @ 0x14f004a00] [1] USB Camera
: Input/output error
"""

DSHOW_NEW = """\
[dshow @ 000001d1a6f1f0c0] "Integrated Camera" (video)
[dshow @ 000001d1a6f1f0c0]   Alternative name "@device_pnp_\\\\?\\usb#vid_04f2&pid_b67c#6&1a2b#{65e8773d}\\global"
[dshow @ 000001d1a6f1f0c0] "USB2.0 HD UVC WebCam" (video)
[dshow @ 000001d1a6f1f0c0]   Alternative name "@device_pnp_\\\\?\\usb#vid_13d3&pid_56a2#6&2c3d#{65e8773d}\\global"
[dshow @ 000001d1a6f1f0c0] "USB2.0 HD UVC WebCam" (video)
[dshow @ 000001d1a6f1f0c0]   Alternative name "@device_pnp_\\\\?\\usb#vid_13d3&pid_56a2#7&4e5f#{65e8773d}\\global"
[dshow @ 000001d1a6f1f0c0] "OBS Virtual Camera" (none)
[dshow @ 000001d1a6f1f0c0]   Alternative name "@device_sw_{860BB310}\\{A3FCE0F5}"
[dshow @ 000001d1a6f1f0c0] "Decklink Capture" (video, audio)
[dshow @ 000001d1a6f1f0c0] "Microphone Array (Realtek(R) Audio)" (audio)
[dshow @ 000001d1a6f1f0c0]   Alternative name "@device_cm_{33D9A762}\\wave_{0A1B}"
video=dummy: Immediate exit requested
"""

DSHOW_OLD = """\
[dshow @ 0000000000366ea0] DirectShow video devices (some may be both video and audio devices)
[dshow @ 0000000000366ea0]  "Integrated Camera"
[dshow @ 0000000000366ea0]     Alternative name "@device_pnp_x"
[dshow @ 0000000000366ea0] DirectShow audio devices
[dshow @ 0000000000366ea0]  "Mikrofon (Realtek Audio)"
[dshow @ 0000000000366ea0]     Alternative name "@device_cm_y"
dummy: Immediate exit requested
"""

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


def test_avfoundation_names() -> None:
    """Cameras and microphones of a Mac are told apart; screens are no cameras; names may hold brackets."""
    cameras, microphones = parse_avfoundation(AVFOUNDATION)
    assert cameras == ["FaceTime HD Camera", "USB Camera", "USB Camera", "Anna's [old] iPhone Camera"]
    assert microphones == ["MacBook Pro Microphone", "USB Camera"]


def test_dshow_names() -> None:
    """Both forms of the Windows listing are read; alternative names and devices that are neither are left out."""
    cameras, microphones = parse_dshow(DSHOW_NEW)
    assert cameras == ["Integrated Camera", "USB2.0 HD UVC WebCam", "USB2.0 HD UVC WebCam", "Decklink Capture"]
    assert microphones == ["Decklink Capture", "Microphone Array (Realtek(R) Audio)"]
    assert parse_dshow(DSHOW_OLD) == (["Integrated Camera"], ["Mikrofon (Realtek Audio)"])


@pytest.mark.parametrize("text", ["", "no such thing", "[AVFoundation indev @ 0x1] AVFoundation video devices:\n"])
def test_empty_listings(text: str) -> None:
    """A listing without devices yields none."""
    assert parse_avfoundation(text) == ([], [])
    assert parse_dshow(text) == ([], [])


def test_twins_are_said() -> None:
    """Two cameras of one name are one line with a note; each line says what to write."""
    devices = camera_devices("avfoundation", parse_avfoundation(AVFOUNDATION)[0])
    assert [device.name for device in devices] == ["FaceTime HD Camera", "USB Camera", "Anna's [old] iPhone Camera"]
    assert [bool(device.note) for device in devices] == [False, True, False]
    assert devices[0].how_to_use == "--camera 'avfoundation:FaceTime HD Camera'"


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
