"""What a screen or client may know: the state of the devices, what is wrong, what happened last; as one snapshot."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from vig_capture.core.errors import VigError
from vig_capture.core.model import Gap, Marker, Snapshot, Stream
from vig_capture.core.segments import Counters
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.capture import SoundInlet
from vig_capture.engine.checking import Found
from vig_capture.engine.scribe import Scribe

NOTICES_KEPT = 20
MARKERS_SHOWN = 8
SNAPSHOT_EVERY_NS = SECOND_NS // 4


@dataclass(slots=True)
class StreamStatus:
    """One stream, as the screen shows it."""

    stream: Stream
    state: str = "opening"
    mode: str = ""
    rate: float = 0.0
    """Frames or samples a second."""
    settled: bool = False
    """Live once, or failed once: nothing more is to be waited for at the start."""


class Status:
    """Kept by control, read by clients through snapshots."""

    def __init__(
        self, streams: list[Stream], counters: dict[str, Callable[[], Counters]], inlets: list[SoundInlet]
    ) -> None:
        self.streams = {stream.id: StreamStatus(stream) for stream in streams}
        self.unsaved: set[str] = set()
        """Ids of markers that are not on the disk yet."""
        self.battery_minutes: float | None = None
        self.found: Callable[[], Found] = Found
        """What the checks say now, once there are any."""
        self.faces_expected: int | None = None
        """As a client has said it before the film."""
        self._counters = counters
        self._inlets = {inlet.stream: inlet for inlet in inlets}
        self._trouble: dict[str, dict[str, str]] = {}
        self._notices: deque[dict[str, Any]] = deque(maxlen=NOTICES_KEPT)
        self._notice_count = 0

    def device(self, stream: str, state: str, mode: str = "", rate: float = 0.0) -> None:
        status = self.streams.get(stream)
        if status is not None:
            status.state = state
            status.mode = mode or status.mode
            status.rate = rate or status.rate
            status.settled = status.settled or state != "opening"

    def all_settled(self) -> bool:
        return all(status.settled for status in self.streams.values())

    def all_live(self) -> bool:
        return all(status.state == "live" for status in self.streams.values())

    def all_lost(self) -> bool:
        """Not one of its devices could be opened."""
        return bool(self.streams) and all(status.state == "lost" for status in self.streams.values())

    def any_live(self) -> bool:
        return any(status.state == "live" for status in self.streams.values())

    def rate(self, stream: str) -> float:
        status = self.streams.get(stream)
        return status.rate if status else 0.0

    def trouble(self, name: str, error: VigError) -> None:
        """Something is wrong until `clear`."""
        self._trouble[name] = {"what": error.what, "why": error.why, "do": error.do}

    def is_trouble(self, name: str, error: VigError) -> bool:
        """Has just this been said, and not been cleared?"""
        return self._trouble.get(name, {}).get("what") == error.what

    def clear(self, name: str) -> None:
        self._trouble.pop(name, None)

    def notice(self, what: str, why: str = "", do: str = "") -> None:
        """Something happened."""
        self._notice_count += 1
        self._notices.append({"n": self._notice_count, "what": what, "why": why, "do": do})

    def tell_devices(self, scribe: Scribe) -> None:
        """The journal begins: say how the devices are, which were opened before."""
        for stream, status in self.streams.items():
            trouble = self._trouble.get(stream)
            reason = " ".join(trouble.values()) if trouble and status.state == "lost" else ""
            scribe.device(stream, status.state, status.mode, reason)

    def lost(self, gap: Gap) -> None:
        """A gap has ended: say what is missing."""
        stream = self.streams.get(gap.stream)
        unit = "pictures" if stream is None or stream.stream.kind == "video" else "samples"
        seconds = ((gap.end_ns or gap.start_ns) - gap.start_ns) / SECOND_NS
        self.notice(f"{gap.stream}: {gap.lost} {unit} are missing ({seconds:.1f} s).", gap.cause.capitalize() + ".")

    def counters(self) -> dict[str, dict[str, Any]]:
        """For a clock point: what was captured, written and lost of each stream, and how a microphone's clock runs."""
        found: dict[str, dict[str, Any]] = {}
        for stream, counters in self._counters.items():
            found[stream] = counters().as_map()
            inlet = self._inlets.get(stream)
            if inlet is not None and inlet.clock is not None:
                found[stream]["samples"] = inlet.captured
                found[stream]["ppm"] = round(inlet.clock.ppm, 3)
                found[stream]["offset_ms"] = round(inlet.offset_ns / 1e6, 3)
        return found

    def lost_frames(self) -> int:
        """Pictures that are missing from the film, for whatever reason."""
        total = 0
        for stream, counters in self._counters.items():
            if self.streams[stream].stream.kind == "video":
                numbers = counters()
                total += numbers.lost + numbers.missed
        return total

    def snapshot(self, state: str, scribe: Scribe, mono_ns: int, minutes_left: float | None) -> dict[str, Any]:
        """All that may be shown now, as a map. Neither notes nor the sheet: the family may see the screen."""
        view = scribe.view
        t_ns = scribe.anchor.t_ns(mono_ns) if scribe.begun else 0
        stretches = view.open_stretches()
        shown = list(islice(reversed(view.markers.values()), MARKERS_SHOWN))
        # The sheet says of this film what the settings say of all of its kind.
        wished = view.settings | view.sheet
        found = self.found()
        snapshot = Snapshot(
            state=state,
            session=scribe.folder.name,
            folder=str(scribe.folder),
            t_ns=t_ns,
            mono_ns=mono_ns,
            recorded_ns=view.recorded_ns(t_ns),
            latest_end_ns=scribe.latest_end_ns,
            streams=[self._stream(status) for status in self.streams.values()],
            lost_frames=self.lost_frames(),
            minutes_left=None if minutes_left is None else round(minutes_left, 1),
            battery_minutes=None if self.battery_minutes is None else round(self.battery_minutes, 1),
            markers=[self._marker(marker) for marker in reversed(shown)],
            marker_count=len(view.markers),
            stretch_since_ns=stretches[-1].t_ns if stretches else None,
            target_min=_minutes(wished.get("target_min")),
            soft_end_min=_minutes(wished.get("soft_end_min")),
            goals=_goals(view.sheet.get("goals")),
            measure=view.sheet.get("measure") is True,
            vocabulary=scribe.plan.vocabulary.as_map(),
            choice={} if scribe.begun else scribe.plan.choice,
            findings=[finding.as_map() for finding in found.findings],
            detector=found.detector,
            trouble=list(self._trouble.values()),
            notices=list(self._notices),
        )
        return asdict(snapshot)

    def _stream(self, status: StreamStatus) -> dict[str, Any]:
        stream = status.stream
        shown: dict[str, Any] = {
            "id": stream.id,
            "kind": stream.kind,
            "source": stream.source,
            "state": status.state,
            "mode": status.mode,
        }
        counters = self._counters.get(stream.id)
        if counters is not None:
            shown |= counters().as_map()
        inlet = self._inlets.get(stream.id)
        if inlet is not None:
            shown |= {"peak_dbfs": round(inlet.peak_dbfs, 1), "rms_dbfs": round(inlet.rms_dbfs, 1)}
        return shown

    def _marker(self, marker: Marker) -> dict[str, Any]:
        return {
            "id": marker.id,
            "key": marker.key,
            "label": marker.label,
            "who": marker.who,
            "t_ns": marker.t_ns,
            "until_ns": marker.until_ns,
            "open": marker.open,
            "star": marker.star,
            "goal": marker.goal,
            "private": marker.private,
            "saved": marker.id not in self.unsaved,
        }


def _minutes(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _goals(value: object) -> list[dict[str, str]]:
    """Id and label of each goal of a sheet, as far as it is one."""
    told = value if isinstance(value, list) else []
    labelled = [each for each in told if isinstance(each, dict) and "label" in each]
    return [{"id": str(each.get("id") or each["label"]), "label": str(each["label"])} for each in labelled]
