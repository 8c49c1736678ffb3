"""What the doctor says, and that a measured offset reaches the film."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vig_capture.cli import doctor_clap, doctor_faces, doctor_keys, doctor_machine
from vig_capture.cli.app import carry_out
from vig_capture.cli.assembly import camera_specs, plan
from vig_capture.cli.doctor_line import Line, as_text
from vig_capture.cli.request import Request, offset_names
from vig_capture.core.config import Settings
from vig_capture.core.errors import UserError
from vig_capture.core.model import AudioBlock, AudioMode, Frame, VideoMode
from vig_capture.devices import settings_files
from vig_capture.devices.clock import HostClock
from vig_capture.devices.demo import DemoCamera, DemoMicrophone
from vig_capture.devices.settings_files import load_settings, remember_offset
from vig_capture.media.motion import Greys
from vig_capture.tui import keymap

SECOND_NS = 1_000_000_000


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runtime, data and settings folders of its own."""
    for name in ("RUNTIME_DIR", "DATA_HOME", "CONFIG_HOME"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / name))


def taken(rate: float, late_ms: float) -> doctor_clap.Taken:
    """Five seconds of the demo's flashes and beeps, with the sound so much later."""
    clock = HostClock()
    camera, microphone = DemoCamera(clock, 640, 360, rate), DemoMicrophone(clock)
    mode, _ = camera.open()
    greys = Greys(mode)
    found = doctor_clap.Taken(sound=AudioMode(48_000, 1))
    start = round(0.4 * rate)
    for number in range(start, start + round(5 * rate)):
        found.pictures += greys.of(Frame(camera.due_ns(number), camera.picture(number), 0))
    for block in range(20, 270):
        end_ns = camera.due_ns(0) + (block + 1) * 20_000_000 + round(late_ms * 1e6)
        found.blocks.append(AudioBlock(end_ns, block * 960, microphone.samples(block * 960, 960), stamped=True))
    camera.close()
    return found


@pytest.mark.parametrize("rate", [15.0, 25.0, 30.0])
def test_demo_has_no_offset(rate: float) -> None:
    """The demo's lamp and beep coincide, and the clap test says so."""
    assert abs(doctor_clap.analysed(taken(rate, 0)).offset_ms) < 1


@pytest.mark.parametrize("late_ms", [-120, 85, 300])
def test_late_sound_is_measured(late_ms: int) -> None:
    """Sound that comes later, or earlier, is measured to a picture's length."""
    assert doctor_clap.analysed(taken(30.0, late_ms)).offset_ms == pytest.approx(late_ms, abs=34)


def test_nobody_claps() -> None:
    """Silence is refused, with what to do."""
    found = taken(15.0, 0)
    found.blocks = [
        AudioBlock(block.mono_ns, block.first_sample, np.zeros_like(block.samples), True) for block in found.blocks
    ]
    with pytest.raises(UserError, match="not heard"):
        doctor_clap.analysed(found)


@pytest.mark.parametrize(
    ("camera", "mic"),
    [
        ("demo", "demo"),
        ("rtsp://user:secret@127.0.0.1/x", "camera"),
        ("/dev/video9", "default"),
        ("USB Camera", " USB Mic "),
        ("none", "alsa:plughw:CARD=Mic,DEV=0"),
    ],
)
def test_offset_reaches_the_film(camera: str, mic: str, tmp_path: Path) -> None:
    """What the doctor keeps for a pair of devices is the offset of that microphone's stream, and of no other's."""
    request = Request((camera,), (mic, "another one"), str(tmp_path / "films"))
    names = offset_names(camera_specs(request, load_settings()), mic)
    assert "secret" not in "".join(names)
    remember_offset(*names, 42.5)
    made, _ = plan(request)
    assert [stream.offset_ns for stream in made.microphones()] == [42_500_000, 0]


def test_option_wins_over_what_was_kept(tmp_path: Path) -> None:
    """--audio-offset-ms wins over the kept offset."""
    remember_offset("demo", "demo", 42.5)
    made, _ = plan(Request(("demo",), ("demo",), str(tmp_path / "films"), audio_offset_ms=-10.0))
    assert [stream.offset_ns for stream in made.microphones()] == [-10_000_000]


def test_doctor_of_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With demo devices all is looked at, each in words; the exit code says whether anything is bad; nothing stays."""
    out = tmp_path / "films"
    out.mkdir()
    arguments = ["--camera", "demo", "--mic", "demo", "--out", str(out), "--size", "320x180", "--rate", "5", "--json"]
    code = carry_out(["doctor", *arguments])
    value = json.loads(capsys.readouterr().out)
    states = {line["name"]: line["state"] for line in value["lines"]}
    assert {"programs", "terminal", "PortAudio", "cameras", "microphones", "room", "disk speed", "cloud"} <= set(states)
    assert {"encryption", "encoder", "sleep", "checks", "faces"} <= set(states)
    assert states["camera"] == states["microphone"] == "ok"
    assert code == (0 if value["ok"] else 1)
    assert value["ok"] == ("bad" not in states.values())
    assert not list(out.iterdir())


def test_doctor_of_a_missing_camera(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A camera that cannot be opened is bad: exit code 1, and what to do."""
    options = ["--camera", "/dev/video99", "--out", str(tmp_path), "--size", "64x48", "--rate", "5"]
    assert carry_out(["doctor", *options]) == 1
    said = capsys.readouterr().out
    assert "bad   camera: There is no camera /dev/video99." in said
    assert "see to it before you film" in said


def test_cloud_folder_is_bad(tmp_path: Path) -> None:
    """A folder that a cloud service copies is bad, also before it exists."""
    lines = {
        line.name: line.state for line in doctor_machine.folder(tmp_path / "Dropbox" / "films", Settings(), HostClock())
    }
    assert lines["cloud"] == "bad"


@pytest.mark.parametrize(
    ("speeds", "state", "do"),
    [
        ({"veryfast": 4.0}, "ok", ""),
        ({"veryfast": 1.5, "superfast": 2.5}, "look", 'presets = ["superfast"]'),
        ({"veryfast": 0.9, "superfast": 1.2, "ultrafast": 2.1}, "look", 'presets = ["ultrafast"]'),
        ({"veryfast": 0.7, "superfast": 0.9, "ultrafast": 1.2, "960": 1.4}, "bad", "--size 960x540"),
        ({"veryfast": 0.4, "superfast": 0.5, "ultrafast": 0.6, "960": 0.8, "640": 1.4}, "bad", "--size 640x360"),
        ({"veryfast": 0.1, "superfast": 0.1, "ultrafast": 0.1, "960": 0.2, "640": 0.3}, "bad", "--rate 15"),
    ],
)
def test_encoder_advice(speeds: dict[str, float], state: str, do: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is told which preset or size is fast enough."""

    def encoded(width: int, height: int, preset: str, *_: object) -> float:
        return speeds[preset if width == 1280 else str(width)]

    monkeypatch.setattr(doctor_machine, "_encoded", encoded)
    line = doctor_machine.encoder(Settings(), HostClock())
    assert line.state == state
    assert do in line.do


@pytest.mark.parametrize(
    ("times", "sync_ms", "state"), [(100, 1, "ok"), (100, 900, "look"), (3, 1, "look"), (1, 1, "bad")]
)
def test_disk_speed_judged(times: float, sync_ms: float, state: str) -> None:
    """A disk that is barely fast enough, or slow to make markers safe, is said."""
    assert doctor_machine._speed(times, sync_ms, 500_000).state == state


@pytest.mark.parametrize(("minutes", "state"), [(600, "ok"), (20, "look"), (0.5, "bad")])
def test_room_judged(minutes: float, state: str) -> None:
    """Room is said in minutes of film."""
    assert doctor_machine._room(Path("films"), minutes, Settings()).state == state


OURS = {"opencv-python-headless": "4.14.0.94"}


@pytest.mark.parametrize(
    ("settings", "installed", "said"),
    [
        (Settings(), OURS, ["ok checks", "ok faces"]),
        (Settings(), {"opencv-python-headless": "5.0.0.93"}, ["ok checks", "look faces"]),
        (Settings(), OURS | {"opencv-contrib-python": "5.0.0.93"}, ["look checks", "ok faces"]),
        (Settings(), {}, ["bad checks", "look faces"]),
        (Settings(face_model="/nowhere"), OURS, ["ok checks", "look faces"]),
        (Settings(faces_expected=0), OURS, ["ok checks", "ok faces"]),
        (Settings(checks=False), {}, ["ok checks"]),
    ],
)
def test_who_looks_for_faces(
    settings: Settings, installed: dict[str, str], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which detector looks is told by files alone, and where it is not the best one, how to get that."""
    monkeypatch.setattr(doctor_faces, "_installed", lambda package: installed.get(package, ""))
    lines = doctor_faces.faces(settings)
    assert [f"{line.state} {line.name}" for line in lines] == said
    haar = [line for line in lines if "Haar" in line.what]
    assert all("vig-capture model" in line.do for line in haar)
    assert bool(haar) == (settings == Settings() and installed.get("opencv-python-headless", "").startswith("4"))


def test_text_says_the_state_in_words() -> None:
    """Each line begins with ok, look or bad; why and what to do stand below."""
    text = as_text([Line("disk", "bad", "It is full.", "No room.", "Delete something."), Line("sleep", "ok", "Fine.")])
    assert text.splitlines()[:4] == [
        "bad   disk: It is full.",
        "      No room.",
        "      Delete something.",
        "ok    sleep: Fine.",
    ]


def test_greys_of_h264() -> None:
    """Copied H.264 is decoded for the clap test, each picture with its own time."""
    from vig_capture.media.encoder import X264Encoder

    clock = HostClock()
    camera = DemoCamera(clock, 320, 180, 15.0)
    mode, _ = camera.open()
    encoder = X264Encoder(mode, "ultrafast")
    greys = Greys(VideoMode(320, 180, 15.0, "h264", copied=True, extradata=encoder.track().extradata))
    found = []
    for number in range(20):
        for packet in encoder.encode(camera.picture(number), number * SECOND_NS // 15, number == 0):
            found += greys.of(Frame(packet.t_ns, packet.data, packet.size_bytes, encoded=True))
    camera.close()
    assert [time for time, _ in found] == [number * SECOND_NS // 15 for number in range(len(found))]
    assert len(found) >= 17
    assert found[0][1].shape == (90, 160)


def test_keys_that_mean_two_things_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vocabulary with a key of the screen keeps a film from being made where it is in use; a table of keys that does
    not go with it only waits; and usually all is well."""
    monkeypatch.setattr(settings_files, "config_folder", lambda: tmp_path)
    monkeypatch.setattr(keymap, "config_folder", lambda: tmp_path)
    assert [line.state for line in doctor_keys.keys(Settings())] == ["ok"]
    (tmp_path / "vocabularies").mkdir()
    shipped = (settings_files.shipped_folder() / "vocabularies" / "vig-core.toml").read_text(encoding="utf-8")
    (tmp_path / "vocabularies" / "mine.toml").write_text(shipped.replace('key = "a"', 'key = "s"'), encoding="utf-8")
    (unused,) = doctor_keys.keys(Settings())
    (used,) = doctor_keys.keys(Settings(vocabulary="mine"))
    assert (unused.state, used.state) == ("look", "bad")
    assert "takes a still picture" in used.why
    (tmp_path / "vocabularies" / "mine.toml").unlink()
    (tmp_path / "keys.toml").write_text('dim = ["a"]', encoding="utf-8")
    (clash,) = doctor_keys.keys(Settings())
    assert clash.state == "look"
    assert "usual keys" in clash.why
    assert clash.do
