"""A made-up sounddevice: PortAudio as the microphones see it."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np


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
