"""Damages a journal in every way that a byte allows, and counts what the reader makes of it.

    python tools/journal_damage.py [--bytes 20000] [--records 3000] [--jobs 2] [--all-bits]

Part 1 takes a journal of some 20 kB with every kind of record, cuts it at every byte and flips every single bit. Each
time the real reader reads the whole file: a cut must give the exact prefix; a flip must lose the record that it hit and
no other.

Part 2 does the same to a journal of some thousand records, in a window from the record before the damage to the ninth
behind it, and flips one bit of each byte (all of them with --all-bits). That is the same as reading the whole file: the
reader's only memory is the last sequence number, and standing at an undamaged boundary it reads on as in an undamaged
file. The one thing that a window hides is a damaged length that leads behind it; part 1 has all of those.

Exit code 1 when anything was altered, lost or invented.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

from vig_capture.core.acts import ACTS, MADE
from vig_capture.core.records import decode_all, encode

SECOND_NS = 1_000_000_000
LABELS = ("Initiative", "Blick zurück", "Erstaunen 😮", "轮到我", "المبادرة", "Accueil de l’initiative")
NOTES = ("", "she waits", "er lächelt — und wartet", "見つめ合う 👀", "\x92\xce looks like a frame", "x" * 300)
BEFORE, BEHIND = 1, 9
CHUNK = 4000


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal, and where each of its records stands."""

    records: list[dict[str, Any]]
    data: bytes
    ends: list[int]
    """Offset behind each record, 0 first."""

    def hit(self, at: int) -> int:
        """Index of the record that holds a byte."""
        low, high = 0, len(self.records)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.ends[middle] <= at else (low, middle)
        return low


def journal_of(records: list[dict[str, Any]]) -> Journal:
    """The journal that holds these records."""
    parts = [encode(record) for record in records]
    return Journal(records, b"".join(parts), [0, *accumulate(len(part) for part in parts)])


def realistic(records: int, seed: int = 1) -> list[dict[str, Any]]:
    """The records of a session as it might go, every kind among them."""
    chance = random.Random(seed)
    made: list[dict[str, Any]] = []
    acts: list[str] = []
    for seq in range(1, records + 1):
        t_ns = seq * SECOND_NS + chance.randrange(SECOND_NS)
        made.append({"v": 1, "seq": seq, "t_ns": t_ns} | _content(seq, t_ns, chance, acts))
    return made


def _content(seq: int, t_ns: int, chance: random.Random, acts: list[str]) -> dict[str, Any]:
    """The fields of one record; `acts` are the ids of those that may be taken back."""
    if seq <= len(_OPENING):
        return _OPENING[seq - 1]
    kinds = list(_MAKERS)
    nth = seq - len(_OPENING) - 1
    # Each kind once, then as they come.
    choice = kinds[nth] if nth < len(kinds) else chance.choices(kinds, [weight for weight, _ in _MAKERS.values()])[0]
    record: dict[str, Any] = {"kind": choice} | _MAKERS[choice][1](t_ns, chance)
    if choice in ACTS:
        record["id"] = f"{chance.getrandbits(128):032x}"
        if choice not in MADE:
            record["of"] = acts[-1] if acts else ""
        acts.append(record["id"])
    return record


_KEYS = [
    {"key": "a", "id": "initiative", "label": "Initiative", "look_back_s": 15, "look_ahead_s": 5, "colour": "#e6b800"}
]
_OPENING: list[dict[str, Any]] = [
    {"kind": "session", "id": "7f3a", "created_utc": "2026-11-22T09:40:00Z", "tool": "vig-capture", "previous": "",
     "vocabulary": {"name": "VIG", "version": "1", "language": "en", "keys": _KEYS}, "profile": "", "settings": {}},
    {"kind": "run", "run": 1, "mono_ns": 1, "utc_ns": 2**60, "origin_mono_ns": 0, "origin_utc_ns": 2**60,
     "boot_id": "b", "pid": 77},
    {"kind": "stream", "stream": "cam1", "stream_kind": "video", "source": "Kamera (USB)"},
    {"kind": "stream", "stream": "mic1", "stream_kind": "audio", "source": "Mikrofon"},
    {"kind": "state", "state": "recording"},
    {"kind": "from-the-future", "anything": [1, 2.5, None, True, {"a": "b"}]},
]  # fmt: skip


def _marker(_t_ns: int, chance: random.Random) -> dict[str, Any]:
    return {
        "key": chance.choice("abcdefgh"),
        "label": chance.choice(LABELS),
        "who": chance.choice(("self", "other")),
        "utc": "2026-11-22T09:41:13.250Z",
        "look_back_s": 15.0,
        "look_ahead_s": 5.0,
        "private": chance.random() < 0.1,
        "state": "recording",
        "uncertain": False,
        "note": chance.choice(NOTES),
    }


def _segment(t_ns: int, chance: random.Random) -> dict[str, Any]:
    named = {
        "stream": "cam1",
        "file": f"film/cam1-{chance.randrange(1, 200):04}.mp4",
        "start_ns": t_ns - 60 * SECOND_NS,
    }
    if chance.random() < 0.5:
        return named | {"phase": "open", "sound": "mic1"}
    counted = {"end_ns": t_ns, "frames": 1800, "samples": 2_880_000, "size_bytes": chance.randrange(2**33)}
    return named | {"phase": "closed", "sha256": f"{chance.getrandbits(256):064x}"} | counted


def _gap(t_ns: int, chance: random.Random) -> dict[str, Any]:
    end_ns = chance.choice((None, t_ns + SECOND_NS))
    return {
        "id": f"g{chance.randrange(9)}",
        "stream": "cam1",
        "start_ns": t_ns,
        "end_ns": end_ns,
        "lost": 30,
        "cause": "unplugged",
    }


def _clock(t_ns: int, chance: random.Random) -> dict[str, Any]:
    streams = {
        "cam1": {"captured": chance.randrange(10**6), "written": chance.randrange(10**6), "lost": 0, "thinned": 0},
        "mic1": {"captured": 3, "written": 3, "lost": 0, "samples": 480_000, "ppm": chance.uniform(-300, 300)},
    }
    return {"mono_ns": t_ns + 12345, "utc_ns": 2**60 + t_ns, "streams": streams}


def _text(name: str, *choices: Any) -> Callable[[int, random.Random], dict[str, Any]]:
    return lambda _t_ns, chance: {name: chance.choice(choices)}


_MAKERS: dict[str, tuple[float, Callable[[int, random.Random], dict[str, Any]]]] = {
    "marker": (8, _marker),
    "extend": (4, _text("at", None)),
    "edit": (1, _text("fields", {"label": "Antwort"}, {"t_ns": 5, "private": True})),
    "note": (3, _text("text", *NOTES)),
    "leave_out": (0.5, lambda t_ns, _chance: {"start_ns": t_ns - SECOND_NS, "end_ns": t_ns}),
    "sheet": (0.5, _text("fields", {"place": "home"}, {"goals": [{"id": "1", "label": "warten"}], "question": "?"})),
    "limit": (0.5, lambda t_ns, _chance: {"latest_end_ns": t_ns + 600 * SECOND_NS}),
    "star": (2, _text("on", True, False)),
    "goal": (1, _text("goal", "mehr warten")),
    "undo": (2, _text("at", None)),
    "segment": (6, _segment),
    "gap": (2, _gap),
    "clock": (8, _clock),
    "device": (1, lambda _t_ns, _chance: {"stream": "cam1", "state": "live", "mode": "1280×720", "reason": ""}),
    "pause": (1, _text("at", None)),
    "resume": (1, _text("at", None)),
    "finding": (1, _text("findings", [{"check": "picture-light", "verdict": "bad", "code": "picture-dark"}], "?")),
    "warning": (1, lambda _t_ns, _chance: {"what": "The disk is filling.", "why": "30 minutes are left.", "do": ""}),
    "state": (1, _text("state", "paused", "recording")),
    "closed": (0.1, _text("reason", "stopped by the guider")),
}


def cut_fault(journal: Journal, at: int, windowed: bool) -> str:
    """What is wrong with the reading of the journal cut before byte `at`; "" when it is the exact prefix."""
    whole = journal.hit(at)
    first = max(0, whole - BEFORE) if windowed else 0
    base = journal.ends[first]
    read = decode_all(journal.data[base:at])
    if read.records != journal.records[first:whole]:
        return f"cut at {at}: {len(read.records)} records instead of {whole - first}"
    if base + read.end != journal.ends[whole] or bool(read.holes) != (at > journal.ends[whole]):
        return f"cut at {at}: the end of the last whole record is reported at {base + read.end}"
    return ""


def flip_fault(journal: Journal, bit: int, windowed: bool) -> str:
    """What is wrong with the reading of the journal with one bit flipped; "" when only the record it hit is missing."""
    hit = journal.hit(bit // 8)
    first = max(0, hit - BEFORE) if windowed else 0
    last = min(len(journal.records), hit + BEHIND + 1) if windowed else len(journal.records)
    base = journal.ends[first]
    damaged = bytearray(journal.data[base : journal.ends[last]])
    damaged[bit // 8 - base] ^= 1 << bit % 8
    read = decode_all(bytes(damaged))
    expected = journal.records[first:hit] + journal.records[hit + 1 : last]
    if read.records != expected:
        return f"bit {bit}: {len(read.records)} records instead of {len(expected)}, or one that was never written"
    if [(hole.start + base, hole.end + base) for hole in read.holes] != [(journal.ends[hit], journal.ends[hit + 1])]:
        return f"bit {bit}: the hole is reported as {read.holes}"
    return ""


def faults(check: Callable[[int], str], places: Iterable[int]) -> list[str]:
    """All faults that a check finds."""
    return [fault for fault in map(check, places) if fault]


def _run(check: Callable[[int], str], places: Iterable[int], jobs: int) -> list[str]:
    todo = list(places)
    chunks = [todo[at : at + CHUNK] for at in range(0, len(todo), CHUNK)]
    with ProcessPoolExecutor(jobs) as pool:
        return [fault for found in pool.map(partial(faults, check), chunks) for fault in found]


def _part(name: str, journal: Journal, windowed: bool, every_bit: bool, jobs: int) -> list[str]:
    size = len(journal.data)
    chance = random.Random(7)
    bits = range(size * 8) if every_bit else [byte * 8 + chance.randrange(8) for byte in range(size)]
    reading = "a window" if windowed else "the whole file"
    print(f"{name}: {len(journal.records)} records, {size} bytes, {reading} read each time", flush=True)
    cut = _run(partial(cut_fault, journal, windowed=windowed), range(size), jobs)
    print(f"  {size} truncations, {size - len(cut)} gave the exact prefix", flush=True)
    flipped = _run(partial(flip_fault, journal, windowed=windowed), bits, jobs)
    clean = f"{len(bits) - len(flipped)} lost the damaged record and no other"
    print(f"  {len(bits)} flipped bits, {len(flipped)} altered, lost or invented another record; {clean}", flush=True)
    return cut + flipped


def main() -> int:
    """Run both parts and print the figures."""
    parser = argparse.ArgumentParser(description="Cut and flip a journal, and count what the reader makes of it.")
    parser.add_argument("--bytes", type=int, default=20_000, help="size of the journal of part 1")
    parser.add_argument("--records", type=int, default=3000, help="records of the journal of part 2; 0 leaves it out")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--all-bits", action="store_true", help="flip all eight bits of each byte in part 2 too")
    given = parser.parse_args()
    records = realistic(max(given.records, given.bytes // 50))
    whole = journal_of(records)
    found = _part("Part 1", journal_of(records[: whole.hit(given.bytes)]), False, True, given.jobs)
    if given.records:
        found += _part("Part 2", whole, True, given.all_bits, given.jobs)
    for fault in found[:20]:
        print(f"  {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
