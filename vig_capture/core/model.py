"""The nouns: what travels from the devices to the files and from the keys to the journal.

Two kinds of time, told apart by name. `mono_ns` is the host's monotonic clock, as devices and clients know it.
`t_ns` is session time: integer nanoseconds since the session's first record (see core/time.py). Files and the
journal hold session time only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

StreamKind = Literal["video", "audio"]
Who = Literal["self", "other"]
"""Who did what a marker points at: the person the vocabulary watches, or (with Shift) the other one."""


@dataclass(frozen=True, slots=True)
class VideoMode:
    """What a camera delivers: size in pixels, nominal frames a second, and the pixel or codec format's FFmpeg name."""

    width: int
    height: int
    rate: float
    format: str
    copied: bool = False
    """True when the camera sends H.264 that goes into the film as it is."""
    extradata: bytes | None = None
    """Codec parameters (SPS, PPS) of a copied stream."""

    def __str__(self) -> str:
        return f"{self.width}×{self.height} at {self.rate:g} a second, {self.format}"


@dataclass(frozen=True, slots=True)
class AudioMode:
    """What a microphone delivers: samples a second, channels, and the bits that carry signal (16, 24 or 32)."""

    sample_rate: int
    channels: int
    bits: int = 16

    def __str__(self) -> str:
        return f"{self.sample_rate} Hz, {self.channels} channel{'s' * (self.channels > 1)}, {self.bits} bit"


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture as the camera gave it."""

    mono_ns: int
    """When it was taken, on the host's monotonic clock."""
    picture: Any
    """av.VideoFrame; av.Packet where `encoded`; a number in the simulator. Only devices and media look inside."""
    size_bytes: int
    keyframe: bool = True
    """Of encoded pictures: it can be decoded by itself."""
    encoded: bool = False
    decode_ns: int | None = None
    """Of encoded pictures: the decoding stamp on the same clock, where pictures are reordered."""
    lost_before: int = 0
    """Pictures that the device itself reported as damaged or dropped since the last one."""
    numbered: bool = False
    """The device numbers its pictures, so that `lost_before` is all that is missing: nothing is to be guessed."""


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """Consecutive samples of a microphone."""

    mono_ns: int
    """When the last sample of the block had arrived (its own stamp where the source has one)."""
    first_sample: int
    """Index of the first sample, counted since the device was opened; a jump means lost samples."""
    samples: NDArray[np.int16] | NDArray[np.int32] | NDArray[np.float32]
    """Shape (samples, channels)."""
    stamped: bool = False
    """True when `mono_ns` comes from the source's own timestamps and carries no jitter of arrival."""
    overflow: bool = False
    """The system said that samples before this block were lost, but not how many."""

    @property
    def count(self) -> int:
        return int(self.samples.shape[0])


@dataclass(frozen=True, slots=True)
class Packet:
    """An encoded picture on its way into a segment, in session time."""

    t_ns: int
    decode_ns: int
    keyframe: bool
    data: Any
    """av.Packet; a number in the simulator."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The picture track of a segment: what its header needs."""

    width: int
    height: int
    rate: float
    extradata: bytes | None = None


@dataclass(frozen=True, slots=True)
class SoundTrack:
    """The sound track of a segment."""

    sample_rate: int
    channels: int
    bits: int = 16


@dataclass(frozen=True, slots=True)
class Stream:
    """One camera or microphone of the session."""

    id: str
    kind: StreamKind
    source: str
    """The device's own name or address, never an index, never with a password."""


@dataclass(slots=True)
class Segment:
    """A file of the film or of the lossless sound."""

    stream: str
    file: str
    start_ns: int
    end_ns: int | None = None
    """None while it grows, and for ever if the recorder died before closing it."""
    frames: int = 0
    samples: int = 0
    size_bytes: int = 0
    sha256: str = ""
    sound: str = ""
    """Id of the microphone whose sound this film segment carries."""


@dataclass(slots=True)
class Gap:
    """A stretch of a stream that was not recorded, and why."""

    id: str
    stream: str
    start_ns: int
    end_ns: int | None
    lost: int
    """Frames (video) or samples (audio) that were lost."""
    cause: str


@dataclass(slots=True)
class Marker:
    """One press of a marker key, with everything that was said of it later."""

    id: str
    key: str
    label: str
    who: Who
    t_ns: int
    utc: str
    star: bool = False
    goal: str = ""
    note: str = ""
    private: bool = False
    extended_ns: int | None = None
    """Session time of the last extending press."""
    look_back_s: float = 15.0
    look_ahead_s: float = 5.0
    state: str = "recording"
    """The session's state at the press: `paused` and `arming` markers have no picture of their own."""
    uncertain: bool = False
    until_ns: int | None = None
    """Of a stretch that was closed: the session time at which it ends."""
    open: bool = False
    """It is a stretch, begun and not closed yet."""
    shortlist: bool = False
    """The guider means to show it in the shared review."""
    pick: bool = False
    """The family chose it themselves."""
    private_note: str = ""
    """The guider's own words on it: never in what a family sees or is given."""
    rank: int | None = None
    """Its place in the order in which the guider means to show the moments, from 1; None: by its time."""


@dataclass(frozen=True, slots=True)
class Still:
    """A still picture that the guider took while filming."""

    id: str
    stream: str
    """The camera's id."""
    file: str
    t_ns: int
    """When the picture was taken; the press may have been a little earlier."""
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the film that goes into nothing that is made of it."""

    id: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Quality:
    """From this moment on a check says this of the picture or sound."""

    t_ns: int
    check: str
    verdict: str
    """good, attention, bad or unknown."""
    code: str
    """Which sentence of config/advice.toml says it."""


@dataclass(frozen=True, slots=True)
class ClockPoint:
    """Evidence of how the clocks ran, every 10 s."""

    t_ns: int
    mono_ns: int
    utc_ns: int
    streams: dict[str, dict[str, Any]]
    """For each stream its counters, and of a microphone the fitted rate in ppm."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a screen or client may show, at one moment. Sent as a plain map; unknown fields are ignored."""

    state: str
    session: str
    folder: str
    t_ns: int
    mono_ns: int
    recorded_ns: int
    """Time spent recording, pauses left out."""
    latest_end_ns: int
    streams: list[dict[str, Any]] = field(default_factory=list)
    """id, kind, source, state (opening, live, lost), mode; video: frames, lost, thinned; audio: peak_dbfs, rms_dbfs."""
    lost_frames: int = 0
    minutes_left: float | None = None
    battery_minutes: float | None = None
    """None on the mains, or where the system does not say."""
    markers: list[dict[str, Any]] = field(default_factory=list)
    """The last markers, newest last: id, key, label, who, t_ns, until_ns, open, star, goal (its id), private, saved."""
    marker_count: int = 0
    stretch_since_ns: int | None = None
    """Session time at which the stretch began that is open now."""
    target_min: float | None = None
    """Of the session sheet: how long the film is meant to be, in minutes."""
    soft_end_min: float | None = None
    goals: list[dict[str, str]] = field(default_factory=list)
    """Of the session sheet: id and short label of each goal. (Nothing else of the sheet is for the room to read.)"""
    measure: bool = False
    """Of the session sheet: it is a measure's film, and no markers are shown."""
    vocabulary: dict[str, Any] = field(default_factory=dict)
    choice: dict[str, Any] = field(default_factory=dict)
    """Before the film: cameras, mics, profile and vocabulary that were chosen. Empty once it has begun."""
    findings: list[dict[str, Any]] = field(default_factory=list)
    """What the checks say now: check, verdict (good, attention, bad, unknown), code, value. Empty while none look."""
    detector: str = ""
    """Who looks for faces; "" where nothing is checked."""
    trouble: list[dict[str, str]] = field(default_factory=list)
    """What is wrong now: what, why, do."""
    notices: list[dict[str, Any]] = field(default_factory=list)
    """The last things that happened, oldest first: n (counted from 1), what, why, do."""
