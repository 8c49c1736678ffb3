"""The one place where time is read (law 3: there is one clock).

`time.monotonic_ns` everywhere but on Windows, where it ticks at 15.6 ms and `perf_counter_ns` is read instead.
This module imports next to nothing: `vig-capture mark` reads the clock here before any other import.
"""

from __future__ import annotations

import sys
import time

mono_ns = time.perf_counter_ns if sys.platform == "win32" else time.monotonic_ns
"""The host's monotonic clock in nanoseconds, the same for all processes of one boot."""

cpu_ns = time.process_time_ns
"""Nanoseconds that this process has spent on the processor."""

STARTED_MONO_NS = mono_ns()
"""When this process imported its clock."""


class HostClock:
    """The port Clock on a real machine."""

    def __init__(self) -> None:
        self._boot_id = _read_boot_id()

    def mono_ns(self) -> int:
        return mono_ns()

    def utc_ns(self) -> int:
        return time.time_ns()

    def boot_id(self) -> str:
        return self._boot_id


def _read_boot_id() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        # Elsewhere the moment of the boot, to 100 s, names the boot.
        return f"boot-{(time.time_ns() - mono_ns()) // 100_000_000_000}"
