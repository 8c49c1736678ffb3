"""Lose a feed, a microphone, everything at once, and see that the film says so and goes on.

    python tools/loss_runs.py [udp rtsp ts pipe microphone frozen …] [--keep] [--json]

udp, rtsp, ts, pipe: the feed is killed and comes back --away seconds later with its numbers counted on. The sound of
another microphone goes on all the while, the gap in the journal holds exactly the numbers that are missing, and
pictures are filmed again within 3 s of the feed's return (all of these begin with a keyframe). microphone: its source
is unloaded from the sound server, and the recorder must say so within 2 s. frozen: camera, microphone, sound server and
disk stand still, and stopping must take 5 s at most. The last two need pulseaudio and PortAudio, and frozen needs root
on Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import measure_picture
import measure_sound
from decode_back import film_segments, sound_segments
from disk_faults import Disk
from harness import Feed, Place, Recording, session_folder, sleep_until, table, tool, wait_for
from pulse import SOURCE, PulseServer

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

RATE = 30
BEFORE_S = 6.0
AFTER_S = 8.0
BACK_S_MAX = 3.0
NOTICED_S_MAX = 2.0
STOP_S_MAX = 5.0
FEEDS = {
    "udp": ("udp://127.0.0.1:{port}", ()),
    "rtsp": ("rtsp://127.0.0.1:{port}/feed", ()),
    "ts": ("pipe:{folder}/camera", ()),
    "pipe": ("pipe:{folder}/camera", ("--codec", "mjpeg")),
}


def wait(seconds: float) -> None:
    sleep_until(mono_ns() + round(seconds * SECOND_NS))


def lose_feed(name: str, place: Place, options: argparse.Namespace) -> dict[str, Any]:
    """Film, kill the feed, let it come back, stop; the figures."""
    form, more = FEEDS[name]
    to = form.format(port=options.port, folder=place.folder)
    if to.startswith("pipe:"):
        os.mkfifo(to.removeprefix("pipe:"))
    # Its numbers go on as if the feed had never stopped.
    epoch = ("--epoch", str(mono_ns()))
    feed = Feed(place, to, RATE, *more, *epoch)
    run = Recording(place, ["--camera", to.removeprefix("pipe:"), "--mic", "demo", "--segment-seconds", "2"])
    try:
        run.wait_running()
        wait(BEFORE_S)
        feed.end()
        wait(options.away)
        back = place.folder / "back.csv"
        feed = Feed(place, to, RATE, *more, *epoch, "--log", str(back))
        wait(AFTER_S)
        code = run.stop()
    finally:
        feed.end()
        run.clean_up()
    folder = session_folder(place)
    shown = tool(place, "show", str(folder), "--json").json()
    sent = measure_picture.read_log(back)
    return {"run": name, "exit": code, **judge(folder, shown, min(stamps[0] for stamps in sent.values()))}


def judge(folder: Path, session: Mapping[str, Any], back_ns: int) -> dict[str, Any]:
    """The gap against the numbers, the sound over it, and how soon pictures were filmed again; `back_ns`: monotonic."""
    segments = film_segments(session)
    films = [measure_picture.read_film(folder, segment) for segment in segments]
    sounds = [sound for part in segments if (sound := measure_sound.read_sound(folder, part)) is not None]
    sounds.sort(key=lambda sound: sound.first)
    gaps = [gap for gap in session["gaps"] if gap["stream"] == segments[0]["stream"]]
    compared = [gap for gap in measure_picture.gaps(films, gaps, RATE) if "missing" in gap]
    picture = measure_picture.report(films, RATE)
    point = session["clock"][0]
    back_t_ns = back_ns - point["mono_ns"] + point["t_ns"]
    after = [frame.t_ns for film in films for frame in film.frames if frame.t_ns > back_t_ns - SECOND_NS // 10]
    return {
        "lost in journal": sum(gap["lost"] for gap in compared),
        "numbers missing": picture.lost_inside + picture.lost_at_seams,
        "gaps": len(gaps),
        "doubled": picture.doubled,
        "film back after s": round((min(after) - back_t_ns) / SECOND_NS, 3) if after else None,
        "sound alone": sum(str(part["file"]).endswith(".m4a") for part in segments),
        "sound seams off": len(measure_sound.seams(sounds)),
        "sound samples off": sum(len(sound.samples) for sound in sounds) - (sounds[-1].end - sounds[0].first),
        "sound gaps": sum(gap["stream"] == "mic1" for gap in session["gaps"]),
        "sound files": len(sound_segments(session, "mic1")),
    }


def feed_met(row: Mapping[str, Any]) -> bool:
    """Does a lost feed meet every bar?"""
    exact = row["lost in journal"] == row["numbers missing"] and not row["doubled"] and row["exit"] == 0
    back = row["film back after s"] is not None and row["film back after s"] <= BACK_S_MAX
    heard = row["sound alone"] >= 1 and not row["sound seams off"] and not row["sound samples off"]
    return exact and back and heard and not row["sound gaps"] and row["sound files"] == 1


def lose_microphone(place: Place) -> dict[str, Any]:
    """Unload the microphone's source, and add it again."""
    server = PulseServer(place.runtime_root)
    feed = Feed(place, "none", RATE, "--sound", "beeps", "--sound-pipe", str(server.pipe))
    run = Recording(place, ["--camera", "demo", "--mic", f"pulse:{SOURCE}", "--segment-seconds", "2"], server.env)
    try:
        run.wait_running()
        wait(BEFORE_S)
        said = len(run.output())
        begin_ns = mono_ns()
        server.unplug()
        wait_for(lambda: "mic1" in run.output()[said:], 20, "nothing is said of the microphone")
        noticed_s = (mono_ns() - begin_ns) / SECOND_NS
        words = run.output()[said:].splitlines()[0]
        wait(2)
        said = len(run.output())
        begin_ns = mono_ns()
        server.plug_in()
        # The server has made its pipe anew.
        feed.end()
        feed = Feed(place, "none", RATE, "--sound", "beeps", "--sound-pipe", str(server.pipe))
        wait_for(lambda: ": live" in run.output()[said:], 20, "the microphone does not come back")
        back_s = (mono_ns() - begin_ns) / SECOND_NS
        wait(2)
        code = run.stop()
    finally:
        feed.end()
        run.clean_up()
        server.close()
    row = {"run": "microphone", "noticed s": noticed_s, "said": words, "back s": back_s, "exit": code}
    return row | {"met": noticed_s <= NOTICED_S_MAX and code == 0}


def freeze_all(place: Place) -> dict[str, Any]:
    """Let camera, microphone, sound server and disk stand still, and stop."""
    server = PulseServer(place.runtime_root)
    disk = Disk("ext4", place.folder)
    camera = place.folder / "camera"
    os.mkfifo(camera)
    sound = ("--codec", "mjpeg", "--sound", "beeps", "--sound-pipe", str(server.pipe))
    feed = Feed(place, f"pipe:{camera}", RATE, *sound)
    run = None
    try:
        disk.mount()
        place.out = disk.folder
        run = Recording(
            place, ["--camera", str(camera), "--mic", f"pulse:{SOURCE}", "--segment-seconds", "2"], server.env
        )
        run.wait_running()
        wait(BEFORE_S)
        for process in (feed.process, server.process):
            process.send_signal(signal.SIGSTOP)
        subprocess.run(["fsfreeze", "-f", str(disk.folder)], check=True)
        wait(1.0)
        begin_ns = mono_ns()
        code: int | None = None
        with contextlib.suppress(TimeoutError):
            code = run.stop(60)
        stop_s = (mono_ns() - begin_ns) / SECOND_NS
    finally:
        subprocess.run(["fsfreeze", "-u", str(disk.folder)], capture_output=True)
        for process in (feed.process, server.process):
            process.send_signal(signal.SIGCONT)
        feed.end()
        server.close()
        if run:
            run.clean_up()
        said = run.output().splitlines()[-1] if run else ""
        disk.unmount()
    return {
        "run": "frozen",
        "stop s": stop_s,
        "exit": code,
        "said": said,
        "met": code is not None and stop_s <= STOP_S_MAX,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", default=[*FEEDS, "microphone", "frozen"])
    parser.add_argument("--away", type=float, default=6.0, metavar="SECONDS")
    parser.add_argument("--port", type=int, default=5980)
    parser.add_argument("--keep", action="store_true", help="leave the sessions, and say where they are")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = []
    for name in options.runs:
        place = Place("loss")
        if name in FEEDS:
            row = lose_feed(name, place, options)
            row["met"] = feed_met(row)
        else:
            row = lose_microphone(place) if name == "microphone" else freeze_all(place)
        rows.append(row)
        if options.keep:
            print(place.folder)
        else:
            place.remove()
    if options.json:
        print(json.dumps(rows))
    else:
        print(table([row for row in rows if row["run"] in FEEDS]))
        print("\n".join(json.dumps(row) for row in rows if row["run"] not in FEEDS))
    return 0 if all(row["met"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
