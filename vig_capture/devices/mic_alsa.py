"""Sound through FFmpeg's ALSA input: for `alsa:NAME`, and where PortAudio is not installed. Linux only."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np

from vig_capture.core.errors import DeviceError
from vig_capture.core.model import AudioBlock, AudioMode
from vig_capture.core.ports import Clock
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.mic_feed import Feed

CONFIGURATION = Path(__file__).with_name("alsa.conf")
WISHES = ((48_000, 1), (48_000, 2), (44_100, 1), (44_100, 2), (16_000, 1), (32_000, 2), (48_000, 4))
"""Rates and channels in the order of trial: a device that is not asked through a plug takes only its own."""
BLOCK_S = 0.02
JUMP_NS = 50 * MS_NS
"""The driver's stamps jump by more than this: samples were lost."""
STEP_NS = 5 * MS_NS
"""The wall clock stepped: it is slewed by 0.5 ms a second at most."""
LATE_NS_MAX = 10 * SECOND_NS
"""No card holds more: a stamp from before that is wrong."""
CLOSE_S = 1.0

_TYPES = {"pcm_s16le": "<i2", "pcm_s32le": "<i4", "pcm_f32le": "<f4"}


class AlsaInput(NamedTuple):
    """A capture device of the machine: what people call it, and what ALSA does."""

    name: str
    alsa: str


def alsa_inputs(proc: Path = Path("/proc/asound")) -> list[AlsaInput]:
    """The sound cards' capture devices, by names that do not change when another card is plugged in."""
    try:
        lines = (proc / "pcm").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        # 00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1
        match = re.match(r"(\d+)-(\d+): ([^:]*?) :.*capture", line)
        if not match:
            continue
        card, device = int(match[1]), int(match[2])
        try:
            card_id = (proc / f"card{card}" / "id").read_text(encoding="utf-8").strip()
        except OSError:
            card_id = str(card)
        found.append(AlsaInput(f"{card_id}: {match[3]}", f"plughw:CARD={card_id},DEV={device}"))
    return found


class AlsaMicrophone:
    """The port Microphone over `av.open(…, format="alsa")`.

    A thread reads, because the read blocks as long as the driver likes. A thread whose driver never returns is left
    alone: it holds nothing but the dead device."""

    def __init__(self, name: str, clock: Clock, opener: Callable[..., Any] = av.open) -> None:
        self.name = name
        self._clock = clock
        self._opener = opener
        self._reader: _Reader | None = None

    def open(self) -> AudioMode:
        """Open it with the first rate and channels that it takes. Raises DeviceError."""
        self.close()
        if not sys.platform.startswith("linux"):
            raise DeviceError(f"alsa:{self.name} cannot be used here.", "ALSA is Linux only.", "Give another --mic.")
        container = self._open_container()
        stream = container.streams.audio[0]
        context = stream.codec_context
        mode = AudioMode(context.sample_rate, context.channels, 32 if "32" in context.name else 16)
        self._reader = _Reader(container, mode, _TYPES.get(context.name, "<i2"), self._clock, self.name)
        return mode

    def read(self) -> AudioBlock | None:
        """The next block. Raises DeviceError."""
        if self._reader is None:
            raise DeviceError(f"The microphone {self.name} is not open.", "It was closed.", "Open it again.")
        return self._reader.feed.get()

    def close(self) -> None:
        """Ask the reading thread to close the device, and wait for that, but not for ever."""
        if self._reader is not None:
            self._reader.stop()
            self._reader = None

    def _open_container(self) -> Any:
        refusal: Exception | None = None
        for sample_rate, channels in WISHES:
            options = {"sample_rate": str(sample_rate), "channels": str(channels)}
            try:
                with own_configuration():
                    return self._opener(self.name, format="alsa", options=options)
            except (av.FFmpegError, OSError) as error:
                refusal = error
                if error.errno in _HOPELESS:
                    break
        raise _cannot_open(self.name, refusal) from refusal


class _Reader:
    """The thread that reads a container's packets into a feed, and closes it."""

    def __init__(self, container: Any, mode: AudioMode, dtype: str, clock: Clock, name: str) -> None:
        self.feed = Feed(mode.sample_rate)
        self._container = container
        self._mode = mode
        self._dtype = dtype
        self._clock = clock
        self._name = name
        self._block = round(BLOCK_S * mode.sample_rate)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"alsa {name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        try:
            self._read_all()
        except (av.FFmpegError, OSError) as error:
            self.feed.fail(_lost(self._name, error))
        else:
            self.feed.fail(_lost(self._name, None))
        finally:
            self._container.close()

    def _read_all(self) -> None:
        stamps = DriverStamps(self._clock, self._mode.sample_rate)
        dtype, channels = np.dtype(self._dtype), self._mode.channels
        block_bytes = self._block * channels * dtype.itemsize
        parts: list[bytes] = []
        held = 0
        for packet in self._container.demux(audio=0):
            if self._stop.is_set():
                return
            # FFmpeg asks for the shortest period that the card has, 128 samples or fewer [M]: 375 packets a second, so
            # all that can wait for the block does.
            parts.append(bytes(packet))
            held += len(parts[-1])
            if held < block_bytes:
                continue
            samples = np.frombuffer(b"".join(parts), dtype).reshape(-1, channels)
            count = len(parts[-1]) // (channels * dtype.itemsize)
            pts_ns = None if packet.pts is None else int(packet.pts * packet.time_base * SECOND_NS)
            end_ns = stamps.end_ns(pts_ns, count, len(samples) - count)
            self.feed.put(end_ns, samples, stamps.lost)
            parts, held = [], 0


class DriverStamps:
    """When a packet's last sample was heard, from FFmpeg's stamp: the time of the read, less what waits in the card.

    So a reader that comes late does no harm. Once the wall clock has stepped, the moment of the read is taken."""

    def __init__(self, clock: Clock, sample_rate: int) -> None:
        self._clock = clock
        self._sample_rate = sample_rate
        self._utc_less_mono_ns: int | None = None
        self._trusted = True
        self._due_ns: int | None = None
        self.lost = False
        """The stamps jumped since the last packet that was asked about: samples were lost."""

    def end_ns(self, pts_ns: int | None, count: int, before: int = 0) -> int:
        """Monotonic time of the end of a packet of `count` samples that has just been read, `before` samples having
        come since the last packet that was asked about."""
        now_ns = self._clock.mono_ns()
        shift_ns = self._clock.utc_ns() - now_ns
        if self._utc_less_mono_ns is not None and abs(shift_ns - self._utc_less_mono_ns) > STEP_NS:
            self._trusted = False
        self._utc_less_mono_ns = shift_ns
        self.lost = False
        if pts_ns is None or not self._trusted:
            return now_ns
        end_ns = pts_ns - shift_ns + count * SECOND_NS // self._sample_rate
        if not now_ns - LATE_NS_MAX <= end_ns:
            return now_ns
        before_ns = before * SECOND_NS // self._sample_rate
        self.lost = self._due_ns is not None and pts_ns - before_ns - self._due_ns > JUMP_NS
        self._due_ns = end_ns + shift_ns
        return min(end_ns, now_ns)


@contextmanager
def own_configuration() -> Iterator[None]:
    """Show PyAV's copy of the ALSA library a configuration while it opens a device, unless the user has named one.

    It looks for its own in a folder of the machine that built it, and the system's calls plug-ins that it lacks. Only
    while: PortAudio asks the system's library, which needs the system's."""
    if "ALSA_CONFIG_PATH" in os.environ:
        yield
        return
    os.environ["ALSA_CONFIG_PATH"] = str(CONFIGURATION)
    try:
        yield
    finally:
        os.environ.pop("ALSA_CONFIG_PATH", None)


_HOPELESS = (2, 13, 16, 19)  # ENOENT, EACCES, EBUSY, ENODEV: no other rate helps.


def _cannot_open(name: str, error: Exception | None) -> DeviceError:
    number = getattr(error, "errno", 0)
    if number == 16:
        why, do = "Another program is using it.", "Close that program (or give its name from `vig-capture devices`)."
    elif number == 13:
        why, do = "You may not use it.", "Add yourself to the group audio, then log in again."
    elif number in (2, 19):
        why, do = "There is no such device.", "Check its plug, and its name with `vig-capture devices`."
    elif number == 5:
        # FFmpeg's answer to whatever ALSA says.
        why, do = "It is not there, or another program is using it.", "Check its plug, and close other programs."
    else:
        why, do = f"It refused ({error}).", "Check its plug, and its name with `vig-capture devices`."
    return DeviceError(f"The microphone alsa:{name} cannot be opened.", why, do)


def _lost(name: str, error: Exception | None) -> DeviceError:
    return DeviceError(
        f"The microphone alsa:{name} is gone.",
        f"It stopped delivering sound ({error})." if error else "It stopped delivering sound.",
        "Check its plug.",
    )
