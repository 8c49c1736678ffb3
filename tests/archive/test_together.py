"""Files that belong together get their names at once, or none does."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path

import pytest

from vig_capture.archive.together import Together
from vig_capture.core.errors import UserError


def test_all_get_their_names_at_once(tmp_path: Path) -> None:
    """Private, in a folder that is made for them; until then no name is taken, and nothing is left beside them."""
    folder = tmp_path / "handoff" / "clips"
    with Together() as files:
        for name in ("a.mp4", "b.mp4"):
            with files.file(folder / name) as file:
                file.write(name.encode())
            assert files.aside(folder / name).read_bytes() == name.encode()
        assert not (folder / "a.mp4").exists()
        assert files.paths == [folder / "a.mp4", folder / "b.mp4"]
        files.place()
    assert sorted(path.name for path in folder.iterdir()) == ["a.mp4", "b.mp4"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def fail(how: str, taken: Path) -> None:
    """Make two files in the way that is asked for, one of them `taken`."""
    with Together() as files:
        with files.file(taken.with_name("a")) as file:
            file.write(b"1")
        with files.file(taken) as file:
            if how == "an error while one is written":
                raise ValueError
        if how == "left without placing":
            raise ValueError
        taken.write_bytes(b"another's")
        files.place()


@pytest.mark.parametrize("how", ["left without placing", "an error while one is written", "a name taken meanwhile"])
def test_or_none_does(tmp_path: Path, how: str) -> None:
    """Whatever happens before: nothing of them is there, and what was there is as it was."""
    taken = tmp_path / "b"
    with pytest.raises((UserError, ValueError)):
        fail(how, taken)
    left = [path.name for path in tmp_path.iterdir()]
    assert left == (["b"] if how == "a name taken meanwhile" else [])
    assert not left or taken.read_bytes() == b"another's"


def test_one_that_failed_is_dropped_and_the_others_are_placed(tmp_path: Path) -> None:
    """An error ends that one file alone, where it is caught."""
    with Together() as files:
        with suppress(ValueError), files.file(tmp_path / "a") as file:
            file.write(b"half")
            raise ValueError
        with files.file(tmp_path / "b") as file:
            file.write(b"whole")
        files.place()
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_an_older_file_is_replaced_only_where_it_is_said(tmp_path: Path) -> None:
    """Before anything is written."""
    path = tmp_path / "a"
    path.write_bytes(b"older")
    with pytest.raises(UserError), Together() as files, files.file(path):
        pass
    with Together(replace=True) as files:
        with files.file(path) as file:
            file.write(b"newer")
        assert path.read_bytes() == b"older"
        files.place()
    assert path.read_bytes() == b"newer"
