"""The clap test: how much later the sound of a moment arrives than its picture.

A clap is heard at one instant, but seen only in the next picture: between the picture before it and the picture that
shows it. So each clap gives a stretch of offsets that would fit, one picture long, and the claps together narrow it
down. Of what fits all of them equally well, the smallest offset is taken: no correction without evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vig_capture.core.errors import UserError

CLAPS_MIN = 3
OFFSET_S_MAX = 0.6
"""Bluetooth microphones are up to 0.3 s late, network cameras up to 0.5 s."""
REST_S = 0.3
"""A clap and its echo are one sound."""
MOTION_S = 0.6
"""Hands that meet and part again are one motion."""
LOUD = 0.3
"""An onset reaches this part of the loudest one's level …"""
SUDDEN = 3.0
"""… and is so many times louder than the 50 ms before it (10 dB)."""
BEFORE_MS = 50
MOVED = 0.5
"""A moment of motion reaches this part of the typical greatest one …"""
AFTER = 0.3
"""Of a picture's length: by so much hands may meet after the picture in which they are fastest."""
NEARLY = 0.7
"""Two changes that differ by less may be one light that goes on and out."""
CLEAR = 10.0
"""Levels of luma, summed over 112 places: a small lamp that is lit changes one place by 30."""
FLOOR = 3.0
"""Levels of luma: the noise of a camera."""
SPREAD_PICTURES_MAX = 2.0
_AGAIN = (
    "Clap 3 to 5 times, a second apart, with both hands in the middle of the picture, in a quiet room. Then repeat."
)


@dataclass(frozen=True, slots=True)
class Clap:
    """A moment that was heard and seen, in seconds on one clock."""

    heard_s: float
    before_s: float
    """The last picture that did not show it."""
    seen_s: float
    """The first picture that did."""


@dataclass(frozen=True, slots=True)
class Offset:
    """What the clap test found."""

    offset_ms: float
    """How much later the sound arrives than the picture of the same moment."""
    spread_ms: float
    """Between the claps that differ most, beyond what the length of a picture explains."""
    claps: tuple[Clap, ...]


def measure(
    samples: NDArray[np.floating],
    sample_times: tuple[float, float],
    pictures: NDArray[np.uint8],
    times: Sequence[float],
) -> Offset:
    """The offset of a microphone against a camera.

    `samples`: shape (n,), in −1..1; `sample_times`: when the first sample and the one after the last were heard;
    `pictures`: luma, shape (pictures, height, width), small; `times`: when each was taken; all times in seconds on one
    clock. Raises UserError where the claps cannot be told."""
    heard = onsets(samples, sample_times)
    if len(heard) < CLAPS_MIN:
        raise UserError("The claps were not heard.", f"{len(heard)} sudden sounds were found in the sound.", _AGAIN)
    seen = motions(pictures, times)
    if len(seen) < CLAPS_MIN:
        raise UserError("The claps were not seen.", f"{len(seen)} sudden motions were found in the picture.", _AGAIN)
    claps = pair(heard, seen)
    if len(claps) < CLAPS_MIN:
        why = f"Of {len(heard)} sounds and {len(seen)} motions only {len(claps)} belong together."
        raise UserError("The claps are not clear.", why, _AGAIN)
    return _offset(claps)


def onsets(samples: NDArray[np.floating], sample_times: tuple[float, float]) -> list[float]:
    """When sudden loud sounds begin, in seconds."""
    count = len(samples)
    start_s, end_s = sample_times
    if count == 0:
        return []
    per_ms = max(1, round(count / (end_s - start_s) / 1000))
    level = np.abs(samples[: count // per_ms * per_ms], dtype=np.float64).reshape(-1, per_ms).max(axis=1)
    padded = np.concatenate([np.full(BEFORE_MS, np.inf), level])
    before = np.lib.stride_tricks.sliding_window_view(padded, BEFORE_MS)[: len(level)].max(axis=1)
    sudden = np.flatnonzero(level > SUDDEN * np.maximum(before, 1e-4))
    if not len(sudden):
        return []
    peaks = np.array([level[at : at + 20].max() for at in sudden])
    found: list[float] = []
    for at, peak in zip(sudden, peaks, strict=True):
        if peak < LOUD * peaks.max():
            continue
        first = int(at) * per_ms
        near = np.abs(samples[first : first + 5 * per_ms])
        sample = first + int(np.argmax(near > 0.25 * peak))
        when = start_s + (end_s - start_s) * sample / count
        if not found or when - found[-1] > REST_S:
            found.append(when)
    return found


def motions(pictures: NDArray[np.uint8], times: Sequence[float]) -> list[tuple[float, float]]:
    """Sudden motions: for each the time of the picture before it and of the first that shows it, in seconds."""
    if len(pictures) < 3:
        return []
    changes = _changes(pictures)
    usual = np.median(changes, axis=0)
    change = _beyond(changes, usual)
    moved = MOVED * float(np.sort(change)[-CLAPS_MIN:].min())
    if moved < CLEAR * MOVED:
        return []
    found: list[tuple[float, float]] = []
    at = 0
    while at < len(change):
        if change[at] < moved:
            at += 1
            continue
        end = int(np.searchsorted(times, times[at + 1] + MOTION_S)) - 1
        group = change[at : max(end, at + 1)]
        most = at + int(np.argmax(group))
        off = next((off for off in (most, most + 1) if _goes_out(pictures, change, usual, off, at)), None)
        # Hands are fastest just before they meet, so that a part of the next picture's time is as likely. Of a light it
        # is known when it went on.
        first = most if off is None else off - 1
        later_s = AFTER * (times[first + 1] - times[first]) if off is None else 0.0
        found.append((times[first] + later_s, times[first + 1] + later_s))
        at += len(group)
    return found


def _goes_out(
    pictures: NDArray[np.uint8], change: NDArray[np.float64], usual: NDArray[np.float64], off: int, first: int
) -> bool:
    """Whether the change number `off` is a light that goes out: as great as the one before it, when the light went on,
    and the picture after it is the one before that. `first` is the motion's first change."""
    if not first < off < len(change) or min(change[off - 1], change[off]) < NEARLY * max(change[off - 1], change[off]):
        return False
    return bool(_beyond(_changes(pictures[off - 1 : off + 2 : 2]), usual)[0] < change[off] / 2)


def _changes(pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How much each picture differs from the one before, at each place. Shape (pictures − 1, places).

    The top two ninths are left out: cameras write their clock there, and the demo its number."""
    count, height, width = pictures.shape
    block = max(height // 9, 1)
    blocks = pictures[:, 2 * block : height // block * block, : width // block * block].astype(np.int16)
    rows, columns = blocks.shape[1] // block, blocks.shape[2] // block
    difference = np.abs(np.diff(blocks, axis=0)).reshape(count - 1, rows, block, columns, block)
    return np.asarray(difference.mean(axis=(2, 4)).reshape(count - 1, -1), dtype=np.float64)


def _beyond(changes: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """What of the changes goes beyond what is usual at each place, summed over the places."""
    return np.asarray(np.maximum(changes - 2 * usual - FLOOR, 0).sum(axis=1))


def pair(heard: Sequence[float], seen: Sequence[tuple[float, float]]) -> list[Clap]:
    """The claps that agree best on one offset; empty where two offsets fit equally well."""
    possible = [
        Clap(sound, before, after) for sound in heard for before, after in seen if abs(sound - after) <= OFFSET_S_MAX
    ]
    groups = [_agreeing(clap, possible) for clap in possible]
    groups.sort(key=len, reverse=True)
    if not groups:
        return []
    best = groups[0]
    rivals = [group for group in groups if len(group) == len(best) and not {*group} & {*best}]
    return [] if rivals else best


def _agreeing(one: Clap, possible: Sequence[Clap]) -> list[Clap]:
    """The claps whose offset is within two pictures of this one's: each sound and each motion once."""
    near = [clap for clap in possible if abs(_late(clap) - _late(one)) <= SPREAD_PICTURES_MAX * _picture(one)]
    near.sort(key=lambda clap: abs(_late(clap) - _late(one)))
    found: list[Clap] = []
    for clap in near:
        if all(clap.heard_s != other.heard_s and clap.seen_s != other.seen_s for other in found):
            found.append(clap)
    return sorted(found, key=lambda clap: clap.heard_s)


def _late(clap: Clap) -> float:
    return clap.heard_s - (clap.before_s + clap.seen_s) / 2


def _picture(clap: Clap) -> float:
    return max(clap.seen_s - clap.before_s, 0.01)


def _offset(claps: Sequence[Clap]) -> Offset:
    """The smallest offset that is least far from all stretches together: a median of stretches."""
    least = np.array([clap.heard_s - clap.seen_s for clap in claps])
    most = np.array([clap.heard_s - clap.before_s for clap in claps])
    candidates = np.concatenate([least, most, [0.0]])
    away = np.maximum(least - candidates[:, None], 0) + np.maximum(candidates[:, None] - most, 0)
    cost = away.sum(axis=1)
    good = candidates[cost <= cost.min() + 1e-6]
    offset_s = float(good[np.argmin(np.abs(good))])
    beyond = np.maximum(np.maximum(least - offset_s, offset_s - most), 0)
    return Offset(offset_s * 1000, float(beyond.max()) * 1000, tuple(claps))
