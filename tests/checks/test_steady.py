"""What is shown of many looks: nothing flickers, a fault comes soon, a green is never hasty."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vig_capture.checks.steady import CLEAR, FAULTS, SILENT_MAX, Steady
from vig_capture.core.findings import LOOKING, Finding, Verdict

SAID = {"g": Verdict.GOOD, "a": Verdict.ATTENTION, "b": Verdict.BAD, "B": Verdict.BAD, "u": Verdict.UNKNOWN}
looks = st.text(alphabet=list(SAID), max_size=40)


def shown(text: str) -> str:
    """What is shown after each look, a letter of SAID each; "." for a check that has not looked often enough."""
    steady, codes = Steady(), ""
    for letter in text:
        steady.look([Finding("light", SAID[letter], letter)])
        (finding,) = steady.shown
        codes += "." if finding.code == LOOKING else finding.code
    return codes


def test_three_of_five_appear_and_three_clean_clear() -> None:
    """A fault needs three of five looks, a well one three in a row, and single looks change nothing."""
    assert shown("ggg") == "..g"
    assert shown("gggbgggg") == "..gggggg"
    assert shown("gggbgbb") == "..ggggb"
    assert shown("bbbggbggg") == "..bbbbbbg"


def test_a_worse_fault_does_not_flicker_with_a_lesser_one() -> None:
    """Two faults that take turns are shown as one; a change that lasts is shown."""
    assert shown("ababababab") == "..aaaaaaaa"
    assert shown("aaabbb") == "..aaab"


def test_unknown_is_not_green() -> None:
    """What cannot be told any more is said after three looks, and what was never told is not well."""
    assert shown("ggguuu") == "..gggu"
    assert shown("guguguguu") == "........."


def test_what_is_compared_anew_counts_at_once() -> None:
    """The next look is shown, and those after it are votes like any others; before anything was said it is nothing."""
    steady = Steady()
    steady.renew("light")
    codes = ""
    for number, letter in enumerate("ggaaaggba"):
        if number == 5:
            steady.renew("light")
        steady.look([Finding("light", SAID[letter], letter)])
        codes += steady.shown[0].code.replace(LOOKING, ".")
    assert codes == "....agggg"


@given(looks)
def test_changes_are_three_looks_apart(text: str) -> None:
    """Whatever the looks say, what is shown stays for three of them at least."""
    codes = shown(text)
    changes = [at for at in range(1, len(codes)) if codes[at] != codes[at - 1]]
    assert all(later - sooner >= CLEAR for sooner, later in pairwise(changes))


@given(looks)
def test_a_green_has_three_clean_looks_behind_it(text: str) -> None:
    """Good is shown after three good looks in a row, a fault after three of five."""
    codes = shown(text)
    for at in range(1, len(codes)):
        if codes[at] == codes[at - 1]:
            continue
        if codes[at] == "g":
            assert text[at - 2 : at + 1] == "ggg"
        elif SAID[codes[at]] in FAULTS and (codes[at - 1] == "." or SAID[codes[at - 1]] not in FAULTS):
            assert sum(SAID[letter] in FAULTS for letter in text[max(at - 4, 0) : at + 1]) >= 3


@given(looks, looks)
def test_silence_is_unknown_at_once(before: str, after: str) -> None:
    """When the looks stop nothing is shown as known, and what was seen before counts no more."""
    steady = Steady("picture")
    for letter in before:
        steady.look([Finding("light", SAID[letter], letter)])
    steady.silence("no-picture")
    assert {(finding.verdict, finding.code) for finding in steady.shown} == {(Verdict.UNKNOWN, "no-picture")}
    for letter in after[:2]:
        steady.look([Finding("light", SAID[letter], letter)])
    assert all(finding.verdict == Verdict.UNKNOWN for finding in steady.shown)


def test_numbers_follow_while_the_words_stay() -> None:
    """The number is always the newest look's, as long as that says the same."""
    steady = Steady()
    for value in (1.0, 2.0, 3.0, 4.0):
        steady.look([Finding("snr", Verdict.GOOD, "fine", value)])
    assert steady.shown == (Finding("snr", Verdict.GOOD, "fine", 4.0),)


def test_a_check_need_not_speak_of_every_look() -> None:
    """A check that speaks of every second look is shown as well; one that is silent for long is not shown any more."""
    steady = Steady()
    for look in range(6):
        steady.look([Finding("a", Verdict.GOOD, "x")] + [Finding("b", Verdict.GOOD, "y")] * (look % 2))
    both = Finding("a", Verdict.GOOD, "x"), Finding("b", Verdict.GOOD, "y")
    assert steady.shown == both
    for _ in range(SILENT_MAX):
        assert steady.shown == both
        steady.look([Finding("a", Verdict.GOOD, "x")])
    steady.look([Finding("a", Verdict.GOOD, "x")])
    assert list(steady.shown) == [both[0]]
