"""The quality track: only while filming, only changes, at most one record a second, and nothing of what people do."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from tests.clocks import HandClock
from vig_capture.core.findings import LOOKING, Finding, Verdict
from vig_capture.core.replay import SessionView, replay
from vig_capture.core.session import State
from vig_capture.core.time import SECOND_NS
from vig_capture.engine.checking import Found
from vig_capture.engine.quality import QualityTrack
from vig_capture.engine.scribe import Scribe
from vig_capture.engine.status import Status

looks = st.lists(st.dictionaries(st.sampled_from(["faces", "light"]), st.sampled_from(list(Verdict))), max_size=30)


class Film:
    """A track on a clock moved by hand, with a scribe that keeps its records."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.view = SessionView()
        self.records: list[dict[str, Any]] = []
        self.status = Status([], {}, [])
        self.track = QualityTrack(cast(Scribe, self), self.status)

    def record(self, kind: str, **fields: Any) -> None:
        record = {"kind": kind, "seq": len(self.records) + 1, "t_ns": self.clock.now_ns, **fields}
        self.records.append(record)
        self.view.apply(record)

    def tick(self, state: State = "recording", after_s: float = 1.0, **said: Verdict) -> None:
        findings = tuple(Finding(check, verdict, f"{check}-{verdict}", 7.0) for check, verdict in said.items())
        self.status.found = lambda: Found(findings, "eyes")
        self.clock.now_ns += round(after_s * SECOND_NS)
        self.track.tick(state, self.clock.now_ns)


def test_changes_alone() -> None:
    """A record holds what has changed, and only check, verdict and code of it."""
    film = Film()
    film.tick(faces=Verdict.GOOD, light=Verdict.BAD)
    film.tick(faces=Verdict.GOOD, light=Verdict.BAD)
    film.tick(faces=Verdict.GOOD, light=Verdict.GOOD)
    first = [
        {"check": "faces", "verdict": "good", "code": "faces-good"},
        {"check": "light", "verdict": "bad", "code": "light-bad"},
    ]
    second = [{"check": "light", "verdict": "good", "code": "light-good"}]
    assert [record["findings"] for record in film.records] == [first, second]


def test_nothing_of_what_people_do() -> None:
    """That somebody leaves the picture, and that nobody has spoken yet, is not in it."""
    film = Film()
    said = (Finding("leaving", Verdict.ATTENTION, "leaving-edge"), Finding("snr", Verdict.UNKNOWN, "speech-unheard"))
    film.status.found = lambda: Found(said, "eyes")
    film.clock.now_ns += SECOND_NS
    film.track.tick("recording", film.clock.now_ns)
    assert film.records == []


def test_only_while_filming() -> None:
    """Before, after and between nothing is written."""
    film = Film()
    for state in ("idle", "arming", "paused", "stopping", "closed"):
        film.tick(state, light=Verdict.BAD)
    assert film.records == []


def test_what_is_silent_becomes_unknown() -> None:
    """A check that is not said any more cannot be told, in the track as well; what was never told is no news."""
    film = Film()
    film.tick(light=Verdict.GOOD)
    film.tick()
    film.tick()
    assert [record["findings"][0]["verdict"] for record in film.records] == ["good", "unknown"]
    assert film.view.quality["light"].code == LOOKING


@given(looks, st.lists(st.floats(0.05, 3), min_size=30, max_size=30))
def test_at_most_one_record_a_second(said: list[dict[str, Verdict]], waits: list[float]) -> None:
    """However fast the findings change, no two records are less than a second apart, none is empty, and the last state
    is told in the end."""
    film = Film()
    for verdicts, wait in zip(said, waits, strict=False):
        film.tick("recording", wait, **verdicts)
    film.tick("recording", 1.0, **(said[-1] if said else {}))
    times = [record["t_ns"] for record in film.records]
    assert all(later - sooner >= SECOND_NS for sooner, later in pairwise(times))
    assert all(record["findings"] for record in film.records)
    for check, verdict in (said[-1] if said else {}).items():
        assert film.view.quality[check].verdict == verdict


def test_it_is_read_back() -> None:
    """A replay knows the last of each check and every change; a further run begins without knowing anything."""
    film = Film()
    film.tick(light=Verdict.BAD, faces=Verdict.GOOD)
    film.tick(light=Verdict.GOOD, faces=Verdict.GOOD)
    view = replay(film.records)
    assert (view.quality, view.quality_track) == (film.view.quality, film.view.quality_track)
    assert [(change.check, change.verdict) for change in view.quality_track] == [
        ("light", "bad"),
        ("faces", "good"),
        ("light", "good"),
    ]
    film.record("run", run=2)
    assert film.view.quality == {}
    assert len(film.view.quality_track) == 3


def test_a_damaged_record_does_nothing() -> None:
    """What cannot be meant is not read."""
    odd: list[Any] = [None, 5, {}, [None], [5], [{"verdict": "good"}]]
    view = replay({"kind": "finding", "seq": seq, "t_ns": 1, "findings": each} for seq, each in enumerate(odd, 1))
    assert (view.quality, view.quality_track) == ({}, [])
