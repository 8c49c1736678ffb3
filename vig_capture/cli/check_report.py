"""What `check` prints: traffic lights with advice, for a person or a program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from vig_capture.core.findings import Finding, Verdict, in_doubt, overall
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import HostClock
from vig_capture.devices.disk import HostDisk
from vig_capture.tui import texts
from vig_capture.tui.findings import STYLES, page, who_looks, words_of, worst_first
from vig_capture.tui.shown import Shown
from vig_capture.tui.words import BAD, QUIET, TITLE, wrapped

WELL, CHANGE, DOUBT = 0, 1, 3
"""Exit codes: nothing is bad and what matters could be told; something is bad; it could not be told."""


def exit_code(findings: Iterable[Finding]) -> int:
    """What the findings mean to a program."""
    found = list(findings)
    if overall(found) == Verdict.BAD:
        return CHANGE
    return DOUBT if in_doubt(found) else WELL


def as_map(shown: Shown, seconds: float) -> dict[str, Any]:
    """For a program. `seconds`: for how long it was watched."""
    told = []
    for finding in worst_first(shown.findings):
        words = words_of(finding)
        told.append({**finding.as_map(), "what": words.what, "why": words.why, "do": words.do})
    return {"overall": str(overall(shown.findings)), "detector": shown.detector, "findings": told, "seconds": seconds}


def as_lines(shown: Shown, width: int) -> list[Text]:
    """For a person, in lines of at most so many cells."""
    lines = [Text(texts.CHECK_BETWEEN.join(each.source for each in shown.streams), QUIET), Text()]
    for what, why, do in shown.trouble:
        lines += [Text(line, BAD) for line in wrapped(f"! {what} {why} {do}", width)]
    lines += [Text()] if shown.trouble else []
    lines += [Text.assemble(*row) for row in page(shown.findings, width)] or [Text(texts.CHECK_NOTHING_SAID)]
    verdict = overall(shown.findings)
    says = texts.CHECK_OVERALL[verdict]
    if verdict in (Verdict.ATTENTION, Verdict.BAD) and in_doubt(shown.findings):
        says += f" {texts.CHECK_DOUBT}"
    sign = f"{texts.CHECK_SIGNS[verdict]} "
    lines.append(Text())
    for number, line in enumerate(wrapped(says, width - len(sign))):
        lines.append(Text.assemble((" " * len(sign) if number else sign, STYLES[verdict]), (line, TITLE)))
    return lines + [Text(line, QUIET) for line in wrapped(who_looks(shown.detector), width)]


def keep(folder: Path, lines: Iterable[Text], picture: dict[str, Any] | None, session: str = "") -> list[Path]:
    """Keep the lines, and the picture as the recorder sends it, in private files named by the local time, and by the
    `session` that is being filmed: erasing that takes them away as well. Returns the files. Raises StorageError."""
    disk, at = HostDisk(), datetime.fromtimestamp(HostClock().utc_ns() / SECOND_NS, UTC).astimezone()
    name = f"check-{at:%Y-%m-%dT%H%M%S}" + (f"-of-{session}" if session else "")
    made = {f"{name}.txt": "".join(f"{line.plain}\n" for line in lines).encode()}
    if picture is not None:
        made[f"{name}.jpg"] = _jpeg(picture)
    disk.make_folder(folder)
    for file, data in made.items():
        disk.write_new(folder / file, data)
    return [folder / file for file in made]


def kept_lines(files: Sequence[Path], with_picture: bool) -> list[Text]:
    """What is said of the files that were kept, if any."""
    if not files:
        return [Text(texts.CHECK_KEPT_NOTHING, QUIET)]
    lines = [Text(texts.CHECK_KEPT.format(file=file), QUIET) for file in files]
    return lines if with_picture else [*lines, Text(texts.CHECK_NO_STILL, QUIET)]


def _jpeg(picture: dict[str, Any]) -> bytes:
    import av
    import numpy as np

    from vig_capture.media.still import jpeg

    points = np.frombuffer(picture["rgb"], np.uint8).reshape(picture["height"], picture["width"], 3)
    return jpeg(av.VideoFrame.from_ndarray(points, "rgb24"))
