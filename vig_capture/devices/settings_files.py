"""Where settings, vocabularies and remembered values lie on the disk, and how they are read and written.

The rules are in core/config.py and core/vocabulary.py; here are only files.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from vig_capture.core import config, questions, vocabulary
from vig_capture.core.config import Settings
from vig_capture.core.errors import StorageError, UserError, VigError
from vig_capture.core.findings import Advice, parse_advice
from vig_capture.core.questions import Questions
from vig_capture.core.text import near_miss
from vig_capture.core.vocabulary import Vocabulary

APP = "vig-capture"
SETTINGS_FILE = "settings.toml"
QUESTIONS_FILE = "questions.toml"
REMEMBERED_FILE = "remembered.json"

SOCKET_PATH_BYTES_MAX = 100
"""A Unix socket's path has 104 bytes on macOS and 108 on Linux, the closing zero included."""
SOCKET_NAME_BYTES_MAX = 32
"""Room kept for a file's name in the runtime folder."""

TEXT_BYTES_MAX = 1_000_000
"""A settings file is a page long; a film given by mistake is not read into memory."""


# ------------------------------------------------------------------------------------------------------- folders


def shipped_folder() -> Path:
    """config/ as the project ships it: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "config" / "default.toml").is_file():
        return checkout / "config"
    return package / "config"


def config_folder() -> Path:
    """The guider's own settings and vocabularies. It need not exist."""
    return Path(platformdirs.user_config_path(APP, appauthor=False))


def data_folder() -> Path:
    """Where sessions are made unless --out says otherwise. It need not exist."""
    return Path(platformdirs.user_data_path(APP, appauthor=False))


def runtime_folder() -> Path:
    """The private folder (0700) of the recorder's lock, socket and run.json, made if it is missing.

    Its path is short enough for a Unix socket in it. Raises StorageError where it cannot be made or is not private."""
    with warnings.catch_warnings():
        # It warns where there is no login session; the folder that it then names in /tmp is as good.
        warnings.simplefilter("ignore")
        wanted = Path(platformdirs.user_runtime_path(APP, appauthor=False))
    if os.name == "nt":
        return _private(wanted)
    if len(os.fsencode(wanted)) + 1 + SOCKET_NAME_BYTES_MAX < SOCKET_PATH_BYTES_MAX:
        # Without a login session /run/user/UID does not exist, and only root could make it.
        with suppress(StorageError):
            return _private(wanted)
    return _private(Path("/tmp") / f"vig-{os.getuid()}")


def _private(folder: Path) -> Path:
    """Make a folder that only this user may enter. A folder of somebody else in a shared place is refused."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if not _own(folder):
            raise StorageError(
                f"The folder {folder} cannot be used.",
                "It, or the folder around it, belongs to somebody else, or it is no folder.",
                "Ask who looks after this computer to remove it.",
            )
        if os.name != "nt":
            folder.chmod(0o700)
    except OSError as error:
        raise _storage(f"The folder {folder} cannot be made.", error) from error
    return folder


def _own(folder: Path) -> bool:
    """True for a real folder of this user's, in one that nobody but this user and root could exchange it in."""
    found = folder.lstat()
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(found.st_mode)
    around = folder.parent.stat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and around.st_uid in (0, os.getuid())


# -------------------------------------------------------------------------------------------------- vocabularies


def vocabulary_names() -> list[str]:
    """The vocabularies that can be named: those shipped and the guider's own. Reads no file."""
    return _names("vocabularies")


def load_vocabulary(name_or_path: str) -> Vocabulary:
    """Read a vocabulary by its name or by the path of its file. The guider's own wins over a shipped one.

    Raises UserError, with the line where the text is at fault."""
    path = _find("vocabulary", "vocabularies", name_or_path)
    return vocabulary.parse(_read(path), str(path))


def load_advice() -> dict[str, Advice]:
    """The words of the checks' findings, by code. Raises UserError."""
    return parse_advice(_read(shipped_folder() / "advice.toml"))


# ------------------------------------------------------------------------------------------------------ settings


def profile_names() -> list[str]:
    """The profiles that can be named. Reads no file."""
    return _names("profiles")


def load_settings(path: Path | None = None, profile: str = "", options: Mapping[str, Any] | None = None) -> Settings:
    """Settings from all their layers: built in, the guider's file, the profile, the command line's `options`.

    `path` names a settings file; without it the one in `config_folder()` is read where there is one. `profile` wins
    over the file's own. Raises UserError, with file and line where a text is at fault."""
    own = config_folder() / SETTINGS_FILE
    file = path if path is not None else own if own.is_file() else None
    layers = [config.check_text(_read(file), str(file))] if file is not None else []
    from_options = config.check_values(options or {}, "The command line")
    wanted = profile or from_options.get("profile") or next((layer.get("profile") for layer in layers), "")
    if wanted:
        found = _find("profile", "profiles", wanted)
        layers += [config.check_text(_read(found), str(found)), {"profile": wanted}]
    remembered = {config.OFFSETS: _offsets()}
    return config.layered([remembered, *layers, {**from_options, "profile": wanted or ""}])


def load_questions() -> Questions:
    """The questions at a reel's pause points: the guider's own, or else those shipped. Raises UserError."""
    own = config_folder() / QUESTIONS_FILE
    path = own if own.is_file() else shipped_folder() / QUESTIONS_FILE
    return questions.parse(_read(path), str(path))


def _names(kind: str) -> list[str]:
    found: set[str] = set()
    for folder in (shipped_folder() / kind, config_folder() / kind):
        with suppress(OSError):
            found.update(path.stem for path in folder.glob("*.toml"))
    return sorted(found)


def _find(what: str, kind: str, name_or_path: str) -> Path:
    if name_or_path.endswith(".toml") or "/" in name_or_path or os.sep in name_or_path:
        return Path(name_or_path).expanduser()
    for folder in (config_folder() / kind, shipped_folder() / kind):
        path = folder / f"{name_or_path}.toml"
        if path.is_file():
            return path
    raise UserError(f"There is no {what} {name_or_path!r}.", "", near_miss(name_or_path, _names(kind)))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(TEXT_BYTES_MAX + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read.", _reason(error), "Check the path.") from error
    if len(data) > TEXT_BYTES_MAX:
        raise UserError(f"{path} cannot be used.", "It is far too large for a settings file.", "Check the path.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        why = f"Line {line}: it is not a UTF-8 text."
        raise UserError(f"{path} cannot be used.", why, "Save it as UTF-8 in a text editor.") from error


# ---------------------------------------------------------------------------------------------- remembered values


def recall() -> dict[str, Any]:
    """What was remembered between sessions; empty where there is nothing, or nothing readable.

    Raises nothing: a damaged note must not stop a film."""
    try:
        found = json.loads((data_folder() / REMEMBERED_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def remember(name: str, value: Any) -> None:
    """Keep a value (anything JSON can hold) for later sessions, whole or not at all. Raises StorageError."""
    values = {**recall(), name: value}
    _write_whole(data_folder() / REMEMBERED_FILE, json.dumps(values, indent=2, ensure_ascii=False).encode() + b"\n")


def remember_offset(camera: str, mic: str, offset_ms: float) -> None:
    """Keep the audio offset of a pair of devices. Raises UserError for an offset that cannot be meant, StorageError."""
    offsets = {**_offsets(), config.pair(camera, mic): float(offset_ms)}
    config.check_values({config.OFFSETS: offsets}, "The audio offset")
    remember(config.OFFSETS, offsets)


def _offsets() -> dict[str, float]:
    found = recall().get(config.OFFSETS, {})
    try:
        return dict(config.check_values({config.OFFSETS: found}, "")[config.OFFSETS])
    except VigError:
        return {}


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a cut of power leaves the old one or the new one: write aside, fsync, rename."""
    aside = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if aside:
            Path(aside).unlink(missing_ok=True)
        raise _storage(f"{path} cannot be written.", error) from error


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        # Windows opens no folder for this; NTFS journals the rename itself.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _storage(what: str, error: OSError) -> StorageError:
    return StorageError(what, _reason(error), "Check the permissions of the folder and the room on the disk.")


def _reason(error: OSError) -> str:
    return f"{error.strerror or error}."
