"""What must hold of a session's files: laws 2, 3 and 5, frame by frame and sample by sample."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vig_capture.core.model import Gap, Segment
from vig_capture.core.replay import SessionView
from vig_capture.core.segments import NO_PICTURE
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.sim.devices import Heard, Shot
from vig_capture.sim.life import known_lives, unsaid_lives
from vig_capture.sim.media import SOUND_FRAME, Content, content
from vig_capture.sim.room import Life, Room, SessionTruth, SpanSeen

FLIGHT_NS = 300 * MS_NS
"""As engine/writer.py: what comes so late after an end may be left out."""
DEATH_COSTS_NS = {"kill": SECOND_NS, "cut": 5 * SECOND_NS}
"""What was captured so long before a death may be lost; of what no record tells, unsaid."""
EDGE_NS = 80 * MS_NS
"""How far a fitted clock may be off where a span cuts through a block of sound."""
SOUND_FRAME_NS = SOUND_FRAME * SECOND_NS // 200
"""A frame of the film's sound at the slowest rate of a simulated microphone."""


@dataclass(slots=True)
class Held:
    """A segment with what its file holds."""

    segment: Segment
    path: Path
    content: Content
    opened_by: int
    """Number of the life that opened it."""


@dataclass(slots=True)
class Kept:
    """Of one stream: numbers of pictures (or samples) that are in its files, and where."""

    held: list[Held] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    strays: set[int] = field(default_factory=set)
    """Numbers in files that no journal names."""
    silent: list[tuple[int, int]] = field(default_factory=list)
    """Start and end of sound files of exact silence: a muted microphone's samples tell nothing of their place."""


def files(room: Room, truth: SessionTruth, views: list[SessionView], gaps: dict[str, Gap]) -> dict[str, Kept]:
    """Check every file of a session against what was handed over. Returns what is kept of each stream."""
    found: dict[str, Kept] = {}
    for name in room.cameras:
        found[name] = kept = _collect(room, truth, views, "film", name)
        _film(room, truth, name, kept, [gap for gap in gaps.values() if gap.stream == name])
        _tiles(room, truth, name, kept, list(gaps.values()))
        _pictures_accounted(room, truth, name, kept, gaps)
    for name in room.mics:
        found[name] = kept = _collect(room, truth, views, "sound", name)
        _sound(room, truth, name, kept)
        _samples_accounted(room, truth, name, kept, gaps)
    return found


def _collect(room: Room, truth: SessionTruth, views: list[SessionView], kind: str, stream: str) -> Kept:
    kept = Kept()
    for folder, view in zip(truth.folders, views, strict=True):
        for segment in view.segments:
            if segment.stream != stream or not segment.file.startswith(kind + "/"):
                continue
            path = folder / segment.file
            file = room.disk.files.get(path)
            data = bytes(file.data) if file is not None else b""
            found = content(data, segment.start_ns)
            opened = next((life.number for life in truth.lives if _opened(life, segment)), 0)
            kept.held.append(Held(segment, path, found, opened))
            if segment.sha256:
                _sealed(room, segment, data, found)
    # A recorder that died after it had fallen back may begin again in the first folder.
    kept.held.sort(key=lambda held: held.opened_by)
    named = {held.path for held in kept.held}
    for path, file in room.disk.files.items():
        of_stream = path.parent.name == kind and path.name.rpartition("-")[0] == stream
        left = path.parent.parent in truth.folders[:-1]
        if of_stream and path.parent.parent in truth.folders and path not in named and (left or room.journal_refused()):
            # The film went on while the journal was refused or had moved on already; `verify` lists it.
            found = content(bytes(file.data), 0)
            kept.strays.update(packet[3] for packet in found.packets)
            kept.strays.update(found.samples.astype(np.int64).tolist() if kind == "sound" else ())
    return kept


def _opened(life: Life, segment: Segment) -> bool:
    return any(
        record["kind"] == "segment"
        and record["file"] == segment.file
        and record["phase"] == "open"
        and record["start_ns"] == segment.start_ns
        for record in life.records
    )


def _sealed(room: Room, segment: Segment, data: bytes, found: Content) -> None:
    """A closed segment is what the journal says."""
    if hashlib.sha256(data).hexdigest() != segment.sha256:
        if not room.sync_failed:
            room.broken(5, f"{segment.file} is not the file that was sealed")
    elif segment.file.endswith(".mp4") and len(found.packets) != segment.frames:
        room.broken(2, f"{segment.file} holds {len(found.packets)} pictures, the journal says {segment.frames}")
    elif segment.file.endswith(".flac") and len(found.samples) != segment.samples:
        room.broken(2, f"{segment.file} holds {len(found.samples)} samples, the journal says {segment.samples}")


# --- spans ----------------------------------------------------------------------------------------------------------


def span_of(life: Life, mono_ns: int) -> SpanSeen | None:
    """The span of recording in which a moment lies."""
    for span in life.spans:
        if span.from_ns <= mono_ns and (span.until_ns is None or mono_ns <= span.until_ns):
            return span
    return None


def wanted(life: Life, shot: Shot) -> bool:
    """Was this picture handed over in time, within a span, and before any that was taken after it?"""
    span = span_of(life, shot.mono_ns)
    if span is None or shot.mono_ns <= span.from_ns:
        return False
    return span.until_ns is None or (shot.at_ns <= span.until_ns + FLIGHT_NS and shot.place_ns <= span.until_ns)


def in_pause(life: Life, mono_ns: int) -> bool:
    """Was this after the end of a span had been asked for, and before the next one?"""
    return span_of(life, mono_ns) is None and all(
        span.until_at_ns is None or mono_ns > span.until_at_ns or mono_ns < span.from_ns for span in life.spans
    )


def lost_later(room: Room, truth: SessionTruth, place: int) -> bool:
    """Has a power cut, in this run or a later one, taken what a disk had failed to sync? A sync that succeeds after one
    that failed says nothing of the bytes of the first; the warning stands in the journal."""
    return room.sync_failed and any(life.end == "cut" for life in truth.lives[place:])


def lateness_ns(life: Life, name: str) -> int:
    """So late a microphone's blocks came in this run: as much later its sound may be thought to have been heard."""
    return max((block.late_ns for block in life.heard.get(name, ())), default=0)


# --- pictures -------------------------------------------------------------------------------------------------------


def _film(room: Room, truth: SessionTruth, name: str, kept: Kept, gaps: list[Gap]) -> None:
    """Each picture once, in order, at the device's own time, in the segment in whose time it lies."""
    shots = {shot.number: (life, shot) for life in truth.lives for shot in life.shots.get(name, ())}
    last_decode_ns = kept_ns = end_ns = newest_ns = -1
    suffix = ""
    for held in kept.held:
        segment = held.segment
        # A picture that returns late goes further back than the sound that was written alone meanwhile.
        returned, suffix = suffix == ".m4a" and held.path.suffix == ".mp4", held.path.suffix
        # Where pictures ceased, the end is an estimate (or the last whole frame of sound before it): a picture that was
        # only late may stand a part of an interval before.
        only_late = segment.start_ns > newest_ns and any(
            gap.cause == NO_PICTURE and newest_ns < gap.start_ns <= end_ns + SOUND_FRAME_NS for gap in gaps
        )
        # A cut is on the sound's frame: where two pictures come closer than that, it is before the first of them.
        edge_ns = end_ns - SOUND_FRAME_NS if end_ns == newest_ns else end_ns
        if segment.start_ns < edge_ns and not returned and not only_late:
            room.broken(
                5, f"{segment.file} begins {(end_ns - segment.start_ns) / 1e6:.1f} ms before the last one's end"
            )
        died = not held.opened_by or truth.lives[held.opened_by - 1].end != "closed" or segment.end_ns is None
        # What a death left was measured later: how long its last picture lasts was not known.
        newest_ns = max((packet[0] for packet in held.content.packets), default=segment.start_ns)
        end_ns = newest_ns if died or segment.end_ns is None else segment.end_ns
        for t_ns, decode_ns, _, number in held.content.packets:
            if number in kept.numbers:
                room.broken(2, f"picture {number} of {name} is written twice")
            kept.numbers.add(number)
            if number not in shots:
                room.broken(2, f"picture {number} of {name} in {segment.file} was never handed over")
                continue
            if decode_ns <= last_decode_ns:
                room.broken(3, f"{segment.file}: the time of picture {number} goes back")
            last_decode_ns = decode_ns
            life, shot = shots[number]
            assert life.anchor is not None
            true_ns = life.anchor.t_ns(shot.mono_ns)
            # A stamp that repeats or goes back is moved to just after the newest picture.
            moved = not room.cameras[name].mode.copied and kept_ns < t_ns and true_ns < t_ns
            if t_ns != true_ns and not (moved and _newest_before(life, name, shot, t_ns)):
                room.broken(3, f"picture {number} of {name} stands at {t_ns}, it was taken at {true_ns}")
            kept_ns = max(kept_ns, t_ns)
            if in_pause(life, shot.mono_ns):
                room.broken(4, f"picture {number} of {name} was taken in a pause and is in {segment.file}")
            if t_ns > end_ns + SOUND_FRAME_NS and segment.end_ns is not None:
                span = span_of(life, shot.mono_ns)
                if span is not None:
                    room.broken(
                        5, f"picture {number} lies {(t_ns - end_ns) / 1e6:.0f} ms behind the end of {segment.file}"
                    )


def _newest_before(life: Life, name: str, shot: Shot, t_ns: int) -> bool:
    """Was a picture with a stamp of about this time handed over before?"""
    assert life.anchor is not None
    mono_ns = life.anchor.mono_ns(t_ns)
    return any(other.number < shot.number and 0 <= mono_ns - other.mono_ns <= 10 * MS_NS for other in life.shots[name])


def _tiles(room: Room, truth: SessionTruth, name: str, kept: Kept, gaps: list[Gap]) -> None:
    """Segments of a film tile its spans, minus the gaps."""
    of_stream = [gap for gap in gaps if gap.stream == name]
    for before, after in zip(kept.held, kept.held[1:], strict=False):
        end_ns, start_ns = before.segment.end_ns, after.segment.start_ns
        if before.opened_by != after.opened_by or end_ns is None or start_ns <= end_ns:
            continue
        if before.path.parent != after.path.parent and kept.strays:
            # A file that was begun just before the move, and that no journal names, holds what lies between.
            continue
        life = truth.lives[after.opened_by - 1]
        assert life.anchor is not None
        if span_of(life, life.anchor.mono_ns(end_ns)) is not span_of(life, life.anchor.mono_ns(start_ns)):
            continue
        if not any(gap.start_ns <= start_ns and (gap.end_ns is None or gap.end_ns >= end_ns) for gap in of_stream):
            hole_ms = (start_ns - end_ns) / 1e6
            # What a death left is measured later, and its last picture taken for as long as is usual.
            least_ms = 1 if life.end == "closed" else 500 / room.cameras[name].mode.rate
            if hole_ms > least_ms:
                room.broken(
                    5,
                    f"{hole_ms:.1f} ms without a gap between {before.segment.file} and {after.segment.file}",
                )


def _pictures_accounted(room: Room, truth: SessionTruth, name: str, kept: Kept, gaps: dict[str, Gap]) -> None:
    """A picture that was handed over is in a file, or a gap of its stream covers its time, or it was thinned."""
    of_stream = [gap for gap in gaps.values() if gap.stream == name]
    reach_ns = int(1.6 * SECOND_NS / room.cameras[name].mode.rate * 2)
    known, unsaid = known_lives(room.disk, truth), unsaid_lives(room.disk, truth)
    for place, life in enumerate(truth.lives):
        if life.anchor is None or not life.spans:
            continue
        last = not any(known[place + 1 :])
        if (last and life.end == "left") or lost_later(room, truth, place):
            continue  # it said that it was not finished
        limit_ns = _next_begins_ns(truth, place, known)
        thinned = life.counters.get(name, {}).get("thinned", 0)
        missing: list[int] = []
        begun: SpanSeen | None = None
        placed_ns = 0
        for shot in life.shots.get(name, ()):
            if not wanted(life, shot):
                continue
            span = span_of(life, shot.mono_ns)
            if begun is not span and shot.keyframe and span is not None and shot.mono_ns > span.from_ns:
                begun = span
            placed_ns = max(placed_ns, life.anchor.t_ns(shot.mono_ns))
            if shot.number in kept.numbers or shot.number in kept.strays or begun is not span:
                continue
            t_ns = min(life.anchor.t_ns(shot.mono_ns), limit_ns)
            # A stamp that goes back would have been moved to just after the newest picture.
            where = (t_ns, t_ns if room.cameras[name].mode.copied else max(placed_ns, t_ns))
            if not any(
                gap.start_ns - reach_ns <= at_ns <= (gap.end_ns or 1 << 62) + reach_ns
                for gap in of_stream
                for at_ns in where
            ):
                missing.append(t_ns)
        if last and life.end != "closed":
            # Nobody was there to say what its death had cost.
            missing = [t_ns for t_ns in missing if life.anchor.mono_ns(t_ns) < life.end_mono_ns - 20 * SECOND_NS]
        if unsaid[place] and life.end != "closed":
            # What no journal tells of nobody has missed.
            unsaid_ns = DEATH_COSTS_NS.get(life.end, SECOND_NS)
            missing = [t_ns for t_ns in missing if life.anchor.mono_ns(t_ns) < _ceased_ns(life) - unsaid_ns]
        if life.end != "closed" and life.spans[-1].until_ns is not None:
            thinned += 1  # of a death in a pause the last part of a second before it is counted by the rate
        if len(missing) > thinned:
            shown = ", ".join(f"{t_ns / 1e9:.2f}" for t_ns in missing[:5])
            room.broken(
                2,
                f"{len(missing)} pictures of {name} are nowhere and in no gap (run {life.number}, {life.end}): {shown}",
            )


def _ceased_ns(life: Life) -> int:
    """When a run that never came to its end ceased to film: one that left work unfinished had been stopped before."""
    stopped_ns = life.spans[-1].until_at_ns if life.spans and life.end == "left" else None
    return life.end_mono_ns if stopped_ns is None else stopped_ns


def _next_begins_ns(truth: SessionTruth, place: int, known: list[bool]) -> int:
    """Where session time goes on after a life. With a wall clock that was set back before a reboot nobody can tell how
    much later that is: it goes on behind what is on the disk, and what was lost beyond lies there too."""
    later = zip(truth.lives[place + 1 :], known[place + 1 :], strict=True)
    return next((int(life.records[0]["t_ns"]) for life, is_known in later if is_known and life.records), 1 << 62)


# --- samples --------------------------------------------------------------------------------------------------------


def _sound(room: Room, truth: SessionTruth, name: str, kept: Kept) -> None:
    """Within a file the samples follow each other; no sample is written twice; its start is when it was heard."""
    blocks = sorted(
        ((block, life) for life in truth.lives for block in life.heard.get(name, ())), key=lambda item: item[0].first
    )
    firsts = [block.first for block, _ in blocks]
    end_ns = -1
    for held in kept.held:
        samples = held.content.samples.astype(np.int64)
        heard = np.flatnonzero(samples)
        before = truth.lives[held.opened_by - 1] if held.opened_by else truth.lives[-1]
        if held.segment.start_ns < end_ns - EDGE_NS - lateness_ns(before, name):
            room.broken(
                5,
                f"{held.segment.file} begins {(end_ns - held.segment.start_ns) / 1e6:.0f} ms before the last one's end",
            )
        end_ns = max(end_ns, held.segment.end_ns or 0)
        if not len(heard):
            kept.silent.append((held.segment.start_ns, held.content.end_ns))
            continue
        offsets = samples[heard] - heard
        if offsets.min() != offsets.max():
            room.broken(2, f"{held.segment.file}: samples are missing inside the file")
            continue
        first = int(offsets[0])
        numbers = set(range(first, first + len(samples)))
        if numbers & kept.numbers:
            room.broken(2, f"{held.segment.file}: {len(numbers & kept.numbers)} samples are written twice")
        kept.numbers |= numbers
        at = int(np.searchsorted(firsts, first, side="right")) - 1
        if at < 0 or blocks[at][0].first + blocks[at][0].count <= first:
            room.broken(2, f"{held.segment.file}: sample {first} was never handed over")
            continue
        block, life = blocks[at]
        known = [other for other, its in blocks if its is life and other.first < first + len(samples)]
        _when_heard(room, held, first, block, life, _least_late_ns(known, block))


def _least_late_ns(known: list[Heard], block: Heard) -> int:
    """So late came even the promptest of the blocks that tell how the count of samples stands to the clock: those since
    samples were lost uncounted. A thread that sleeps right after the opening has no prompt one."""
    since = max((other.first for other in known if other.overflow and other.first <= block.first), default=0)
    told = [other for other in known if other.first >= since]
    return round(min(other.at_ns - other.start_ns - other.count * other.sample_ns for other in told))


def _when_heard(room: Room, held: Held, first: int, block: Heard, life: Life, least_late_ns: int) -> None:
    assert life.anchor is not None
    if block.overflow:
        return  # so many samples are missing that nobody knows when it was heard
    true_ns = life.anchor.t_ns(round(block.start_ns + (first - block.first) * block.sample_ns))
    off_ns = held.segment.start_ns - true_ns
    if not -1200 * MS_NS <= off_ns <= max(least_late_ns, 0) + 1200 * MS_NS:
        off_ms = off_ns / 1e6
        room.broken(3, f"{held.segment.file} begins {off_ms:.0f} ms away from when it was heard")


def _samples_accounted(room: Room, truth: SessionTruth, name: str, kept: Kept, gaps: dict[str, Gap]) -> None:
    of_stream = [gap for gap in gaps.values() if gap.stream == name]
    known, unsaid = known_lives(room.disk, truth), unsaid_lives(room.disk, truth)
    for place, life in enumerate(truth.lives):
        if life.anchor is None:
            continue
        last = not any(known[place + 1 :])
        if (last and life.end == "left") or lost_later(room, truth, place):
            continue
        limit_ns = _next_begins_ns(truth, place, known)
        for block in life.heard.get(name, ()):
            start_ns, end_ns = block.start_ns, block.start_ns + block.count * block.sample_ns
            span = span_of(life, round(start_ns - EDGE_NS))
            if span is None or span is not span_of(life, round(end_ns + EDGE_NS)):
                continue
            if span.until_ns is not None and block.at_ns > span.until_ns + FLIGHT_NS:
                continue
            if all(number in kept.numbers or number in kept.strays for number in block.ends()):
                continue
            t_ns = min(life.anchor.t_ns(round(start_ns)), limit_ns)
            unsaid_ns = 20 * SECOND_NS if last else unsaid[place] * DEATH_COSTS_NS.get(life.end, SECOND_NS)
            if life.end != "closed" and start_ns > _ceased_ns(life) - unsaid_ns:
                continue
            if any(since_ns - SECOND_NS <= t_ns <= until_ns + SECOND_NS for since_ns, until_ns in kept.silent):
                continue
            if not any(gap.start_ns - SECOND_NS <= t_ns <= (gap.end_ns or 1 << 62) + SECOND_NS for gap in of_stream):
                room.broken(
                    2,
                    f"samples of {name} at {t_ns / 1e9:.2f} s are in no file and no gap (run {life.number})",
                )
                break
