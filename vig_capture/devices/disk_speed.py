"""How fast a folder's disk really writes, and how long it takes to make something safe."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from vig_capture.core.ports import Clock
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.disk import told

PIECE_BYTES = 1 << 20
PIECES = 8
MARKS = 10
PATIENCE_NS = 10 * SECOND_NS


@dataclass(frozen=True, slots=True)
class DiskSpeed:
    bytes_per_s: float
    """Written and synced."""
    sync_ms_max: float
    """The longest wait for a few bytes to be safe: what a marker waits for."""


def existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def disk_speed(folder: Path, clock: Clock) -> DiskSpeed:
    """Write and sync a file of 8 MB that is gone afterwards. Raises StorageError."""
    piece = os.urandom(PIECE_BYTES)
    # Without a name where the system can: nothing is left behind, whatever happens.
    with told(folder), tempfile.TemporaryFile(dir=folder, prefix=".vig-capture-", buffering=0) as file:
        began_ns = clock.mono_ns()
        written = 0
        for _ in range(PIECES):
            written += file.write(piece)
            os.fsync(file.fileno())
            if clock.mono_ns() - began_ns > PATIENCE_NS:
                break
        spent_ns = clock.mono_ns() - began_ns
        longest_ns = 0
        for _ in range(MARKS):
            before_ns = clock.mono_ns()
            file.write(b"a marker")
            os.fsync(file.fileno())
            longest_ns = max(longest_ns, clock.mono_ns() - before_ns)
    return DiskSpeed(written * SECOND_NS / max(spent_ns, 1), longest_ns / MS_NS)
