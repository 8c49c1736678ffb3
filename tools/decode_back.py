"""Decode a session and compare it with what tools/feed.py sent.

    vig-capture show SESSION --json > show.json
    python tools/decode_back.py SESSION show.json --rate 30 [--log sent.csv] [--sine 440] [--beeps] [--json]

Prints frames lost, doubled and unreadable, the error of the timestamps, how the sound joins at the cuts and its error
against the sine, the offset of sound to picture, and the journal's gaps against the numbers that are missing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import measure_picture
import measure_sound

_FILMS = (".mp4", ".m4a")


def film_segments(session: Mapping[str, Any], stream: str | None = None) -> list[Mapping[str, Any]]:
    """The film segments of one camera (by default the first that has any), in the order of time."""
    films = [segment for segment in session["segments"] if str(segment["file"]).endswith(_FILMS)]
    films.sort(key=lambda segment: int(segment["start_ns"]))
    wanted = stream or (films[0]["stream"] if films else None)
    return [segment for segment in films if segment["stream"] == wanted]


def sound_segments(session: Mapping[str, Any], stream: str) -> list[Mapping[str, Any]]:
    """The lossless segments of one microphone, in the order of time."""
    found = [segment for segment in session["segments"] if segment["stream"] == stream]
    return sorted(found, key=lambda segment: int(segment["start_ns"]))


def decode_back(
    folder: Path,
    session: Mapping[str, Any],
    rate: int,
    *,
    stream: str | None = None,
    microphone: str | None = None,
    source_ns: Mapping[int, int] | None = None,
    sine_hz: float | None = None,
    beeps: bool = False,
) -> dict[str, Any]:
    """Everything that can be said of a session; `session` is the map of `show --json`, `folder` the session's own.

    The sound judged is the film's, or with `microphone` the lossless files of that stream."""
    segments = film_segments(session, stream)
    films = [measure_picture.read_film(folder, segment) for segment in segments]
    found: dict[str, Any] = {"picture": asdict(measure_picture.report(films, rate, source_ns))}
    gaps = [gap for gap in session.get("gaps", []) if segments and gap.get("stream") == segments[0]["stream"]]
    found["gaps"] = measure_picture.gaps(films, gaps, rate)
    if sine_hz is None and not beeps:
        return found
    heard = sound_segments(session, microphone) if microphone else segments
    sounds = [sound for segment in heard if (sound := measure_sound.read_sound(folder, segment)) is not None]
    if sine_hz is not None:
        found["sound"] = asdict(measure_sound.sine_report(sounds, sine_hz))
    if beeps:
        found["av"] = measure_sound.av_offset(films, sounds, rate)
        found["seams"] = measure_sound.seams(sounds)
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the session's folder")
    parser.add_argument("show", type=Path, help="output of `vig-capture show --json`, or - for standard input")
    parser.add_argument("--rate", type=int, default=30, help="frames a second of the source")
    parser.add_argument("--log", type=Path, help="the feed's log: spacing is compared with its PTS instead of k/rate")
    parser.add_argument("--clock", choices=["pts", "mono"], default="pts", help="which column of the log")
    parser.add_argument("--stream", help="camera; default: the first")
    parser.add_argument("--microphone", help="judge this stream's lossless sound instead of the film's")
    parser.add_argument("--sine", type=float, metavar="HZ")
    parser.add_argument("--beeps", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    text = sys.stdin.read() if str(options.show) == "-" else options.show.read_text(encoding="utf-8")
    sent = measure_picture.read_log(options.log) if options.log else None
    column = {"mono": 0, "pts": 1}[options.clock]
    found = decode_back(
        options.folder,
        json.loads(text),
        options.rate,
        stream=options.stream,
        microphone=options.microphone,
        source_ns={number: stamps[column] for number, stamps in sent.items()} if sent else None,
        sine_hz=options.sine,
        beeps=options.beeps,
    )
    print(json.dumps(found, indent=None if options.json else 2))
    picture = found["picture"]
    whole = not (picture["lost_inside"] or picture["lost_at_seams"] or picture["doubled"] or picture["unreadable"])
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
