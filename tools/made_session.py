"""A session made by hand for those who judge exported files: three files of film, a pause, moments of every kind.

    python tools/made_session.py FOLDER

The film is FFmpeg's test picture; it needs `ffmpeg` on the path. Nothing in it is a person's.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vig_capture.core.records import encode
from vig_capture.core.time import SECOND_NS

SESSION = "2026-11-22T0940-made"
RATE = 30
FILES = ((0.0, 611), (20.4, 463), (50.1, 450))
"""Session time in seconds at which each file begins, and its frames: the first two are one frame apart, and between the
other two there is the pause."""
PAUSE_S = (36.0, 50.0)
NOTES = (
    *("", "", "  spaces  ", "one\ntwo\n\nthree", "=1+1 | tab:\there -->"),
    *("She waits å ä ö – and smiles 😀", 'They said: "again"; a, b; it\'s <him> & <her>'),
)
KEYS: list[dict[str, Any]] = [
    {"key": "space", "label": "Moment", "family": "any", "colour": "#F0E442"},
    {"key": "a", "label": "Tuned in", "family": "being attentive", "colour": "#56B4E9"},
    {"key": "r", "label": "Received", "family": "receiving initiatives", "colour": "#0072B2"},
    {"key": "g", "label": "Help, of the right size", "family": "guiding", "colour": "#D55E00"},
    {"key": "l", "label": "Look again", "family": "private", "colour": "#999999", "private": True},
]
YES = {"answer": "yes", "by": "mother", "when": "2026-11-22"}
SHEET = {
    "people": [{"role": "mother", "initials": ""}, {"role": "child", "initials": ""}],
    "goals": [{"id": "g1", "text": "Wait for her answer", "label": 'Wait, "really"'}],
    "purposes": {"review": YES, "research": YES},
}


def make(folder: Path, name: str = SESSION, markers: int = 60, filmed: bool = True) -> Path:
    """Make the session; returns its folder. `markers`: so many, beside those at the edges. `filmed`: with camera and
    microphone."""
    session = folder / name
    (session / "film").mkdir(parents=True)
    films = _films(session) if filmed else ()
    records = [*_opening(name, filmed), *films, *_moments(random.Random(name), markers), *_closing()]
    numbered = ({"v": 1, "seq": number} | record for number, record in enumerate(records, start=1))
    (session / "journal.msgpack").write_bytes(b"".join(map(encode, numbered)))
    return session


def _record(kind: str, at_s: float, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "t_ns": _ns(at_s)} | fields


def _opening(name: str, filmed: bool) -> Iterator[dict[str, Any]]:
    vocabulary = {"name": "VIG core", "version": "1", "language": "en", "other": "child", "keys": KEYS}
    yield _record("session", 0, id=name, created_utc="2026-11-22T09:40:00Z", tool="vig-capture", vocabulary=vocabulary)
    if filmed:
        yield _record("stream", 0, stream="cam1", stream_kind="video", source="made")
        yield _record("stream", 0, stream="mic1", stream_kind="audio", source="made")
        yield _record("device", 0, stream="cam1", state="live", mode=f"320×240 at {RATE}")
    yield _record("sheet", 0, id="sheet", fields=SHEET)
    yield _record("state", 0, state="recording")


def _films(session: Path) -> Iterator[dict[str, Any]]:
    for number, (start_s, frames) in enumerate(FILES, start=1):
        file = f"film/cam1-{number:04d}.mp4"
        _film(session / file, frames)
        data = (session / file).read_bytes()
        told = {"stream": "cam1", "file": file, "start_ns": _ns(start_s), "end_ns": _ns(start_s + frames / RATE)}
        told |= {"frames": frames, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        yield _record("segment", start_s + frames / RATE, phase="closed", **told)


def _film(path: Path, frames: int) -> None:
    sources = ["-f", "lavfi", "-i", f"testsrc2=size=320x240:rate={RATE}", "-f", "lavfi", "-i", "sine=440:r=48000"]
    picture = [
        "-frames:v",
        str(frames),
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-pix_fmt",
        "yuv420p",
        "-g",
        str(RATE),
    ]
    sound = ["-c:a", "aac", "-t", f"{frames / RATE:.6f}"]
    subprocess.run(["ffmpeg", "-v", "error", *sources, *picture, *sound, str(path)], check=True)


def _moments(chance: random.Random, count: int) -> Iterator[dict[str, Any]]:
    """At the edges of the files and in the pause, at the same time, as stretches over one another, and anywhere."""
    end_s = FILES[-1][0] + FILES[-1][1] / RATE
    edges = (0.0, 20.3666, 20.3999999, 20.4, 35.8333, 40.0, 50.1, 65.0999999, 30.0, 30.0, 30.01)
    stretches = ((10.0, 14.0), (11.0, 12.0), (11.5, 20.4), (12.0, 13.0), (34.0, 55.0), (60.0, 65.1))
    for number in range(len(edges) + len(stretches) + count):
        marker = chance.choice(KEYS[:-1])
        until: dict[str, Any] = {}
        if number < len(edges):
            at_s = edges[number]
        elif number < len(edges) + len(stretches):
            marker, (at_s, until_s) = KEYS[1], stretches[number - len(edges)]
            until = {"until_ns": _ns(until_s)}
        else:
            at_s = chance.uniform(0, end_s)
        told = {name: marker[name] for name in ("key", "label")} | {"who": chance.choice(("self", "other"))}
        utc, note = "2026-11-22T09:41:00.123+00:00", chance.choice(NOTES)
        yield _record(
            "marker", at_s, id=f"m{number}", utc=utc, note=note, look_back_s=8.0, look_ahead_s=4.0, **told, **until
        )
        if number % 5 == 0:
            yield _record("star", at_s, id=f"s{number}", of=f"m{number}", on=True)
        if number % 7 == 0:
            yield _record("goal", at_s, id=f"g{number}", of=f"m{number}", goal="g1")


def _closing() -> Iterator[dict[str, Any]]:
    yield _record("pause", PAUSE_S[0], id="p1")
    yield _record("resume", PAUSE_S[1], id="p2")
    yield _record("closed", FILES[-1][0] + FILES[-1][1] / RATE, reason="stopped by the guider")


def _ns(at_s: float) -> int:
    return round(at_s * SECOND_NS)


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
