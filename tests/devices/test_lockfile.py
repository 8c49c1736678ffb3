"""The held lock, against a real second process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vig_capture.core.errors import StorageError
from vig_capture.devices.lockfile import LockFile, is_held

HOLDER = """
import sys
from pathlib import Path
from vig_capture.devices.lockfile import LockFile
lock = LockFile(Path(sys.argv[1]))
print(lock.try_acquire(), flush=True)
sys.stdin.readline()
lock.release()
print("released", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recorder.lock"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until it is told to let go."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    yield process
    process.kill()
    process.communicate(timeout=10)


def test_another_process_keeps_us_out(path: Path, holder: subprocess.Popen[str]) -> None:
    """While another process holds the lock it is held and cannot be taken; when it lets go, it can."""
    lock = LockFile(path)
    assert is_held(path)
    assert not lock.try_acquire()
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.write("\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "released\n"
    assert not is_held(path)
    assert lock.try_acquire()
    lock.release()


def test_a_killed_holder_holds_nothing(path: Path, holder: subprocess.Popen[str]) -> None:
    """SIGKILL releases the lock though the file stays."""
    holder.kill()
    holder.wait(timeout=10)
    assert path.exists()
    assert not is_held(path)
    assert LockFile(path).try_acquire()


def test_the_same_process_is_kept_out_too(path: Path) -> None:
    """A second LockFile of the same process cannot take what the first holds; asking twice is fine."""
    first, second = LockFile(path), LockFile(path)
    assert first.try_acquire()
    assert first.try_acquire()
    assert is_held(path)
    assert not second.try_acquire()
    first.release()
    first.release()
    assert not is_held(path)
    assert second.try_acquire()
    second.release()


def test_no_file_is_not_held_and_none_is_made(path: Path) -> None:
    """Asking after a lock that never was makes no file."""
    assert not is_held(path)
    assert not path.exists()


def test_a_missing_folder_is_a_storage_error(tmp_path: Path) -> None:
    """A lock in a folder that is gone says so in plain words."""
    with pytest.raises(StorageError):
        LockFile(tmp_path / "gone" / "lock").try_acquire()


def test_a_passing_probe_does_not_keep_a_taker_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who only asks holds the lock for a moment: the taker looks again before it gives up."""
    probe = LockFile(path)
    assert probe.try_acquire()
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        probe.release()

    monkeypatch.setattr(time, "sleep", wait)
    assert LockFile(path).try_acquire()
    assert len(waited) == 1
    assert waited[0] < 0.1


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_the_lock_file_is_private(path: Path) -> None:
    """Nobody else may open the lock file and hold it against its user."""
    lock = LockFile(path)
    assert lock.try_acquire()
    assert path.stat().st_mode & 0o777 == 0o600
    lock.release()
