"""Labelled pictures, and what a bad lamp, window, lens or hand makes of them: for judging the picture's checks.

    python tools/picture_variants.py FOLDER --to OTHER     # writes every variant as a PNG, to look at

FOLDER holds truth.json: {file: {"faces": [{"box": [x, y, width, height]}, …]}} in pixels, and the pictures.
Clearly bad means: −3 EV or darker, +2 EV or brighter, blurred by 1.5 % of a face or more (σ of a Gaussian), a window
behind 3 stops brighter than what the room's light makes white or more, 30 % of a face or more beyond the edge.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Bgr = NDArray[np.uint8]
Light = NDArray[Any]
"""0..1, of a float type."""
Box = tuple[float, float, float, float]
"""x, y, width, height in pixels."""

EV = (-4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0)
BLUR = (0.005, 0.01, 0.015, 0.02, 0.03)
"""σ as a share of the mean height of the faces."""
WINDOW = ((1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (4.0, 0.0), (2.0, 0.5), (3.0, 0.5), (4.0, 0.5))
"""Stops, and how far the camera's exposure goes from the window (0) to the people (1)."""
SHADOW_STOPS = (1.0, 3.0, 4.0)
HIDDEN = (0.15, 0.3, 0.5)
"""Share of a face's width or height beyond the picture's edge."""
MOVES = {
    "shift": ((1.0, 0.0, 0.02, 0.01), (1.0, 0.0, 0.1, 0.05)),
    "tilt": ((1.0, 1.0, 0.0, 0.0), (1.0, 4.0, 0.0, 0.0)),
    "zoom": ((1.05, 0.0, 0.0, 0.0), (1.2, 0.0, 0.0, 0.0)),
}
"""Scale, degrees, and shift as a share of the width."""
FULL_WELL = 2000.0
"""Photons that make white in a small sensor turned up in a dim room: its shot noise shows."""
READ_NOISE = 0.002
"""Of white."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture, and what is known of it."""

    name: str
    bgr: Bgr
    boxes: tuple[Box, ...]
    good: bool
    """Clearly good, by eye."""
    lit: bool
    """Well lit and sharp, by eye, wherever the faces are."""
    dark_skinned: bool
    fault: str = ""
    """What was done to it: exposure, blur, window, cut, covered, shadow or camera; "" as it came."""
    amount: float = 0.0
    plain: bool = False
    """So plain that the check of this fault has to find it."""
    before: Bgr | None = None
    """What the camera saw before."""

    @property
    def bad(self) -> bool:
        """Clearly bad: nobody would film like that. A moved camera or a shadow may be meant."""
        return self.plain and self.fault not in ("camera", "shadow")

    @property
    def face_height_px(self) -> float:
        """Of the smallest face; 0 without one."""
        return min((box[3] for box in self.boxes), default=0.0)


# ------------------------------------------------------------------------------------------------------------ pictures


def labelled(folder: Path) -> list[Labelled]:
    """The pictures of a folder. Raises OSError and ValueError where truth.json does not tell."""
    named = tomllib.loads(Path(__file__).with_name("pictures.toml").read_text())
    truth: dict[str, dict[str, Any]] = json.loads((folder / "truth.json").read_text())
    return [_labelled(folder / name, told, named) for name, told in sorted(truth.items())]


def _labelled(path: Path, told: dict[str, Any], named: dict[str, list[str]]) -> Labelled:
    bgr = cv2.imread(str(path))
    if bgr is None:
        raise OSError(f"{path} is no picture")
    boxes = tuple((float(x), float(y), float(w), float(h)) for x, y, w, h in (face["box"] for face in told["faces"]))
    good, lit, dark = (bool(told.get(word, path.name in named[word])) for word in ("good", "lit", "dark_skinned"))
    return Labelled(path.name, np.asarray(bgr, np.uint8), boxes, good, good or lit, dark)


def astronaut() -> Labelled:
    """A NASA portrait in the public domain, twice on a canvas of 1280×720 (scikit-image carries it)."""
    from skimage import data

    portrait = np.asarray(data.astronaut()[:, :, ::-1], np.uint8)  # type: ignore[no-untyped-call]
    canvas = np.full((720, 1280, 3), 150, np.uint8)
    boxes = []
    for left in (100, 668):
        canvas[208:, left : left + 512] = portrait
        boxes.append((left + 181.0, 208 + 66.0, 90.0, 112.0))
    return Labelled("astronaut", canvas, tuple(boxes), good=True, lit=True, dark_skinned=False)


# ------------------------------------------------------------------------------------------------------------- variants


def variants(picture: Labelled) -> Iterator[Labelled]:
    """Everything that is made of a picture: first what leaves it as good as it was, then the faults, mild to grave."""
    yield picture
    yield _mirrored(picture)
    for ev in (-0.5, 0.25):
        yield replace(picture, bgr=exposed(picture.bgr, ev), fault="exposure", amount=ev, before=picture.bgr)
    # Whatever goes further is no longer clearly good.
    picture = replace(picture, good=False, lit=False)
    for ev in EV:
        plain = ev <= -3 or ev >= 2
        yield replace(
            picture, bgr=exposed(picture.bgr, ev), fault="exposure", amount=ev, plain=plain, before=picture.bgr
        )
    yield replace(picture, bgr=covered(picture.bgr), fault="covered", amount=1.0, plain=True, before=picture.bgr)
    for kind in MOVES:
        yield from _moved(picture, kind)
    if picture.boxes:
        yield from _of_faces(picture)


def _of_faces(picture: Labelled) -> Iterator[Labelled]:
    bgr, boxes = picture.bgr, picture.boxes
    height = float(np.mean([box[3] for box in boxes]))
    for share in BLUR:
        yield replace(picture, bgr=blurred(bgr, share * height), fault="blur", amount=share, plain=share >= 0.015)
    for stops, metered in WINDOW:
        seen = backlit(bgr, boxes, stops, metered=metered)
        yield replace(picture, bgr=seen, fault="window", amount=stops, plain=stops >= 3)
    for stops in SHADOW_STOPS:
        yield replace(picture, bgr=shaded(bgr, boxes, stops), fault="shadow", amount=stops, plain=stops >= 3)
    for hidden in HIDDEN:
        yield from _cut(picture, hidden)


def _mirrored(picture: Labelled) -> Labelled:
    width = picture.bgr.shape[1]
    boxes = tuple((width - x - w, y, w, h) for x, y, w, h in picture.boxes)
    return replace(
        picture, name=f"{picture.name} mirrored", bgr=np.ascontiguousarray(picture.bgr[:, ::-1]), boxes=boxes
    )


def linear(bgr: Bgr) -> Light:
    """Light, 0..1, of sRGB values (IEC 61966-2-1)."""
    v = bgr.astype(np.float32) / 255
    return np.asarray(np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4), np.float32)


def coded(light: Light) -> Bgr:
    """sRGB values of light; what is above 1 is clipped."""
    v = np.clip(light, 0, 1)
    v = np.where(v <= 0.0031308, v * 12.92, 1.055 * v ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(v * 255), np.uint8)


def exposed(bgr: Bgr, ev: float) -> Bgr:
    """As a camera would have taken it with 2**ev of the light; darker pictures with the noise that they have."""
    return coded(_noisy(linear(bgr) * 2.0**ev) if ev < 0 else linear(bgr) * 2.0**ev)


def _noisy(light: Light) -> Light:
    rng = np.random.default_rng(7)
    sigma = np.sqrt(light / FULL_WELL + READ_NOISE**2)
    return np.asarray(light + sigma * rng.standard_normal(light.shape), np.float32)


def backlit(bgr: Bgr, boxes: tuple[Box, ...], stops: float, *, metered: float = 0.0) -> Bgr:
    """A wide window behind the people, `stops` brighter than what the room's light makes white. `metered` 0: the
    camera exposes so that the window just does not clip; 0.5: half-way between window and people."""
    height, width = bgr.shape[:2]
    people = _people((height, width), boxes)[..., None]
    window = np.zeros((height, width), np.float32)
    window[: int(0.75 * height), int(0.04 * width) : int(0.96 * width)] = 1
    window = _soft(window)[..., None]
    light = linear(bgr)
    outside = 2.0**stops * (0.8 + 0.2 * light)
    scene = people * light + (1 - people) * (window * outside + (1 - window) * light)
    return coded(_noisy(scene * 2.0 ** (-stops * (1 - metered))))


def _people(shape: tuple[int, int], boxes: tuple[Box, ...]) -> Light:
    """0..1: heads and shoulders of upright people with these faces."""
    mask = np.zeros(shape, np.uint8)
    for x, y, w, h in boxes:
        centre = (round(x + w / 2), round(y + h * 0.45))
        cv2.ellipse(mask, centre, (round(0.75 * w), round(0.8 * h)), 0, 0, 360, 255, -1)
        top, bottom = round(y + 1.1 * h), shape[0]
        left, right = round(x - 0.9 * w), round(x + 1.9 * w)
        cv2.rectangle(mask, (left, top), (right, bottom), 255, -1)
    return _soft(mask.astype(np.float32) / 255)


def _soft(mask: Light) -> Light:
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 2), np.float32)


def shaded(bgr: Bgr, boxes: tuple[Box, ...], stops: float) -> Bgr:
    """The left half of each head in a hard shadow."""
    mask = np.zeros(bgr.shape[:2], np.float32)
    for x, y, w, h in boxes:
        top, bottom = max(0, round(y - 0.3 * h)), round(y + 1.3 * h)
        mask[top:bottom, max(0, round(x - 0.3 * w)) : round(x + 0.5 * w)] = 1
    return coded(linear(bgr) * 2.0 ** (-stops * _soft(mask)[..., None]))


def blurred(bgr: Bgr, sigma_px: float) -> Bgr:
    """Out of focus, as a Gaussian."""
    return np.asarray(cv2.GaussianBlur(bgr, (0, 0), sigma_px), np.uint8)


def covered(bgr: Bgr) -> Bgr:
    """A hand close before the lens: dim and without any edge, and the sensor's noise."""
    dim = cv2.GaussianBlur(linear(bgr), (0, 0), bgr.shape[1] / 8) * 0.1 + 0.01
    return coded(_noisy(np.asarray(dim, np.float32)))


def _moved(picture: Labelled, kind: str) -> Iterator[Labelled]:
    """The camera was pushed: seen is the middle of the picture, before and after, so that no edge is made up."""
    height, width = picture.bgr.shape[:2]
    inset = 0.12
    x, y = round(inset * width), round(inset * height)
    middle = (slice(y, height - y), slice(x, width - x))
    before = np.ascontiguousarray(picture.bgr[middle])
    for scale, degrees, across, down in MOVES[kind]:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
        turn[:, 2] += (across * width, down * width)
        after = cv2.warpAffine(picture.bgr, turn, (width, height), flags=cv2.INTER_CUBIC)
        amount = {"shift": across, "tilt": degrees, "zoom": scale}[kind]
        yield replace(
            picture,
            bgr=np.ascontiguousarray(after[middle]),
            boxes=(),
            fault="camera",
            amount=amount,
            plain=True,
            before=before,
        )


def _cut(picture: Labelled, hidden: float) -> Iterator[Labelled]:
    """The outermost face on the left, and the topmost, partly beyond the edge; the other faces as they were."""
    for axis in (0, 1):
        outermost = min(picture.boxes, key=lambda box: box[axis])
        cut = round(outermost[axis] + hidden * outermost[axis + 2])
        bgr = picture.bgr[:, cut:] if axis == 0 else picture.bgr[cut:]
        boxes = tuple(
            (box[0] - (cut if axis == 0 else 0), box[1] - (cut if axis else 0), box[2], box[3]) for box in picture.boxes
        )
        yield replace(
            picture, bgr=np.ascontiguousarray(bgr), boxes=boxes, fault="cut", amount=hidden, plain=hidden >= 0.3
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, required=True)
    asked = parser.parse_args()
    asked.to.mkdir(parents=True, exist_ok=True)
    for picture in [*labelled(asked.folder), astronaut()]:
        for number, variant in enumerate(variants(picture)):
            name = f"{Path(picture.name).stem}-{number:02}-{variant.fault or 'good'}{variant.amount:+g}.png"
            cv2.imwrite(str(asked.to / name), variant.bgr)


if __name__ == "__main__":
    main()
