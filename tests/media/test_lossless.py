"""The lossless file: the microphone's own samples, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media.known import (
    MEDIA,
    MONO,
    RATE,
    flac_of,
)
from vig_capture.core.model import SoundTrack


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.float32])
@pytest.mark.parametrize("channels", [1, 2])
def test_lossless_is_lossless(tmp_path: Path, kind: type[Any], channels: int) -> None:
    """The microphone's own samples come back bit for bit, extremes included, with their number in the header."""
    dice = np.random.default_rng(3)
    whole = dice.integers(-(1 << 23), 1 << 23, (30_011, channels))
    whole[:2] = [[-(1 << 23)] * channels, [(1 << 23) - 1] * channels]
    if kind is np.int16:
        given = (whole >> 8).astype(np.int16)
        wanted: NDArray[Any] = given
    else:
        wanted = (whole << 8).astype(np.int32)
        given = wanted if kind is np.int32 else (whole / (1 << 23)).astype(np.float32)
    file = MEDIA.lossless(tmp_path / "a.flac", 0, SoundTrack(RATE, channels))
    for position in range(0, len(given), 480):
        file.add_sound(position, given[position : position + 480])
    file.close()
    assert file.written == len(given)
    assert np.array_equal(flac_of(str(tmp_path / "a.flac")), wanted)
    with av.open(str(tmp_path / "a.flac")) as container:
        assert container.streams.audio[0].duration == len(given)


def test_loud_floats_are_clipped_not_wrapped(tmp_path: Path) -> None:
    """A sample beyond full scale stays at full scale."""
    file = MEDIA.lossless(tmp_path / "a.flac", 0, MONO)
    file.add_sound(0, np.array([[1.5], [-1.5], [1.0], [0.0]], np.float32))
    file.close()
    top = ((1 << 23) - 1) << 8
    assert flac_of(str(tmp_path / "a.flac"))[:, 0].tolist() == [top, -(1 << 31), top, 0]
