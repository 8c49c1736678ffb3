"""What the screen's measuring tools stand on: the stamped terminal, and keys of which each press is a marker."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vig_capture.devices.clock import mono_ns
from vig_capture.devices.settings_files import load_vocabulary

posix = pytest.mark.skipif(
    not Path("/proc/self/stat").exists() or shutil.which("setsid") is None, reason="needs a pseudo terminal and /proc"
)


@posix
def test_what_a_program_writes_is_found_with_its_moment() -> None:
    """A pattern is found among what came since a press, at a moment after it; what never comes is not."""
    from pseudo_terminal import Pty

    shell = 'stty -echo; echo "ready $COLORTERM"; while read -r line; do stty size; echo "got $line"; done'
    terminal = Pty(["sh", "-c", shell], {}, size=(70, 20))
    try:
        terminal.wait_for("ready truecolor")
        for word in ("one", "two"):
            since = terminal.written()
            pressed_ns = terminal.press(word + "\n")
            found = terminal.find(r"got (\w+)\r", since, 10)
            assert found is not None
            assert pressed_ns < found[0] < mono_ns()
            assert found[1][1] == word.encode()
        assert terminal.find("20 70", 0, 0) is not None
        assert terminal.find("got three", 0, 0.05) is None
    finally:
        terminal.close()
    assert terminal.process.returncode != 0


@posix
def test_each_key_of_the_torn_film_marks_by_itself(tmp_path: Path) -> None:
    """Nothing is an extension, and the keys are those that are pressed."""
    from screen_torn import KEYS, VOCABULARY

    path = tmp_path / "torn.toml"
    path.write_text(VOCABULARY, encoding="utf-8")
    keys = load_vocabulary(str(path)).keys
    assert [key.key for key in keys] == list(KEYS[: len(keys)])
    assert not any(key.look_ahead_s for key in keys)
    assert KEYS[:12] + KEYS[:12].upper() == KEYS


def test_a_mode_that_was_left_on_is_told() -> None:
    """A restored terminal has its cursor and nothing of the screen."""
    pytest.importorskip("fcntl")
    from screen_abuse import still_on

    well = {"alternate_on": "0", "mouse_any_flag": "0", "bracket_paste_flag": "", "cursor_flag": "1"}
    assert still_on(well) == []
    assert still_on(well | {"alternate_on": "1", "cursor_flag": "0"}) == ["the cursor is hidden", "alternate_on is on"]
