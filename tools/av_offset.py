"""How far sound is from picture, where each comes by its own way: pictures through a pipe, sound through PulseAudio.

    python tools/av_offset.py [--seconds 60] [--segment-seconds 2] [--codec mjpeg] [--ppm 300] [--json]

Beeps of the microphone are compared with the flash frames of the camera. The sound server's own delay is constant; a
first run of --calibrate seconds measures it, as the clap test does, and the run that counts gets it as
--audio-offset-ms. --ppm makes the microphone's clock run too fast. Prints the figures and the bars that were missed:
pictures lost and doubled, the sound's seams at the cuts, the offset over all, after the cuts and in the last segment,
and in a long run the rate of the microphone's clock. Exit code 1 if a bar is missed. Needs pulseaudio and PortAudio
(LD_LIBRARY_PATH may say where).
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
UNPAIRED_MAX = 3
"""Of a run's seconds so many may lack a flash with its beep: where picture and sound begin, and where they end."""


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
    """Losses, seams, beep minus flash in ms, and the rate of the microphone's clock as the journal has it."""
    segments = film_segments(session)
    films = [measure_picture.read_film(folder, segment) for segment in segments]
    sounds = [sound for part in segments if (sound := measure_sound.read_sound(folder, part)) is not None]
    offset = measure_sound.av_offset(films, sounds, rate)
    absolute, each = offset.get("absolute_ms", {}), list(offset.get("segments", {}).values())
    return {
        "cuts": len(segments) - 1,
        **measure_picture.losses(measure_picture.report(films, rate), session),
        "seams off": len(measure_sound.seams(sounds)),
        "pairs": offset["pairs"],
        "median ms": offset.get("median_ms"),
        "p99 ms": absolute.get("p99"),
        "max ms": absolute.get("max"),
        "after cuts ms": offset.get("after_cuts_ms"),
        "last segment ms": each[-1] if each else None,
        "picture late ms": _picture_late_ms(films, session),
        "ppm": _ppm(session),
    }


def _picture_late_ms(films: Sequence[measure_picture.Film], session: Mapping[str, Any]) -> float | None:
    """How much later than it was drawn a picture is stamped: the camera's own delay, for telling which one moved."""
    point = session["clock"][0]
    shift_ns = int(point["mono_ns"]) - int(point["t_ns"])
    late = [
        (frame.t_ns + shift_ns) / 1e6 - frame.mono_ms
        for film in films
        for frame in film.frames
        if frame.mono_ms is not None
    ]
    return round(float(np.median(late)), 2) if late else None


def _ppm(session: Mapping[str, Any]) -> float | None:
    """The microphone's fitted rate in the last clock point."""
    rates = [point["streams"].get("mic1", {}).get("ppm") for point in session["clock"]]
    return next((round(float(rate), 2) for rate in reversed(rates) if rate is not None), None)


def missed(row: Mapping[str, Any], seconds: float, ppm: float = 0.0) -> list[str]:
    """The bars that a run of so many seconds does not meet, with its microphone's clock `ppm` too fast."""
    bars = {name: row[name] == 0 for name in ("lost", "doubled", "unreadable", "gaps", "seams off")}
    bars["pairs"] = row["pairs"] >= seconds - UNPAIRED_MAX
    bars["median"] = _within(row["median ms"], MEDIAN_MS_MAX)
    bars["p99"] = _within(row["p99 ms"], P99_MS_MAX)
    bars["after cuts"] = _within(row["after cuts ms"], P99_MS_MAX)
    bars["last segment"] = _within(row["last segment ms"], MEDIAN_MS_MAX)
    bars["rate"] = seconds < RATE_KNOWN_S or (row["ppm"] is not None and abs(row["ppm"] - ppm) <= PPM_OFF_MAX)
    return [name for name, met in bars.items() if not met]


def _within(value: float | None, most: float) -> bool:
    return value is not None and abs(value) <= most


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
    if offset_ms is None:
        print("the run that calibrates has not one flash with its beep", file=sys.stderr)
        return 1
    row = {"calibrated ms": offset_ms, **film(options, options.seconds, offset_ms, options.keep)}
    names = missed(row, options.seconds, options.ppm)
    row["missed"] = ", ".join(names) or "nothing"
    print(json.dumps(row) if options.json else table([row]))
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
