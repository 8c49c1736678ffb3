"""The journal's codec: what damage does to it."""

from __future__ import annotations

import io
import random
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from journal_damage import cut_fault, faults, flip_fault, journal_of, realistic

from vig_capture.core.errors import JournalError
from vig_capture.core.records import RECORD_BYTES_MAX, Hole, decode_all, encode

SMALL = journal_of(realistic(24))
LARGE = journal_of(realistic(2000, seed=3))

leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text()
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
contents = st.dictionaries(st.text().filter(lambda name: name not in ("v", "kind", "seq")), values, max_size=5)


def note(seq: int, text: Any = "") -> dict[str, Any]:
    return {"v": 1, "kind": "note", "seq": seq, "t_ns": seq, "id": f"n{seq}", "of": "m", "text": text}


def written(*records: dict[str, Any]) -> bytes:
    return b"".join(map(encode, records))


@settings(deadline=None, max_examples=50)
@given(st.lists(contents, max_size=5))
def test_what_is_encoded_is_read_back(made: list[dict[str, Any]]) -> None:
    """Any record of any plain content is read back equal, in order, without a hole."""
    records = [{"v": 1, "kind": "note", "seq": seq} | content for seq, content in enumerate(made, 1)]
    data = written(*records)
    read = decode_all(data)
    assert (read.records, read.holes, read.end) == (records, [], len(data))


def test_any_msgpack_tool_reads_it() -> None:
    """A plain msgpack reader finds pairs of a number and a bin that holds the record."""
    pairs = list(msgpack.Unpacker(io.BytesIO(SMALL.data)))
    assert [msgpack.unpackb(body) for _, body in pairs] == SMALL.records


def test_lone_surrogates_survive() -> None:
    """A text that a terminal garbled is kept as it is and never costs a marker."""
    assert decode_all(encode(note(1, "a\udc80b"))).records == [note(1, "a\udc80b")]


def test_every_cut_gives_the_exact_prefix() -> None:
    """A journal cut at any byte reads as the records that are whole in it, and its end says so."""
    assert faults(lambda at: cut_fault(SMALL, at, windowed=False), range(len(SMALL.data))) == []


def test_every_flipped_bit_loses_one_record_only() -> None:
    """One flipped bit, whichever, loses the record that it hit; all others are read and none is invented."""
    assert faults(lambda bit: flip_fault(SMALL, bit, windowed=False), range(len(SMALL.data) * 8)) == []


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(LARGE.data) * 8 - 1), st.integers(0, len(LARGE.data) - 1))
def test_damage_to_a_long_journal(bit: int, at: int) -> None:
    """The same holds for the whole of a journal of two thousand records."""
    assert flip_fault(LARGE, bit, windowed=False) == ""
    assert cut_fault(LARGE, at, windowed=False) == ""


@settings(deadline=None, max_examples=60)
@given(st.sets(st.integers(1, len(SMALL.records) - 1), min_size=1), st.randoms(use_true_random=False))
def test_every_record_between_several_damaged_ones_is_read(hit: set[int], chance: random.Random) -> None:
    """Bytes overwritten in any set of records lose these records and no others."""
    damaged = bytearray(SMALL.data)
    for index in hit:
        at = chance.randrange(SMALL.ends[index], SMALL.ends[index + 1])
        damaged[at] ^= chance.randrange(1, 256)
    assert decode_all(bytes(damaged)).records == [item for i, item in enumerate(SMALL.records) if i not in hit]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(LARGE.data) - 5000), st.integers(1, 4096), st.binary(min_size=1, max_size=1))
def test_a_block_that_the_disk_lost_costs_only_what_was_in_it(start: int, size: int, filler: bytes) -> None:
    """A run of bytes overwritten with any one value loses the records that it touches, and one hole tells of it."""
    data = LARGE.data[:start] + filler * size + LARGE.data[start + size :]
    first, last = LARGE.hit(start), LARGE.hit(start + size - 1)
    read = decode_all(data)
    untouched = LARGE.records[:first] + LARGE.records[last + 1 :]
    touched = LARGE.records[first : last + 1]
    assert [item for item in read.records if item not in touched] == untouched
    assert len(read.holes) <= 1


def test_random_bytes_in_front_are_skipped() -> None:
    """The records behind a megabyte of noise are all read."""
    noise = random.Random(5).randbytes(1_000_000)
    read = decode_all(noise + SMALL.data)
    assert read.records == SMALL.records
    assert read.holes == [Hole(0, len(noise))]


@pytest.mark.parametrize(
    "inner", [[note(1)], [note(2)], [note(9)], [note(4), note(5)], [note(9), note(10)], [note(40)]]
)
@pytest.mark.parametrize("behind", [b"", b"and more"])
def test_a_record_within_a_record_is_none(inner: list[dict[str, Any]], behind: bytes) -> None:
    """Encoded records inside a record's text are never read as records, whether or not the outer one is damaged."""
    outer = note(3, written(*inner) + behind)
    records = [note(1), note(2), outer, *(note(seq) for seq in range(4, 9))]
    data = written(*records)
    assert decode_all(data).records == records
    start = len(written(*records[:2]))
    for bit in range(start * 8, (start + len(encode(outer))) * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        assert decode_all(bytes(damaged)).records == records[:2] + records[3:], bit


def test_a_torn_end_is_told_from_damage() -> None:
    """An entry that was being written is torn, zeros of a power cut are too; a damaged last entry is not."""
    data = written(note(1), note(2, "x" * 400))
    first = len(encode(note(1)))
    assert all(decode_all(data[:at]).holes == [Hole(first, at, torn=True)] for at in range(first + 1, len(data)))
    assert decode_all(data + bytes(700)).holes == [Hole(len(data), len(data) + 700, torn=True)]
    damaged = data[:-1] + bytes([data[-1] ^ 1])
    assert decode_all(damaged).holes == [Hole(first, len(data), torn=False)]


def test_nothing_is_an_empty_journal() -> None:
    """An empty file is a journal without records."""
    read = decode_all(b"")
    assert (read.records, read.holes, read.end) == ([], [], 0)


def test_a_spelling_that_is_not_canonical_is_refused() -> None:
    """A frame whose numbers take more bytes than they need is no frame, though its CRC is right."""
    crc, body = msgpack.unpackb(encode(note(1)))
    longer = b"\x92\xce" + crc.to_bytes(4, "big") + b"\xc5" + len(body).to_bytes(2, "big") + body
    assert msgpack.unpackb(longer) == [crc, body]
    assert decode_all(longer).records == []


def test_unknown_kinds_are_kept() -> None:
    """A record of an unknown kind is read with all its fields."""
    record = {"v": 1, "kind": "dance", "seq": 1, "steps": [1, 2]}
    assert decode_all(encode(record)).records == [record]


def test_a_later_major_version_is_refused_in_plain_words() -> None:
    """A record of version 2 raises a JournalError that says what, why and what to do."""
    with pytest.raises(JournalError) as caught:
        decode_all(written(note(1), note(2) | {"v": 2}))
    assert "newer version" in caught.value.what
    assert "version 2" in caught.value.why
    assert "Update" in caught.value.do


def test_a_record_that_is_too_large_is_refused() -> None:
    """A text of more than a megabyte raises a JournalError before anything is written."""
    with pytest.raises(JournalError) as caught:
        encode(note(1, "x" * RECORD_BYTES_MAX))
    assert "too long" in caught.value.what


@pytest.mark.parametrize("missing", ["v", "kind", "seq"])
def test_a_record_without_its_three_names_is_a_bug(missing: str) -> None:
    """Encoding a map that no reader would take for a record raises KeyError."""
    with pytest.raises(KeyError):
        encode({name: value for name, value in note(1).items() if name != missing})


def test_a_damaged_length_that_leads_to_a_later_record_loses_one_only() -> None:
    """Where all frames are of 64 bytes a flipped length leads to another frame; what it skips is read all the same."""
    bare = len(encode(note(1)))
    journal = journal_of([note(seq, "x" * (64 - bare)) for seq in range(1, 9)])
    assert journal.ends == list(range(0, 9 * 64, 64))
    assert faults(lambda bit: flip_fault(journal, bit, windowed=False), range(len(journal.data) * 8)) == []


def test_a_frame_that_starts_within_a_false_one_is_found() -> None:
    """Bytes that read as a frame's header together with the start of a true frame do not hide it."""
    made = (encode(note(1, f"{number}")) for number in range(100_000))
    # The two bytes in front make the true frame's first bytes the CRC, and its own CRC the length, of a false frame.
    data = next(frame for frame in made if frame[2] == 0xC4 and 0x80 <= frame[4] <= 0x8F)
    read = decode_all(b"-\x92\xcd" + data)
    assert (len(read.records), read.holes) == (1, [Hole(0, 3)])
