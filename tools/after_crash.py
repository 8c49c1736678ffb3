"""What is left of a session after a crash, compared with what had been sent and acknowledged until then.

Losses are counted from the newest frame that the feed had drawn at the moment of the crash, delivered or just about to
be: picture, the film's sound and the lossless sound each for itself, in seconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import harness
import numpy as np
from measure_picture import luma

from vig_capture.archive.reader import read_session
from vig_capture.core.model import Segment
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS
from vig_capture.devices import frame_code
from vig_capture.media.growing import open_film
from vig_capture.media.probe import probe


@dataclass(slots=True)
class Held:
    """What a film file gives back: (session time, number) of its pictures, and where its sound ends."""

    frames: list[tuple[int, int | None]] = field(default_factory=list)
    sound_end_ns: int | None = None


@dataclass(slots=True)
class Left:
    """What is left, and everything that is not as it must be."""

    faults: list[str] = field(default_factory=list)
    closed: int = 0
    open: int = 0
    markers: int = 0
    acked: int = 0
    picture_lost_s: float | None = None
    film_sound_lost_s: float | None = None
    lossless_lost_s: float | None = None
    holes: int = 0
    """Numbers missing or doubled between the first and the last frame."""

    def losses(self) -> dict[str, float | None]:
        return {
            "picture": self.picture_lost_s,
            "film sound": self.film_sound_lost_s,
            "lossless": self.lossless_lost_s,
        }


def held(path: Path, start_ns: int) -> Held:
    """Decode a film file, a killed one included; nothing comes of one that had only just been made."""
    found = Held()
    with suppress(av.FFmpegError), av.open(str(path), options={"advanced_editlist": "0"}) as container:
        for packet in container.demux():
            if packet.pts is None or not packet.size:
                continue
            is_picture = packet.stream.type == "video"
            try:
                decoded = packet.decode()
            except av.FFmpegError:
                continue
            for item in decoded:
                frame: Any = item
                at_ns = start_ns + round((frame.pts or 0) * (frame.time_base or 0) * SECOND_NS)
                if is_picture:
                    code = frame_code.read(luma(frame))
                    found.frames.append((at_ns, code[0] if code else None))
                else:
                    end_ns = at_ns + frame.samples * SECOND_NS // frame.sample_rate
                    found.sound_end_ns = max(found.sound_end_ns or 0, end_ns)
    return found


def plays(path: Path) -> bool:
    """Does the file open with default settings, as any player built on FFmpeg would?"""
    try:
        with open_film(path) as container:
            return any(True for _ in container.demux())
    except (av.FFmpegError, OSError):
        return False


def examine(
    folder: Path,
    moment_ns: int,
    rate: int,
    sent: Mapping[int, tuple[int, int]],
    acks: Mapping[str, harness.Ack],
    lost_s_max: float,
    torn: bool = False,
) -> Left:
    """Judge a session folder after a crash at a moment (monotonic ns). `sent`: the feed's log.

    A segment that began less than `lost_s_max` before the crash may hold nothing yet. `torn`: an open file may end in
    damage, because the power went and not only the process."""
    left = Left()
    view = read_session(folder).view
    assert view.anchor is not None
    crash_ns = view.anchor.t_ns(moment_ns)
    frames: list[tuple[int, int | None]] = []
    film_sound_ns = lossless_ns = 0
    for segment in sorted(view.segments, key=lambda item: item.start_ns):
        path = folder / segment.file
        _judge(left, segment, path, crash_ns - segment.start_ns < lost_s_max * SECOND_NS, torn)
        if not path.is_file():
            continue
        if segment.file.startswith("sound/"):
            lossless_ns = max(lossless_ns, segment.start_ns + probe(path).duration_ns)
            continue
        found = held(path, segment.start_ns)
        frames += found.frames
        film_sound_ns = max(film_sound_ns, found.sound_end_ns or 0)
    _markers(left, view, moment_ns, acks)
    newest = max((number for number, (drawn_ns, _) in sent.items() if drawn_ns <= moment_ns), default=0)
    _losses(left, frames, film_sound_ns, lossless_ns, rate, newest)
    if not frames:
        # Killed so soon that nothing can be read: what was lost is all that there was. (A copied film begins with the
        # camera's first keyframe, later than its sound's own file.)
        film_ns = min((item.start_ns for item in view.segments if not item.file.startswith("sound/")), default=crash_ns)
        sound_ns = min((item.start_ns for item in view.segments), default=crash_ns)
        left.picture_lost_s = left.film_sound_lost_s = round((crash_ns - film_ns) / SECOND_NS, 3)
        left.lossless_lost_s = round((crash_ns - max(lossless_ns, sound_ns)) / SECOND_NS, 3)
    for what, lost_s in left.losses().items():
        if lost_s is None or lost_s > lost_s_max:
            left.faults.append(f"{what}: {lost_s} s lost")
    return left


def _judge(left: Left, segment: Segment, path: Path, young: bool, torn: bool) -> None:
    if segment.end_ns is None:
        left.open += 1
        found = probe(path)
        empty = not (found.frames or found.samples)
        if empty and not young:
            left.faults.append(f"{segment.file}: nothing decodes ({found.error})")
        elif not empty and found.error and not torn:
            left.faults.append(f"{segment.file}: {found.error}")
        elif not empty and not plays(path):
            left.faults.append(f"{segment.file}: no player opens it")
        return
    left.closed += 1
    if not path.is_file():
        left.faults.append(f"{segment.file}: closed, but not there")
    elif hashlib.sha256(path.read_bytes()).hexdigest() != segment.sha256:
        left.faults.append(f"{segment.file}: its SHA-256 is not the journal's ({segment.sha256[:8] or 'none'})")


def _markers(left: Left, view: SessionView, moment_ns: int, acks: Mapping[str, harness.Ack]) -> None:
    left.markers = len(view.markers)
    for act_id, ack in acks.items():
        if ack.at_ns > moment_ns:
            continue
        left.acked += 1
        # A held key is the same marker: it has no entry of its own.
        if act_id not in view.acts and not (ack.act == "same" and ack.marker in view.markers):
            left.faults.append(f"acknowledged marker {act_id} is lost")


def _losses(
    left: Left,
    frames: list[tuple[int, int | None]],
    film_sound_ns: int,
    lossless_ns: int,
    rate: int,
    newest: int,
) -> None:
    """`newest`: the last number that was drawn before the crash."""
    numbered = [(t_ns, number) for t_ns, number in frames if number is not None]
    if len(numbered) < len(frames):
        left.faults.append(f"{len(frames) - len(numbered)} frames cannot be read")
    if not numbered:
        return
    numbers = [number for _, number in numbered]
    left.holes = sum(abs(after - before - 1) for before, after in pairwise(numbers))
    interval_ns = SECOND_NS / rate
    origin_ns = float(np.median([t_ns - number * interval_ns for t_ns, number in numbered]))
    newest_ns = origin_ns + newest * interval_ns
    left.picture_lost_s = round((newest - max(numbers)) / rate, 3)
    left.film_sound_lost_s = round((newest_ns - film_sound_ns) / SECOND_NS, 3)
    left.lossless_lost_s = round((newest_ns - lossless_ns) / SECOND_NS, 3)


def judged_by_commands(place: harness.Place, folder: Path, root: Path) -> list[str]:
    """Do `verify`, `recover` and `status` say what is so? Returns what is wrong."""
    verifying = harness.Tool(place, "verify", str(folder), "--json")
    recovering = harness.Tool(place, "recover", str(root), "--json")
    wrong: list[str] = []
    view = read_session(folder).view
    verified, recovered = verifying.done(), recovering.done()
    if verified.code != 0 or verified.err:
        wrong.append(f"verify: exit {verified.code}: {verified.out[-300:]} {verified.err[-300:]}")
    else:
        listed = {line["file"] for line in verified.json()["lines"]}
        wrong += [f"verify does not list {item.file}" for item in view.segments if item.file not in listed]
    if recovered.code != 0 or recovered.err:
        return [*wrong, f"recover: exit {recovered.code}: {recovered.out[-300:]} {recovered.err[-300:]}"]
    found = {Path(item["folder"]).name: item for item in recovered.json()}
    mine: dict[str, Any] | None = found.get(folder.name)
    if mine is None:
        return [*wrong, "recover does not find the session"]
    whole = {item.file for item in view.segments if item.end_ns is not None}
    growing = {item.file for item in view.segments if item.end_ns is None}
    said_growing = {item["file"] for item in mine["growing"]}
    if set(mine["whole"]) != whole or mine["damaged"] or said_growing != growing:
        wrong.append(f"recover says whole {mine['whole']}, damaged {mine['damaged']}, growing {sorted(said_growing)}")
    if mine["markers"] != len(view.markers) or mine["running"] or mine["trouble"] or mine["holes"]:
        wrong.append(f"recover says {mine}")
    return wrong
