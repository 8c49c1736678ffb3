"""Microphones through PortAudio (sounddevice): chosen by name, never by index."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock, AudioMode
from vig_capture.core.ports import Clock
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.mic_feed import Feed

BLOCK = 960
"""Samples of a block (at 48 kHz); left to PortAudio (0) it is 1 to 12 under Pulse [M, reference]."""
FORMATS = (("int32", 24), ("int16", 16))
HOLE_NS = 200 * MS_NS
"""A hole in the callbacks of a living stream. When a sound server gives it to another source, the hole is 0.3 to
1.2 s long [M] and nothing else tells."""
AFTER_HOLE_NS = 100 * MS_NS
LOST_NS = 150 * MS_NS
"""After a hole that this machine itself made by being busy the sound comes in a burst: all but this much of it."""
SILENT_READS = 10
"""Vain reads, a tenth of a second each, after which the microphone is given up. Not counted by the clock: a recorder
that was itself stopped for a while has not waited."""
CLOSE_S = 1.0
PACKAGE = "libportaudio2 on Debian and Ubuntu, portaudio on Fedora, Arch and Homebrew"
HOST_APIS = ("Core Audio", "Windows WASAPI", "ALSA", "JACK Audio Connection Kit", "Windows DirectSound", "MME")
"""In order of preference: Windows lists each microphone once for each."""

_library = threading.Lock()
_open_streams: set[int] = set()


class PortAudioMissingError(DeviceError):
    """The library that sounddevice calls is not installed."""


class NotListedError(DeviceError):
    """PortAudio lists no input of that name."""


class PortAudioInput(NamedTuple):
    """An input as PortAudio lists it."""

    number: int
    """Valid until PortAudio starts again: for opening only."""
    name: str
    host_api: str
    channels: int
    sample_rate: int


def _find_library() -> None:
    """Python's own search for a library that is not there calls compiler and linker, which takes time and writes files.

    Raises OSError where there is none."""
    try:
        ctypes.CDLL("libportaudio.so.2")
    except OSError:
        ctypes.CDLL("libportaudio.so")


def load_sounddevice() -> Any:
    """The module sounddevice. Raises PortAudioMissingError."""
    try:
        if sys.platform == "linux" and "sounddevice" not in sys.modules:
            _find_library()
        return importlib.import_module("sounddevice")
    except (OSError, ImportError) as error:
        raise PortAudioMissingError(
            "The microphone cannot be used yet.", "The sound library PortAudio is not installed.", f"Install {PACKAGE}."
        ) from error


def portaudio_inputs(sd: Any) -> list[PortAudioInput]:
    """All inputs, looked for anew unless a stream is running: PortAudio keeps the list of its start, and ends streams
    when it starts again."""
    if not _open_streams:
        sd._terminate()
        sd._initialize()
    apis = [str(api["name"]) for api in sd.query_hostapis()]
    return [
        PortAudioInput(
            index,
            str(device["name"]),
            apis[device["hostapi"]],
            int(device["max_input_channels"]),
            int(device["default_samplerate"]),
        )
        for index, device in enumerate(sd.query_devices())
        if device["max_input_channels"] > 0
    ]


def choose_input(inputs: list[PortAudioInput], wanted: str) -> PortAudioInput:
    """The one input whose name is `wanted`, or else contains it. Raises DeviceError with the names there are."""
    exact = [device for device in inputs if device.name.casefold() == wanted.casefold()]
    matches = exact or [device for device in inputs if wanted.casefold() in device.name.casefold()]
    if not matches:
        names = ", ".join(dict.fromkeys(device.name for device in inputs)) or "none at all"
        raise NotListedError(
            f"There is no microphone called {wanted!r}.", f"There are: {names}.", "Plug it in, or give another name."
        )
    best = min(map(_preference, matches))
    matches = [device for device in matches if _preference(device) == best]
    if len(matches) > 1:
        raise DeviceError(
            f"More than one microphone is called {wanted!r}.",
            f"There are: {', '.join(device.name for device in matches)}.",
            "Give more of the name, so that it fits only one.",
        )
    return matches[0]


def _preference(device: PortAudioInput) -> int:
    return HOST_APIS.index(device.host_api) if device.host_api in HOST_APIS else len(HOST_APIS)


class PortAudioMicrophone:
    """The port Microphone over a PortAudio stream.

    `wanted` is a name or part of one; empty is the system's default. `pulse_source` is the Pulse source behind it."""

    def __init__(self, wanted: str, clock: Clock, pulse_source: str = "") -> None:
        self.name = wanted
        self._wanted = wanted
        self._clock = clock
        self._pulse_source = pulse_source
        self._stream: Any = None
        self._feed = Feed(48_000)
        self._sample_rate = 48_000
        self._silent_reads = 0
        self._last: AudioBlock | None = None
        self._checked: deque[AudioBlock] = deque()

    def open(self) -> AudioMode:
        """Find it by its name and start it. Raises DeviceError."""
        self.close()
        sd = load_sounddevice()
        with _library, _pulse_source(self._pulse_source):
            try:
                device = self._find(sd)
                mode, dtype = _choose_mode(sd, device)
                self._start(sd, device, mode, dtype)
            except sd.PortAudioError as error:
                raise self._cannot_open(error) from error
        return mode

    def read(self) -> AudioBlock | None:
        """The next block. Raises DeviceError when the stream has ended, hangs, or may have another source."""
        if self._stream is None:
            raise DeviceError(f"The microphone {self.name} is not open.", "It was closed.", "Open it again.")
        if not self._checked:
            block = self._feed.get()
            if block is None:
                self._check_alive()
                return None
            self._silent_reads = 0
            self._check_hole(block)
        self._last = self._checked.popleft()
        return self._last

    def close(self) -> None:
        """Let it go; a driver that hangs is left to a thread of its own."""
        stream, self._stream = self._stream, None
        if stream is not None:
            closing = threading.Thread(target=_close_stream, args=(stream,), name="close microphone", daemon=True)
            closing.start()
            closing.join(CLOSE_S)

    def _check_alive(self) -> None:
        self._silent_reads += 1
        if not self._stream.active:
            raise self._gone("The system has ended its sound.")
        if self._silent_reads >= SILENT_READS:
            raise self._gone("It delivers no sound any more.")

    def _check_hole(self, block: AudioBlock) -> None:
        """Let a block pass; after a hole only if the missing sound comes after it, or was lost by overflow."""
        self._checked.append(block)
        before, newest = self._last, block
        if before is None or block.mono_ns - before.mono_ns < HOLE_NS:
            return
        while newest.mono_ns - block.mono_ns < AFTER_HOLE_NS and (more := self._feed.get()):
            self._checked.append(more)
            newest = more
        came = newest.first_sample + newest.count - before.first_sample - before.count
        if any(checked.overflow for checked in self._checked):
            return
        if newest.mono_ns - before.mono_ns - came * SECOND_NS // self._sample_rate >= LOST_NS:
            raise self._replaced()

    def _find(self, sd: Any) -> PortAudioInput:
        inputs = portaudio_inputs(sd)
        if self._wanted:
            return choose_input(inputs, self._wanted)
        for device in inputs:
            if device.number == sd.default.device[0]:
                return device
        raise DeviceError("There is no microphone.", "The system offers no sound input.", "Plug one in.")

    def _start(self, sd: Any, device: PortAudioInput, mode: AudioMode, dtype: str) -> None:
        self.name = self._pulse_source or device.name
        feed = self._feed = Feed(mode.sample_rate)
        self._sample_rate = mode.sample_rate
        self._silent_reads = 0
        self._last = None
        self._checked.clear()
        stream = sd.InputStream(
            device=device.number,
            samplerate=mode.sample_rate,
            channels=mode.channels,
            dtype=dtype,
            blocksize=BLOCK * mode.sample_rate // 48_000,
            callback=self._callback(feed),
            finished_callback=lambda: feed.fail(self._gone("The system has ended its sound.")),
        )
        try:
            stream.start()
        except sd.PortAudioError:
            stream.close(ignore_errors=True)
            raise
        self._stream = stream
        _open_streams.add(id(stream))

    def _callback(self, feed: Feed) -> Any:
        mono_ns = self._clock.mono_ns

        def callback(samples: Any, _frames: int, _time: Any, status: Any) -> None:
            # PortAudio's own thread: no lock, no log, no exception.
            feed.put(mono_ns(), samples.copy(), bool(status.input_overflow))

        return callback

    def _replaced(self) -> DeviceError:
        return DeviceError(
            "The microphone may have been replaced by another one.",
            f"The sound of {self.name} stopped for a moment and came back.",
            "Check its plug. It is opened again by its name.",
        )

    def _gone(self, why: str) -> DeviceError:
        return DeviceError(f"The microphone {self.name} is gone.", why, "Check its plug.")

    def _cannot_open(self, error: Exception) -> DeviceError:
        name = self._pulse_source or self._wanted or "the default microphone"
        do = "Check its plug, close other programs that use it, and allow the microphone in the privacy settings."
        if sys.platform.startswith("linux"):
            do = "Check its plug, and close other programs that use it."
        return DeviceError(f"The microphone {name} cannot be opened.", f"The system refused: {error}.", do)


@contextmanager
def _pulse_source(source: str) -> Iterator[None]:
    """Pulse's client library takes its source from the environment when the device is opened."""
    before = os.environ.get("PULSE_SOURCE")
    if source:
        os.environ["PULSE_SOURCE"] = source
    try:
        yield
    finally:
        if before is not None:
            os.environ["PULSE_SOURCE"] = before
        else:
            os.environ.pop("PULSE_SOURCE", None)


def _close_stream(stream: Any) -> None:
    stream.close(ignore_errors=True)
    _open_streams.discard(id(stream))


def _choose_mode(sd: Any, device: PortAudioInput) -> tuple[AudioMode, str]:
    """48 kHz and 24 bit where the device takes them, else what it does take. PortAudioError when it takes nothing."""
    channels = min(device.channels, 2)
    refusal: Exception | None = None
    for sample_rate in dict.fromkeys((48_000, device.sample_rate, 44_100)):
        for dtype, bits in FORMATS:
            try:
                sd.check_input_settings(device.number, channels, dtype, None, sample_rate)
            except sd.PortAudioError as error:
                refusal = error
            else:
                return AudioMode(sample_rate, channels, bits), dtype
    raise refusal or DeviceError("The microphone takes no known format.")
