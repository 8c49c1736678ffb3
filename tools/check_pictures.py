"""Judges the picture's checks: labelled pictures and their variants, with each face detector, in one table.

    python tools/check_pictures.py FOLDER [--model YUNET.onnx]… [--scale 1.0] [--list]

Every picture stands for a scene that has stood still for some seconds, filmed as it is: its own pixels are the recorded
ones, so that faces of 60 to 96 pixels are said to be near the limit, and smaller ones too far away. `--scale` enlarges
them first, as if the camera had recorded more; there is no finer detail in that, and focus may say so.

Of the overall light: wrong green is clearly bad and green, wrong red clearly good and red (picture_variants.py tells
both), "amber" clearly good and amber. Of a check: right is quiet on good pictures and a word on the faults that it has
to find; wrong the opposite.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from picture_variants import Labelled, astronaut, labelled, variants

from vig_capture.checks.faces import Face, FaceDetector, NoDetector
from vig_capture.checks.framing import FRAMING
from vig_capture.checks.haar import Haar
from vig_capture.checks.light import LIGHT
from vig_capture.checks.view import SMALL_HEIGHT, CheckSettings, Look, Picture, PictureView
from vig_capture.checks.yunet import YuNet
from vig_capture.core.findings import Finding, Verdict, overall
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import cpu_ns

SMALL_WIDTH = 640
LOOKS = 10
"""Of the scene, two a second."""
NOW_NS = 100 * SECOND_NS
FACE_PX = 60
FAULTS = (Verdict.ATTENTION, Verdict.BAD)
FINDS = {
    "exposure": ("exposure",),
    "face-light": ("exposure",),
    "window": ("window",),
    "shadow": ("shadow",),
    "focus": ("blur",),
    "camera": ("camera", "covered"),
    "faces": (),
    "edges": ("cut",),
}
"""Which faults a check has to find."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A picture, and what the checks say of it."""

    picture: Labelled
    light: Verdict
    findings: dict[str, Finding]


# ------------------------------------------------------------------------------------------------------------- looking


def look(labelled: Labelled, detector: FaceDetector) -> Judged:
    """As the watcher would, after some seconds of the same scene."""
    picture = seen(labelled.bgr)
    settings = CheckSettings(faces_expected=len(labelled.boxes))
    faces = detector.detect(picture.bgr, settings.faces_expected)
    before = None if labelled.before is None else seen(labelled.before)
    view = PictureView(picture, looks(faces), detector.name, detector.caps, settings.rate_wanted, before)
    findings = {finding.check: finding for check in (*FRAMING, *LIGHT) for finding in check(view, settings)}
    return Judged(labelled, overall(findings.values()), findings)


def seen(bgr: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Picture:
    """A recorded picture as it is handed to the checks."""
    height, width = bgr.shape[:2]
    scale = min(SMALL_WIDTH / width, SMALL_HEIGHT / height, 1.0)
    small = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else bgr
    luma = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    return Picture(NOW_NS, np.asarray(small, np.uint8), width, height, np.asarray(luma, np.uint8))


def looks(faces: tuple[Face, ...]) -> tuple[Look, ...]:
    """The same faces again and again, two looks a second."""
    return tuple(Look(NOW_NS - back * SECOND_NS // 2, faces) for back in reversed(range(LOOKS)))


def scaled(picture: Labelled, scale: float) -> Labelled:
    """Recorded with so many times the pixels."""
    if scale == 1.0:
        return picture
    larger = cv2.resize(picture.bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    boxes = tuple((x * scale, y * scale, w * scale, h * scale) for x, y, w, h in picture.boxes)
    return Labelled(picture.name, np.asarray(larger, np.uint8), boxes, picture.good, picture.lit, picture.dark_skinned)


# -------------------------------------------------------------------------------------------------------------- judging


def light_lines(judged: Sequence[Judged], listed: bool) -> Iterator[str]:
    """The overall light: of all, and of those with faces of FACE_PX and more."""
    large = [one for one in judged if one.picture.face_height_px >= FACE_PX]
    for words, some in (("all", judged), (f"faces ≥ {FACE_PX} px", large)):
        good = [one for one in some if one.picture.good]
        bad = [one for one in some if one.picture.bad]
        green, red = _lit(bad, Verdict.GOOD), _lit(good, Verdict.BAD)
        amber, unknown = _lit(good, Verdict.ATTENTION), _lit([*good, *bad], Verdict.UNKNOWN)
        yield (
            f"  {words:14} wrong green {_share(green, bad)}  wrong red {_share(red, good)}"
            f"  amber {_share(amber, good)}  can't tell {_share(unknown, [*good, *bad])}"
        )
        if listed:
            yield from (f"      wrong green: {_named(one)}" for one in green)
            yield from (f"      wrong red: {_named(one)} {_words(one, FAULTS)}" for one in red)
            yield from (f"      amber: {_named(one)} {_words(one, FAULTS)}" for one in amber)
            yield from (f"      can't tell: {_named(one)} {_words(one, (Verdict.UNKNOWN,))}" for one in unknown)


def check_lines(judged: Sequence[Judged], listed: bool) -> Iterator[str]:
    """Each check by itself."""
    for check, faults in FINDS.items():
        counts: Counter[str] = Counter()
        wrong = []
        for one in judged:
            finding = one.findings.get(check)
            must_find = one.picture.plain and one.picture.fault in faults
            must_not = not must_find and _is_fine(one.picture, check)
            if finding is None or not (must_find or must_not):
                continue
            said = finding.verdict in FAULTS
            word = "can't tell" if finding.verdict == Verdict.UNKNOWN else "right" if said == must_find else "wrong"
            counts[word, must_find] += 1  # type: ignore[index]
            if word == "wrong":
                wrong.append(one)
        found, quiet = (
            "  ".join(f"{word} {counts[word, must]:4}" for word in ("right", "wrong", "can't tell"))  # type: ignore[index]
            for must in (True, False)
        )
        yield f"  {check:11} faults: {found}   good: {quiet}"
        if listed:
            yield from (f"      {_named(one)} {one.findings[check]}" for one in wrong)


def _is_fine(picture: Labelled, check: str) -> bool:
    """Is there nothing that this check may find?"""
    if check == "camera":
        return picture.before is not None and picture.fault in ("exposure", "blur")
    if check in ("exposure", "face-light"):
        return picture.lit
    return picture.good


def too_dark_lines(judged: Sequence[Judged]) -> Iterator[str]:
    """Dark skin that is correctly exposed is never too dark."""
    dark = [one for one in judged if one.picture.dark_skinned and one.picture.lit]
    wrong = [one for one in dark if "dark" in one.findings["face-light"].code]
    yield f"  dark skin, correctly exposed, called too dark: {_share(wrong, dark)}"
    yield from (f"      {_named(one)}" for one in wrong)


def _lit(judged: Sequence[Judged], verdict: Verdict) -> list[Judged]:
    return [one for one in judged if one.light == verdict]


def _share(some: Sequence[Judged], of: Sequence[Judged]) -> str:
    return f"{len(some):3} of {len(of):3} ({100 * len(some) / max(len(of), 1):4.1f} %)"


def _named(one: Judged) -> str:
    return f"{one.picture.name} {one.picture.fault}{one.picture.amount:+g}"


def _words(one: Judged, verdicts: Sequence[Verdict]) -> str:
    return ", ".join(finding.code for finding in one.findings.values() if finding.verdict in verdicts)


def cost_lines(detector: FaceDetector) -> Iterator[str]:
    """CPU time of one look of each check, at 640×360 from 1280×720."""
    picture = seen(astronaut().bgr)
    faces = detector.detect(picture.bgr, 2)
    view = PictureView(picture, looks(faces), detector.name, detector.caps, 30.0, picture)
    costs = []
    for check in LIGHT:
        took_ns = []
        for _ in range(10):
            began_ns = cpu_ns()
            list(check(view, CheckSettings()))
            took_ns.append(cpu_ns() - began_ns)
        costs.append(f"{check.__name__} {sorted(took_ns)[5] / 1e6:.1f}")
    yield "  CPU ms of a look: " + ", ".join(costs)


def kept(judged: Judged) -> Judged:
    """Without its pixels: hundreds of them are a gigabyte."""
    none = np.zeros((1, 1, 3), np.uint8)
    picture = replace(judged.picture, bgr=none, before=None if judged.picture.before is None else none)
    return replace(judged, picture=picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, action="append", default=[])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--list", action="store_true", help="name what is wrong, and why")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    models: list[FaceDetector] = [YuNet(path.read_bytes(), f"YuNet ({path.name})") for path in asked.model]
    detectors = [*models, Haar(), NoDetector()]
    judged: dict[str, list[Judged]] = {detector.name: [] for detector in detectors}
    pictures = [*labelled(asked.folder), astronaut()]
    for picture in pictures:
        for variant in variants(scaled(picture, asked.scale) if picture.name != "astronaut" else picture):
            for detector in detectors:
                judged[detector.name].append(kept(look(variant, detector)))
    print(f"{len(pictures)} pictures, {len(judged[NoDetector.name])} with their variants")
    for detector in detectors:
        ones = judged[detector.name]
        print(f"\n{detector.name}")
        print(*light_lines(ones, asked.list), *check_lines(ones, asked.list), *too_dark_lines(ones), sep="\n")
        print(*cost_lines(detector), sep="\n")


if __name__ == "__main__":
    main()
