"""Typed settings: what may be set, within which bounds, and how a faulty file is reported.

Rule 1: an unknown option is refused with the one that was probably meant; a typo never silently does nothing.
Rule 2: settings come in layers (built in, the guider's file, the profile, the command line); each is checked by itself,
so that a fault is reported with its own file and line, and a later layer changes only what it names.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from vig_capture.core.errors import UserError
from vig_capture.core.text import Lines, near_miss

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow")
"""libx264's presets, fastest first. Slower ones cost more than they save at these sizes."""

OFFSETS = "audio_offset_ms"
SIZE_MIN, SIZE_MAX = 16, 7680


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every setting with its default. config/default.toml says the same for people, and a test holds them equal."""

    profile: Annotated[str, Meta(description="the name of a profile")] = ""
    """The occasion whose settings were laid over these."""
    vocabulary: Annotated[str, Meta(min_length=1, description="the name or path of a vocabulary")] = "vig-core"
    camera: Annotated[str, Meta(description="text in quotes, such as none")] = ""
    """What --camera takes; "" leaves the choice to the command."""
    mic: Annotated[str, Meta(description="text in quotes, such as none")] = ""
    """What --mic takes; "" leaves the choice to the command."""
    target_min: Annotated[float, Meta(ge=0, le=240, description="a number of minutes from 0 to 240")] = 10
    """How long such a film usually is; 0 = no target. Nothing stops there."""
    soft_end_min: Annotated[float, Meta(ge=0, le=240, description="a number of minutes from 0 to 240")] = 15
    """When the screen calmly says that it has become long; 0 = never."""
    latest_end_min: Annotated[float, Meta(gt=0, le=1440, description="a number of minutes up to 1440")] = 180
    """When a forgotten recording ends by itself."""
    segment_s: Annotated[float, Meta(ge=1, le=3600, description="a number of seconds from 1 to 3600")] = 60
    """Length of a film file."""
    size: Annotated[str, Meta(description='a size such as "1280x720", with even numbers')] = "1280x720"
    rate: Annotated[float, Meta(ge=1, le=120, description="a number of pictures a second from 1 to 120")] = 30
    crf: Annotated[
        int, Meta(ge=0, le=51, description="a whole number from 0 (largest files) to 51 (worst picture)")
    ] = 21
    """libx264's constant rate factor."""
    presets: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description=f"a list of libx264 presets, each faster than the last: {', '.join(PRESETS)}"),
    ] = ("veryfast", "superfast", "ultrafast")
    """The first is used; each further one is a step down for a machine that is too slow."""
    sound_bitrate_kbps: Annotated[int, Meta(ge=16, le=512, description="a whole number from 16 to 512")] = 160
    """Of the AAC sound in the film, of one channel. Below 160 a pure tone errs by −18 dBFS at times (measured)."""
    warn_minutes: Annotated[
        tuple[float, ...], Meta(min_length=1, description="a list of minutes, such as [30, 10, 1], falling, above 0")
    ] = (30, 10, 1)
    """Room on the disk, in minutes of film: warn at each, and at the last finish the film and stop."""
    fallback_folder: Annotated[str, Meta(description="the path of a folder")] = ""
    """Where filming goes on when the disk fails; "" = nowhere."""
    keep_weeks: Annotated[int, Meta(ge=0, le=1560, description="a whole number of weeks from 0 to 1560")] = 9
    """When a session is shown as due for erasing; 0 = never. About the two months after which a published consent form
    for such films has them erased (reference: practice of services); nothing is ever erased by itself."""
    checks: Annotated[bool, Meta(description="true or false")] = True
    """Are picture and sound checked on the spot?"""
    faces_expected: Annotated[int, Meta(ge=0, le=30, description="a whole number from 0 to 30")] = 2
    """How many faces the picture should hold; 0: they are not looked for."""
    face_model: Annotated[str, Meta(description="the path of a file")] = ""
    """YuNet's file; "" = the one that was installed, if any."""
    mains_hz: Annotated[Literal[50, 60], Meta(description="50 or 60")] = 50
    """How often the mains swings: 50 in Europe, 60 in North America."""
    audio_offset_ms: Annotated[
        dict[str, Annotated[float, Meta(ge=-2000, le=2000)]],
        Meta(description="a number of milliseconds from -2000 to 2000 for each pair of devices"),
    ] = {}
    """By `pair(camera, microphone)`: how much later the sound arrives than the picture of the same moment."""

    def offset_ms(self, camera: str, mic: str) -> float:
        """The audio offset of a pair of devices; 0 where none is set."""
        return self.audio_offset_ms.get(pair(camera, mic), 0.0)

    def width_height(self) -> tuple[int, int]:
        """`size` in pixels."""
        width, height = self.size.split("x")
        return int(width), int(height)


def pair(camera: str, mic: str) -> str:
    """How a pair of devices is called in settings: their own names, never indices."""
    return f"{camera} + {mic}"


def check_text(text: str, name: str) -> dict[str, Any]:
    """The settings that a TOML text names, checked. `name` is what the file is called in messages.

    Raises UserError with the line of the first fault."""
    lines = Lines(text, name, f"[{OFFSETS}]")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise lines.syntax_fault(error) from error
    fault = _fault(values)
    if fault:
        field, entry, why, do = fault
        raise lines.fault(entry or field, 1 if entry else 0, why, do)
    return values


def check_values(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The same for settings that were not read from a text, such as the command line's. Raises UserError."""
    fault = _fault(values)
    if fault:
        _, _, why, do = fault
        raise UserError(f"{name} cannot be used.", f"{why[:1].upper()}{why[1:]}", do)
    return dict(values)


def layered(layers: Iterable[Mapping[str, Any]]) -> Settings:
    """Settings from checked layers, the last one winning; offsets of device pairs add up."""
    merged: dict[str, Any] = {}
    for layer in layers:
        offsets = {**merged.get(OFFSETS, {}), **layer.get(OFFSETS, {})}
        merged = {**merged, **layer, OFFSETS: offsets}
    return msgspec.convert(merged, Settings)


def _fault(values: Mapping[str, Any]) -> tuple[str, str, str, str] | None:
    """The first fault: field, entry within the field or "", why, what to do."""
    for field in values:
        if field not in Settings.__struct_fields__:
            return field, "", f"there is no setting {field!r}.", near_miss(field, Settings.__struct_fields__)
    for field, value in values.items():
        do = f"It has to be {_description(field)}."
        if field == OFFSETS and isinstance(value, dict):
            for entry, offset in value.items():
                if not _good(field, {entry: offset}):
                    return field, entry, f"{field} of {entry!r} is {offset!r}.", do
        elif not _good(field, value):
            return field, "", f"{field} is {value!r}.", do
    return None


def _good(field: str, value: Any) -> bool:
    try:
        msgspec.convert({field: value}, Settings)
    except msgspec.ValidationError:
        return False
    if field == "size":
        return _good_size(value)
    if field == "presets":
        return _good_presets(value)
    return field != "warn_minutes" or (_falling(value) and value[-1] > 0)


def _good_size(size: str) -> bool:
    found = re.fullmatch(r"(\d{1,4})x(\d{1,4})", size, re.ASCII)
    # H.264 in yuv420p has one colour sample for two pixels: both numbers are even.
    return found is not None and all(
        SIZE_MIN <= int(part) <= SIZE_MAX and int(part) % 2 == 0 for part in found.groups()
    )


def _good_presets(presets: Sequence[str]) -> bool:
    return all(name in PRESETS for name in presets) and _falling([PRESETS.index(name) for name in presets])


def _falling(numbers: Sequence[float]) -> bool:
    return all(map(math.isfinite, numbers)) and list(numbers) == sorted(set(numbers), reverse=True)


def _description(field: str) -> str:
    hint = get_type_hints(Settings, include_extras=True)[field]
    return next(str(meta.description) for meta in hint.__metadata__ if isinstance(meta, Meta))
