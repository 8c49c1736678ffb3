"""Law 2 in numbers: captured = written + lost + thinned, and every loss stands in a gap."""

from __future__ import annotations

from vig_capture.core.model import Gap
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.sim.law_files import FLIGHT_NS, lateness_ns, span_of, wanted
from vig_capture.sim.room import Life, Room, SessionTruth, SpanSeen


def counts(room: Room, truth: SessionTruth, gaps: dict[str, Gap]) -> None:
    """Check the numbers of every run that came to its end."""
    for life in truth.lives:
        if life.end != "closed" or life.anchor is None:
            continue
        for name, numbers in life.counters.items():
            if numbers["captured"] != numbers["written"] + numbers["lost"] + numbers["thinned"]:
                room.broken(2, f"{name}: {numbers} (run {life.number})")
            told = sum(
                gap.lost
                for gap in gaps.values()
                if gap.stream == name and _run(gap) == life.run and not gap.id.endswith("death")
            )
            if told != numbers["lost"] + numbers["missed"]:
                room.broken(2, f"{name}: gaps tell of {told}, the counters of {numbers} (run {life.number})")
            if name in room.cameras:
                _captured(room, life, name, numbers["captured"])
            else:
                _heard(room, life, name, numbers["captured"])
            for what, number in numbers.items():
                if isinstance(number, int):
                    room.totals[f"{name[:3]} {what}"] += number


def _run(gap: Gap) -> int:
    return int(gap.id.split("-")[1])


def _captured(room: Room, life: Life, name: str, captured: int) -> None:
    """As many pictures as the camera handed over."""
    least = most = 0
    sure: SpanSeen | None = None
    maybe: SpanSeen | None = None
    for shot in life.shots.get(name, ()):
        number = 1 + shot.lost_before
        span = span_of(life, shot.mono_ns)
        if span is None:
            # Taken after the press, written before control had heard of it.
            most += number * any(_just_after(each, shot.mono_ns) for each in life.spans)
            continue
        # A film begins with a picture that can be decoded by itself; those before it are no loss.
        maybe = span if shot.keyframe else maybe
        sure = span if shot.keyframe and shot.mono_ns > span.from_ns else sure
        most += number * (maybe is span)
        least += number * (sure is span and wanted(life, shot))
    most += life.dropped.get(f"film {name}", 0)
    if not least <= captured <= most:
        room.broken(2, f"{name}: {captured} pictures counted, {least} to {most} were handed over (run {life.number})")


def _heard(room: Room, life: Life, name: str, captured: int) -> None:
    """As many samples as the microphone handed over; where a span cuts through a block, the clock decides."""
    inside = 0.0
    blocks = 0
    for block in life.heard.get(name, ()):
        end_ns = block.start_ns + block.count * block.sample_ns
        for span in life.spans:
            until_ns = span.until_ns if span.until_ns is not None else life.end_mono_ns
            if block.at_ns > until_ns + FLIGHT_NS:
                blocks += block.count if block.start_ns < until_ns else 0
                continue
            part_ns = min(end_ns, until_ns) - max(block.start_ns, span.from_ns)
            inside += max(part_ns, 0) / block.sample_ns
    rate = room.mics[name].mode.sample_rate
    # Heard after the press, written before control had heard of it.
    late_ns = sum((span.until_at_ns or 0) - (span.until_ns or 0) for span in life.spans)
    slack = rate * (0.15 * 2 * len(life.spans) + (late_ns + lateness_ns(life, name)) / SECOND_NS)
    slack += blocks + life.dropped.get(f"sound {name}", 0)
    if abs(captured - inside) > slack:
        room.broken(2, f"{name}: {captured} samples counted, {inside:.0f} were handed over (run {life.number})")


def _just_after(span: SpanSeen, mono_ns: int) -> bool:
    return (
        span.until_ns is not None
        and span.until_at_ns is not None
        and span.until_ns < mono_ns <= span.until_at_ns + 50 * MS_NS
    )
