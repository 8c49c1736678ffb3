"""What the screens find beside the recorder: what a killed screen kept, in a private file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vig_capture.cli import kept
from vig_capture.cli.around import HostAround
from vig_capture.cli.kept import SCREEN_FILE

KEPT = {"folder": "/films/one", "mono_ns": 5, "dim": True, "calm": False, "note": {"of": "m1", "text": "é 👀"}}


@pytest.fixture(autouse=True)
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runtime folder of its own."""
    folder = tmp_path / "runtime"
    folder.mkdir()
    monkeypatch.setattr(kept, "runtime_folder", lambda: folder)
    return folder


def test_what_is_kept_is_there_for_the_next_screen(tmp_path: Path, runtime: Path) -> None:
    """It is read as it was written, by nobody but this user, and gone when nothing is kept any more."""
    around = HostAround(tmp_path)
    assert around.kept() == {}
    around.keep({"dim": True})
    around.keep(KEPT)
    assert HostAround(tmp_path).kept() == KEPT
    path = runtime / SCREEN_FILE
    assert sys.platform == "win32" or path.stat().st_mode & 0o777 == 0o600
    assert sorted(each.name for each in runtime.iterdir()) == [SCREEN_FILE]
    around.keep({})
    around.keep({})
    assert list(runtime.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b'{"dim": tr', b"[1]", b"\xff\xfe", b"{" * 100_000])
def test_a_damaged_file_is_nothing(tmp_path: Path, runtime: Path, data: bytes) -> None:
    """It must not keep a screen from being shown."""
    (runtime / SCREEN_FILE).write_bytes(data)
    assert HostAround(tmp_path).kept() == {}


def test_what_cannot_be_written_is_left(tmp_path: Path, runtime: Path) -> None:
    """A folder that takes no file costs no key press."""
    (runtime / SCREEN_FILE).mkdir()
    HostAround(tmp_path).keep(KEPT)
    assert HostAround(tmp_path).kept() == {}
