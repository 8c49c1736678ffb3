"""How good the face detectors are: on pictures whose faces are labelled, and on films by path.

    python tools/detectors.py PICTURES [--model FILE …] [--film FILE …] [--every 0.5]

PICTURES holds truth.json: {file: {"faces": [{"box": [x, y, width, height] in pixels, "view": "F" or other, "child"}],
"ignore": [boxes that are neither right nor wrong], "people"}}. A detector is told how many faces are labelled, as the
checks tell it. Exit code 1 where a model finds fewer than 95 % of the faces of at least 36 rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vig_capture.checks.boxes import same_face
from vig_capture.checks.faces import Face, FaceDetector
from vig_capture.checks.haar import Haar
from vig_capture.checks.yunet import YuNet
from vig_capture.core.errors import UserError
from vig_capture.devices.clock import cpu_ns
from vig_capture.devices.face_model import read

FACE_MIN_PX = 36
"""Rows; the pictures have about 360."""
RECALL_MIN = 0.95
Bgr = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture and what is in it."""

    name: str
    bgr: Bgr
    faces: tuple[Face, ...]
    kinds: tuple[frozenset[str], ...]
    """Of each face: "frontal" or "turned", "child", "all" where it is large enough to count, else "small"."""
    ignore: tuple[Face, ...]


@dataclass(slots=True)
class Score:
    """How a detector did."""

    found: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    """Faces by kind."""
    false: list[str] = field(default_factory=list)
    """Pictures with something that is no face, once for each."""
    pairs_right: int = 0
    pairs: int = 0
    """Pictures with two faces; right: exactly these two were found."""
    costs_ms: list[float] = field(default_factory=list)

    def add(self, picture: Labelled, found: Sequence[Face]) -> None:
        """Count one picture."""
        seen = [any(same_face(face, other) for other in found) for face in picture.faces]
        for kinds, was_seen in zip(picture.kinds, seen, strict=True):
            self.there.update(kinds)
            self.found.update(kinds if was_seen else ())
        known = picture.faces + picture.ignore
        false = [face for face in found if not any(same_face(face, other) for other in known)]
        self.false += [picture.name] * len(false)
        if len(picture.faces) == 2:
            self.pairs += 1
            self.pairs_right += all(seen) and not false

    def recall(self) -> float:
        """Share of the faces of at least FACE_MIN_PX rows that were found."""
        return self.found["all"] / max(1, self.there["all"])

    def as_text(self) -> str:
        """For a person."""
        kinds = ", ".join(f"{kind} {self.found[kind]}/{self.there[kind]}" for kind in KINDS)
        median, most = np.percentile(self.costs_ms, [50, 95])
        false = f"{len(self.false)} false ({', '.join(self.false)})" if self.false else "none false"
        pairs = f"pairs right {self.pairs_right}/{self.pairs}"
        return f"{self.recall():6.1%}  {kinds}; {false}; {pairs}; CPU {median:.0f} ms a picture, at most {most:.0f}"


KINDS = ("frontal", "turned", "child", "small")


def labelled(folder: Path) -> Iterator[Labelled]:
    """The pictures of a folder with truth.json. Raises OSError, ValueError and KeyError for what is none."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, told in truth.items():
        bgr = cv2.imread(str(folder / name))
        if bgr is None:
            raise ValueError(f"{folder / name} is no picture.")
        height, width = bgr.shape[:2]
        faces = tuple(_box(face["box"], width, height) for face in told["faces"])
        ignore = tuple(_box(box, width, height) for box in told.get("ignore", ()))
        yield Labelled(name, np.asarray(bgr, np.uint8), faces, tuple(map(_kinds, told["faces"])), ignore)


def _box(box: Sequence[float], width: int, height: int) -> Face:
    x, y, w, h = box
    return Face(x / width, y / height, w / width, h / height, 1.0)


def _kinds(face: dict[str, Any]) -> frozenset[str]:
    if face["box"][3] < FACE_MIN_PX:
        return frozenset({"small"})
    kinds = {"all", "frontal" if face.get("view") == "F" else "turned"}
    return frozenset(kinds | {"child"} if face.get("child") else kinds)


def judged(detector: FaceDetector, pictures: Sequence[Labelled]) -> Score:
    """Run a detector over labelled pictures."""
    score = Score()
    detector.detect(pictures[0].bgr, None)  # the first run also prepares the network
    for picture in pictures:
        begun_ns = cpu_ns()
        found = detector.detect(picture.bgr, len(picture.faces))
        score.costs_ms.append((cpu_ns() - begun_ns) / 1e6)
        score.add(picture, found)
    return score


def frames(film: Path, every_s: float) -> Iterator[Bgr]:
    """One picture every so many seconds. Raises ValueError for what is no film."""
    reader = cv2.VideoCapture(str(film))
    rate = reader.get(cv2.CAP_PROP_FPS)
    if not reader.isOpened() or rate <= 0:
        raise ValueError(f"{film} is no film.")
    step, number = max(1, round(rate * every_s)), 0
    while reader.grab():
        if number % step == 0:
            good, bgr = reader.retrieve()
            if good:
                yield np.asarray(bgr, np.uint8)
        number += 1


def counted(detector: FaceDetector, film: Path, every_s: float, expected: int) -> str:
    """How often a detector sees how many faces in a film, and what it costs."""
    numbers: Counter[int] = Counter()
    costs_ms: list[float] = []
    for bgr in frames(film, every_s):
        begun_ns = cpu_ns()
        numbers[len(detector.detect(bgr, expected))] += 1
        costs_ms.append((cpu_ns() - begun_ns) / 1e6)
    total = numbers.total()
    seen = ", ".join(f"{count} faces {times}/{total}" for count, times in sorted(numbers.items()))
    return f"{seen}; CPU {np.median(costs_ms):.0f} ms a picture"


def detectors(models: Sequence[Path]) -> Iterator[tuple[str, FaceDetector]]:
    """Haar, and each model. Raises UserError."""
    for path in models:
        model = read(path)
        yield model.known.name, YuNet(model.content, model.known.name)
    yield Haar.name, Haar()


def main() -> int:
    """Judge every detector; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path, nargs="?")
    parser.add_argument("--model", type=Path, action="append", default=[])
    parser.add_argument("--film", type=Path, action="append", default=[])
    parser.add_argument("--every", type=float, default=0.5, help="seconds between the pictures of a film")
    parser.add_argument("--expected", type=int, default=2, help="faces that a film should show")
    wish = parser.parse_args()
    cv2.setNumThreads(1)
    code = 0
    try:
        pictures = list(labelled(wish.pictures)) if wish.pictures else []
        for name, detector in detectors(wish.model):
            if pictures:
                score = judged(detector, pictures)
                print(f"{name:8} {score.as_text()}", flush=True)
                if name != Haar.name and score.recall() < RECALL_MIN:
                    code = 1
            for film in wish.film:
                print(f"{name:8} {film.name}: {counted(detector, film, wish.every, wish.expected)}", flush=True)
    except (UserError, OSError, ValueError, KeyError) as error:
        print(error, file=sys.stderr)
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
