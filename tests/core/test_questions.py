"""The questions at the pause points of a reel."""

from __future__ import annotations

import pytest

from vig_capture.core.errors import UserError
from vig_capture.core.questions import parse
from vig_capture.devices.settings_files import shipped_folder

GOOD = 'pause_s = 2\nafter = ["A?", "B?"]\nlast = "C?"\n'


def test_each_clip_has_its_question() -> None:
    """In their order, anew where there are more clips than questions; the last has its own."""
    found = parse(GOOD, "q.toml")
    assert [found.behind(clip, 4) for clip in range(4)] == ["A?", "B?", "A?", "C?"]
    assert found.behind(0, 1) == "C?"


def test_those_that_are_shipped_are_questions() -> None:
    """Every one of them asks."""
    found = parse((shipped_folder() / "questions.toml").read_text(encoding="utf-8"), "questions.toml")
    assert len(found.after) >= 4
    assert all(text.endswith("?") for text in (*found.after, found.last))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD.replace("2\n", '"two"\n'), 1),
        (GOOD.replace("2\n", "0\n"), 1),
        (GOOD.replace('["A?", "B?"]', "[]"), 2),
        (GOOD.replace('"B?"', "7"), 2),
        (GOOD.replace('"C?"', '""'), 3),
        (GOOD + "paws = 1\n", 4),
        (GOOD + "x = \n", 4),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, line: int) -> None:
    """And what to write instead."""
    with pytest.raises(UserError) as told:
        parse(text, "q.toml")
    assert told.value.what == "q.toml cannot be used."
    assert told.value.why.startswith(f"Line {line}:")
    assert told.value.do
