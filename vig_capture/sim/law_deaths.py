"""What a death may cost: a recorder that dies while nothing else is wrong loses a second of what was captured, and
where the power was cut five."""

from __future__ import annotations

from vig_capture.core.time import SECOND_NS
from vig_capture.sim.law_files import DEATH_COSTS_NS, EDGE_NS, Kept, lost_later, span_of, wanted
from vig_capture.sim.room import Life, Room, SessionTruth, SpanSeen

WELL_NS = 60 * SECOND_NS
"""So long after a fault its last consequences are over."""


def deaths(room: Room, truth: SessionTruth, kept: dict[str, Kept]) -> None:
    """Check what the deaths of a session have cost."""
    for place, life in enumerate(truth.lives):
        if life.end not in DEATH_COSTS_NS or life.well_ns < WELL_NS or lost_later(room, truth, place):
            continue
        room.totals[f"deaths whose cost was checked: {life.end}"] += 1
        later = truth.lives[place + 1 :]
        for name in room.cameras:
            _pictures(room, life, name, kept[name], _cost_ns(life, later, name))
        for name in room.mics:
            _samples(room, life, name, kept[name], _cost_ns(life, later, name))


def _cost_ns(life: Life, later: list[Life], name: str) -> int:
    """What the end of a run may cost a stream. What a killed one had not brought to the disk is in danger until the
    next one has done so: a power cut before that is as if it had come at once."""
    for each in later:
        of_stream = [record for record in each.records if record["kind"] == "segment" and record["stream"] == name]
        own = {record["file"] for record in of_stream if record["phase"] == "open"}
        if any(record["phase"] == "closed" and record["file"] not in own for record in of_stream):
            break
        if each.end == "cut":
            return DEATH_COSTS_NS["cut"]
    return DEATH_COSTS_NS[life.end]


def _pictures(room: Room, life: Life, name: str, kept: Kept, cost_ns: int) -> None:
    if life.counters.get(name, {}).get("thinned"):
        return
    # The encoder holds one, and of reordered ones a pair waits for its third.
    few_ns = round(3 * SECOND_NS / room.cameras[name].mode.rate)
    from_ns = life.end_mono_ns - life.well_ns + WELL_NS
    until_ns = life.end_mono_ns - cost_ns - few_ns
    begun: SpanSeen | None = None
    for shot in life.shots.get(name, ()):
        span = span_of(life, shot.mono_ns)
        begun = span if shot.keyframe and wanted(life, shot) else begun
        # (The last before a pause may need one that came after it; a gap says so.)
        left_out = span is None or (span.until_ns is not None and shot.mono_ns > span.until_ns - few_ns)
        if left_out or shot.mono_ns < from_ns or shot.at_ns > until_ns or begun is not span or not wanted(life, shot):
            continue
        if shot.number not in kept.numbers and shot.number not in kept.strays:
            before_s = (life.end_mono_ns - shot.at_ns) / SECOND_NS
            room.broken(2, f"picture {shot.number} of {name}, {before_s:.1f} s before the {life.end}, is lost")
            return


def _samples(room: Room, life: Life, name: str, kept: Kept, cost_ns: int) -> None:
    from_ns = life.end_mono_ns - life.well_ns + WELL_NS
    until_ns = life.end_mono_ns - cost_ns
    for block in life.heard.get(name, ()):
        span = span_of(life, round(block.start_ns - EDGE_NS))
        if block.start_ns < from_ns or block.at_ns > until_ns or span is None or span.until_ns is not None:
            continue
        if not all(number in kept.numbers or number in kept.strays for number in block.ends()):
            before_s = (life.end_mono_ns - block.at_ns) / SECOND_NS
            room.broken(2, f"samples of {name}, {before_s:.1f} s before the {life.end}, are lost")
            return
