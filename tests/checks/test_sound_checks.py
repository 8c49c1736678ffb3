"""checks/sound: each fault is found within 5 s, goes within 5 s of the cure, and nothing is found that is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.heard import RATE, Ear, Sound, faulty, hear, in_phrase, never, noise, speech, tone, watch
from vig_capture.checks.sound.jumps import noise_moves
from vig_capture.checks.sound.microphone import microphone
from vig_capture.checks.sound.view import CELL
from vig_capture.checks.sound.voice import voice_detector
from vig_capture.core.findings import LOOKING, Verdict
from vig_capture.devices.settings_files import load_advice

CHECKS = {"microphone", "clipping", "speech-level", "snr", "hum", "rumble", "jumps"}
WELL_S, FAULT_S, AFTER_S = 21, 10, 10


def room(seconds: float, level_db: float = -60) -> Sound:
    return noise(seconds, level_db)


def talk(seconds: float, level_db: float = -26) -> Sound:
    """Speech in a quiet room."""
    return speech(seconds, level_db) + room(seconds)


def buzz(seconds: float, hz: float, level_db: float) -> Sound:
    return tone(seconds, hz, level_db) + tone(seconds, 2 * hz, level_db - 3) + tone(seconds, 3 * hz, level_db - 6)


FAULTS: list[tuple[str, str, Callable[[Sound], Sound]]] = [
    ("microphone", "microphone-silent", np.zeros_like),
    ("microphone", "microphone-fallen", lambda x: x / 100),
    ("clipping", "clipping-bad", lambda x: np.clip(x * 20, -1, 1)),
    ("hum", "hum", lambda x: x + buzz(FAULT_S, 50, -50)),
    ("hum", "hum", lambda x: x + buzz(FAULT_S, 60, -50)),
    ("rumble", "rumble", lambda x: x + tone(FAULT_S, 23, -20)),
    ("snr", "snr-bad", lambda x: x + noise(FAULT_S, -30, 5)),
]


@pytest.mark.parametrize(("check", "code", "make"), FAULTS)
def test_fault_comes_and_goes(check: str, code: str, make: Callable[[Sound], Sound]) -> None:
    """In speech that was well before, a fault is found within 5 s, gone 5 s after the cure, and is the only one."""
    sound = talk(WELL_S + FAULT_S + AFTER_S)
    stretch = slice(WELL_S * RATE, (WELL_S + FAULT_S) * RATE)
    sound[stretch] = make(sound[stretch])
    found = hear(sound, watch(Ear(in_phrase)))
    assert not any(faulty(each) for each in found[: 2 * WELL_S])
    assert found[2 * (WELL_S + 5) - 1][check].code == code
    assert check not in faulty(found[2 * (WELL_S + FAULT_S + 5) - 1])


@pytest.mark.parametrize("level", [-60, -75, -90])
@pytest.mark.parametrize("bits", [16, 24])
def test_quiet_room_has_no_fault(level: float, bits: int) -> None:
    """A minute of a quiet room as a converter gives it: long runs of zeros at 16 bits are no dead microphone."""
    steps = 2.0 ** (bits - 1)
    sound = np.round(noise(60, level, 7) * steps) / steps
    for found in hear(sound, watch(Ear(never))):
        assert not faulty(found)
    assert found["microphone"].code == "microphone-unheard"
    assert found["snr"].verdict == found["speech-level"].verdict == Verdict.UNKNOWN


def test_silence_tells_nothing_of_who_speaks() -> None:
    """Two minutes in which nobody speaks leave every finding as it was after the speech."""
    ear = Ear(lambda second: second < 14 and in_phrase(second))
    found = hear(np.concatenate([talk(14), room(120)]), watch(ear))
    verdicts = [{each: finding.verdict for each, finding in looked.items()} for looked in found[27:]]
    for check in CHECKS:
        assert len({looked[check] for looked in verdicts}) == 1, check


def test_half_a_second_of_zeros_is_enough_and_less_is_not() -> None:
    """After a quiet stretch, exact zeros for 0.4 s are nothing, for 0.7 s no sound is arriving."""
    by = watch(Ear(lambda second: second < 14 and in_phrase(second)))
    hear(np.concatenate([talk(14), room(4)]), by)
    for seconds, verdict in ((0.4, Verdict.GOOD), (0.3, Verdict.BAD)):
        by.add(np.zeros(round(seconds * RATE), np.float32))
        (finding,) = microphone(by.view(), None)  # type: ignore[arg-type]
        assert finding.verdict == verdict


def test_television_switched_off_is_no_dead_microphone_for_long() -> None:
    """The room becomes 35 dB quieter: at the next word the microphone is well, and stays so."""
    loud = speech(14, -20) + noise(14, -35)
    found = hear(np.concatenate([loud, speech(30, -20, 2) + noise(30, -75, 2)]), watch(Ear(in_phrase)))
    assert all(looked["microphone"].verdict == Verdict.GOOD for looked in found[2 * 22 :])


def test_quiet_but_clean_is_fine() -> None:
    """Speech at −50 dB in a room at −85 is good, at −50 in a room at −62 it is too quiet."""
    for noise_db, code in ((-85, "speech-quiet-clean"), (-62, "speech-too-quiet")):
        found = hear(speech(14, -50) + room(14, noise_db), watch(Ear(in_phrase)))
        assert found[-1]["speech-level"].code == code


def test_headroom() -> None:
    """One knock near the limit is nothing, a loud stretch is."""
    sound = talk(14)
    sound[10 * RATE] = 0.7
    assert "clipping" not in faulty(hear(sound, watch(Ear(in_phrase)))[-1])
    sound[9 * RATE :] = np.clip(4 * sound[9 * RATE :], -0.7, 0.7)
    assert hear(sound, watch(Ear(in_phrase)))[-1]["clipping"].code == "clipping-headroom"


@pytest.mark.parametrize("far_db", [-75, -45])
def test_noise_that_changes_after_speech(far_db: float) -> None:
    """The noise falls or rises in each pause: the computer processes the sound. Where it stays, it does not."""

    def speaks(second: Any) -> Any:
        return second % 6 < 2

    def heard(far_db: float) -> str:
        t = np.arange(30 * RATE) / RATE
        sound = np.where(t % 6 < 3.5, noise(30, -60), noise(30, far_db))
        sound += noise(30, -26, 4) * speaks(t)
        return hear(sound, watch(Ear(speaks)))[-1]["jumps"].code

    assert heard(far_db) == "jumps"
    assert heard(-60) == "jumps-none"


def test_noise_gate_is_no_dead_microphone() -> None:
    """Exact silence in every pause is the computer's doing, and the finding says so instead of "no sound"."""
    sound = talk(35)
    t = np.arange(len(sound)) / RATE
    sound[~in_phrase(t)] = 0.0
    found = hear(sound, watch(Ear(in_phrase)))[-10:]
    assert {looked["jumps"].code for looked in found} == {"jumps"}
    assert "microphone" not in set[str]().union(*map(faulty, found))


def test_without_voice_detector() -> None:
    """Level alone tells speech from a quiet room; from a loud one it cannot, and says so."""
    found = hear(talk(14), watch(None))[-1]
    assert found["snr"].verdict == found["speech-level"].verdict == Verdict.GOOD
    found = hear(speech(14, -26) + noise(14, -36), watch(None))[-1]
    assert found["snr"].verdict == found["speech-level"].verdict == Verdict.UNKNOWN


def test_gap_is_no_fault() -> None:
    """Sound that goes on elsewhere after a gap, with another offset, is neither a rumble nor a peak."""
    by = watch(Ear(in_phrase))
    hear(talk(14), by)
    for number in range(8):
        by.add((room(0.5) + 0.02 * (-1) ** number).astype(np.float32), gap=True)
    assert not faulty({finding.check: finding for finding in by.findings()})


ROUGH = st.sampled_from(["zeros", "full", "noise", "nan", "tone", "gap", "talk"])


@settings(max_examples=30, deadline=None)
@given(parts=st.lists(st.tuples(ROUGH, st.integers(0, 3 * RATE)), max_size=8), listens=st.booleans())
def test_whatever_comes_every_check_answers_once_in_known_words(parts: list[tuple[str, int]], listens: bool) -> None:
    """Any sound, broken samples included, gives one finding of each check, with a finite number and known words."""
    made: dict[str, Any] = {
        "zeros": 0,
        "full": 1,
        "noise": noise(3, -40),
        "nan": np.nan,
        "tone": tone(3, 50, -30),
        "talk": talk(3),
    }
    by, words = watch(Ear(in_phrase) if listens else None), load_advice().keys() | {LOOKING}
    for kind, length in parts:
        by.add(np.resize(made.get(kind, 0.1), length).astype(np.float32), gap=kind == "gap")
        found = by.findings()
        assert sorted(finding.check for finding in found) == sorted(CHECKS)
        assert all(finding.code in words for finding in found)
        assert all(finding.value is None or np.isfinite(finding.value) for finding in found)


def test_voice_detector_knows_noise() -> None:
    """The installed voice detector takes neither noise nor hum for speech, and starts anew after a reset."""
    ear = voice_detector()
    if ear is None:
        pytest.skip("no voice detector for this machine")
    sound = (noise(2, -30) + tone(2, 100, -30)).astype(np.float32)
    chunks = [sound[start : start + ear.chunk] for start in range(0, len(sound) - ear.chunk, ear.chunk)]
    said = [ear.probability(chunk) for chunk in chunks]
    ear.reset()
    assert max(said) < 0.5
    assert [ear.probability(chunk) for chunk in chunks] == said


@pytest.mark.parametrize(("between", "moves"), [(1e-2, []), (1e-5, [20.0])])
def test_a_voice_that_was_not_heard_as_one_is_no_jump(between: float, moves: list[float]) -> None:
    """Where a pause holds something as loud as the voice before it, nothing is told of its noise."""
    cells = np.zeros(120, CELL)
    cells["high"], cells["voice"] = 1e-7, 0.0
    for part in (slice(10, 30), slice(90, 110)):
        cells["high"][part], cells["voice"][part] = 1e-2, 1.0
    cells["high"][60:90] = between
    assert list(noise_moves(cells).values()) == pytest.approx(moves, abs=0.1)
