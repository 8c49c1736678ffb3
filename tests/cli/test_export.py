"""`export` and `import` on real sessions: what is written and refused, and that what was edited comes back."""

from __future__ import annotations

import csv
import io
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.archive.conftest import media, session  # noqa: F401 - fixtures
from tests.archive.tiny import Tiny, sound_film
from tests.handoff.made_up import known
from tests.media.known import pictures_of
from vig_capture.archive.access import LOG
from vig_capture.archive.reader import journal_files, read_session
from vig_capture.cli.app import carry_out
from vig_capture.cli.handing import hand, people
from vig_capture.core.errors import StorageError
from vig_capture.core.replay import SessionView
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.settings_files import data_folder
from vig_capture.handoff.handed import knows_film_only
from vig_capture.handoff.registry import BUILT_IN

Make = Callable[..., Tiny]
YES = {"answer": "yes", "by": "mother", "when": "2026-11-22"}
LINKING = ("boris-film", "elan", "losslesscut", "otio", "otio-clips")
"""Formats whose file names the whole film. BORIS's own project names the film's files."""
FILM_TIME = {*LINKING, "audacity", "boris", "chapters", "edl", "grid", "grid-csv", "textgrid", "webvtt"}
"""Formats that have no session time."""


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runtime, data and settings folders of its own."""
    for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / name))


def agreed(tiny: Tiny, *purposes: str, **sheet: Any) -> Path:
    """The session with a yes to these purposes."""
    fields = sheet | {"purposes": dict.fromkeys(purposes or ("review",), YES)}
    tiny.say("sheet", tiny.records[-1]["t_ns"], id="sheet-1", fields=fields)
    tiny.write()
    return tiny.folder


def leave(tiny: Tiny, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Only these records, numbered anew."""
    kept = [each for each in tiny.records if wanted(each)]
    tiny.records = [each | {"seq": number} for number, each in enumerate(kept, 1)]


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    """The JSON that a command prints."""
    assert carry_out([*map(str, arguments), "--json"]) == code
    out = capsys.readouterr().out
    return json.loads(out) if out else None


# Export ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", sorted(BUILT_IN))
def test_every_format_is_written(session: Make, capsys: pytest.CaptureFixture[str], form: str) -> None:  # noqa: F811
    """Into the hand-off folder, private, with the table of times beside it; noted in the session and the access log.
    The whole film is there where the file points to it, and only there."""
    exporter, folder = known(form), agreed(session())
    told = run(capsys, "export", folder, "--to", form)
    file, times = Path(told["file"]), Path(told["times"])
    films = ["film.mp4"] if form in LINKING else []
    assert (file.parent, file.name) == (folder / "handoff", f"7f3a-{form}{exporter.suffix}")
    assert sorted(path.name for path in file.parent.iterdir()) == sorted([file.name, times.name, *films])
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    assert told["film"] == (str(file.parent / "film.mp4") if films else None)
    assert (b"film.mp4" in file.read_bytes()) == (bool(films) or form in ("jsonl", "parquet"))
    assert told["warnings"] == []
    assert b"Initiative" in file.read_bytes()
    assert b"Blick" not in file.read_bytes(), "it is private"
    assert told["time_base"] == exporter.time_base
    made = {each.what: each for each in read_session(folder).view.made}
    assert made.pop("whole film").files == ("film.mp4",) if films else "whole film" not in made
    assert {what: (each.purpose, each.files) for what, each in made.items()} == {
        f"export {form}": ("review", (file.name, times.name))
    }
    log = json.loads((data_folder() / LOG).read_text().splitlines()[-1])
    assert (log["what"], log["format"], log["session"]) == ("export", form, "7f3a")


def test_several_sessions_make_one_data_set(session: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """A file for each, in a folder that names it; only as Parquet, and none where one may not."""
    parquet = pytest.importorskip("pyarrow.parquet")
    first, second, out = agreed(session()), session(False), tmp_path / "set"
    second.records[0]["id"] = "8a3f"
    agreed(second, "training")
    both = ("export", first, second.folder)
    run(capsys, *both, "--to", "csv", "--out", out, code=2)
    run(capsys, *both, "--to", "parquet", code=2)
    run(capsys, *both, "--to", "parquet", "--out", out, code=2)
    run(capsys, "export", first, first, "--to", "parquet", "--out", out, code=2)
    assert not out.exists()
    agreed(second, "review", "training")
    told = run(capsys, *both, "--to", "parquet", "--out", out)
    files = [out / "session=7f3a" / "moments.parquet", out / "session=8a3f" / "moments.parquet"]
    assert [Path(each["file"]) for each in told] == files
    assert sorted(path for path in out.rglob("*") if path.is_file()) == files
    assert parquet.read_table(out)["session"].to_pylist() == ["7f3a", "8a3f"]
    assert [made.what for made in read_session(first).view.made] == ["export parquet"]
    run(capsys, *both, "--to", "parquet", "--out", out, code=2)
    run(capsys, *both, "--to", "parquet", "--out", out, "--replace")


def test_boris_finds_the_films_files(session: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """From wherever the project lies."""
    folder = agreed(session())
    for extra in ((), ("--out", tmp_path / "a.boris")):
        file = Path(run(capsys, "export", folder, "--to", "boris", *extra)["file"])
        (observation,) = json.loads(file.read_text())["observations"].values()
        assert [(file.parent / path).resolve() for path in observation["file"]["1"]] == [
            (folder / "film/cam1-0001.mp4").resolve()
        ]


def test_no_yes_no_file(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Without a yes to the very purpose nothing is written, and it is said whose is missing."""
    folder = agreed(session(), "review", "family_copy")
    for purpose, extra in (("research", []), ("resarch", []), ("family_copy", ["--private"])):
        told = run(capsys, "export", folder, "--to", "csv", "--for", purpose, *extra, code=2)
        assert told is None or told["what"]
    assert not (folder / "handoff").exists()
    run(capsys, "export", folder, "--to", "csv", "--for", "family_copy")
    assert len(list((folder / "handoff").iterdir())) == 2


def test_private_moments_are_asked_for_by_name(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Then they are in it, with private notes."""
    tiny = session()
    tiny.say("edit", 3 * SECOND_NS, id="e1", of="m1", fields={"private_note": "only mine"})
    folder = agreed(tiny)
    plain = Path(run(capsys, "export", folder, "--to", "csv")["file"]).read_text()
    asked = Path(run(capsys, "export", folder, "--to", "csv", "--private", "--replace")["file"]).read_text()
    assert ("only mine" in plain, "Blick" in plain) == (False, False)
    assert ("only mine" in asked, "Blick" in asked) == (True, True)


def test_what_is_there_is_kept(session: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Without --replace nothing is written over, neither the file nor its table; --out may be a folder."""
    folder = agreed(session())
    target = tmp_path / "mine.csv"
    target.write_text("precious")
    run(capsys, "export", folder, "--to", "csv", "--out", target, code=2)
    assert target.read_text() == "precious"
    assert read_session(folder).view.made == []
    run(capsys, "export", folder, "--to", "csv", "--out", target, "--replace")
    assert target.read_text() != "precious"
    (tmp_path / "to").mkdir()
    told = run(capsys, "export", folder, "--to", "webvtt", "--out", tmp_path / "to")
    assert Path(told["file"]) == tmp_path / "to" / "7f3a-webvtt.vtt"


def test_an_unknown_format_is_a_near_miss(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """And no format at all lists them."""
    folder = agreed(session())
    assert carry_out(["export", str(folder), "--to", "webvt"]) == 2
    assert "Did you mean webvtt?" in capsys.readouterr().err
    assert carry_out(["export", str(folder)]) == 2
    assert "audacity" in capsys.readouterr().err


# The whole film beside it ----------------------------------------------------------------------------------------


def test_the_film_beside_it_is_made_once(session: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """A second format finds the one that is there; in another folder it bears the session's name, as other sessions'
    films may lie there. `vig-capture film` makes the same one."""
    folder, out = agreed(session()), tmp_path / "out"
    run(capsys, "export", folder, "--to", "losslesscut")
    film = folder / "handoff" / "film.mp4"
    assert len(pictures_of(film)) == 60
    before_ns = film.stat().st_mtime_ns
    assert run(capsys, "export", folder, "--to", "boris-film")["film"] == str(film)
    assert film.stat().st_mtime_ns == before_ns
    out.mkdir()
    told = run(capsys, "export", folder, "--to", "losslesscut", "--out", out)
    assert told["film"] == str(out / "7f3a-film.mp4")
    assert json.loads(Path(told["file"]).read_text())["mediaFileName"] == "7f3a-film.mp4"
    assert run(capsys, "import", folder, told["file"])["notes"] == []
    assert run(capsys, "film", folder, "--out", out, "--replace")["file"] == told["film"]


def test_a_film_that_is_not_right_any_more(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Once a part is left out, no file is written that points to a film which shows it, unless that is made anew."""
    folder = agreed(session())
    film = Path(run(capsys, "export", folder, "--to", "losslesscut")["film"])
    records = read_session(folder).records
    left_out = {"v": 1, "kind": "leave_out", "seq": records[-1]["seq"] + 1, "t_ns": records[-1]["t_ns"], "id": "l1"}
    Tiny(folder).write("journal.9.msgpack", [left_out | {"start_ns": 0, "end_ns": SECOND_NS // 2}])
    assert carry_out(["export", str(folder), "--to", "boris"]) == 2
    assert "film.mp4 is there already" in capsys.readouterr().err
    assert not (folder / "handoff" / "7f3a-boris.boris").exists()
    told = run(capsys, "export", folder, "--to", "boris", "--no-film")
    assert "film.mp4 is not the film of this session as it is now" in told["warnings"][0]
    assert len(pictures_of(film)) == 60
    told = run(capsys, "export", folder, "--to", "boris", "--replace")
    assert (told["film"], told["warnings"]) == (str(film), [])
    assert len(pictures_of(film)) == 45


def test_a_film_with_a_moment_that_is_private_by_now(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Is not right any more, for its chapters name it; a moment that came later makes no other film necessary."""
    folder = agreed(session())
    film = Path(run(capsys, "export", folder, "--to", "losslesscut")["film"])
    last = read_session(folder).records[-1]
    new = {"id": "m9", "key": "a", "label": "Later", "who": "self", "utc": "u", "private": False, "note": ""}
    added = last | {"kind": "marker", "seq": last["seq"] + 1, "t_ns": SECOND_NS // 2} | new
    Tiny(folder).write("journal.8.msgpack", [added])
    before_ns = film.stat().st_mtime_ns
    assert b"Later" in Path(run(capsys, "export", folder, "--to", "otio-clips")["file"]).read_bytes()
    assert film.stat().st_mtime_ns == before_ns
    edit = {"v": 1, "kind": "edit", "seq": last["seq"] + 2, "t_ns": last["t_ns"], "id": "e9", "of": "m1"}
    Tiny(folder).write("journal.9.msgpack", [edit | {"fields": {"private": True}}])
    assert b"Initiative" in film.read_bytes()
    run(capsys, "export", folder, "--to", "boris-film", code=2)
    run(capsys, "export", folder, "--to", "boris-film", "--replace")
    assert b"Initiative" not in film.read_bytes()


def test_without_the_film(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Quickly: the file points to where the film will be, and it is said how it is made."""
    folder = agreed(session())
    told = run(capsys, "export", folder, "--to", "losslesscut", "--no-film")
    assert not Path(told["film"]).exists()
    assert f"vig-capture film {folder}" in told["warnings"][0]
    assert run(capsys, "film", folder)["file"] == told["film"]
    assert run(capsys, "export", folder, "--to", "boris-film", "--no-film")["warnings"] == []


@pytest.mark.parametrize("trouble", ["unreadable", "full"])
def test_a_film_that_cannot_be_made_costs_only_itself(
    session: Make,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    """The export is there, and says in plain words that the film is not, and why."""
    folder = agreed(session())
    file = folder / "film" / "cam1-0001.mp4"
    if trouble == "unreadable":
        file.write_bytes(b"x" * file.stat().st_size)
    else:

        def full(*_: object, **__: object) -> None:
            raise StorageError("The disk is full.", "No space left on device.", "Make room.")

        monkeypatch.setattr("vig_capture.cli.whole.join", full)
    told = run(capsys, "export", folder, "--to", "losslesscut")
    assert [path.name for path in (folder / "handoff").iterdir() if "film" in path.name] == []
    assert b"Initiative" in Path(told["file"]).read_bytes()
    why = {"unreadable": "cannot be read", "full": "No space left"}[trouble]
    assert any("The whole film was not made." in each and why in each for each in told["warnings"])
    assert [each.what for each in read_session(folder).view.made] == ["export losslesscut"]


def test_a_film_of_sound_alone(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Has another name, the same wherever it is made."""
    tiny = session()
    data = sound_film(tiny.folder.parent / "a.m4a")
    leave(tiny, lambda each: not str(each.get("file")).startswith("film/"))
    tiny.open("cam1", "film/cam1-0001.m4a", data, 0)
    tiny.close("film/cam1-0001.m4a", 2 * SECOND_NS, samples=96_000)
    folder = agreed(tiny)
    told = run(capsys, "export", folder, "--to", "losslesscut")
    assert (Path(told["film"]).name, "There is sound, but no picture." in told["lacks"]) == ("film.m4a", True)
    assert run(capsys, "film", folder, "--replace")["file"] == told["film"]


@pytest.mark.parametrize("form", sorted(BUILT_IN))
def test_a_session_of_which_nothing_was_filmed(
    session: Make,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    form: str,
) -> None:
    """Its moments are in every format, with the times of the session and without a film to point to; that is said."""
    exporter, tiny = known(form), session()
    leave(tiny, lambda each: each["kind"] != "segment")
    folder = agreed(tiny)
    told = run(capsys, "export", folder, "--to", form)
    data = Path(told["file"]).read_bytes()
    assert (b"Initiative" in data, b"film.m" in data) == (True, False)
    assert (told["film"], told["times"], told["warnings"]) == (None, None, [])
    assert [path.name for path in (folder / "handoff").iterdir()] == [Path(told["file"]).name]
    assert any("There is no film" in each for each in told["lacks"])
    assert knows_film_only(exporter) == (form in FILM_TIME) == ("beginning of the session" in told["time_base"])
    if form == "boris":
        (observation,) = json.loads(data)["observations"].values()
        assert (observation["type"], observation["file"]) == ("LIVE", {})
        assert [(event[0], len(event)) for event in observation["events"]] == [(1.0, 5)]
    if form in ("csv", "losslesscut"):
        assert run(capsys, "import", folder, told["file"], "--dry-run")["conflicts"] == []


# Plug-ins --------------------------------------------------------------------------------------------------------


PLUGIN = """
class Plain:
    name, suffix, time_base, losses = "plain", ".txt", "Times are lies.", ()

    def write(self, handed, sink):
        sink.write(b"".join(each.marker.label.encode() for each in handed.moments()))

class Linked(Plain):
    link = "film"

class Failing(Plain):
    def write(self, handed, sink):
        sink.write(b"half")
        raise ZeroDivisionError("oh")

class Lacking:
    name = "lacking"

class Refusing:
    def __init__(self):
        raise RuntimeError("never")
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Formats of a package that is installed for the length of a test."""
    info = tmp_path / "formats-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: formats\nVersion: 1\n")
    kinds = ("Plain", "Linked", "Failing", "Lacking", "Refusing", "Gone")
    points = [f"{kind} = formats_of_a_plugin:{kind}" for kind in kinds]
    points += ["csv = formats_of_a_plugin:Plain", "llc = formats_of_a_plugin:Plain", "nowhere = no_such_module:Plain"]
    (info / "entry_points.txt").write_text("\n".join(["[vig_capture.exporters]", *points]))
    (tmp_path / "formats_of_a_plugin.py").write_text(PLUGIN)
    monkeypatch.delitem(sys.modules, "formats_of_a_plugin", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("installed")
def test_plug_ins_are_listed(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """With no format named, in the help and as a near miss, without being imported; a built-in name always wins."""
    folder = agreed(session())
    assert carry_out(["export", str(folder)]) == 2
    assert "otio-clips, parquet, plain, refusing" in capsys.readouterr().err
    assert carry_out(["export", str(folder), "--to", "xyzzy"]) == 2
    assert "plain" in capsys.readouterr().err
    assert carry_out(["export", str(folder), "--to", "plaim"]) == 2
    assert "Did you mean plain?" in capsys.readouterr().err
    carry_out(["export", "--help"])
    assert "plain, refusing" in " ".join(capsys.readouterr().out.split())
    assert "formats_of_a_plugin" not in sys.modules
    told = run(capsys, "export", folder, "--to", "llc")
    assert told["format"] == "losslesscut"
    assert "id" in Path(run(capsys, "export", folder, "--to", "CSV")["file"]).read_text()


@pytest.mark.usefixtures("installed")
def test_a_plug_in_writes(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Under any spelling of its name; the film is made where it points to that."""
    folder = agreed(session())
    told = run(capsys, "export", folder, "--to", "PLAIN")
    assert Path(told["file"]).read_text() == "Initiative"
    assert told["film"] is None
    assert Path(run(capsys, "export", folder, "--to", "linked", "--replace")["film"]).exists()


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["failing", "lacking", "refusing", "gone", "nowhere"])
def test_a_plug_in_that_fails_harms_nothing(session: Make, capsys: pytest.CaptureFixture[str], name: str) -> None:  # noqa: F811
    """It is said in plain words, and nothing is written."""
    folder = agreed(session())
    told = run(capsys, "export", folder, "--to", name, code=1)
    assert told["error"] == "PluginError"
    assert name in told["what"].lower() or "plain" in told["what"]
    assert not (folder / "handoff").exists() or not any((folder / "handoff").iterdir())
    assert not read_session(folder).view.made


def test_a_killed_session_gives_what_it_has(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """The film that was never closed counts as far as it goes, and what is lacking is said."""
    tiny = session(False)
    tiny.say("marker", 4 * SECOND_NS, id="m3", key="a", label="In the open file", who="self", utc="u", note="")
    tiny.say("marker", 14 * SECOND_NS, id="m4", key="a", label="After its end", who="self", utc="u", note="")
    folder = agreed(tiny)
    told = run(capsys, "export", folder, "--to", "csv")
    rows = list(csv.DictReader(io.StringIO(Path(told["file"]).read_text(), newline="")))
    assert [(row["id"], bool(row["film_press_s"])) for row in rows] == [("m1", True), ("m3", True), ("m4", False)]
    lacks = "\n".join(told["lacks"])
    assert "Nobody closed this session" in lacks
    assert "film/cam1-0002.mp4 was never closed; the last" in lacks
    assert [each.what for each in read_session(folder).view.made] == ["export csv"]
    (folder / "film/cam1-0001.mp4").unlink()
    journal = folder / "journal.msgpack"
    data = bytearray(journal.read_bytes())
    data[data.index(b"Blick")] ^= 1
    journal.write_bytes(bytes(data))
    lacks = "\n".join(hand(read_session(folder)).lacks)
    assert "film/cam1-0001.mp4 is missing" in lacks
    assert "hole in journal.msgpack" in lacks


# What is handed --------------------------------------------------------------------------------------------------


def test_who_is_who() -> None:
    """By the roles of the sheet and whom the vocabulary's Shift means; initials only where there is no role."""

    def told(other: str, *persons: tuple[str, str]) -> tuple[str, str]:
        sheet = {"people": [{"role": role, "initials": initials} for role, initials in persons]}
        return people(SessionView(vocabulary={"other": other}, sheet=sheet))

    assert told("child", ("mother", "M.K."), ("child", "T")) == ("mother", "child")
    assert told("child", ("younger child", "T"), ("father", "")) == ("father", "child")
    assert told("child", ("", "M.K.")) == ("M.K.", "child")
    assert told("child") == ("watched person", "child")
    assert told("") == ("watched person", "other person")
    assert told("Mother", ("mother", "")) == ("watched person", "Mother")


def test_what_may_leave(session: Make) -> None:  # noqa: F811
    """Moments in a part that is left out are in nothing; family, goal and person have their words."""
    tiny = session()
    keys = [{"key": "a", "family": "being attentive"}]
    tiny.records[0]["vocabulary"] |= {"keys": keys, "other": "child"}
    tiny.say("marker", SECOND_NS // 2, id="m3", key="a", label="Left out", who="self", utc="u", note="")
    tiny.say("goal", 3 * SECOND_NS, id="x1", of="m1", goal="g1")
    tiny.say("leave_out", 3 * SECOND_NS, id="x2", start_ns=0, end_ns=SECOND_NS * 3 // 4)
    goals = [{"id": "g1", "label": "Wait", "text": "Wait for her"}]
    read = read_session(agreed(tiny, goals=goals, people=[{"role": "mother", "initials": ""}]))
    found = list(hand(read, private=True).moments())
    assert [each.marker.id for each in found] == ["m1", "m2"]
    first = found[0]
    assert (first.family, first.goal, first.person) == ("being attentive", "Wait", "mother")
    assert (first.film_ns, found[1].person) == (SECOND_NS // 4, "child")
    assert hand(read).segments == (), "a file that holds something left out is nothing to point to"


# Import ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def exported(session: Make, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Path]:  # noqa: F811
    """A session, and its LosslessCut project."""
    tiny = session()
    tiny.say("edit", 3 * SECOND_NS, id="e0", of="m1", fields={"look_back_s": 0.5, "look_ahead_s": 0.5})
    folder = agreed(tiny)
    return folder, Path(run(capsys, "export", folder, "--to", "losslesscut")["file"])


def edited(file: Path, **fields: Any) -> dict[str, Any]:
    project: dict[str, Any] = json.loads(file.read_text())
    project["cutSegments"][0] |= fields
    return project


def test_what_was_edited_comes_back(exported: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    """As records that a reader finds and an undo takes back; a dry run says the same and writes nothing."""
    folder, file = exported
    project = edited(file, start=0.75, end=1.75, name="Waits")
    project["cutSegments"].append({"start": 0.25, "end": 0.5, "name": "", "tags": {"note": "å"}})
    file.write_text(json.dumps(project))
    before = [path.read_bytes() for path in journal_files(folder)]
    dry = run(capsys, "import", folder, file, "--dry-run")
    assert [path.read_bytes() for path in journal_files(folder)] == before
    told = run(capsys, "import", folder, file)
    assert (dry.pop("written"), told.pop("written")) == (False, True)
    assert dry == told
    view = read_session(folder).view
    marker = view.markers["m1"]
    assert (marker.label, marker.t_ns, marker.look_back_s, marker.look_ahead_s) == ("Waits", SECOND_NS, 0.25, 0.75)
    new = view.markers[told["new"][0]["id"]]
    assert (new.label, new.state, new.note, new.t_ns, new.until_ns) == (
        *("Imported", "imported", "å", SECOND_NS // 4, SECOND_NS // 2),
    )
    again = run(capsys, "import", folder, file)
    assert (again["changed"], again["new"], again["conflicts"]) == ([], [], [])


def test_conflicts_are_shown_and_nothing_is_overwritten(
    exported: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """What was changed here meanwhile stays, what is gone stays gone; the rest of the file is taken."""
    folder, file = exported
    project = edited(file, name="Theirs", end=1.25)
    project["cutSegments"].append({"start": 1, "end": 1.5, "name": "x", "tags": {"id": "gone"}})
    file.write_text(json.dumps(project))
    tiny = Tiny(folder, list(read_session(folder).records))
    tiny.say("edit", 5 * SECOND_NS, id="e9", of="m1", fields={"label": "Ours"})
    tiny.write("journal.9.msgpack", tiny.records[-1:])
    told = run(capsys, "import", folder, file, code=1)
    assert len(told["conflicts"]) == 2
    marker = read_session(folder).view.markers["m1"]
    assert (marker.label, marker.look_ahead_s) == ("Ours", 0.25)
    assert carry_out(["import", str(folder), str(file)]) == 1
    assert "Not taken" in capsys.readouterr().out


def test_a_file_that_cannot_be_taken_back(
    exported: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused by name with exit code 2, as is one that is not there."""
    folder, _ = exported
    (tmp_path / "a.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n")
    assert carry_out(["import", str(folder), str(tmp_path / "a.vtt")]) == 2
    assert "WebVTT" in capsys.readouterr().err
    assert carry_out(["import", str(folder), str(tmp_path / "none.llc")]) == 2
    assert carry_out(["import", str(folder), str(tmp_path)]) == 2
