"""What the devices, the disk and the battery are doing, as lines: in words when it is calm, with a meter when asked."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len
from textual.content import Content

from vig_capture.core.findings import worst
from vig_capture.tui import texts
from vig_capture.tui.film.state import FilmState
from vig_capture.tui.findings import FAULTS, grouped
from vig_capture.tui.level import BAR_CELLS, Level
from vig_capture.tui.shown import Shown, Stream
from vig_capture.tui.words import BAD, GOOD, QUIET, fit

_STREAM_LINES = 4
_HOURS_FROM_MIN = 300
_ROOM_LITTLE_MIN, _BATTERY_LITTLE_MIN = 30, 20
_STREAM_COLUMN = BAR_CELLS + 16
"""Cells between a stream's name and the name of its device."""
_BETWEEN = ("   ", QUIET)


def facts(state: FilmState, levels: Mapping[str, Level], now_ns: int, width: int, lively: bool) -> Content:
    """Cameras and microphones, and below them losses, disk and battery.

    `lively`: a row for each stream, with a moving meter; else all that goes well is words on one row that stay."""
    shown = state.shown
    name, _ = state.headline(now_ns)
    if name == "waiting":
        return Content("")
    known = name not in ("lost", "silent", "closed")
    calm = [each for each in shown.streams if not lively and known and each.state == "live"]
    rows = [each for each in shown.streams if each not in calm][:_STREAM_LINES]
    lines = [_calm(calm, levels)] if calm and name != "paused" else []
    # In a pause nothing is filmed and nothing shown, so that only what is broken would be news.
    lines += [_stream(each, levels.get(each.id), width, known) for each in rows if name != "paused"]
    if len(shown.streams) - len(calm) > _STREAM_LINES:
        more = len(shown.streams) - len(calm) - _STREAM_LINES
        lines.append(Content.styled(" " + texts.MORE_STREAMS.format(count=more), QUIET))
    losing = name == "recording" and any(each.kind == "video" and each.state != "live" for each in shown.streams)
    known = known or name == "closed"
    losses = _losses(shown, losing) if known else Content.styled(" " + texts.LOSSES_NOT_KNOWN, QUIET)
    signs = _checks(shown) if name == "recording" else ""
    if signs and losses.cell_length + cell_len(signs) < width:
        losses = Content.assemble(losses, (signs, QUIET))
    return Content("\n").join([*lines, losses])


def _calm(streams: list[Stream], levels: Mapping[str, Level]) -> Content:
    """Words that stand still: the picture is live, the sound is good."""
    parts: list[tuple[str, str]] = [(" ", "")]
    several = {kind for kind in ("video", "audio") if sum(each.kind == kind for each in streams) > 1}
    for each in streams:
        word = levels[each.id].word if each.id in levels else texts.STREAM_STATES["live"]
        is_bad = each.id in levels and word != texts.LEVEL_GOOD
        name = texts.PICTURE if each.kind == "video" else texts.SOUND
        parts += [_BETWEEN] if len(parts) > 1 else []
        parts.append((f"{name} {each.id}: " if each.kind in several else f"{name}: ", QUIET))
        parts.append((f"! {word}" if is_bad else word, BAD if is_bad else QUIET))
    return Content.assemble(*parts)


def _stream(stream: Stream, level: Level | None, width: int, known: bool) -> Content:
    """`known` is False when what the recorder last said of it no longer tells anything."""
    state = texts.STREAM_STATES.get(stream.state, stream.state)
    head = f" {fit(texts.PICTURE if stream.kind == 'video' else texts.SOUND, 8)}{fit(stream.id, 6)} "
    if not known:
        return Content.assemble((head, QUIET), (fit(f"{texts.STREAM_NOT_KNOWN}  {stream.source}", width - 18), QUIET))
    if stream.state != "live":
        return Content.assemble((head, QUIET), (fit(f"! {state}  {stream.source}", width - 18), BAD))
    source = (fit(stream.source, width - 18 - _STREAM_COLUMN), QUIET)
    if stream.kind == "video" or level is None:
        # The pixel format tells a guider nothing.
        mode = fit(f"{state}  {stream.mode.partition(', ')[0]}", min(_STREAM_COLUMN, width - 18))
        return Content.assemble((head, QUIET), mode, source)
    word = level.word
    bar = Content.assemble(("━" * level.cells, GOOD), ("─" * (BAR_CELLS - level.cells), "#505050"))
    sign = "" if word == texts.LEVEL_GOOD else "! "
    style = "" if word == texts.LEVEL_GOOD else BAD
    return Content.assemble((head, QUIET), bar, "  ", (fit(sign + word, _STREAM_COLUMN - BAR_CELLS - 2), style), source)


def _losses(shown: Shown, losing: bool) -> Content:
    """`losing`: a picture is missing now, and is counted only when it is back."""
    lost = shown.lost_frames
    thinned = sum(each.thinned for each in shown.streams)
    parts: list[tuple[str, str]] = [(" ", "")]
    if losing:
        parts.append((texts.LOSING_MORE.format(count=lost) if lost else texts.LOSING, BAD))
    elif lost:
        parts.append((texts.LOST_ONE if lost == 1 else texts.LOST.format(count=lost), BAD))
    else:
        parts.append((texts.NOTHING_LOST, QUIET))
    if thinned:
        parts.append((" · " + texts.THINNED.format(count=thinned), QUIET))
    parts.append((" · ", QUIET))
    parts.append(_minutes(shown.minutes_left, _ROOM_LITTLE_MIN, texts.ROOM_LITTLE, texts.ROOM, texts.ROOM_HOURS))
    if shown.battery_minutes is not None:
        battery = (texts.BATTERY_LITTLE, texts.BATTERY, texts.BATTERY_HOURS)
        parts += [(" · ", QUIET), _minutes(shown.battery_minutes, _BATTERY_LITTLE_MIN, *battery)]
    return Content.assemble(*parts)


def _checks(shown: Shown) -> str:
    """A sign for each group of checks in which something is worth a look: never more, and never an alarm."""
    verdicts = {group: worst(members) for group, members in grouped(shown.findings).items()}
    return "".join(
        texts.CHECK_GLYPH.format(group=texts.CHECK_GROUPS_SHORT[group], sign=texts.CHECK_SIGNS[verdict])
        for group, verdict in verdicts.items()
        if verdict in FAULTS
    )


def _minutes(minutes: float | None, little_min: float, little: str, some: str, hours: str) -> tuple[str, str]:
    """So many minutes are left, as a text and its style."""
    if minutes is None:
        return texts.ROOM_UNKNOWN, QUIET
    if minutes <= little_min:
        return little.format(minutes=max(int(minutes), 0)), BAD
    if minutes < _HOURS_FROM_MIN:
        return some.format(minutes=int(minutes)), QUIET
    return hours.format(hours=int(minutes // 60)), QUIET
