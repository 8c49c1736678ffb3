"""What the cases in the virtual machine left, against the kernel's record of the buffers and the feed's log."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import lab_guest
import measure_picture
import measure_sound
import numpy as np
from decode_back import film_segments
from measure_picture import ReadFrame, spread

from vig_capture.archive.show import describe
from vig_capture.core.time import SECOND_NS

SINE_HZ = 440.0
STEP_MS_MAX = 2.0
SINE_DBFS_MAX, HEAD_DBFS_MAX = -30.0, -10.0
CUTS_MIN = 20
RETURN_S_MAX = 3.0
STOP_S_MAX = 5.0
NOTICED_S_MAX = 2.0
NEAR_NS = SECOND_NS // 1000
_DEQUEUED = re.compile(
    r"v4l2_dqbuf: minor = (\d+),.*? flags = ([^,]*),.*? timestamp = (\d+),.*? sequence = (\d+)", re.ASCII
)
LEARNT = 12
"""Segments: in the first minute the rate of the card's clock is still being learnt, from arrivals that emulation makes
late. Where a film is longer its sound is judged after them, over as many cuts."""
_INTERVAL_NS = SECOND_NS / lab_guest.RATE


@dataclass(frozen=True, slots=True)
class Buffer:
    """A buffer as the kernel handed it out."""

    sequence: int
    stamp_ns: int
    damaged: bool


class Left:
    """What one recording of a case left."""

    def __init__(self, result: Path, name: str = "session") -> None:
        self.folder = result / name
        self.session = describe(self.folder)
        point = self.session["clock"][-1]
        self.origin_ns = int(point["mono_ns"] - point["t_ns"])
        """Session time 0 on the monotonic clock."""
        self.counters: dict[str, dict[str, int]] = point["streams"]
        self.segments = film_segments(self.session)
        self.films = [measure_picture.read_film(self.folder, segment) for segment in self.segments]
        self.frames: list[ReadFrame] = [frame for film in self.films for frame in film.frames]
        self.events = read_events(result)
        self.buffers = read_trace(result / "trace.txt")
        self.camera = str(self.segments[0]["stream"])
        self.microphone = next((item["id"] for item in self.session["streams"] if item["kind"] == "audio"), "")

    def gaps(self, stream: str) -> list[dict[str, Any]]:
        return [gap for gap in self.session["gaps"] if gap["stream"] == stream]

    def filmed(self) -> list[Buffer]:
        """The buffers from the first picture of the film to the last."""
        first, last = self.frames[0].t_ns + self.origin_ns, self.frames[-1].t_ns + self.origin_ns
        return [buffer for buffer in self.buffers if first - NEAR_NS <= buffer.stamp_ns <= last + NEAR_NS]

    def event_ns(self, what: str) -> int:
        """When something was done, in session time."""
        return next(int(event["mono_ns"]) for event in self.events if event["what"] == what) - self.origin_ns


def read_events(result: Path) -> list[dict[str, Any]]:
    path = result / "events.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def read_trace(path: Path) -> list[Buffer]:
    """Every buffer that the recorder took, in order."""
    found = _DEQUEUED.finditer(path.read_text(encoding="utf-8", errors="replace"))
    return [Buffer(int(match[4]), int(match[3]), "ERROR" in match[2]) for match in found]


def skipped(buffers: Iterable[Buffer]) -> int:
    """Pictures that the driver counted and did not hand out."""
    steps = (after.sequence - before.sequence - 1 for before, after in itertools.pairwise(buffers))
    return sum(step for step in steps if step > 0)


def stamp_errors_ms(left: Left) -> dict[str, float]:
    """|time of each film frame − the nearest buffer's stamp|: nothing is fitted."""
    stamps = np.sort([buffer.stamp_ns for buffer in left.buffers])
    film = np.array([frame.t_ns + left.origin_ns for frame in left.frames])
    place = np.clip(np.searchsorted(stamps, film), 1, len(stamps) - 1)
    nearest = np.minimum(np.abs(film - stamps[place]), np.abs(film - stamps[place - 1]))
    return spread(nearest / 1e6)


def numbered(left: Left) -> dict[int, int]:
    """Frame number → stamp of its buffer, whose sequence counts on as the number does: they differ by a constant."""
    by_stamp = sorted((buffer.stamp_ns, buffer.sequence) for buffer in left.filmed())
    stamps = np.array([stamp for stamp, _ in by_stamp])
    apart = [
        frame.number - by_stamp[int(np.argmin(np.abs(stamps - frame.t_ns - left.origin_ns)))][1]
        for frame in left.frames
        if frame.number is not None
    ]
    constant = int(np.median(apart))
    return {sequence + constant: stamp for stamp, sequence in by_stamp}


def picture(left: Left, row: dict[str, Any]) -> None:
    found = measure_picture.report(left.films, lab_guest.RATE, numbered(left))
    row["frames"] = found.frames
    row["lost"], row["doubled"] = found.lost_inside + found.lost_at_seams, found.doubled
    row["unreadable"] = found.unreadable
    row["places"], row["count_differs"] = found.places, found.count_differs
    row["step_error_ms"] = found.step_error_ms


def sound(left: Left, row: dict[str, Any]) -> None:
    """Film and lossless sound, joined at start_ns: seams, samples against the grid, error against the sine."""
    if not left.microphone:
        return
    lossless = [segment for segment in left.session["segments"] if segment["file"].endswith(".flac")]
    with av.open(str(left.folder / lossless[0]["file"])) as file:
        measure_sound.RATE = file.streams.audio[0].rate
    learnt = left.segments[-max(LEARNT, len(left.segments) - LEARNT) :]
    ways = (("film", learnt, True), ("naive", learnt, False), ("flac", lossless, True))
    for name, segments, trim in ways:
        sounds = [one for part in segments if (one := measure_sound.read_sound(left.folder, part, trim)) is not None]
        heard = measure_sound.sine_report(sounds, SINE_HZ)
        row[f"sound_{name}"] = {
            "files": heard.segments,
            "kinds": sorted({Path(one.file).suffix for one in sounds}),
            "samples": heard.samples,
            "samples_off": heard.samples - heard.samples_expected,
            "seams_off": heard.seams,
            "dbfs": heard.global_dbfs,
            "local_dbfs": heard.local_dbfs_max,
            "head_dbfs": heard.head_dbfs_max,
            "seam_dbfs": heard.seam_dbfs_max,
            "seam_head_dbfs": heard.seam_head_dbfs_max,
            "ppm": heard.ppm,
        }
    row["sound_gaps"] = left.gaps(left.microphone)


def basics(left: Left) -> dict[str, Any]:
    """What every case tells."""
    return {
        "segments": len(left.segments),
        "gaps": left.gaps(left.camera),
        "counters": left.counters,
        "stamp_error_ms": stamp_errors_ms(left),
        "source_skipped": skipped(left.filmed()),
    }


def sound_missed(row: Mapping[str, Any]) -> list[str]:
    if "sound_gaps" not in row:
        return []
    missed = ["a gap in the sound"] if row["sound_gaps"] else []
    for name in ("film", "naive"):
        heard = row[f"sound_{name}"]
        if heard["samples_off"] or heard["seams_off"]:
            missed.append(f"{name}: samples")
        # The card's clock is its own, and its rate is learnt while it is filmed: one sine fits no whole minute of it.
        if any(heard[level] is None or heard[level] > SINE_DBFS_MAX for level in ("local_dbfs", "seam_dbfs")):
            missed.append(f"{name}: sine")
        if heard["seam_head_dbfs"] is None or heard["seam_head_dbfs"] > HEAD_DBFS_MAX:
            missed.append(f"{name}: heads")
    if row["sound_flac"]["files"] != 1:
        missed.append("the lossless sound is not in one file")
    return missed


def law_2(counters: Mapping[str, Mapping[str, int]]) -> list[str]:
    """captured = written + lost + thinned, for each stream."""
    return [
        f"law 2: {stream}"
        for stream, count in counters.items()
        if count["captured"] != count["written"] + count["lost"] + count["thinned"]
    ]


def film(result: Path) -> dict[str, Any]:
    row = picture_alone(result)
    left = Left(result)
    sound(left, row)
    return {**row, "missed": row["missed"] + sound_missed(row)}


def picture_alone(result: Path) -> dict[str, Any]:
    left = Left(result)
    row = {"cuts": len(left.segments) - 1, **basics(left)}
    picture(left, row)
    exact = not (row["lost"] or row["doubled"] or row["unreadable"] or row["gaps"] or row["count_differs"])
    missed = [] if exact else ["pictures"]
    missed += [] if row["cuts"] >= CUTS_MIN else ["cuts"]
    missed += [] if row["step_error_ms"].get("p99", STEP_MS_MAX + 1) <= STEP_MS_MAX else ["spacing"]
    return {**row, "missed": missed + law_2(left.counters)}


def sound_alone(result: Path) -> dict[str, Any]:
    left = Left(result)
    row: dict[str, Any] = {"cuts": len(left.segments) - 1, "counters": left.counters}
    sound(left, row)
    missed = [] if row["cuts"] >= CUTS_MIN else ["cuts"]
    return {**row, "missed": missed + sound_missed(row) + law_2(left.counters)}


def away(left: Left, back_ns: int) -> dict[str, Any]:
    """The gap that belongs to the loss: what the journal says, and what the film shows."""
    gone_ns = left.event_ns("gone")
    gap = next((gap for gap in left.gaps(left.camera) if gap["end_ns"] and gap["end_ns"] > gone_ns), None)
    if gap is None:
        return {"missed": ["no gap"]}
    before = [frame for frame in left.frames if frame.t_ns < gap["start_ns"]][-1]
    after = next(frame for frame in left.frames if frame.t_ns >= gap["end_ns"] - NEAR_NS)
    real = round((after.t_ns - before.t_ns) / _INTERVAL_NS) - 1
    if before.number is not None and after.number is not None:
        real = after.number - before.number - 1
    found = {
        "journalled": gap["lost"],
        "real": real,
        "start_off_ms": round((gap["start_ns"] - before.t_ns - _INTERVAL_NS) / 1e6, 2),
        "end_off_ms": round((gap["end_ns"] - after.t_ns) / 1e6, 2),
        "last_picture_before_loss_ms": round((gone_ns - before.t_ns) / 1e6, 1),
        "return_s": round((after.t_ns - back_ns) / 1e9, 2),
    }
    missed = [] if abs(gap["lost"] - real) <= 1 else ["the gap's number"]
    missed += [] if found["return_s"] <= RETURN_S_MAX else ["return"]
    return {**found, "missed": missed}


def lost(result: Path, back_ns: Callable[[Left], int]) -> dict[str, Any]:
    left = Left(result)
    row = basics(left)
    row["away"] = away(left, back_ns(left))
    sound(left, row)
    return {**row, "missed": row["away"].pop("missed") + sound_missed(row) + law_2(left.counters)}


def vivid(result: Path) -> dict[str, Any]:
    return lost(result, lambda left: left.event_ns("back"))


def feeder(result: Path) -> dict[str, Any]:
    def first_again(left: Left) -> int:
        sent = measure_picture.read_log(result / "sent.csv")
        back_ns = left.event_ns("back") + left.origin_ns
        return min(sent_ns for sent_ns, _ in sent.values() if sent_ns > back_ns) - left.origin_ns

    return lost(result, first_again)


def faulty(result: Path) -> dict[str, Any]:
    left = Left(result)
    row = basics(left)
    buffers = left.filmed()
    row["source_damaged"] = sum(buffer.damaged for buffer in buffers)
    row["source_good"] = len(buffers) - row["source_damaged"]
    row["frames"] = len(left.frames)
    row["journalled"] = sum(gap["lost"] for gap in row["gaps"])
    row["off_by_gap"] = _each_gap(left, row["gaps"])
    sound(left, row)
    missed = [] if row["frames"] == row["source_good"] else ["pictures"]
    missed += [] if row["journalled"] == row["source_skipped"] + row["source_damaged"] else ["gaps"]
    missed += ["a gap's number"] if any(row["off_by_gap"]) else []
    return {**row, "missed": missed + sound_missed(row) + law_2(left.counters)}


def _each_gap(left: Left, gaps: Sequence[Mapping[str, Any]]) -> list[int]:
    """For each gap: pictures journalled less pictures that the driver counted between the frames around it."""
    sequences = {buffer.stamp_ns: buffer.sequence for buffer in left.filmed()}
    stamps = np.array(sorted(sequences))

    def sequence(frame: ReadFrame) -> int:
        return sequences[int(stamps[np.argmin(np.abs(stamps - frame.t_ns - left.origin_ns))])]

    found = []
    for gap in gaps:
        before = [frame for frame in left.frames if frame.t_ns < gap["start_ns"]]
        after = [frame for frame in left.frames if frame.t_ns >= gap["end_ns"] - NEAR_NS]
        if before and after:
            found.append(gap["lost"] - (sequence(after[0]) - sequence(before[-1]) - 1))
    return found


def stop(result: Path) -> dict[str, Any]:
    events = read_events(result)
    asked = [event for event in events if event["what"] == "stop"]
    done = [event for event in events if event["what"] == "stopped"]
    took = [round((after["mono_ns"] - before["mono_ns"]) / 1e9, 2) for before, after in zip(asked, done, strict=True)]
    names = ["session", "session2"]
    closed = [describe(result / name)["state"] for name in names]
    counters = [describe(result / name)["clock"][-1]["streams"] for name in names]
    missed = [] if all(seconds <= STOP_S_MAX for seconds in took) else ["stop"]
    missed += [] if closed == ["closed", "closed"] else ["closed"]
    broken = [item for one in counters for item in law_2(one)]
    return {"stop_s": took, "codes": [event["code"] for event in done], "states": closed, "missed": missed + broken}


def microphone(result: Path) -> dict[str, Any]:
    left = Left(result)
    gone_ns, back_ns = left.event_ns("gone"), left.event_ns("back")
    row = basics(left)
    row["sound_gaps"] = left.gaps(left.microphone)
    row["warnings"] = [(round((said["t_ns"] - gone_ns) / 1e9, 2), said["what"]) for said in left.session["warnings"]]
    noticed = [s for s, _ in row["warnings"] if s > 0]
    row["noticed_s"] = min(noticed, default=None)
    row["away_s"] = round((back_ns - gone_ns) / 1e9, 2)
    picture(left, row)
    missed = ["pictures"] if row["lost"] or row["doubled"] or row["gaps"] else []
    missed += [] if noticed and min(noticed) <= NOTICED_S_MAX else ["noticed"]
    return {**row, "missed": missed + law_2(left.counters)}


Judge = Callable[[Path], dict[str, Any]]
JUDGES: dict[str, Judge] = {
    "film": film,
    "picture": picture_alone,
    "sound": sound_alone,
    "vivid": vivid,
    "feeder": feeder,
    "faulty": faulty,
    "stop": stop,
    "microphone": microphone,
}


def judge(judged: Judge, result: Path) -> dict[str, Any]:
    """The figures of a case; `missed` names the bars that it did not meet."""
    failed = [event for event in read_events(result) if event["what"] in ("failed", "trouble")]
    if failed or not (result / "session").exists():
        return {"failed": failed, "missed": ["the case itself"]}
    return judged(result)
