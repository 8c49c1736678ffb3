"""What is remembered from film to film: the devices and the kind of film, and nothing of a family."""

from __future__ import annotations

from pathlib import Path

import pytest

from vig_capture.devices import preferences, settings_files

REAL = {"camera": "v4l2:HD Webcam", "mic": "Table", "kind": "infant", "vocabulary": "infant", "place": "home"}


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own."""
    monkeypatch.setattr(settings_files, "data_folder", lambda: tmp_path)
    return tmp_path


def test_kept_and_recalled() -> None:
    """The five things that help next time come back."""
    assert preferences.recalled() == {}
    preferences.keep(REAL)
    assert preferences.recalled() == REAL


def test_nothing_of_a_family(data: Path) -> None:
    """Whatever is handed over, no question, people, goals, purposes or address of a place reaches the file."""
    secret = {"helping_question": "secret", "people": "secret", "goals": ["secret"], "purposes": {"review": "secret"}}
    preferences.keep({**REAL, **secret, "place": "secret lane 5"})
    assert "secret" not in (data / settings_files.REMEMBERED_FILE).read_text(encoding="utf-8")
    assert "place" not in preferences.recalled()


@pytest.mark.parametrize("camera", ["demo", "FILE"])
def test_practice_is_not_remembered(data: Path, camera: str) -> None:
    """After practice with the demo or a film file the next film has the real devices again."""
    film = data / "try.mp4"
    film.write_bytes(b"")
    preferences.keep(REAL)
    preferences.keep({**REAL, "camera": str(film) if camera == "FILE" else camera, "mic": "camera", "kind": "lesson"})
    found = preferences.recalled()
    assert (found["camera"], found["mic"], found["kind"]) == (REAL["camera"], REAL["mic"], "lesson")


def test_interview_keeps_the_camera() -> None:
    """A film without a picture does not forget the camera."""
    preferences.keep(REAL)
    preferences.keep({**REAL, "camera": "none", "mic": "Lapel"})
    assert (preferences.recalled()["camera"], preferences.recalled()["mic"]) == (REAL["camera"], "Lapel")


def test_no_password_is_kept(data: Path) -> None:
    """An address with a password in it is asked for again."""
    preferences.keep({**REAL, "camera": "rtsp://guider:hush-hush@camera.lan/1"})
    assert "hush" not in (data / settings_files.REMEMBERED_FILE).read_text(encoding="utf-8")


def test_damaged_file(data: Path) -> None:
    """A file that holds something else is as good as none."""
    for text in ('{"prepare": 5}', '{"prepare": {"camera": ["x"], "place": 3}}', "no json"):
        (data / settings_files.REMEMBERED_FILE).write_text(text, encoding="utf-8")
        assert preferences.recalled() == {}
