"""The screen's keys: the shipped table, a guider's own over it, and faults that name their line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.errors import UserError
from vig_capture.core.keys import AFTER_COMMANDS, COMMANDS, MARKS, NEEDED, ScreenKeys, check, parse
from vig_capture.core.vocabulary import RESERVED, Vocabulary
from vig_capture.core.vocabulary import parse as parse_vocabulary

CONFIG = Path(__file__).parents[2] / "config"
SHIPPED = parse((CONFIG / "keys.toml").read_text(encoding="utf-8"), "keys.toml")
ONE_FINGER = {*",.-s p".replace(" ", ""), "enter", "tab", "backspace", "up", "down", *(f"f{n}" for n in range(1, 13))}
"""Keys that UK, US, US-International and German keyboards all have in reach of one finger, without Shift."""


def vocabularies() -> list[Vocabulary]:
    files = sorted((CONFIG / "vocabularies").glob("*.toml"))
    return [parse_vocabulary(file.read_text(encoding="utf-8"), file.name) for file in files]


def fault(text: str, below: ScreenKeys | None = SHIPPED) -> UserError:
    with pytest.raises(UserError) as caught:
        parse(text, "keys.toml", below)
    return caught.value


def test_every_command_has_a_key_for_one_finger() -> None:
    """Each command's keys hold one that needs no Shift and no chord on any of the four keyboards."""
    assert set(SHIPPED.commands) == set(COMMANDS)
    for command, keys in SHIPPED.commands.items():
        assert ONE_FINGER & set(keys), command


def test_no_shipped_vocabulary_marks_with_a_key_of_the_screen() -> None:
    """Every key is checked against every vocabulary, and there are vocabularies to check."""
    assert len(vocabularies()) >= 7
    check(SHIPPED, vocabularies(), "keys.toml")


def test_letters_of_the_screen_are_refused_in_vocabularies() -> None:
    """The letters that the screen needs as it is shipped are those that no vocabulary may take."""
    letters = {key for keys in SHIPPED.commands.values() for key in keys if len(key) == 1 and key.isalpha()}
    assert letters == {key for key in RESERVED if len(key) == 1 and key.isalpha()}


def test_a_key_that_a_vocabulary_marks_with_is_refused() -> None:
    """Whichever letter of whichever vocabulary a command takes, the two cannot be used together, and it says why."""
    for vocabulary in vocabularies():
        for row in vocabulary.keys:
            if row.key == "space":
                continue
            keys = parse(f'still = ["{row.key}"]', "mine.toml", SHIPPED)
            with pytest.raises(UserError) as caught:
                check(keys, [vocabulary], "mine.toml")
            assert vocabulary.name in caught.value.what
            assert row.key in caught.value.why
            assert "still" in caught.value.why


def test_capitals_and_digits_find_their_meaning() -> None:
    """A capital means what its letter means; Page Down stands for a row; other keys mean nothing."""
    assert SHIPPED.command("P") == SHIPPED.command("p") == "pause"
    assert SHIPPED.command("ctrl+x") == "end"
    assert SHIPPED.command("i") == SHIPPED.command("space") == SHIPPED.command("") == ""
    assert (SHIPPED.digit("pagedown"), SHIPPED.digit("pageup"), SHIPPED.digit("i")) == ("1", "2", "")
    assert SHIPPED.first("end") == "ctrl+x"


def test_an_own_table_changes_only_what_it_names() -> None:
    """A command that is not named keeps its keys, and an empty list takes them away."""
    keys = parse('dim = ["f10"]\nstill = []\n[marks]\nf11 = 3\n', "mine.toml", SHIPPED)
    assert keys.commands["dim"] == ("f10",)
    assert keys.commands["still"] == ()
    assert keys.first("still") == ""
    assert dict(keys.marks) == {"f11": 3}
    assert {name for name in COMMANDS if keys.commands[name] != SHIPPED.commands[name]} == {"dim", "still"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('dim = ["f10"]\npuase = ["z"]', 2, "pause"),
        ('\ndim = "f10"', 2, "list"),
        ("dim = [3]", 1, "list"),
        ('dim = ["f13"]', 1, "f13"),
        ('dim = ["Z"]', 1, "capital"),
        ('dim = [" "]', 1, "Space"),
        ('dim = ["space"]', 1, "Space"),
        ('dim = [""]', 1, "Space"),
        ('dim = ["ctrl+i"]', 1, "tab"),
        ('dim = ["5"]', 1, "digit"),
        ('help = ["f12"]\ndim = ["p"]', 2, "pause"),
        ('dim = ["f10", "f10"]', 1, "second time"),
        ('dim = ["pagedown"]', 1, MARKS),
        ("pause = []", 1, "no key"),
        ("marks = 3", 1, MARKS),
        ('[marks]\npagedown = 1\nf10 = "two"', 3, "1 to 10"),
        ("[marks]\npagedown = 11", 2, "1 to 10"),
        ("[marks]\npagedown = true", 2, "1 to 10"),
        ("[marks]\nx = 1", 2, "character"),
        ("[marks]\nf3 = 1", 2, "f3"),
        ('dim = ["f10"', 1, "cannot be read"),
    ],
)
def test_a_fault_names_its_line(text: str, line: int, words: str) -> None:
    """Whatever is wrong in a text, the file, the line and the word are told."""
    error = fault(text)
    assert error.what == "keys.toml cannot be used."
    assert f"Line {line}:" in error.why
    assert words in f"{error.why} {error.do}"


def test_what_has_to_be_in_reach_cannot_be_taken_away() -> None:
    """Pausing, ending and taking back keep a key; a table that stands alone has to give them one."""
    for command in NEEDED:
        assert command in fault(f"{command} = []").why
    assert "pause has no key" in fault('dim = ["f3"]', below=None).why


KEYS = st.sampled_from([*"pqz.,-+", "tab", "enter", "up", "f3", "f10", "f11", "ctrl+x", "pagedown", "pageup"])
TABLES = st.dictionaries(st.sampled_from(COMMANDS), st.lists(KEYS, max_size=3))


@given(TABLES)
def test_a_key_never_means_two_things(table: dict[str, list[str]]) -> None:
    """Whatever a guider writes, it is refused, or every key has one meaning and the needed ones are there."""
    text = "\n".join(f"{command} = {keys!r}".replace("'", '"') for command, keys in table.items())
    try:
        keys = parse(text, "keys.toml", SHIPPED)
    except UserError as error:
        assert "Line " in error.why
        return
    listed = [key for each in keys.commands.values() for key in each] + list(keys.marks)
    assert len(listed) == len(set(listed))
    assert all(keys.commands[command] for command in NEEDED)


def test_the_list_of_moments_has_keys_of_its_own() -> None:
    """Each of its commands has a key for one finger; letters and Space that mark while filming may mean something."""
    named = ("space", "home", "end", "pageup", "pagedown", "left", "right")
    one_finger = {*ONE_FINGER, *"abcdefghijklmnopqrstuvwxyz", *named}
    assert set(SHIPPED.after) == set(AFTER_COMMANDS)
    for command, keys in SHIPPED.after.items():
        assert one_finger & set(keys), command
    assert SHIPPED.after_command("B") == SHIPPED.after_command("space") == "shortlist"
    assert SHIPPED.after_command("ö") == ""


def test_a_guiders_own_keys_of_the_list_lie_over_the_shipped_ones() -> None:
    """Only what is named changes, and neither table touches the other."""
    own = parse('[after]\nstar = ["1", "shift+up"]\n', "mine.toml", SHIPPED)
    assert own.after == {**SHIPPED.after, "star": ("1", "shift+up")}
    assert (own.commands, own.marks) == (SHIPPED.commands, SHIPPED.marks)
    assert parse('star = ["*"]\n', "mine.toml", SHIPPED).after == SHIPPED.after


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('fly = ["z"]', "no command 'fly'"),
        ('star = "z"', "a list of keys"),
        ('star = ["b"]', "b is shortlist's"),
        ('star = ["Z"]', "capital"),
        ('star = ["shift+z"]', "no key 'shift+z'"),
        ('star = ["ctrl+m"]', "same as enter"),
    ],
)
def test_faults_in_the_keys_of_the_list_are_told_with_their_line(line: str, said: str) -> None:
    """The third line is at fault, and is named."""
    told = fault(f"# mine\n[after]\n{line}\n")
    assert "Line 3" in str(told)
    assert said in str(told)
    assert "no keys" not in str(fault("after = 5"))
