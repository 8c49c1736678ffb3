"""core/sync.py: sound to time, tested on simulated sound cards."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vig_capture.core.sync import SoundClock

HOUR_S = 3600


class Card:
    """A simulated sound card: blocks that arrive late, sometimes very late, by a clock that is off."""

    def __init__(self, ppm: float, block: int = 960, fs: int = 48_000, jitter_ms: float = 2.0, seed: int = 1) -> None:
        self.ppm, self.block, self.fs, self.jitter_ms = ppm, block, fs, jitter_ms
        self.random = np.random.default_rng(seed)
        self.start_ns = 5_000_000_000_000
        self.wander_ppm = 0.0

    def true_ns(self, sample: float) -> float:
        """When the sample was really heard; the wander is one slow wave an hour."""
        s = sample / self.fs
        turn = 2 * math.pi / HOUR_S
        wandered = self.wander_ppm * 1e-6 * (1 - math.cos(turn * s)) / turn
        return self.start_ns + (s / (1 + self.ppm * 1e-6) + wandered) * 1e9

    def run(self, clock: SoundClock, seconds: float, first: int = 0, lost: int = 0) -> int:
        """Feed the clock; returns the last block's end. `lost` samples were lost before, uncounted."""
        blocks = int(seconds * self.fs / self.block)
        late = np.abs(self.random.normal(0, self.jitter_ms * 1e6, blocks))
        stalled = self.random.random(blocks) < 0.002
        late[stalled] += self.random.uniform(50e6, 500e6, int(stalled.sum()))
        end, free_ns = first, 0.0
        for extra in late.tolist():
            end += self.block
            # Blocks keep their order: those behind a stall are late with it.
            free_ns = max(free_ns, self.true_ns(end + lost) + extra)
            clock.observe(end, round(free_ns))
        return end


def error_ms(clock: SoundClock, card: Card, sample: int, lost: int = 0) -> float:
    return (clock.t_ns(sample) - card.true_ns(sample + lost)) / 1e6


@pytest.mark.parametrize("ppm", [0.0, 50.0, -50.0, 300.0, -300.0])
def test_rate_is_known_after_ten_minutes(ppm: float) -> None:
    """The rate is within 5 ppm after ten minutes, whatever the clock's error."""
    card, clock = Card(ppm), SoundClock(48_000)
    card.run(clock, 600)
    assert abs(clock.ppm - ppm) < 1.0


@pytest.mark.parametrize(("ppm", "block", "jitter_ms"), [(300.0, 1024, 3.0), (-300.0, 960, 1.0)])
def test_position_after_two_hours(ppm: float, block: int, jitter_ms: float) -> None:
    """A clock 300 ppm off is followed to within 2 ms after two hours, and at every minute of them after the first."""
    card, clock = Card(ppm, block, jitter_ms=jitter_ms), SoundClock(48_000)
    end, worst = 0, 0.0
    for minute in range(120):
        end = card.run(clock, 60, end)
        if minute > 1:
            worst = max(worst, abs(error_ms(clock, card, end)))
    assert worst < 2.0
    assert abs(clock.ppm - ppm) < 1.0
    assert clock.restarts == 0


def test_rate_that_wanders() -> None:
    """A rate that wanders by ±5 ppm within the hour is followed to within 2 ms."""
    card, clock = Card(20.0, block=1024), SoundClock(48_000)
    card.wander_ppm = 5.0
    end = 0
    for minute in range(90):
        end = card.run(clock, 60, end)
        if minute > 1:
            assert abs(error_ms(clock, card, end)) < 2.0


def test_smooth_from_the_first_block_on() -> None:
    """From the second second on, the line moves by less than 2 ms from window to window and errs by less than 3 ms."""
    card, clock = Card(300.0, block=480), SoundClock(48_000)
    end = card.run(clock, 2)
    for _ in range(100):
        before = clock.t_ns(end + 48_000)
        end = card.run(clock, 1, end)
        assert abs(clock.t_ns(end) - before) < 2e6
        assert abs(error_ms(clock, card, end)) < 3.0


def test_any_sample_rate() -> None:
    """A card of 1000 samples a second works as one of 48,000 does."""
    card, clock = Card(50.0, block=20, fs=1000), SoundClock(1000)
    end = card.run(clock, 600)
    assert abs(clock.ppm - 50.0) < 1.0
    assert abs(error_ms(clock, card, end)) < 1.0


def test_source_stamps_without_jitter_are_taken_as_they_are() -> None:
    """Stamps of the source, exact to their tick of 1/90000 s, give times exact to a fraction of the tick."""
    clock = SoundClock(48_000)
    for end in range(1024, 48_000 * 60, 1024):
        tick = round(end / 48_000 * 90_000)
        clock.observe(end, tick * 1_000_000_000 // 90_000, stamped=True)
    assert abs(clock.ppm) < 0.05
    assert abs(clock.t_ns(48_000 * 60) - 60e9) < 5_000


def test_jump_of_source_stamps_is_followed_at_once() -> None:
    """When a source's stamps jump, the very next time is right, and the rate stays."""
    clock = SoundClock(48_000)
    for end in range(1024, 48_000 * 100, 1024):
        clock.observe(end, end * 1_000_000_000 // 48_000, stamped=True)
    clock.observe(end + 1024, (end + 1024) * 1_000_000_000 // 48_000 + 3_000_000_000, stamped=True)
    assert abs(clock.t_ns(end + 1024) - (end + 1024) / 48_000 * 1e9 - 3e9) < 1e5
    assert abs(clock.ppm) < 0.1
    assert clock.restarts == 1


def test_restart_keeps_the_rate() -> None:
    """After an overflow that lost some samples, the offset is right within a second, at the same rate."""
    card, clock = Card(250.0), SoundClock(48_000)
    end = card.run(clock, 300)
    clock.restart()
    assert abs(error_ms(clock, card, end)) < 1.0
    end = card.run(clock, 1, end, lost=30_000)
    assert abs(error_ms(clock, card, end, lost=30_000)) < 2.0
    assert abs(clock.ppm - 250.0) < 5.0
    card.run(clock, 60, end, lost=30_000)
    assert abs(clock.ppm - 250.0) < 5.0


def test_uncounted_loss_is_found_without_being_told() -> None:
    """Samples lost in silence (a hole that the sound server hides) are noticed within 7 s."""
    card, clock = Card(-100.0), SoundClock(48_000)
    end = card.run(clock, 300)
    end = card.run(clock, 7, end, lost=4_800)
    assert clock.restarts == 1
    assert abs(error_ms(clock, card, end, lost=4_800)) < 2.0
    assert abs(clock.ppm + 100.0) < 5.0


def test_late_seconds_do_not_lift_the_line() -> None:
    """Four whole seconds of sound that came late in one burst move the line by less than 1 ms."""
    card, clock = Card(50.0), SoundClock(48_000)
    end = card.run(clock, 120)
    burst_ns = round(card.true_ns(end + 4 * 48_000))
    for _ in range(200):
        end += 960
        clock.observe(end, burst_ns)
    end = card.run(clock, 2, end)
    assert abs(error_ms(clock, card, end)) < 1.0
    assert clock.restarts == 0


def test_late_start_is_forgotten() -> None:
    """A first second of blocks that waited in a queue leaves no error after three further seconds."""
    card, clock = Card(50.0), SoundClock(48_000)
    for end in range(960, 48_961, 960):
        clock.observe(end, round(card.true_ns(48_960)) + 300_000_000)
    end = card.run(clock, 4, 48_960)
    assert abs(error_ms(clock, card, end)) < 2.0


def test_known_rate_of_a_reopened_microphone() -> None:
    """A microphone whose rate is known from before runs at it from the first block on."""
    card, clock = Card(280.0), SoundClock(48_000, ppm=280.0)
    end = card.run(clock, 5)
    assert abs(clock.ppm - 280.0) < 10.0
    assert abs(error_ms(clock, card, end)) < 1.0


@pytest.mark.parametrize("told", [True, False])
def test_reopened_microphone_counts_anew(told: bool) -> None:
    """A microphone that counts from 0 again keeps its rate and takes its offset from the first block on."""
    card, clock = Card(280.0), SoundClock(48_000)
    card.run(clock, 300)
    if told:
        clock.reopened()
    card.start_ns += 400_000_000_000
    end = card.run(clock, 0.1)
    assert abs(error_ms(clock, card, end)) < 4.0
    end = card.run(clock, 5, end)
    assert abs(error_ms(clock, card, end)) < 1.0
    assert abs(clock.ppm - 280.0) < 5.0


def test_shorter_way_is_taken_at_once() -> None:
    """When the sound stops coming 50 ms late (a buffer has shrunk), the line is right again within 4 s."""
    card, clock = Card(-50.0), SoundClock(48_000)
    card.start_ns += 50_000_000
    end = card.run(clock, 120)
    card.start_ns -= 50_000_000
    end = card.run(clock, 4, end)
    assert abs(error_ms(clock, card, end)) < 2.0
    assert clock.restarts == 1


def test_a_backlog_at_the_opening_is_waited_for() -> None:
    """Two seconds that came in one burst at the opening were heard before it; until then nothing is settled."""
    card, clock = Card(0.0, jitter_ms=0.5), SoundClock(48_000)
    burst_ns = round(card.true_ns(2 * 48_000))
    for end in range(960, 2 * 48_000 + 1, 960):
        clock.observe(end, burst_ns)
    assert not clock.settled
    end = card.run(clock, 0.3, 2 * 48_000)
    assert clock.settled
    assert abs(error_ms(clock, card, 960)) < 3.0


def test_stamps_of_the_source_need_no_settling() -> None:
    """A block with the source's own time is settled at once."""
    clock = SoundClock(48_000)
    clock.observe(1024, 21_333_333, stamped=True)
    assert clock.settled


@pytest.mark.parametrize("minutes", [(3, 5), (1, 2, 6, 8), (8, 10)])
def test_a_buffer_that_grows_for_a_while_tilts_nothing(minutes: tuple[int, ...]) -> None:
    """Lateness that steps up by 13 ms and down again (measured of a sound server) leaves the rate within 5 ppm after
    ten minutes, and the line within 3 ms from the fourth minute on."""
    card, clock = Card(300.0, jitter_ms=0.5), SoundClock(48_000)
    end, up = 0, False
    for minute in range(10):
        if minute in minutes:
            up = not up
            card.start_ns += 13_000_000 if up else -13_000_000
        end = card.run(clock, 60, end)
        if minute >= 3:
            assert abs((clock.t_ns(end) - card.true_ns(end)) / 1e6 + (13.0 if up else 0.0)) < 3.0
    assert abs(clock.ppm - 300.0) < 5.0
