"""Looks into a file of film or sound: how much of it decodes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.error import EOFError as EndOfFile
from av.error import FFmpegError

from vig_capture.core.time import SECOND_NS
from vig_capture.media.growing import open_film

_OPTIONS = {"advanced_editlist": "0"}
"""A killed film may have the edit list of an empty film in front of its first fragment: taken at its word, FFmpeg skips
the first half second. The simple reading still honours the offset and the sound encoder's delay."""


@dataclass(slots=True)
class Probe:
    """What a file holds. Stamps are nanoseconds from the file's PTS 0, which is the segment's `start_ns`."""

    frames: int = 0
    """Pictures."""
    samples: int = 0
    """Samples of sound for each channel; with AAC the padding of its last packet included."""
    first_pts_ns: int | None = None
    """Of the first picture, of the first sample where there is no picture."""
    last_pts_ns: int | None = None
    """Of the last picture, or of the last block of sound."""
    duration_ns: int = 0
    """Where the last picture or sample ends."""
    error: str = ""
    """The first thing that did not decode; "" when all did."""


def probe(path: Path, decode: bool = True) -> Probe:
    """Count the pictures and samples of a file, the growing end of a running or killed recording included.

    With `decode` every packet is decoded; without it packets are counted only. Never raises for what is in the file: a
    file that is missing, empty or damaged says so in `error`, beside all that could be read."""
    found = Probe()
    try:
        if path.stat().st_size == 0:
            found.error = "the file is empty"
            return found
        with open_film(path, _OPTIONS) as container:
            _read(found, container, decode)
    except FileNotFoundError:
        found.error = "the file is not there"
    except (FFmpegError, OSError) as error:
        found.error = found.error or f"it cannot be read ({_reason(error)})"
    if not found.error and not found.frames and not found.samples:
        found.error = "there is neither picture nor sound in it"
    return found


def _read(found: Probe, container: InputContainer, decode: bool) -> None:
    videos, sounds = container.streams.video, container.streams.audio
    if not videos and not sounds:
        return
    for stream in videos:
        stream.thread_type = "AUTO"
    take = _decode if decode else _count
    with suppress(EndOfFile):
        for packet in container.demux(*videos, *sounds):
            take(found, packet, bool(videos))


def _decode(found: Probe, packet: Any, has_video: bool) -> None:
    """Decode one av.Packet; one that does not decode is noted, and the next one is tried."""
    try:
        frames = packet.decode()
    except EndOfFile:
        return
    except FFmpegError as error:
        found.error = found.error or f"a part of it does not decode ({_reason(error)})"
        return
    is_video = packet.stream.type == "video"
    for frame in frames:
        if is_video:
            found.frames += 1
            length = Fraction(frame.duration or 0)
        else:
            found.samples += frame.samples
            length = Fraction(frame.samples, frame.sample_rate) / frame.time_base
        if frame.is_corrupt:
            found.error = found.error or "a part of it is damaged"
        _stamp(found, frame, length, is_video or not has_video)


def _count(found: Probe, packet: Any, has_video: bool) -> None:
    """Count what one av.Packet holds, without decoding it."""
    if not packet.size:
        return
    if packet.is_corrupt:
        found.error = found.error or "its last packet is cut off"
        return
    is_video = packet.stream.type == "video"
    length = Fraction(packet.duration or 0)
    if is_video:
        found.frames += 1
    else:
        found.samples += round(length * packet.time_base * packet.stream.rate)
    _stamp(found, packet, length, is_video or not has_video)


def _stamp(found: Probe, timed: Any, length: Fraction, leads: bool) -> None:
    """Note the time of a frame or packet; `length` is in its time base."""
    if timed.pts is None:
        return
    t_ns = round(timed.pts * timed.time_base * SECOND_NS)
    found.duration_ns = max(found.duration_ns, round((timed.pts + length) * timed.time_base * SECOND_NS))
    if leads:
        found.first_pts_ns = t_ns if found.first_pts_ns is None else min(found.first_pts_ns, t_ns)
        found.last_pts_ns = t_ns if found.last_pts_ns is None else max(found.last_pts_ns, t_ns)


def _reason(error: OSError | FFmpegError) -> str:
    return error.strerror or str(error)
