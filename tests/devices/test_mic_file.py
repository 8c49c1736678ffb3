"""devices/mic_file.py: a file as a microphone."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.clocks import HandClock
from vig_capture.core.errors import DeviceError, EndOfFilm
from vig_capture.core.model import AudioBlock
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.devices.mic_file import FileMicrophone


def play_checked(microphone: FileMicrophone, clock: HandClock) -> Iterator[AudioBlock]:
    """Blocks that carry their own stamps and come neither before them nor much after."""
    for block in play(microphone):
        assert block.stamped
        assert 0 <= clock.now_ns - block.mono_ns < MS_NS
        yield block


def write_wav(path: Path, samples: np.ndarray[Any, Any], rate: int = 16_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def play(microphone: FileMicrophone, limit: int = 10_000) -> Iterator[Any]:
    for _ in range(limit):
        block = microphone.read()
        if block is not None:
            yield block


def test_file_at_its_own_speed(clock: HandClock, tmp_path: Path) -> None:
    """A file's samples come unchanged, each block when its last sample is due and not before, then the end."""
    samples = np.arange(32_000).reshape(16_000, 2) % 30_000
    microphone = FileMicrophone(str(write_wav(tmp_path / "a.wav", samples)), clock, sleep=clock.wait)
    mode = microphone.open()
    start_ns = clock.now_ns
    assert (mode.sample_rate, mode.channels, mode.bits) == (16_000, 2, 16)
    blocks: list[AudioBlock] = []
    with pytest.raises(EndOfFilm):
        blocks.extend(play_checked(microphone, clock))
    got = [block.samples for block in blocks]
    assert np.array_equal(np.concatenate(got), samples)
    assert [block.mono_ns - start_ns for block in blocks] == [
        (block.first_sample + block.count) * SECOND_NS // 16_000 for block in blocks
    ]
    microphone.close()


def test_file_again_and_again(clock: HandClock, tmp_path: Path) -> None:
    """A looped file goes on counting, without a hole where it begins again."""
    path = write_wav(tmp_path / "a.wav", np.ones((8_000, 1)))
    microphone = FileMicrophone(str(path), clock, loop=True, sleep=clock.wait)
    microphone.open()
    expected = 0
    for block in play(microphone):
        assert block.first_sample == expected
        expected += block.count
        if expected > 30_000:
            break
    assert expected > 30_000


def test_file_that_is_none(clock: HandClock, tmp_path: Path) -> None:
    """A file that is no sound, or is gone, is a sentence."""
    path = tmp_path / "a.wav"
    path.write_text("this is no sound")
    for name in (path, tmp_path / "gone.wav"):
        with pytest.raises(DeviceError, match="cannot be played"):
            FileMicrophone(str(name), clock).open()
