"""A private PulseAudio server whose only microphone is a named pipe: no desktop's sound is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from harness import wait_for

SOURCE = "measured"
"""The microphone's name: `--mic pulse:measured`."""


class PulseServer:
    """Needs pulseaudio, pactl and ALSA's pulse plugin. Its microphone hears what is written to `pipe` (s16le, mono)."""

    def __init__(self, folder: Path) -> None:
        """Start it, with everything in `folder`. Raises FileNotFoundError without pulseaudio, TimeoutError."""
        program = shutil.which("pulseaudio")
        if program is None:
            raise FileNotFoundError("pulseaudio is not installed")
        self.pipe = folder / "microphone"
        socket = folder / "sound-server"
        script = folder / "pulse.pa"
        script.write_text(
            f"load-module module-native-protocol-unix socket={socket} auth-anonymous=1\n"
            "load-module module-null-sink sink_name=other rate=48000\n",
            encoding="ascii",
        )
        self.env = {"PULSE_SERVER": f"unix:{socket}"}
        self._env = {**os.environ, **self.env, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
        self.process = subprocess.Popen(
            [program, "-n", "-F", str(script), "--daemonize=no", "--exit-idle-time=-1", "--log-target=stderr"],
            env=self._env,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(lambda: self._ask("info").returncode == 0, 10, "PulseAudio does not answer")
        self._module = ""
        self.plug_in()

    def plug_in(self) -> None:
        """Add the microphone."""
        form = "format=s16le rate=48000 channels=1"
        loaded = self._ask(
            "load-module", "module-pipe-source", f"source_name={SOURCE}", f"file={self.pipe}", *form.split()
        )
        self._module = loaded.stdout.strip()
        if not self._module:
            raise OSError(f"no microphone: {loaded.stderr.strip()}")
        self._ask("set-default-source", SOURCE)

    def unplug(self) -> None:
        """Take the microphone away."""
        self._ask("unload-module", self._module)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(5)

    def _ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["pactl", *words], env=self._env, capture_output=True, text=True, timeout=10)
