"""Files that belong together: all get their names when all are whole, or none does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from vig_capture.archive.placed import aside, check_free, name, written


class Together:
    """A context: what was not placed when it is left is gone, and older files are as they were."""

    def __init__(self, replace: bool = False) -> None:
        """`replace`: over files that have these names already."""
        self._replace = replace
        self._made: dict[Path, None] = {}

    def __enter__(self) -> Together:
        return self

    def __exit__(self, *_what: type[BaseException] | BaseException | TracebackType | None) -> None:
        for path in self.paths:
            self.drop(path)

    @property
    def paths(self) -> list[Path]:
        """The names that the files will have, in the order of their making."""
        return list(self._made)

    @contextmanager
    def file(self, path: Path) -> Iterator[BinaryIO]:
        """Write one of them (0600); it is whole on the disk when the context is left, and dropped by an error. The
        folder is made where it lacks. Raises UserError where the name is taken, StorageError."""
        check_free(path, self._replace)
        self._made[path] = None
        try:
            with written(path) as file:
                yield file
        except BaseException:
            self.drop(path)
            raise

    def aside(self, path: Path) -> Path:
        """Where one of them lies until it has its name."""
        return aside(path)

    def drop(self, path: Path) -> None:
        """It is not to be there."""
        del self._made[path]
        with suppress(OSError):
            aside(path).unlink(missing_ok=True)

    def place(self) -> None:
        """Give all of them their names. Raises UserError where one was taken meanwhile: then none has; StorageError."""
        for path in self._made:
            check_free(path, self._replace)
        for path in self.paths:
            name(path)
            del self._made[path]
