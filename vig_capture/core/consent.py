"""What a film may be used for: for each purpose the answer that stands, and what was made for it.

Rule 1: only a recorded yes permits: no, not asked and withdrawn refuse, and the refusal says whom to ask, by role.
Rule 2: a withdrawal takes the yes out of the session sheet; another yes counts if it was recorded after it.
Rule 3: every purpose stands by itself: a yes to one permits nothing for another.
Rule 4: what the guider keeps private is never given to the family.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from vig_capture.core.errors import UserError
from vig_capture.core.sheet import PURPOSES, SHORT_MAX, Consent, Purpose, clean, from_fields
from vig_capture.core.text import near_miss

Standing = Literal["yes", "no", "not asked", "withdrawn"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)
WITHDRAWN: Standing = "withdrawn"
"""As the answer in a session sheet: a version that does not know it reads "not asked", which permits nothing either."""
DEFAULT: Purpose = "review"
"""The purpose of whatever does not name one."""
WORDS: dict[Purpose, str] = {
    "review": "the shared review",
    "supervision": "supervision",
    "intervision": "intervision with other guiders",
    "accreditation": "accreditation",
    "training": "training others",
    "research": "research",
    "family_copy": "a copy for the family",
}
"""Each purpose in a sentence."""


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands for one purpose: what was said last, by whom (a role) and when (an ISO date)."""

    answer: Standing
    by: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A yes that was taken back."""

    purpose: str
    by: str
    """A role."""
    when: str
    """An ISO date."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Withdrawal:
        """What a record tells; raises nothing."""
        return cls(*(clean(record.get(name), SHORT_MAX) for name in ("purpose", "by", "when")))


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of the film for a purpose."""

    purpose: str
    what: str
    """Such as "clips", "export boris", "whole film"."""
    when: str
    """ISO 8601."""
    files: tuple[str, ...]
    """Relative: in the session's handoff folder. Absolute: where it was asked for."""
    count: int
    """How many files, or more where folders stand for what is in them."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Made:
        """What a record tells; raises nothing."""
        found = record.get("files")
        files = tuple(each for each in found if isinstance(each, str)) if isinstance(found, list | tuple) else ()
        count = record.get("count")
        purpose, what, when = (clean(record.get(name)) for name in ("purpose", "what", "when"))
        return cls(purpose, what, when, files, count if type(count) is int else len(files))

    def as_map(self) -> dict[str, Any]:
        """What a record holds."""
        return {
            "purpose": self.purpose,
            "what": self.what,
            "when": self.when,
            "files": list(self.files),
            "count": self.count,
        }


def withdrawn_from(sheet: Mapping[str, Any], withdrawal: Withdrawal) -> dict[str, Any]:
    """The session sheet's fields without the yes that was taken back."""
    purposes = sheet.get("purposes")
    kept = purposes if isinstance(purposes, Mapping) else {}
    said = {"answer": WITHDRAWN, "by": withdrawal.by, "when": withdrawal.when}
    return {**sheet, "purposes": {**kept, withdrawal.purpose: said}}


def purpose_of(text: str) -> Purpose:
    """The purpose with this name. Raises UserError."""
    wanted = text.strip().lower().replace("-", "_").replace(" ", "_")
    found = next((purpose for purpose in PURPOSES if purpose == wanted), None)
    if found is None:
        raise UserError(f"There is no purpose {text!r}.", "Each is asked for by itself.", near_miss(wanted, PURPOSES))
    return found


def stands(sheet: Mapping[str, Any], purpose: Purpose) -> Stands:
    """What stands for a purpose in a session sheet's fields. Whatever is missing or odd is "not asked"."""
    purposes = sheet.get("purposes")
    told = purposes.get(purpose) if isinstance(purposes, Mapping) else None
    if isinstance(told, Mapping) and told.get("answer") == WITHDRAWN:
        return Stands(WITHDRAWN, clean(told.get("by"), SHORT_MAX), clean(told.get("when"), SHORT_MAX))
    said: Consent = from_fields(sheet).purposes[PURPOSES.index(purpose)]
    return Stands(said.answer, said.by, said.when)


def refusal(sheet: Mapping[str, Any], purpose: Purpose = DEFAULT) -> UserError | None:
    """Why nothing may be made for this purpose, and whose yes is missing; None where it may."""
    said = stands(sheet, purpose)
    if said.answer == "yes":
        return None
    who, when = said.by, f" on {said.when}" if said.when else ""
    why = {
        "no": f"{_capital(who) or 'Somebody'} said no{when}.",
        "withdrawn": f"{_capital(who) or 'Somebody'} withdrew the yes{when}.",
        "not asked": "Nobody was asked.",
    }[said.answer]
    ask = who if who and said.answer != "not asked" else _whom(sheet)
    do = f"The yes of {ask} is missing. When you have it: vig-capture consent SESSION {purpose} yes --by ROLE"
    return UserError(f"There is no yes to {WORDS[purpose]}: nothing was made.", why, do)


def private_refusal(purpose: Purpose) -> UserError | None:
    """Why private moments and notes may not be in what is made for this purpose, even asked for by name."""
    if purpose != "family_copy":
        return None
    what = "Private moments and notes are not given to the family: nothing was made."
    return UserError(what, "They are the guider's own, for supervision.", "Leave out what asks for them.")


def made_for(made: Iterable[Made], purpose: Purpose) -> list[Made]:
    """What was made for a purpose, in the order of making."""
    return [each for each in made if each.purpose == purpose]


def _whom(sheet: Mapping[str, Any]) -> str:
    """Whom to ask: those in the film by the sheet's roles, and for a child whoever may answer for it."""
    people = [str(person) for person in from_fields(sheet).people]
    named = ", ".join(people) if people else "everybody in the film"
    return f"{named} (for a child: of whoever has parental responsibility)"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
