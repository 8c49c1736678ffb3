"""The file of the face detector YuNet: where it lies, whether it is one of those that are known, how it gets there.

The project carries none. Nothing is fetched unless somebody asks, and only a file whose SHA-256 is below is used.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from vig_capture.core.errors import StorageError, UserError
from vig_capture.devices.disk import HostDisk, told
from vig_capture.devices.settings_files import data_folder

FOLDER = "models"
BYTES_MAX = 2_000_000
TIMEOUT_S = 20.0
"""For the connection, and for each wait for more of the file."""


@dataclass(frozen=True, slots=True)
class Known:
    """A file that may be used."""

    name: str
    """As the guider reads it."""
    file: str
    """As its makers call it."""
    sha256: str


KNOWN = (
    Known("YuNet n", "yunet_n_640_640.onnx", "25a606a145a5b6d7271ae138fbd00eba91dad8b83222ae3f2c7ecd0f4a7b0e31"),
    Known(
        "YuNet s",
        "face_detection_yunet_2023mar.onnx",
        "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    ),
)
"""The best first. Both are by Shiqi Yu: the first from libfacedetection.train (Apache-2.0), the second from opencv_zoo
(MIT) and, as yunet_s_640_640.onnx, from libfacedetection.train."""
SOURCE = (
    # Kept there in Git LFS, so not at the usual address of a file; at a revision whose pointer has the hash above.
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/f12e12798e8314f7c074a6656816c048dcc95b7a/"
    "models/face_detection_yunet/face_detection_yunet_2023mar.onnx"
)
BEST_AT = "github.com/ShiqiYu/libfacedetection.train, in the folder onnx: yunet_n_640_640.onnx"
"""Where the best of them is to be had."""
_DO = f"Let vig-capture fetch one: vig-capture model --download   The best one is in {BEST_AT}."


@dataclass(frozen=True, slots=True)
class FaceModel:
    """A file whose hash is known, and its content at that moment: what was checked is what is used."""

    known: Known
    path: Path
    content: bytes


def find(face_model: str = "") -> FaceModel | None:
    """The model that the setting `face_model` names, else the best of those installed; None where there is none.

    Raises UserError where the named one, or else every installed one, cannot be used."""
    if face_model:
        return read(Path(face_model))
    fault: UserError | None = None
    for path in (installed_folder() / known.file for known in KNOWN):
        try:
            return read(path)
        except UserError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                fault = fault or error
    if fault:
        raise fault
    return None


def installed_folder() -> Path:
    """Where models are installed. It need not exist."""
    return data_folder() / FOLDER


def read(path: Path) -> FaceModel:
    """Read a model's file. Raises UserError where it cannot be read, or is not one of those known."""
    try:
        with path.expanduser().open("rb") as file:
            content = file.read(BYTES_MAX + 1)
    except (OSError, ValueError, RuntimeError) as error:
        # ValueError: a path that no system takes; RuntimeError: the home of somebody who has none.
        why = getattr(error, "strerror", None) or error
        raise UserError(f"{path} cannot be read.", f"{why}.", "Check the path.") from error
    known = _known(content)
    if known is None:
        raise UserError(f"{path} is not used.", "It is not one of the face models that this version knows.", _DO)
    return FaceModel(known, path, content)


def install(path: Path) -> FaceModel:
    """Copy a model into its place, whole or not at all, readable for this user alone.

    Raises UserError for a file that is not known, StorageError."""
    model = read(path)
    return _put(model.known, model.content)


def download(source: str = SOURCE, timeout_s: float = TIMEOUT_S) -> FaceModel:
    """Fetch a model, and put it in its place if its hash is known. Call it only when somebody asked for it.

    Raises UserError where it cannot be fetched or is something else, StorageError."""
    host = urlsplit(source).hostname
    do = "Try again later, or copy the file from a computer that has a network, and: vig-capture model install FILE"
    try:
        with urllib.request.urlopen(source, timeout=timeout_s) as answer:
            content = answer.read(BYTES_MAX + 1)
    except urllib.error.HTTPError as error:
        raise UserError("The face model was not fetched.", f"{host} answered with {error.code}.", do) from error
    except (OSError, http.client.HTTPException) as error:
        why = f"{host} cannot be reached: is there a network?"
        raise UserError("The face model was not fetched.", why, do) from error
    known = _known(content)
    if known is None:
        why = f"What {host} sent is not what this version knows: it came incomplete, or was changed."
        raise UserError("The face model was not fetched.", why, do)
    return _put(known, content)


def _known(content: bytes) -> Known | None:
    digest = hashlib.sha256(content).hexdigest()
    return next((known for known in KNOWN if known.sha256 == digest), None)


def _put(known: Known, content: bytes) -> FaceModel:
    """A cut of power leaves the old file or the new one: write aside, sync, rename."""
    disk, path = HostDisk(), installed_folder() / known.file
    aside = path.with_name(f".{path.name}.new")
    try:
        disk.make_folder(path.parent)
        disk.remove(aside)
        disk.write_new(aside, content)
        with told(path):
            aside.replace(path)
        disk.sync_folder(path.parent)
    except StorageError as error:
        do = f"Check the permissions of {path.parent}, and the room on its disk."
        raise StorageError("The face model cannot be kept.", error.why, do) from error
    return FaceModel(known, path, content)
