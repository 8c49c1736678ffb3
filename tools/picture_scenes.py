"""Made-up films for picture.py: a recorder that says one thing, and what lies around it."""

# ruff: noqa: ARG002 (they have the ports' arguments, used or not)

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import av

from vig_capture.archive.sessions import Session
from vig_capture.core.clips import Part
from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.model import Snapshot
from vig_capture.core.replay import SessionView, replay
from vig_capture.core.sheet import KINDS, Consent, Goal, KindOfFilm, Sheet, people_of
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import Vocabulary
from vig_capture.devices import frame_code
from vig_capture.devices.demo import video_frame
from vig_capture.devices.demo_scene import Scene
from vig_capture.devices.settings_files import load_settings, load_vocabulary, vocabulary_names
from vig_capture.media.shrink import shrink
from vig_capture.tui.prepare.ports import Choice, Device, Keys

MINUTE_NS = 60 * SECOND_NS
NOW_NS = 100 * MINUTE_NS
"""The made-up host's monotonic clock."""
T_NS = 12 * MINUTE_NS + 34 * SECOND_NS
MOMENTS = [("space", "self", 171), ("e", "self", 302), ("r", "other", 318), ("t", "self", 540), ("a", "self", 702)]
"""Key, person, second of the film."""
GOALS = (Goal("g1", "More calm moments together at meals", "calm meals"), Goal("g2", "Time to answer", "waiting"))
BEGAN = datetime(2026, 11, 22, 9, 40, tzinfo=UTC)
TV_RANGE = 1
"""Of FFmpeg's colour ranges."""
FOLDER = Path("2026-11-22T0940-7f3a")
CAMERA, MICROPHONE = Device("hd", "HD Webcam"), Device("table", "Table microphone")
CHOICE = Choice(CAMERA.use, MICROPHONE.use, "interaction", "vig-core")
WELL: list[tuple[str, str, float | None]] = [
    ("picture", "picture-seen", None),
    ("faces", "faces-all", 2),
    ("face-size", "face-size-good", 148),
    ("edges", "edges-good", None),
    ("headroom", "headroom-good", 12),
    ("leaving", "leaving-none", None),
    ("focus", "focus-good", None),
    ("camera", "camera-still", None),
    ("exposure", "exposure-good", None),
    ("face-light", "face-light-good", None),
    ("window", "window-good", None),
    ("shadow", "shadow-good", None),
    ("frame-rate", "frame-rate-good", 30),
    ("flicker", "flicker-none", None),
    ("sound", "sound-heard", None),
    ("microphone", "microphone-good", None),
    ("clipping", "clipping-good", -12),
    ("snr", "snr-good", 27),
    ("speech-level", "speech-good", -24),
    ("hum", "hum-none", None),
    ("rumble", "rumble-none", None),
    ("jumps", "jumps-none", None),
]
"""Check, code and number of a room in which all is well."""
FAULTY = {
    "window": Finding("window", Verdict.BAD, "window-behind", 4),
    "edges": Finding("edges", Verdict.ATTENTION, "edges-near"),
    "snr": Finding("snr", Verdict.ATTENTION, "snr-close", 14),
    "shadow": Finding("shadow", Verdict.UNKNOWN, "shadow-unknown"),
    "jumps": Finding("jumps", Verdict.UNKNOWN, "jumps-unheard"),
}
FOUND = [FAULTY.get(check) or Finding(check, Verdict.GOOD, code, value) for check, code, value in WELL]
"""Of the same room with a window behind them, and a fan."""
UNPLUGGED = {
    "what": "The microphone does not answer.",
    "why": "“Table microphone” was unplugged at 12:20.",
    "do": "Plug it in again: it is recorded again by itself.",
}


@cache
def picture(second: int, width: int, height: int) -> dict[str, Any]:
    """The drawn scene at this second, in so many points, as the recorder sends it; without its number in bits."""
    planes = video_frame(_scene(), 25 * second, second * SECOND_NS).to_ndarray()
    wall = _scene().height // frame_code.STRIP + 1
    planes[:wall] = planes[wall]
    frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
    frame.color_range = TV_RANGE
    return {"width": width, "height": height, "rgb": shrink(frame, width, height)}


@cache
def _scene() -> Scene:
    return Scene(640, 360, 25)


def snapshot(vocabulary: Vocabulary, **changes: Any) -> dict[str, Any]:
    """A film that goes well, with changes."""
    markers = [_marker(vocabulary, number, *moment) for number, moment in enumerate(MOMENTS)]
    markers[1] |= {"star": True, "goal": "g1"}
    whole = Snapshot(
        state="recording",
        session=FOLDER.name,
        folder="",
        t_ns=T_NS,
        mono_ns=NOW_NS,
        recorded_ns=T_NS,
        latest_end_ns=30 * MINUTE_NS,
        streams=[
            {
                "id": "cam1",
                "kind": "video",
                "source": CAMERA.name,
                "state": "live",
                "mode": "1280×720 at 30 a second",
            },
            {"id": "mic1", "kind": "audio", "source": MICROPHONE.name, "state": "live", "peak_dbfs": -17.0},
        ],
        minutes_left=1900.0,
        markers=markers,
        marker_count=len(markers),
        target_min=10,
        soft_end_min=15,
        goals=[{"id": goal.id, "label": goal.shown} for goal in GOALS],
        vocabulary=vocabulary.as_map(),
    )
    return asdict(whole) | changes


def idle(vocabulary: Vocabulary) -> dict[str, Any]:
    """A recorder that waits for Enter."""
    choice = {"cameras": [CHOICE.camera], "mics": [CHOICE.mic], "profile": CHOICE.kind, "vocabulary": CHOICE.vocabulary}
    nothing: dict[str, Any] = {"state": "idle", "t_ns": 0, "recorded_ns": 0, "markers": [], "marker_count": 0}
    well = [Finding(check, Verdict.GOOD, code, value).as_map() for check, code, value in WELL]
    return snapshot(vocabulary, **nothing, choice=choice, findings=well, detector="YuNet n")


def to_change(vocabulary: Vocabulary) -> dict[str, Any]:
    """The same where something is to be changed before the film."""
    return idle(vocabulary) | {"findings": [each.as_map() for each in FOUND], "detector": "YuNet n"}


def without_sound(vocabulary: Vocabulary) -> dict[str, Any]:
    """A microphone that was unplugged."""
    said = snapshot(vocabulary, trouble=[UNPLUGGED])
    said["streams"][1] |= {"state": "lost", "peak_dbfs": None}
    return said


def _marker(vocabulary: Vocabulary, number: int, name: str, who: str, second: int) -> dict[str, Any]:
    key, _ = vocabulary.find(name)
    t_ns = second * SECOND_NS
    return {"id": f"m{number}", "key": name, "label": key.label, "who": who, "t_ns": t_ns, "saved": True}


class Film:
    """A recorder that says one thing, sends a picture when it is asked to, and takes a press without answering it."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._said = said
        self._callback: Callable[[dict[str, Any]], None] = lambda _message: None

    def send(self, command: dict[str, Any]) -> None:
        if command["do"] == "look" and command["width"]:
            self._callback({"picture": picture(3, command["width"], command["height"])})

    def listen(self, callback: Callable[[dict[str, Any]], None]) -> None:
        self._callback = callback
        callback({"back": True})
        callback({"snapshot": self._said})

    def close(self) -> None:
        """Nothing is held."""


# What lies around ----------------------------------------------------------------------------------------------------


def sheet() -> Sheet:
    """A sheet that is nearly filled in."""
    kind = KindOfFilm.of(load_settings(profile="interaction"))
    filled = Sheet(
        helping_question="How can we enjoy meals again?",
        goals=GOALS,
        people=people_of("mother, child T"),
        place="home",
        activity="meal",
        cycle="2",
    )
    said = Consent("yes", "mother", "2026-11-22")
    return filled.of_kind(kind).consent("review", said).consent("supervision", said)


class Around:
    """The port Around of tui/visit.py."""

    def today(self) -> str:
        return "2026-11-22"

    def shelf(self) -> Around:
        return self

    def devices(self) -> tuple[Sequence[Device], Sequence[Device]]:
        return [CAMERA], [MICROPHONE]

    def kinds(self) -> Sequence[KindOfFilm]:
        return [KindOfFilm.of(load_settings(profile=name)) for name in KINDS]

    def vocabularies(self) -> Sequence[Keys]:
        return [Keys(name, load_vocabulary(name).name) for name in vocabulary_names()]

    def remembered(self) -> dict[str, str]:
        return {}

    def previous_sheets(self) -> Sequence[tuple[str, dict[str, Any]]]:
        return []

    def card(self) -> str:
        return ""

    def print_card(self) -> str:
        return ""

    def check(self, choice: Choice) -> str:
        return ""

    def remember(self, fields: dict[str, Any], choice: Choice) -> None:
        """Nothing."""

    def news(self) -> str:
        return ""

    def editor(self, folder: Path) -> Finished:
        return Finished()

    def clips(self, folder: Path) -> Clips:
        return Clips()

    def player(self) -> Around:
        return self

    def open_file(self, path: Path) -> None:
        """Nothing."""

    def sessions(self) -> Earlier:
        return Earlier()

    def erase(self, folder: Path) -> None:
        """Nothing."""

    def keep_fault(self, trace: str) -> None:
        print(trace)

    def kept(self) -> dict[str, Any]:
        return {}

    def keep(self, kept: dict[str, Any]) -> None:
        """Nothing."""


class Finished:
    """A session that is over: the port SessionEditor."""

    refusal = None
    unsaved = holes = 0

    def __init__(self) -> None:
        self.view: SessionView = replay(_records(load_vocabulary("vig-core")))

    def take(self, message: Mapping[str, Any]) -> dict[str, Any]:
        return {"ack": message["id"], "ok": True, "result": {}}

    def step(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is held."""


def _records(vocabulary: Vocabulary) -> Iterable[dict[str, Any]]:
    """A journal of one film file and the moments above, two of them on the short list."""
    told: list[dict[str, Any]] = [
        {"kind": "session", "id": FOLDER.name, "created_utc": BEGAN.isoformat(), "vocabulary": vocabulary.as_map()},
        {"kind": "run", "run": 1, "mono_ns": 0, "utc_ns": 0, "origin_mono_ns": 0, "origin_utc_ns": 0, "boot_id": "b"},
        {"kind": "stream", "stream": "cam1", "stream_kind": "video", "source": CAMERA.name},
        {"kind": "state", "state": "recording"},
        {"kind": "sheet", "id": "s", "fields": {"goals": [{"id": g.id, "label": g.shown} for g in GOALS]}},
        {"kind": "segment", "stream": "cam1", "file": "film/cam1-0001.mp4", "phase": "open", "start_ns": 0},
    ]
    for number, (name, who, second) in enumerate(MOMENTS):
        key, _ = vocabulary.find(name)
        look = {"look_back_s": key.look_back_s, "look_ahead_s": key.look_ahead_s}
        marker = {"kind": "marker", "id": f"m{number}", "key": name, "label": key.label, "who": who, **look}
        told.append(marker | {"t_ns": second * SECOND_NS})
    told += [
        {"kind": "star", "id": "a1", "of": "m1", "on": True},
        {"kind": "goal", "id": "a2", "of": "m1", "goal": "g1"},
        {"kind": "edit", "id": "a3", "of": "m1", "fields": {"shortlist": True}},
        {"kind": "edit", "id": "a4", "of": "m2", "fields": {"shortlist": True, "pick": True}},
        {"kind": "note", "id": "a5", "of": "m2", "text": "he looks up, and she is there"},
    ]
    closed = {"kind": "segment", "stream": "cam1", "file": "film/cam1-0001.mp4", "phase": "closed", "start_ns": 0}
    told.append(closed | {"end_ns": T_NS, "frames": 22620, "samples": 0, "size_bytes": 1, "sha256": ""})
    told += [{"kind": "state", "state": "closed", "t_ns": T_NS}, {"kind": "closed", "reason": "", "t_ns": T_NS}]
    return [{"v": 1, "seq": seq, "t_ns": 0} | record for seq, record in enumerate(told, 1)]


class Clips:
    """The port Clips: another second of the drawn scene for each moment."""

    def __init__(self) -> None:
        self._heard: Callable[[dict[str, Any]], None] = lambda _answer: None

    def listen(self, heard: Callable[[dict[str, Any]], None]) -> None:
        self._heard = heard

    def picture(self, key: str, part: Part, width: int, height: int) -> None:
        self._heard({"key": key, "picture": picture(part.offset_ns // SECOND_NS % 60, width, height)})

    def clip(self, key: str, parts: Sequence[Part]) -> None:
        """Nothing is played."""

    def forget(self) -> None:
        """Nothing was made."""

    def close(self) -> None:
        """Nothing is held."""


class Earlier:
    """The port Sessions: five films, each with another state."""

    def sessions(self) -> Iterable[Session]:
        def one(days: int, state: Any, kind: str, minutes: float, moments: int, **more: Any) -> Session:
            started = BEGAN - timedelta(days=days, minutes=7 * (days % 10))
            folder = Path(f"{started:%Y-%m-%dT%H%M}-7f3a")
            return Session(folder, state, started, kind, round(minutes * MINUTE_NS), moments, **more)

        yield one(0, "whole", "interaction", 12.6, 11, shortlisted=3, size_bytes=231_000_000)
        yield one(5, "whole", "shared-review", 71.2, 8, size_bytes=1_290_000_000)
        yield one(13, "recovered", "interaction", 10.4, 14, shortlisted=4, size_bytes=188_000_000)
        yield one(17, "unfinished", "lesson", 18.0, 5, size_bytes=342_000_000)
        yield one(121, "whole", "infant", 5.2, 6, shortlisted=3, size_bytes=95_000_000, due=True)

    def verify(self, folder: Path, progress: Callable[[int, int], None]) -> Sequence[str]:
        return []

    def erase(self, folder: Path) -> str:
        return ""
