"""The picture of two faces is covered, darkened, moved and taken away while it is filmed in the virtual machine.

Made outside (`make_scene`): for each state some seconds of raw pictures in which something moves. Inside, a feeder
writes those of the state that stands in a file of orders. Judged is what the journal says of it (findings_judge.py).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lab_guest
import lab_judge
from findings_judge import changes, missed, rows_of
from harness import Recording
from scene_states import AWAY, COVERED, DARK, MOVED, PLAIN, STATES, give_order, ordered

from vig_capture.archive.show import describe
from vig_capture.core.findings import Verdict
from vig_capture.devices.clock import mono_ns
from vig_capture.engine.client import reach

if TYPE_CHECKING:
    from face_scene import Bgr

STAND_S = 20.0
"""Before the first change: the view becomes the one to compare with after 5 s of stillness."""


# --------------------------------------------------------------------------------------------------- outside


def scene_of(film: Path) -> Path:
    """The folder of the scene that lies beside a film and has its size: film-640x360.mkv, scene-640x360."""
    return film.with_name(film.stem.replace("film", "scene"))


def make_scene(film: Path) -> None:
    """A file of raw pictures (YU12) for each state, in scene_of(film), unless they are there."""
    from face_scene import PERIOD_S, changed, planes

    folder = scene_of(film)
    folder.mkdir(exist_ok=True)
    for state in STATES:
        path = folder / state
        if path.exists():
            continue
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            for picture in _pictures(*size_of(folder), round(PERIOD_S * lab_guest.RATE)):
                made = planes(changed(picture, state))
                for plane in (made.luma, made.blue, made.red):
                    file.write(plane.tobytes())
        part.rename(path)


def size_of(scene: Path) -> tuple[int, int]:
    """Width and height of a scene's pictures, which its name tells."""
    width, height = scene.name.rpartition("-")[2].split("x")
    return int(width), int(height)


def _pictures(width: int, height: int, count: int) -> Iterator[Bgr]:
    """The scene as it is, once to and fro."""
    from face_scene import ball, ball_place, canvas

    still, moving = canvas(width, height), ball(height)
    side = len(moving)
    for number in range(count):
        picture = still.copy()
        left, top = ball_place(width, height, number / lab_guest.RATE)
        picture[top : top + side, left : left + side] = moving
        yield picture


# ---------------------------------------------------------------------------------------------------- inside


def checks(guest: lab_guest.Guest, hold_s: float) -> None:
    """Each change for so long, and as long without it; in the end no picture comes at all, as from a camera that
    hangs."""
    order = guest.place.folder / "order"
    scene = scene_of(guest.film)

    def change(to: str) -> None:
        if to != AWAY:
            give_order(order, to)
        guest.event("changed", to=to)
        guest.wait(hold_s)

    give_order(order, PLAIN)
    feeding = guest.start_feeder(__file__, str(scene), str(order))
    recording = _record(guest, "", "--camera", lab_guest.LOOPBACK)
    for state in (COVERED, DARK, MOVED):
        change(state)
        change(PLAIN)
    feeding.kill()
    change(AWAY)
    guest.start_feeder(__file__, str(scene), str(order))
    change(PLAIN)
    _stop(guest, recording)


def unplugged(guest: lab_guest.Guest, hold_s: float) -> None:
    """A camera that is unplugged, and comes back as another one of the same name."""
    size = ("--size", "320x180", "--rate", str(lab_guest.RATE))
    # Its test picture has no face, and looking for one takes seconds here.
    recording = _record(guest, "faces_expected = 0\n", "--camera", "vivid", *size)
    lab_guest.unplug(guest)
    guest.wait(hold_s)
    _stop(guest, recording)


CASES: dict[str, lab_guest.Case] = {"checks": (checks, 20), "unplugged": (unplugged, 20)}


def _record(guest: lab_guest.Guest, settings: str, *camera: str) -> Recording:
    """Film with the checks on and these settings; returns when the picture has been checked for a while."""
    guest.place.set(settings + (f"face_model = {str(guest.model)!r}\n" if guest.model else ""))
    recording = guest.record(*camera, "--mic", "none")
    guest.wait_for(lambda: any(each["verdict"] != Verdict.UNKNOWN for each in _snapshot(guest)["findings"]))
    guest.event("checked")
    guest.wait(STAND_S)
    _note(guest, "standing")
    return recording


def _stop(guest: lab_guest.Guest, recording: Recording) -> None:
    _note(guest, "standing again")
    guest.stop(recording)


def _note(guest: lab_guest.Guest, what: str) -> None:
    """What is shown now, who looks for faces, and how busy the guest is."""
    shown = _snapshot(guest)
    load = Path("/proc/loadavg").read_text().split()[0]
    guest.event(what, detector=shown["detector"], findings=shown["findings"], load=load)


def _snapshot(guest: lab_guest.Guest) -> dict[str, Any]:
    with closing(reach(guest.place.runtime)) as client:
        return client.ask("status", 60)


def feed(scene: Path, order: Path, log_path: Path) -> None:
    """Write the scene's pictures to the loopback camera, in the state that is ordered, until somebody ends it."""
    size = size_of(scene)
    long = lab_guest.picture_bytes(*size)
    files = {path.name: (os.open(path, os.O_RDONLY), path.stat().st_size // long) for path in scene.iterdir()}

    def picture(number: int) -> bytes:
        file, count = files[ordered(order)]
        return os.pread(file, long, number % count * long)

    lab_guest.write_pictures(size, mono_ns(), log_path, picture)


# --------------------------------------------------------------------------------------------------- judged


def judge_checks(result: Path) -> dict[str, Any]:
    """Case `checks`."""
    return _judged(result, lab_judge.read_events(result))


def judge_unplugged(result: Path) -> dict[str, Any]:
    """Case `unplugged`."""
    states = {"gone": AWAY, "back": PLAIN}
    events = lab_judge.read_events(result)
    done = [{**each, "what": "changed", "to": states[each["what"]]} for each in events if each["what"] in states]
    return _judged(result, [*done, *events])


def _judged(result: Path, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    session = describe(result / "session")
    last = session["clock"][-1]
    origin_ns = int(last["mono_ns"] - last["t_ns"])
    end_ns = next(int(each["mono_ns"]) for each in events if each["what"] == "stop") - origin_ns
    standing = next(each for each in events if each["what"] == "standing")
    done = [(str(each["to"]), int(each["mono_ns"]) - origin_ns) for each in events if each["what"] == "changed"]
    rows = rows_of(changes(done, end_ns), session["quality"], standing["detector"])
    return {
        "changes": rows,
        "detector": standing["detector"],
        "load": [each["load"] for each in events if "load" in each],
        "standing": {each["check"]: each["code"] for each in standing["findings"]},
        "counters": last["streams"],
        "missed": [*missed(rows), *lab_judge.law_2(last["streams"])],
    }


JUDGES: dict[str, lab_judge.Judge] = {"checks": judge_checks, "unplugged": judge_unplugged}


if __name__ == "__main__":
    feed(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
