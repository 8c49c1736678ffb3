"""engine/capture.py, SoundInlet: blocks of sound on their way from the device to the writers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.model import AudioBlock, AudioMode
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.capture import REST_NS, TOGETHER_NS, SoundInlet, SoundLane
from vig_capture.engine.events import Event, TimedBlock
from vig_capture.engine.lanes import SOUND_BOUND_NS, Lane

RATE = 48_000
START_NS = 100 * SECOND_NS


class Bench:
    """A microphone of numbered samples before an inlet with one lane."""

    def __init__(self) -> None:
        self.lane: SoundLane = Lane(SOUND_BOUND_NS)
        self.posted: list[Event] = []
        self.inlet = SoundInlet("mic1", self.posted.append, [self.lane])
        self.inlet.opened(AudioMode(RATE, 1, 24))
        self.position = 0

    def put(self, count: int, lost: int = 0) -> None:
        """A block in time; `lost` samples before it, counted by the device."""
        self.position += lost
        samples = np.arange(self.position, self.position + count, dtype=np.int32)[:, None]
        first, self.position = self.position, self.position + count
        self.inlet.put(AudioBlock(START_NS + self.position * SECOND_NS // RATE, first, samples, stamped=True))

    def taken(self) -> list[TimedBlock]:
        blocks = iter(self.lane.get, None)
        return [block for block in blocks if isinstance(block, TimedBlock)]


@given(st.lists(st.tuples(st.integers(1, 4_000), st.sampled_from([0, 0, 0, 0, 7, 5_000])), min_size=1, max_size=60))
def test_no_sample_is_lost_or_moved(blocks: list[tuple[int, int]]) -> None:
    """However short the blocks are, every sample goes on once, in order, and a hole is never inside a part."""
    bench = Bench()
    for count, lost in blocks:
        bench.put(count, lost)
    bench.inlet.closed()
    given_samples: list[int] = []
    place = 0
    for count, lost in blocks:
        place += lost
        given_samples += range(place, place + count)
        place += count
    parts = bench.taken()
    assert np.concatenate([part.samples[:, 0] for part in parts]).tolist() == given_samples
    end = 0
    for part in parts:
        assert part.samples[0, 0] == part.first_sample
        assert part.joined == (part.first_sample == end and end > 0)
        end = part.first_sample + part.count
        assert part.samples[-1, 0] == end - 1


def test_short_blocks_go_on_together() -> None:
    """Blocks of 10 ms go on in parts of 60 ms, each with the time of its own first sample."""
    bench = Bench()
    for _ in range(60):
        bench.put(480)
    parts = bench.taken()
    assert [part.count for part in parts] == [RATE * TOGETHER_NS // SECOND_NS] * 10
    for part in parts:
        assert abs(part.mono_ns - START_NS - part.first_sample * SECOND_NS // RATE) < 1_000


def test_nothing_waits_for_blocks_that_do_not_come() -> None:
    """A tenth of a second after the last block whatever waited for more has gone on."""
    bench = Bench()
    bench.put(480)
    bench.inlet.rest(bench.inlet.newest_mono_ns + REST_NS)
    assert bench.taken() == []
    bench.inlet.rest(bench.inlet.newest_mono_ns + REST_NS + 1)
    assert [part.count for part in bench.taken()] == [480]
