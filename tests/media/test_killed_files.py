"""Film and sound files as a killed process leaves them: readable at any byte, with little lost."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest

from tests.media.known import (
    MEDIA,
    MONO,
    MS,
    RATE,
    SECOND,
    encoder_at,
    fill,
    film,
    flac_of,
    grid,
    level_db,
    picture,
    pictures_in,
    pictures_of,
    sine,
    sound_of,
)
from vig_capture.media.growing import open_film


@pytest.mark.parametrize("rate", [15, 30])
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_moment(tmp_path: Path, rate: int, seed: int) -> None:
    """The file as it lies on the disk at any moment decodes, and lacks at most 0.6 s of picture and of sound."""
    chance = random.Random(seed)
    path, encoder = tmp_path / "a.mp4", encoder_at(rate)
    start_ns = 2 * SECOND
    file = film(path, start_ns, encoder)
    sample = first_sample = grid(start_ns)
    worst_picture = worst_sound = 0.0
    times: list[float] = []
    for number in range(5 * rate):
        t_ns = start_ns + number * SECOND // rate + chance.randrange(5 * MS)
        times.append((t_ns - start_ns) / SECOND)
        for packet in encoder.encode(picture(number), t_ns, False):
            file.add(packet)
        block_end = grid(start_ns + (number + 1) * SECOND // rate)
        while sample < block_end:
            end = min(sample + 480, block_end)
            file.add_sound(sample, sine(sample, end))
            sample = end
        if number < 1.2 * rate or chance.random() < 0.7:
            continue
        data = path.read_bytes()
        cut = len(data) - chance.randrange(3)
        found = pictures_of(io.BytesIO(data[:cut]))
        assert len(found) == sum(1 for at in times if at <= found[-1] + 1e-4)
        worst_picture = max(worst_picture, (t_ns - start_ns) / SECOND - found[-1])
        pts, samples, _ = sound_of(io.BytesIO(data[:cut]))
        worst_sound = max(worst_sound, (sample - first_sample - pts - len(samples)) / RATE)
        error = samples - sine(first_sample + pts, first_sample + pts + len(samples))[:, 0]
        assert level_db(error[2048:]) < -40
    file.close()
    assert 0 < worst_picture < 0.6
    assert 0 < worst_sound < 0.6


def test_sound_alone_killed_at_any_moment(tmp_path: Path) -> None:
    """An M4A as it lies on the disk lacks at most 0.6 s, from its very first sample on."""
    path = tmp_path / "a.m4a"
    file = MEDIA.film(path, 0, None, MONO)
    for sample in range(0, 4 * RATE, 480):
        file.add_sound(sample, sine(sample, sample + 480))
        if sample > RATE and sample % 4800 == 0:
            pts, samples, _ = sound_of(str(path))
            assert pts == 0
            assert sample + 480 - len(samples) < 0.6 * RATE
            assert level_db(samples[2048:] - sine(2048, len(samples))[:, 0]) < -40
    file.close()


def test_sound_that_stops_holds_the_picture_up_for_half_a_second_only(tmp_path: Path) -> None:
    """When the sound ends within a file, a kill costs at most half a second of picture more."""
    path, encoder = tmp_path / "a.mp4", encoder_at(30)
    file = film(path, 0, encoder)
    fill(file, encoder, 45)
    for number in range(45, 110):
        for packet in encoder.encode(picture(number), number * SECOND // 30, False):
            file.add(packet)
        if number % 5 == 0:
            assert number / 30 - pictures_of(str(path))[-1] < 1.1
    file.close()
    assert len(pictures_of(str(path))) == 110


def test_cut_at_any_byte(tmp_path: Path) -> None:
    """Cut anywhere after its first picture, within a fragment's header too, a growing file gives back all before."""
    path, encoder = tmp_path / "a.mp4", encoder_at(30)
    file = film(path, 0, encoder)
    fill(file, encoder, 60)
    data = path.read_bytes()
    file.close()
    whole = len(pictures_of(io.BytesIO(data)))
    assert whole >= 40
    chance = random.Random(5)
    first_picture = data.index(b"mdat") + 1000
    header = data.rindex(b"moof") - 4
    end_of_header = header + int.from_bytes(data[header : header + 4], "big")
    cuts = [chance.randrange(first_picture, len(data)) for _ in range(40)] + list(range(header, end_of_header + 20, 3))
    counts = []
    for cut in sorted(cuts):
        path.write_bytes(data[:cut])
        with open_film(path) as container:
            counts.append(len(pictures_in(container)))
        assert counts[-1] >= (30 if cut >= header else 1)
    assert counts == sorted(counts)


def test_lossless_killed_at_any_moment(tmp_path: Path) -> None:
    """A growing FLAC, even of silence and cut within a frame, gives back all but its last tenths of a second."""
    path = tmp_path / "a.flac"
    file = MEDIA.lossless(path, 0, MONO)
    chance = random.Random(6)
    given = np.zeros((0, 1), np.int16)
    for number in range(300):
        block = np.zeros((480, 1), np.int16) if number < 150 else (sine(0, 480) * 30_000).astype(np.int16)
        given = np.concatenate([given, block])
        file.add_sound(len(given) - 480, block)
        if number < 30 or chance.random() < 0.8:
            continue
        data = path.read_bytes()
        found = flac_of(io.BytesIO(data))
        assert len(given) - len(found) <= RATE // 4
        assert np.array_equal(found, given[: len(found)])
        if number > 200:
            less = flac_of(io.BytesIO(data[: len(data) - chance.randrange(1, 60)]))
            assert len(found) - len(less) <= 4608
            assert np.array_equal(less, given[: len(less)])
    file.close()
