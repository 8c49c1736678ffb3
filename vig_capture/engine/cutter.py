"""The cutter: packets and sound into film segments whose seams lose nothing.

Rule 1: a segment begins with a keyframe, or with sound where there is no picture; its PTS 0 is its start.
Rule 2: the next segment begins where the last ended: with the very packet that made the cut.
Rule 3: sound goes into the segment in whose time it lies, never ahead of the picture; a cut waits for it, but no
        longer than `SOUND_LATE_NS`.
Rule 4: whatever changes the tracks (picture lost or back, sound lost or back, another encoder) ends the segment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import numpy as np

from vig_capture.core.errors import StorageError
from vig_capture.core.model import Packet, Segment, SoundTrack, VideoTrack
from vig_capture.core.ports import Clock, Media
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.events import TimedBlock
from vig_capture.engine.files import Files
from vig_capture.engine.film_sound import FilmSound

SOUND_LATE_NS = SECOND_NS // 2
"""A microphone that brings nothing for this long is not waited for."""


class _End:
    """Stands among the packets where the segment ends without a picture that begins the next one."""

    def __init__(self, end_ns: int) -> None:
        self.t_ns = end_ns


class Cutter:
    """Decides which packet and which sample goes into which file. The disk's refusal is told to `refused`."""

    def __init__(
        self,
        clock: Clock,
        media: Media,
        files: Files,
        segment_ns: int,
        sound_stream: str,
        track: Callable[[], VideoTrack],
        refused: Callable[[int, int], None],
        return_ns: int = 0,
    ) -> None:
        """`refused` is told how many pictures the disk has not kept, and the session time of the first of them.

        `return_ns`: so much later sound alone is written, because a picture that returns may be so old."""
        self.cut_wanted = False
        self.picture_absent = True
        """The sound goes on alone until a picture is there to begin a segment."""
        self.holding = False
        """The disk refused: nothing is written until there is another folder."""
        self.sound_ns = 0
        """Time that encoding the sound has taken so far."""
        self._clock = clock
        self._media = media
        self._files = files
        self._segment_ns = segment_ns
        self._sound_stream = sound_stream
        self._track = track
        self._refused = refused
        self._return_ns = return_ns
        self._pending: deque[Packet | _End] = deque()
        self._given_ns: list[int] = []
        """Session times of the pictures given to the open file."""
        self._sound = FilmSound()
        self._sound_seen_ns: int | None = None
        self._listened_ns = 0
        self._sound_from_ns = 0
        self._sound_track: SoundTrack | None = None
        self._sound_first = self._sound_next = 0
        self._late = False
        self._picture_ns = 0
        self._newest_ns = 0
        self._waits_since_ns: int | None = None

    # --- what comes in -----------------------------------------------------------------------------------------------

    def begin(self, from_ns: int) -> None:
        """A span of recording begins."""
        self._pending.clear()
        self._sound_from_ns = self._newest_ns = from_ns
        self._sound_first = self._sound_next = 0
        self.cut_wanted = self.holding = False
        self._waits_since_ns = None

    def packets(self, packets: Iterable[Packet]) -> None:
        """Encoded pictures, in decoding order."""
        self._pending.extend(packets)

    def end_segment(self, end_ns: int) -> None:
        """After the packets so far the segment ends, at `end_ns`."""
        self._pending.append(_End(end_ns))

    def hear(self, block: TimedBlock, t_ns: int) -> None:
        """Sound whose first sample stands at session time `t_ns`; before the session (negative) it only shows that
        there is sound."""
        if t_ns >= 0:
            self._sound.push(block, t_ns)
        else:
            self._sound.overhear(block)
        self._sound_seen_ns = self._clock.mono_ns()

    def listen(self) -> None:
        """What has been heard is about to be told: what is not among it has not come."""
        self._listened_ns = self._clock.mono_ns()

    # --- what is asked -----------------------------------------------------------------------------------------------

    def cut_due(self, t_ns: int) -> bool:
        """Should a keyframe at `t_ns` begin a new segment?"""
        segment = self._files.segment
        return segment is None or self.cut_wanted or t_ns >= segment.start_ns + self._segment_ns

    def sound_live(self) -> bool:
        seen_ns = self._sound_seen_ns
        # A writer that was itself held up has not listened meanwhile.
        return seen_ns is not None and self._listened_ns - seen_ns < SOUND_LATE_NS

    def sound_behind(self, t_ns: int) -> bool:
        """Is sound before `t_ns` still to come?"""
        if not self.sound_live() or (self._files.file is not None and self._sound_track is None):
            return False
        return self._sound.end < self._sound.index(t_ns)

    # --- what goes out -----------------------------------------------------------------------------------------------

    def pump(self, patient: bool = True) -> None:
        """Move packets and sound into files, as far as they go. `patient`: a cut may wait for sound."""
        if self.holding:
            self._refuse_pending()
            return
        self._watch_sound()
        try:
            while self._advance(patient):
                pass
            self._write_sound(self._whole_frames(self._sound_limit()))
        except StorageError as error:
            self.hold(error)

    def finish(self, until_ns: int) -> None:
        """Write all that is left and close the last segment at `until_ns`."""
        self.pump(patient=False)
        try:
            if self._files.file is None and not self.holding:
                self._open_sound_alone(until_ns)
            self._write_sound(self._sound.index(until_ns))
        except StorageError as error:
            self.hold(error)
        self._pending.clear()
        self._close(until_ns)

    def hold(self, error: StorageError) -> None:
        """The disk refused."""
        self.holding = True
        self._lost(self._files.abandon(error, self._newest_ns))
        self._refuse_pending()

    def resume_at(self, t_ns: int) -> None:
        """There is another folder: whatever comes from `t_ns` on goes there."""
        self._close(self._newest_ns)
        self.holding = False
        self.cut_wanted = True
        self._sound_from_ns = t_ns

    def _refuse_pending(self) -> None:
        self._given_ns = [item.t_ns for item in self._pending if isinstance(item, Packet)]
        self._pending.clear()
        self._lost(len(self._given_ns))

    def _lost(self, count: int) -> None:
        """So many pictures at the end of what was given are lost."""
        lost_ns = self._given_ns[len(self._given_ns) - count :]
        self._refused(count, min(lost_ns, default=self._newest_ns))
        self._given_ns = []

    def _advance(self, patient: bool) -> bool:
        """One step of the plan. True when there may be another."""
        segment = self._files.segment
        if segment is None:
            return self._open_next()
        if not self._pending:
            return self._end_sound_only(segment)
        head = self._pending[0]
        if self._ends(segment, head):
            if self._must_wait(head.t_ns, patient):
                return False
            if isinstance(head, _End):
                self._pending.popleft()
            self._end(head.t_ns)
            return True
        assert isinstance(head, Packet)
        assert self._files.file is not None
        self._pending.popleft()
        self._files.given += 1
        self._given_ns.append(head.t_ns)
        self._files.file.add(head)
        self._picture_ns = head.t_ns
        self._newest_ns = max(self._newest_ns, head.t_ns)
        return True

    def _ends(self, segment: Segment, head: Packet | _End) -> bool:
        if isinstance(head, _End) or not _is_film(segment):
            return True
        return head.keyframe and head.t_ns > segment.start_ns and self.cut_due(head.t_ns)

    def _end_sound_only(self, segment: Segment) -> bool:
        """A segment without picture ends when it is long enough, or when its sound is lost."""
        if _is_film(segment):
            return False
        limit_ns = segment.start_ns + self._segment_ns
        if self.cut_wanted and not self.sound_live():
            self._write_sound(self._sound.end)
            self._close(self._sound_from_ns)
            return True
        if self._sound.end >= self._sound.index(limit_ns + self._return_ns):
            self._end(limit_ns)
            return True
        return False

    def _end(self, end_ns: int) -> None:
        """End the open segment: with a whole frame of sound, where there is sound, so that decoders give back each
        sample once."""
        if self._sound_track is not None and self.sound_live():
            last = self._whole_frames(end_ns)
            self._write_sound(last)
            if max(last, self._sound_next) > self._sound_first:
                end_ns = self._sound.time(max(last, self._sound_next))
        self._close(end_ns)

    def _whole_frames(self, t_ns: int) -> int:
        """The last sample not after `t_ns` with which a frame of the open segment's sound ends."""
        frame = self._media.sound_frame()
        # The last sample that does not stand after `t_ns`: `index` is the first that does not stand before it.
        last = self._sound.index(t_ns + 1) - 1
        return self._sound_first + max(last - self._sound_first, 0) // frame * frame

    def _must_wait(self, end_ns: int, patient: bool) -> bool:
        if patient and self.sound_behind(end_ns):
            now_ns = self._clock.mono_ns()
            if self._waits_since_ns is None:
                self._waits_since_ns = now_ns
            if now_ns - self._waits_since_ns < SOUND_LATE_NS:
                return True
        self._waits_since_ns = None
        return False

    def _open_next(self) -> bool:
        while self._pending:
            head = self._pending[0]
            if isinstance(head, Packet) and head.keyframe:
                if not self._open_sound_alone(head.t_ns):
                    start_ns = self._seam(head.t_ns)
                    self._open(".mp4", start_ns, self._track(), self.sound_live())
                    self._picture_ns = head.t_ns
                    self.picture_absent = False
                return True
            self._pending.popleft()
            if isinstance(head, Packet):
                # What an encoder still held of a segment that the disk refused.
                self._refused(1, head.t_ns)
        return self._open_sound_alone(self._sound.time(self._sound.end) - self._return_ns)

    def _open_sound_alone(self, limit_ns: int) -> bool:
        """Begin a segment without picture, where there is none and a whole frame of sound waits before `limit_ns`: a
        file that nothing can be put into would be one that nobody can open."""
        if not (self.picture_absent and self.sound_live()):
            return False
        self._sound.drop_before(self._sound.index(self._sound_from_ns))
        first = self._sound.first
        if first is None or self._sound.index(limit_ns + 1) - 1 < first + self._media.sound_frame():
            return False
        self._open(".m4a", self._sound.time(first), None, True)
        return True

    def _open(self, suffix: str, start_ns: int, video: VideoTrack | None, with_sound: bool) -> None:
        name, path = self._files.next_path(suffix)
        track = self._sound.track if with_sound else None
        file = self._media.film(path, start_ns, video, track)
        self.cut_wanted = False
        self._sound_track = track
        self._sound_first = self._sound_next = self._sound.index(max(start_ns, self._sound_from_ns))
        self._given_ns = []
        self._files.opened(
            file, Segment(self._stream_of(name), name, start_ns, sound=self._sound_stream * bool(track)), path
        )
        self._late = self._sound_first > self._sound.index(start_ns)
        if track and self._late:
            # The picture goes further back than the sound that is left for it: the file learns where that begins.
            file.add_sound(self._sound_first, np.zeros((0, track.channels), np.float32))

    @staticmethod
    def _stream_of(name: str) -> str:
        return name.partition("/")[2].rpartition("-")[0]

    def _seam(self, t_ns: int) -> int:
        """Where a segment begins whose first picture stands at `t_ns`: where the sound of the last one ended, just
        before."""
        near = 0 <= t_ns - self._sound_from_ns < self._media.sound_frame() * SECOND_NS // self._sound.rate
        return self._sound_from_ns if near and self.sound_live() else t_ns

    def _close(self, end_ns: int) -> None:
        self._sound_from_ns = max(self._sound_from_ns, end_ns)
        lost = self._files.close(end_ns)
        if lost:
            self.holding = True
            self._lost(lost)
            self._refuse_pending()

    def _watch_sound(self) -> None:
        """Rule 4, for sound that is lost, comes back, or comes back in another form."""
        if self._files.file is None:
            return
        wanted = self._sound.track if self.sound_live() else None
        if wanted != self._sound_track:
            self.cut_wanted = True

    def _write_sound(self, limit: int) -> None:
        """Write the sound before the sample `limit` into the open segment."""
        file = self._files.file
        if file is None or self._sound_track is None or self._sound_track != self._sound.track:
            return
        # What lies before the segment only primes its encoder; where its sound begins late it would be heard twice.
        room = 0 if self._late else 2 * self._media.sound_frame()
        past = self._sound.recent(self._sound_next, room)
        samples = self._sound.take(self._sound_next, limit)
        if len(samples):
            before_ns = self._clock.mono_ns()
            if self._sound_next == self._sound_first and len(past):
                file.add_sound(self._sound_next - len(past), past)
            file.add_sound(self._sound_next, samples)
            self.sound_ns += self._clock.mono_ns() - before_ns
            self._sound_next += len(samples)
            if self._files.segment is not None:
                self._files.segment.samples += len(samples)
            self._sound_from_ns = self._sound.time(self._sound_next)
            self._newest_ns = max(self._newest_ns, self._sound_from_ns)

    def _sound_limit(self) -> int:
        """Sound goes into the open segment up to here and no further."""
        segment = self._files.segment
        if segment is None:
            return 0
        if self._pending:
            return self._pending[0].t_ns
        if _is_film(segment):
            return max(self._picture_ns, segment.start_ns)
        newest_ns = self._sound.time(self._sound.end) - self._return_ns
        return min(newest_ns, segment.start_ns + self._segment_ns)


def _is_film(segment: Segment) -> bool:
    return segment.file.endswith(".mp4")
