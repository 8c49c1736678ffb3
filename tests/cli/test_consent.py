"""`consent`, `withdraw`, `due` and the access log at the command line; what erasing leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.archive.conftest import media, session  # noqa: F401 - fixtures
from tests.archive.tiny import Tiny
from tests.clocks import HandClock
from vig_capture.archive.access import LOG
from vig_capture.archive.made import add
from vig_capture.archive.reader import read_session
from vig_capture.cli import consent, kept
from vig_capture.cli.app import carry_out
from vig_capture.cli.around import HostAround
from vig_capture.core.consent import Made
from vig_capture.core.errors import UserError
from vig_capture.core.sheet import Consent, Sheet
from vig_capture.devices.disk import HostDisk
from vig_capture.devices.settings_files import data_folder
from vig_capture.engine.editor import Editor

Make = Callable[..., Tiny]
YES = Consent("yes", "mother", "2026-11-22")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runtime, data and settings folders of its own."""
    for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / name))


@pytest.fixture
def folder(session: Make) -> Path:  # noqa: F811
    """A session with a yes to review and to research."""
    tiny = session()
    sheet = Sheet().consent("review", YES).consent("research", YES)
    tiny.say("sheet", tiny.records[-1]["t_ns"], id="sheet", fields=sheet.as_fields())
    tiny.write()
    return tiny.folder


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    """What a command says to a program."""
    assert carry_out([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def accessed() -> list[dict[str, str]]:
    log = data_folder() / LOG
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def test_an_answer_that_was_given_later(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is written down with who and when; the other answers stay; nothing is guessed."""
    told = said(capsys, "consent", folder)
    assert told["purposes"]["review"] == {"answer": "yes", "by": "mother", "when": "2026-11-22"}
    assert told["purposes"]["supervision"]["answer"] == "not asked"
    told = said(capsys, "consent", folder, "supervision", "yes", "--by", "father", "--when", "2026-01-05")
    assert told["purposes"]["supervision"] == {"answer": "yes", "by": "father", "when": "2026-01-05"}
    assert told["purposes"]["review"]["answer"] == "yes"
    assert consent.permit(read_session(folder).view, "supervision") == "supervision"
    assert carry_out(["consent", str(folder)]) == 0
    assert "supervision    yes        by father  2026-01-05" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["consent", "superwision", "yes", "--by", "mother"], "Did you mean supervision?"),
        (["consent", "supervision"], "what the answer is"),
        (["consent", "supervision", "maybe", "--by", "mother"], "what the answer is"),
        (["consent", "supervision", "yes"], "--by ROLE"),
        (["consent", "supervision", "yes", "--by", "mother", "--when", "yesterday"], "is no day"),
        (["consent", "supervision", "yes", "--by", "mother", "--when", "2999-01-01"], "still to come"),
        (["consent", "review", "no", "--by", "mother"], "vig-capture withdraw SESSION review"),
        (["withdraw", "nosuch", "--by", "mother"], "no purpose"),
        (["withdraw", "review"], "--by ROLE"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """With a sentence; nothing is written."""
    before = read_session(folder).records
    assert carry_out([arguments[0], str(folder), *arguments[1:]]) == 2
    assert words in capsys.readouterr().err
    assert read_session(folder).records == before


def test_a_withdrawal_lists_what_was_made_and_deletes_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For this purpose, wherever it lies, also what is gone; files that were noted for none are told; from then on
    nothing is made for it until somebody says yes again."""
    clip, stray = folder / "handoff" / "for-review" / "1.mp4", folder / "handoff" / "stray.csv"
    outside, gone = tmp_path / "out.boris", tmp_path / "gone.boris"
    clip.parent.mkdir(parents=True)
    for file in (clip, stray, outside):
        file.write_text("made")
    assert consent.note_made(folder, "review", "clips", [clip]) == ""
    assert consent.note_made(folder, "research", "export boris", [outside, gone], "boris") == ""
    assert [(each["what"], each["purpose"], each["format"]) for each in accessed()] == [
        ("clips", "review", ""),
        ("export", "research", "boris"),
    ]
    told = said(capsys, "withdraw", folder, "research", "--by", "mother")
    (made,) = told["made"]
    assert made["what"] == "export boris"
    assert made["files"] == [{"file": str(outside), "there": True}, {"file": str(gone), "there": False}]
    assert told["other"] == [str(stray)]
    assert all(file.exists() for file in (clip, stray, outside))
    with pytest.raises(UserError, match="research"):
        consent.permit(read_session(folder).view, "research")
    with pytest.raises(UserError, match="research"):
        consent.note_made(folder, "research", "export boris", [outside])
    assert consent.permit(read_session(folder).view) == "review"
    assert carry_out(["withdraw", str(folder), "review", "--by", "Anna"]) == 0
    text = capsys.readouterr().out
    assert str(clip) in text
    assert "Is “Anna” a name?" in text
    assert carry_out(["withdraw", str(folder), "training", "--by", "mother"]) == 0
    assert "Nothing was made for it" in capsys.readouterr().out
    assert carry_out(["show", str(folder)]) == 0
    assert "research, by mother" in capsys.readouterr().out
    assert carry_out(["consent", str(folder), "research", "yes", "--by", "mother"]) == 0
    assert consent.permit(read_session(folder).view, "research") == "research"


def test_of_many_files_their_folders_are_noted(folder: Path) -> None:
    """The count is of the files."""
    files = [folder / "handoff" / "stills" / f"{number}.jpg" for number in range(consent.FILES_MAX + 1)]
    consent.note_made(folder, "review", "export stills", files)
    (made,) = read_session(folder).view.made
    assert (made.files, made.count) == (("stills",), consent.FILES_MAX + 1)


def test_what_is_made_is_noted_whoever_has_the_session(session: Make, folder: Path) -> None:  # noqa: F811
    """Of a session that nobody finished, and while another window works on it: its journal is not needed for that."""
    killed = session(False)
    killed.say("sheet", killed.records[-1]["t_ns"], fields=Sheet().consent("review", YES).as_fields())
    killed.write()
    assert consent.note_made(killed.folder, "review", "clips", [Path("/x/a.mp4")]) == ""
    assert [each.what for each in read_session(killed.folder).view.made] == ["clips"]
    assert [each["what"] for each in accessed()] == ["clips"]
    editor = Editor(folder, HandClock(), HostDisk())
    assert editor.refusal is None
    assert consent.note_made(folder, "review", "clips", [Path("/x/a.mp4")]) == ""
    assert editor.take({"id": "l", "do": "leave_out", "from_ns": 0, "to_ns": 1})["ok"]
    editor.close()
    read = read_session(folder)
    assert [each.what for each in read.view.made] == ["clips"]
    assert [record["seq"] for record in read.records] == list(range(1, len(read.records) + 1))


def test_a_withdrawal_while_something_is_noted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either it lists what is made, or that is not made."""

    def late(where: Path, made: Made) -> None:
        told = consent.withdraw(folder, "review", "mother", "")
        assert not told["made"], "it is not noted yet"
        add(where, made)

    monkeypatch.setattr(consent, "add", late)
    with pytest.raises(UserError, match="withdrew"):
        consent.note_made(folder, "review", "clips", [Path("/x/a.mp4")])


def test_opening_copying_and_erasing_are_noted(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the access log, by the session's id; a log that cannot be written is said, and the deed is done."""
    HostAround(folder.parent).editor(folder).close()
    said(capsys, "show", folder)
    said(capsys, "copy", folder, tmp_path / "copies")
    said(capsys, "erase", folder, "--yes")
    assert [(each["what"], each["session"]) for each in accessed()] == [
        ("open", "7f3a"),
        ("open", "7f3a"),
        ("copy", "7f3a"),
        ("erase", "7f3a"),
    ]
    (data_folder() / LOG).unlink()
    (data_folder() / LOG).mkdir()
    around = HostAround(folder.parent)
    copied = next((tmp_path / "copies").iterdir())
    around.editor(copied).close()
    assert "access log" in around.news()
    assert "access log" not in around.news()
    assert carry_out(["erase", str(copied), "--yes"]) == 0
    assert "access log" in capsys.readouterr().out
    assert not copied.exists()


def test_erasing_leaves_nothing_of_it_elsewhere(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A note that was being typed when the screen was killed goes as well, another film's stays; what was made outside
    of the folder is named."""
    outside = tmp_path / "out.boris"
    outside.write_text("made")
    consent.note_made(folder, "research", "export boris", [outside])
    other = {"folder": str(folder.parent / "other"), "note": {"of": "", "text": "SECRET"}}
    kept.keep(other)
    kept.forget(folder)
    assert kept.kept() == other
    kept.keep(other | {"folder": str(folder)})
    assert carry_out(["erase", str(folder), "--yes"]) == 0
    text = capsys.readouterr().out
    assert str(outside) in text
    assert "erased.jsonl" in text
    assert kept.kept() == {}
    found = [path for path in tmp_path.rglob("*") if path.is_file() and path != outside]
    assert sorted(path.name for path in found) == ["access.jsonl", "erased.jsonl"]
    assert not any("SECRET" in path.read_text() or "Initiative" in path.read_text() for path in found)


def test_due(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those whose day has come, newest last; with --all the others too; the rule is said."""
    root = tmp_path / "films"
    for year in (2999, 2020, 2021):
        tiny = Tiny(root / f"{year}-01-01T0900-aaaa")
        tiny.say("session", id=str(year), created_utc=f"{year}-01-01T09:00:00Z")
        tiny.say("closed", 5)
        tiny.write()

    def years(*options: str) -> list[str]:
        return [Path(item["folder"]).name[:4] for item in said(capsys, "due", root, *options)]

    assert years() == ["2020", "2021"]
    assert years("--all") == ["2020", "2021", "2999"]
    assert carry_out(["due", str(root), "--all"]) == 0
    text = capsys.readouterr().out
    for words in ("9 weeks", "! since 2020-03-04", "from 2999-03-05 on"):
        assert words in text
    assert carry_out(["due", str(tmp_path / "empty")]) == 2
    (tmp_path / "empty").mkdir()
    capsys.readouterr()
    assert carry_out(["due", str(tmp_path / "empty")]) == 0
    assert "Nothing is due" in capsys.readouterr().out
