"""Sessions that nobody finished, or that lack a part: all that there is of them leaves, and what lacks is said."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.archive.conftest import media  # noqa: F401 - a fixture
from tests.archive.tiny import Tiny, sound_film
from tests.media.known import pictures_of
from vig_capture.archive.reader import read_session
from vig_capture.cli.app import carry_out
from vig_capture.core.errors import UserError
from vig_capture.core.sheet import Consent, Sheet
from vig_capture.core.time import SECOND_NS
from vig_capture.handoff.registry import BUILT_IN, find

YES = Sheet().consent("review", Consent("yes", "mother", "2026-11-22")).as_fields()


def installed() -> list[str]:
    """The formats whose libraries are."""
    found = []
    for form in sorted(BUILT_IN):
        try:
            find(form)
        except UserError:
            continue
        found.append(form)
    return found


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runtime, data and settings folders of its own."""
    for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / name))


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    """The JSON that a command prints."""
    assert carry_out([*map(str, arguments), "--json"]) == code
    return json.loads(capsys.readouterr().out)


# A real film whose recorder is killed --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A session of the demo's devices in files of two seconds, killed in its third file, with three moments."""
    if sys.platform != "linux":
        pytest.skip("the fault runs ask /proc which process lives")
    import harness

    from vig_capture.devices.clock import mono_ns
    from vig_capture.engine.client import Client

    place = harness.Place("lacking")
    wishes = ["--demo", "--size", "320x180", "--rate", "15", "--segment-seconds", "2"]
    recording = harness.Recording(place, wishes, env={"XDG_DATA_HOME": str(place.folder / "data")})
    try:
        running = recording.wait_running()
        client = Client(running)
        client.listen(lambda _message: None)
        client.ask("sheet", fields=YES)
        for key, note in (("a", "first"), ("r", "second"), ("g", "third")):
            begun_ns = mono_ns()
            client.ask("mark", key=key, note=note, mono_ns=begun_ns)
            harness.sleep_until(begun_ns + 3 * SECOND_NS // 2)
        harness.wait_for(lambda: len(harness.film_files(running.folder)) > 2, 20, "no third file")
        harness.sleep_until(mono_ns() + SECOND_NS)
        recording.kill(running)
        yield Path(shutil.copytree(running.folder, tmp_path_factory.mktemp("killed") / running.folder.name))
    finally:
        recording.clean_up()
        place.remove()


@pytest.fixture
def unfinished(killed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(killed, tmp_path / "films" / killed.name))


@pytest.mark.parametrize("form", installed())
def test_a_killed_session_leaves_in_every_format(
    unfinished: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """With all its moments and the film up to its last picture; that nobody closed it is said."""
    before = {path: path.read_bytes() for path in sorted(unfinished.rglob("*")) if path.is_file()}
    told = run(capsys, "export", unfinished, "--to", form)
    lacks = "\n".join(told["lacks"])
    assert "Nobody closed this session: the recorder had stopped." in lacks
    assert "was never closed" in lacks
    assert told["film"] is None or len(pictures_of(Path(told["film"]))) >= 4 * 15
    if form == "jsonl":
        rows = [json.loads(line) for line in Path(told["file"]).read_text().splitlines()]
        assert [row["note"] for row in rows if row["kind"] == "moment"] == ["first", "second", "third"]
        assert all(row["film_press_ns"] is not None for row in rows if row["kind"] == "moment")
    assert {path: path.read_bytes() for path in before} == before, "nothing of the session itself is touched"
    assert_noted_or_told(unfinished, told)


@pytest.mark.parametrize("more", [(), ("--exact", "--sheet", "--reel")])
def test_a_killed_session_gives_clips(
    unfinished: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    """Quick ones and exact ones, of what there is."""
    told = run(capsys, "clips", unfinished, "--preset", "micro", *more)
    assert told["clips"]
    assert all(pictures_of(Path(each["file"])) for each in told["clips"])
    assert not told["failed"]
    assert any("never closed" in each for each in told["lacks"])
    assert_noted_or_told(unfinished, told)


def test_a_killed_session_gives_a_film(unfinished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of all its files, that which was open as far as it goes."""
    told = run(capsys, "film", unfinished)
    there = sum(len(pictures_of(path)) for path in sorted((unfinished / "film").iterdir()))
    assert len(pictures_of(Path(told["file"]))) == there
    assert_noted_or_told(unfinished, told)
    assert carry_out(["film", str(unfinished), "--replace"]) == 0
    assert "Nobody closed this session" in capsys.readouterr().out


def assert_noted_or_told(folder: Path, told: dict[str, Any]) -> None:
    """What was made is noted in the session, for a withdrawal to find; where that cannot be, it is said."""
    noted = {file for each in read_session(folder).view.made for file in each.files}
    if told.get("file"):
        assert Path(told["file"]).name in noted or any("noted" in each for each in told["warnings"])
    else:
        assert noted or any("noted" in each for each in told["warnings"])


# Sessions of which a part is missing ---------------------------------------------------------------------------------


@pytest.fixture
def half(tmp_path: Path, media: dict[str, bytes]) -> Tiny:  # noqa: F811
    """A closed session of three files of two seconds each, with a moment in the middle of each."""
    tiny = Tiny(tmp_path / "films" / "half")
    keys = [{"key": "a", "label": "Tuned in", "family": "being attentive"}]
    vocabulary = {"name": "VIG", "version": "1", "language": "en", "other": "child", "keys": keys}
    tiny.say("session", id="7f3a", created_utc="2026-11-22T09:40:00Z", tool="vig-capture", vocabulary=vocabulary)
    tiny.say("stream", stream="cam1", stream_kind="video", source="camera")
    tiny.say("stream", stream="mic1", stream_kind="audio", source="microphone")
    tiny.say("device", stream="cam1", state="live", mode="64×48 at 30 a second, yuv420p")
    for number in range(3):
        start_ns = 2 * number * SECOND_NS
        tiny.open("cam1", f"film/cam1-{number + 1:04d}.mp4", media["film"], start_ns)
        around = {"look_back_s": 0.4, "look_ahead_s": 0.4}
        label = ("Earliest", "Middle", "Latest")[number]
        tiny.say("marker", start_ns + SECOND_NS, id=f"m{number}", key="a", label=label, who="self", utc="u", **around)
        tiny.close(f"film/cam1-{number + 1:04d}.mp4", start_ns + 2 * SECOND_NS, frames=60)
    tiny.say("sheet", 6 * SECOND_NS, id="s1", fields=YES)
    tiny.say("closed", 6 * SECOND_NS, reason="stopped by the guider")
    tiny.write()
    return tiny


def missing(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbled(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


HARMS = (missing, empty, torn, garbled)
TOLD: dict[Callable[[Path], None], str] = {missing: "is missing", empty: "cannot be read", torn: "cannot be read"}


@pytest.mark.parametrize("form", installed())
@pytest.mark.parametrize("harm", HARMS)
def test_half_a_session_leaves_in_every_format(
    half: Tiny, capsys: pytest.CaptureFixture[str], form: str, harm: Callable[[Path], None]
) -> None:
    """Whatever became of a file: the moments of the others are in it at the right time, and it is said what lacks."""
    harm(half.folder / "film" / "cam1-0002.mp4")
    told = run(capsys, "export", half.folder, "--to", form)
    said = Path(told["file"]).read_bytes()
    assert b"Earliest" in said
    assert b"Latest" in said
    if harm is not garbled:
        # (What is garbled has its size: only who reads it all finds out, and does not need to for a list of moments.)
        assert any(f"film/cam1-0002.mp4 {TOLD[harm]}" in each for each in told["lacks"])
        assert "From 0:02 to 0:04 there is no film." in told["lacks"]
    elif told["film"]:
        assert any("cam1-0002.mp4 could not be read" in each for each in told["warnings"])
    length_s = 6 if harm is garbled else 4
    if told["film"]:
        assert pictures_of(Path(told["film"]))[-1] == pytest.approx(length_s, abs=0.1)
    if form == "losslesscut":
        latest = json.loads(said)["cutSegments"][-1]
        assert latest["start"] == pytest.approx(length_s - 1.4)


@pytest.mark.parametrize("harm", HARMS)
def test_half_a_session_gives_clips_and_a_film(
    half: Tiny, capsys: pytest.CaptureFixture[str], harm: Callable[[Path], None]
) -> None:
    """Of what there is; a clip of which nothing is there says so."""
    harm(half.folder / "film" / "cam1-0002.mp4")
    code = 1 if harm is garbled else 0
    told = run(capsys, "clips", half.folder, "--preset", "as-marked", "--exact", code=code)
    assert [each["markers"] for each in told["clips"]] == [["m0"], ["m2"]]
    lost = [each["markers"] for each in told["failed"]] + [[each["marker"]] for each in told["without"]]
    assert lost == [["m1"]]
    film = run(capsys, "film", half.folder)
    assert len(pictures_of(Path(film["file"]))) >= 120
    assert "cam1-0002.mp4" in "".join([*film["lacks"], *film["warnings"]])


def test_nothing_of_the_film_can_be_read(half: Tiny, capsys: pytest.CaptureFixture[str]) -> None:
    """The moments leave with the times of the session; there is no film to be made, and it is said why."""
    for path in (half.folder / "film").iterdir():
        empty(path)
    told = run(capsys, "export", half.folder, "--to", "losslesscut")
    assert [each["start"] for each in json.loads(Path(told["file"]).read_text())["cutSegments"]] == [0.6, 2.6, 4.6]
    assert (told["film"], "session" in told["time_base"]) == (None, True)
    for command in ("clips", "film"):
        told = run(capsys, command, half.folder, code=2)
        assert "cam1-0003.mp4 cannot be read" in told["why"]


def test_a_part_without_picture_and_one_without_sound(
    half: Tiny, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The film is made of what there is, and says from when to when something lacks, in every way of leaving."""
    sound = sound_film(tmp_path / "a.m4a")
    records = json.loads(json.dumps(half.records).replace("cam1-0002.mp4", "cam1-0002.m4a"))
    (half.folder / "film" / "cam1-0002.mp4").unlink()
    (half.folder / "film" / "cam1-0002.m4a").write_bytes(sound)
    for record in records:
        if record.get("file") == "film/cam1-0002.m4a" and record["phase"] == "closed":
            record |= {"size_bytes": len(sound), "frames": 0}
    half.records = records
    gap = {"stream": "mic1", "start_ns": 4 * SECOND_NS, "end_ns": 6 * SECOND_NS, "lost": 96_000, "cause": "unplugged"}
    half.say("gap", 6 * SECOND_NS, id="g1", **gap)
    half.write()
    picture, silent = "From 0:02 to 0:04 there is sound, but no picture.", "From 0:04 to 0:06 there is no sound."
    as_marked = ("clips", "--preset", "as-marked")
    for command in (as_marked, ("film",), ("export", "--to", "losslesscut"), ("export", "--to", "csv")):
        told = run(capsys, command[0], half.folder, *command[1:])
        assert [picture in told["lacks"], silent in told["lacks"]] == [True, True], command
    clips = run(capsys, "clips", half.folder, "--list", "--preset", "as-marked")["clips"]
    assert [each["markers"] for each in clips] == [["m0"], ["m1"], ["m2"]]
    stamps = pictures_of(half.folder / "handoff" / "film.mp4")
    assert stamps[-1] == pytest.approx(6, abs=0.1)
