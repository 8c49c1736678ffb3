"""The session sheet: what is written down about a film before it begins, and what of it may be brought back.

Rule 1: every field may stay empty, and a sheet that another version wrote is read as far as it can be.
Rule 2: a purpose that nobody was asked about is "not asked", never "no" and never "yes".
Rule 3: of the last film only devices, kind, kind of place and vocabulary come back by themselves; "same family again"
brings back all but the purposes, which are asked anew.
Rule 4: roles or initials, never names: what looks like a name is pointed out, and never refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from vig_capture.core.config import Settings

KINDS = (
    "interaction",
    "infant",
    "lesson",
    "home-training",
    "measure",
    "shared-review",
    "interview",
    "tag-only",
)
"""The kinds of film that come with the program, in the order in which they are offered; each has a profile."""
MEASURE = "measure"
"""The kind for outcome measures: nobody marks, and no marker is shown."""
TAG_ONLY = "tag-only"

Purpose = Literal["review", "supervision", "intervision", "accreditation", "training", "research", "family_copy"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
"""What a film may be used for: each is asked by itself."""
Answer = Literal["yes", "no", "not asked"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)

PLACES = ("home", "classroom", "nursery", "clinic", "hospital", "care home", "office")
"""Kinds of place. Any other text is a place as well, but only these are remembered."""
ACTIVITIES = ("play", "meal", "feeding", "book", "puzzle", "baking", "getting ready", "homework", "lesson", "talk")

_ROLE_WORDS = """
mother father mum mom dad mam mama papa parent carer caregiver foster adoptive step grandmother grandfather
grandparent gran nan granddad grandpa child baby infant toddler boy girl son daughter brother sister sibling
twin twins aunt uncle cousin teacher pupil student assistant teaching class group guider supervisor therapist
nurse doctor nursery worker key health visitor midwife social colleague partner friend client adult young person
interviewer interpreter support staff younger older first second other
"""
ROLES = frozenset(_ROLE_WORDS.split())
"""Words for who somebody is in the film."""

TEXT_MAX, SHORT_MAX, LABEL_MAX = 300, 60, 24
"""Characters of a text, of a short text, and of a goal's label, which the film screen shows."""
GOALS_MAX, PEOPLE_MAX, FACES_MAX = 12, 12, 12
TARGETS, LEAST_END_MIN = 2, 30
"""A film ends by itself after so many times its target, but not before so many minutes."""

Box = tuple[float, float, float, float]
"""Left, top, width and height of a face in fractions of the picture."""
Edges = tuple[float, float, float, float]
"""Left, top, right and bottom of the part of the picture that counts, in fractions of it."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the client hopes for, and the guider's own short label for it."""

    id: str
    text: str
    label: str = ""

    @property
    def shown(self) -> str:
        """What the film screen shows: the label, or the first words of the text."""
        return self.label or short(self.text)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is in the film: a role, initials, or both."""

    role: str = ""
    initials: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.role, self.initials) if part)


@dataclass(frozen=True, slots=True)
class Consent:
    """What was said of one purpose, by whom (a role) and when (an ISO date)."""

    answer: Answer = "not asked"
    by: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class KindOfFilm:
    """What a kind of film proposes. `camera` and `mic` are "none" where it has no picture or no sound, else ""."""

    name: str
    vocabulary: str
    target_min: float
    soft_end_min: float
    camera: str = ""
    mic: str = ""

    @classmethod
    def of(cls, settings: Settings) -> KindOfFilm:
        """The kind that the settings of a profile make."""
        off = {name: "none" if getattr(settings, name) == "none" else "" for name in ("camera", "mic")}
        return cls(settings.profile, settings.vocabulary, settings.target_min, settings.soft_end_min, **off)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole sheet. Times are minutes; `cycle` is a number or a text."""

    kind: str = ""
    helping_question: str = ""
    goals: tuple[Goal, ...] = ()
    people: tuple[Person, ...] = ()
    place: str = ""
    activity: str = ""
    cycle: str = ""
    vocabulary: str = ""
    purposes: tuple[Consent, ...] = (Consent(),) * len(PURPOSES)
    """In the order of PURPOSES."""
    target_min: float = 0.0
    soft_end_min: float = 0.0
    faces: tuple[Box, ...] = ()
    edges: Edges | None = None

    @property
    def measure(self) -> bool:
        """Whether no markers are to be shown."""
        return self.kind == MEASURE

    @property
    def goal_words(self) -> dict[str, str]:
        """What stands for each goal on the screen and on paper, by its id."""
        return {goal.id: goal.shown for goal in self.goals}

    def of_kind(self, kind: KindOfFilm) -> Sheet:
        """The sheet for another kind of film; what was typed stays."""
        target_min, soft_end_min = kind.target_min, kind.soft_end_min
        return replace(
            self, kind=kind.name, vocabulary=kind.vocabulary, target_min=target_min, soft_end_min=soft_end_min
        )

    def as_kind_of(self, other: Sheet) -> Sheet:
        """The sheet for the kind of film that another sheet is for."""
        return self.of_kind(KindOfFilm(other.kind, other.vocabulary, other.target_min, other.soft_end_min))

    def consent(self, purpose: Purpose, consent: Consent) -> Sheet:
        """The sheet with another answer for one purpose."""
        at = PURPOSES.index(purpose)
        return replace(self, purposes=(*self.purposes[:at], consent, *self.purposes[at + 1 :]))

    def is_written(self) -> bool:
        """Whether somebody has put anything into it that would be lost."""
        asked = any(each.answer != "not asked" for each in self.purposes)
        texts = (self.helping_question, self.goals, self.people, self.activity, self.cycle, self.faces, self.edges)
        return asked or any(texts)

    def as_fields(self) -> dict[str, Any]:
        """The fields of a `sheet` record. Goals are sent with the label that the film screen shows."""
        return {
            "kind": self.kind,
            "helping_question": self.helping_question,
            "goals": [{"id": goal.id, "label": goal.shown, "text": goal.text} for goal in self.goals],
            "people": [{"role": person.role, "initials": person.initials} for person in self.people],
            "place": self.place,
            "activity": self.activity,
            "cycle": int(self.cycle) if re.fullmatch(r"[1-9]\d{0,5}", self.cycle, re.ASCII) else self.cycle,
            "vocabulary": self.vocabulary,
            "purposes": {
                purpose: {"answer": said.answer, "by": said.by, "when": said.when}
                for purpose, said in zip(PURPOSES, self.purposes, strict=True)
            },
            "target_min": self.target_min,
            "soft_end_min": self.soft_end_min,
            "measure": self.measure,
            "faces": [list(box) for box in self.faces],
            "edges": list(self.edges) if self.edges else [],
        }


# From and to what is kept ----------------------------------------------------------------------------------------


def from_fields(fields: object) -> Sheet:
    """The sheet of a journal's fields. Whatever is missing or odd is left empty; raises nothing."""
    raw = fields if isinstance(fields, dict) else {}
    purposes = raw.get("purposes")
    purposes = purposes if isinstance(purposes, dict) else {}
    cycle = raw.get("cycle")
    return Sheet(
        kind=clean(raw.get("kind"), SHORT_MAX),
        helping_question=clean(raw.get("helping_question")),
        goals=_goals(raw.get("goals")),
        people=_people(raw.get("people")),
        place=clean(raw.get("place"), SHORT_MAX),
        activity=clean(raw.get("activity"), SHORT_MAX),
        cycle=clean(str(cycle) if type(cycle) is int else cycle, SHORT_MAX),
        vocabulary=clean(raw.get("vocabulary")),
        purposes=tuple(_consent(purposes.get(purpose)) for purpose in PURPOSES),
        target_min=_minutes(raw.get("target_min")),
        soft_end_min=_minutes(raw.get("soft_end_min")),
        faces=_boxes(raw.get("faces")),
        edges=_edges(raw.get("edges")),
    )


def again(previous: Sheet) -> Sheet:
    """The same family again: everything but the purposes, which are asked anew."""
    return replace(previous, purposes=Sheet().purposes)


def fresh(remembered: Mapping[str, Any], kinds: Iterable[KindOfFilm]) -> Sheet:
    """A sheet for a film of which nothing is known: the remembered kind, vocabulary and kind of place only.

    Without a remembered kind, or with one that is no more, it is the first of `kinds`."""
    known = {kind.name: kind for kind in kinds}
    place = clean(remembered.get("place"), SHORT_MAX)
    sheet = Sheet(place=place if place in PLACES else "")
    kind = known.get(clean(remembered.get("kind"))) or next(iter(known.values()), None)
    if kind is not None:
        sheet = sheet.of_kind(kind)
    return replace(sheet, vocabulary=clean(remembered.get("vocabulary")) or sheet.vocabulary)


def remembered(sheet: Sheet, camera: str, mic: str) -> dict[str, str]:
    """All of a film that may be kept for the next one."""
    place = sheet.place if sheet.place in PLACES else ""
    return {"camera": camera, "mic": mic, "kind": sheet.kind, "vocabulary": sheet.vocabulary, "place": place}


# Rules -----------------------------------------------------------------------------------------------------------


def latest_end_min(target_min: float) -> float:
    """Minutes after which a film ends by itself: a forgotten recorder films nobody's evening."""
    return max(TARGETS * target_min, LEAST_END_MIN)


def people_of(text: str) -> tuple[Person, ...]:
    """The people of a line such as "mother, child T, M.K.": in each part capitals that stand alone are initials."""
    found = []
    for part in re.split(r"[,;]", clean(text)):
        words = part.split()
        last = words[-1] if words else ""
        initials = last if _are_initials(last) else ""
        role = " ".join(words[:-1] if initials else words)
        if role or initials:
            found.append(Person(role[:SHORT_MAX].rstrip(), initials))
    return tuple(found[:PEOPLE_MAX])


def people_line(people: Iterable[Person]) -> str:
    """The line that `people_of` reads."""
    return ", ".join(map(str, people))


def looks_like_name(text: str) -> str:
    """The first word that is probably somebody's name: a capital and small letters, and no usual word for a role."""
    for word in (found.group() for found in re.finditer(r"[^\W\d_]+", text)):
        if len(word) >= 3 and word[0].isupper() and not word.isupper() and word.lower() not in ROLES:
            return word
    return ""


def short(text: str) -> str:
    """The first words of a text, as a label."""
    label = ""
    for word in text.split():
        if label and len(label) + 1 + len(word) > LABEL_MAX:
            break
        label = f"{label} {word}".strip()
    return label[:LABEL_MAX]


def new_goal(goals: Iterable[Goal], text: str) -> Goal:
    """A further goal, with an id that none of them has."""
    taken = {goal.id for goal in goals}
    number = next(number for number in range(1, len(taken) + 2) if f"g{number}" not in taken)
    return Goal(f"g{number}", clean(text))


def clean(value: object, length: int = TEXT_MAX) -> str:
    """A text on one line, without control characters and spaces around it; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    line = "".join(char if char.isprintable() else " " for char in value[:length])
    return line.strip()


def _are_initials(word: str) -> bool:
    letters = word.replace(".", "").replace("-", "")
    return 1 <= len(letters) <= 4 and letters.isalpha() and letters.isupper()


def _goals(raw: object) -> tuple[Goal, ...]:
    goals: list[Goal] = []
    for each in raw[:GOALS_MAX] if isinstance(raw, list | tuple) else ():
        told = each if isinstance(each, dict) else {"text": each}
        text, label = clean(told.get("text")), clean(told.get("label"), LABEL_MAX)
        if text or label:
            goal = new_goal(goals, text or label)
            name = clean(told.get("id"), SHORT_MAX)
            free = bool(name) and name not in {other.id for other in goals}
            goals.append(Goal(name if free else goal.id, goal.text, "" if label == short(goal.text) else label))
    return tuple(goals)


def _people(raw: object) -> tuple[Person, ...]:
    people = []
    for each in raw[:PEOPLE_MAX] if isinstance(raw, list | tuple) else ():
        told = each if isinstance(each, dict) else {"role": each}
        person = Person(clean(told.get("role"), SHORT_MAX), clean(told.get("initials"), SHORT_MAX))
        if person != Person():
            people.append(person)
    return tuple(people)


def _consent(raw: object) -> Consent:
    told = raw if isinstance(raw, dict) else {"answer": raw}
    answer: Answer = next((each for each in ANSWERS if each == told.get("answer")), "not asked")
    return Consent(answer, clean(told.get("by"), SHORT_MAX), clean(told.get("when"), SHORT_MAX))


def _minutes(raw: object) -> float:
    good = isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw) and 0 <= raw <= 1440
    return float(raw) if good and isinstance(raw, int | float) else 0.0


def _four(raw: object) -> Box | None:
    """Four fractions."""
    if not isinstance(raw, list | tuple) or len(raw) != 4:
        return None
    if not all(isinstance(each, int | float) and not isinstance(each, bool) and 0 <= each <= 1 for each in raw):
        return None
    return float(raw[0]), float(raw[1]), float(raw[2]), float(raw[3])


def _boxes(raw: object) -> tuple[Box, ...]:
    found = [_four(each) for each in raw[:FACES_MAX]] if isinstance(raw, list | tuple) else []
    return tuple(box for box in found if box is not None and box[2] > 0 and box[3] > 0)


def _edges(raw: object) -> Edges | None:
    edges = _four(raw)
    return edges if edges is not None and edges[0] < edges[2] and edges[1] < edges[3] else None
