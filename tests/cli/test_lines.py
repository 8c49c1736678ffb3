"""Results as plain lines."""

from __future__ import annotations

from vig_capture.cli.lines import devices_text
from vig_capture.devices.listing import Device


def test_devices_text() -> None:
    """A device shows how to use it and its modes; a missing library is said, and is no microphone."""
    camera = Device(
        "camera", "HD Webcam", "--camera 'HD Webcam'", [f"mode {number}" for number in range(8)], "/dev/video0"
    )
    text = devices_text([camera], [Device("microphone", "PortAudio", "", note="Install it.")])
    lines = text.splitlines()
    assert lines[1:5] == [
        "  HD Webcam",
        "    use:   --camera 'HD Webcam'",
        "    modes: mode 0; mode 1; mode 2; mode 3; mode 4; mode 5 …",
        "    note:  /dev/video0",
    ]
    assert lines[5:9] == ["Microphones", "  none found", "  PortAudio", "    note:  Install it."]
