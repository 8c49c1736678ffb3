"""What became of numbered frames: their codes (devices/frame_code) are read back and compared with the source.

Segments are the plain maps of `vig-capture show --json`: stream, file, start_ns, end_ns, frames. Times are session
time.
"""

from __future__ import annotations

import bisect
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from vig_capture.core.time import SECOND_NS
from vig_capture.devices import frame_code

Segment = Mapping[str, Any]
SHOWN_MAX = 20
"""At most so many single findings are listed; the counts are complete."""


@dataclass(frozen=True, slots=True)
class ReadFrame:
    """A decoded frame: its session time, and its number and stamp if the code could be read."""

    t_ns: int
    number: int | None
    mono_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Film:
    """A decoded film segment."""

    file: str
    start_ns: int
    frames: list[ReadFrame]
    frames_journalled: int | None = None


@dataclass(slots=True)
class PictureReport:
    """Counts over all segments; `places` says where, for the first few findings."""

    segments: int = 0
    frames: int = 0
    lost_inside: int = 0
    lost_at_seams: int = 0
    doubled: int = 0
    unreadable: int = 0
    count_differs: list[str] = field(default_factory=list)
    """Files whose number of frames is not what the journal says."""
    places: list[str] = field(default_factory=list)
    step_error_ms: dict[str, float] = field(default_factory=dict)
    """|time between neighbouring frames − the same at the source|: p50, p99, max."""
    clock_error_ms: dict[str, float] = field(default_factory=dict)
    """|time of a frame − time at the source|, a constant offset taken out: p50, p99, max."""


def read_film(folder: Path, segment: Segment) -> Film:
    """Decode one film segment; a frame's time is start_ns plus its PTS. A segment without picture has no frames."""
    frames: list[ReadFrame] = []
    start_ns = int(segment["start_ns"])
    with av.open(str(folder / segment["file"])) as file:
        if file.streams.video:
            for frame in file.decode(video=0):
                code = frame_code.read(luma(frame))
                pts_ns = round((frame.pts or 0) * (frame.time_base or 0) * SECOND_NS)
                frames.append(ReadFrame(start_ns + pts_ns, *(code or (None, None))))
    return Film(str(segment["file"]), start_ns, frames, segment.get("frames"))


def luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """The luma plane of a planar YUV frame, shape (height, width)."""
    plane = frame.planes[0]
    memory = np.frombuffer(memoryview(plane), np.uint8)
    return memory.reshape(plane.height, plane.line_size)[:, : plane.width]


def read_log(path: Path) -> dict[int, tuple[int, int]]:
    """The feed's log: number → (mono_ns, pts_ns). A last line that was cut off is left out."""
    sent: dict[int, tuple[int, int]] = {}
    with path.open(encoding="ascii", newline="") as file:
        for row in csv.reader(file):
            if len(row) == 3 and row[0].isdigit() and row[2].isdigit():
                sent[int(row[0])] = (int(row[1]), int(row[2]))
    return sent


def feed_late_ms(sent: Mapping[int, tuple[int, int]], rate: float, since_ns: int) -> float:
    """How late a feed itself was at the worst since a moment, by its log, its most punctual frame being in time.

    Of a feed that does not wait for its reader (UDP) this says whether the machine was too busy to be in time."""
    apart = {drawn_ns: drawn_ns - round(number * SECOND_NS / rate) for number, (drawn_ns, _) in sent.items()}
    late = [off_ns for drawn_ns, off_ns in apart.items() if drawn_ns >= since_ns]
    return round((max(late) - min(apart.values())) / 1e6, 1) if late else 0.0


def report(films: Sequence[Film], rate: float, source_ns: Mapping[int, int] | None = None) -> PictureReport:
    """Compare segments in their order with a source of `rate` frames a second.

    `source_ns` gives the source's own time of each number; without it frame k stands at k / rate."""
    found = PictureReport(segments=len(films))
    before: int | None = None
    skipped = 0
    times: list[int] = []
    numbers: list[int] = []
    for film in films:
        if film.frames_journalled not in (None, len(film.frames)):
            found.count_differs.append(f"{film.file}: {len(film.frames)}, the journal says {film.frames_journalled}")
        at_seam = True
        for place, frame in enumerate(film.frames):
            found.frames += 1
            if frame.number is None:
                found.unreadable += 1
                skipped += 1
                _note(found, f"{film.file} frame {place}: unreadable")
                continue
            if before is not None:
                _count_step(found, f"{film.file} frame {place}", frame.number - before - skipped, at_seam)
            if before is None or frame.number > before:
                times.append(frame.t_ns)
                numbers.append(frame.number)
                before = frame.number
            at_seam, skipped = False, 0
    _compare_times(found, times, numbers, rate, source_ns)
    return found


def losses(found: PictureReport, session: Mapping[str, Any]) -> dict[str, int]:
    """All that must be nothing in a film of a feed that ran through: numbers missing and doubled, frames whose number
    cannot be read, and what the journal itself calls lost, pictures and samples of every stream."""
    return {
        "lost": found.lost_inside + found.lost_at_seams,
        "doubled": found.doubled,
        "unreadable": found.unreadable,
        "gaps": sum(int(gap["lost"]) for gap in session["gaps"]),
    }


def _count_step(found: PictureReport, place: str, step: int, at_seam: bool) -> None:
    """`step` is how far the number went on since the last readable frame, unreadable ones between them taken off."""
    if step <= 0:
        found.doubled += 1
        _note(found, f"{place}: doubled ({step:+d})")
    elif step > 1:
        if at_seam:
            found.lost_at_seams += step - 1
        else:
            found.lost_inside += step - 1
        _note(found, f"{place}: {step - 1} missing before it{', at the seam' if at_seam else ''}")


def _note(found: PictureReport, text: str) -> None:
    if len(found.places) < SHOWN_MAX:
        found.places.append(text)


def _compare_times(
    found: PictureReport,
    times: Sequence[int],
    numbers: Sequence[int],
    rate: float,
    source_ns: Mapping[int, int] | None,
) -> None:
    if source_ns is not None:
        pairs = [(t, source_ns[n]) for t, n in zip(times, numbers, strict=True) if n in source_ns]
    else:
        pairs = [(t, round(n * SECOND_NS / rate)) for t, n in zip(times, numbers, strict=True)]
    if len(pairs) < 2:
        return
    film, source = np.array(pairs, np.int64).T
    apart = (film - film[0]) - (source - source[0])
    found.step_error_ms = spread(np.abs(np.diff(apart)) / 1e6)
    found.clock_error_ms = spread(np.abs(apart - np.median(apart)) / 1e6)


def spread(values: NDArray[Any]) -> dict[str, float]:
    """p50, p99 and max."""
    if len(values) == 0:
        return {}
    p50, p99 = np.percentile(values, [50, 99])
    return {"p50": round(float(p50), 4), "p99": round(float(p99), 4), "max": round(float(np.max(values)), 4)}


def number_at(films: Sequence[Film], t_ns: int) -> int | None:
    """The number that the film shows at a session time: of the last frame not after it; None before the first."""
    frames = sorted((frame.t_ns, frame.number) for film in films for frame in film.frames if frame.number is not None)
    place = bisect.bisect_right(frames, (t_ns, 1 << 62)) - 1
    return frames[place][1] if place >= 0 else None


def gaps(films: Sequence[Film], journalled: Sequence[Mapping[str, Any]], rate: float) -> list[dict[str, Any]]:
    """For each gap of the journal: frames said to be lost, numbers really missing, how far its ends are off.

    A gap should start where the last frame before it ended (one frame after it began) and end at the next."""
    frames = [frame for film in films for frame in film.frames if frame.number is not None]
    found = []
    for gap in journalled:
        before = [frame for frame in frames if frame.t_ns < gap["start_ns"]]
        after = [frame for frame in frames if gap["end_ns"] is not None and frame.t_ns >= gap["end_ns"] - 1_000_000]
        entry: dict[str, Any] = {"stream": gap.get("stream"), "cause": gap.get("cause"), "lost": gap.get("lost")}
        if before and after:
            last, following = before[-1], after[0]
            entry["missing"] = (following.number or 0) - (last.number or 0) - 1
            entry["start_off_ms"] = round((gap["start_ns"] - last.t_ns - SECOND_NS / rate) / 1e6, 2)
            entry["end_off_ms"] = round((gap["end_ns"] - following.t_ns) / 1e6, 2)
        found.append(entry)
    return found
