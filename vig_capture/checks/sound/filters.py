"""FIR filters for sound that comes in blocks of any size, with numpy alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

OVERSAMPLING = 4
"""ITU-R BS.1770-4 annex 2: enough to see peaks between samples at 48 kHz to within 0.7 dB at worst."""
_PEAK_TAPS = 24
_PEAK_BETA = 6.0


def low_pass(cut_hz: float, sample_rate: int, taps: int) -> Samples:
    """Linear-phase low-pass, −6 dB at `cut_hz`: a sinc under a Hamming window, so 53 dB down 1.7 × sample_rate / taps
    beyond it. `taps` is odd."""
    n = np.arange(taps) - taps // 2
    kernel = np.sinc(2 * cut_hz / sample_rate * n) * np.hamming(taps)
    return np.asarray(kernel / kernel.sum(), np.float32)


def high_pass(cut_hz: float, sample_rate: int, taps: int) -> Samples:
    """What `low_pass` takes away, with the same delay of taps // 2 samples."""
    kernel = -low_pass(cut_hz, sample_rate, taps)
    kernel[taps // 2] += 1.0
    return kernel


class BlockFilter:
    """Filters block after block as if they were one piece, by FFT (overlap-save)."""

    def __init__(self, kernel: Samples) -> None:
        self._kernel = kernel
        self._past = np.zeros(len(kernel) - 1, np.float32)
        self._spectrum = np.zeros(0, np.complex64)
        self._size = 0

    def prime(self, samples: Samples) -> None:
        """Take the end of `samples` as what came before: at the beginning and after a gap, so that no edge is heard."""
        self._past = samples[len(samples) - len(self._past) :]

    def filter(self, block: Samples) -> tuple[Samples, Samples]:
        """The block filtered, and the block itself with the same delay; both as long as it is."""
        line = np.concatenate([self._past, block])
        size = 1 << (len(line) - 1).bit_length()
        if size != self._size:
            self._size, self._spectrum = size, np.fft.rfft(self._kernel, size).astype(np.complex64)
        past = len(self._past)
        filtered = np.fft.irfft(np.fft.rfft(line, size) * self._spectrum, size)[past : len(line)]
        self._past = line[len(block) :]
        return filtered.astype(np.float32, copy=False), line[past // 2 : past // 2 + len(block)]


class PeakFilter:
    """The true peak: the highest point of the wave between the samples, 4 × oversampled."""

    def __init__(self) -> None:
        n = np.arange(OVERSAMPLING * _PEAK_TAPS) - OVERSAMPLING * _PEAK_TAPS // 2
        kernel = np.sinc(n / OVERSAMPLING) * np.kaiser(len(n) + 1, _PEAK_BETA)[:-1]
        phases = kernel.reshape(_PEAK_TAPS, OVERSAMPLING).T[1:]  # the first phase is the samples themselves
        self._phases = [(phase / phase.sum()).astype(np.float32) for phase in phases]
        self._past = np.zeros(_PEAK_TAPS - 1, np.float32)

    def prime(self, samples: Samples) -> None:
        """Take the end of `samples` as what came before."""
        self._past = samples[len(samples) - len(self._past) :]

    def peaks(self, block: Samples, cell: int) -> Samples:
        """The highest absolute value of each `cell` samples of a block that is a multiple of them."""
        line = np.concatenate([self._past, block])
        self._past = line[len(block) :]
        highest: Samples = np.abs(block).reshape(-1, cell).max(axis=1)
        for phase in self._phases:
            between = np.convolve(line, phase, "valid").reshape(-1, cell)
            np.maximum(highest, between.max(axis=1), out=highest)
            np.maximum(highest, -between.min(axis=1), out=highest)
        return highest
