"""Marker keys: parsing, finding, and the rule of a repeated key."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.errors import UserError
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import BACKGROUND, Act, Repeats, Vocabulary, contrast, parse

HEAD = """\
name = "Test"
version = "1"
language = "en"
licence = "CC0-1.0"
author = "Somebody"
other = "child"
"""

ROW = {
    "key": '"a"',
    "id": '"attentive"',
    "label": '"Tuned in"',
    "description": '"Turned to the other"',
    "family": '"being attentive"',
    "look_back_s": "10",
    "look_ahead_s": "5",
    "colour": '"#56B4E9"',
}
FIELD_LINES = {name: 8 + at for at, name in enumerate(ROW)}
"""The line of each field of the first row: six lines of HEAD, then [[keys]]."""

FILES = sorted((Path(__file__).parents[2] / "config" / "vocabularies").glob("*.toml"))


def row(**changes: str) -> str:
    """A row as TOML; a change to "" leaves the field out."""
    fields = {**ROW, **changes}
    return "[[keys]]\n" + "".join(f"{name} = {value}\n" for name, value in fields.items() if value)


def rows(count: int) -> str:
    letters = "abcdefghijklmno"
    return "".join(row(key=f'"{letters[at]}"', id=f'"id{at}"') for at in range(count))


def vocabulary(text: str = "") -> Vocabulary:
    return parse(HEAD + (text or row() + row(key='"space"', id='"moment"')), "test.toml")


def fault(text: str) -> UserError:
    with pytest.raises(UserError) as caught:
        parse(text, "test.toml")
    return caught.value


class TestShipped:
    """The files in config/vocabularies."""

    def test_all_seven_are_there(self) -> None:
        """Every vocabulary that the README names is a file."""
        names = {path.stem for path in FILES}
        assert names == {"vig-core", "education", "infant", "low-verbal", "vipp-sd", "marte-meo", "shared-review"}

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_each_parses(self, path: Path) -> None:
        """Each has Space for a good moment, and a private l to look again."""
        found = parse(path.read_text(encoding="utf-8"), path.name)
        moment, _ = found.find(" ")
        look, _ = found.find("l")
        assert (moment.id, moment.private, moment.look_back_s, moment.look_ahead_s) == ("moment", False, 15, 5)
        assert (look.id, look.private, look.look_back_s, look.look_ahead_s) == ("look", True, 15, 10)

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_each_tells_whom_shift_means(self, path: Path) -> None:
        """Each says in words who the other person is."""
        assert parse(path.read_text(encoding="utf-8"), path.name).other in {"child", "pupil", "adult", "client"}


class TestParse:
    def test_all_fields_arrive(self) -> None:
        """What the text says is what the vocabulary holds, seconds as floats."""
        found = vocabulary(row(private="true"))
        key = found.keys[0]
        assert (found.name, found.version, found.language, found.other) == ("Test", "1", "en", "child")
        assert (key.key, key.id, key.look_back_s, key.look_ahead_s, key.private) == ("a", "attentive", 10.0, 5.0, True)
        assert isinstance(key.look_back_s, float)

    def test_twelve_keys_at_most(self) -> None:
        """Twelve keys are fine; of thirteen, the thirteenth is reported."""
        assert len(vocabulary(rows(12)).keys) == 12
        assert f"Line {7 + 9 * 12}:" in fault(HEAD + rows(13)).why

    @pytest.mark.parametrize("key", ["p", "s", "?", "1", "0", "Tab", "enter", "backspace", ".", ",", "-", "+", "'"])
    def test_reserved_keys(self, key: str) -> None:
        """A key that the screen needs is refused, with the reason, at its line."""
        error = fault(HEAD + row(key=f'"{key}"'))
        assert error.why.startswith("Line 8: the ")
        assert "is taken" in error.why

    @pytest.mark.parametrize("key", ["ctrl+q", "^q", "A", "ab", "ß", "ı", "!", "\\u00b5"])
    def test_keys_that_cannot_be_told_apart(self, key: str) -> None:
        """Chords, capitals, signs, and letters without a capital of their own are refused."""
        assert fault(HEAD + row(key=f'"{key}"')).why.startswith("Line 8: ")

    def test_letters_of_other_languages(self) -> None:
        """A letter with a capital of its own is a key in any alphabet."""
        found = vocabulary(row(key='"ö"'))
        assert found.find("Ö") == (found.keys[0], "other")

    @pytest.mark.parametrize("field", ["key", "id"])
    def test_nothing_twice(self, field: str) -> None:
        """A key or an id that stands twice is reported where it stands the second time."""
        other = {"key": '"b"', "id": '"other"'} | {field: ROW[field]}
        error = fault(HEAD + row() + row(**other))
        assert error.why.startswith(f"Line {FIELD_LINES[field] + 9}:")
        assert "a second time" in error.why

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("look_back_s", "-1"),
            ("look_back_s", "120.5"),
            ("look_ahead_s", "nan"),
            ("look_ahead_s", "inf"),
            ("look_ahead_s", "true"),
            ("look_ahead_s", '"5"'),
            ("colour", '"blue"'),
            ("colour", '"#12345"'),
            ("colour", '"#+12345"'),
            ("colour", '"#202020"'),
            ("id", '"Two words"'),
            ("label", '" "'),
            ("label", "3"),
        ],
    )
    def test_values_out_of_bounds(self, field: str, value: str) -> None:
        """A value that cannot be meant is reported at its own line."""
        assert fault(HEAD + row(**{field: value})).why.startswith(f"Line {FIELD_LINES[field]}:")

    def test_near_miss(self) -> None:
        """An unknown field is refused with the one that was probably meant."""
        error = fault(HEAD + row() + "color = 3\n")
        assert (error.why, error.do) == ("Line 16: nothing is called 'color' here.", "Did you mean colour?")

    def test_unknown_table(self) -> None:
        """A section that does not exist is reported at its header."""
        error = fault(HEAD + row() + "[key]\n")
        assert (error.why, error.do) == ("Line 16: nothing is called 'key' here.", "Did you mean keys?")

    @pytest.mark.parametrize("field", ROW)
    def test_missing_field(self, field: str) -> None:
        """A field that is missing is named, with the line where its key begins."""
        assert fault(HEAD + row(**{field: ""})).why == f"Line 7: {field} is missing."

    @pytest.mark.parametrize("text", [HEAD, HEAD + "keys = []\n", HEAD + "keys = 3\n", HEAD + "keys = [1]\n", ""])
    def test_no_keys(self, text: str) -> None:
        """A vocabulary without keys is refused."""
        assert fault(text).what == "test.toml cannot be used."

    def test_syntax(self) -> None:
        """A text that is no TOML is reported at the line that broke it."""
        assert fault(HEAD + "[[keys]]\nkey = a\n").why.startswith("Line 8: it cannot be read: ")

    @given(st.text(max_size=200))
    def test_any_text(self, text: str) -> None:
        """Any text either parses or raises a UserError, before and after a good head."""
        for whole in (text, HEAD + row() + text):
            try:
                parse(whole, "test.toml")
            except UserError as error:
                assert error.why.startswith("Line ")

    @given(st.dictionaries(st.sampled_from([*ROW, "private", "colr"]), st.sampled_from(["1", '"x"', "[]", "true"])))
    def test_any_values(self, changes: dict[str, str]) -> None:
        """Values of any type are refused in words, never with a TypeError."""
        try:
            parse(HEAD + row(**changes), "test.toml")
        except UserError as error:
            assert error.do

    def test_contrast(self) -> None:
        """Contrast is WCAG's: 21 to 1 for white on black, the same both ways."""
        assert contrast("#ffffff", "#000000") == pytest.approx(21)
        assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
        assert contrast("#56B4E9", BACKGROUND) == contrast(BACKGROUND, "#56B4E9")


class TestFind:
    def test_letter_shift_digit_space(self) -> None:
        """A letter is oneself, its capital the other, a digit its row, Space always oneself."""
        found = vocabulary()
        attentive, moment = found.keys
        assert found.find("a") == (attentive, "self")
        assert found.find("A") == (attentive, "other")
        assert found.find("1") == (attentive, "self")
        assert found.find("2") == found.find(" ") == found.find("space") == (moment, "self")

    def test_zero_is_the_tenth_row(self) -> None:
        """0 means row ten; rows eleven and twelve have a letter only."""
        found = vocabulary(rows(12))
        assert found.find("0") == (found.keys[9], "self")

    @pytest.mark.parametrize("key", ["", "b", "3", "9", "p", "\t", "\x03", "²", "space bar", "İ", "🙂"])
    def test_keys_that_mark_nothing(self, key: str) -> None:
        """Any other key is refused, with the keys that there are."""
        with pytest.raises(UserError) as caught:
            vocabulary().find(key)
        assert caught.value.do == "The marker keys are: a, space."

    def test_reserved_says_why(self) -> None:
        """A key of the screen's is refused with what it does."""
        with pytest.raises(UserError) as caught:
            vocabulary().find("p")
        assert caught.value.why == "It pauses the recording."


def repeats() -> Repeats:
    """The rule for `attentive` (look-ahead 5 s) and `moment`, with ids m1, m2, …"""
    numbers = itertools.count(1)
    return Repeats(vocabulary(), lambda: f"m{next(numbers)}")


def at(seconds: float) -> int:
    return round(seconds * SECOND_NS)


class TestRepeats:
    def test_same_extend_new(self) -> None:
        """Within 1.5 s the same, within the look-ahead an extension, then a new one."""
        rule = repeats()
        acts = [rule.decide("attentive", "self", at(t)) for t in (0, 1.5, 4, 8.9, 14)]
        assert acts == [Act("new", "m1"), Act("same", "m1"), Act("extend", "m1"), Act("extend", "m1"), Act("new", "m2")]

    def test_bounds(self) -> None:
        """1.5 s is the same and 1.5 s and a nanosecond is not; 5 s extends and a nanosecond more does not."""
        for late_ns, kind in ((at(1.5), "same"), (at(1.5) + 1, "extend"), (at(5), "extend"), (at(5) + 1, "new")):
            rule = repeats()
            rule.decide("attentive", "self", 0)
            assert rule.decide("attentive", "self", late_ns).kind == kind

    def test_held_key(self) -> None:
        """A key held 30 s, repeating 30 times a second, is one marker."""
        rule = repeats()
        acts = {rule.decide("moment", "self", at(n / 30)).marker_id for n in range(900)}
        assert acts == {"m1"}

    def test_held_key_does_not_prolong_the_look_ahead(self) -> None:
        """After a key was held for 6 s, a press 2 s later is a new marker, the look-ahead being 5 s."""
        rule = repeats()
        for n in range(60):
            rule.decide("attentive", "self", at(n / 10))
        assert rule.decide("attentive", "self", at(8)).kind == "new"

    def test_other_person_and_other_key(self) -> None:
        """Another person's press, and another key's, are markers of their own."""
        rule = repeats()
        acts = [
            rule.decide(*press) for press in (("moment", "self", 0), ("moment", "other", 1), ("attentive", "self", 2))
        ]
        assert [act.kind for act in acts] == ["new", "new", "new"]

    def test_taken_back(self) -> None:
        """After a marker was taken back, the next press is a new one, however soon."""
        rule = repeats()
        first = rule.decide("moment", "self", 0)
        rule.forget(first.marker_id)
        assert rule.decide("moment", "self", at(0.5)) == Act("new", "m2")

    def test_earlier_run(self) -> None:
        """A marker of an earlier run of the recorder is extended like any other."""
        rule = repeats()
        rule.remember("old", "moment", "self", 0)
        assert rule.decide("moment", "self", at(2)) == Act("extend", "old")

    def test_out_of_order(self) -> None:
        """A press that arrives late joins the marker of its own time, not the newest."""
        rule = repeats()
        presses = (0, 10, 9, 1, 4, 6.5)
        acts = [rule.decide("attentive", "self", at(t)) for t in presses]
        assert acts == [
            Act("new", "m1"),
            Act("new", "m2"),
            Act("same", "m2"),
            Act("same", "m1"),
            Act("extend", "m1"),
            Act("extend", "m1"),
        ]

    def test_two_in_reach(self) -> None:
        """Of two markers that a press could extend, it extends the later one."""
        rule = repeats()
        assert [rule.decide("attentive", "self", at(t)).marker_id for t in (10, 7, 12)] == ["m1", "m2", "m1"]

    def test_held_key_out_of_order(self) -> None:
        """The repeats of a held key are one marker, in whatever order they arrive."""
        rule = repeats()
        acts = {rule.decide("moment", "self", at(t)).marker_id for t in (4, 3, 2, 1, 0, 5)}
        assert acts == {"m1"}

    def test_unknown_key(self) -> None:
        """An id that the vocabulary lacks is a bug of the caller's."""
        with pytest.raises(KeyError):
            repeats().decide("nothing", "self", 0)

    @given(st.lists(st.integers(0, at(8)), max_size=40))
    def test_against_a_model(self, steps: list[int]) -> None:
        """In order, the rule is what its sentence says."""
        rule = repeats()
        t_ns = arrived = counted = 0
        for number, step in enumerate(steps):
            t_ns += step
            if number and t_ns - arrived <= at(1.5):
                wanted = "same"
            elif number and t_ns - counted <= at(5):
                wanted, counted = "extend", t_ns
            else:
                wanted, counted = "new", t_ns
            arrived = t_ns
            assert rule.decide("attentive", "self", t_ns).kind == wanted

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["attentive", "moment"]), st.sampled_from(["self", "other"]), st.integers(0, at(60))
            ),
            max_size=60,
        )
    )
    def test_any_order(self, presses: list[tuple[str, str, int]]) -> None:
        """In any order, every press is an act on a marker of its own key and person, and ids are made once."""
        rule = repeats()
        owner: dict[str, tuple[str, str]] = {}
        for key_id, who, t_ns in presses:
            act = rule.decide(key_id, "other" if who == "other" else "self", t_ns)
            assert (act.kind == "new") == (act.marker_id not in owner)
            assert owner.setdefault(act.marker_id, (key_id, who)) == (key_id, who)

    @given(st.lists(st.integers(0, at(60)), min_size=1, max_size=30), st.integers(-at(1.5), at(1.5)))
    def test_soon_after_any_press(self, presses: list[int], off_ns: int) -> None:
        """A press within 1.5 s of the newest act makes no further marker, whichever side it arrives on."""
        rule = repeats()
        for t_ns in presses:
            rule.decide("moment", "self", t_ns)
        assert rule.decide("moment", "self", presses[-1] + off_ns).kind != "new"
