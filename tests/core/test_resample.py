"""core/resample.py: sound onto the grid of session time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vig_capture.core.resample import GridResampler, as_float

FS = 48_000
START_NS = 1_000_000_000_123
SAMPLE_NS = 1e9 / FS


def tone(hz: float, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """A sine of half the full scale."""
    return np.asarray(0.5 * np.sin(2 * np.pi * hz * t_s))


def record(
    resampler: GridResampler,
    hz: float,
    ppm: float,
    seconds: float,
    fs: int = FS,
    block: int = 480,
    told_ppm: float | None = None,
) -> tuple[int, NDArray[np.float32]]:
    """Play a tone to a microphone that is `ppm` too fast and put it on the grid, telling the exact times."""
    parts: list[NDArray[np.float32]] = []
    first = -1
    rate = fs * (1 + ppm * 1e-6)
    for start in range(0, int(seconds * fs), block):
        t_s = np.arange(start, start + block) / rate
        t_ns = START_NS + round(start / rate * 1e9)
        index, out = resampler.push(tone(hz, t_s)[:, None], t_ns, ppm)
        first = index if first < 0 else first
        assert index == first + sum(len(part) for part in parts)
        parts.append(out)
    return first, np.concatenate(parts)[:, 0]


def error_dbfs(first: int, out: NDArray[np.float32], hz: float, grid: int = FS, settle: int = 200) -> float:
    """RMS error against the tone as it stood in session time, in dB of full scale."""
    wanted = tone(hz, (first + np.arange(len(out))) / grid - START_NS / 1e9)
    error = (out - wanted)[settle:]
    return float(20 * np.log10(np.sqrt(np.mean(error**2)) + 1e-12))


@pytest.mark.parametrize("ppm", [0.0, 37.0, 300.0, -300.0])
@pytest.mark.parametrize(("hz", "limit"), [(1_000.0, -60.0), (10_000.0, -40.0)])
def test_a_tone_stays_a_tone_at_its_time(ppm: float, hz: float, limit: float) -> None:
    """A tone through a microphone off by `ppm` comes out as the tone of session time, sample by sample."""
    first, out = record(GridResampler(FS, 1), hz, ppm, 10)
    # Samples copied to the grid may stand half a sample aside: measured apart, below.
    if ppm:
        assert error_dbfs(first, out, hz, settle=FS) < limit
    assert abs(len(out) - 10 * FS) < FS // 100


@pytest.mark.parametrize("fs", [16_000, 44_100, 96_000])
def test_other_sample_rates(fs: int) -> None:
    """A microphone of another rate comes out at the film's, at its time."""
    first, out = record(GridResampler(fs, 1), 1_000.0, 20.0, 5, fs=fs, block=441)
    assert abs(len(out) - 5 * FS) < FS // 50
    assert error_dbfs(first, out, 1_000.0) < -60


def test_rates_of_the_simulator() -> None:
    """Nothing depends on 48 kHz: 1000 samples a second go onto a grid of 1000."""
    first, out = record(GridResampler(1_000, 1, 1_000), 20.0, 100.0, 60, fs=1_000, block=20)
    assert error_dbfs(first, out, 20.0, grid=1_000) < -55


def test_exact_stamps_give_a_copy() -> None:
    """At the nominal rate and with exact stamps every sample comes out unchanged, in order, without noise."""
    resampler = GridResampler(FS, 2)
    samples = np.random.default_rng(1).integers(-(2**15), 2**15, (FS, 2)).astype(np.int16)
    out = [
        resampler.push(samples[start : start + 1024], START_NS + start * 1_000_000_000 // FS)[1]
        for start in range(0, FS, 1024)
    ]
    joined = np.concatenate(out)
    assert len(joined) >= FS - 32
    assert np.array_equal(joined, as_float(samples)[: len(joined)])


def test_stamps_in_coarse_ticks_give_a_copy() -> None:
    """Stamps rounded to 1/90000 s, as containers have them, leave the samples unchanged."""
    resampler = GridResampler(FS, 1)
    samples = np.random.default_rng(1).integers(-(2**15), 2**15, (FS, 1)).astype(np.int16)
    out = [
        resampler.push(samples[start : start + 1024], round(start / FS * 90_000) * 1_000_000_000 // 90_000, 0.2)[1]
        for start in range(0, FS, 1024)
    ]
    joined = np.concatenate(out)
    assert np.array_equal(joined, as_float(samples)[: len(joined)])


def test_a_wrong_place_is_slewed_at_no_more_than_500_ppm() -> None:
    """A line that moves by 5 ms is followed within 20 s, by 500 ppm at most, without a step."""
    resampler = GridResampler(FS, 1)
    ramp = np.arange(20 * FS, dtype=np.float64) / (20 * FS)
    parts = []
    for start in range(0, 20 * FS, 480):
        moved_ns = 5_000_000 if start >= FS else 0
        parts.append(
            resampler.push(ramp[start : start + 480, None], START_NS + start * 1_000_000_000 // FS + moved_ns)[1]
        )
    out = np.concatenate(parts)[100:, 0]
    steps = np.diff(out.astype(np.float64)) * 20 * FS
    spread = steps.reshape(-1)[: len(steps) // 4800 * 4800].reshape(-1, 4800).mean(axis=1)
    assert abs(spread - 1).max() < 530e-6  # float32 itself is good to 13 ppm here
    at_end = out[-1] * 20 * FS
    assert abs(len(out) + 99 - at_end - 240) < 3
    assert resampler.silence_samples == resampler.dropped_samples == 0


def test_a_hole_is_filled_with_counted_silence() -> None:
    """Half a second without sound becomes half a second of zeros, and what follows stands at its time."""
    resampler = GridResampler(FS, 1)
    ones = np.ones((FS, 1), np.float32)
    first, before = resampler.push(ones, 0)
    second, after = resampler.push(ones, 1_500_000_000)
    joined = np.concatenate((before, after))[:, 0]
    assert (first, second) == (0, len(before))
    assert resampler.silence_samples == FS // 2
    assert np.array_equal(joined[:FS], np.ones(FS))
    assert np.array_equal(joined[FS : FS * 3 // 2], np.zeros(FS // 2))
    assert np.all(joined[FS * 3 // 2 :] == 1)


def test_an_overlap_is_dropped_and_counted() -> None:
    """A block whose place is taken loses that part, and what follows stands at its time."""
    resampler = GridResampler(FS, 1)
    resampler.push(np.zeros((FS, 1), np.float32), 0)
    step = (np.arange(FS) >= FS // 2).astype(np.float32)[:, None]
    first, out = resampler.push(step, 750_000_000)
    assert resampler.dropped_samples == FS // 4
    assert first + int(np.argmax(out[:, 0] > 0.5)) == FS * 5 // 4


def test_an_overlap_longer_than_the_block() -> None:
    """Blocks that lie wholly in the past are dropped until one reaches the present."""
    resampler = GridResampler(FS, 1)
    resampler.push(np.zeros((FS, 1), np.float32), 0)
    ends = [resampler.push(np.ones((4_800, 1), np.float32), 500_000_000 + i * 100_000_000)[1] for i in range(8)]
    assert [len(out) > 20 for out in ends] == [False] * 5 + [True] * 3
    assert resampler.next_sample == pytest.approx(1.3 * FS, abs=20)


def test_silence_until() -> None:
    """A microphone that says nothing leaves silence up to now, and takes its place again when it returns."""
    resampler = GridResampler(FS, 1)
    assert len(resampler.silence_until(5)[1]) == 0
    resampler.push(np.ones((FS, 1), np.float32), 0)
    first, out = resampler.silence_until(3_000_000_000)
    assert first + len(out) == 3 * FS
    assert resampler.silence_samples == 2 * FS
    first, out = resampler.push(np.ones((FS, 1), np.float32), 3_200_000_000)
    assert first == 3 * FS
    assert not out[: FS // 5].any()
    assert np.all(out[FS // 5 :] == 1)


def test_held_back() -> None:
    """At most a millisecond of sound is held back."""
    resampler = GridResampler(FS, 1)
    first, out = resampler.push(np.ones((480, 1), np.float32), 0, 100.0)
    assert 480 - (first + len(out)) <= 48


@given(
    st.lists(st.tuples(st.integers(1, 3_000), st.integers(-30_000_000, 200_000_000)), min_size=1, max_size=30),
    st.floats(-500, 500),
)
@settings(max_examples=100, deadline=None)
def test_contiguous_whatever_comes(blocks: list[tuple[int, int]], ppm: float) -> None:
    """Whatever the stamps do, the output is contiguous, and it ends within 21 ms of what the last stamp says."""
    resampler = GridResampler(FS, 1)
    t_ns, expected = START_NS, None
    for count, moved_ns in blocks:
        t_ns = max(t_ns + moved_ns, START_NS)
        first, out = resampler.push(np.ones((count, 1), np.float32), t_ns, ppm)
        assert expected is None or first == expected
        assert np.isfinite(out).all()
        expected = first + len(out)
        t_ns += count * 1_000_000_000 // FS
        late = t_ns * FS / 1e9 - expected
        assert late < 0.021 * FS


def test_as_float() -> None:
    """Full scale of each type is one."""
    for dtype, full in ((np.int16, 2**15), (np.int32, 2**31)):
        assert as_float(np.array([[-full]], dtype))[0, 0] == -1.0
    assert as_float(np.array([[0.5]], np.float32))[0, 0] == 0.5


def test_blocks_of_one_sample() -> None:
    """The shortest blocks give the same sound as long ones, at every phase."""
    samples = np.sin(np.arange(12_000) / 10)[:, None]
    single, whole = GridResampler(FS, 1), GridResampler(FS, 1)
    wanted = whole.push(samples, 0, 100.0)[1]
    parts = [
        single.push(samples[at : at + 1], round(at * SAMPLE_NS / (1 + 100e-6)), 100.0)[1] for at in range(len(samples))
    ]
    out = np.concatenate(parts)
    assert abs(len(out) - len(wanted)) <= 1
    length = min(len(out), len(wanted))
    assert np.abs(out[:length] - wanted[:length]).max() < 1e-3
