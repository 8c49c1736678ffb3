"""`clips` and `film` at the command line: what is made for which answer, under which names, and what is told."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from tests.archive.conftest import media, session  # noqa: F401 - fixtures
from tests.archive.tiny import Tiny
from tests.media.known import pictures_of
from vig_capture.archive.access import LOG
from vig_capture.archive.reader import read_session
from vig_capture.cli.app import carry_out
from vig_capture.cli.material import Material
from vig_capture.cli.whole import film_beside
from vig_capture.core.consent import STANDINGS
from vig_capture.core.errors import UserError
from vig_capture.core.sheet import PURPOSES
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.settings_files import config_folder, data_folder

Make = Callable[..., Tiny]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runtime, data and settings folders of its own."""
    for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / name))


def agreed(tiny: Tiny, **answers: str) -> Path:
    """The session's folder, with these answers on its sheet."""
    purposes = {name: {"answer": said, "by": "mother", "when": "2026-11-22"} for name, said in answers.items()}
    tiny.say("sheet", tiny.records[-1]["t_ns"], id="sheet", fields={"purposes": purposes})
    tiny.write()
    return tiny.folder


@pytest.fixture
def folder(session: Make) -> Path:  # noqa: F811
    """A session of 2 s with a starred moment and a private one, and a yes to review and to a family copy."""
    return agreed(session(), review="yes", family_copy="yes")


def said(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    """What a command says to a program."""
    assert carry_out([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a command that refuses says."""
    assert carry_out([*map(str, arguments)]) == 2
    return capsys.readouterr().err


def files(folder: Path) -> list[str]:
    """All that was made."""
    handoff = folder / "handoff"
    return sorted(str(path.relative_to(handoff)) for path in handoff.rglob("*") if path.is_file())


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("command", ["clips", "film"])
def test_only_a_recorded_yes_permits(
    session: Make,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    command: str,
    purpose: str,
    standing: str,
) -> None:
    """For every purpose and every answer: without a yes nothing is made, noted or logged, and it says so."""
    answers = {} if standing == "not asked" else {purpose: standing}
    folder = agreed(session(), **answers)
    if standing == "yes":
        told = said(capsys, command, folder, "--for", purpose)
        assert told["purpose"] == purpose
        assert files(folder)
        assert [each.purpose for each in read_session(folder).view.made] == [purpose]
        return
    assert "yes" in refused(capsys, command, folder, "--for", purpose)
    assert not (folder / "handoff").exists()
    assert not read_session(folder).view.made
    assert not (data_folder() / LOG).exists()


def test_a_clip_with_all_that_goes_with_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The starred moment as a file whose name tells nothing; playlist and contact sheet beside it; all private."""
    told = said(capsys, "clips", folder, "--sheet")
    (clip,) = told["clips"]
    assert clip["markers"] == ["m1"], "the private one is in nothing"
    assert clip["title"] == "Initiative (watched person)"
    assert "It is shorter than 20 s: there is no more film here." in clip["why"]
    assert len(pictures_of(Path(clip["file"]))) == 60
    assert files(folder) == ["clips/01-at-0-00.mp4", "clips/clips.m3u8", "clips/contact-sheet.html"]
    made = folder / "handoff" / "clips"
    assert made.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in made.iterdir()} == {0o600}
    assert (made / "clips.m3u8").read_text() == "#EXTM3U\n#EXTINF:2.000,Initiative (watched person)\n01-at-0-00.mp4\n"
    page = (made / "contact-sheet.html").read_text()
    assert "Initiative (watched person)" in page
    assert page.count("data:image/jpeg;base64,/9j/") == 1
    (noted,) = read_session(folder).view.made
    assert (noted.what, set(noted.files)) == ("clips", {f"clips/{name.name}" for name in made.iterdir()})


def test_what_is_there_is_kept(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second time nothing is written over unless it is said; of a command that refused nothing is left."""
    said(capsys, "clips", folder)
    file = folder / "handoff" / "clips" / "01-at-0-00.mp4"
    file.write_bytes(b"edited")
    assert "--replace" in refused(capsys, "clips", folder, "--sheet")
    assert file.read_bytes() == b"edited"
    assert files(folder) == ["clips/01-at-0-00.mp4", "clips/clips.m3u8"]
    said(capsys, "clips", folder, "--replace")
    assert len(pictures_of(file)) == 60


def test_private_moments_are_asked_for_by_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By --private or by their id; never for the family."""
    told = said(capsys, "clips", folder, "--private", "--list")
    assert {marker for clip in told["clips"] for marker in clip["markers"]} == {"m1", "m2"}
    told = said(capsys, "clips", folder, "--only", "m2")
    assert [clip["markers"] for clip in told["clips"]] == [["m2"]]
    for asked in (["--private"], ["--only", "m2"]):
        assert "family" in refused(capsys, "clips", folder, "--for", "family_copy", *asked)
    assert "family" in refused(capsys, "film", folder, "--for", "family_copy", "--private")
    assert not (folder / "handoff" / "clips-family-copy").exists()
    told = said(capsys, "film", folder, "--private")
    assert Path(told["file"]).name == "film-private.mp4"
    assert said(capsys, "film", folder)["chapters"] < told["chapters"] or told["chapters"] == 1


def test_a_list_makes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It tells what would be made, and what has no clip and why."""
    assert carry_out(["clips", str(folder), "--list", "--preset", "micro"]) == 0
    out = capsys.readouterr().out
    assert "0:00 to 0:02" in out
    assert "It begins where the film begins." in out
    assert not (folder / "handoff").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "standart"], "Did you mean standard?"),
        (["--only", "m9"], "no moment 'm9'"),
        (["--order", "simple"], "No clip shows"),
        (["--shortlist"], "nothing to make clips of"),
        (["--for", "fun"], "no purpose"),
    ],
)
def test_what_cannot_be_meant_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """With what was probably meant; nothing is made."""
    assert words in refused(capsys, "clips", folder, *arguments)
    assert not (folder / "handoff").exists()


def three(session: Make) -> Path:  # noqa: F811
    """A session with three kinds of moments; the last of them comes first in the guider's own order."""
    tiny = session()
    for at, (key, rank) in enumerate((("x", None), ("y", 2), ("z", 1)), 1):
        t_ns = at * SECOND_NS // 2
        around = {"look_back_s": 0.2, "look_ahead_s": 0.2}
        tiny.say("marker", t_ns, id=f"n{at}", key=key, label=key, who="self", utc="u", **around)
        if rank is not None:
            tiny.say("edit", t_ns, id=f"r{at}", of=f"n{at}", fields={"rank": rank})
    return agreed(tiny, review="yes")


def test_the_order_is_the_guiders(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """Their own places win; another order is the one that was asked for."""
    folder = three(session)
    ids = ["--only", "n1", "--only", "n2", "--only", "n3"]
    for order, wanted in (([], "n3 n2 n1"), (["--order", "time"], "n1 n2 n3"), (["--order", "n2,n1"], "n2 n1 n3")):
        told = said(capsys, "clips", folder, "--preset", "as-marked", "--list", *ids, *order)
        assert " ".join(clip["markers"][0] for clip in told["clips"]) == wanted


def test_a_reel_rests_behind_each_clip(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """The clips in their order, each a chapter; behind each its last picture stays, under a question."""
    folder = three(session)
    config_folder().mkdir(parents=True)
    (config_folder() / "questions.toml").write_text('pause_s = 2\nafter = ["A?", "B?"]\nlast = "End?"\n')
    told = said(capsys, "clips", folder, "--preset", "as-marked", "--exact", "--reel", "--only", "n1", "--only", "n3")
    lengths = [clip["length_s"] for clip in told["clips"]]
    with av.open(told["reel"]) as container:
        found = [(float(each["start"] * each["time_base"]), each["metadata"]["title"]) for each in container.chapters()]
        length_s = container.duration / av.time_base
    titles = ["1. z (watched person)", "Pause: A?", "2. x (watched person)", "Pause: End?"]
    assert [title for _, title in found] == titles
    starts = [0, lengths[0], lengths[0] + 2, sum(lengths) + 2]
    assert [start for start, _ in found] == pytest.approx(starts, abs=0.001)
    assert length_s == pytest.approx(sum(lengths) + 4, abs=0.05)
    stamps = pictures_of(Path(told["reel"]))
    assert max(late - early for early, late in itertools.pairwise(stamps)) == pytest.approx(2, abs=0.05)
    told = said(capsys, "clips", folder, "--replace", "--preset", "as-marked", "--reel", "--only", "n1")
    assert any("3 to 5" in each for each in told["warnings"])


def test_a_faulty_questions_file_is_told_before_anything_is_made(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its line."""
    config_folder().mkdir(parents=True)
    (config_folder() / "questions.toml").write_text('after = ["A?"]\nlast = 3\n')
    assert "Line 2" in refused(capsys, "clips", folder, "--reel")
    assert not (folder / "handoff").exists()


@pytest.mark.parametrize("command", ["clips", "film"])
def test_a_killed_session_gives_what_it_has(
    session: Make,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    """All that is in its files, and what it lacks is said; what was made is noted all the same."""
    folder = agreed(session(False), review="yes")
    told = said(capsys, command, folder)
    file = Path(told["clips"][0]["file"] if command == "clips" else told["file"])
    assert 120 < len(pictures_of(file)) <= 140
    assert any("never closed" in each for each in told["lacks"])
    assert told["warnings"] == []
    assert [each.purpose for each in read_session(folder).view.made] == ["review"]


def test_what_is_damaged_costs_only_itself(session: Make, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    """A file that cannot be read: its clip is not made and says so, the exit code tells; the others are there."""
    tiny = session()
    tiny.say("run", 10 * SECOND_NS, run=2)
    tiny.open("cam1", "film/cam1-0009.mp4", b"no film", 10 * SECOND_NS)
    tiny.close("film/cam1-0009.mp4", 12 * SECOND_NS, frames=60)
    tiny.say("marker", 11 * SECOND_NS, id="m3", key="a", label="Lost", who="self", utc="u")
    tiny.say("closed", 13 * SECOND_NS, reason="stopped by the guider")
    folder = agreed(tiny, review="yes")
    told = said(capsys, "clips", folder, code=1)
    assert [clip["markers"] for clip in told["clips"]] == [["m1"]]
    assert [each["markers"] for each in told["failed"]] == [["m3"]]
    assert files(folder) == ["clips/01-at-0-00.mp4", "clips/clips.m3u8"]
    told = said(capsys, "film", folder)
    assert any("cam1-0009.mp4 could not be read" in each for each in told["warnings"])


def test_the_whole_film_has_its_chapters(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file of all its pictures, with a chapter for each part and each moment that is not private."""
    told = said(capsys, "film", folder)
    file = folder / "handoff" / "film.mp4"
    assert (told["file"], told["made"]) == (str(file), True)
    assert len(pictures_of(file)) == 60
    with av.open(str(file)) as container:
        titles = [each["metadata"]["title"] for each in container.chapters()]
    assert titles == ["Initiative (watched person)"]
    assert "--replace" in refused(capsys, "film", folder)


def test_an_export_has_the_film_beside_it(folder: Path, tmp_path: Path) -> None:
    """It is made once, and again only when it is said, once something is left out; another's film is never touched."""
    silent = lambda _what: lambda _share: None  # noqa: E731
    beside = tmp_path / "out" / "7f3a-film.mp4"
    first = film_beside(Material.of(folder), beside, "review", silent)
    assert first is not None
    assert first.made
    again = film_beside(Material.of(folder), beside, "family_copy", silent)
    assert again is not None
    assert not again.made
    assert sorted(each.purpose for each in read_session(folder).view.made) == ["family_copy", "review"]
    film_beside(Material.of(folder), beside, "review", silent)
    assert len(read_session(folder).view.made) == 2
    assert carry_out(["film", str(folder), "--out", str(beside.parent), "--private"]) == 0
    assert (beside.parent / "7f3a-film-private.mp4").exists()
    assert first.file.stat().st_mtime_ns == again.file.stat().st_mtime_ns
    beside.write_bytes(b"another's")
    with pytest.raises(UserError, match=r"film\.mp4 is there already"):
        film_beside(Material.of(folder), beside, "review", silent)
    assert beside.read_bytes() == b"another's"


def test_a_film_is_made_anew_once_something_is_left_out(
    session: Make,  # noqa: F811
    tmp_path: Path,
) -> None:
    """What shows a part that is left out by now is not taken for the film of this session."""
    tiny = session()
    folder = agreed(tiny, review="yes")
    silent = lambda _what: lambda _share: None  # noqa: E731
    film_beside(Material.of(folder), tmp_path / "film.mp4", "review", silent)
    made = read_session(folder).view.made
    assert made
    records = read_session(folder).records
    left_out = {"v": 1, "kind": "leave_out", "seq": records[-1]["seq"] + 1, "t_ns": records[-1]["t_ns"], "id": "l1"}
    left_out |= {"start_ns": SECOND_NS, "end_ns": SECOND_NS * 3 // 2}
    tiny.write("journal.9.msgpack", [left_out])
    assert read_session(folder).view.left_out
    with pytest.raises(UserError):
        film_beside(Material.of(folder), tmp_path / "film.mp4", "review", silent)
    found = film_beside(Material.of(folder), tmp_path / "film.mp4", "review", silent, replace=True)
    assert found is not None
    assert found.length_s == pytest.approx(1.5)


def test_the_newest_film_need_not_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`last` is the newest film in the data folder, for every command but erase; without one it says so."""
    sessions = data_folder() / "sessions"
    assert "There is no film yet." in refused(capsys, "clips", "last")
    sessions.mkdir(parents=True)
    folder.rename(sessions / "2026-11-22T0940")
    older = sessions / "2026-11-21T2300"
    older.mkdir()
    (older / "journal.msgpack").write_bytes(b"")
    assert said(capsys, "clips", "last")["folder"] == str(sessions / "2026-11-22T0940" / "handoff" / "clips")
    assert said(capsys, "export", "last", "--to", "csv")["file"].startswith(str(sessions / "2026-11-22T0940"))
    refused(capsys, "erase", "last", "--yes")
    assert (sessions / "2026-11-22T0940").exists()
