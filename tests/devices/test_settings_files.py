"""Folders, files and remembered values."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import NoReturn

import platformdirs
import pytest

from vig_capture.core.config import Settings
from vig_capture.core.errors import StorageError, UserError
from vig_capture.devices import settings_files as files

VOCABULARY = (files.shipped_folder() / "vocabularies" / "infant.toml").read_text(encoding="utf-8")

posix = pytest.mark.skipif(os.name == "nt", reason="permissions and socket paths of POSIX systems")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The guider's folders, in a place of their own."""
    monkeypatch.setattr(files, "config_folder", lambda: tmp_path / "config")
    monkeypatch.setattr(files, "data_folder", lambda: tmp_path / "data")
    (tmp_path / "config" / "vocabularies").mkdir(parents=True)
    return tmp_path


def test_shipped_vocabularies() -> None:
    """Every shipped vocabulary can be named and loaded."""
    assert {"vig-core", "infant", "shared-review"} <= set(files.vocabulary_names())
    assert all(files.load_vocabulary(name).keys for name in files.vocabulary_names())


def test_own_vocabulary_wins(home: Path) -> None:
    """A vocabulary of the guider's own is listed, and wins over a shipped one of the same name."""
    own = home / "config" / "vocabularies"
    for name in ("ours", "vig-core"):
        (own / f"{name}.toml").write_text(VOCABULARY.replace("Infant, 0 to 18 months", "Ours"), encoding="utf-8")
    assert "ours" in files.vocabulary_names()
    assert files.load_vocabulary("ours").name == files.load_vocabulary("vig-core").name == "Ours"


def test_vocabulary_by_path(tmp_path: Path) -> None:
    """A path is read as it is, also with the mark that Windows editors put before UTF-8."""
    path = tmp_path / "mine.toml"
    path.write_text(VOCABULARY, encoding="utf-8-sig")
    assert files.load_vocabulary(str(path)).name == "Infant, 0 to 18 months"


def test_unknown_vocabulary() -> None:
    """A name that does not exist is refused with the one that was probably meant."""
    with pytest.raises(UserError) as caught:
        files.load_vocabulary("infants")
    assert (caught.value.what, caught.value.do) == ("There is no vocabulary 'infants'.", "Did you mean infant?")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file or directory."),
        (b'name = "caf\xe9"', "Line 1: it is not a UTF-8 text."),
        (b"# ok\n\xff", "Line 2: it is not a UTF-8 text."),
        (b"\0" * (files.TEXT_BYTES_MAX + 1), "It is far too large for a settings file."),
        (b"nonsense", "Line 1: it cannot be read: "),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, content: bytes | None, why: str) -> None:
    """A missing, binary, huge or faulty file is refused with its path and the reason."""
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        files.load_settings(path)
    assert caught.value.what.startswith(str(path))
    assert caught.value.why.startswith(why)


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    """A folder given as a file is refused in words."""
    with pytest.raises(UserError):
        files.load_vocabulary(f"{tmp_path}/")


def test_settings_without_any_file() -> None:
    """Without files, profile and options the settings are the built-in ones."""
    assert files.load_settings() == Settings()


def test_layers(home: Path) -> None:
    """The guider's file is laid over the defaults, the profile over that, the command line over all."""
    (home / "config" / "settings.toml").write_text('vocabulary = "education"\ncrf = 18\nrate = 25\n', encoding="utf-8")
    settings = files.load_settings(profile="infant", options={"rate": 15})
    assert (settings.vocabulary, settings.crf, settings.rate, settings.profile) == ("infant", 18, 15, "infant")


def test_profile_of_the_file(tmp_path: Path) -> None:
    """A profile named in the file is used unless another one is asked for."""
    path = tmp_path / "mine.toml"
    path.write_text('profile = "lesson"\n', encoding="utf-8")
    assert files.load_settings(path).vocabulary == "education"
    assert files.load_settings(path, profile="infant").profile == "infant"
    assert files.load_settings(path, options={"profile": "interview"}).camera == "none"


def test_unknown_profile() -> None:
    """A profile that does not exist is refused with the one that was probably meant."""
    with pytest.raises(UserError) as caught:
        files.load_settings(profile="lessons")
    assert caught.value.do == "Did you mean lesson?"


def test_profiles_can_be_named() -> None:
    """Every shipped profile can be named and loaded."""
    assert all(files.load_settings(profile=name).profile == name for name in files.profile_names())
    assert len(files.profile_names()) >= 8


def test_remembered_offset(home: Path) -> None:
    """An offset is kept for its own pair of devices, beside whatever else is kept, and a settings file wins over it."""
    files.remember("other", [1])
    files.remember_offset("C920", "Jabra", 40)
    files.remember_offset("C920", "Yeti", -5)
    settings = files.load_settings()
    assert (settings.offset_ms("C920", "Jabra"), settings.offset_ms("C920", "Yeti")) == (40, -5)
    assert files.recall()["other"] == [1]
    (home / "config" / "settings.toml").write_text('[audio_offset_ms]\n"C920 + Yeti" = 7\n', encoding="utf-8")
    settings = files.load_settings()
    assert (settings.offset_ms("C920", "Jabra"), settings.offset_ms("C920", "Yeti")) == (40, 7)


def test_offset_out_of_bounds() -> None:
    """An offset that cannot be meant is refused and not kept."""
    with pytest.raises(UserError):
        files.remember_offset("C920", "Jabra", 9000)
    assert files.recall() == {}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"audio_offset_ms": {"a + b": "x"}}'])
def test_damaged_note(home: Path, content: bytes) -> None:
    """A damaged note of remembered values costs those values, never the film."""
    (home / "data").mkdir()
    (home / "data" / "remembered.json").write_bytes(content)
    assert files.load_settings() == Settings()


def test_note_is_written_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails before its end leaves the old note and no rest, and says so; the bytes are synced first."""
    files.remember("a", 1)
    note = home / "data" / "remembered.json"

    def full(descriptor: int) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError) as caught:
        files.remember("a", 2)
    assert caught.value.why == "No space left on device."
    assert json.loads(note.read_bytes()) == {"a": 1}
    assert list(note.parent.iterdir()) == [note]


@posix
def test_runtime_folder_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime folder is made with 0700, and one that was opened up is closed again."""
    folder = Path("/tmp") / f"vig-test-{os.getpid()}" / "vig-capture"
    monkeypatch.setattr(platformdirs, "user_runtime_path", lambda *a, **k: folder)
    try:
        assert files.runtime_folder() == folder
        folder.chmod(0o755)
        assert stat.S_IMODE(files.runtime_folder().stat().st_mode) == 0o700
    finally:
        folder.rmdir()
        folder.parent.rmdir()


@posix
def test_no_login_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a login session there is a private runtime folder all the same, and no warning on the screen."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(files, "_private", lambda folder: folder)
    assert files.runtime_folder().is_absolute()


@posix
def test_long_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the usual folder is too long for a socket, or cannot be made, a short one is taken."""
    made: list[Path] = []

    def private(folder: Path) -> Path:
        if not str(folder).startswith("/tmp/vig-"):
            raise StorageError("no")
        made.append(folder)
        return folder

    monkeypatch.setattr(files, "_private", private)
    for usual in (Path("/run") / ("x" * 90), Path("/nowhere")):
        monkeypatch.setattr(platformdirs, "user_runtime_path", lambda *a, usual=usual, **k: usual)
        folder = files.runtime_folder()
        assert folder == Path(f"/tmp/vig-{os.getuid()}")
        assert len(os.fsencode(folder / ("n" * files.SOCKET_NAME_BYTES_MAX))) < files.SOCKET_PATH_BYTES_MAX
    assert len(made) == 2


@posix
def test_runtime_folder_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link, a file or a folder of another user in that place is refused, not used."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    plain = tmp_path / "plain"
    plain.write_text("")
    for path in (link, plain):
        with pytest.raises(StorageError):
            files._private(path)
    folder = tmp_path / "folder"
    folder.mkdir()
    assert files._private(folder) == folder
    owner = folder.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    with pytest.raises(StorageError):
        files._private(folder)


@posix
def test_runtime_folder_inside_somebody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of this user's is refused where another user could exchange it."""
    folder = tmp_path / "around" / "folder"
    folder.mkdir(parents=True)
    real = Path.stat

    def stat_of(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = real(path, follow_symlinks=follow_symlinks)
        if path != folder.parent:
            return found
        return os.stat_result((*found[:4], os.getuid() + 1, *found[5:]))

    monkeypatch.setattr(Path, "stat", stat_of)
    with pytest.raises(StorageError):
        files._private(folder)
