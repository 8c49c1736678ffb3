"""core/levels.py: how loud a block is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.levels import FLOOR_DBFS, levels


@pytest.mark.parametrize(("dtype", "full"), [(np.int16, 2**15), (np.int32, 2**31), (np.float32, 1.0)])
def test_sine_at_half_scale(dtype: Any, full: float) -> None:
    """A sine of half the full scale has its peak at −6 dBFS and its RMS at −9, in every type."""
    sine = 0.5 * full * np.sin(np.arange(4_800) * 2 * np.pi / 48)
    found = levels(np.stack((sine, sine), axis=1).astype(dtype))
    assert found.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert found.rms_dbfs == pytest.approx(-9.03, abs=0.01)
    assert not found.zeros


def test_most_negative_sample_is_full_scale() -> None:
    """−32768 is 0 dBFS, though int16 has no +32768."""
    assert levels(np.full((10, 1), -(2**15), np.int16)).peak_dbfs == 0.0


def test_exact_zeros() -> None:
    """Zeros are told from the faintest noise."""
    samples = np.zeros((480, 2), np.int16)
    assert levels(samples) == (FLOOR_DBFS, FLOOR_DBFS, True)
    samples[479, 1] = 1
    assert not levels(samples).zeros
    assert levels(np.zeros((0, 1), np.int16)).zeros


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=50))
def test_order(values: list[int]) -> None:
    """RMS never exceeds the peak, and nothing leaves floor to full scale."""
    found = levels(np.array(values, np.int32)[:, None])
    assert FLOOR_DBFS <= found.rms_dbfs <= found.peak_dbfs + 1e-3
    assert found.peak_dbfs <= 0.0
