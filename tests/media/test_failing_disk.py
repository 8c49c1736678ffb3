"""Film and sound files on a disk that fails: said in three sentences, survived, and readable up to there."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.media.known import (
    MEDIA,
    MONO,
    encoder_at,
    fill,
    film,
    flac_of,
    pictures_of,
)
from vig_capture.core.errors import StorageError


def fail_after(monkeypatch: pytest.MonkeyPatch, room: int, code: int = errno.ENOSPC) -> None:
    """From now on the disk has so many bytes of room."""
    system_write, left = os.write, room

    def write(descriptor: int, data: Any) -> int:
        nonlocal left
        if left <= 0:
            raise OSError(code, os.strerror(code))
        done = system_write(descriptor, data[:left])
        left -= done
        return done

    monkeypatch.setattr(os, "write", write)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0


@pytest.mark.parametrize("room", [0, 10, 3000, 20_000, 33_333])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_is_said_and_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, code: int
) -> None:
    """Wherever the room ends: a StorageError with its three sentences, no handle left, and what was written decodes."""
    before = open_files()
    path, encoder = tmp_path / "a.mp4", encoder_at(30)
    file = film(path, 0, encoder)
    fail_after(monkeypatch, room, code)
    with pytest.raises(StorageError) as error:
        fill(file, encoder, 300)
    assert error.value.why
    assert error.value.do
    assert 0 < file.written < 300
    with pytest.raises(StorageError):
        file.close()
    del file
    assert open_files() == before
    assert path.stat().st_size <= room
    if room >= 20_000:
        assert len(pictures_of(str(path))) >= 15


def test_a_disk_that_fails_at_the_very_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When only the closing index has no room, the file stays what it was while growing: readable."""
    path, encoder = tmp_path / "a.mp4", encoder_at(30)
    file = film(path, 0, encoder)
    fill(file, encoder, 60)
    growing = len(pictures_of(str(path)))
    fail_after(monkeypatch, 100)
    with pytest.raises(StorageError):
        file.close()
    assert len(pictures_of(str(path))) >= growing >= 40


def test_files_that_cannot_be_made(tmp_path: Path) -> None:
    """A missing folder and a file that exists are said at once; nothing is overwritten."""
    with pytest.raises(StorageError, match="folder is not there"):
        MEDIA.lossless(tmp_path / "gone" / "a.flac", 0, MONO)
    (tmp_path / "a.mp4").write_bytes(b"precious")
    with pytest.raises(StorageError, match="nothing is ever overwritten"):
        film(tmp_path / "a.mp4", 0, None)
    assert (tmp_path / "a.mp4").read_bytes() == b"precious"


def test_lossless_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for film: said, survived, and readable up to where the room ended."""
    before = open_files()
    path = tmp_path / "a.flac"
    file = MEDIA.lossless(path, 0, MONO)
    fail_after(monkeypatch, 30_000)
    noise = np.random.default_rng(1).integers(-9000, 9000, (480, 1)).astype(np.int16)
    with pytest.raises(StorageError):
        file.add_sound(0, np.tile(noise, (1000, 1)))
    with pytest.raises(StorageError):
        file.close()
    del file
    assert open_files() == before
    assert len(flac_of(str(path))) > 9000
