"""What became of a known sound: segments decoded one by one and joined on the sample grid of session time.

Levels are RMS in dBFS where a full-scale sine is 0 (AES17). A segment is a plain map of `vig-capture show --json`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from measure_picture import Film, spread
from numpy.typing import NDArray

from vig_capture.core.time import SECOND_NS
from vig_capture.devices.demo import beep_shape

Samples = NDArray[np.float64]
RATE = 48_000
HEAD = 1024
"""So many samples after a cut are judged by themselves: one AAC frame."""
WINDOWS_A_SECOND = 10
_BEEP_SCORE_MIN = 0.6
_BEEP_LEVEL_MIN = 0.003
_FLASH_WITHIN_NS = SECOND_NS // 2


@dataclass(frozen=True, slots=True)
class Sound:
    """The decoded sound of one segment, first channel, in −1…1; `first` is its place on the grid of session time."""

    file: str
    first: int
    samples: Samples
    decoded: int = 0
    """Samples that the decoder gave, before the padding behind the track's own length was taken off."""

    @property
    def end(self) -> int:
        return self.first + len(self.samples)


@dataclass(slots=True)
class SoundReport:
    """How the segments join, and how far a sine is off."""

    segments: int = 0
    samples: int = 0
    samples_expected: int = 0
    """From the first to the last on the grid: more than `samples` means missing sound, fewer an overlap."""
    seams: list[str] = field(default_factory=list)
    """Seams that do not join exactly, and by how many samples."""
    global_dbfs: float | None = None
    """Residual against one sine over everything, amplitude, phase and a constant ppm fitted."""
    ppm: float | None = None
    segment_dbfs_max: float | None = None
    """The worst segment against a sine fitted to it alone."""
    local_dbfs_max: float | None = None
    """The worst tenth of a second against a sine fitted to it alone."""
    head_dbfs_max: float | None = None
    """The worst first 1,024 samples of a segment, against the sine over everything."""
    seam_dbfs_max: float | None = None
    """The worst second around a seam, against one sine fitted to it: for a microphone with a clock of its own, whose
    rate is learnt while it is filmed."""
    seam_head_dbfs_max: float | None = None
    """The worst first 1,024 samples of a segment, against the sine of the second around its seam."""
    phase_samples: dict[str, float] = field(default_factory=dict)
    """|where each segment's own sine lies against the sine over everything|, in samples."""


def read_sound(folder: Path, segment: Mapping[str, Any], trim: bool = True) -> Sound | None:
    """Decode a segment's sound by itself; None if it has none. Raises ValueError if it is not at 48 kHz.

    `trim`: what the decoder gives beyond the length that the track declares is left out."""
    with av.open(str(folder / segment["file"])) as file:
        if not file.streams.audio:
            return None
        stream = file.streams.audio[0]
        if stream.rate != RATE:
            raise ValueError(f"{segment['file']}: {stream.rate} samples a second instead of {RATE}")
        blocks: list[Samples] = []
        first_pts_s = 0.0
        for frame in file.decode(stream):
            if not blocks:
                first_pts_s = float((frame.pts or 0) * (frame.time_base or 0))
            blocks.append(_first_channel(frame))
        declared = round((stream.duration or 0) * (stream.time_base or 0) * RATE)
    samples = np.concatenate(blocks) if blocks else np.zeros(0)
    first = round((int(segment["start_ns"]) / SECOND_NS + first_pts_s) * RATE)
    return Sound(str(segment["file"]), first, samples[:declared] if declared and trim else samples, len(samples))


def _first_channel(frame: av.AudioFrame) -> Samples:
    data = frame.to_ndarray()
    channel = data[0] if frame.format.is_planar else data.reshape(-1, frame.layout.nb_channels)[:, 0]
    scale = 1.0 if channel.dtype.kind == "f" else float(-np.iinfo(channel.dtype).min)
    return np.asarray(channel / scale, np.float64)


def seams(sounds: Sequence[Sound]) -> list[str]:
    """Each seam that is not exact: samples missing (+) or doubled (−) there."""
    return [
        f"{after.file}: {after.first - before.end:+d} samples"
        for before, after in itertools.pairwise(sounds)
        if after.first != before.end
    ]


def sine_report(sounds: Sequence[Sound], frequency_hz: float, skip_s: float = 0.5) -> SoundReport:
    """Judge segments, in their order, of one continuous sine; levels leave out the first and last `skip_s`."""
    found = SoundReport(len(sounds), sum(len(sound.samples) for sound in sounds))
    if not sounds:
        return found
    found.samples_expected = sounds[-1].end - sounds[0].first
    found.seams = seams(sounds)
    parts = [part for part in _trimmed(sounds, int(skip_s * RATE)) if len(part.samples) >= RATE // WINDOWS_A_SECOND]
    if not parts:
        return found
    hz = _fitted_frequency(parts, frequency_hz)
    found.ppm = round((hz / frequency_hz - 1) * 1e6, 2)
    wave = _fit(parts, hz)
    power, heads, turns = 0.0, [], []
    for part in parts:
        rest = part.samples - _wave(part, hz, wave)
        power += float(np.sum(np.square(rest)))
        own = _fit([part], hz)
        turns.append(float(np.angle(own / wave)))
        found.segment_dbfs_max = _worse(found.segment_dbfs_max, dbfs(part.samples - _wave(part, hz, own)))
        for window in _windows(part):
            level = dbfs(window.samples - _wave(window, hz, _fit([window], hz)))
            found.local_dbfs_max = _worse(found.local_dbfs_max, level)
        if part.file != sounds[0].file:
            heads.append(dbfs(rest[:HEAD]))
    _judge_seams(parts, frequency_hz, found)
    found.global_dbfs = _decibels(power / sum(len(part.samples) for part in parts))
    found.head_dbfs_max = max(heads, default=None)
    found.phase_samples = spread(np.abs(np.array(turns)) / (2 * np.pi * hz) * RATE)
    return found


def _judge_seams(parts: Sequence[Sound], frequency_hz: float, found: SoundReport) -> None:
    half = RATE // 2
    for before, after in itertools.pairwise(parts):
        start = max(before.end - half, before.first)
        around = [
            Sound(before.file, start, before.samples[start - before.first :]),
            Sound(after.file, after.first, after.samples[:half]),
        ]
        hz = _fitted_frequency(around, frequency_hz)
        wave = _fit(around, hz)
        rests = [part.samples - _wave(part, hz, wave) for part in around]
        found.seam_dbfs_max = _worse(found.seam_dbfs_max, dbfs(np.concatenate(rests)))
        found.seam_head_dbfs_max = _worse(found.seam_head_dbfs_max, dbfs(rests[1][:HEAD]))


def _trimmed(sounds: Sequence[Sound], skip: int) -> Iterator[Sound]:
    """The segments without the first and last `skip` samples of the whole."""
    start, end = sounds[0].first + skip, sounds[-1].end - skip
    for sound in sounds:
        first, last = max(sound.first, start), min(sound.end, end)
        if first < last:
            yield Sound(sound.file, first, sound.samples[first - sound.first : last - sound.first])


def _windows(sound: Sound) -> Iterator[Sound]:
    window = RATE // WINDOWS_A_SECOND
    for start in range(0, len(sound.samples) - window + 1, window):
        yield Sound(sound.file, sound.first + start, sound.samples[start : start + window])


def _worse(level: float | None, other: float) -> float:
    return other if level is None else max(level, other)


def dbfs(samples: Samples) -> float:
    """RMS level in dBFS, a full-scale sine being 0; never below −200."""
    return _decibels(float(np.mean(np.square(samples))) if len(samples) else 0.0)


def _decibels(power: float) -> float:
    return round(10 * math.log10(max(2 * power, 1e-20)), 2)


def _turns(sound: Sound, hz: float) -> Samples:
    """The phase of a sine of `hz` at each sample, in radians since session time 0."""
    return np.asarray(2 * np.pi * hz / RATE * np.arange(sound.first, sound.end))


def _wave(sound: Sound, hz: float, wave: complex) -> Samples:
    """The sine of complex amplitude `wave` at the segment's samples."""
    turns = _turns(sound, hz)
    return np.asarray(wave.real * np.cos(turns) - wave.imag * np.sin(turns))


def _fit(sounds: Sequence[Sound], hz: float) -> complex:
    """The complex amplitude c for which Re(c·e^{iωn}) is nearest to the samples, by least squares."""
    square, product = np.zeros((2, 2)), np.zeros(2)
    for sound in sounds:
        turns = _turns(sound, hz)
        columns = np.stack([np.cos(turns), -np.sin(turns)], axis=1)
        square += columns.T @ columns
        product += columns.T @ sound.samples
    real, imaginary = np.linalg.solve(square, product)
    return complex(real, imaginary)


def _fitted_frequency(sounds: Sequence[Sound], hz: float) -> float:
    """`hz` corrected by the slope of the phase over tenths of a second."""
    windows = [window for sound in sounds for window in _windows(sound)]
    if len(windows) < 3:
        return hz
    phase = np.unwrap([np.angle(_fit([window], hz)) for window in windows])
    seconds = np.array([window.first for window in windows]) / RATE
    return hz + float(np.polyfit(seconds, phase, 1)[0]) / (2 * np.pi)


def beep_onsets(sounds: Sequence[Sound]) -> list[int]:
    """Places on the grid where the feed's beep starts: normalised matched filter, at most one each half second.

    A beep that a cut divides is found too: each segment is looked at with the end of the one before."""
    found: list[tuple[int, float]] = []
    before: Sound | None = None
    for sound in sounds:
        first, samples = sound.first, sound.samples
        if before is not None and before.end == first:
            tail = before.samples[-len(beep_shape(RATE)) :]
            first, samples = first - len(tail), np.concatenate([tail, samples])
        for onset in _beeps(first, samples):
            if found and onset[0] - found[-1][0] < RATE // 2:
                found[-1] = max(found[-1], onset, key=lambda entry: entry[1])
            else:
                found.append(onset)
        before = sound
    return [place for place, _ in found]


def _beeps(first: int, samples: Samples) -> Iterator[tuple[int, float]]:
    """The best match of each half second, with its score, where it is good enough."""
    beep = beep_shape(RATE)
    norm = float(np.linalg.norm(beep))
    for start in range(0, len(samples) - len(beep) + 1, RATE // 2):
        part = samples[start : start + RATE // 2 + len(beep) - 1]
        power = np.concatenate([[0.0], np.cumsum(np.square(part))])
        local = np.sqrt(np.maximum(power[len(beep) :] - power[: -len(beep)], 0.0))
        loud = local > _BEEP_LEVEL_MIN * norm
        score = np.where(loud, np.correlate(part, beep, "valid") / np.where(loud, local * norm, 1.0), 0.0)
        best = int(np.argmax(score))
        if score[best] >= _BEEP_SCORE_MIN:
            yield first + start + best, float(score[best])


def av_offsets(films: Sequence[Film], sounds: Sequence[Sound], rate: int) -> dict[str, list[float]]:
    """Beep onset minus time of the flash frame (number % rate == 0), in ms, for each film segment: later sound is
    positive."""
    onsets_ns = np.array([place * SECOND_NS // RATE for place in beep_onsets(sounds)], np.int64)
    offsets: dict[str, list[float]] = {}
    for film in films:
        for frame in film.frames:
            if frame.number is None or frame.number % rate or not len(onsets_ns):
                continue
            nearest = int(onsets_ns[np.argmin(np.abs(onsets_ns - frame.t_ns))]) - frame.t_ns
            if abs(nearest) < _FLASH_WITHIN_NS:
                offsets.setdefault(film.file, []).append(nearest / 1e6)
    return offsets


def av_offset(films: Sequence[Film], sounds: Sequence[Sound], rate: int) -> dict[str, Any]:
    """What `av_offsets` finds, in figures; `segments` holds the median of each film segment in its order, and
    `after_cuts_ms` how far the first flash of a segment is at most from the median of all."""
    offsets = av_offsets(films, sounds, rate)
    every = np.array([offset for group in offsets.values() for offset in group])
    numbers = [frame.number for film in films for frame in film.frames if frame.number is not None]
    found: dict[str, Any] = {
        "beeps": len(beep_onsets(sounds)),
        "flashes": sum(number % rate == 0 for number in numbers),
        "pairs": len(every),
    }
    if len(every):
        median = float(np.median(every))
        found["median_ms"] = round(median, 3)
        found["absolute_ms"] = spread(np.abs(every))
        found["after_cuts_ms"] = round(max(abs(group[0] - median) for group in offsets.values()), 3)
        found["segments"] = {file: round(float(np.median(group)), 3) for file, group in offsets.items()}
    return found
