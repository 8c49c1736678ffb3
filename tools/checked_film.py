"""A film of a feed with two faces, with the checks on or off, keys pressed meanwhile, and what all of that costs.

For tools/check_load.py. Linux: CPU seconds come from /proc.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measure_picture
from decode_back import film_segments
from harness import Feed, Place, Presser, Recording, alive, session_folder, sleep_until, tool, wait_for
from pulse import SOURCE, PulseServer
from terminal import children

from vig_capture.core.findings import Verdict
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.engine.client import reach

CHECKER = "checker_main"
"""Stands in the command line of the checker process."""
LOOK_WIDTH, LOOK_HEIGHT = 640, 360
SOUND_BYTES = 48_000 * 4
"""That the checker is given in a second."""
START_S = 60.0
END_S = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be filmed."""

    size: str = "1280x720"
    rate: int = 30
    feed: tuple[str, ...] = ("--codec", "mjpeg")
    """How it is sent: further options of tools/feed.py."""
    settings: str = ""
    """Lines of settings.toml."""
    model: Path | None = None
    """YuNet's file."""

    @property
    def copied(self) -> bool:
        """Is it H.264, which is not encoded again?"""
        return "h264" in self.feed

    def settings_text(self, checks: bool) -> str:
        model = f"face_model = {str(self.model)!r}\n" if self.model else ""
        return f"checks = {str(checks).lower()}\n{model}{self.settings}"


class Costs:
    """CPU seconds and bytes read of the recorder and of each checker that it starts, asked once a second."""

    def __init__(self, recorder: int) -> None:
        self.recorder = recorder
        self.checker: int | None = None
        """The one that lives now."""
        self._cpu_s: dict[int, float] = {}
        self._read: dict[int, int] = {}
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def look(self) -> dict[str, float]:
        """So far: recorder_s and checker_s of CPU, checker_bytes that the checkers were given, and the moment."""
        with self._lock:
            if self.checker is None or not alive(self.checker):
                lines = children(self.recorder).items()
                self.checker = next((pid for pid, line in lines if CHECKER in line and alive(pid)), None)
            for pid in (self.recorder, self.checker):
                if pid is not None:
                    self._cpu_s[pid] = _cpu_s(pid) or self._cpu_s.get(pid, 0.0)
                    self._read[pid] = _read_bytes(pid) or self._read.get(pid, 0)
            others = [pid for pid in self._cpu_s if pid != self.recorder]
            return {
                "mono_ns": mono_ns(),
                "recorder_s": self._cpu_s.get(self.recorder, 0.0),
                "checker_s": sum(self._cpu_s[pid] for pid in others),
                "checker_bytes": sum(self._read[pid] for pid in others),
            }

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            self.look()


def _cpu_s(pid: int) -> float | None:
    """CPU seconds of a process; None where it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _read_bytes(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/io").read_text().split()[1])
    except OSError:
        return None


class CheckedFilm:
    """One film: begun when it is made, `settle` until the checks know something, `end` for its figures."""

    def __init__(self, wish: Wish, checks: bool) -> None:
        """Raises TimeoutError and RuntimeError where nothing is filmed."""
        self.wish, self.checks = wish, checks
        self.place = Place("checks")
        self._camera = self.place.folder / "camera"
        os.mkfifo(self._camera)
        self._server = _sound_server(self.place)
        self._feed = self._feeding()
        self.microphone = f"pulse:{SOURCE}" if self._server else "camera"
        sources = ["--camera", str(self._camera), "--mic", self.microphone, "--segment-seconds", "10"]
        self._recording = Recording(self.place, sources, self._settings())
        self._presser = Presser(self.place.runtime, random.Random(1), (0.2, 0.6))
        try:
            self.costs = Costs(self._recording.wait_running(START_S).pid)
            self._client = reach(self.place.runtime)
        except BaseException:
            self._close_processes()
            raise

    def _feeding(self) -> Feed:
        sound = ("--sound-pipe", str(self._server.pipe)) if self._server else ()
        more = ("--scene", "faces", "--size", self.wish.size, "--sound", "sine", *sound, *self.wish.feed)
        feed = Feed(self.place, f"pipe:{self._camera}", self.wish.rate, *more)
        with contextlib.suppress(OSError):
            # A camera does not wait for a busy machine.
            os.setpriority(os.PRIO_PROCESS, feed.process.pid, -10)
        return feed

    def lose_feed(self) -> None:
        """From now on no picture comes."""
        self._feed.end()
        self._feed.log.unlink()

    def feed_again(self) -> None:
        """Returns when pictures are sent again."""
        self._feed = self._feeding()
        log = self._feed.log
        wait_for(lambda: log.exists() and measure_picture.read_log(log), START_S, "the feed does not come back")

    def _settings(self) -> dict[str, str]:
        folder = self.place.folder / "config"
        (folder / "vig-capture").mkdir(mode=0o700, parents=True)
        (folder / "vig-capture" / "settings.toml").write_text(self.wish.settings_text(self.checks), encoding="utf-8")
        own = {"XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(self.place.folder / "data")}
        return own | (self._server.env if self._server else {})

    def snapshot(self) -> dict[str, Any]:
        """What a screen would be shown now. Raises VigError."""
        return self._client.ask("status")

    def known(self) -> frozenset[str]:
        """The checks that can tell something now."""
        findings = self.snapshot()["findings"]
        return frozenset(each["check"] for each in findings if each["verdict"] != Verdict.UNKNOWN)

    def settle(self, seconds: float) -> None:
        """Wait until the picture is checked, or at once where nothing is, and so long beyond."""
        if self.checks:
            wait_for(self.known, START_S, "the checks know nothing")
        sleep_until(mono_ns() + round(seconds * SECOND_NS))

    def press(self) -> None:
        """From now on keys are pressed."""
        self._presser.start()

    def end(self) -> dict[str, Any]:
        """Stop, and what became of film and keys; `waits ms`: from the press to the acknowledgement of each key that
        made a record."""
        self._presser.end()
        last = self.snapshot()
        code = self._recording.stop(END_S)
        self._feed.end()
        folder = session_folder(self.place)
        session = tool(self.place, "show", str(folder), "--json", timeout_s=END_S).json()
        films = [measure_picture.read_film(folder, segment) for segment in film_segments(session)]
        picture = measure_picture.report(films, self.wish.rate)
        kept = {one: ack for one, ack in self._presser.acks.items() if ack.act != "same"}
        waits = [(ack.at_ns - self._presser.sent[one]) / 1e6 for one, ack in kept.items()]
        losses = measure_picture.losses(picture, session)
        thinned = sum(int(each.get("thinned", 0)) for each in session["clock"][-1]["streams"].values())
        return {
            "exit code": code,
            "frames": picture.frames,
            **losses,
            "lost": max(0, losses["lost"] - thinned),
            "thinned": thinned,
            "gaps opened": len(session["gaps"]),
            "refused": len(self._presser.refused),
            "waits ms": waits,
            "detector": last["detector"],
            "quality": session["quality"],
            "origin_ns": session["clock"][-1]["mono_ns"] - session["clock"][-1]["t_ns"],
            "traceback": "Traceback" in self.place.recorder_log() + self._recording.output(),
        }

    def close(self) -> None:
        """Leave no process and no file behind."""
        self._client.close()
        self.costs.close()
        self._presser.end()
        self._close_processes()

    def _close_processes(self) -> None:
        self._feed.end()
        self._recording.clean_up()
        if self._server is not None:
            self._server.close()
        self.place.remove()


def _sound_server(place: Place) -> PulseServer | None:
    """A microphone of its own, which can overflow; None where there is no sound server for one, or no PortAudio."""
    try:
        importlib.import_module("sounddevice")
        return PulseServer(place.runtime_root)
    except (OSError, TimeoutError):
        return None


def shares(before: Mapping[str, float], after: Mapping[str, float], wish: Wish) -> dict[str, float]:
    """What was used between two looks at the costs, in percent of a core, and how many looks a second the checker had,
    by the bytes that it was given."""
    seconds = (after["mono_ns"] - before["mono_ns"]) / SECOND_NS
    width, height = (int(part) for part in wish.size.split("x"))
    small, luma = min(LOOK_WIDTH, width) * min(LOOK_HEIGHT, height) * 3, width * height
    pictures = max(0.0, (after["checker_bytes"] - before["checker_bytes"]) / seconds - SOUND_BYTES)
    # With a small picture goes the whole luma, but once a second only.
    looks = pictures / (small + luma) if pictures < small + luma else (pictures - luma) / small
    return {
        "recorder %": 100 * (after["recorder_s"] - before["recorder_s"]) / seconds,
        "checker %": 100 * (after["checker_s"] - before["checker_s"]) / seconds,
        "looks a second": looks,
    }
