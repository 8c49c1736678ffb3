"""How loud the voices are, and how clear of the room."""

from __future__ import annotations

from collections.abc import Iterator

from vig_capture.checks.sound.level import noise_power, speech_power
from vig_capture.checks.sound.view import SoundView, decibels
from vig_capture.checks.view import CheckSettings
from vig_capture.core.findings import Finding, Verdict

SNR_GOOD_DB, SNR_BAD_DB = 20.0, 10.0
LEVEL_HIGH_DBFS, LEVEL_GOOD_DBFS, LEVEL_BAD_DBFS = -18.0, -30.0, -42.0
"""Reference: domain §9.1."""
UNSURE_DB = 15.0
"""Without a voice detector nothing nearer to the noise can be told from it."""
SNR_MOST_DB = 60.0
"""More is told of silence that a computer made."""


def measured(view: SoundView) -> tuple[float, float] | None:
    """The active speech level in dBFS and its distance from the noise in dB; None where it cannot be told."""
    speech, noise = speech_power(view), noise_power(view.cells)
    if speech is None or noise is None:
        return None
    snr_db = min(decibels(speech) - decibels(noise), SNR_MOST_DB)
    return None if not view.listens and snr_db < UNSURE_DB else (decibels(speech), snr_db)


def snr(view: SoundView, _settings: CheckSettings) -> Iterator[Finding]:
    """The judge of the sound: gain moves both, only distance and a quieter room help. The value is in dB."""
    found = measured(view)
    if found is None:
        yield Finding("snr", Verdict.UNKNOWN, "speech-unheard")
        return
    _, snr_db = found
    if snr_db >= SNR_GOOD_DB:
        yield Finding("snr", Verdict.GOOD, "snr-good", snr_db)
    elif snr_db >= SNR_BAD_DB:
        yield Finding("snr", Verdict.ATTENTION, "snr-close", snr_db)
    else:
        yield Finding("snr", Verdict.BAD, "snr-bad", snr_db)


def speech_level(view: SoundView, _settings: CheckSettings) -> Iterator[Finding]:
    """Is the recording loud enough? The value is in dBFS."""
    found = measured(view)
    if found is None:
        yield Finding("speech-level", Verdict.UNKNOWN, "speech-unheard")
        return
    level_dbfs, snr_db = found
    if level_dbfs > LEVEL_HIGH_DBFS:
        yield Finding("speech-level", Verdict.ATTENTION, "speech-loud", level_dbfs)
    elif level_dbfs >= LEVEL_GOOD_DBFS:
        yield Finding("speech-level", Verdict.GOOD, "speech-good", level_dbfs)
    elif snr_db >= SNR_GOOD_DB:
        yield Finding("speech-level", Verdict.GOOD, "speech-quiet-clean", level_dbfs)
    elif level_dbfs >= LEVEL_BAD_DBFS:
        yield Finding("speech-level", Verdict.ATTENTION, "speech-quiet", level_dbfs)
    else:
        yield Finding("speech-level", Verdict.BAD, "speech-too-quiet", level_dbfs)
