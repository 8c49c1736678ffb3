"""What recording costs: CPU seconds of `vig-capture record --no-tui` against `ffmpeg` doing the same, side by side.

Both read the same film in real time from a pipe of their own, and write H.264 (same preset and options), AAC and FLAC.
Run together on one machine, so that the ratio is fair however busy it is; start-up is included. Needs the `ffmpeg`
program.

    python tools/cost.py --mode encode --seconds 60
    python tools/cost.py --mode copy --seconds 60
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

X264 = "bframes=0:rc-lookahead=0:sync-lookahead=0:sliced-threads=1:force-cfr=1"
PRESET, CRF = "veryfast", "21"


def make_source(path: Path, mode: str, seconds: int) -> None:
    """A moving 720p30 picture with a tone: MJPEG with PCM, as a webcam sends it, or H.264 with AAC, as a phone does."""
    picture = ["-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30"]
    sound = ["-f", "lavfi", "-i", "sine=440:r=48000"]
    coded = (
        ["-c:v", "mjpeg", "-q:v", "5", "-c:a", "pcm_s16le"]
        if mode == "encode"
        else ["-c:v", "libx264", "-preset", "veryfast", "-g", "30", "-bf", "0", "-b:v", "4M", "-c:a", "aac"]
    )
    command = ["ffmpeg", "-v", "error", "-y", *picture, *sound, "-t", str(seconds), *coded, str(path)]
    subprocess.run(command, check=True)


def feed(source: Path, pipe: Path) -> subprocess.Popen[bytes]:
    """Play the film into a pipe at its own speed."""
    form = "matroska" if source.suffix == ".mkv" else "mpegts"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-re", "-i", str(source), "-c", "copy", "-f", form, "-y", str(pipe)]
    return subprocess.Popen(command)


def ours(pipe: Path, out: Path, seconds: int) -> list[str]:
    command = [sys.executable, "-m", "vig_capture", "record", "--no-tui", "--camera", str(pipe), "--mic", "camera"]
    return [*command, "--out", str(out), "--for", str(seconds), "--segment-seconds", "60"]


def theirs(pipe: Path, out: Path, mode: str, seconds: int) -> list[str]:
    coded = ["-c:v", "copy"]
    if mode == "encode":
        coded = ["-c:v", "libx264", "-preset", PRESET, "-crf", CRF, "-x264-params", X264, "-g", "30"]
        coded += ["-pix_fmt", "yuv420p"]
    movie = ["-movflags", "frag_keyframe+empty_moov", "-flush_packets", "1"]
    film = ["-map", "0:v", *coded, "-map", "0:a", "-c:a", "aac", "-b:a", "160k", *movie, str(out / "film.mp4")]
    sound = ["-map", "0:a", "-c:a", "flac", str(out / "sound.flac")]
    return [
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        "-y",
        "-i",
        str(pipe),
        "-t",
        str(seconds),
        *film,
        "-t",
        str(seconds),
        *sound,
    ]


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; CPU seconds of it and of all that it waited for."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=("encode", "copy"), default="encode")
    parser.add_argument("--seconds", type=int, default=60)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_RUNTIME_DIR"] = name
        source = folder / ("source.mkv" if arguments.mode == "encode" else "source.ts")
        make_source(source, arguments.mode, arguments.seconds + 5)
        pipes = folder / "ours.pipe", folder / "theirs.pipe"
        for pipe in pipes:
            os.mkfifo(pipe)
        (folder / "theirs").mkdir()
        feeds = [feed(source, pipe) for pipe in pipes]
        recorder = subprocess.Popen(ours(pipes[0], folder / "ours", arguments.seconds))
        ffmpeg = subprocess.Popen(theirs(pipes[1], folder / "theirs", arguments.mode, arguments.seconds))
        our_s = cpu_s(recorder)
        their_s = cpu_s(ffmpeg)
        for process in feeds:
            process.kill()
            process.wait()
    share = (our_s - their_s) / arguments.seconds
    print(
        f"{arguments.mode}: vig-capture {our_s:.2f} s of CPU, ffmpeg {their_s:.2f} s, in {arguments.seconds} s of film"
    )
    print(f"ratio {our_s / their_s:.3f}, difference {100 * share:.1f} % of a core")
    return recorder.returncode or ffmpeg.returncode


if __name__ == "__main__":
    sys.exit(main())
