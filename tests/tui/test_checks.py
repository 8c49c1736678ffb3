"""What the screens show of the checks: before the film what to do, while filming a small sign at most."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui import made_up
from tests.tui.made_up_prepare import CLOCK, Screen, play
from vig_capture.core.findings import Finding, Verdict
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.settings_files import load_advice
from vig_capture.tui import texts
from vig_capture.tui.prepare.ports import Expect

GOOD, LOOK, BAD, UNKNOWN = Verdict.GOOD, Verdict.ATTENTION, Verdict.BAD, Verdict.UNKNOWN
WELL = [
    Finding("faces", GOOD, "faces-all", 2),
    Finding("edges", GOOD, "edges-good"),
    Finding("exposure", GOOD, "exposure-good"),
    Finding("microphone", GOOD, "microphone-good"),
]
WINDOW = Finding("window", BAD, "window-behind", 4)
EDGE = Finding("edges", LOOK, "edges-near")
ROOM = Finding("snr", LOOK, "snr-close", 14)
FACES = Finding("faces", UNKNOWN, "faces-not-checked")
UNHEARD = Finding("microphone", UNKNOWN, "microphone-unheard")
WORDS = load_advice()
SIGNS = "".join(texts.CHECK_SIGNS.values())
SIZES = [(80, 24), (120, 40)]


def told(*findings: Finding) -> dict[str, Any]:
    """Of a snapshot: these, and of every other check that all is well."""
    others = [each for each in WELL if each.check not in {finding.check for finding in findings}]
    return {"findings": [each.as_map() for each in (*others, *findings)], "detector": "YuNet n"}


def block(screen: Screen) -> list[str]:
    """The rows of the checks."""
    region = screen.prepare._panes["checks"].region
    return [line.rstrip() for line in screen.lines()[region.y : region.bottom]]


def left(screen: Screen) -> str:
    """What stands below the picture."""
    return "\n".join(line[: screen.prepare._left.region.width] for line in screen.lines())


@pytest.mark.parametrize("size", SIZES)
def test_one_row_where_all_is_well(size: tuple[int, int]) -> None:
    """Each group has a sign and a word, and there is nothing else to read."""

    async def story(screen: Screen) -> None:
        (row,) = block(screen)
        assert row.split("  ")[:3] == [" ✓ framing ok", "✓ light ok", "✓ sound ok"]
        assert row.endswith(texts.CHECKS_KEY)

    play(story, size=size, said=told())


@pytest.mark.parametrize("size", SIZES)
def test_the_worst_first_with_what_to_do(size: tuple[int, int]) -> None:
    """What has to be changed stands above what is worth a look, each with what to do, and nothing is pushed away."""

    async def story(screen: Screen) -> None:
        rows = block(screen)
        assert rows[0].startswith(" ▲ framing: look  ✗ light: change  ▲ sound: look")
        assert rows[1].startswith(" ✗ ")
        assert rows[2].startswith(" ▲ ")
        assert rows[1].endswith(WORDS["window-behind"].do)
        text = " ".join(part.strip() for part in rows)
        assert WORDS["edges-near"].do in text
        if size[1] > 24:
            for code in ("window-behind", "edges-near", "snr-close"):
                assert f"{WORDS[code].what} {WORDS[code].do}" in text
        assert "disk: room for 142 minutes" in left(screen)
        assert [name for name, (label, _) in texts.PREPARE_ROWS.items() if label not in screen.text()] == []
        assert texts.PREPARE_REMINDER in screen.text()

    play(story, size=size, said=told(WINDOW, EDGE, ROOM))


def test_faces_that_are_not_checked_are_one_calm_line() -> None:
    """Without YuNet it is said what makes it green; no sign of alarm; once it was green, when that was."""

    async def story(screen: Screen) -> None:
        rows = block(screen)
        assert rows[0].startswith(" ? framing: can't tell  ✓ light ok")
        words = WORDS["faces-not-checked"]
        assert rows[1:] == [f" ? {words.what} {words.do}"]
        assert not set(rows[1]) & set("▲✗!")
        await screen.say(**told())
        assert block(screen)[0].startswith(" ✓ framing ok")
        CLOCK.wait(150)
        await screen.say(**told(FACES))
        assert texts.CHECK_FACES_SEEN.format(ago="2 min") in block(screen)[1]
        screen.prepare.opening()
        await screen.say(**told(FACES))
        assert block(screen)[1] == f" ? {words.what} {words.do}"

    play(story, said=told(FACES))


def test_what_cannot_be_told_is_offered_only_where_something_can_be_done() -> None:
    """The whisper is asked for once; what nobody can change is on the page alone."""
    unheard = Finding("snr", UNKNOWN, "speech-unheard")
    assert WORDS["speech-unheard"].do == WORDS["microphone-unheard"].do

    async def story(screen: Screen) -> None:
        assert block(screen)[1:] == [f" ? {WORDS['microphone-unheard'].what} {WORDS['microphone-unheard'].do}"]

    play(story, said=told(UNHEARD, unheard, Finding("shadow", UNKNOWN, "shadow-unknown")))


@pytest.mark.parametrize("size", SIZES)
def test_the_page_tells_all(size: tuple[int, int]) -> None:
    """F3: every check with a word beside its sign, what, why and what to do, live; the keys scroll, and Esc closes."""

    async def story(screen: Screen) -> None:
        await screen.press("f3")
        seen = screen.text()
        for _ in range(4):
            await screen.press("pagedown")
            seen += screen.text()
        flat = " ".join(seen.split())
        for finding in (WINDOW, EDGE):
            words = WORDS[finding.code].of(finding)
            assert f"{texts.CHECK_SIGNS[finding.verdict]} {texts.CHECK_WORDS[finding.verdict]}" in flat
            assert all(part in flat for part in (words.what, words.why, words.do))
        assert "✓ OK" in flat
        assert texts.CHECK_DETECTOR.format(detector="YuNet n") in flat
        await screen.say(**told())
        assert WORDS["window-behind"].what not in screen.text()
        await screen.press("escape")
        assert texts.CHECKS_TITLE not in screen.text()
        assert screen.keys.mode == "sheet"

    play(story, size=size, said=told(WINDOW, EDGE))


def test_a_finding_without_words_is_shown_by_its_name() -> None:
    """A plug-in's check that has no sentence is there all the same, in a group of its own."""

    async def story(screen: Screen) -> None:
        assert "▲ other: look" in block(screen)[0]
        assert "toys: worth a look." in block(screen)[1]

    play(story, said=told(Finding("toys", LOOK, "no such code")))


def test_nothing_said_takes_no_row() -> None:
    """A recorder that checks nothing leaves the screen as it was."""

    async def story(screen: Screen) -> None:
        assert not screen.prepare._panes["checks"].display
        assert not set(SIGNS) & set(screen.text()) - {"?"}

    play(story)


def test_the_people_of_the_sheet_are_expected_in_the_picture() -> None:
    """The recorder is told how many there are, once, and again when it is another recorder."""

    async def story(screen: Screen) -> None:
        assert not screen.told(Expect)
        await screen.to("people")
        await screen.write("mother, child T, gran")
        await screen.press("enter")
        assert [each.faces for each in screen.told(Expect)] == [3]
        await screen.say(**told())
        assert len(screen.told(Expect)) == 1
        screen.prepare.opening()
        await screen.say(**told())
        assert [each.faces for each in screen.told(Expect)] == [3, 3]

    play(story)


# While filming -------------------------------------------------------------------------------------------------------


def film(*findings: Finding, **changes: Any) -> dict[str, Any]:
    return made_up.snapshot(recorded_ns=60 * SECOND_NS, **told(*findings), **changes)


@pytest.mark.parametrize("size", SIZES)
def test_while_filming_there_is_a_sign_and_a_word(size: tuple[int, int]) -> None:
    """Only of what is worth a look, on the row of losses; not what to do, and nothing of what cannot be told."""

    async def story(screen: made_up.Screen) -> None:
        await screen.say(film())
        assert not set("▲✗✓") & set(screen.text())
        before = screen.lines()
        await screen.say(film(WINDOW, FACES))
        changed = [line for line, old in zip(screen.lines(), before, strict=True) if line != old]
        assert len(changed) == 1
        assert changed[0].startswith(f" {texts.NOTHING_LOST}")
        assert changed[0].rstrip().endswith("  light ✗")
        await screen.say(film(WINDOW, EDGE, ROOM))
        assert "  framing ▲  light ✗  sound ▲" in screen.text()

    made_up.play(story, size=size)


@pytest.mark.parametrize("state", ["paused", "arming", "stopping", "closed"])
def test_only_a_film_that_runs_has_signs(state: str) -> None:
    """In a pause, before and after the film there is none."""

    async def story(screen: made_up.Screen) -> None:
        await screen.say(film(WINDOW, state=state))
        assert not set("▲✗") & set(screen.text())

    made_up.play(story)


def test_a_dim_screen_has_no_signs() -> None:
    """Nor while the recorder does not answer: then nothing is known."""

    async def story(screen: made_up.Screen) -> None:
        await screen.say(film(WINDOW))
        assert "light ✗" in screen.text()
        await screen.press("f3")
        await screen.settle()
        assert "light ✗" not in screen.text()
        await screen.press("f3")
        await screen.say({"lost": True})
        assert "light ✗" not in screen.text()

    made_up.play(story)


def test_losses_come_before_signs() -> None:
    """Where the row is full the signs give way, and nothing of losses and room does."""

    async def story(screen: made_up.Screen) -> None:
        await screen.say(film(WINDOW, EDGE, ROOM, lost_frames=1234, battery_minutes=61.0))
        (row,) = [line for line in screen.lines() if "1234 frames lost" in line]
        assert "battery: 61 minutes" in row
        assert "light ✗" not in screen.text()

    made_up.play(story)
