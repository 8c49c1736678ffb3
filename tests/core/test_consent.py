"""Consent: only a recorded yes permits, a withdrawal takes it back, a yes that is recorded later counts again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.test_sheet import ANYTHING
from vig_capture.core import consent
from vig_capture.core.consent import STANDINGS, Made, Standing, Stands
from vig_capture.core.errors import UserError
from vig_capture.core.replay import SessionView, replay
from vig_capture.core.sheet import PURPOSES, Consent, Person, Purpose, Sheet, from_fields

PEOPLE = (Person("mother", "M.K."), Person("child", "T"))


def said(*records: dict[str, Any]) -> SessionView:
    return replay({"v": 1, "seq": seq, "t_ns": seq} | record for seq, record in enumerate(records, 1))


def sheet(purpose: Purpose, consented: Consent) -> dict[str, Any]:
    return {"kind": "sheet", "fields": Sheet(people=PEOPLE).consent(purpose, consented).as_fields()}


def withdraw(purpose: str) -> dict[str, Any]:
    return {"kind": "withdraw", "id": "w", "purpose": purpose, "by": "mother", "when": "2026-12-01"}


def with_standing(purpose: Purpose, standing: Standing) -> SessionView:
    """A session in which this stands for a purpose, and everybody said yes to nothing else."""
    records = []
    if standing in ("yes", "withdrawn"):
        records.append(sheet(purpose, Consent("yes", "mother", "2026-11-22")))
    if standing == "withdrawn":
        records.append(withdraw(purpose))
    if standing == "no":
        records.append(sheet(purpose, Consent("no", "mother", "2026-11-22")))
    return said(*records)


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_only_a_yes_permits_and_only_its_own_purpose(purpose: Purpose, standing: Standing) -> None:
    """Of all purposes and answers: yes permits this purpose and no other; nothing else permits anything."""
    view = with_standing(purpose, standing)
    assert consent.stands(view.sheet, purpose).answer == standing
    assert (consent.refusal(view.sheet, purpose) is None) == (standing == "yes")
    for other in PURPOSES:
        assert other == purpose or consent.refusal(view.sheet, other) is not None


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], ["Nobody was asked", "everybody in the film", "parental responsibility"]),
        ([sheet("research", Consent())], ["mother M.K., child T"]),
        ([sheet("review", Consent("no", "father", "2026-11-22"))], ["Father said no on 2026-11-22", "yes of father"]),
        ([sheet("review", Consent("no"))], ["Somebody said no.", "yes of mother M.K., child T"]),
        ([withdraw("review")], ["Mother withdrew the yes on 2026-12-01", "yes of mother"]),
    ],
)
def test_a_refusal_says_whose_yes_is_missing(records: list[dict[str, Any]], words: list[str]) -> None:
    """By role, what was said and when, and how a yes is recorded."""
    refused = consent.refusal(said(*records).sheet)
    assert refused is not None
    for word in [*words, "the shared review", "vig-capture consent SESSION review yes"]:
        assert word in str(refused)


def test_a_yes_counts_again_if_it_was_recorded_after_the_withdrawal() -> None:
    """Other parts of the sheet bring nothing back; other purposes are untouched; a sheet that is read by another
    version has no yes either."""
    yes = Consent("yes", "mother", "2026-11-22")
    both = {"kind": "sheet", "fields": Sheet().consent("review", yes).consent("research", yes).as_fields()}
    view = said(both, withdraw("research"))
    assert consent.refusal(view.sheet, "research") is not None
    assert consent.refusal(view.sheet, "review") is None
    assert from_fields(view.sheet).purposes[PURPOSES.index("research")].answer == "not asked"
    place = {"kind": "sheet", "fields": {"place": "home"}}
    assert consent.refusal(said(both, withdraw("research"), place).sheet, "research") is not None
    view = said(both, withdraw("research"), sheet("research", yes))
    assert consent.refusal(view.sheet, "research") is None
    assert [each.when for each in view.withdrawals] == ["2026-12-01"]


def test_what_was_made_is_listed_by_its_purpose() -> None:
    """In the order of making, with whatever a record lacks left empty."""
    clips = Made("review", "clips", "u", ("clips/1.mp4",), 1)
    assert Made.of(clips.as_map()) == clips
    boris = Made.of({"kind": "made", "purpose": "research", "what": "export boris", "files": ["/x/a.boris"]})
    odd = Made.of({"kind": "made", "purpose": 5, "files": {"a": 1}, "count": "x"})
    assert consent.made_for([clips, boris, odd], "review") == [clips]
    assert consent.made_for([clips, boris, odd], "research") == [
        Made("research", "export boris", "", ("/x/a.boris",), 1)
    ]
    assert odd == Made("", "", "", (), 0)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["purposes", "people"]), ANYTHING), st.sampled_from(PURPOSES))
def test_an_odd_sheet_permits_nothing(fields: dict[str, Any], purpose: Purpose) -> None:
    """Whatever a damaged journal holds is read as no yes, unless it says yes."""
    assert consent.refusal(fields, purpose) is not None
    view = said({"kind": "sheet", "fields": fields}, withdraw(purpose))
    assert consent.stands(view.sheet, purpose) == Stands("withdrawn", "mother", "2026-12-01")


def test_purposes_have_names() -> None:
    """Written with a dash, a space or capitals; another word is answered with the nearest."""
    assert consent.purpose_of("Family-copy") == "family_copy"
    assert consent.purpose_of("family copy") == "family_copy"
    with pytest.raises(UserError) as caught:
        consent.purpose_of("superwision")
    assert caught.value.do == "Did you mean supervision?"
    assert set(consent.WORDS) == set(PURPOSES)


def test_what_is_private_is_not_given_to_the_family() -> None:
    """Even asked for by name; for every other purpose the guider decides."""
    assert [purpose for purpose in PURPOSES if consent.private_refusal(purpose)] == ["family_copy"]
