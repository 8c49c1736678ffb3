"""The session sheet of visit.py: typed line by line, and what the journal must hold of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from visit_hand import Hand

from vig_capture.cli.around import HostAround
from vig_capture.core.sheet import PURPOSES, short
from vig_capture.devices.settings_files import load_settings
from vig_capture.tui import texts

VOCABULARY, KIND = "vig-core", "infant"
QUESTION = "Wie können wir in Ruhe essen? / How can meals be calm?"
GOALS = (("Calm meals, all of us at one table", "meals"), ("More pauses, so that T can begin", "pauses"))
PEOPLE = "mother, child T"
PICTURE = "▀"


def reach(hand: Hand, row: str, key: str = "Down") -> None:
    """Go on to the next row of the sheet, which is this one."""
    label = texts.PREPARE_ROWS[row][0] if row in texts.PREPARE_ROWS else row
    hand.do(key, rf"▸ +{re.escape(label)} ")


def fill(hand: Hand, row: str, text: str) -> None:
    """Type into the row that is reached, and see it stand there."""
    hand.type(text)
    hand.see(rf"{re.escape(row)}: +{re.escape(text[:8])}")
    hand.do("Enter", rf"▸ +{re.escape(row)} .*{re.escape(text[:8])}")


def cycle(hand: Hand, key: str, words: str) -> None:
    """Press Left or Right until this ready-made value is chosen."""
    for _ in range(10):
        if hand.sees(rf"▸ .*‹ {words}"):
            return
        chosen = re.search("‹.*›", hand.terminal.text())
        assert chosen is not None, f"no row of ready-made values is reached:\n{hand.terminal.text()}"
        hand.key(key)
        hand.miss(re.escape(chosen[0]))
    raise AssertionError(f"{words!r} cannot be chosen:\n{hand.terminal.text()}")


def fill_goals(hand: Hand) -> None:
    """Two goals with short labels."""
    new, label = texts.PREPARE_GOAL_NEW, texts.PREPARE_LABEL.strip()
    hand.do("Right", rf"▸ {new}")
    for number, (goal, shown) in enumerate(GOALS, 1):
        name = texts.PREPARE_GOAL.format(number=number)
        hand.type(goal)
        hand.see(rf"{new}: +{re.escape(goal[:8])}")
        hand.do("Enter", rf"^.*{name} +{re.escape(goal[:8])}")
        hand.see(rf"▸ {new}")
        reach(hand, label, "Up")
        hand.type("\x7f" * len(short(goal)) + shown)
        hand.see(rf"{label}: +{shown}▏")
        hand.do("Enter", rf"▸ +{label} +{shown}")
        reach(hand, new)
    hand.do("Escape", rf"▸ {texts.PREPARE_ROWS['goals'][0]} .*meals, pauses")


def fill_purposes(hand: Hand) -> None:
    """Review and supervision yes, intervision no, all said by the mother; the family's copy was asked of the child."""
    rows = {purpose: texts.PREPARE_PURPOSES[purpose][0] for purpose in PURPOSES}
    hand.do("Right", rf"▸ {rows['review']}")
    cycle(hand, "Right", "yes")
    hand.type("mother")
    hand.see(r": +mother▏")
    hand.do("Enter", rf"▸ {rows['review']} .*yes .*mother")
    reach(hand, rows["supervision"])
    cycle(hand, "Right", "yes .*mother")
    reach(hand, rows["intervision"])
    cycle(hand, "Left", "no .*mother")
    for purpose in ("accreditation", "training", "research", "family_copy"):
        reach(hand, rows[purpose])
    cycle(hand, "Right", "yes")
    hand.type("\x7f" * len("mother") + "child T")
    hand.see(r": +child T▏")
    hand.do("Enter", rf"▸ {rows['family_copy']} .*yes .*child T")
    hand.do("Escape", rf"▸ {texts.PREPARE_ROWS['purposes'][0]} .*3 yes, 1 no")


def prepare(hand: Hand) -> dict[str, Any]:
    """Fill in the whole sheet; returns the fields that the journal must hold."""
    rows = {row: label for row, (label, _) in texts.PREPARE_ROWS.items()}
    hand.see(texts.PREPARE_READY[:7], 30)
    hand.see(PICTURE)
    hand.do("F1", texts.PREPARE_HELP_TITLE)
    hand.do("F1", texts.PREPARE_REMINDER[:12])
    hand.do("F2", texts.PREPARE_CARD)
    hand.do("Escape", texts.PREPARE_REMINDER[:12])
    reach(hand, "kind")
    cycle(hand, "Right", KIND)
    for row in ("camera", "mic", "vocabulary"):
        reach(hand, row)
    cycle(hand, "Right", re.escape(hand.vocabulary.name))
    reach(hand, "helping_question")
    fill(hand, rows["helping_question"], QUESTION)
    reach(hand, "goals")
    fill_goals(hand)
    reach(hand, "people")
    fill(hand, rows["people"], PEOPLE)
    reach(hand, "place")
    cycle(hand, "Right", "home")
    reach(hand, "activity")
    cycle(hand, "Right", "meal")
    reach(hand, "cycle")
    fill(hand, rows["cycle"], "2")
    reach(hand, "purposes")
    fill_purposes(hand)
    hand.see(PICTURE)
    hand.do("F4", texts.PREPARE_MARKS_TITLE["faces"])
    for key in ("Right", "Right", "Down"):
        hand.key(key)
    hand.do("Enter", texts.PREPARE_MARKS_SET["faces"].format(count=1))
    hand.do("Escape", rf"{rows['faces']} +{texts.PREPARE_FACES_ONE}")
    return sheet()


def sheet() -> dict[str, Any]:
    """What was filled in, as the journal keeps it."""
    settings = load_settings(profile=KIND)
    today = HostAround(Path()).today()
    said = {"review": "yes", "supervision": "yes", "intervision": "no", "family_copy": "yes"}
    asked = {
        name: {"answer": answer, "by": "child T" if name == "family_copy" else "mother", "when": today}
        for name, answer in said.items()
    }
    return {
        "kind": KIND,
        "helping_question": QUESTION,
        "goals": [{"id": f"g{n}", "label": label, "text": text} for n, (text, label) in enumerate(GOALS, 1)],
        "people": [{"role": "mother", "initials": ""}, {"role": "child", "initials": "T"}],
        "place": "home",
        "activity": "meal",
        "cycle": 2,
        "vocabulary": VOCABULARY,
        "purposes": not_asked() | asked,
        "target_min": settings.target_min,
        "soft_end_min": settings.soft_end_min,
        "measure": False,
        "faces": [[0.46, 0.32, 0.16, 0.28]],
        "edges": [],
    }


def not_asked() -> dict[str, Any]:
    """The purposes of a family that was not asked."""
    return {purpose: {"answer": "not asked", "by": "", "when": ""} for purpose in PURPOSES}
