"""The open segment of one stream: made, closed, or abandoned when the disk refuses. Control is told of each."""

from __future__ import annotations

from pathlib import Path

from vig_capture.core.errors import StorageError
from vig_capture.core.model import Segment
from vig_capture.core.ports import Media, SegmentFile
from vig_capture.engine.events import Post, SegmentClosed, SegmentOpened, Span, WriteFailed


class Files:
    """Numbered files `<kind>/<stream>-NNNN.<suffix>`, one open at a time."""

    def __init__(self, stream: str, kind: str, media: Media, post: Post) -> None:
        self.file: SegmentFile | None = None
        self.segment: Segment | None = None
        self.growing: Path | None = None
        """The file that grows now; read by the sync stage."""
        self.given = 0
        """Pictures (samples) given to the open file, those included with which it failed."""
        self.written = 0
        """Pictures (samples, of lossless sound) in the files closed so far."""
        self._stream = stream
        self.kind = kind
        self._media = media
        self._post = post
        self._folder: Path | None = None
        self._index = 1

    def begin(self, span: Span) -> None:
        """The next files go into the span's folder."""
        # In the same folder it never goes back: files made since control asked have taken further numbers.
        made = self._index if span.folder == self._folder else 1
        self._folder, self._index = span.folder, max(made, span.next_index)

    def next_path(self, suffix: str) -> tuple[str, Path]:
        """Name within the session's folder, and path, of the file to be made."""
        if self._folder is None:
            raise AssertionError("a file is made only in a span")
        name = f"{self.kind}/{self._stream}-{self._index:04d}{suffix}"
        return name, self._folder / name

    def opened(self, file: SegmentFile, segment: Segment, path: Path) -> None:
        """A file has been made at `next_path`."""
        self.file, self.segment, self.growing = file, segment, path
        self.given = 0
        self._index += 1
        self._post(SegmentOpened(segment, path.parent.parent))

    def written_now(self) -> int:
        """Written so far, the open file included."""
        file = self.file
        return self.written + (file.written if file is not None else 0)

    def close(self, end_ns: int) -> int:
        """Close the open segment, if there is one. Returns how much of it is lost because the disk refused."""
        return self._finish(end_ns, None)

    def abandon(self, error: StorageError, end_ns: int) -> int:
        """The disk refused a write: free the file. Returns how much of what was given to it is lost."""
        if self.file is None:
            self._tell(error)
            return 0
        return self._finish(end_ns, error)

    def _finish(self, end_ns: int, error: StorageError | None) -> int:
        file, segment, path = self.file, self.segment, self.growing
        if file is None or segment is None or path is None:
            return 0
        self.file = self.segment = self.growing = None
        segment.end_ns = max(end_ns, segment.start_ns)
        try:
            file.close()
        except StorageError as refused:
            error = refused
        given = self.given
        kept = given if error is None else min(self._media.readable(path), given)
        self.written += kept
        if path.suffix == ".flac":
            segment.samples = kept
        else:
            segment.frames = kept
        self._post(SegmentClosed(segment, path))
        if error is not None:
            self._tell(error)
        return given - kept

    def _tell(self, error: StorageError) -> None:
        if self._folder is not None:
            self._post(WriteFailed(self._stream, error, self._folder))
