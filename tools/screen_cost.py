"""What the picture costs while it is held on: CPU of the screen and of the recorder, and what is seen of it.

    python tools/screen_cost.py [--seconds 20] [--json]

The real command films 1280x720 at 30 in pseudo terminals of 120x40 in true colour and in 256 colours, and in one of
284x94, whose picture has 142x39 cells: first calm, then with the picture held on at five a second. The share of a core
is that of all threads of the process, from /proc. What the recorder spends more while the picture is on is its share of
it: decoding is done anyway, scaling and sending not.

In a window of 120x40 the picture has 60x16 cells. How far cells read back as pixels are from the scaled frame, and what
drawing costs where every point changes, tells look_cost.py; how far they are off in true colour is said here too.

Bars: the screen at most 15 % of a core with the picture on; read back, at most 8 of 255 off on average in true colour.
Exit code 1: one is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import look_cost
from pseudo_terminal import HALF, Held, Pty, cpu_s
from terminal import film_720p, place

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns

SHARE_PERCENT, OFF = 15.0, 8.0
WINDOWS = {
    "120x40 in true colour": ((120, 40), "truecolor"),
    "120x40 in 256 colours": ((120, 40), "256"),
    "284x94 in true colour": ((284, 94), "truecolor"),
}
CALM_S = 22
"""The picture goes by itself 20 s after the beginning."""


def shares(pids: dict[str, int], seconds: float, meanwhile: Callable[[], None]) -> dict[str, float]:
    """Per cent of a core that each process spends."""
    began_ns, before = mono_ns(), {name: cpu_s(pid) for name, pid in pids.items()}
    while mono_ns() - began_ns < seconds * SECOND_NS:
        meanwhile()
        time.sleep(0.2)
    took_s = (mono_ns() - began_ns) / SECOND_NS
    return {name: round(100 * (cpu_s(pid) - before[name]) / took_s, 1) for name, pid in pids.items()}


def film(source: Path, seconds: float, size: tuple[int, int], colours: str) -> dict[str, Any]:
    """One film: calm, then with the picture."""
    with place(source) as made:
        terminal = Pty(made.record(), made.environment, size, colours)
        try:
            terminal.wait_for("● RECORDING", seconds=40)
            pids = {"screen": terminal.child("screen_main"), "recorder": int(made.running()["pid"])}
            time.sleep(CALM_S)
            calm = shares(pids, seconds, lambda: None)
            held = Held(terminal)
            held.hold()
            since = terminal.written()
            picture = shares(pids, seconds, held.hold)
            wrote = terminal.written() - since
            assert terminal.find(HALF, since, 0) is not None, "the picture was on"
        finally:
            terminal.close()
    return {
        "calm_percent_of_a_core": calm,
        "picture_held_on_percent_of_a_core": picture,
        "recorder_more_with_the_picture": round(picture["recorder"] - calm["recorder"], 1),
        "written_kb_a_second": round(wrote / seconds / 1000),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args(arguments)
    with film_720p() as source:
        found: dict[str, Any] = {name: film(source, options.seconds, *window) for name, window in WINDOWS.items()}
    off = {name: look_cost.off(scene(120, 80, 50), "truecolor") for name, scene in look_cost.SCENES.items()}
    found["read_back_off_by_of_255"] = {name: round(each, 1) for name, each in off.items()}
    found["faults"] = [
        f"{name}: the screen takes {share} % of a core"
        for name in WINDOWS
        if (share := found[name]["picture_held_on_percent_of_a_core"]["screen"]) > SHARE_PERCENT
    ]
    found["faults"] += [f"{name}: read back {each:.1f} of 255 off" for name, each in off.items() if each > OFF]
    print(json.dumps(found, indent=None if options.json else 2))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    os.environ.pop("NO_COLOR", None)
    sys.exit(main())
