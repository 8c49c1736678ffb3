"""The description of a session."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.archive.tiny import Tiny, damage
from vig_capture.archive.show import as_text, clock_text, describe

Make = Callable[..., Tiny]
SECOND_NS = 1_000_000_000


def test_a_closed_session_is_described_as_it_was_journalled(session: Make) -> None:
    """Every field that `show --json` promises is there with the journalled value, and it is JSON."""
    told = json.loads(json.dumps(describe(session().folder)))
    assert (told["state"], told["closed"], told["reason"]) == ("closed", True, "stopped by the guider")
    assert told["streams"][0] == {"id": "cam1", "kind": "video", "source": "Kamera"}
    film, sound = told["segments"]
    assert (film["stream"], film["file"], film["open"]) == ("cam1", "film/cam1-0001.mp4", False)
    assert (film["start_ns"], film["end_ns"], film["frames"]) == (0, 2 * SECOND_NS, 60)
    assert (len(film["sha256"]), sound["samples"]) == (64, 48_000)
    assert [(gap["start_ns"], gap["end_ns"], gap["lost"], gap["cause"]) for gap in told["gaps"]] == [
        (SECOND_NS, 2 * SECOND_NS, 30, "unplugged")
    ]
    first, second = told["markers"]
    promised = {"id", "key", "label", "who", "t_ns", "utc", "star", "goal", "note", "private", "extended_ns"}
    assert promised <= set(first)
    assert (first["star"], second["private"], second["who"]) == (True, True, "other")
    assert told["clock"][0]["streams"]["cam1"]["captured"] == 60
    assert told["holes"] == []


def test_an_open_segment_has_the_frames_of_its_file(session: Make) -> None:
    """Of a killed recording the open segments say what is in their files and where they end."""
    told = describe(session(False).folder)
    film, sound = told["segments"][2:]
    assert film["open"]
    assert sound["open"]
    assert 60 <= film["frames"] <= 80
    assert 0 <= film["end_ns"] - 2 * SECOND_NS - film["frames"] * SECOND_NS // 30 < SECOND_NS // 10
    assert 70_000 < sound["samples"] <= 80_000


def test_an_open_segment_without_its_file_ends_nowhere(session: Make) -> None:
    """Where the file of an open segment is missing, no end is invented."""
    tiny = session(False)
    (tiny.folder / "film/cam1-0002.mp4").unlink()
    film = describe(tiny.folder)["segments"][2]
    assert (film["frames"], film["end_ns"], film["open"]) == (0, None, True)


def test_the_text_names_what_matters(session: Make) -> None:
    """The plain text has the state, the files, the loss, the markers and a damaged journal."""
    tiny = session()
    damage(tiny.folder / "journal.msgpack", 1 / 3)
    text = as_text(describe(tiny.folder))
    for expected in (
        "closed (stopped by the guider)",
        "film/cam1-0001.mp4",
        "30 lost: unplugged",
        "damaged (from byte",
    ):
        assert expected in text
    assert "Initiative" in as_text(describe(session(False).folder))


def test_session_time_for_people() -> None:
    """Hours show only where there are some."""
    assert [clock_text(value) for value in (0, 247 * SECOND_NS, 3753 * SECOND_NS, None)] == [
        "0:00",
        "4:07",
        "1:02:33",
        "?",
    ]
