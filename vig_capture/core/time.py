"""Session time: integer nanoseconds since the session's first record, on the host's monotonic clock.

Rule 1: session time never goes back and no step of the wall clock changes it.
Rule 2: within one boot of the host the anchor never changes, however often the recorder dies and returns.
Rule 3: after a reboot the new anchor comes from UTC, once, and never before the last recorded moment.
"""

from __future__ import annotations

from dataclasses import dataclass

SECOND_NS = 1_000_000_000
MS_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where session time 0 lies on the host's monotonic clock, and on the wall clock as it stood at the start."""

    origin_mono_ns: int
    origin_utc_ns: int
    boot_id: str

    def t_ns(self, mono_ns: int) -> int:
        """Session time of a moment on the host's monotonic clock."""
        return mono_ns - self.origin_mono_ns

    def mono_ns(self, t_ns: int) -> int:
        """The inverse of `t_ns`."""
        return t_ns + self.origin_mono_ns


def continued(anchor: Anchor, last_t_ns: int, mono_ns: int, utc_ns: int, boot_id: str) -> Anchor:
    """The anchor of a further run of the session, `last_t_ns` being the last recorded moment.

    The same boot keeps the anchor. After a reboot the monotonic clock has started anew: UTC says how long the hole was,
    and where UTC was set back meanwhile, the run continues right after the last record."""
    if boot_id == anchor.boot_id and anchor.t_ns(mono_ns) >= last_t_ns:
        return anchor
    t_now_ns = max(utc_ns - anchor.origin_utc_ns, last_t_ns + 1)
    return Anchor(mono_ns - t_now_ns, anchor.origin_utc_ns, boot_id)


def seconds(t_ns: int) -> float:
    """Nanoseconds as seconds, for people and for tables."""
    return t_ns / SECOND_NS
