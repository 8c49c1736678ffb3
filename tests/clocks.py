"""A clock for tests that wait for nothing."""

from __future__ import annotations

from vig_capture.core.time import SECOND_NS


class HandClock:
    """The port Clock, moved by hand; whoever waits on it moves it too."""

    def __init__(self, now_ns: int = 1_000 * SECOND_NS) -> None:
        self.now_ns = now_ns
        self.utc_offset_ns = 10**18
        self.waits: list[float] = []

    def mono_ns(self) -> int:
        return self.now_ns

    def utc_ns(self) -> int:
        return self.now_ns + self.utc_offset_ns

    def boot_id(self) -> str:
        return "boot"

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_ns += round(seconds * SECOND_NS)
