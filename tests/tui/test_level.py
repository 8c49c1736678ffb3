"""The level's word and bar stand still while somebody speaks."""

from __future__ import annotations

from collections.abc import Sequence

from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.tui import texts
from vig_capture.tui.level import BAR_CELLS, Level


def after(level: Level, peaks: Sequence[float | None], start_ns: int = 0) -> list[str]:
    """The words shown while peaks come four times a second."""
    words = []
    for number, peak in enumerate(peaks):
        level.update(peak, start_ns + number * 250 * MS_NS)
        words.append(level.word)
    return words


def test_speech_with_pauses_is_good_all_the_time() -> None:
    """Words at −15 dBFS with pauses of one second at −60 never look quiet."""
    words = after(Level(), ([-15.0] * 4 + [-60.0] * 4) * 10)
    assert set(words) == {texts.LEVEL_GOOD}


def test_each_loudness_has_its_word() -> None:
    """Steady levels get the words none, very quiet, quiet, good, too loud."""
    for peak, word in (
        (-120.0, texts.LEVEL_NONE),
        (-60.0, texts.LEVEL_FAINT),
        (-40.0, texts.LEVEL_QUIET),
        (-20.0, texts.LEVEL_GOOD),
        (0.0, texts.LEVEL_LOUD),
        (None, texts.LEVEL_NONE),
    ):
        assert after(Level(), [peak] * 8)[-1] == word


def test_silence_is_told_within_two_seconds_and_a_click_is_not() -> None:
    """A microphone that goes dead is named after a second; one empty block is passed over."""
    level = Level()
    after(level, [-20.0] * 8)
    assert set(after(level, [-120.0] + [-20.0] * 8, 2 * SECOND_NS)) == {texts.LEVEL_GOOD}
    assert after(level, [-120.0] * 8, 5 * SECOND_NS)[-1] == texts.LEVEL_NONE


def test_the_bar_stays_within_its_cells() -> None:
    """Rises at once, falls slowly, never below none or above all."""
    level = Level()
    level.update(12.0, 0)
    assert level.cells == BAR_CELLS
    level.update(-300.0, 250 * MS_NS)
    assert BAR_CELLS // 2 < level.cells < BAR_CELLS
    level.update(None, 60 * SECOND_NS)
    assert level.cells == 0
