"""Typed settings: defaults, layers, and faults with their line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.config import Settings, check_text, check_values, layered, pair
from vig_capture.core.errors import UserError

CONFIG = Path(__file__).parents[2] / "config"
PROFILES = sorted((CONFIG / "profiles").glob("*.toml"))


def fault(text: str) -> UserError:
    with pytest.raises(UserError) as caught:
        check_text(text, "my.toml")
    return caught.value


def test_default_file_is_the_default() -> None:
    """config/default.toml names every setting, with the value that is built in."""
    values = check_text((CONFIG / "default.toml").read_text(encoding="utf-8"), "default.toml")
    assert set(values) == set(Settings.__struct_fields__)
    assert layered([values]) == Settings()


def test_profiles_are_there() -> None:
    """Every profile that the README names is a file."""
    names = {path.stem for path in PROFILES}
    wanted = {"interaction", "infant", "lesson", "home-training", "shared-review", "interview", "tag-only", "measure"}
    assert names == wanted


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_each_profile(path: Path) -> None:
    """Each profile is valid, and names a vocabulary that exists."""
    settings = layered([check_text(path.read_text(encoding="utf-8"), path.name)])
    assert (CONFIG / "vocabularies" / f"{settings.vocabulary}.toml").is_file()
    assert settings.soft_end_min < settings.latest_end_min


def test_later_layers_win() -> None:
    """A later layer changes what it names and nothing else; offsets of device pairs add up."""
    offsets = {pair("C920", "Jabra"): 40}
    settings = layered([{"rate": 15, "crf": 18, "audio_offset_ms": offsets}, {"crf": 30, "audio_offset_ms": {"x": 1}}])
    assert (settings.rate, settings.crf, settings.size) == (15, 30, "1280x720")
    assert settings.offset_ms("C920", "Jabra") == 40
    assert settings.offset_ms("C920", "another") == 0
    assert settings.audio_offset_ms["x"] == 1


def test_width_and_height() -> None:
    """A size is two numbers of pixels."""
    assert Settings(size="640x360").width_height() == (640, 360)


def test_near_miss() -> None:
    """An unknown option is refused with its file, its line and the one that was probably meant."""
    error = fault("crf = 20\n\n# longer files\nsegment_seconds = 30\n")
    assert error.what == "my.toml cannot be used."
    assert error.why == "Line 4: there is no setting 'segment_seconds'."
    assert error.do == "Did you mean segment_s?"


def test_nothing_near() -> None:
    """An unknown option that resembles none is refused with all that there are."""
    assert all(name in fault("zzz = 1").do for name in Settings.__struct_fields__)


def test_unknown_section() -> None:
    """A section that does not exist is reported at its header, quotes and comments beside it or not."""
    assert fault('crf = 20 # = "[x]"\n[film] # mine\nrate = 3\n').why == "Line 2: there is no setting 'film'."


@pytest.mark.parametrize(
    "entry",
    [
        "segment_s = 0.5",
        "segment_s = 3601",
        "segment_s = nan",
        "segment_s = inf",
        'segment_s = "60"',
        "segment_s = true",
        "latest_end_min = 0",
        "latest_end_min = -inf",
        "crf = 52",
        "crf = 20.5",
        'size = "1280"',
        'size = "1281x720"',
        'size = "1280×720"',
        'size = "0x0"',
        'size = "１２８０x720"',
        'size = "8000x720"',
        'size = "1280x720\\n"',
        "presets = []",
        'presets = ["fastest"]',
        'presets = ["ultrafast", "veryfast"]',
        'presets = ["veryfast", "veryfast"]',
        "warn_minutes = []",
        "warn_minutes = [1, 10]",
        "warn_minutes = [30, 0]",
        "warn_minutes = [nan]",
        "sound_bitrate_kbps = 8",
        "fallback_folder = 3",
        'vocabulary = ""',
        "audio_offset_ms = 40",
    ],
)
def test_values_out_of_bounds(entry: str) -> None:
    """A value that cannot be meant is reported at its line, with what may be written there."""
    error = fault(f"rate = 25\n{entry}\n")
    name = entry.partition(" ")[0]
    assert error.why.startswith(f"Line 2: {name} is ")
    assert error.do.startswith("It has to be ")


@pytest.mark.parametrize("offset", ["2001", "nan", '"40"'])
def test_faulty_offset(offset: str) -> None:
    """Of several pairs of devices, the faulty one's line is named."""
    error = fault(f'rate = 25\n[audio_offset_ms]\n"a + b" = 4\n"c + d" = {offset}\n')
    assert error.why.startswith("Line 4: audio_offset_ms of 'c + d' is ")


def test_syntax() -> None:
    """A text that is no TOML is reported at the line that broke it."""
    assert fault("rate = 25\ncrf 20\n").why.startswith("Line 2: it cannot be read: ")


def test_values_without_a_file() -> None:
    """The command line's faults are told without a line."""
    with pytest.raises(UserError) as caught:
        check_values({"rate": 500}, "The command line")
    assert caught.value.what == "The command line cannot be used."
    assert caught.value.why == "Rate is 500."


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    """Any text is either good or a UserError with a line."""
    try:
        check_text(text, "my.toml")
    except UserError as error:
        assert error.why.startswith("Line ")


PLAIN = st.one_of(st.integers(), st.floats(), st.booleans(), st.text(), st.none())
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@given(st.dictionaries(st.sampled_from(Settings.__struct_fields__), VALUES))
def test_any_values(values: dict[str, Any]) -> None:
    """What passes the check makes settings; what does not is refused in words, never with a TypeError."""
    try:
        checked = check_values(values, "The command line")
    except UserError as error:
        assert error.do.startswith("It has to be ")
    else:
        assert isinstance(layered([checked]), Settings)
