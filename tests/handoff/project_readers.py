"""Readers of projects of other programs, as tests/handoff/readers.py has them for texts."""

from __future__ import annotations

import io
import json
import re
from decimal import Decimal
from math import floor
from typing import Any
from xml.etree import ElementTree

from tests.handoff.made_up import PEOPLE, SEGMENTS, TIME
from vig_capture.core.time import MS_NS, SECOND_NS
from vig_capture.handoff.facts import FACTS, seconds_text, text

Facts = dict[str, str]
RATE = 30
_BEGINS = {f"../{part.file}": TIME.film_ns(part.start_ns) for part in SEGMENTS} | {"film.mp4": 0}
"""File and the film time at which it begins."""
_FIELDS = {fact.field: fact for fact in FACTS}


# BORIS -----------------------------------------------------------------------------------------------------------


def read_boris(data: bytes) -> list[Facts]:
    project = json.loads(data.decode("ascii"))
    (observation,) = project["observations"].values()
    rows = {row["code"]: row for row in project["behaviors_conf"].values()}
    times = [event[0] for event in observation["events"]]
    assert times == sorted(times)
    assert not any(row["code"] != code for code, row in rows.items())
    found: list[Facts] = []
    begun: dict[tuple[str, str], Facts] = {}
    # (BORIS sorts them so when it opens a project.)
    for time, person, code, modifiers, comment, frame in sorted(observation["events"], key=lambda event: event[:3]):
        assert (modifiers, frame) == ("", "NA")
        at, is_state = seconds_text(_film_ns(observation, time)), rows[code]["type"] == "State event"
        if is_state and (person, code) in begun:
            assert comment == ""
            begun.pop((person, code))["film_until"] = seconds_text(_film_ns(observation, time))
            continue
        label = re.sub(r"( \(stretch\)( \(\d+\))?)?( \[\d+\])?$", "", code)
        found.append({"label": label, "family": rows[code]["category"], "film_press": at} | _said(comment, person))
        if is_state:
            begun[person, code] = found[-1]
    assert not begun
    return found


def _said(comment: str, person: str) -> Facts:
    said = re.fullmatch(r'id=(\S+)( star)?(?: goal=(\S+) ("(?:[^"\\]|\\.)*"))?(?: note=(.*))?', comment, re.DOTALL)
    assert said is not None, comment
    id_, star, goal_id, goal, note = said.groups()
    told = {"id": id_, "star": "true" if star else "", "goal_id": goal_id or "", "note": note or ""}
    return told | {"goal": json.loads(goal) if goal else "", "person": person, "who": _who(person)}


def _film_ns(observation: dict[str, Any], time: float) -> int:
    """As BORIS finds the file of an event (observation_operations.py, event2media_file_name)."""
    at, before = Decimal(time).quantize(Decimal(".001")), Decimal(0)
    for path in observation["file"]["1"]:
        length = floor(observation["media_info"]["length"][path] * 10**3) / Decimal(10**3)
        if before <= at < before + length:
            begin = _BEGINS[path]
            assert begin is not None
            return begin + round((at - before) * SECOND_NS)
        before += length
    raise AssertionError(f"{time} is in no file")


# ELAN ------------------------------------------------------------------------------------------------------------


def read_elan(data: bytes) -> list[Facts]:
    document = ElementTree.fromstring(data.decode())
    slots = {each.attrib["TIME_SLOT_ID"]: int(each.attrib["TIME_VALUE"]) for each in document.iter("TIME_SLOT")}
    found: dict[str, Facts] = {}
    clips: dict[str, Facts] = {}
    for tier in document.iter("TIER"):
        end = -1
        for each in tier.iter("ALIGNABLE_ANNOTATION"):
            start_ms, end_ms = slots[each.attrib["TIME_SLOT_REF1"]], slots[each.attrib["TIME_SLOT_REF2"]]
            assert end <= start_ms < end_ms, "annotations of a tier do not overlap"
            end = end_ms
            value, ends = each.findtext("ANNOTATION_VALUE") or "", [_ms(start_ms), _ms(end_ms)]
            if "PARTICIPANT" in tier.attrib:
                found[each.attrib["ANNOTATION_ID"]] = {"label": value} | _tier(tier.attrib, *ends)
            else:
                clips[value] = dict(zip(("film_in", "film_out"), ends, strict=True))
        for each in tier.iter("REF_ANNOTATION"):
            name = tier.attrib["TIER_ID"].removeprefix(f"{tier.attrib['PARENT_REF']}: ")
            found[each.attrib["ANNOTATION_REF"]][name] = each.findtext("ANNOTATION_VALUE") or ""
    used = document.findtext("HEADER/PROPERTY[@NAME='lastUsedAnnotationId']")
    ids = [each.attrib["ANNOTATION_ID"] for each in document.iter() if "ANNOTATION_ID" in each.attrib]
    assert max([int(id_.removeprefix("a")) for id_ in ids], default=0) <= int(used or 0)
    return [each | clips.get(each["id"], {}) for each in found.values()]


def _tier(tier: dict[str, str], start: str, end: str) -> Facts:
    person = tier["PARTICIPANT"]
    kind = re.sub(r" \(\d+\)$", "", tier["TIER_ID"].removeprefix(f"{person}: "))
    family = kind.removesuffix(" (stretches)")
    told = {"person": person, "who": _who(person), "family": "" if family == "other moments" else family}
    return told | {"film_press": start} | ({"film_until": end} if family != kind else {})


# Edit lists ------------------------------------------------------------------------------------------------------


def read_otio(data: bytes) -> list[Facts]:
    (clip,) = _clips(data)
    for marker in clip["markers"]:
        assert marker["OTIO_SCHEMA"] == "Marker.2", "newer ones are not read by what people have"
        assert marker["name"] == marker["metadata"]["vig_capture"].get("label", "")
        assert marker["comment"] == marker["metadata"]["vig_capture"].get("note", "")
    return [_metadata(marker, "marked_range") for marker in clip["markers"]]


def read_otio_clips(data: bytes) -> list[Facts]:
    return [_metadata(clip, "source_range") for clip in _clips(data)]


def _clips(data: bytes) -> list[dict[str, Any]]:
    (track,) = json.loads(data)["tracks"]["children"]
    assert all(each["OTIO_SCHEMA"] == "Clip.2" for each in track["children"]), "LosslessCut reads clips alone"
    clips: list[dict[str, Any]] = track["children"]
    media = [clip["media_references"]["DEFAULT_MEDIA"]["target_url"] for clip in clips]
    assert set(media) <= {"film.mp4"}
    return clips


def _metadata(piece: dict[str, Any], times: str) -> Facts:
    said = {_FIELDS[field].name: text(value, _FIELDS[field].kind) for field, value in
            piece["metadata"]["vig_capture"].items()}  # fmt: skip
    start, length = (piece[times][name] for name in ("start_time", "duration"))
    assert (start["rate"], length["rate"]) == (RATE, RATE)
    window = piece["metadata"]["vig_capture"]
    assert -1 <= window["film_in_ns"] - start["value"] * SECOND_NS / RATE < SECOND_NS / RATE
    wanted = (start["value"] + length["value"]) * SECOND_NS / RATE
    assert abs(window["film_out_ns"] - wanted) <= SECOND_NS / RATE + 2
    return said


_EVENT = re.compile(
    r"(?P<number>\d{3,})  001      V     C        (?P<begin>[\d:]{11}) (?P<end>[\d:]{11}) (?P=begin) (?P=end)  \n"
    r"(?P<note>[^|\n]*) \|C:ResolveColor(?P<colour>Blue|Green) \|M:(?P<name>[^|\n]*) \|D:(?P<length>\d+)\n\n"
)


def read_edl(data: bytes) -> list[Facts]:
    header, rest = data.decode()[:2000].split("\n\n", 1)[0], data.decode().split("\n\n", 1)[1]
    assert header == "TITLE: s-1\nFCM: NON-DROP FRAME"
    found, before = [], -1
    for number, event in enumerate(_EVENT.finditer(rest), start=1):
        assert (int(event["number"]), _frame(event["end"])) == (number, _frame(event["begin"]) + 1)
        at = _frame(event["begin"])
        assert at > before, "one marker a frame"
        before = at
        person, _, note = event["note"].removeprefix("– ").partition(": ")
        told = {"label": event["name"], "person": person, "note": note, "film_press": _frame_text(before)}
        until = {"film_until": _frame_text(before + int(event["length"]))} if event["length"] != "1" else {}
        found.append(told | until | {"who": {"Blue": "self", "Green": "other"}[event["colour"]]})
    assert _EVENT.sub("", rest) == ""
    return found


def _frame(timecode: str) -> int:
    hours, minutes, seconds, frames = map(int, timecode.split(":"))
    return (((hours - 1) * 60 + minutes) * 60 + seconds) * RATE + frames


def _frame_text(number: int) -> str:
    return seconds_text(round(number * SECOND_NS / RATE))


# Parquet ---------------------------------------------------------------------------------------------------------


def read_parquet(data: bytes) -> list[Facts]:
    from pyarrow import parquet

    table = parquet.read_table(io.BytesIO(data))
    told = json.loads(table.schema.metadata[b"vig_capture"])
    assert told["session"] == "s-1"
    rows = table.to_pylist()
    assert all(row["session"] == "s-1" for row in rows)
    return [{fact.name: text(row[fact.field], fact.kind) for fact in FACTS} for row in rows]


def _ms(value: int) -> str:
    return seconds_text(value * MS_NS)


def _who(person: str) -> str:
    return {PEOPLE[0]: "self", PEOPLE[1]: "other"}[person]
