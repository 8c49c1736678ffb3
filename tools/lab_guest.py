"""What happens inside the virtual machine's guest: films a camera and a microphone of the kernel and lets them fail.

Started by tools/lab_runs.py, as root, in a guest that is thrown away afterwards. Each case leaves a folder for the
judge outside: session/, events.jsonl (what was done when), trace.txt (the kernel's own record of every buffer that
left a camera's queue), sent.csv (pictures fed), output.txt and recorder.log. The session grows on the guest's own
tmpfs.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import av
from harness import Place, Recording, session_folder, sleep_until

from vig_capture.core.errors import VigError
from vig_capture.core.time import SECOND_NS
from vig_capture.devices import v4l2
from vig_capture.devices.clock import mono_ns

LOOPBACK = "/dev/video0"
VIVID = Path("/dev/video1")
HIDDEN = Path("/dev/hidden")
VIVID_ARGUMENTS = ("n_devs=1", "vid_cap_nr=1", "node_types=0x1", "num_inputs=1", "input_types=0")
PLAYER, MICROPHONE = "hw:Loopback,0", "alsa:hw:0,1"
TRACING = Path("/sys/kernel/tracing")
DEQUEUED = "events/v4l2/v4l2_dqbuf"
RATE = 15
VIDEO_OUTPUT = 2
SAMPLE_RATE = 8_000
"""AAC of 48 kHz at the usual bitrate takes two whole emulated cores, since emulated floating point is slow; of
8 kHz at 28 kbit/s a third of one."""
SETTINGS = 'presets = ["ultrafast"]\nsound_bitrate_kbps = 28\ncrf = 35\n'
"""In software emulation the usual ones take longer than a picture or a sound lasts."""
SEGMENT_S = "5"
"""Every cut costs a file and an encoder of its own, which emulation makes dear."""
AWAY_S = 7.0
START_S = 90.0
"""Software emulation takes long to import."""


class GuestPlace(Place):
    """Runtime folder and films on the guest's tmpfs: the root folder is the outer machine's, through 9p."""

    def __init__(self) -> None:
        self.runtime_root = Path("/run/vig")
        self.folder = Path("/dev/shm/lab")
        self.out = self.folder
        self.runtime_root.mkdir(mode=0o700)
        self.folder.mkdir()
        self.runtime.mkdir(mode=0o700)

    def set(self, more: str) -> None:
        """The settings of the next recording: `more` are lines of settings.toml."""
        (self.runtime / "settings.toml").write_text(SETTINGS + more, encoding="utf-8")

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return super().env({"XDG_CONFIG_HOME": str(self.runtime_root), **(more or {})})

    def next_out(self) -> None:
        """A folder for one session."""
        self.out = self.folder / f"out{len(list(self.folder.glob('out*')))}"
        self.out.mkdir()


class Guest:
    """The recording in the guest, what feeds it, and the notes for the judge."""

    def __init__(self, film: Path, with_sound: bool, model: Path | None = None) -> None:
        """`model`: of the face detector, where the picture is checked."""
        self.place = GuestPlace()
        self.with_sound = with_sound
        self.film = film
        self.model = model
        self._result = Path()
        self._recordings = 0
        self._recording: Recording | None = None
        self._feeds: list[subprocess.Popen[bytes]] = []
        self._hold: int | None = None
        subprocess.run(["mount", "-t", "tracefs", "tracefs", str(TRACING)], check=False)
        for name, value in (("trace_clock", "mono"), ("buffer_size_kb", "4096"), (f"{DEQUEUED}/enable", "1")):
            (TRACING / name).write_text(value)
        self._warm_up()

    def _warm_up(self) -> None:
        """Have the programs in the guest's memory: reading them through 9p takes longer than the tool waits."""
        for module in ("vig_capture.cli.recorder_main", "vig_capture.cli.app", "vig_capture.cli.checker_main"):
            subprocess.run([sys.executable, "-c", f"import {module}"], env=self.place.env(), check=True)

    def begin(self, result: Path) -> None:
        """The next case."""
        self._result = result
        self._recordings = 0
        # Emulation has no time for checks where they are not the case.
        self.place.set("checks = false\n")
        (TRACING / "trace").write_text("")
        self.event("begun", load=Path("/proc/loadavg").read_text().split()[0])

    def end(self) -> None:
        """Whatever feeds or still films is ended."""
        if self._recording is not None:
            self._recording.clean_up()
            self._recording = None
        for feed in self._feeds:
            feed.kill()
            feed.wait()
        self._feeds.clear()
        log = self.place.recorder_log()
        if "Traceback" in log:
            self.event("trouble", log=log[-3000:])

    def event(self, what: str, **more: Any) -> None:
        """Note a moment, out of the guest at once: it may be killed when its time is over."""
        with (self._result / "events.jsonl").open("a", encoding="utf-8") as events:
            events.write(json.dumps({"what": what, "mono_ns": mono_ns(), **more}) + "\n")
            events.flush()
            os.fsync(events.fileno())

    def wait(self, seconds: float) -> None:
        sleep_until(mono_ns() + round(seconds * SECOND_NS))

    def wait_for(self, what: Callable[[], bool]) -> None:
        """Asked seldom, since asking costs much here. Raises TimeoutError."""
        end_ns = mono_ns() + round(START_S * SECOND_NS)
        while not what():
            if mono_ns() > end_ns:
                raise TimeoutError(f"nothing happened within {START_S:g} s")
            self.wait(0.5)

    def play(self) -> subprocess.Popen[bytes]:
        """The film's sound into the loopback card, with the card's own buffer full: short stalls do no harm.

        One channel: emulated floating point is a hundred times slower, and coding two takes longer than they last."""
        command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(self.film), "-map", "0:a", "-ac", "1"]
        player = subprocess.Popen([*command, "-ar", str(SAMPLE_RATE), "-f", "alsa", PLAYER])
        self._feeds.append(player)
        self.wait(3)
        return player

    def feed(self, epoch_ns: int) -> subprocess.Popen[bytes]:
        """The numbered pictures into the loopback camera, by a process that can be killed and started again."""
        return self.start_feeder(__file__, str(self.film), str(epoch_ns))

    def start_feeder(self, script: str, *arguments: str) -> subprocess.Popen[bytes]:
        """A program that feeds the loopback camera, and logs it where its last argument says. Returns when it does."""
        log = self._result / "sent.csv"
        command = [sys.executable, script, *arguments, str(log)]
        size = log.stat().st_size if log.exists() else 0
        feeder = subprocess.Popen(command, env=self.place.env())
        self._feeds.append(feeder)
        self.wait_for(lambda: log.exists() and log.stat().st_size > size)
        self._hold_node()
        return feeder

    def _hold_node(self) -> None:
        """Keep a handle on the camera: with its last one it forgets its format, and no feeder is taken again."""
        if self._hold is None:
            self._hold = os.open(LOOPBACK, os.O_RDWR)

    def record(self, *arguments: str) -> Recording:
        """Start filming; returns when a first film file is there."""
        self.event("record")
        self.place.next_out()
        mic = [] if "--mic" in arguments else ["--mic", MICROPHONE if self.with_sound else "none"]
        recording = Recording(self.place, ["--segment-seconds", SEGMENT_S, *mic, *arguments])
        self._recording = recording
        try:
            self.wait_for(lambda: recording.front.poll() is not None or any(self.place.out.glob("*/film/*")))
        except TimeoutError:
            self.event("silence", output=recording.output(), log=self.place.recorder_log()[-3000:])
            raise
        if recording.front.poll() is not None:
            raise RuntimeError(f"record ended with {recording.front.returncode}: {recording.output()}")
        self.event("filming")
        return recording

    def stop(self, recording: Recording) -> None:
        self.event("stop")
        code = recording.stop(60)
        self.event("stopped", code=code)
        self.keep(recording)

    def keep(self, recording: Recording) -> None:
        """Copy what the judge needs out of the guest."""
        self._recordings += 1
        number = str(self._recordings) if self._recordings > 1 else ""
        (self._result / f"output{number}.txt").write_text(recording.output(), encoding="utf-8")
        (self._result / "recorder.log").write_text(self.place.recorder_log(), encoding="utf-8")
        (self._result / "trace.txt").write_text((TRACING / "trace").read_text(), encoding="utf-8")
        shutil.copytree(session_folder(self.place), self._result / f"session{number}")
        shutil.rmtree(self.place.out)
        self.place.out.mkdir()
        os.sync()


def _control(node: Path, text: str) -> None:
    subprocess.run(["v4l2-ctl", "-d", str(node), "-c", text], check=True)


def film(guest: Guest, seconds: float) -> None:
    """The loopback camera and microphone for so many seconds."""
    guest.feed(mono_ns())
    guest.play()
    recording = guest.record("--camera", LOOPBACK, "--for", f"{seconds:g}")
    guest.event("stopped", code=recording.front.wait(seconds + 60))
    guest.keep(recording)


def picture(guest: Guest, seconds: float) -> None:
    """The camera alone: in emulation both together may be too much."""
    guest.feed(mono_ns())
    recording = guest.record("--camera", LOOPBACK, "--mic", "none", "--for", f"{seconds:g}")
    guest.event("stopped", code=recording.front.wait(seconds + 60))
    guest.keep(recording)


def sound(guest: Guest, seconds: float) -> None:
    """The microphone alone."""
    guest.play()
    recording = guest.record("--camera", "none")
    guest.wait(seconds)
    guest.stop(recording)


def vivid(guest: Guest, seconds: float) -> None:
    """A camera that is unplugged, and comes back as another one of the same name."""
    guest.play()
    recording = guest.record("--camera", "vivid", "--size", "320x180", "--rate", str(RATE))
    guest.wait(seconds)
    unplug(guest)
    guest.wait(seconds)
    guest.stop(recording)


def unplug(guest: Guest) -> None:
    """Take vivid away, and bring another one of its name."""
    VIVID.rename(HIDDEN)  # vivid is there again as soon as its last handle is closed; nobody shall find it
    _control(HIDDEN, "disconnect=1")
    guest.event("gone")
    guest.wait(AWAY_S)
    HIDDEN.unlink()
    subprocess.run(["rmmod", "vivid"], check=True)
    modules = os.environ["LAB_HOME"] + "/kernel"
    guest.event("loading")
    subprocess.run(["modprobe", "-d", modules, "vivid", *VIVID_ARGUMENTS], check=True)
    guest.event("back")


def feeder(guest: Guest, seconds: float) -> None:
    """A camera that hangs: it is there, but sends nothing, until its feeder is started again."""
    epoch_ns = mono_ns()
    feeding = guest.feed(epoch_ns)
    guest.play()
    recording = guest.record("--camera", LOOPBACK)
    guest.wait(seconds)
    feeding.kill()
    guest.event("gone")
    guest.wait(AWAY_S)
    guest.event("back")  # the first picture is in sent.csv
    guest.feed(epoch_ns)
    guest.wait(seconds + 4)
    guest.stop(recording)


def faulty(guest: Guest, seconds: float) -> None:
    """Buffers that the driver flags as damaged, and pictures that it drops."""
    guest.play()
    recording = guest.record("--camera", "vivid", "--size", "320x180", "--rate", str(RATE))
    guest.wait(3)
    for _ in range(5):
        _control(VIVID, "inject_v4l2_buf_flag_error=1")
        guest.event("damaged")
        guest.wait(1)
    _control(VIVID, "percentage_of_dropped_buffers=5")
    guest.event("dropping")
    guest.wait(seconds)
    _control(VIVID, "percentage_of_dropped_buffers=0")
    guest.wait(2)
    guest.stop(recording)


def stop(guest: Guest, _seconds: float) -> None:
    """Stop while camera and microphone hang: just now, and since long."""
    for silent_s in (0.3, 6.0):
        feeding = guest.feed(mono_ns())
        playing = guest.play()
        recording = guest.record("--camera", LOOPBACK)
        guest.wait(5)
        feeding.send_signal(signal.SIGSTOP)
        playing.send_signal(signal.SIGSTOP)
        guest.event("silent")
        guest.wait(silent_s)
        guest.stop(recording)
        guest.end()


def microphone(guest: Guest, seconds: float) -> None:
    """A microphone whose source goes away and comes back."""
    guest.feed(mono_ns())
    playing = guest.play()
    recording = guest.record("--camera", LOOPBACK)
    guest.wait(seconds)
    playing.kill()
    playing.wait()
    guest.event("gone")
    guest.wait(AWAY_S)
    guest.event("back")
    guest.play()
    guest.wait(seconds)
    guest.stop(recording)


Case = tuple[Callable[[Guest, float], None], float]
"""What is done, and the seconds that it is given."""
CASES: dict[str, Case] = {
    "film": (film, 168),
    "picture": (picture, 64),
    "sound": (sound, 64),
    "vivid": (vivid, 8),
    "feeder": (feeder, 8),
    "faulty": (faulty, 20),
    "stop": (stop, 0),
    "microphone": (microphone, 6),
}


def run(cases: Mapping[str, Case], film_file: Path, with_sound: bool = True, model: Path | None = None) -> None:
    """Carry out cases one after the other, each into its own folder beside the film."""
    guest, work = Guest(film_file, with_sound, model), film_file.parent
    for case, (act, seconds) in cases.items():
        guest.begin(work / case)
        try:
            act(guest, seconds)
        except (OSError, RuntimeError, TimeoutError, subprocess.SubprocessError, VigError) as error:
            guest.event("failed", why=str(error)[-3000:])
        guest.end()


def write_pictures(size: tuple[int, int], epoch_ns: int, log_path: Path, picture: Callable[[int], bytes]) -> None:
    """Write picture k at epoch + k / RATE, until one is empty; those that were due before are left out."""
    with log_path.open("a", encoding="ascii") as log:
        node = os.open(LOOPBACK, os.O_RDWR)
        _set_format(node, *size)
        number = max(0, -((epoch_ns - mono_ns()) * RATE // SECOND_NS))
        while data := picture(number):
            sleep_until(epoch_ns + number * SECOND_NS // RATE)
            os.write(node, data)
            log.write(f"{number},{mono_ns()},0\n")
            log.flush()
            number += 1


def write_film(film_file: Path, epoch_ns: int, log_path: Path) -> None:
    """Write the film's pictures to the camera, each once."""
    with av.open(str(film_file)) as container:
        size = container.streams.video[0].width, container.streams.video[0].height
    long = picture_bytes(*size)
    with pictures_of(film_file).open("rb") as pictures:

        def picture(number: int) -> bytes:
            data = os.pread(pictures.fileno(), long, number * long)
            return data if len(data) == long else b""

        write_pictures(size, epoch_ns, log_path, picture)


def picture_bytes(width: int, height: int) -> int:
    """Of a picture in planes of 8 bits (YU12)."""
    return width * height * 3 // 2


def pictures_of(film_file: Path) -> Path:
    """The film's pictures as they are written to the camera, one behind the other: planes of 8 bits (YU12)."""
    return film_file.with_suffix(".yuv")


def _set_format(node: int, width: int, height: int) -> None:
    """Planes of 8 bits, which nobody has to decode or convert, unless another handle has kept that already."""
    wanted = v4l2.Format(type=VIDEO_OUTPUT)
    pix = wanted.fmt.pix
    pix.width, pix.height, pix.pixelformat = width, height, v4l2.from_fourcc("YU12")
    pix.sizeimage, pix.field = ctypes.c_uint32(picture_bytes(width, height)).value, v4l2.FIELD_NONE
    try:
        v4l2.ioctl(node, v4l2.S_FMT, wanted)
    except OSError as error:
        print(f"feeder: the format stays as it was ({error})", file=sys.stderr)


if __name__ == "__main__":
    write_film(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
