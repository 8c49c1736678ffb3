"""How far sound is from picture, where each comes by its own way: pictures through a pipe, sound through PulseAudio.

    python tools/av_offset.py [--seconds 60] [--segment-seconds 2] [--codec mjpeg] [--ppm 300] [--json]

Beeps of the microphone are compared with the flash frames of the camera. The sound server's own delay is constant; a
first run of --calibrate seconds measures it, as the clap test does, and the run that counts gets it as
--audio-offset-ms. --ppm makes the microphone's clock run too fast. Needs pulseaudio and PortAudio (LD_LIBRARY_PATH may
say where).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import measure_picture
import measure_sound
import numpy as np
from decode_back import film_segments
from harness import Feed, Place, Recording, session_folder, table, tool
from pulse import SOURCE, PulseServer

MEDIAN_MS_MAX = 10.0
P99_MS_MAX = 20.0
PPM_OFF_MAX = 5.0
RATE_KNOWN_S = 300.0
"""So long a run has to be for its rate to be judged."""


def film(options: argparse.Namespace, seconds: float, offset_ms: float, keep: bool = False) -> dict[str, Any]:
    """Film flashes and beeps; the figures of the session."""
    place = Place("av")
    server = PulseServer(place.runtime_root)
    camera = place.folder / "camera"
    os.mkfifo(camera)
    sound = ("--sound", "beeps", "--sound-pipe", str(server.pipe), "--sound-ppm", f"{options.ppm:g}")
    feed = Feed(place, f"pipe:{camera}", options.rate, "--codec", options.codec, *sound)
    with contextlib.suppress(OSError):
        # What is measured must not be the feed's own lateness on a busy machine.
        os.setpriority(os.PRIO_PROCESS, feed.process.pid, -10)
    lengths = ("--for", f"{seconds:g}", "--segment-seconds", f"{options.segment_seconds:g}")
    sources = ("--camera", str(camera), "--mic", f"pulse:{SOURCE}", "--audio-offset-ms", f"{offset_ms:g}")
    run = Recording(place, [*sources, *lengths], server.env)
    try:
        run.front.wait(seconds + 60)
    finally:
        feed.end()
        run.clean_up()
        server.close()
    folder = session_folder(place)
    found = judge(folder, tool(place, "show", str(folder), "--json").json(), options.rate)
    if keep:
        print(place.folder)
    else:
        place.remove()
    return found


def judge(folder: Path, session: Mapping[str, Any], rate: int) -> dict[str, Any]:
    """Beep minus flash in ms, over all and at each cut; the rate of the microphone's clock as the journal has it."""
    segments = film_segments(session)
    films = [measure_picture.read_film(folder, segment) for segment in segments]
    sounds = [sound for part in segments if (sound := measure_sound.read_sound(folder, part)) is not None]
    offsets = measure_sound.av_offsets(films, sounds, rate)
    every = np.array([offset for group in offsets.values() for offset in group])
    if not len(every):
        return {"pairs": 0}
    picture = measure_picture.report(films, rate)
    return {
        "cuts": len(segments) - 1,
        "pairs": len(every),
        "median ms": round(float(np.median(every)), 3),
        "p99 ms": round(float(np.percentile(np.abs(every), 99)), 3),
        "max ms": round(float(np.max(np.abs(every))), 3),
        # The first flash after each cut, against all.
        "after cuts ms": round(max(abs(group[0] - float(np.median(every))) for group in offsets.values()), 3),
        "last ms": round(float(np.median(every[-10:])), 3),
        "picture late ms": _picture_late_ms(films, session),
        "ppm": _ppm(session),
        "lost": picture.lost_inside + picture.lost_at_seams + sum(gap["lost"] for gap in session["gaps"]),
        "seams off": len(measure_sound.seams(sounds)),
    }


def _picture_late_ms(films: Sequence[measure_picture.Film], session: Mapping[str, Any]) -> float:
    """How much later than it was drawn a picture is stamped: the camera's own delay, for telling which one moved."""
    point = session["clock"][0]
    shift_ns = int(point["mono_ns"]) - int(point["t_ns"])
    late = [
        (frame.t_ns + shift_ns) / 1e6 - frame.mono_ms
        for film in films
        for frame in film.frames
        if frame.mono_ms is not None
    ]
    return round(float(np.median(late)), 2)


def _ppm(session: Mapping[str, Any]) -> float | None:
    """The microphone's fitted rate in the last clock point."""
    rates = [point["streams"].get("mic1", {}).get("ppm") for point in session["clock"]]
    return next((round(float(rate), 2) for rate in reversed(rates) if rate is not None), None)


def met(row: Mapping[str, Any], ppm: float, seconds: float) -> bool:
    """Does the run meet every bar?"""
    if not row["pairs"]:
        return False
    rate_known = seconds < RATE_KNOWN_S or (row["ppm"] is not None and abs(row["ppm"] - ppm) <= PPM_OFF_MAX)
    near = abs(row["median ms"]) <= MEDIAN_MS_MAX and row["p99 ms"] <= P99_MS_MAX and row["after cuts ms"] <= P99_MS_MAX
    return near and rate_known and abs(row["last ms"]) <= MEDIAN_MS_MAX


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--segment-seconds", type=float, default=2.0)
    parser.add_argument("--rate", type=int, default=30)
    parser.add_argument("--codec", choices=["mjpeg", "h264"], default="mjpeg")
    parser.add_argument("--ppm", type=float, default=0.0)
    parser.add_argument("--calibrate", type=float, default=20.0, metavar="SECONDS", help="0: no calibration")
    parser.add_argument("--keep", action="store_true", help="leave the session, and say where it is")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    offset_ms = film(options, options.calibrate, 0.0)["median ms"] if options.calibrate else 0.0
    row = {"calibrated ms": offset_ms, **film(options, options.seconds, offset_ms, options.keep)}
    row["met"] = met(row, options.ppm, options.seconds)
    print(json.dumps(row) if options.json else table([row]))
    return 0 if row["met"] else 1


if __name__ == "__main__":
    sys.exit(main())
