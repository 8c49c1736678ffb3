"""From stop to clips: how long it takes, and whether every clip has the right pictures and its sound beside them.

    python tools/clip_runs.py --folder /tmp/clips [--seconds 600] [--size 1280x720] [--rate 30]

Makes (once, and keeps) a session of a film of numbered pictures with a beep on every full second, as the recorder
writes it: files of a minute, sound with its prelude. Then: five draft clips of five markers, as `vig-capture clips`
makes them, in a process of its own (bar: 5 s); the whole film; an exact clip of a minute against ffmpeg's command line
that cuts the same stretch and encodes it again with the same preset and quality (bar: 1.2 times as long). Every file is
decoded: the pictures must be those of their stretch, by their printed numbers, and the beeps within 20 ms of the
flashes. Prints a table; exit code 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feed
import measure_picture
import measure_sound
import numpy as np

from vig_capture.core.model import Packet, SoundTrack, VideoMode
from vig_capture.core.records import encode
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.devices.demo import video_frame
from vig_capture.devices.demo_scene import Scene
from vig_capture.media.encoder import X264Encoder
from vig_capture.media.files import MediaSettings, PyavMedia
from vig_capture.media.join import join
from vig_capture.media.picture_track import EXACT_CRF
from vig_capture.media.pieces import Piece
from vig_capture.media.segment_files import FilmFile
from vig_capture.media.sound import PRELUDE_SAMPLES

DRAFTS_MAX_S = 5.0
RATIO_MAX = 1.2
SYNC_MAX_MS = 20.0
RUNS = 3
SEGMENT_S = 60
SETTINGS = MediaSettings()
SOUND = SoundTrack(feed.SAMPLE_RATE, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    figure: str
    bar: str
    ok: bool


# The session ---------------------------------------------------------------------------------------------------------


def make_session(folder: Path, seconds: int, size: tuple[int, int], rate: int) -> None:
    """A closed session of numbered pictures and beeps, with five markers and a yes to the review."""
    (folder / "film").mkdir(parents=True)
    records: list[dict[str, Any]] = []

    def say(kind: str, t_ns: int = 0, **fields: Any) -> None:
        records.append({"v": 1, "kind": kind, "seq": len(records) + 1, "t_ns": t_ns} | fields)

    settings = {"presets": SETTINGS.presets, "crf": SETTINGS.crf, "sound_bitrate_kbps": 160}
    say("session", id="clips", created_utc="2026-11-22T09:40:00Z", tool="vig-capture", previous="", profile="",
        vocabulary={"name": "VIG", "version": "1", "language": "en", "keys": []}, settings=settings)  # fmt: skip
    say("run", run=1, mono_ns=0, utc_ns=0, origin_mono_ns=0, origin_utc_ns=0, boot_id="", pid=1)
    say("stream", stream="cam1", stream_kind="video", source="numbered pictures")
    say("state", state="recording")
    scene, tone = Scene(*size, rate), feed.Tone("beeps")
    for number, start_s in enumerate(range(0, seconds, SEGMENT_S), 1):
        file, end_s = f"film/cam1-{number:04d}.mp4", min(start_s + SEGMENT_S, seconds)
        write_segment(folder / file, scene, tone, start_s * rate, end_s * rate)
        told = {"stream": "cam1", "file": file, "start_ns": start_s * SECOND_NS, "sound": "mic1"}
        say("segment", start_s * SECOND_NS, phase="open", **told)
        data = (folder / file).read_bytes()
        say("segment", end_s * SECOND_NS, phase="closed", **told, end_ns=end_s * SECOND_NS, samples=0, frames=
            (end_s - start_s) * rate, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())  # fmt: skip
    for number, t_ns in enumerate(marked(seconds)):
        say("marker", t_ns, id=f"m{number}", key="aergd"[number], label=f"Moment {number}", who="self", utc="u",
            look_back_s=15.0, look_ahead_s=5.0)  # fmt: skip
    yes = {"purposes": {"review": {"answer": "yes", "by": "mother", "when": "2026-11-22"}}}
    say("sheet", seconds * SECOND_NS, id="sheet", fields=yes)
    say("closed", seconds * SECOND_NS, reason="stopped by the guider")
    (folder / "journal.msgpack").write_bytes(b"".join(encode(record) for record in records))


def write_segment(path: Path, scene: Scene, tone: feed.Tone, first: int, end: int) -> None:
    """One file of the film, from one picture's number up to and without another."""
    rate = int(scene.rate)
    encoder = X264Encoder(VideoMode(scene.width, scene.height, rate, "yuv420p"), SETTINGS.presets[0], SETTINGS.crf)
    file: FilmFile | None = None
    waiting: list[Packet] = []
    sample = max(first * SOUND.sample_rate // rate - PRELUDE_SAMPLES, 0)
    for number in range(first, end):
        t_ns = number * SECOND_NS // rate
        waiting += encoder.encode(video_frame(scene, number, t_ns), t_ns, number == first)
        if file is None:
            file = PyavMedia(SETTINGS).film(path, t_ns, encoder.track(), SOUND)
        until = (number + 1) * SOUND.sample_rate // rate
        file.add_sound(sample, tone.samples(sample, until - sample)[:, None].astype(np.float32) / 32767)
        sample = until
        for packet in waiting:
            file.add(packet)
        waiting.clear()
    assert file is not None, "a segment has pictures"
    for packet in encoder.flush():
        file.add(packet)
    file.close()


def marked(seconds: int) -> list[int]:
    """Five moments: two of them beside a seam, one early, one late."""
    return [round(share * seconds * SECOND_NS) for share in (0.05, 0.205, 0.41, 0.633, 0.97)]


# Looking -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """What a decoded file shows."""

    numbers: list[int | None]
    offset_ms: float
    """The furthest of a beep from its flash."""
    pairs: int


def look(path: Path, rate: int) -> Seen:
    """Decode a file: its printed numbers, and how far its beeps are from its flashes."""
    segment = {"file": path.name, "start_ns": 0}
    film = measure_picture.read_film(path.parent, segment)
    sound = measure_sound.read_sound(path.parent, segment)
    found = measure_sound.av_offsets([film], [sound] if sound else [], rate)
    offsets = [abs(offset) for group in found.values() for offset in group]
    return Seen([frame.number for frame in film.frames], max(offsets, default=float("inf")), len(offsets))


def judged(what: str, seen: Seen, first: range, end: int) -> Iterator[Line]:
    """Are the pictures those from one in `first` up to and without `end`, each once, with their sound beside them?"""
    begin = seen.numbers[0] if seen.numbers else None
    right = begin is not None and begin in first and seen.numbers == list(range(begin, end))
    figure = f"{begin} to {seen.numbers[-1] if seen.numbers else None}, {len(seen.numbers)} pictures"
    yield Line(f"{what}: pictures", figure, f"{first[0]}..{first[-1]} to {end - 1}, each once", right)
    in_sync = seen.offset_ms <= SYNC_MAX_MS and seen.pairs > 0
    yield Line(f"{what}: sound", f"{seen.offset_ms:.2f} ms in {seen.pairs} beeps", f"<= {SYNC_MAX_MS:g} ms", in_sync)


# Runs ----------------------------------------------------------------------------------------------------------------


def run_command(folder: Path, *arguments: str) -> tuple[float, dict[str, Any]]:
    """Seconds that a command of ours takes, and what it says."""
    with tempfile.TemporaryDirectory() as name:
        own = {f"XDG_{each}": f"{name}/{each}" for each in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME")}
        command = [sys.executable, "-m", "vig_capture", arguments[0], str(folder), *arguments[1:], "--json"]
        before_ns = mono_ns()
        done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True)
        seconds = (mono_ns() - before_ns) / SECOND_NS
    if done.returncode:
        raise SystemExit(done.stderr)
    return seconds, json.loads(done.stdout)


def drafts(folder: Path, rate: int) -> Iterator[Line]:
    """Five draft clips, timed from the command's start to its end; the quickest of RUNS counts."""
    runs = [run_command(folder, "clips", "--replace") for _ in range(RUNS)]
    seconds, told = min(took_s for took_s, _ in runs), runs[-1][1]
    yield Line(
        f"{len(told['clips'])} draft clips", f"{seconds:.2f} s", f"<= {DRAFTS_MAX_S:g} s", seconds <= DRAFTS_MAX_S
    )
    for number, clip in enumerate(told["clips"], 1):
        start, end = (-(-clip[name] * rate // SECOND_NS) for name in ("start_ns", "end_ns"))
        yield from judged(
            f"draft {number}", look(Path(clip["file"]), rate), range(max(start - rate, 0), start + 1), end
        )


def whole(folder: Path, seconds: int, rate: int) -> Iterator[Line]:
    """The whole film."""
    took_s, told = run_command(folder, "film", "--replace")
    yield Line("whole film", f"{took_s:.2f} s", "", ok=True)
    yield from judged("whole film", look(Path(told["file"]), rate), range(1), seconds * rate)


def exact(folder: Path, rate: int, scratch: Path) -> Iterator[Line]:
    """An exact clip of a minute, over a seam, against ffmpeg; once with the film's pictures copied behind its first
    keyframe, and once with all of it encoded anew, which is the same work as ffmpeg's. Each in turn, RUNS times; the
    quickest counts, since other programs can only make it slower."""
    start_s, end_s = 90.5, 150.5
    files = sorted((folder / "film").iterdir())
    pieces = [Piece(files[1], start_s - 60, 60.0), Piece(files[2], 0.0, end_s - 120)]
    ways = {"exact clip of 60 s": SETTINGS, "the same, all encoded anew": MediaSettings(crf=SETTINGS.crf - 1)}
    theirs_s: list[float] = []
    ours_s: dict[str, list[float]] = {what: [] for what in ways}
    for _ in range(RUNS):
        theirs_s.append(ffmpeg_cut(files[1:3], start_s - 60, end_s - start_s, scratch))
        for what, settings in ways.items():
            ours_s[what].append(our_cut(pieces, settings, scratch / f"{what}.mp4"))
    yield Line("ffmpeg, the same cut", f"{min(theirs_s):.2f} s", "", ok=True)
    for what, seconds in ours_s.items():
        ratio = min(seconds) / min(theirs_s)
        yield Line(what, f"{min(seconds):.2f} s, {ratio:.2f} of ffmpeg", f"<= {RATIO_MAX:g}", ratio <= RATIO_MAX)
        first = round(start_s * rate)
        yield from judged(what, look(scratch / f"{what}.mp4", rate), range(first, first + 1), round(end_s * rate))


def our_cut(pieces: Sequence[Piece], settings: MediaSettings, path: Path) -> float:
    """Seconds that an exact clip takes."""
    before_ns = mono_ns()
    with path.open("wb") as file:
        join(pieces, file, "exact", settings=settings)
    return (mono_ns() - before_ns) / SECOND_NS


def ffmpeg_cut(files: Sequence[Path], start_s: float, length_s: float, scratch: Path) -> float:
    """Seconds that ffmpeg's command line takes for a cut with everything encoded again."""
    listed = scratch / "list.txt"
    listed.write_text("".join(f"file '{path}'\n" for path in files))
    command = [
        "ffmpeg",
        "-y",
        "-loglevel",
        "error",
        "-f",
        "concat",
        "-safe",
        "0",
        "-ss",
        str(start_s),
        "-i",
        str(listed),
    ]
    command += ["-t", str(length_s), "-c:v", "libx264", "-preset", SETTINGS.presets[0], "-crf", str(EXACT_CRF)]
    command += ["-c:a", "aac", "-b:a", "160k", str(scratch / "ffmpeg.mp4")]
    before_ns = mono_ns()
    subprocess.run(command, check=True)
    return (mono_ns() - before_ns) / SECOND_NS


def main() -> int:
    """Make, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="for the session, which is kept, and what is made")
    parser.add_argument("--seconds", type=int, default=600, help="of film; at least 180")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--rate", type=int, default=30)
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    session = options.folder / f"session-{options.seconds}-{options.size}-{options.rate}"
    scratch = options.folder / "made"
    scratch.mkdir(parents=True, exist_ok=True)
    if not (session / "journal.msgpack").exists():
        shutil.rmtree(session, ignore_errors=True)
        make_session(session, options.seconds, (width, height), options.rate)
    lines = [*drafts(session, options.rate), *exact(session, options.rate, scratch)]
    lines += whole(session, options.seconds, options.rate)
    for line in lines:
        print(f"{'ok  ' if line.ok else 'BAD '} {line.what:36} {line.figure:44} {line.bar}")
    return 0 if all(line.ok for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
