"""After `erase` nothing of a session is left on the computer: neither in its folder nor in any other place of ours."""

from __future__ import annotations

import builtins
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.archive.conftest import media, session  # noqa: F401 - fixtures
from tests.archive.tiny import Tiny
from vig_capture.archive.access import LOG
from vig_capture.archive.erase import NOTES
from vig_capture.archive.made import add
from vig_capture.archive.reader import read_session
from vig_capture.cli import FAULT, earlier, erasing, kept
from vig_capture.cli.app import carry_out
from vig_capture.core.consent import Made
from vig_capture.core.sheet import Consent, Goal, Person, Sheet
from vig_capture.devices.settings_files import data_folder, runtime_folder

Make = Callable[..., Tiny]
WORDS = ("UNDERSTOREY", "QUICKSAND", "MARZIPAN", "HOLLYHOCK", "TAMARISK", "KINGFISHER")
"""Of the note, the private note, the goal, the helping question, the initials, and what was being typed."""
CHUNK = 64
VARIED = 48
"""So many different bytes tell a piece of a film or of sound from any other."""


def pieces(folder: Path) -> dict[Path, bytes]:
    """From the middle of each file of film, sound and stills, some bytes that stand nowhere else."""
    found = {}
    for path in (each for each in folder.rglob("*") if each.suffix in (".mp4", ".m4a", ".flac", ".jpg")):
        data = path.read_bytes()
        starts = range(len(data) // 2, len(data) - CHUNK, CHUNK)
        varied = (data[at : at + CHUNK] for at in starts if len(set(data[at : at + CHUNK])) >= VARIED)
        if piece := next(varied, b""):
            found[path] = piece
    return found


def places_of(what: bytes, *roots: Path) -> list[Path]:
    """The files in these folders that hold it."""
    return [path for root in roots for path in root.rglob("*") if path.is_file() and what in path.read_bytes()]


class Home:
    """A guider's computer: a home, and folders for films, settings, data, caches and temporary files."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.folder = place.folder / "home"
        names = {"HOME": "", "XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"}
        names |= {"XDG_STATE_HOME": "state", "TMPDIR": "tmp"}
        self.env = {name: str(self.folder / part) for name, part in names.items()}
        for path in self.env.values():
            Path(path).mkdir(parents=True, exist_ok=True)

    def run(self, *arguments: object, codes: tuple[int, ...] = (0,)) -> Any:
        """The JSON that a command prints."""
        import harness

        done = harness.Tool(self.place, *map(str, arguments), "--json", env=self.env).done()
        assert done.code in codes, done.err
        return done.json()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    if sys.platform != "linux":
        pytest.skip("the fault runs ask /proc which process lives")
    import harness

    place = harness.Place("erased")
    made = Home(place)
    for name, path in {**made.env, "XDG_RUNTIME_DIR": str(place.runtime_root)}.items():
        monkeypatch.setenv(name, path)
    yield made
    place.remove()


def film(home: Home, kill: bool) -> Path:
    """Film with the demo's devices: a sheet, a moment with notes, a still, a check that is kept; stopped or killed."""
    import harness

    from vig_capture.devices.clock import mono_ns
    from vig_capture.engine.client import Client

    note, private, goal, question, initials, _ = WORDS
    sheet = Sheet(helping_question=question, goals=(Goal("g1", goal),), people=(Person("mother", initials),))
    sheet = sheet.consent("review", Consent("yes", "mother", "2026-11-22"))
    wishes = ["--demo", "--size", "320x180", "--rate", "15", "--segment-seconds", "2"]
    recording = harness.Recording(home.place, wishes, env=home.env)
    try:
        running = recording.wait_running()
        client = Client(running)
        client.listen(lambda _message: None)
        client.ask("sheet", fields=sheet.as_fields())
        marked = client.ask("mark", key="a", note=note, mono_ns=mono_ns())
        client.ask("edit", of=marked["marker"]["id"], fields={"private_note": private})
        client.ask("still")
        home.run("check", "--keep", "--for", 1, codes=(0, 1, 3))
        harness.wait_for(lambda: len(harness.film_files(running.folder)) > 1, 20, "no second file")
        if kill:
            recording.kill(running)
        else:
            recording.stop()
        return Path(running.folder)
    finally:
        recording.clean_up()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_nothing_is_left(home: Home, kill: bool) -> None:
    """No piece of film, sound or stills and no word of it in any file of a whole home, of the runtime folder or of that
    for temporary files; the note of its deletion is there, and what was put elsewhere was named."""
    folder, outside = film(home, kill), home.folder / "elsewhere"
    everywhere = (home.folder, home.place.folder, home.place.runtime_root)
    made = [home.run("clips", folder, "--preset", "micro", "--exact", "--sheet"), home.run("film", folder)]
    made += [home.run("export", folder, "--to", form, "--private") for form in ("csv", "losslesscut", "grid")]
    told = home.run("export", folder, "--to", "boris-film", "--out", outside / "a.boris")
    (folder / "handoff" / ".looking").mkdir()
    shutil.copy(told["film"], folder / "handoff" / ".looking" / "m1.mp4")
    left_behind(folder)
    of = pieces(folder)
    assert {path.suffix for path in of} == {".mp4", ".flac", ".jpg"}
    assert {path.parent.name for path in of} == {"film", "sound", "stills", "handoff", ".looking", "clips"}
    searched = [*(word.encode() for word in WORDS), *of.values()]
    assert all(places_of(what, *everywhere) for what in searched), "they can be found"
    kept_pictures = list((data_folder() / "checks").glob("*.jpg"))
    assert kept_pictures, "and a picture was kept of it"
    gone = home.run("erase", folder, "--yes")
    assert not folder.exists()
    stays = {outside / "a.boris", outside / "a.boris.times.csv", Path(told["film"])}
    assert {Path(each) for each in gone["elsewhere"]} == stays
    found = {path for what in searched for path in places_of(what, *everywhere)}
    assert found <= stays, found - stays
    assert not any(path.exists() for path in kept_pictures)
    (note,) = (folder.parent / NOTES).read_text().splitlines()
    assert (json.loads(note)["session"], json.loads(note)["files"]) == (folder.name, gone["files"])
    assert json.loads((data_folder() / LOG).read_text().splitlines()[-1])["what"] == "erase"
    assert [each["what"] for each in made if "what" in each] == []


def left_behind(folder: Path) -> None:
    """What screens and commands leave that were killed or failed."""
    kept.keep({"folder": str(folder), "note": {"of": "", "text": WORDS[-1]}})
    (runtime_folder() / kept.SCREEN_LOG).write_text(f"Traceback … {WORDS[0]}")
    (runtime_folder() / "recorder.log").write_text(f"! {WORDS[0]}")
    (Path(os.environ["TMPDIR"]) / f"{FAULT}abc.txt").write_text(f"Traceback … {WORDS[0]}")


# Before it is asked --------------------------------------------------------------------------------------------------


@pytest.fixture
def two(session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:  # noqa: F811
    """A session, a file made of it elsewhere, and the session in which its film went on on a second disk."""
    for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / name))
    tiny, outside, second = session(), tmp_path / "out.boris", Tiny(tmp_path / "disk" / "closed-b")
    outside.write_text("made")
    tiny.records[0]["settings"] = {"fallback_folder": str(second.folder.parent)}
    tiny.write()
    add(tiny.folder, Made("review", "export boris", "u", (str(outside), str(tmp_path / "gone.boris")), 2))
    second.say("session", id="closed-b", created_utc="2026-11-22T09:40:00Z", previous=tiny.folder.name)
    second.say("closed", 5)
    second.write()
    return tiny.folder, outside, second.folder


def test_what_stays_is_told_before_the_question(
    two: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was made elsewhere and is there, and the other part of the film: erasing this one leaves both."""
    folder, outside, second = two
    asked: list[str] = []

    def answer(_prompt: str = "") -> str:
        asked.append(capsys.readouterr().out)
        return ""

    monkeypatch.setattr(earlier, "can_answer", lambda: True)
    monkeypatch.setattr(builtins, "input", answer)
    assert carry_out(["erase", str(folder)]) == 1
    assert str(outside) in asked[0]
    assert str(second) in asked[0]
    assert "gone.boris" not in asked[0]
    assert folder.exists()
    assert erasing.elsewhere(second) == ()
    moved = second.rename(folder.parent / second.name)
    assert erasing.elsewhere(moved) == (str(folder),)
    capsys.readouterr()
    assert carry_out(["sessions", str(folder.parent), "--json"]) == 0
    listed = {each["folder"]: each["elsewhere"] for each in json.loads(capsys.readouterr().out)}
    assert listed[str(folder)] == [str(outside)]


def test_the_log_of_a_running_film_stays(two: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another film's recorder writes into it."""
    runtime_folder()
    log = runtime_folder() / "recorder.log"
    log.write_text("of another film")
    monkeypatch.setattr(erasing, "find", lambda _runtime: object())
    erasing.erase(two[0])
    assert log.exists()
    assert not two[0].exists()
    assert read_session(two[2]).view.closed
