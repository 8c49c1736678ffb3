"""The description of a session."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

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


def test_what_was_said_of_the_film_is_shown(tmp_path: Path) -> None:
    """The sheet, the latest end, stretches and what is left out stand in the map and in the text."""
    tiny = Tiny(tmp_path / "s")
    tiny.say("session", id="7f3a", created_utc="2026-11-22T09:40:00Z", previous="", vocabulary={})
    tiny.say("limit", latest_end_ns=1800 * SECOND_NS)
    tiny.say("sheet", id="h1", fields={"place": "home", "goals": ["calm", "play"]})
    tiny.say("sheet", id="h2", fields={"place": "school", "purposes": {"training": False}})
    tiny.say("limit", id="h3", latest_end_ns=2400 * SECOND_NS)
    for name, start_ns in (("m1", 10 * SECOND_NS), ("m2", 70 * SECOND_NS)):
        tiny.say("marker", start_ns, id=name, key="-", label="Stretch", who="self", utc="u", open=True)
    tiny.say("edit", 65 * SECOND_NS, id="e1", of="m1", fields={"until_ns": 65 * SECOND_NS})
    tiny.say("leave_out", id="l1", start_ns=20 * SECOND_NS, end_ns=30 * SECOND_NS)
    tiny.say("leave_out", id="l2", start_ns=0, end_ns=SECOND_NS)
    tiny.say("undo", id="u1", of="l2")
    tiny.write()
    told = json.loads(json.dumps(describe(tiny.folder)))
    assert told["sheet"] == {"place": "school", "goals": ["calm", "play"], "purposes": {"training": False}}
    assert told["latest_end_ns"] == 2400 * SECOND_NS
    assert told["left_out"] == [{"id": "l1", "start_ns": 20 * SECOND_NS, "end_ns": 30 * SECOND_NS}]
    stretches = [(item["t_ns"], item["until_ns"], item["open"]) for item in told["markers"]]
    assert stretches == [(10 * SECOND_NS, 65 * SECOND_NS, False), (70 * SECOND_NS, None, True)]
    lines = as_text(told).splitlines()
    for line in (
        "Latest end 40:00",
        "  place: school",
        "  goals: calm, play",
        "  purposes: training: no",
        "  0:10 to 1:05  Stretch",
        "  1:10 to the end (not closed)  Stretch",
    ):
        assert line in lines
    assert lines[lines.index("Left out") + 1 :] == ["  0:20 to 0:30"]


def test_session_time_for_people() -> None:
    """Hours show only where there are some."""
    assert [clock_text(value) for value in (0, 247 * SECOND_NS, 3753 * SECOND_NS, None)] == [
        "0:00",
        "4:07",
        "1:02:33",
        "?",
    ]


def test_stills_are_listed(session: Make) -> None:
    """A still picture is told with its file and its moment, to programs and to people."""
    tiny = session()
    tiny.say("still", 65 * SECOND_NS, id="p1", stream="cam1", file="stills/0001.jpg", sha256="ab", size_bytes=7)
    tiny.write()
    told = describe(tiny.folder)
    assert told["stills"] == [
        {
            "id": "p1",
            "stream": "cam1",
            "file": "stills/0001.jpg",
            "t_ns": 65 * SECOND_NS,
            "sha256": "ab",
            "size_bytes": 7,
        }
    ]
    assert "1:05  stills/0001.jpg" in as_text(told)
    assert told["unknown"] == []
