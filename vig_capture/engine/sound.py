"""The lossless sound writer: the microphone's own samples, a new file at every discontinuity, pause and hour.

Law 2 for sound: samples captured = samples written + samples lost in gaps.
"""

from __future__ import annotations

import math
from dataclasses import replace

from vig_capture.core.errors import StorageError
from vig_capture.core.model import Gap, Segment, SoundTrack
from vig_capture.core.ports import Clock, Media
from vig_capture.core.segments import DISK, TOO_SLOW, Counters, GapNames
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.capture import SoundLane
from vig_capture.engine.events import GapSeen, Post, Span, TimedBlock
from vig_capture.engine.files import Files
from vig_capture.engine.lanes import Dropped
from vig_capture.engine.writer import FLIGHT_NS, Writer

HOUR_NS = 3600 * SECOND_NS
SILENCE_NS = SECOND_NS // 2
"""No block for this long is a gap."""
NO_SOUND = "no sound arrived"
SAMPLES_MISSING = "samples are missing"


class SoundWriter(Writer):
    """Writes `sound/<stream>-NNNN.flac`."""

    def __init__(self, stream: str, clock: Clock, media: Media, post: Post, lane: SoundLane) -> None:
        super().__init__(stream, clock, post, Files(stream, "sound", media, post))
        self._media = media
        self._lane = lane
        self._counters = Counters()
        self._names = GapNames(stream)
        self._rate = 48_000
        self._seen_mono_ns = 0
        self._end_ns = 0
        """Session time after the last sample that came."""
        self._gap: Gap | None = None
        self._refused = 0
        self._holding = self._past_end = False
        self._after_death = False
        """No sound has come since the recorder had died."""
        self._ahead: TimedBlock | None = None
        """The block in which the end lies, or the first after it; perhaps the next span has begun by then."""

    @property
    def counters(self) -> Counters:
        """Samples of this stream; `written` counts the open file too."""
        self._counters.written = self.files.written_now()
        return self._counters

    def step(self) -> bool:
        did = self._take_orders()
        item: TimedBlock | Dropped | None = None
        if not self._past_end:
            # What follows the end of a span waits for the next one.
            item, self._ahead = self._ahead or self._lane.get(), None
        if isinstance(item, Dropped):
            if self._span is not None:
                self._counters.captured += item.count
                self._refuse(item.count)
        elif item is not None:
            self._seen_mono_ns = self._clock.mono_ns()
            if self._span is not None:
                self._take(item)
        elif self._span is not None:
            self._watch_silence()
            did = self._maybe_finish() or did
        return did or item is not None

    def close(self) -> None:
        self.files.close(self._end_ns)

    # --- spans -------------------------------------------------------------------------------------------------------

    def _begun(self, span: Span) -> None:
        self._names.run = span.run
        self._end_ns = span.anchor.t_ns(span.from_mono_ns)
        self._seen_mono_ns = max(self._seen_mono_ns, span.from_mono_ns)
        self._holding = self._past_end = False
        self._after_death = span.after_death
        self._refused = 0

    def _moved(self, span: Span) -> None:
        self._close_file()
        self.files.begin(span)
        self._holding = False

    def _maybe_finish(self) -> bool:
        until_ns = self._until_ns
        if until_ns is None or not (self._past_end or self._now_t_ns() >= until_ns + FLIGHT_NS):
            return False
        self._close_file()
        self._account(until_ns)
        self._past_end = False
        self._finish()
        return True

    def _watch_silence(self) -> None:
        silent_ns = self._clock.mono_ns() - self._seen_mono_ns
        quiet = self._past_end or self._holding or self._after_death
        if self._gap is None and not quiet and silent_ns > SILENCE_NS:
            self._close_file()
            self._open_gap(self._end_ns, NO_SOUND)

    # --- blocks ------------------------------------------------------------------------------------------------------

    def _take(self, whole: TimedBlock) -> None:
        part = self._within_span(whole)
        if part is None:
            return
        block, start_ns, end_ns = part
        self._counters.captured += block.count
        self._rate = block.mode.sample_rate
        if self._holding:
            self._refuse(block.count)
        else:
            self._write(block, start_ns)
        self._end_ns = end_ns

    def _write(self, block: TimedBlock, start_ns: int) -> None:
        segment = self.files.segment
        if segment is not None and (not block.joined or self._refused or start_ns - segment.start_ns >= HOUR_NS):
            self._close_file()
        if self._holding:
            self._refuse(block.count)
            return
        if self._after_death:
            self._after_death, self._end_ns = False, start_ns
        self._note_hole(block, start_ns)
        try:
            if self.files.file is None:
                self._open_file(block, start_ns)
            assert self.files.file is not None
            self.files.given += block.count
            self.files.file.add_sound(0, block.samples)
        except StorageError as error:
            opened = self.files.file is not None
            lost = self.files.abandon(error, start_ns)
            self._hold(lost if opened else block.count)

    def _within_span(self, block: TimedBlock) -> tuple[TimedBlock, int, int] | None:
        """The part of a block that lies in the span, with its session times."""
        span = self._span
        assert span is not None
        start_ns, end_ns = span.anchor.t_ns(block.mono_ns), span.anchor.t_ns(block.end_mono_ns)
        from_ns, until_ns = span.anchor.t_ns(span.from_mono_ns), self._until_ns
        if block.joined and self.files.segment is not None:
            # It goes on where a block of the span ended, whatever the clock has learnt of its time since then.
            from_ns = min(from_ns, start_ns)
        if end_ns <= from_ns:
            return None
        per_sample_ns = (end_ns - start_ns) / block.count
        first, last = 0, block.count
        if start_ns < from_ns:
            first = math.ceil((from_ns - start_ns) / per_sample_ns)
        if until_ns is not None and end_ns > until_ns:
            self._past_end, self._ahead = True, block
            last = max(math.floor((until_ns - start_ns) / per_sample_ns), 0)
        if last <= first:
            return None
        if last - first == block.count:
            return block, start_ns, end_ns
        cut = replace(
            block,
            samples=block.samples[first:last],
            first_sample=block.first_sample + first,
            joined=block.joined and first == 0,
        )
        return cut, start_ns + round(first * per_sample_ns), start_ns + round(last * per_sample_ns)

    def _open_file(self, block: TimedBlock, start_ns: int) -> None:
        name, path = self.files.next_path(".flac")
        mode = block.mode
        file = self._media.lossless(path, start_ns, SoundTrack(mode.sample_rate, mode.channels, mode.bits))
        self.files.opened(file, Segment(self.stream, name, start_ns), path)

    def _close_file(self) -> None:
        lost = self.files.close(self._end_ns)
        if lost:
            self._hold(lost)

    # --- gaps --------------------------------------------------------------------------------------------------------

    def _hold(self, lost: int) -> None:
        """The disk refused: nothing is written until there is another folder."""
        self._holding = True
        self._refuse(lost)
        self._open_gap(self._end_ns - lost * SECOND_NS // self._rate, DISK)

    def _refuse(self, count: int) -> None:
        self._counters.lost += count
        self._refused += count

    def _note_hole(self, block: TimedBlock, start_ns: int) -> None:
        """Write down what is missing before a block."""
        missing = round((start_ns - self._end_ns) * self._rate / SECOND_NS)
        if self._gap is not None or self._refused:
            self._account(start_ns)
        elif not block.joined and missing > 1:
            self._counters.missed += missing
            self._tell(Gap(self._names.next(), self.stream, self._end_ns, start_ns, missing, SAMPLES_MISSING))

    def _open_gap(self, start_ns: int, cause: str) -> None:
        if self._gap is None:
            self._gap = Gap(self._names.next(), self.stream, max(start_ns, 0), None, 0, cause)
            self._tell(replace(self._gap))

    def _account(self, end_ns: int) -> None:
        """The hole before `end_ns` is over: say how much it holds."""
        gap, refused = self._gap, self._refused
        self._gap, self._refused = None, 0
        if gap is not None:
            lost = refused
            if gap.cause == NO_SOUND:
                lost = max(lost, round((end_ns - gap.start_ns) * self._rate / SECOND_NS))
                self._counters.missed += lost - refused
            self._tell(replace(gap, end_ns=max(end_ns, gap.start_ns), lost=lost))
        elif refused:
            start_ns = max(min(self._end_ns, end_ns) - refused * SECOND_NS // self._rate, 0)
            self._tell(Gap(self._names.next(), self.stream, start_ns, end_ns, refused, TOO_SLOW))

    def _tell(self, gap: Gap) -> None:
        self._post(GapSeen(gap))
