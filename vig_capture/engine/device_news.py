"""What cameras, microphones and the battery tell: shown to whoever looks, and written down. Nothing is decided here."""

from __future__ import annotations

from vig_capture.core.errors import VigError
from vig_capture.core.model import AudioMode, VideoMode
from vig_capture.engine import events
from vig_capture.engine.disk_watch import DiskWatch
from vig_capture.engine.events import Event
from vig_capture.engine.scribe import Scribe
from vig_capture.engine.status import Status

FILM_ENDED = "the film file has ended"
BATTERY_LOW_MIN = 15
BATTERY_WELL_MIN = 20
"""The figure goes up and down with what the computer does: only more than this is well again."""


class DeviceNews:
    """Used by control only."""

    def __init__(self, scribe: Scribe, status: Status, disk_watch: DiskWatch) -> None:
        self._scribe = scribe
        self._status = status
        self._disk_watch = disk_watch
        self._battery_low = False

    def take(self, event: Event) -> None:
        """Show and write down what has become of a device."""
        match event:
            case events.DeviceOpening(stream):
                self._status.device(stream, "opening")
                self._scribe.device(stream, "opening")
            case events.DeviceLive(stream, mode):
                self._live(stream, mode)
            case events.DeviceLost(stream, error):
                self._lost(stream, error)
            case events.Heard(stream, muted):
                self._heard(stream, muted)
            case events.BatteryLeft(minutes):
                self._battery(minutes)
            case events.FilmEnded(stream):
                self._status.device(stream, "ended")
                self._scribe.device(stream, "ended", reason=FILM_ENDED)

    def _live(self, stream: str, mode: VideoMode | AudioMode) -> None:
        rate = mode.rate if isinstance(mode, VideoMode) else float(mode.sample_rate)
        self._status.device(stream, "live", str(mode), rate)
        self._status.clear(stream)
        self._scribe.device(stream, "live", str(mode))
        if isinstance(mode, VideoMode):
            self._disk_watch.expect(stream, mode)

    def _lost(self, stream: str, error: VigError) -> None:
        self._status.device(stream, "lost")
        self._status.trouble(stream, error)
        self._status.notice(error.what, error.why, error.do)
        self._scribe.device(stream, "lost", reason=str(error))

    def _heard(self, stream: str, muted: bool) -> None:
        if not muted:
            self._status.clear(f"{stream} muted")
            self._warn("The microphone is heard again.", "", "")
            return
        error = VigError(
            "The microphone is muted.",
            "Nothing but exact silence is arriving.",
            "Switch it on: a button on the microphone, or the computer's sound settings.",
        )
        self._status.trouble(f"{stream} muted", error)
        self._warn(error.what, error.why, error.do)

    def _battery(self, minutes: float | None) -> None:
        self._status.battery_minutes = minutes
        if minutes is None or minutes > (BATTERY_WELL_MIN if self._battery_low else BATTERY_LOW_MIN):
            self._battery_low = False
            self._status.clear("battery")
            return
        why = f"It lasts about {minutes:.0f} minutes. What has been filmed is safe if it ends."
        error = VigError("The battery is nearly empty.", why, "Plug the mains in.")
        self._status.trouble("battery", error)
        if not self._battery_low:
            self._battery_low = True
            self._warn(error.what, error.why, error.do)

    def _warn(self, what: str, why: str, do: str) -> None:
        self._scribe.record("warning", what=what, why=why, do=do)
        self._status.notice(what, why, do)
