"""The clap test finds a known offset in drawn claps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vig_capture.core.clap import measure
from vig_capture.core.errors import UserError

RATE = 48_000
LONG_S = 6.0
HANDS = np.random.default_rng(0).integers(140, 230, (24, 20)).astype(np.uint8)
"""With fingers: more motion changes more of the picture."""


def sound(claps_s: list[float], rng: np.random.Generator, noise: float = 0.003) -> NDArray[np.float64]:
    """Bursts of noise that die away in 10 ms, over a quiet room."""
    samples = rng.normal(0, noise, int(RATE * LONG_S))
    burst = rng.normal(0, 0.3, RATE // 20) * np.exp(-np.arange(RATE // 20) / (0.01 * RATE))
    burst[0] = 0.8
    for at in claps_s:
        first = round(at * RATE)
        samples[first : first + len(burst)] += burst[: max(0, len(samples) - first)]
    return np.clip(samples, -1, 1)


def film(claps_s: list[float], rate: float, rng: np.random.Generator) -> tuple[NDArray[np.uint8], list[float]]:
    """Two hands that come together ever faster until each clap, stay, and part slowly; a clock that ticks."""
    times = [0.013 + number / rate for number in range(int(LONG_S * rate))]
    pictures = np.full((len(times), 90, 160), 80, np.uint8)
    grain = rng.normal(0, 2, (90, 400))
    for number, time in enumerate(times):
        picture = pictures[number]
        before = min((at - time for at in claps_s if at >= time), default=9.0)
        after = min((time - at for at in claps_s if at <= time), default=9.0)
        apart = 30.0
        if before < 0.15:
            apart = 30 * (before / 0.15) ** 0.5
        elif after < 0.5:
            apart = 30 * max(0.0, after - 0.15) / 0.35
        half = round(apart)
        picture[36:60, 60 - half : 80 - half] = picture[36:60, 80 + half : 100 + half] = HANDS
        picture[:10, :20] = 60 + 90 * (number % 2)
        first = int(rng.integers(0, 240))
        pictures[number] = np.clip(picture + grain[:, first : first + 160], 0, 255)
    return pictures, times


def find(offset_s: float, seed: int, rate: float, claps: int = 4) -> float:
    rng = np.random.default_rng(seed)
    moments = [0.8 + 1.1 * number + float(rng.uniform(0, 0.2)) for number in range(claps)]
    pictures, times = film(moments, rate, rng)
    samples = sound([at + offset_s for at in moments], rng)
    return measure(samples, (0.0, LONG_S), pictures, times).offset_ms


@settings(max_examples=20, deadline=None)
@given(offset_ms=st.integers(-150, 350), seed=st.integers(0, 10_000), rate=st.sampled_from([15.0, 25.0, 30.0]))
def test_offset_is_found(offset_ms: int, seed: int, rate: float) -> None:
    """Clapping hands give the offset within a picture, at 15, 25 and 30 pictures a second."""
    assert find(offset_ms / 1000, seed, rate) == pytest.approx(offset_ms, abs=1000 / rate)


@pytest.mark.parametrize("rate", [15.0, 25.0, 30.0])
def test_offset_is_mostly_found_within_half_a_picture(rate: float) -> None:
    """Of 20 clap tests at least 16 are right to half a picture, and together they lean neither way."""
    wrong_ms = [find(0.04 * seed - 0.15, seed, rate) - (40 * seed - 150) for seed in range(13)]
    wrong_ms += [find(-0.1, seed, rate) + 100 for seed in range(13, 20)]
    assert sum(abs(wrong) <= 500 / rate for wrong in wrong_ms) >= 16
    assert abs(float(np.median(wrong_ms))) <= 250 / rate


def flashes(offset_s: float, at_s: list[float], rate: float = 30.0) -> float:
    times = [number / rate for number in range(int(LONG_S * rate))]
    pictures = np.full((len(times), 90, 160), 50, np.uint8)
    for at in at_s:
        pictures[next(number for number, time in enumerate(times) if time >= at - 1e-9), 40:50, 80:90] = 250
    samples = sound([at + offset_s for at in at_s], np.random.default_rng(1))
    return measure(samples, (0.0, LONG_S), pictures, times).offset_ms


def test_flash_in_step_is_zero() -> None:
    """A flash exactly at a picture with its beep at once is no offset at all."""
    assert flashes(0.0, [1.0, 2.0, 3.0, 4.0]) == pytest.approx(0.0, abs=0.5)


def test_claps_between_pictures_narrow_it_down() -> None:
    """Claps at different moments between two pictures give the offset to a fraction of a picture."""
    found = flashes(0.120, [1.001, 2.012, 3.021, 4.031])
    assert found == pytest.approx(120, abs=6)


@pytest.mark.parametrize("claps", [[], [1.0], [1.0, 2.5]])
def test_too_few_claps(claps: list[float]) -> None:
    """Fewer than three claps are refused, with what to do."""
    rng = np.random.default_rng(3)
    pictures, times = film(claps, 30.0, rng)
    with pytest.raises(UserError) as caught:
        measure(sound(claps, rng), (0.0, LONG_S), pictures, times)
    assert "Clap 3 to 5 times" in caught.value.do


def test_nothing_to_see() -> None:
    """Claps that are heard but not seen are refused."""
    rng = np.random.default_rng(4)
    moments = [1.0, 2.1, 3.3, 4.2]
    pictures, times = film([], 30.0, rng)
    with pytest.raises(UserError):
        measure(sound(moments, rng), (0.0, LONG_S), pictures, times)


def test_unrelated_sounds_and_motions() -> None:
    """Sounds and motions that have nothing to do with each other are refused, not averaged."""
    rng = np.random.default_rng(5)
    pictures, times = film([0.8, 2.9, 5.1], 30.0, rng)
    with pytest.raises(UserError):
        measure(sound([1.3, 2.6, 4.9, 5.6], rng), (0.0, LONG_S), pictures, times)


def test_empty_input() -> None:
    """No sound and no picture at all is refused like silence."""
    with pytest.raises(UserError):
        measure(np.zeros(0), (0.0, 0.0), np.zeros((0, 90, 160), np.uint8), [])
