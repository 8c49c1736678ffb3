"""Keys of a terminal without a screen: their names, in whatever pieces they come, and its settings."""

from __future__ import annotations

import os
import queue
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.cli import plain_keys
from vig_capture.cli.key_names import ESCAPE_S, SEQUENCE_S, Sequences, character_name, windows_name
from vig_capture.cli.plain_keys import Key, Keyboard
from vig_capture.core import keys as table
from vig_capture.devices.clock import mono_ns

posix = pytest.mark.skipif(plain_keys.termios is None, reason="needs a pseudo terminal")
ESC = "\x1b"
WHOLE = {
    "aE1é?": ["a", "E", "1", "é", "?"],
    " \r\n\t": ["space", "enter", "enter", "tab"],
    "\x7f\x08": ["backspace", "backspace"],
    "\x18\x12\x19\x11\x03": ["ctrl+x", "ctrl+r", "ctrl+y", "ctrl+q", "ctrl+c"],
    "\x00\x1c\x9b": [],
    f"{ESC}[A{ESC}OB{ESC}[C{ESC}OD": ["up", "down", "right", "left"],
    f"{ESC}[5~{ESC}[6~{ESC}[3~{ESC}[2~": ["pageup", "pagedown", "delete", "insert"],
    f"{ESC}[H{ESC}OF{ESC}[1~{ESC}[8~": ["home", "end", "home", "end"],
    f"{ESC}OP{ESC}OR{ESC}[[C{ESC}[15~{ESC}[17~{ESC}[24~": ["f1", "f3", "f3", "f5", "f6", "f12"],
    f"{ESC}[1;2A{ESC}[1;5C{ESC}[5;3~{ESC}[Z": ["shift+up", "ctrl+right", "alt+pageup", "shift+tab"],
    f"{ESC}a{ESC}E{ESC} ": ["a", "E", "space"],
    f"{ESC}\x7f{ESC}\r": ["alt+backspace", "alt+enter"],
    f"{ESC}{ESC}[A{ESC}{ESC}a": ["alt+up", "escape", "a"],
    f"{ESC}[24;80R{ESC}[?1;2c{ESC}[<0;4;9M{ESC}[99~{ESC}[1;999A": [],
    f"{ESC}[12\x18{ESC}[é": ["ctrl+x", "[", "é"],
}


@pytest.mark.parametrize("sent", WHOLE)
def test_keys_have_the_names_of_the_table(sent: str) -> None:
    """What terminals send for them, whole, is each time one name, and what is no key is none."""
    sequences = Sequences()
    assert sequences.feed(sent) == WHOLE[sent]
    assert sequences.wait_s is None


def test_every_named_key_of_the_table_is_known() -> None:
    """Each key that a guider may write into keys.toml can be read."""
    sent = {name for names in WHOLE.values() for name in names} | {f"f{number}" for number in (2, 4, 7, 8, 9, 10, 11)}
    read = {name for code in range(11, 25) for name in Sequences().feed(f"{ESC}[{code}~")}
    read |= {name for code in range(27) for name in Sequences().feed(chr(code))}
    shipped = {name for name in table._NAMED if name not in ("ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m")}
    assert shipped <= sent | read


@pytest.mark.parametrize(
    ("begun", "wait_s", "names"),
    [
        (ESC, ESCAPE_S, ["escape"]),
        (f"{ESC}{ESC}", ESCAPE_S, ["escape"]),
        (f"{ESC}[", SEQUENCE_S, ["["]),
        (f"{ESC}O", SEQUENCE_S, ["O"]),
        (f"{ESC}[5", SEQUENCE_S, []),
    ],
)
def test_what_does_not_go_on_is_esc_or_alt(begun: str, wait_s: float, names: list[str]) -> None:
    """Esc alone is told at once after its time, and half of a sequence never becomes letters."""
    sequences = Sequences()
    assert sequences.feed(begun) == []
    assert sequences.wait_s == wait_s
    assert sequences.end() == names
    assert sequences.wait_s is None
    assert sequences.feed("a") == ["a"]


PIECES = st.lists(st.sampled_from([ESC, "[", "O", "5", ";", "~", "A", "M", "<", "a", "é", " ", "\x18", "\x7f", "\r"]))
NAME = re.compile(r"(?:(?:shift|alt|ctrl)\+)*(?:space|enter|escape|tab|backspace|[a-z]+\d*|[^\x00-\x20\x7f])")


@given(PIECES.map("".join) | st.text(max_size=40), st.lists(st.integers(0, 40), max_size=6))
def test_nothing_that_is_sent_breaks_the_names(sent: str, cuts: list[int]) -> None:
    """Any characters, torn apart anywhere, give the same names as in one piece; what goes on is never more than one
    sequence; and letters that belong to none are all there."""
    whole = Sequences()
    names = whole.feed(sent)
    torn, found, at = Sequences(), list[str](), 0
    for cut in sorted(cut for cut in cuts if cut <= len(sent)):
        found += torn.feed(sent[at:cut])
        at = cut
    found += torn.feed(sent[at:])
    assert found == names
    assert torn.end() == whole.end()
    assert all(NAME.fullmatch(name) for name in names), names
    if ESC not in sent:
        assert names == [name for each in sent if (name := character_name(each))]


def test_windows_keys() -> None:
    """Arrows, Page Up, F keys and Delete come in two characters, and à, with which some begin, is still a letter."""
    sent = iter("\xe0H\x00;\x00D\xe0\x85\xe0Ia\x03\x1b\xe0é\x00x")
    names = [name for first in sent for name in windows_name(first, lambda: next(sent))]
    assert names == ["up", "f1", "f10", "f11", "pageup", "a", "ctrl+c", "escape", "à", "é"]


# --- a terminal -------------------------------------------------------------------------------------------------------


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """The two ends of a pseudo terminal, the far one of which is standard input."""
    import pty

    near, far = pty.openpty()
    with open(far, closefd=False) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield near, far
    os.close(near)
    os.close(far)


@posix
def test_keys_are_read_at_once_and_the_terminal_is_as_before(terminal: tuple[int, int]) -> None:
    """Each key comes with the time at which it was read, none is shown, what was typed before is dropped, and after an
    error the terminal has the settings that it had."""
    import termios

    near, far = terminal
    before = termios.tcgetattr(far)
    pressed: queue.SimpleQueue[Key] = queue.SimpleQueue()
    sent = ((b"a", "a"), ("é".encode(), "é"), (b"\x1b[6~", "pagedown"), (b"\x11", "ctrl+q"), (b"\x1a", "ctrl+z"))

    def read_keys() -> None:
        with Keyboard() as keyboard:
            os.write(near, b"too early")
            keyboard.listen(pressed.put)
            for characters, name in (*sent, (b"\x1b", "escape")):
                since_ns = mono_ns()
                os.write(near, characters)
                key = pressed.get(timeout=5)
                assert key.name == name
                assert since_ns <= key.mono_ns <= mono_ns()
            assert termios.tcgetattr(far) != before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_keys()
    assert termios.tcgetattr(far) == before
    os.set_blocking(near, False)
    with pytest.raises(BlockingIOError):
        os.read(near, 100)


@posix
def test_a_closed_terminal_ends_the_keys_only(terminal: tuple[int, int]) -> None:
    """When the other end is gone nothing is raised, and nothing is read any more."""
    near, _ = terminal
    pressed: queue.SimpleQueue[Key] = queue.SimpleQueue()
    with Keyboard() as keyboard:
        keyboard.listen(pressed.put)
        os.dup2(os.open(os.devnull, os.O_RDWR), near)
    assert pressed.empty()


@posix
def test_without_a_terminal_there_are_no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file for standard input is refused, whatever it says of itself."""
    with (tmp_path / "file").open("w+") as file:
        monkeypatch.setattr(sys, "stdin", file)
        monkeypatch.setattr(plain_keys, "can_see", lambda: True)
        monkeypatch.setattr(plain_keys, "can_answer", lambda: True)
        assert plain_keys.keyboard() is None
