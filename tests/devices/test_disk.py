"""The real disk, and a full, a refusing and a failing one."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from vig_capture.core.errors import StorageError
from vig_capture.devices import disk as disk_module
from vig_capture.devices.disk import HostDisk, storage_error

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and limits")


@pytest.fixture
def disk() -> HostDisk:
    return HostDisk()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_journal_holds_every_byte_in_order(disk: HostDisk, tmp_path: Path) -> None:
    """What was written and synced is in the file, in order, through any number of writes."""
    path = tmp_path / "journal.msgpack"
    journal = disk.create_journal(path)
    for number in range(50):
        journal.write(bytes([number]) * (number + 1))
    journal.sync()
    assert path.read_bytes() == b"".join(bytes([n]) * (n + 1) for n in range(50))
    journal.close()


def test_short_writes_are_continued(disk: HostDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that takes three bytes at a time still gets all of them."""
    journal = disk.create_journal(tmp_path / "j")
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real_write(fd, bytes(data[:3])))
    journal.write(b"0123456789")
    journal.close()
    assert (tmp_path / "j").read_bytes() == b"0123456789"


def test_a_write_that_never_takes_a_byte_is_an_error(
    disk: HostDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes nothing and says nothing does not hang the journal."""
    journal = disk.create_journal(tmp_path / "j")
    monkeypatch.setattr(os, "write", lambda _fd, _data: 0)
    with pytest.raises(StorageError):
        journal.write(b"x")


@posix_only
def test_files_and_folders_are_private(disk: HostDisk, tmp_path: Path) -> None:
    """Folders are 0700, with the parents that were made; journals are 0600; a folder that existed keeps its mode."""
    tmp_path.chmod(0o755)
    folder = tmp_path / "a" / "b" / "c"
    disk.make_folder(folder)
    disk.create_journal(folder / "j").close()
    assert [mode_of(path) for path in (tmp_path / "a", tmp_path / "a" / "b", folder)] == [0o700] * 3
    assert mode_of(folder / "j") == 0o600
    assert mode_of(tmp_path) == 0o755


@posix_only
def test_every_new_name_is_made_durable(disk: HostDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent of each folder made, and the folder of a new journal, are synced."""
    synced: list[Path] = []
    monkeypatch.setattr(HostDisk, "sync_folder", lambda _self, path: synced.append(path))
    disk.make_folder(tmp_path / "a" / "b")
    assert set(synced) == {tmp_path, tmp_path / "a"}
    synced.clear()
    disk.create_journal(tmp_path / "a" / "b" / "j").close()
    assert synced == [tmp_path / "a" / "b"]


@posix_only
def test_sync_goes_to_the_disk(disk: HostDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both syncs reach the system's own, the growing file's through another descriptor."""
    if sys.platform == "darwin":
        pytest.skip("F_FULLFSYNC is not fdatasync")
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    journal = disk.create_journal(tmp_path / "j")
    journal.sync()
    disk.sync_file(tmp_path / "j")
    assert len(set(synced)) == 2
    journal.close()


def test_a_journal_never_writes_over_a_file(disk: HostDisk, tmp_path: Path) -> None:
    """A name that is taken is refused and what is there is untouched."""
    (tmp_path / "j").write_bytes(b"old")
    with pytest.raises(StorageError) as caught:
        disk.create_journal(tmp_path / "j")
    assert isinstance(caught.value.__cause__, FileExistsError)
    assert (tmp_path / "j").read_bytes() == b"old"


def test_a_new_file_is_whole_private_and_durable_or_not_there(
    disk: HostDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is written with its name, never over another; one that the disk refuses leaves nothing."""
    synced: list[Path] = []
    monkeypatch.setattr(HostDisk, "sync_folder", lambda _self, path: synced.append(path))
    disk.write_new(tmp_path / "0001.jpg", b"picture")
    assert (tmp_path / "0001.jpg").read_bytes() == b"picture"
    assert synced == [tmp_path]
    with pytest.raises(StorageError) as caught:
        disk.write_new(tmp_path / "0001.jpg", b"another")
    assert caught.value.what == "That name is taken."
    assert (tmp_path / "0001.jpg").read_bytes() == b"picture"

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StorageError) as caught:
        disk.write_new(tmp_path / "0002.jpg", b"picture")
    assert caught.value.what == "The disk is full."
    assert [path.name for path in tmp_path.iterdir()] == ["0001.jpg"]
    disk.remove(tmp_path / "0001.jpg")
    disk.remove(tmp_path / "0001.jpg")
    assert list(tmp_path.iterdir()) == []


def test_folders_may_exist_but_a_file_in_the_way_is_refused(disk: HostDisk, tmp_path: Path) -> None:
    """Making a folder twice is fine; a file with its name, or as its parent, is a StorageError."""
    disk.make_folder(tmp_path / "film")
    disk.make_folder(tmp_path / "film")
    (tmp_path / "film" / "x").write_bytes(b"")
    for path in (tmp_path / "film" / "x", tmp_path / "film" / "x" / "y"):
        with pytest.raises(StorageError):
            disk.make_folder(path)


def test_a_file_or_folder_that_is_gone_is_said_so(disk: HostDisk, tmp_path: Path) -> None:
    """Sync, hash and room of what is not there raise StorageError, keeping the errno."""
    gone = tmp_path / "gone"
    for call in (disk.sync_file, disk.sha256, disk.free_bytes, lambda path: disk.create_journal(path / "j")):
        with pytest.raises(StorageError) as caught:
            call(gone)
        assert isinstance(caught.value.__cause__, OSError)
        assert caught.value.__cause__.errno == errno.ENOENT
        assert "--out" in caught.value.do


def test_hash_and_size_are_those_of_the_file(disk: HostDisk, tmp_path: Path) -> None:
    """The streamed hash equals hashlib's over files of zero, one and more than two chunks."""
    for size in (0, 1, 2 * (1 << 20) + 17):
        data = os.urandom(size)
        (tmp_path / "f").write_bytes(data)
        assert disk.sha256(tmp_path / "f") == (hashlib.sha256(data).hexdigest(), size)


@posix_only
def test_room_is_what_this_user_may_use(disk: HostDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks reserved for the system are not counted as room."""
    real = os.statvfs(tmp_path)

    class Room:
        f_frsize, f_bsize, f_bfree, f_bavail = 512, 4096, 100, 7

    monkeypatch.setattr(os, "statvfs", lambda _path: Room())
    assert disk.free_bytes(tmp_path) == 7 * 512
    assert real.f_bavail > 0


def test_closing_twice_is_safe_and_using_after_it_is_not(disk: HostDisk, tmp_path: Path) -> None:
    """A closed journal raises StorageError instead of writing into a descriptor that someone else may own by now."""
    journal = disk.create_journal(tmp_path / "j")
    journal.close()
    journal.close()
    for call in (journal.sync, lambda: journal.write(b"x")):
        with pytest.raises(StorageError):
            call()


def test_a_failed_sync_is_a_storage_error(disk: HostDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An fsync that fails with EIO says that the disk is failing."""

    def fail(_fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(disk_module, "_sync_data_and_size", fail)
    journal = disk.create_journal(tmp_path / "j")
    for call in (journal.sync, lambda: disk.sync_file(tmp_path / "j")):
        with pytest.raises(StorageError, match="failing"):
            call()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_device_says_that_the_disk_is_full(
    disk: HostDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real ENOSPC from the system becomes the plain sentence with a way out."""
    journal = disk.create_journal(tmp_path / "j")
    fd = os.open("/dev/full", os.O_WRONLY)
    monkeypatch.setattr(journal, "_fd", fd)
    with pytest.raises(StorageError) as caught:
        journal.write(b"x")
    assert caught.value.what == "The disk is full."
    assert "Free some room" in caught.value.do
    assert caught.value.__cause__.errno == errno.ENOSPC  # type: ignore[union-attr]
    journal.close()


LIMITED = """
import resource, sys
from pathlib import Path
from vig_capture.core.errors import StorageError
from vig_capture.devices.disk import HostDisk
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
journal = HostDisk().create_journal(Path(sys.argv[1]))
journal.write(b"a" * 900)
try:
    journal.write(b"b" * 900)
except StorageError as error:
    print(error.__cause__.errno)
"""


@posix_only
def test_a_write_that_no_longer_fits_keeps_what_was_there(tmp_path: Path) -> None:
    """At a size limit the first, short write is continued, the error is told, and the bytes before it stay whole."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "j")], capture_output=True, text=True, check=True, timeout=20
    )
    assert int(done.stdout) == errno.EFBIG
    assert (tmp_path / "j").read_bytes() == b"a" * 900 + b"b" * 100


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 64 KiB, where this user may mount one."""
    mount = tmp_path / "small"
    mount.mkdir()
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("no mount command")
    if done.returncode:
        pytest.skip("this user may not mount a tmpfs")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], capture_output=True, check=True)


def test_a_disk_that_fills_up_keeps_what_was_written(disk: HostDisk, small_disk: Path) -> None:
    """On a really full disk: room shrinks, the write is refused in plain words, and everything before it is whole."""
    assert disk.free_bytes(small_disk) == 64 * 1024
    journal = disk.create_journal(small_disk / "j")
    written = 0

    def fill() -> None:
        nonlocal written
        for _ in range(100):
            journal.write(b"r" * 1000)
            journal.sync()
            written += 1000

    with pytest.raises(StorageError, match="The disk is full") as caught:
        fill()
    assert caught.value.__cause__.errno == errno.ENOSPC  # type: ignore[union-attr]
    journal.close()
    assert written >= 60_000
    assert (small_disk / "j").read_bytes()[:written] == b"r" * written
    assert disk.free_bytes(small_disk) == 0


@pytest.mark.parametrize("number", [*errno.errorcode, 0, 99_999])
def test_every_errno_gets_three_plain_sentences(number: int) -> None:
    """No error of the system leaves the guider without what, why and what to do; the path is named."""
    error = storage_error(OSError(number, "odd {thing}"), Path("/films/x"))
    assert error.what.endswith(".")
    assert "/films/x" in error.why
    assert error.do.endswith(".")
    assert "Errno" not in str(error)
