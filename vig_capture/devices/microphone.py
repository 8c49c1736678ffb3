"""The port Microphone for everything that `--mic` can mean."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

from vig_capture.core.errors import DeviceError, UserError
from vig_capture.core.model import AudioBlock, AudioMode
from vig_capture.core.ports import Clock, Microphone
from vig_capture.devices.demo import DemoMicrophone
from vig_capture.devices.mic_alsa import AlsaInput, AlsaMicrophone, alsa_inputs
from vig_capture.devices.mic_file import FileMicrophone
from vig_capture.devices.mic_portaudio import (
    NotListedError,
    PortAudioMicrophone,
    PortAudioMissingError,
    load_sounddevice,
    portaudio_inputs,
)
from vig_capture.devices.mic_pulse import PulseSource, default_source, pulse_sources
from vig_capture.devices.mic_source import MicSpec

__all__ = ["MicListing", "MicSpec", "list_microphones", "open_microphone"]

PULSE_DEVICE = "pulse"
"""PortAudio's name for whatever Pulse, or PipeWire in its place, has as its source."""


def open_microphone(spec: MicSpec, clock: Clock) -> Microphone:
    """The device of a `--mic`, not opened yet: its `open` does that, again and again if need be.

    Raises UserError for `camera` and `none`, which are no devices."""
    if spec.kind == "name":
        return NamedMicrophone(spec.target, clock)
    if spec.kind == "pulse":
        return PortAudioMicrophone(PULSE_DEVICE, clock, pulse_source=spec.target)
    if spec.kind == "alsa":
        return AlsaMicrophone(spec.target, clock)
    if spec.kind == "file":
        return FileMicrophone(spec.target, clock, spec.loop)
    if spec.kind == "demo":
        return DemoMicrophone(clock)
    raise UserError(f"--mic {spec.kind} is no microphone of its own.", "", "Give a microphone's name, or leave it out.")


class NamedMicrophone:
    """A microphone by its name, through PortAudio, by the sound server's own name if PortAudio does not list it; on
    Linux without PortAudio, through ALSA.

    Where no name is given, the default of the first opening is kept: no other one is taken when it is gone."""

    def __init__(self, wanted: str, clock: Clock) -> None:
        self.name = wanted or "default"
        self._wanted = wanted
        self._source = ""
        self._clock = clock
        self._inner: PortAudioMicrophone | AlsaMicrophone | None = None

    def open(self) -> AudioMode:
        """Open it. Raises DeviceError."""
        self.close()
        try:
            if self._source:
                return self._open_portaudio(PULSE_DEVICE, self._source)
            if not self._wanted:
                return self._open_default()
            return self._open_portaudio(self._wanted)
        except PortAudioMissingError as missing:
            return self._open_alsa(missing)
        except NotListedError:
            if self._source or not self._find_source():
                raise
            return self._open_portaudio(PULSE_DEVICE, self._source)

    def read(self) -> AudioBlock | None:
        """The next block. Raises DeviceError."""
        if self._inner is None:
            raise DeviceError(f"The microphone {self.name} is not open.", "It was closed.", "Open it again.")
        return self._inner.read()

    def close(self) -> None:
        """Let it go."""
        if self._inner is not None:
            self._inner.close()
            self._inner = None

    def _open_default(self) -> AudioMode:
        source = default_source() if sys.platform.startswith("linux") else ""
        if source:
            try:
                mode = self._open_portaudio(PULSE_DEVICE, source)
            except NotListedError:
                pass
            else:
                self._source = source
                return mode
        mode = self._open_portaudio("")
        self._wanted = self.name
        return mode

    def _find_source(self) -> bool:
        """Look for the name among the sound server's."""
        source = choose_pulse(pulse_sources() if sys.platform.startswith("linux") else (), self._wanted)
        self._source = source.source if source else ""
        return source is not None

    def _open_portaudio(self, wanted: str, source: str = "") -> AudioMode:
        portaudio = PortAudioMicrophone(wanted, self._clock, source)
        mode = portaudio.open()
        self._inner, self.name = portaudio, portaudio.name
        return mode

    def _open_alsa(self, missing: PortAudioMissingError) -> AudioMode:
        for device in choose_alsa(alsa_inputs() if sys.platform.startswith("linux") else (), self._wanted):
            alsa = AlsaMicrophone(device.alsa, self._clock)
            try:
                mode = alsa.open()
            except DeviceError:
                continue
            self._inner, self.name, self._wanted = alsa, device.name, device.alsa
            return mode
        raise missing


class MicListing(NamedTuple):
    """A microphone of this machine, for people who look for one."""

    name: str
    use: str
    """What to give as --mic."""
    detail: str


def list_microphones() -> list[MicListing]:
    """All that can be found. Raises DeviceError when nothing can be, and PortAudio, which would find it, is missing."""
    found = [
        MicListing(source.description, f"pulse:{source.source}", "through the sound server")
        for source in (pulse_sources() if sys.platform.startswith("linux") else ())
    ]
    missing: PortAudioMissingError | None = None
    try:
        inputs = portaudio_inputs(load_sounddevice())
        found += [
            MicListing(device.name, device.name, f"{device.host_api}, {device.sample_rate} Hz") for device in inputs
        ]
    except PortAudioMissingError as error:
        missing = error
        if sys.platform.startswith("linux"):
            found += [
                MicListing(device.name, f"alsa:{device.alsa}", "the sound card itself") for device in alsa_inputs()
            ]
    if missing and not found:
        raise missing
    return found


def choose_pulse(sources: Sequence[PulseSource], wanted: str) -> PulseSource | None:
    """The one source whose description fits; None if none does. Raises DeviceError when several fit."""
    matches = [source for source in sources if wanted.casefold() in source.description.casefold()]
    if len(matches) > 1:
        raise DeviceError(
            f"More than one microphone is called {wanted!r}.",
            f"There are: {', '.join(source.description for source in matches)}.",
            "Give more of the name, so that it fits only one.",
        )
    return matches[0] if matches else None


def choose_alsa(inputs: Sequence[AlsaInput], wanted: str) -> list[AlsaInput]:
    """The inputs to try without PortAudio: the one whose name fits, or all in their order where none was named.

    Raises DeviceError when several fit."""
    if not wanted:
        return list(inputs)
    exact = [device for device in inputs if device.alsa == wanted]
    matches = exact or [device for device in inputs if wanted.casefold() in device.name.casefold()]
    if len(matches) > 1:
        raise DeviceError(
            f"More than one microphone is called {wanted!r}.",
            f"There are: {', '.join(f'alsa:{device.alsa}' for device in matches)}.",
            "Give one of these.",
        )
    return matches
