"""`check`: traffic lights with advice; its recorder is left however this ends, and nothing is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from vig_capture.cli import check_recorder
from vig_capture.cli.app import carry_out
from vig_capture.cli.check_report import as_lines, as_map, exit_code
from vig_capture.core.errors import VigError
from vig_capture.core.findings import Finding, Verdict
from vig_capture.devices.settings_files import load_advice
from vig_capture.engine.client import Running
from vig_capture.tui import texts
from vig_capture.tui.findings import OTHER, group_of
from vig_capture.tui.shown import read_snapshot

GOOD, LOOK, BAD, UNKNOWN = Verdict.GOOD, Verdict.ATTENTION, Verdict.BAD, Verdict.UNKNOWN
WELL = [
    Finding("faces", GOOD, "faces-all", 2),
    Finding("exposure", GOOD, "exposure-good"),
    Finding("microphone", GOOD, "microphone-good"),
]
FAR = Finding("face-size", BAD, "face-size-far", 41)
CLOSE = Finding("snr", LOOK, "snr-close", 14)
FACES = Finding("faces", UNKNOWN, "faces-not-checked")
HUM = Finding("hum", UNKNOWN, "sound-waiting")
CHECK = ["check", "--camera", "demo", "--mic", "demo", "--for", "0.01"]


def snapshot(*findings: Finding, video: str = "live", **changes: Any) -> dict[str, Any]:
    """What a recorder says."""
    streams = [
        {"id": "cam1", "kind": "video", "source": "HD Webcam", "state": video, "mode": "1280×720 at 30 a second, yuyv"},
        {"id": "mic1", "kind": "audio", "source": "Table microphone", "state": video},
    ]
    told = [finding.as_map() for finding in findings or WELL]
    return {"state": "idle", "streams": streams, "findings": told, "detector": "YuNet n"} | changes


# What is said --------------------------------------------------------------------------------------------------------


def test_lines_say_what_why_and_what_to_do() -> None:
    """By groups, the worst first; a word beside each sign; at the end the whole in a sentence, and who looked."""
    shown = read_snapshot(snapshot(*WELL, FAR, CLOSE, HUM))
    lines = [line.plain for line in as_lines(shown, 100)]
    groups = [lines.index(texts.CHECK_GROUPS[group]) for group in ("framing", "light", "sound")]
    assert groups == sorted(groups)
    framing = lines[groups[0] + 1 : groups[1]]
    words = load_advice()
    assert framing[0].split("  ")[0] == "✗ Change"
    assert framing[0].endswith(words["face-size-far"].what)
    assert "41 pixels" in framing[1]
    assert framing[2].endswith("→ " + words["face-size-far"].do)
    assert framing[3].startswith("✓ OK ")
    sound = [line[:12].strip() for line in lines[groups[2] + 1 :] if line[:1] in set(texts.CHECK_SIGNS.values())]
    assert sound == ["▲ Look", "? Can't tell", "✓ OK", f"✗ {texts.CHECK_OVERALL['bad']}"[:12].strip()]
    assert lines[-1] == texts.CHECK_DETECTOR.format(detector="YuNet n")


@pytest.mark.parametrize("width", [40, 80, 100])
def test_lines_fit(width: int) -> None:
    """No line is longer than it may be, at any width."""
    shown = read_snapshot(snapshot(*WELL, FAR, CLOSE, HUM, FACES, detector="Haar"))
    assert max(line.cell_len for line in as_lines(shown, width)) <= width


@pytest.mark.parametrize(
    ("findings", "overall", "code"),
    [
        (WELL, "good", 0),
        ([*WELL, CLOSE], "attention", 0),
        ([*WELL, HUM], "good", 0),
        ([*WELL[1:], FACES], "unknown", 3),
        ([*WELL[1:], FACES, CLOSE], "attention", 3),
        ([*WELL[1:], FACES, FAR], "bad", 1),
    ],
)
def test_exit_code(findings: list[Finding], overall: str, code: int) -> None:
    """1 where something is bad, else 3 where what matters is not known, else 0."""
    shown = read_snapshot(snapshot(*findings))
    assert as_map(shown, 10)["overall"] == overall
    assert exit_code(shown.findings) == code


def test_nothing_said_is_not_well() -> None:
    """A recorder that says nothing of checks leaves them untold."""
    shown = read_snapshot(snapshot(findings=[], detector=""))
    assert exit_code(shown.findings) == 3
    assert texts.CHECK_NOTHING_SAID in [line.plain for line in as_lines(shown, 80)]


def test_a_code_without_words_is_shown_all_the_same() -> None:
    """A plug-in's finding stands under its own name, and what cannot be a finding is left out."""
    odd: list[Any] = [{"check": "toys", "verdict": "bad", "code": "no-words", "value": 3}, {"check": 1}, None, "x"]
    shown = read_snapshot(snapshot(findings=[*odd, {"check": "a", "verdict": "splendid", "code": "b", "value": None}]))
    assert [each.check for each in shown.findings] == ["toys"]
    assert any("toys: something is wrong." in line.plain for line in as_lines(shown, 80))
    assert as_map(shown, 1)["findings"][0]["what"] == "toys: something is wrong."


def test_what_all_say_is_said_once() -> None:
    """Where nothing has been looked at yet one line is enough for a person; a program is told of each."""
    waiting = [Finding(check, UNKNOWN, "looking") for check in ("faces", "edges", "focus")]
    shown = read_snapshot(snapshot(*waiting))
    assert sum("Can't tell" in line.plain for line in as_lines(shown, 80)) == 1
    assert len(as_map(shown, 1)["findings"]) == 3


# The recorder --------------------------------------------------------------------------------------------------------


class Recorder:
    """A made-up recorder, and all that is asked of it."""

    def __init__(self, *snapshots: dict[str, Any]) -> None:
        self.snapshots = snapshots
        self.asked: list[str] = []
        self.process = Process()
        self.closed = False
        self.opened: list[Any] = []
        self.says: dict[str, Any] = {"ready": True, "folder": "/films/one"}
        self._hear: Callable[[dict[str, Any]], None] = lambda _message: None

    def launch(self, request: Any) -> Recorder:
        self.opened.append(request)
        return self

    def said(self, _timeout_s: float) -> dict[str, Any]:
        return self.says

    def client(self, _running: Running) -> Recorder:
        return self

    def listen(self, hear: Callable[[dict[str, Any]], None]) -> None:
        self._hear = hear

    def send(self, command: dict[str, Any]) -> None:
        self.asked.append(command["do"])
        if command["do"] == "watch":
            for each in self.snapshots:
                self._hear({"snapshot": each} if each else {"lost": True})
        if command["do"] == "look" and command["seconds"]:
            width, height = command["width"], command["height"]
            rgb = np.full((height, width, 3), (200, 60, 20), np.uint8).tobytes()
            self._hear({"picture": {"width": width, "height": height, "rgb": rgb}})

    def ask(self, do: str, timeout_s: float = 0) -> dict[str, Any]:
        self.asked.append(do)
        return self.snapshots[-1] if do == "status" else {}

    def close(self) -> None:
        self.closed = True


class Process:
    def __init__(self) -> None:
        self.did: list[str] = []

    def wait(self, timeout: float) -> int:
        self.did.append("wait")
        return 0

    def terminate(self) -> None:
        self.did.append("terminate")


Make = Callable[..., Recorder]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Make:
    """Makes the recorder that is started, or with `running` the one that runs already; folders of its own."""
    for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / name))

    def made(*snapshots: dict[str, Any], running: bool = False) -> Recorder:
        recorder = Recorder(*snapshots)
        found = [Running(4711, "", b"", Path())]

        def find(_runtime: Path) -> Running | None:
            return found[0] if running or recorder.opened else None

        monkeypatch.setattr(check_recorder, "launch", recorder.launch)
        monkeypatch.setattr(check_recorder, "Client", recorder.client)
        monkeypatch.setattr(check_recorder, "find", find)
        monkeypatch.setattr("vig_capture.engine.client.find", find)
        return recorder

    return made


def test_the_last_word_counts_and_the_recorder_is_left(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """A recorder of its own opens the devices without filming; what it says at the end is printed; then it leaves."""
    recorder = make(snapshot(FAR, video="opening"), snapshot(FAR), snapshot(*WELL))
    assert carry_out([*CHECK, "--json"]) == 0
    (request,) = recorder.opened
    assert (request.cameras, request.mics, request.prepare) == (("demo",), ("demo",), True)
    assert recorder.asked == ["watch", "leave"]
    assert recorder.process.did == ["wait"]
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"overall", "detector", "findings", "seconds"}
    assert (said["overall"], said["detector"], said["seconds"]) == ("good", "YuNet n", 0.01)
    assert set(said["findings"][0]) == {"check", "verdict", "code", "value", "what", "why", "do"}


@pytest.mark.parametrize("state", ["recording", "idle", "paused"])
def test_a_running_recorder_is_not_disturbed(state: str, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """It is asked how things are, and nothing else; no other one is started, whatever camera was named."""
    recorder = make(snapshot(*WELL, state=state), running=True)
    assert carry_out(["check", "--camera", "no such camera"]) == 0
    assert recorder.asked == ["status"]
    assert recorder.closed
    assert not recorder.opened
    said = capsys.readouterr()
    assert said.err.strip() == texts.CHECK_RUNNING.get(state, texts.CHECK_RUNNING[""])
    assert texts.CHECK_OVERALL["good"] in said.out


def test_nothing_is_kept(make: Make, tmp_path: Path) -> None:
    """Neither picture nor words are on the disk afterwards, and no picture was asked for."""
    recorder = make(snapshot(*WELL))
    assert carry_out(CHECK) == 0
    assert "look" not in recorder.asked
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_is_kept_is_private(make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--keep leaves one picture in its own shape and colours and the text that was printed, for this user alone."""
    make(snapshot(FAR))
    assert carry_out([*CHECK, "--keep", str(tmp_path / "kept")]) == 1
    picture, text = sorted((tmp_path / "kept").iterdir())
    assert (picture.suffix, text.suffix) == (".jpg", ".txt")
    assert sys.platform == "win32" or {path.stat().st_mode & 0o777 for path in (picture, text)} == {0o600}
    printed = capsys.readouterr().out
    assert text.read_text(encoding="utf-8").splitlines() == printed.splitlines()[:-2]
    assert str(picture) in printed
    with av.open(picture) as file:
        frame = next(file.decode(video=0)).to_ndarray(format="rgb24")
    assert frame.shape[1] / frame.shape[0] == pytest.approx(16 / 9, rel=0.01)
    assert np.abs(frame.reshape(-1, 3).mean(axis=0) - (200, 60, 20)).max() < 4


def test_without_a_picture_the_text_is_kept(make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no camera sends anything there is no still, and that is said."""
    mic = snapshot(*WELL)["streams"][1]
    make(snapshot(*WELL, streams=[mic]))
    assert carry_out([*CHECK, "--keep", str(tmp_path / "kept")]) == 0
    assert [path.suffix for path in (tmp_path / "kept").iterdir()] == [".txt"]
    assert texts.CHECK_NO_STILL in capsys.readouterr().out


def test_ctrl_c_leaves(make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C while it is watched lets the devices go, and nothing is said of what was found."""
    recorder = make(snapshot(*WELL))

    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check_recorder.Ear, "watch", pressed)
    assert carry_out(CHECK) == 1
    assert recorder.asked == ["leave"]
    assert recorder.process.did == ["wait"]
    said = capsys.readouterr()
    assert not said.out
    assert texts.CHECK_STOPPED in said.err


def test_a_camera_that_does_not_answer(
    make: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing comes the recorder's own reason is told, and the recorder is left."""
    monkeypatch.setattr(check_recorder, "PATIENCE_S", 0.01)
    trouble = {"what": "The camera is busy.", "why": "Another program uses it.", "do": "Close it."}
    recorder = make(snapshot(video="lost", trouble=[trouble]))
    assert carry_out(CHECK) == 1
    assert capsys.readouterr().err.splitlines()[-3:] == list(trouble.values())
    assert recorder.asked[-1] == "leave"


def test_a_recorder_that_dies_or_does_not_begin(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """It failed: a sentence, exit code 1 or that of the fault, and the process is not left behind."""
    recorder = make(snapshot(*WELL), {})
    assert carry_out(CHECK) == 1
    assert "The recorder has gone." in capsys.readouterr().err
    assert recorder.process.did == ["wait"]
    recorder = make()
    recorder.says = VigError("It cannot be opened.").as_map()
    assert carry_out(CHECK) == 1
    assert "It cannot be opened." in capsys.readouterr().err
    assert recorder.process.did == ["terminate", "wait"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--for", "0"], "--for 0 is not possible."),
        (["somewhere"], "somewhere has no use here."),
        ([], "No camera and no microphone was named."),
        (["--demo", "--profile", "none such"], "none such"),
    ],
)
def test_bad_input(arguments: list[str], what: str, make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be meant is refused before anything is opened: exit code 2."""
    recorder = make(snapshot())
    assert carry_out(["check", *arguments]) == 2
    assert what in capsys.readouterr().err
    assert not recorder.opened


def test_checks_that_are_switched_off(make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the settings want no checks no device is opened for nothing."""
    folder = tmp_path / "CONFIG_HOME" / "vig-capture"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("checks = false\n", encoding="utf-8")
    recorder = make(snapshot())
    assert carry_out(CHECK) == 2
    assert "checks = true" in capsys.readouterr().err
    assert not recorder.opened


@pytest.mark.skipif(sys.platform == "win32", reason="the folders are named by XDG's variables")
def test_the_demo_is_checked(root: Path) -> None:
    """The whole way, with a recorder and a checker: each finding has words and a group, and nothing is left behind."""
    places = {f"XDG_{name}": str(root / "run") for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME")}
    command = [sys.executable, "-m", "vig_capture", "check", "--demo", "--for", "4", "--json"]
    done = subprocess.run(command, env={**os.environ, **places}, capture_output=True, text=True, timeout=50)
    assert done.returncode in (0, 1, 3), done.stderr
    said = json.loads(done.stdout)
    assert {"picture", "faces", "exposure", "sound", "microphone"} <= {each["check"] for each in said["findings"]}
    assert [each for each in said["findings"] if group_of(each["check"]) == OTHER] == []
    assert [each["code"] for each in said["findings"] if each["code"] not in load_advice()] == []
    assert said["detector"]
    assert {path.name for path in (root / "run").rglob("*") if path.is_file()} == {"recorder.lock", "recorder.log"}
