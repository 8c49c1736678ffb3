"""The table of keys from its files: the shipped one, a guider's own, and one that is at fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual import events

from tests.tui.made_up import FakeLink, Screen, play, snapshot
from vig_capture.core.errors import UserError
from vig_capture.core.keys import parse
from vig_capture.devices import settings_files
from vig_capture.tui import keymap
from vig_capture.tui.app import VigApp, run


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of the guider's own table, in a folder of settings that is empty."""
    monkeypatch.setattr(settings_files, "config_folder", lambda: tmp_path)
    monkeypatch.setattr(keymap, "config_folder", lambda: tmp_path)
    return tmp_path / keymap.FILE


def test_without_an_own_table_the_shipped_one_is_used(own: Path) -> None:
    """No file is needed."""
    assert not own.exists()
    assert keymap.load() is keymap.shipped()


def test_an_own_table_lies_over_the_shipped_one(own: Path) -> None:
    """What it names is changed, the rest stays; a byte order mark of an editor does no harm."""
    own.write_text('\ufeffdim = ["f10"]\n', encoding="utf-8")
    keys = keymap.load()
    assert keys.first("dim") == "f10"
    assert keys.commands["pause"] == keymap.shipped().commands["pause"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'dim = ["f3"]\npuase = ["z"]', "Line 2"),
        (b'dim = ["\xff"]', "cannot be read"),
        (b'still = ["a"]', "the screen's: still"),
    ],
)
def test_a_faulty_own_table_is_refused_with_its_path(own: Path, data: bytes, words: str) -> None:
    """A typing error, a file of another kind, or a key that a vocabulary marks with."""
    own.write_bytes(data)
    with pytest.raises(UserError) as caught:
        keymap.load()
    assert str(own) in caught.value.what
    assert words in str(caught.value)


def test_a_vocabulary_of_the_guiders_own_is_checked_too(own: Path) -> None:
    """The table is checked against every vocabulary that can be named; a faulty one is another matter's."""
    own.write_text('still = ["z"]', encoding="utf-8")
    folder = own.parent / "vocabularies"
    folder.mkdir()
    (folder / "broken.toml").write_text("name = 3", encoding="utf-8")
    assert keymap.load().first("still") == "z"
    shipped = (settings_files.shipped_folder() / "vocabularies" / "vig-core.toml").read_text(encoding="utf-8")
    (folder / "mine.toml").write_text(shipped.replace('key = "a"', 'key = "z"'), encoding="utf-8")
    with pytest.raises(UserError, match="still"):
        keymap.load()


def test_a_vocabulary_that_is_a_file_is_checked_too(own: Path) -> None:
    """One that is no name but a path: that of the settings, and that of the command line."""
    own.write_text('still = ["z"]', encoding="utf-8")
    shipped = (settings_files.shipped_folder() / "vocabularies" / "vig-core.toml").read_text(encoding="utf-8")
    file = own.parent / "elsewhere.toml"
    file.write_text(shipped.replace('key = "a"', 'key = "z"'), encoding="utf-8")
    with pytest.raises(UserError, match="still"):
        keymap.load(str(file))
    (own.parent / "settings.toml").write_text(f"vocabulary = {str(file)!r}", encoding="utf-8")
    with pytest.raises(UserError, match="still"):
        keymap.load()


@pytest.mark.parametrize("key", ["p", "s", ".", ",", "-", "?", "tab", "enter", "backspace", "+", "ctrl+r"])
def test_no_vocabulary_takes_a_key_of_the_screen(own: Path, key: str) -> None:
    """Loading one says which key it is, what that is for, and in which line it stands."""
    shipped = (settings_files.shipped_folder() / "vocabularies" / "vig-core.toml").read_text(encoding="utf-8")
    file = own.parent / "mine.toml"
    file.write_text(shipped.replace('key = "a"', f'key = "{key}"'), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        settings_files.load_vocabulary(str(file))
    assert str(file) in caught.value.what
    assert "Line" in str(caught.value)
    assert key in str(caught.value)
    assert caught.value.do


def test_every_shipped_vocabulary_passes(own: Path) -> None:
    """Each that can be named loads, and none of its keys is a command's."""
    names = settings_files.vocabulary_names()
    assert len(names) >= 7
    for name in names:
        vocabulary = settings_files.load_vocabulary(name)
        assert not [row.key for row in vocabulary.keys if keymap.shipped().command(row.key)]


def test_a_faulty_table_keeps_nobody_from_filming(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen starts with the usual keys, and says what is wrong with the others."""
    own.write_text('dim = ["p"]', encoding="utf-8")
    started: list[VigApp] = []

    def note(app: VigApp, **_options: object) -> bool:
        started.append(app)
        return True

    monkeypatch.setattr(VigApp, "run", note)
    assert run(FakeLink()) == 0
    assert "The usual keys are in use." in started[0].film.said.text
    assert "Line 1" in started[0].film.said.text


def test_a_changed_key_works_and_is_shown() -> None:
    """The screen reads the table that it is given: the old key marks or means nothing, footer and help name the new."""

    async def story(screen: Screen) -> None:
        await screen.press("q", "p")
        assert [command["do"] for command in screen.link.sent] == ["watch", "pause"]
        assert "p marks nothing" in screen.text()
        assert "q pause" in screen.lines()[-1]

    play(story, keys=parse('pause = ["q"]', "mine.toml", keymap.shipped()))


def test_a_key_is_called_by_what_it_writes() -> None:
    """Signs that a keyboard has on another key are still themselves; Shift alone and Caps Lock are no keys."""
    for key, character, name in (
        ("full_stop", ".", "."),
        ("question_mark", "?", "?"),
        ("plus", "+", "+"),
        ("shift+r", None, "R"),
        ("alt+i", "i", "i"),
        ("ctrl+x", "\x18", "ctrl+x"),
        ("ctrl+x", None, "ctrl+x"),
        ("super+p", "p", "super+p"),
        ("backspace", "\x7f", "backspace"),
        ("enter", "\r", "enter"),
        ("tab", "\t", "tab"),
        ("space", " ", "space"),
        ("shift+space", " ", "space"),
        ("left_shift", None, ""),
        ("iso_level3_shift", None, ""),
        ("caps_lock", None, ""),
        ("latin_small_letter_e_with_acute", "é", "é"),
    ):
        assert keymap.name_of(events.Key(key, character)) == name


def test_keys_are_written_as_they_stand_on_a_keyboard() -> None:
    """Names, chords, function keys and characters."""
    names = [keymap.shown(key) for key in ("ctrl+x", "pagedown", "f3", ".", "tab")]
    assert names == ["Ctrl+X", "Page Down", "F3", ".", "Tab"]


def with_keys(*names: str) -> dict[str, Any]:
    """A vocabulary that marks with these keys."""
    return {"name": "mine", "keys": [{"key": name, "id": name, "label": f"Row {name}"} for name in names]}


def test_a_films_vocabulary_wins_over_the_guiders_table() -> None:
    """A vocabulary that only the film knows marks with a key of the own table: the usual keys are in use, it is said
    once, and the key marks."""
    own = parse('still = ["z"]\ndim = ["f10"]', "keys.toml", keymap.shipped())

    async def story(screen: Screen) -> None:
        await screen.press("z")
        assert screen.link.all("still")
        await screen.say(snapshot(vocabulary=with_keys("a", "z")))
        assert "in your own table z is a command" in screen.text()
        await screen.press("z")
        assert [each["key"] for each in screen.link.all("mark")] == ["z"]
        await screen.press("f3")
        assert screen.app.film.dim
        screen.app.film.say("")
        await screen.say(snapshot(vocabulary=with_keys("a", "z")))
        assert "your own table" not in screen.text()

    play(story, keys=own)


def test_before_the_film_the_guiders_table_stays() -> None:
    """While a film is prepared another vocabulary may still be chosen; one that fits changes nothing."""
    own = parse('still = ["z"]', "keys.toml", keymap.shipped())

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(state="idle", vocabulary=with_keys("z")), snapshot(vocabulary=with_keys("a")))
        await screen.press("z")
        assert screen.link.all("still")
        assert screen.app.keys is own

    play(story, keys=own, connected=False)


def test_a_row_with_one_of_the_usual_keys_is_said() -> None:
    """An old film goes on whose vocabulary marks with what is a command today: the command is kept, and it is said."""

    async def story(screen: Screen) -> None:
        await screen.say(snapshot(vocabulary=with_keys("a", "p")))
        assert "p does not mark on this screen" in screen.text()
        await screen.press("p")
        assert screen.link.all("pause")

    play(story)
