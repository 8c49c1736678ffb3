"""What must hold of still pictures: each that the journal names is on the disk, is what the camera saw then, and shows
nothing of a pause."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vig_capture.core.model import Still
from vig_capture.core.replay import SessionView
from vig_capture.sim.room import Life, Room, SessionTruth


def stills(room: Room, truth: SessionTruth, views: list[SessionView]) -> None:
    """Check every still picture of a session against what was handed over."""
    for folder, view in zip(truth.folders, views, strict=True):
        for still in view.stills.values():
            room.totals["stills kept"] += 1
            _still(room, truth, folder, still)


def _still(room: Room, truth: SessionTruth, folder: Path, still: Still) -> None:
    file = room.disk.files.get(folder / still.file)
    if file is None:
        room.broken(1, f"{still.file} is in the journal and not on the disk")
        return
    data = bytes(file.data)
    if hashlib.sha256(data).hexdigest() != still.sha256 or len(data) != still.size_bytes:
        if not room.sync_failed:
            room.broken(1, f"{still.file} is not the picture that was taken")
        return
    number = int(data.removeprefix(b"still "))
    shots = [(life, shot) for life in truth.lives for shot in life.shots.get(still.stream, ()) if shot.number == number]
    if not shots:
        room.broken(5, f"{still.file} shows picture {number}, which was never handed over")
    for life, shot in shots:
        assert life.anchor is not None, "a still is taken in a session that has begun"
        if life.anchor.t_ns(shot.mono_ns) != still.t_ns:
            room.broken(3, f"{still.file} stands at {still.t_ns}, it was taken at {life.anchor.t_ns(shot.mono_ns)}")
        if not _was_filming(life, still):
            room.broken(4, f"{still.file} was taken while nothing was to be kept")


def _was_filming(life: Life, still: Still) -> bool:
    """Was its moment within the film, as far as it was known when it was written down?"""
    filming = False
    for record in life.records:
        if record["kind"] == "still" and record["id"] == still.id:
            break
        if record["kind"] in ("state", "pause", "resume") and record["t_ns"] <= still.t_ns:
            filming = record.get("state") == "recording" or record["kind"] == "resume"
    return filming
