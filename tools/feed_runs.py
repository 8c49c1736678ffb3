"""Film numbered frames and a sine from a live feed in each way it can come, and judge what was kept.

    python tools/feed_runs.py [--seconds 45] [--segment-seconds 2] [--only udp,rtsp,pipe,mjpeg] [--keep] [--json]

640×360 at 30 a second over UDP and RTSP and through a pipe, H.264 (copied) and MJPEG (encoded). One line for each:
frames lost and doubled, the error of the timestamps' spacing, whether the sound is exact at the cuts, and its error
against the sine, read in two ways: cut to the length that the track declares, and as the decoder gives it (naive).
Exit code 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measure_picture
import measure_sound
from decode_back import film_segments
from harness import Feed, Place, Recording, session_folder, table, tool

RATE = 30
SINE_HZ = 440.0
STEP_MS_MAX = 2.0
SINE_DBFS_MAX = -30.0
HEAD_DBFS_MAX = -10.0
CUTS_MIN = 20


@dataclass(frozen=True, slots=True)
class Route:
    """A way for a feed to come."""

    name: str
    to: str
    more: tuple[str, ...] = ()

    @property
    def camera(self) -> str:
        """What `--camera` is given."""
        return self.to.removeprefix("pipe:")


def routes(place: Place, port: int) -> list[Route]:
    """All of them; a pipe lies in `place`. MPEG-TS has no lossless sound that FFmpeg writes, hence NUT beside it."""
    udp = f"udp://127.0.0.1:{port}"
    pipe = f"pipe:{place.folder / 'feed'}"
    return [
        Route("udp", udp, ("--sound-codec", "mp2")),
        Route("rtsp", f"rtsp://127.0.0.1:{port + 1}/feed"),
        Route("pipe", pipe, ("--container", "nut")),
        Route("ts", pipe),
        Route("mjpeg", pipe, ("--codec", "mjpeg")),
    ]


def film(route: Route, place: Place, seconds: float, segment_s: float) -> tuple[Path, dict[str, Any], Path]:
    """Film one route; the session's folder, its `show --json`, and the feed's log."""
    if route.to.startswith("pipe:"):
        os.mkfifo(route.camera)
    feed = Feed(place, route.to, RATE, "--sound", "sine", *route.more)
    lengths = ("--for", f"{seconds:g}", "--segment-seconds", f"{segment_s:g}")
    run = Recording(place, ["--camera", route.camera, "--mic", "camera", *lengths])
    try:
        run.front.wait(seconds + 60)
    finally:
        feed.end()
        run.clean_up()
    folder = session_folder(place)
    return folder, tool(place, "show", str(folder), "--json").json(), feed.log


def judge(folder: Path, session: Mapping[str, Any], log: Path) -> dict[str, Any]:
    """The figures of one session as a row."""
    segments = film_segments(session)
    films = [measure_picture.read_film(folder, segment) for segment in segments]
    sent = {number: stamps[1] for number, stamps in measure_picture.read_log(log).items()}
    picture = measure_picture.report(films, RATE, sent)
    row: dict[str, Any] = {
        "cuts": len(segments) - 1,
        "frames": picture.frames,
        **measure_picture.losses(picture, session),
        "step p99 ms": picture.step_error_ms.get("p99"),
        "step max ms": picture.step_error_ms.get("max"),
    }
    for name, trim in (("", True), (" naive", False)):
        sounds = [sound for part in segments if (sound := measure_sound.read_sound(folder, part, trim)) is not None]
        heard = measure_sound.sine_report(sounds, SINE_HZ)
        row[f"samples off{name}"] = heard.samples - heard.samples_expected if heard.segments else None
        row[f"seams off{name}"] = len(heard.seams)
        row[f"sine dBFS{name}"] = heard.global_dbfs
        row[f"head dBFS{name}"] = heard.head_dbfs_max
        row["ppm"] = heard.ppm
    return row


def udp_overruns() -> int:
    """Datagrams that this machine has thrown away because a socket's buffer was full: it was too busy. Linux only."""
    counters = Path("/proc/net/snmp")
    if not counters.exists():
        return 0
    names, values = (line.split() for line in counters.read_text().splitlines() if line.startswith("Udp:"))
    return int(dict(zip(names, values, strict=True))["RcvbufErrors"])


def met(row: Mapping[str, Any]) -> bool:
    """Does this row meet every bar?"""
    exact = not any(row[name] for name in ("lost", "doubled", "unreadable", "gaps"))
    spaced = row["step p99 ms"] is not None and row["step p99 ms"] <= STEP_MS_MAX
    return row["cuts"] >= CUTS_MIN and exact and spaced and sounds(row, "") and sounds(row, " naive")


def sounds(row: Mapping[str, Any], name: str) -> bool:
    """Is the sound exact and clean, read in this way?"""
    sine, head = row[f"sine dBFS{name}"], row[f"head dBFS{name}"]
    exact = row[f"samples off{name}"] == 0 and row[f"seams off{name}"] == 0
    return exact and sine is not None and sine <= SINE_DBFS_MAX and head is not None and head <= HEAD_DBFS_MAX


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=45.0)
    parser.add_argument("--segment-seconds", type=float, default=2.0)
    parser.add_argument("--only", default="udp,rtsp,pipe,ts,mjpeg")
    parser.add_argument("--port", type=int, default=5990)
    parser.add_argument("--keep", action="store_true", help="leave the sessions, and say where they are")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = []
    for name in options.only.split(","):
        place = Place("feed")
        route = next(route for route in routes(place, options.port) if route.name == name)
        overruns = udp_overruns()
        row = judge(*film(route, place, options.seconds, options.segment_seconds))
        rows.append({"feed": name, **row, "udp overruns": udp_overruns() - overruns, "met": met(row)})
        if options.keep:
            print(place.folder)
        else:
            place.remove()
    print(json.dumps(rows) if options.json else table(rows))
    return 0 if all(row["met"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
