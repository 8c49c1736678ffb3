"""The capturing stages: read a device, stamp, hand over. A lost device is opened again, quietly, for ever.

A camera may carry sound of its own; it goes the same way as a microphone's, through a SoundInlet.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vig_capture.core.errors import DeviceError, EndOfFilm, UserError, VigError
from vig_capture.core.levels import levels
from vig_capture.core.listening import MicWatch
from vig_capture.core.model import AudioBlock, AudioMode, Frame, VideoMode
from vig_capture.core.ports import Camera, Clock, Microphone
from vig_capture.core.sync import SoundClock
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.events import DeviceLive, DeviceLost, DeviceOpening, FilmEnded, Heard, Post, TimedBlock
from vig_capture.engine.lanes import Lane
from vig_capture.engine.looking import Newest
from vig_capture.engine.stage import Stage

REOPEN_AFTER_NS = 1 * SECOND_NS
"""Pause between two attempts: a returned camera films again within 3 s."""
SILENT_CAMERA_NS = 4 * SECOND_NS
"""A camera that is open but sends nothing for this long is closed and opened again: some come back only then."""
SILENT_MICROPHONE_NS = 1 * SECOND_NS
OPENING_GRACE_NS = 10 * SECOND_NS
"""The first picture of a network camera may take this long."""

TOGETHER_NS = 60_000_000
"""Blocks of sound go on in parts so long: each part costs its wakes and calls in three threads, however short it is."""
REST_NS = 100_000_000
"""Without a further block for this long, what waits for more goes on as it is."""

VideoLane = Lane[Frame | VideoMode]
SoundLane = Lane[TimedBlock]
Got = Literal["nothing", "aside", "delivered"]


class SoundInlet:
    """Puts blocks of sound on the clock, measures them, and hands them to the writers' lanes."""

    def __init__(self, stream: str, post: Post, lanes: list[SoundLane], offset_ns: int = 0) -> None:
        self.stream = stream
        self.lanes = lanes
        self.peak_dbfs = self.rms_dbfs = -120.0
        self.captured = 0
        self.newest_mono_ns = 0
        self.clock: SoundClock | None = None
        self._mode = AudioMode(48_000, 1)
        self._next_sample: int | None = None
        self._post = post
        self.offset_ns = offset_ns
        self._watch = MicWatch()
        self._muted = False
        self._held: list[tuple[AudioBlock, bool]] = []
        """Blocks, each with: does it join the one before? They wait until the clock knows their time, and for more."""
        self._held_samples = 0

    def opened(self, mode: AudioMode) -> None:
        """The device has been opened: its samples are counted from 0 again."""
        self.closed()
        if self.clock is None or mode.sample_rate != self._mode.sample_rate:
            self.clock = SoundClock(mode.sample_rate)
        else:
            self.clock.reopened()
        self._mode = mode
        self._next_sample = None

    def put(self, block: AudioBlock) -> None:
        """Take a block of the device."""
        clock = self.clock
        if clock is None or not block.count:
            return
        joined = block.first_sample == self._next_sample
        if block.overflow:
            # How many samples are missing before this block is not known: only the times of arrival tell, and those
            # of a few blocks, for the first after a stall come late.
            self._release()
            clock.restart()
            joined = False
        end = block.first_sample + block.count
        restarts = clock.restarts
        clock.observe(end, block.mono_ns - self.offset_ns, block.stamped)
        # The clock itself may see that samples were lost although the count goes on; a source's own stamps are counted.
        joined = joined and (block.stamped or clock.restarts == restarts)
        self._next_sample = end
        self.newest_mono_ns = block.mono_ns
        self.captured += block.count
        self._held.append((block, joined))
        self._held_samples += block.count
        if self.settled and self._held_samples * SECOND_NS >= TOGETHER_NS * self._mode.sample_rate:
            self._release()

    def rest(self, mono_ns: int) -> None:
        """The device has nothing more at present."""
        if self._held and self.settled and mono_ns - self.newest_mono_ns > REST_NS:
            self._release()

    @property
    def settled(self) -> bool:
        """Are blocks handed over as they come?"""
        return self.clock is not None and self.clock.settled

    def closed(self) -> None:
        """The device is closed: what waits for its time will learn no more of it."""
        if self.clock is not None:
            self.clock.settle()
        self._release()

    def _release(self) -> None:
        held, self._held, self._held_samples = self._held, [], 0
        run: list[AudioBlock] = []
        run_joins = False
        for block, joined in held:
            if run and not joined:
                self._hand_over(run, run_joins)
                run = []
            run_joins = run_joins if run else joined
            run.append(block)
        if run:
            self._hand_over(run, run_joins)

    def _hand_over(self, run: list[AudioBlock], joined: bool) -> None:
        """Blocks that follow each other, as one."""
        clock, first = self.clock, run[0].first_sample
        assert clock is not None, "blocks come after the device was opened"
        samples = run[0].samples if len(run) == 1 else np.concatenate([block.samples for block in run])
        timed = TimedBlock(clock.t_ns(first), clock.ppm, samples, self._mode, first, joined)
        duration_ns = timed.count * SECOND_NS // self._mode.sample_rate
        for lane in self.lanes:
            lane.put(timed, duration_ns, timed.count)
        self._listen(samples, run[-1].mono_ns)

    def _listen(self, samples: NDArray[Any], mono_ns: int) -> None:
        heard = levels(samples)
        self.peak_dbfs, self.rms_dbfs, _ = heard
        for change in self._watch.observe(heard, mono_ns, len(samples)):
            # A microphone that stops is seen as a lost device; here only its voice is judged.
            if change != "stopped" and (change == "muted") != self._muted:
                self._muted = not self._muted
                self._post(Heard(self.stream, self._muted))


class _Reopening(Stage):
    """What cameras and microphones share: open, read, lose, wait, open again."""

    idle_s = 0.02

    def __init__(self, stream: str, clock: Clock, post: Post) -> None:
        super().__init__()
        self.name = f"capture {stream}"
        self.stream = stream
        self.live = False
        self.ended = False
        self._clock = clock
        self._post = post
        self._open = False
        self._tried_ns: int | None = None
        self._heard_ns = 0
        self._told: str | None = None

    def step(self) -> bool:
        if self.ended:
            return False
        now_ns = self._clock.mono_ns()
        try:
            if not self._open:
                return self._try_open(now_ns)
            got = self._read()
            if got == "delivered":
                self._heard_ns = now_ns
                self._tell_live()
            if got != "nothing":
                return True
            self._rest(now_ns)
            limit_ns = self._silence_limit_ns() if self.live else OPENING_GRACE_NS
            if now_ns - self._heard_ns > limit_ns:
                raise DeviceError(*self._silent_words())
            return False
        except EndOfFilm:
            self.ended = True
            self._shut()
            self._post(FilmEnded(self.stream))
        except (DeviceError, UserError) as error:
            self._lose(error, now_ns)
        return False

    def close(self) -> None:
        self._shut()

    def _try_open(self, now_ns: int) -> bool:
        if self._tried_ns is not None and now_ns - self._tried_ns < REOPEN_AFTER_NS:
            return False
        if self._told is None:
            self._post(DeviceOpening(self.stream))
        try:
            self._open_device()
            self._open = True
        finally:
            # Counted from the end of the attempt: opening itself may take seconds.
            self._tried_ns = self._clock.mono_ns()
        self._heard_ns = self._tried_ns
        return True

    def _tell_live(self) -> None:
        if not self.live:
            self.live = True
            self._told = None
            self._post(DeviceLive(self.stream, self._mode_now()))

    def _lose(self, error: VigError, now_ns: int) -> None:
        self._shut()
        self._tried_ns = now_ns
        self.live = False
        if self._told != error.what:
            # Said once: the hundredth attempt that fails in the same way is no news.
            self._told = error.what
            self._post(DeviceLost(self.stream, error))

    def _shut(self) -> None:
        if self._open:
            self._open = False
            self._close_device()

    def _rest(self, mono_ns: int) -> None:
        """The device has nothing at present."""
        raise NotImplementedError

    def _open_device(self) -> None:
        raise NotImplementedError

    def _close_device(self) -> None:
        raise NotImplementedError

    def _read(self) -> Got:
        raise NotImplementedError

    def _mode_now(self) -> VideoMode | AudioMode:
        raise NotImplementedError

    def _silence_limit_ns(self) -> int:
        raise NotImplementedError

    def _silent_words(self) -> tuple[str, str, str]:
        raise NotImplementedError


class CameraStage(_Reopening):
    """Reads a camera and hands its frames to the film writer."""

    def __init__(
        self,
        stream: str,
        camera: Camera,
        clock: Clock,
        post: Post,
        lane: VideoLane,
        inlet: SoundInlet | None = None,
        newest: Newest | None = None,
    ) -> None:
        """`newest`: where each frame is left for those who look."""
        super().__init__(stream, clock, post)
        self.newest_mono_ns = 0
        self._camera = camera
        self._lane = lane
        self._inlet = inlet
        self._newest = newest
        self._mode: VideoMode | None = None

    def _open_device(self) -> None:
        mode, sound = self._camera.open()
        self._mode = mode
        # Stands in the lane before the frames that it describes.
        self._lane.put(mode, 0, 0)
        if self._newest is not None:
            self._newest.opened(mode)
        if self._inlet is not None and sound is not None:
            self._inlet.opened(sound)
            self._post(DeviceLive(self._inlet.stream, sound))
        elif self._inlet is not None:
            self._post(DeviceLost(self._inlet.stream, DeviceError("The camera sends no sound.")))

    def _read(self) -> Got:
        item = self._camera.read()
        if item is None:
            return "nothing"
        if isinstance(item, AudioBlock):
            if self._inlet is not None:
                self._inlet.put(item)
            # Sound alone does not keep a camera alive.
            return "aside"
        self.newest_mono_ns = item.mono_ns
        # Dropped, it takes with it what it says of those before it.
        self._lane.put(item, item.size_bytes, 1 + item.lost_before)
        if self._newest is not None:
            self._newest.put(item)
        return "delivered"

    def _rest(self, mono_ns: int) -> None:
        if self._inlet is not None:
            self._inlet.rest(mono_ns)

    def _lose(self, error: VigError, now_ns: int) -> None:
        super()._lose(error, now_ns)
        if self._inlet is not None:
            self._post(DeviceLost(self._inlet.stream, error))

    def _close_device(self) -> None:
        self._camera.close()
        if self._newest is not None:
            self._newest.closed()
        if self._inlet is not None:
            self._inlet.closed()

    def _mode_now(self) -> VideoMode:
        if self._mode is None:
            raise AssertionError("a camera that delivers has been opened")
        return self._mode

    def _silence_limit_ns(self) -> int:
        return SILENT_CAMERA_NS

    def _silent_words(self) -> tuple[str, str, str]:
        return "The camera sends no picture.", "It is connected but silent.", "Check its cable and that it is awake."


class MicrophoneStage(_Reopening):
    """Reads a microphone of its own."""

    idle_s = 0.005

    def __init__(self, stream: str, microphone: Microphone, clock: Clock, post: Post, inlet: SoundInlet) -> None:
        super().__init__(stream, clock, post)
        self._microphone = microphone
        self._inlet = inlet
        self._mode: AudioMode | None = None

    def _open_device(self) -> None:
        self._mode = self._microphone.open()
        self._inlet.opened(self._mode)

    def _read(self) -> Got:
        block = self._microphone.read()
        if block is None:
            return "nothing"
        self._inlet.put(block)
        # Its first blocks wait until the clock knows their time: only then is there sound to film with.
        return "delivered" if self.live or self._inlet.settled else "aside"

    def _rest(self, mono_ns: int) -> None:
        self._inlet.rest(mono_ns)

    def _close_device(self) -> None:
        self._microphone.close()
        self._inlet.closed()

    def _mode_now(self) -> AudioMode:
        if self._mode is None:
            raise AssertionError("a microphone that delivers has been opened")
        return self._mode

    def _silence_limit_ns(self) -> int:
        return SILENT_MICROPHONE_NS

    def _silent_words(self) -> tuple[str, str, str]:
        return "No sound is arriving.", "The microphone is open but sends nothing.", "Check its plug and its switch."
