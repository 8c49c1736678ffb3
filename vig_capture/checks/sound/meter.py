"""Turns blocks of samples into cells: the small numbers that the checks look at. Counts samples, reads no clock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.sound.filters import BlockFilter, PeakFilter, Samples, high_pass, low_pass
from vig_capture.checks.sound.view import CELL, CELLS_A_SECOND, RUMBLE_HZ, SPECTRA, SPECTRUM_HZ, STEPS, Cells
from vig_capture.checks.sound.voice import VOICE_RATE, VoiceDetector

FULL_SCALE = 0.9999
"""The highest sample of 16 bits is 0.99997; what a converter clips lies there or above."""
RUN_SAMPLES = 3
_CUT_HZ = RUMBLE_HZ - 16
"""Where the high-pass is at −6 dB: at 80 Hz it lets everything through, 50 Hz of mains stay out."""
_VOICE_POWER = 10 ** (-36 / 10)
"""The loudest tenth of a second is brought here for the voice detector: Silero hears nothing of speech at −66 dBFS, and
of loud whispering less than of soft (measured)."""
_VOICE_GAIN_MAX = 100.0
_VOICE_CELL = VOICE_RATE // CELLS_A_SECOND
_SPECTRUM_HOP = VOICE_RATE // 2
_WINDOW = np.hanning(VOICE_RATE + 1)[:-1].astype(np.float32)
_WINDOW_POWER = float(np.sum(np.square(_WINDOW)))


class SoundMeter:
    """Measures one microphone. A gap restarts the filters; the first tenth of a second after it only fills them."""

    def __init__(self, sample_rate: int, channels: int = 1, voice: VoiceDetector | None = None) -> None:
        self._cell = sample_rate // CELLS_A_SECOND // STEPS * STEPS
        self._channels = channels
        taps = self._cell + 1
        self._high = BlockFilter(high_pass(_CUT_HZ, sample_rate, taps))
        self._narrow = BlockFilter(low_pass(min(7_000.0, 0.45 * sample_rate), sample_rate, taps // 10 | 1))
        self._peaks = [PeakFilter() for _ in range(channels)]
        self._voice = voice
        self._restart()
        self.spectra = np.zeros((0, SPECTRUM_HZ), np.float32)

    def _restart(self) -> None:
        self._primed = False
        self._rest = np.zeros((0, self._channels), np.float32)
        self._full = np.zeros((RUN_SAMPLES, self._channels), np.bool_)
        self._unheard = np.zeros(0, np.float32)
        self._powers = np.zeros(0, np.float32)
        self._narrow_past = np.zeros(0, np.float32)
        if self._voice is not None:
            self._voice.reset()

    def add(self, samples: NDArray[np.float32], gap: bool = False) -> Cells:
        """The cells that are complete with these samples of shape (n,) or (n, channels), in −1..1.

        `gap`: between the samples before and these some are missing."""
        if gap:
            self._restart()
        block = np.concatenate([self._rest, samples.reshape(-1, self._channels)])
        if not np.isfinite(block).all():
            block = np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0)
        count = len(block) // self._cell
        block, self._rest = block[: count * self._cell], block[count * self._cell :]
        if count and not self._primed:
            block = self._prime(block)
        return self._measure(block) if len(block) else np.zeros(0, CELL)

    def _prime(self, block: Samples) -> Samples:
        first, self._primed = block[: self._cell], True
        for channel, peaks in enumerate(self._peaks):
            peaks.prime(first[:, channel])
        for kept in (self._high, self._narrow):
            kept.prime(first.mean(axis=1))
        return block[self._cell :]

    def _measure(self, block: Samples) -> Cells:
        count = len(block) // self._cell
        cells = np.zeros(count, CELL)
        for channel, peaks in enumerate(self._peaks):
            np.maximum(cells["peak"], peaks.peaks(block[:, channel], self._cell), out=cells["peak"])
        cells["runs"] = self._full_scale_runs(block).reshape(count, -1).sum(axis=1)
        shaped = block.reshape(count, -1, self._channels)
        cells["still"] = (shaped.max(axis=1) == shaped.min(axis=1)).all(axis=1)
        mixed = block.mean(axis=1, dtype=np.float32)
        high, delayed = self._high.filter(mixed)
        cells["high"] = np.square(high).reshape(count, -1).mean(axis=1)
        cells["envelope"] = np.abs(high).reshape(count, STEPS, -1).mean(axis=2)
        cells["low"] = (delayed - high).reshape(count, -1).var(axis=1)
        cells["voice"] = self._listen(mixed, cells["high"])
        return cells

    def _full_scale_runs(self, block: Samples) -> NDArray[np.bool_]:
        """True where the third full-scale sample of a run stands, in any channel; shape (n, channels)."""
        full = np.concatenate([self._full, np.abs(block) >= FULL_SCALE])
        self._full = full[len(block) :]
        runs = full[3:] & full[2:-1] & full[1:-2] & ~full[:-3]
        return np.asarray(runs)

    def _listen(self, mixed: Samples, powers: Samples) -> NDArray[np.float32]:
        """The probability of speech in each cell; the spectra are kept on the way."""
        narrow, _ = self._narrow.filter(mixed)
        places = np.arange(len(powers) * _VOICE_CELL) * (self._cell / _VOICE_CELL)
        heard = np.interp(places, np.arange(len(narrow)), narrow).astype(np.float32)
        self._keep_spectra(heard)
        if self._voice is None:
            return np.full(len(powers), np.nan, np.float32)
        self._powers = np.concatenate([self._powers, powers])[-10 * CELLS_A_SECOND :]
        gain = min(float(np.sqrt(_VOICE_POWER / max(self._powers.max(), 1e-14))), _VOICE_GAIN_MAX)
        found = np.zeros(len(powers), np.float32)
        before = len(self._unheard)
        line = np.concatenate([self._unheard, gain * heard])
        chunk = self._voice.chunk
        whole = len(line) // chunk * chunk
        for start in range(0, whole, chunk):
            cell = (start + chunk - 1 - before) // _VOICE_CELL
            found[cell] = max(found[cell], self._voice.probability(line[start : start + chunk]))
        self._unheard = line[whole:]
        return found

    def _keep_spectra(self, heard: Samples) -> None:
        line = np.concatenate([self._narrow_past, heard])
        start = 0
        while start + VOICE_RATE <= len(line):
            spectrum = np.fft.rfft(line[start : start + VOICE_RATE] * _WINDOW)[:SPECTRUM_HZ]
            power = np.square(np.abs(spectrum)) * (2 / VOICE_RATE / _WINDOW_POWER)
            self.spectra = np.concatenate([self.spectra, power[None].astype(np.float32)])[-SPECTRA:]
            start += _SPECTRUM_HOP
        self._narrow_past = line[start:]
