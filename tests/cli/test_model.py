"""`vig-capture model`: says which detector looks, what would be better, and puts a model in its place."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from vig_capture.checks import haar
from vig_capture.checks.faces import NoDetector
from vig_capture.checks.haar import Haar
from vig_capture.cli import app, detector
from vig_capture.core.errors import UserError
from vig_capture.devices import face_model, settings_files
from vig_capture.devices.face_model import Known

CONTENT = b"a network"


class Better:
    """Stands for YuNet, whose file the tests do not have."""

    caps = haar.Haar.caps

    def __init__(self, content: bytes, name: str) -> None:
        assert content == CONTENT
        self.name = name


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of its own, a known model, and no network."""

    def nowhere(*args: Any, **options: Any) -> None:
        raise urllib.error.URLError("no network in a test")

    monkeypatch.setattr(urllib.request, "urlopen", nowhere)
    monkeypatch.setattr(face_model, "KNOWN", (Known("YuNet t", "t.onnx", hashlib.sha256(CONTENT).hexdigest()),))
    monkeypatch.setattr(face_model, "data_folder", lambda: tmp_path / "data")
    monkeypatch.setattr(settings_files, "config_folder", lambda: tmp_path)
    monkeypatch.setattr(detector, "YuNet", Better)
    (tmp_path / "given").write_bytes(CONTENT)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and what a program reads."""
    code = app.carry_out(["model", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_without_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a model Haar looks, and the guider reads what YuNet would add and both ways to it."""
    assert app.carry_out(["model"]) == 0
    text = capsys.readouterr().out
    for word in ("Haar", "YuNet would add", "--download", "install FILE"):
        assert word in text
    code, told = said(capsys)
    assert (code, told["detector"], told["model"], told["fault"]) == (0, "Haar", None, None)


def test_install(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After installing, YuNet looks, and nothing better is offered."""
    code, told = said(capsys, "install", str(home / "given"))
    assert (code, told["name"]) == (0, "YuNet t")
    assert app.carry_out(["model"]) == 0
    text = capsys.readouterr().out
    assert "YuNet t" in text
    assert "would add" not in text


def test_faults(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong file, a missing one, and no network: exit code 2 and what to do; Haar goes on looking."""
    (home / "other").write_bytes(b"other")
    for arguments in (["install", str(home / "other")], ["install", str(home / "nothing")], ["--download"]):
        code, told = said(capsys, *arguments)
        assert (code, told["error"]) == (2, "UserError")
        assert told["do"]
    (home / "settings.toml").write_text(f"face_model = '{home / 'other'}'\n", encoding="utf-8")
    code, told = said(capsys)
    assert (code, told["detector"]) == (2, "Haar")
    assert "not used" in told["fault"]["what"]
    assert app.carry_out(["model"]) == 2
    assert "is not used" in capsys.readouterr().out


def test_detector(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """YuNet where its file is there, else Haar, else none; never an error."""
    assert detector.choose(str(home / "given")).detector.name == "YuNet t"
    assert detector.choose().detector.name == Haar.name
    assert detector.choose(str(home / "nothing")).detector.name == Haar.name

    def missing() -> None:
        raise UserError("no cascade")

    monkeypatch.setattr(detector, "Haar", missing)
    choice = detector.choose()
    assert choice.detector.name == NoDetector.name
    assert choice.fault is not None
