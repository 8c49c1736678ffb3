"""What the sound checks make of known sound: speech and noise at known levels, faults that come and go, quiet rooms.

    python tools/check_sound.py SPEECH … [--quiet-hours 1] [--p56 ACTLEV]

SPEECH: sound files with one or more people speaking; best without noise of their own. The reference for levels is
ITU-T P.56 over the whole file (tools/sound_scenes.py), with --p56 checked against `actlev` of the ITU-T's G.191
software tools; for true peaks FFmpeg's ebur128, where `ffmpeg` is installed. Noise starts at 20 Hz, as rooms' does.
Babble nearly as loud as the speech is speech itself, so it is judged from 10 dB on only.
"""

from __future__ import annotations

import argparse
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from sound_scenes import (
    RATE,
    Samples,
    active_level_db,
    at_level,
    babble,
    hum,
    noise,
    quantised,
    read,
    rumble,
)

from vig_capture.checks.sound.speech import measured
from vig_capture.checks.sound.voice import voice_detector
from vig_capture.checks.sound.watch import SoundWatch
from vig_capture.checks.view import CheckSettings
from vig_capture.core.findings import Finding, Verdict

BLOCK = RATE // 2
"""As the recorder hands sound over."""
LEVEL_DB = -26.0
BABBLE = "babble of 12"
SNR_DB = (30, 20, 15, 10, 5, 0)
FAULT_LEVEL_DB = -30.0
FAULT_S, CURE_S, END_S = 20.0, 32.0, 45.0
ROOMS = ((0.0, "white"), (5.0, "5 dB less an octave"))
FAULTY = (Verdict.ATTENTION, Verdict.BAD)
OFF_MAX_DB, PEAK_OFF_MAX_DB, FOUND_MAX_S = 2.0, 0.2, 5.0


def watch() -> SoundWatch:
    return SoundWatch(CheckSettings(), RATE, 1, voice_detector())


def looks(samples: Samples, by: SoundWatch) -> Iterator[tuple[float, dict[str, Finding]]]:
    """The findings after each block, with the seconds heard so far."""
    sound = samples.astype(np.float32)
    for start in range(0, len(sound), BLOCK):
        by.add(sound[start : start + BLOCK])
        yield (start + BLOCK) / RATE, {finding.check: finding for finding in by.findings()}


def row(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def table(*heads: str) -> None:
    print()
    row(*heads)
    row(*("---" for _ in heads))


def own_noise_db(speech: Samples) -> float:
    """The noise that a recording of speech came with: its quietest twentieth, in tenths of a second."""
    parts = speech[: len(speech) // 4800 * 4800].reshape(-1, 4800)
    return 10 * float(np.log10(np.percentile(np.square(parts).mean(axis=1), 5) + 1e-12))


def looped(speech: Samples, seconds: float) -> Samples:
    return np.resize(speech, round(seconds * RATE))


# -------------------------------------------------------------------------------------------------------------- levels


def judge_levels(name: str, speech: Samples, talk: Samples) -> float:
    """Speech at a known level in noise of known level: by how much it is off at most, where the noise is no speech."""
    worst = 0.0
    known_db = active_level_db(speech)
    clean = at_level(looped(speech, max(30.0, len(speech) / RATE)), LEVEL_DB, known_db)
    own = 10 ** (own_noise_db(clean) / 10)
    noises = {"white": noise(30, 0, 1), "pink": noise(30, 3, 2), BABBLE: babble(talk, 12, 3)}
    for kind, room in noises.items():
        for snr_db in SNR_DB:
            by = watch()
            for _ in looks(clean + at_level(np.resize(room, len(clean)), LEVEL_DB - snr_db), by):
                pass
            found = measured(by.view())
            if found is None:
                row(name, kind, snr_db, "can't tell", "")
                continue
            true_db = LEVEL_DB - 10 * np.log10(10 ** ((LEVEL_DB - snr_db) / 10) + own)
            level_off, snr_off = found[0] - LEVEL_DB, found[1] - true_db
            row(name, kind, f"{true_db:.1f}", f"{level_off:+.1f}", f"{snr_off:+.1f}")
            if kind != BABBLE or snr_db >= 10:
                worst = max(worst, abs(level_off), abs(snr_off))
    return worst


def judge_reference(speeches: dict[str, Samples], actlev: str) -> None:
    """The reference of this tool against the ITU-T's own program."""
    table("speech", "P.56 here, dBov", "actlev")
    for name, speech in speeches.items():
        with tempfile.NamedTemporaryFile(suffix=".raw") as file:
            file.write((np.clip(speech, -1, 1 - 2**-15) * 2**15).astype("<i2").tobytes())
            file.flush()
            said = subprocess.run([actlev, "-q", "-sf", str(RATE), file.name], capture_output=True, text=True).stdout
        told = re.search(r"ActLev\[dB\]:\s*(\S+)", said)
        row(name, f"{active_level_db(speech):.2f}", told[1] if told else said)


def judge_peaks(sounds: dict[str, Samples]) -> float:
    """True peaks against FFmpeg's ebur128."""
    worst = 0.0
    table("true peak of", "here, dBTP", "ebur128")
    for name, sound in sounds.items():
        by = watch()
        whole = np.concatenate([np.zeros(RATE // 10), sound, np.zeros(RATE)])
        highest = max(float(by.view().cells["peak"].max()) for _ in looks(whole, by))
        here_db, there_db = 20 * np.log10(highest), ebur128_db(sound)
        row(name, f"{here_db:.2f}", f"{there_db:.1f}")
        worst = max(worst, abs(here_db - there_db))
    return worst


def ebur128_db(sound: Samples) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((np.clip(sound, -1, 1 - 2**-15) * 2**15).round().astype("<i2").tobytes())
        call = ["ffmpeg", "-hide_banner", "-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-"]
        said = subprocess.run(call, capture_output=True, text=True).stderr
    return float(re.findall(r"Peak:\s*(\S+) dBFS", said)[-1])


def wave_sounds(speeches: dict[str, Samples]) -> dict[str, Samples]:
    t = np.arange(4 * RATE) / RATE
    slow = 0.7 * np.sin(np.pi * t / 4) ** 2
    tones = {f"{hz} Hz between the samples": slow * np.sin(2 * np.pi * hz * t + np.pi / 4) for hz in (997, 6000, 12000)}
    return tones | {f"{name}, clipped": np.clip(at_level(sound, -8.0), -1, 1) for name, sound in speeches.items()}


# -------------------------------------------------------------------------------------------------------------- faults


def faults(room: Samples) -> dict[str, tuple[str, Callable[[Samples], Samples]]]:
    """Each with the check that must find it, and what it does to a stretch of speech in a quiet room."""
    seconds = CURE_S - FAULT_S
    made: dict[str, tuple[str, Callable[[Samples], Samples]]] = {
        "muted": ("microphone", np.zeros_like),
        "40 dB quieter": ("microphone", lambda x: x / 100),
        "clipping by 6 dB": ("clipping", lambda x: np.clip(x / np.abs(x).max() * 2, -1, 1)),
        "clipping by 12 dB": ("clipping", lambda x: np.clip(x / np.abs(x).max() * 4, -1, 1)),
    }
    for hz in (50, 60):
        for level in (-50, -40, -30):
            made[f"hum {hz} Hz at {level} dB"] = ("hum", adding(hum(seconds, hz), level))
    for level in (-35, -26, -20):
        made[f"rumble at {level} dB"] = ("rumble", adding(rumble(seconds, 5), level))
    for level in (-40, -30, -26):
        made[f"TV noise at {level} dB"] = ("snr", adding(room[: round(seconds * RATE)], level))
    return made


def adding(sound: Samples, level: float) -> Callable[[Samples], Samples]:
    return lambda x: x + at_level(sound, level)


def judge_faults(name: str, speech: Samples) -> float:
    """Each fault in the middle of speech at −30 dB in a room at −66 dB: when it is found and when it goes."""
    slowest = 0.0
    clean = at_level(looped(speech, END_S), FAULT_LEVEL_DB, active_level_db(speech))
    room = noise(END_S, 3, 7)
    clean += at_level(room, -66.0)
    first, last = round(FAULT_S * RATE), round(CURE_S * RATE)
    for fault, (check, make) in faults(room).items():
        sound = clean.copy()
        sound[first:last] = make(sound[first:last])
        told = [(t, findings[check].verdict in FAULTY) for t, findings in looks(sound, watch())]
        before = any(bad for t, bad in told if 5.0 < t <= FAULT_S)
        found = next((t - FAULT_S for t, bad in told if t > FAULT_S and bad), None)
        gone = next((t - CURE_S for t, bad in told if t > CURE_S and not bad), None)
        row(name, fault, check, *("never" if each is None else f"{each:.1f} s" for each in (found, gone)), before)
        if check != "snr":
            slowest = max(slowest, 99.0 if found is None else found)
    return slowest


# --------------------------------------------------------------------------------------------------------- quiet rooms


def judge_rooms(hours: float) -> int:
    """False alarms in quiet rooms, the most of any: how often a check begins to find fault."""
    counts: dict[int, int] = {}
    for level, (slope_db, kind), bits in itertools.product((-60, -75, -90), ROOMS, (16, 24)):
        by, alarms, shown = watch(), [], set[str]()
        for minute in range(max(1, round(hours * 15))):
            sound = at_level(noise(60, slope_db, minute), level)
            for _, findings in looks(quantised(sound, bits, minute), by):
                faulty = {check for check, finding in findings.items() if finding.verdict in FAULTY}
                alarms += sorted(faulty - shown)
                shown = faulty
        row(f"{level} dBFS", kind, bits, len(alarms), ", ".join(sorted(set(alarms))))
        counts[level] = counts.get(level, 0) + len(alarms)
    return max(counts.values())


def cost(speech: Samples) -> float:
    """Share of a core, in per cent."""
    by, sound = watch(), looped(speech, 60)
    began_s = time.thread_time()
    for _ in looks(sound, by):
        pass
    return 100 * (time.thread_time() - began_s) / 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("speech", nargs="+", type=Path)
    parser.add_argument(
        "--quiet-hours", type=float, default=1.0, help="of each level, in four kinds; 0 leaves them out"
    )
    parser.add_argument("--p56", metavar="ACTLEV", help="the ITU-T's actlev, to check the reference itself")
    arguments = parser.parse_args()
    speeches = {path.stem: read(path) for path in arguments.speech}
    talk = np.concatenate([at_level(speech, LEVEL_DB) for speech in speeches.values()])
    sums: list[tuple[str, str, bool]] = []
    if arguments.p56:
        judge_reference(speeches, arguments.p56)
    table("speech", "noise", "SNR, dB", "level off by", "SNR off by")
    off = max(judge_levels(name, speech, talk) for name, speech in speeches.items())
    sums.append(("speech level and SNR off by at most", f"{off:.1f} dB", off <= OFF_MAX_DB))
    if shutil.which("ffmpeg"):
        off = judge_peaks(wave_sounds(speeches))
        sums.append(("true peak off by at most", f"{off:.2f} dB", off <= PEAK_OFF_MAX_DB))
    table("speech", "fault", "check", "found after", "gone after", "before the fault too")
    slowest = max(judge_faults(name, speech) for name, speech in speeches.items())
    sums.append(("a fault is found within", f"{slowest:.1f} s", slowest <= FOUND_MAX_S))
    if arguments.quiet_hours:
        table("quiet room", "noise", "bits", "false alarms", "of")
        most = judge_rooms(arguments.quiet_hours)
        sums.append((f"false alarms in {arguments.quiet_hours:g} h of a quiet room", str(most), most <= 1))
    share = cost(talk)
    sums.append(("cost", f"{share:.2f} % of a core", share < 2))
    table("", "", "")
    for what, value, good in sums:
        row(what, value, "good" if good else "BAD")
    return 0 if all(good for *_, good in sums) else 1


if __name__ == "__main__":
    sys.exit(main())
