"""The film writer: takes a camera's pictures, accounts for each, encodes it (or passes it on as the camera encoded
it), and leaves the cutting to the cutter."""

from __future__ import annotations

import math

from vig_capture.core.model import Frame, Gap, Packet, VideoMode, VideoTrack
from vig_capture.core.ports import Clock, FilmEncoder, Media
from vig_capture.core.segments import (
    DAMAGED,
    DISK,
    NEEDS_LATER,
    NO_PICTURE,
    TOO_SLOW,
    Counters,
    GapNames,
    Ledger,
    Rhythm,
)
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.capture import SoundLane, VideoLane
from vig_capture.engine.cutter import Cutter
from vig_capture.engine.events import GapSeen, Post, Span
from vig_capture.engine.files import Files
from vig_capture.engine.lanes import Dropped
from vig_capture.engine.writer import FLIGHT_NS, Writer

STALL_NS = 1 * SECOND_NS
"""No picture for this long: the segment ends, a gap opens, the sound goes on alone."""
BEHIND_S = 0.5
"""The encoder is too slow when pictures worth this long are waiting for it."""
WATCH_SPEED_NS = 3 * SECOND_NS
"""Over so long it is looked whether the encoder keeps up. Pictures that wait because of a moment's delay, and are
becoming fewer, are no reason to film less well."""
FULL_SHARE = 0.5
"""Of the lane's bound: with more waiting there is no time to look any longer."""
AWAITED_NS = 5 * SECOND_NS
"""So long after a death of the recorder the film waits for its picture, before it goes on with sound alone: a network
camera is opened in three."""
RETURN_NS = 2 * SECOND_NS
"""A picture that returns may be so old: its clock is learnt first, and a copied one begins at the last keyframe."""
KEYFRAME_NEWS_NS = 2 * SECOND_NS
SOUND_A_STEP = 16
"""At most so many blocks of sound before the next picture: where they come faster than they are handled, pictures and
orders have their turn all the same."""


class FilmWriter(Writer):
    """Writes `film/<stream>-NNNN.mp4`, and `.m4a` while there is no picture."""

    def __init__(
        self,
        stream: str,
        clock: Clock,
        media: Media,
        post: Post,
        video: VideoLane | None,
        sound: SoundLane | None,
        segment_ns: int,
        sound_stream: str = "",
    ) -> None:
        super().__init__(stream, clock, post, Files(stream, "film", media, post))
        self.step_down = 0
        self._media = media
        self._video = video
        self._sound = sound
        self._ledger = Ledger(stream, GapNames(stream))
        return_ns = RETURN_NS if video is not None else 0
        self._cutter = Cutter(
            clock, media, self.files, segment_ns, sound_stream, self._track, self._disk_lost, return_ns
        )
        self._mode: VideoMode | None = None
        self._encoder: FilmEncoder | None = None
        self._encoded_track: VideoTrack | None = None
        self._seen_ns = 0
        self._past_end = self._left_out = self._ending = False
        self._after_death = False
        """No file has been begun since the recorder had died."""
        self._ahead: Frame | None = None
        """The first picture after the end; perhaps the next span has begun by then."""
        self._dropped = False
        """The lane was full, and no picture has come since then."""
        self._waiting_key = True
        self._waiting_since_ns: int | None = None
        self._decode_ns = -1
        self._odd = False
        self._encode_ns = self._encode_since_ns = 0
        self._waited = math.inf

    @property
    def counters(self) -> Counters:
        """Pictures of this stream; `written` counts the open segment too."""
        counters = self._ledger.counters
        counters.written = self.files.written_now() if self._video is not None else 0
        return counters

    def step(self) -> bool:
        did = self._take_orders()
        did = self._take_sound() or did
        did = self._take_picture() or did
        if self._span is None:
            return did
        if not did:
            self._watch_picture()
        self._cutter.pump()
        if self._after_death and self.files.segment is not None:
            # It is one of sound alone, with which the death's gap ends.
            self._after_death = False
            self._tell(self._ledger.lose(NO_PICTURE, self.files.segment.start_ns))
        if self._until_ns is not None and not did:
            # First what waits in the lanes: it was captured, however late this stage is.
            self._maybe_finish(self._until_ns)
        return did

    def close(self) -> None:
        self.files.close(self._ledger.good_end_ns)

    # --- spans -------------------------------------------------------------------------------------------------------

    def _begun(self, span: Span) -> None:
        from_ns = span.anchor.t_ns(span.from_mono_ns)
        self._ledger.begin(from_ns, span.run)
        self._cutter.begin(from_ns)
        self._cutter.picture_absent = self._video is None
        self._after_death = span.after_death and self._video is not None
        self._encoder = None
        self._seen_ns = from_ns
        self._past_end = self._left_out = self._ending = False
        self._waiting_key = True
        self._waiting_since_ns = None
        self._decode_ns = -1
        # The first pictures take longer: what waits after the first look is where the comparing begins.
        self._look_again(math.inf)
        if self._dropped:
            # What was dropped is counted in the span before; this one begins without pictures all the same.
            self._cutter.picture_absent = True
            self._tell(self._ledger.lose(TOO_SLOW))

    def _moved(self, span: Span) -> None:
        # What the encoder still holds belongs to the file that ends here.
        self._flush_encoder()
        self._cutter.pump(patient=False)
        self._cutter.resume_at(self._now_t_ns())
        self.files.begin(span)
        self._waiting_key = True

    def _maybe_finish(self, until_ns: int) -> None:
        """The end was asked for: once the last picture has come, empty the encoder; once the sound has come, finish."""
        late = self._now_t_ns() >= until_ns + FLIGHT_NS
        if not self._ending:
            if not (self._past_end or late or self._video is None):
                return
            self._ending = True
            self._flush_encoder()
            self._cutter.pump()
        if self._cutter.sound_behind(until_ns) and not late:
            return
        self._cutter.finish(until_ns)
        self._tell(self._ledger.end(until_ns))
        self._encoder = None
        self._past_end = False
        self._finish()

    # --- pictures ----------------------------------------------------------------------------------------------------

    def _take_picture(self) -> bool:
        if self._video is None or self._past_end:
            # What follows the end of a span waits for the next one.
            return False
        item, self._ahead = self._ahead or self._video.get(), None
        if item is None:
            return False
        if isinstance(item, VideoMode):
            self._new_mode(item)
        elif isinstance(item, Dropped):
            if self._span is not None:
                self._ledger.refuse(item.count, TOO_SLOW)
            self._dropped = self._span is not None
            self._waiting_key = True
        elif self._span is not None:
            self._take_frame(item, self._span)
        else:
            self._dropped = False
        return True

    def _new_mode(self, mode: VideoMode) -> None:
        """The camera has been opened (again): another encoder, another segment."""
        self._flush_encoder()
        if self._mode is None or mode.rate != self._mode.rate:
            # What was seen of a camera counts more than what it says once more: 30, in a dim room that gives 15.
            self._ledger.rhythm = Rhythm(mode.rate)
        self._mode = mode
        self._waiting_key = True
        self._decode_ns = -1
        self._cutter.cut_wanted = True

    def _take_frame(self, frame: Frame, span: Span) -> None:
        t_ns = span.anchor.t_ns(frame.mono_ns)
        order_ns = t_ns if frame.decode_ns is None else span.anchor.t_ns(frame.decode_ns)
        if self._until_ns is not None and t_ns > self._until_ns:
            self._left_out = True
            if order_ns > self._until_ns:
                self._past_end, self._ahead = True, frame
            return
        self._dropped = False
        if self._ending or t_ns < span.anchor.t_ns(span.from_mono_ns) or self._lacks_keyframe(frame, t_ns):
            return
        self._seen_ns = self._now_t_ns()
        self._ledger.refuse(frame.lost_before, DAMAGED)
        if self._left_out and frame.encoded:
            # Reordered: it cannot be decoded without the later picture that was left out.
            self._ledger.refuse(1, NEEDS_LATER)
            return
        self._ledger.rhythm.counted = frame.numbered
        t_ns = self._ledger.arrive(t_ns, order_ns, frame.encoded)
        if self._cutter.holding:
            self._ledger.refuse(1, DISK, captured=False)
        elif self._thin():
            self._ledger.counters.thinned += 1
        else:
            self._keep(frame, t_ns, order_ns)

    def _lacks_keyframe(self, frame: Frame, t_ns: int) -> bool:
        """A copied picture that nobody could decode. It does not count as a picture: the sound goes on alone
        meanwhile."""
        if not frame.encoded or frame.keyframe or not self._waiting_key:
            return False
        if self._waiting_since_ns is None:
            self._waiting_since_ns = t_ns
        elif 0 <= self._waiting_since_ns < t_ns - KEYFRAME_NEWS_NS:
            self._waiting_since_ns = -1
            self._warn(
                "Waiting for the camera's next full picture.",
                "This camera sends one only every few seconds, and a film can begin only there.",
                "Nothing to do now. If the camera has a setting for its keyframe interval, one second is best.",
            )
        if self._ledger.begun:
            # At the very start nothing is lost by waiting: the film begins with the first full picture.
            self._ledger.refuse(1 + frame.lost_before, NO_PICTURE)
        return True

    def _thin(self) -> bool:
        """The last step down: every other picture is left out, on purpose and counted."""
        if self.step_down < self._media.steps() or (self._mode is not None and self._mode.copied):
            return False
        self._odd = not self._odd
        return self._odd

    def _keep(self, frame: Frame, t_ns: int, order_ns: int) -> None:
        if self._ledger.in_gap:
            self._cutter.cut_wanted = True
        if self._after_death:
            self._after_death, self._ledger.good_end_ns = False, t_ns
            self._cutter.picture_absent = False
        self._tell(self._ledger.keep(t_ns))
        if frame.encoded:
            self._waiting_key = False
            self._waiting_since_ns = None
            self._decode_ns = max(order_ns, self._decode_ns + 1)
            self._cutter.packets([Packet(t_ns, self._decode_ns, frame.keyframe, frame.picture, frame.size_bytes)])
            return
        if self._encoder is None:
            assert self._mode is not None, "the camera's mode stands in the lane before its frames"
            self._encoder = self._media.encoder(self._mode, min(self.step_down, self._media.steps() - 1))
            self._cutter.cut_wanted = True
        before_ns = self._clock.mono_ns()
        self._cutter.packets(self._encoder.encode(frame.picture, t_ns, self._cutter.cut_due(t_ns)))
        self._encode_ns += self._clock.mono_ns() - before_ns
        self._watch_speed()

    def _track(self) -> VideoTrack:
        mode = self._mode
        assert mode is not None, "packets come after the camera's mode"
        if mode.copied:
            return VideoTrack(mode.width, mode.height, mode.rate, mode.extradata)
        if self._encoder is not None:
            self._encoded_track = self._encoder.track()
        assert self._encoded_track is not None, "packets come from an encoder"
        return self._encoded_track

    def _flush_encoder(self) -> None:
        """Empty the encoder and end its segment: another one's packets need another header."""
        if self._encoder is not None:
            self._cutter.packets(self._encoder.flush())
            self._encoded_track = self._encoder.track()
            self._encoder = None

    def _watch_speed(self) -> None:
        """Step the preset down, then the rate, when encoding (not the disk) is what the pictures wait for."""
        looked_ns = self._clock.mono_ns() - self._encode_since_ns
        if self._video is None or self._mode is None:
            return
        full = self._video.share > FULL_SHARE and looked_ns > SECOND_NS
        if looked_ns < WATCH_SPEED_NS and not full:
            return
        # The sound is encoded in the same thread, and cannot be stepped down.
        busy = self._encode_ns + self._cutter.sound_ns > looked_ns // 2
        waiting = len(self._video)
        behind = waiting >= max(2.0, self._mode.rate * BEHIND_S) and (full or waiting >= self._waited)
        self._look_again(waiting)
        if not (behind and busy) or self.step_down >= self._media.steps():
            return
        self.step_down += 1
        # The next encoder's first keyframe begins a segment of its own.
        self._flush_encoder()
        self._warn(
            "This computer is too slow for the picture, so the film is made a little simpler.",
            f"Step {self.step_down} of {self._media.steps()}.",
            "Close other programs, or choose a smaller --size next time.",
        )

    def _look_again(self, waiting: float) -> None:
        """Look from now on, with so many pictures waiting."""
        self._encode_ns = self._cutter.sound_ns = 0
        self._encode_since_ns = self._clock.mono_ns()
        self._waited = waiting

    # --- losses ------------------------------------------------------------------------------------------------------

    def _watch_picture(self) -> None:
        """Nothing came: is the picture lost?"""
        if self._video is None or self._past_end or self._ending or self._ledger.in_gap or self._cutter.holding:
            return
        if self._now_t_ns() - self._seen_ns <= (AWAITED_NS if self._after_death else STALL_NS):
            return
        if self._after_death:
            # (A camera's own sound comes with its pictures.)
            self._cutter.picture_absent = self._cutter.sound_live()
            return
        self._flush_encoder()
        if self.files.segment is not None:
            self._cutter.end_segment(self._ledger.good_end_ns)
        self._cutter.picture_absent = True
        self._waiting_key = True
        self._tell(self._ledger.lose(NO_PICTURE))

    def _disk_lost(self, count: int, first_ns: int) -> None:
        """Pictures that were kept, the first of them at `first_ns`, and are not on the disk after all."""
        if self._video is None:
            # Of sound alone the lossless file's writer gives account, under the same stream's name.
            return
        self._ledger.refuse(count, DISK, captured=False)
        if self._cutter.holding:
            self._tell(self._ledger.lose(DISK, min(first_ns, self._ledger.good_end_ns)))

    def _tell(self, gaps: list[Gap]) -> None:
        for gap in gaps:
            self._post(GapSeen(gap))

    # --- sound -------------------------------------------------------------------------------------------------------

    def _take_sound(self) -> bool:
        lane, span = self._sound, self._span
        if lane is None:
            return False
        did = False
        self._cutter.listen()
        for _ in range(SOUND_A_STEP):
            block = lane.get()
            if block is None:
                break
            did = True
            if not isinstance(block, Dropped):
                self._cutter.hear(block, -1 if span is None else span.anchor.t_ns(block.mono_ns))
        return did
