"""Stretches of film files as one MP4 that any player plays: a clip, a reel, the whole film.

Rule 1: each piece stands where it is meant to, whatever came before it: nothing adds up over the seams.
Rule 2: every picture of a piece is there once; where there is none the one before stays, where there is no sound it is
        silent.
Rule 3: nothing of what is left out is in the file, neither shown nor hidden.
Rule 4: the file tells nothing of the device, the user or the day.

| how   | it begins                          | picture                                     | sound               |
| ----- | ---------------------------------- | ------------------------------------------- | ------------------- |
| quick | with the keyframe before           | as it is                                    | as it is, see below |
| exact | with the first picture asked for   | anew up to a keyframe, then as it is; where | anew, at −23 LUFS   |
|       |                                    | another encoder made it, all anew           |                     |
| film  | on the spot                        | as it is; behind a cut anew up to a keyframe | as it is, see below |

Sound is copied out of a single piece; over seams it is encoded once more (media/sound_track.py says why).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from pathlib import Path
from typing import Any, BinaryIO, Literal

import av
from av.container import OutputContainer

from vig_capture.core.errors import StorageError, UserError
from vig_capture.core.model import SoundTrack
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.media.encoder import X264Encoder
from vig_capture.media.files import MediaSettings
from vig_capture.media.loudness import Samples, leveller
from vig_capture.media.picture_track import EXACT_CRF, Encoding, Look, PictureTrack, PieceOfPicture
from vig_capture.media.pieces import EDGE_NS, LEAD_NS, Piece, Source, Ticks, opened, places
from vig_capture.media.sound_track import CopiedSound, Heard, MadeSound, PieceOfSound, samples_of

How = Literal["quick", "exact", "film"]
Progress = Callable[[float], None]
"""Is told how much is done, from 0 to 1; now and then."""
_BUFFER_BYTES = 1 << 18
_MOVIE_TICKS = 720_000
"""The edit list counts in these: by default milliseconds, which would put sound at the wrong sample. A multiple of
90,000 and of 48,000."""
_NEWS_NS = SECOND_NS // 2


@dataclass(frozen=True, slots=True)
class Chapter:
    """A place in what is made that a player can go to."""

    start_s: float
    title: str


@dataclass(frozen=True, slots=True)
class Joined:
    """What was made."""

    length_s: float
    early_s: float
    """So much before what was asked for it begins; below 0: later."""
    pictures: int
    missing: tuple[Path, ...] = ()
    """Files of which nothing could be read."""


def join(
    pieces: Sequence[Piece],
    file: BinaryIO,
    how: How = "quick",
    *,
    chapters: Sequence[Chapter] = (),
    hold_s: float = 0.0,
    comment: str = "",
    settings: MediaSettings | None = None,
    progress: Progress | None = None,
) -> Joined:
    """Write an MP4 of these pieces into a new, seekable file.

    `chapters`: in their order, the first at 0, as MP4 wants it. `hold_s`: so long the last picture stays behind the
    end. `settings`: with which the film was made. Raises UserError where nothing of the pieces can be read,
    StorageError where the disk refuses."""
    try:
        job = _Join(pieces, how, settings or MediaSettings(), progress or (lambda _share: None))
        return job.write(file, chapters, round(hold_s * SECOND_NS), comment)
    except (av.FFmpegError, OSError) as error:
        reason = error.strerror or str(error)
        raise StorageError("This could not be made.", f"{reason}.", "The film itself is unharmed.") from error


def comment_of(path: Path) -> str:
    """The comment that a file was made with; "" where there is none, or it cannot be read."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            return container.metadata.get("comment", "")
    except (av.FFmpegError, OSError):
        return ""


def titles_of(path: Path) -> list[str]:
    """The titles of a file's chapters; none where it cannot be read."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            return [str(each["metadata"].get("title", "")) for each in container.chapters()]
    except (av.FFmpegError, OSError):
        return []


def has_picture(pieces: Sequence[Piece]) -> bool:
    """Is there any in what can be read of them?"""
    return _Seen.of(pieces, []).look is not None


@dataclass(slots=True)
class _Seen:
    """What the files of some pieces hold."""

    look: Look | None = None
    """The first picture's; None without any."""
    sound: SoundTrack | None = None
    """The first sound's form; None without any."""
    is_one_look: bool = True
    """All pictures have one header."""
    keyframe_ns: int | None = None
    """In the first piece's file: with which a copy begins."""
    picture_ns: int | None = None
    """In the first piece's file: the first picture that is asked for."""

    @classmethod
    def of(cls, pieces: Sequence[Piece], missing: list[Path]) -> _Seen:
        """Look into all the files; those that cannot be opened are added to `missing`."""
        seen = cls()
        for number, source in sources(pieces, missing):
            seen._add(source)
            if number == 0:
                seen.keyframe_ns, seen.picture_ns = source.keyframe_ns(), source.picture_ns()
        return seen

    def _add(self, source: Source) -> None:
        if source.video is not None:
            look = Look.of(source.video)
            self.look = self.look or look
            self.is_one_look &= look.fits(self.look) and look.has_sets_of(self.look.track)
        if source.audio is not None and self.sound is None:
            self.sound = SoundTrack(source.audio.rate, source.audio.codec_context.layout.nb_channels)


def sources(pieces: Sequence[Piece], missing: list[Path]) -> Iterator[tuple[int, Source]]:
    """Every piece that can be opened, one at a time, with its number; the others are added to `missing`."""
    for number, piece in enumerate(pieces):
        try:
            with opened(piece) as source:
                yield number, source
        except (av.FFmpegError, FileNotFoundError):
            if piece.path not in missing:
                missing.append(piece.path)


class _Join:
    """One file in the making."""

    def __init__(self, pieces: Sequence[Piece], how: How, settings: MediaSettings, progress: Progress) -> None:
        self._pieces = [piece for piece in pieces if piece.end_ns > piece.start_ns]
        self._how, self._settings, self._progress = how, settings, progress
        self._missing: list[Path] = []
        self._seen = _Seen.of(self._pieces, self._missing)
        self._early_ns = self._early()
        self._places = [at_ns + self._early_ns for at_ns in places(self._pieces)]
        self._is_copied_sound = how != "exact" and len(self._pieces) == 1

    @cached_property
    def _begins_inside(self) -> bool:
        """Does a piece begin between two keyframes, so that its first pictures have to be encoded anew?"""
        rest = self._pieces[self._how == "quick" and self._is_keyframe_before :]
        return self._how == "exact" or any(piece.start_ns > EDGE_NS for piece in rest)

    @property
    def _is_keyframe_before(self) -> bool:
        key_ns = self._seen.keyframe_ns
        return key_ns is not None and key_ns <= self._pieces[0].start_ns + MS_NS

    @cached_property
    def _own(self) -> Callable[[], X264Encoder] | None:
        """What makes pictures that stand beside the film's own under one header, where some have to be made."""
        look = self._seen.look
        if look is None or not self._seen.is_one_look or not self._begins_inside:
            return None
        return look.own_encoder(self._settings)

    def _early(self) -> int:
        """So much before the first piece's start what is made begins."""
        if self._how == "film" or not self._pieces:
            return 0
        is_copied = self._how == "quick" and self._is_keyframe_before
        begin_ns = self._seen.keyframe_ns if is_copied else self._seen.picture_ns
        return 0 if begin_ns is None else self._pieces[0].start_ns - begin_ns

    def write(self, file: BinaryIO, chapters: Sequence[Chapter], hold_ns: int, comment: str) -> Joined:
        """Write it. Raises UserError, av.FFmpegError, OSError."""
        nothing = UserError("There is nothing to play.", "This part of the film is not there, or cannot be read.")
        if self._seen.look is None and self._seen.sound is None:
            raise nothing
        end_ns = self._places[-1] + self._pieces[-1].end_ns - self._pieces[-1].start_ns + hold_ns
        with _container(file, chapters, end_ns, comment) as container:
            tracks = _Tracks(container, self._picture_track(container), self._made_sound(container))
            for number, source in sources(self._pieces, self._missing):
                self._write_piece(tracks, number, source, end_ns)
            count = tracks.end(end_ns, self._seen.sound)
        if not count:
            raise nothing
        self._progress(1.0)
        pictures = tracks.picture.count if tracks.picture is not None else 0
        return Joined(end_ns / SECOND_NS, self._early_ns / SECOND_NS, pictures, tuple(self._missing))

    # Tracks ----------------------------------------------------------------------------------------------------------

    def _picture_track(self, container: OutputContainer) -> PictureTrack | None:
        look = self._seen.look
        if look is None:
            return None
        fine = partial(look.encoder, self._settings.presets[0], EXACT_CRF, is_patient=True)
        if look.codec != "h264" or (self._how == "exact" and self._own is None):
            return PictureTrack(container, fine().track(), fine, is_mixed=False)
        is_mixed = not self._seen.is_one_look or (self._begins_inside and self._own is None)
        return PictureTrack(container, look.track, self._own or fine, is_mixed)

    def _made_sound(self, container: OutputContainer) -> MadeSound | None:
        """None where there is none, or where it is copied."""
        track = self._seen.sound
        if track is None or self._is_copied_sound:
            return None
        level = leveller(lambda: self._all_sound(track), track) if self._how == "exact" else None
        return MadeSound(container, track, self._settings.sound_bits_per_second, level)

    def _all_sound(self, track: SoundTrack) -> Iterator[Samples]:
        for number, source in sources(self._pieces, self._missing):
            begin_ns, shift_ns = self._begin(number, source.piece)
            wanted = Heard.of(track.sample_rate, begin_ns, source.piece.end_ns, shift_ns)
            yield from samples_of(source, track, wanted, begin_ns)

    # Pieces ----------------------------------------------------------------------------------------------------------

    def _begin(self, number: int, piece: Piece) -> tuple[int, int]:
        """Where a piece begins in its file, and how much later it stands in what is made."""
        shift_ns = self._places[number] - piece.start_ns
        return (piece.start_ns - self._early_ns if number == 0 else piece.start_ns), shift_ns

    def _write_piece(self, tracks: _Tracks, number: int, source: Source, all_ns: int) -> None:
        begin_ns, shift_ns = self._begin(number, source.piece)
        takers: dict[Any, PieceOfPicture | PieceOfSound | CopiedSound] = {}
        if tracks.picture is not None and source.video is not None:
            encoding = self._encoding(Look.of(source.video))
            takers[source.video] = PieceOfPicture(tracks.picture, source, begin_ns, shift_ns, encoding)
        if source.audio is not None and self._is_copied_sound:
            takers[source.audio] = tracks.copied = CopiedSound(tracks.container, source, begin_ns)
        elif source.audio is not None and tracks.sound is not None and self._seen.sound is not None:
            wanted = Heard.of(self._seen.sound.sample_rate, begin_ns, source.piece.end_ns, shift_ns)
            takers[source.audio] = PieceOfSound(tracks.sound, source, self._seen.sound, wanted)
        going, told_ns = dict(takers), begin_ns
        ticks = {stream: Ticks(stream) for stream in takers}
        for packet in source.packets(begin_ns - LEAD_NS, *takers) if takers else ():
            stream = packet.stream
            if stream in going and not going[stream].take(packet):
                del going[stream]
            if not going:
                break
            at_ns = ticks[stream].ns(packet.pts)
            if at_ns - told_ns >= _NEWS_NS:
                told_ns = at_ns
                self._progress(min(max((told_ns + shift_ns) / all_ns, 0.0), 1.0))
        for each in takers.values():
            each.end()

    def _encoding(self, look: Look) -> Encoding:
        """What of a piece is encoded anew."""
        assert self._seen.look is not None, "there is a track of pictures"
        if not look.fits(self._seen.look) or look.codec != "h264" or (self._how == "exact" and self._own is None):
            return "all"
        return "head" if self._begins_inside else "none"


@dataclass(slots=True)
class _Tracks:
    """The tracks of what is made."""

    container: OutputContainer
    picture: PictureTrack | None
    sound: MadeSound | None
    copied: CopiedSound | None = None

    def end(self, end_ns: int, track: SoundTrack | None) -> int:
        """Bring all to their end. Returns how many pictures, samples or packets there are in all."""
        count = sum(each.count for each in (self.picture, self.sound, self.copied) if each is not None)
        if count and self.picture is not None:
            self.picture.end(end_ns)
        if count and self.sound is not None and track is not None:
            self.sound.end(round(end_ns * track.sample_rate / SECOND_NS))
        return count


@contextmanager
def _container(file: BinaryIO, chapters: Sequence[Chapter], end_ns: int, comment: str) -> Iterator[OutputContainer]:
    """An MP4 that is written into a file; it tells nothing but its chapters and the comment."""
    options = {"movie_timescale": str(_MOVIE_TICKS), "fflags": "bitexact"}
    with av.open(file, "w", format="mp4", container_options=options, buffer_size=_BUFFER_BYTES) as container:
        if comment:
            container.metadata["comment"] = comment
        container.set_chapters(_told(chapters, end_ns // MS_NS))
        yield container


def _told(chapters: Sequence[Chapter], end_ms: int) -> list[Any]:
    """Chapters as PyAV takes them, each up to the next one."""
    starts = [round(each.start_s * 1000) for each in chapters]
    found = []
    for number, (chapter, start) in enumerate(zip(chapters, starts, strict=True), 1):
        end = starts[number] if number < len(starts) else max(end_ms, start)
        times = {"id": number, "start": start, "end": end, "time_base": Fraction(1, 1000)}
        found.append(times | {"metadata": {"title": chapter.title}})
    return found
