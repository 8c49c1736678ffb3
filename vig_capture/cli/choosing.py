"""Which moments become clips, in which order, and how that is told: `vig-capture clips --list`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vig_capture.archive.show import clock_text
from vig_capture.cli.material import Material
from vig_capture.core.consent import DEFAULT
from vig_capture.core.errors import UserError
from vig_capture.core.text import near_miss
from vig_capture.core.time import SECOND_NS
from vig_capture.core.windows import PRESETS, Draft, Mark, NoClip, Preset, chosen, drafts, families

ORDERS = ("time", "proposed", "own")
"""As filmed; from simple to complex; as the guider ranked the moments, those without a place after them."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for."""

    preset: str = "standard"
    starred: bool = False
    shortlist: bool = False
    """Those on the short list, and those that the family picked."""
    only: Sequence[str] = ()
    """Ids of markers."""
    private: bool = False
    order: str = ""
    """One of ORDERS, or ids of markers with commas between them. "": the guider's own where there is one; else as
    proposed for a reel, and as filmed without one."""
    exact: bool = False
    reel: bool = False
    sheet: bool = False
    out: Path | None = None
    purpose: str = DEFAULT
    replace: bool = False

    @property
    def marked(self) -> list[Mark]:
        """What must have been said of a moment."""
        marks: list[tuple[bool, Mark]] = [(self.starred, "star"), (self.shortlist, "shortlist")]
        return [mark for asked, mark in [*marks, (self.shortlist, "pick")] if asked]


@dataclass(frozen=True, slots=True)
class Choice:
    """The clips that are to be made, in their order, and the moments that have none."""

    clips: tuple[Draft, ...] = ()
    without: tuple[NoClip, ...] = ()
    is_proposed: bool = False
    """The order is the one that is proposed, and nobody asked for it."""


def choose(material: Material, wish: Wish) -> Choice:
    """The clips of the moments that are asked for. Raises UserError for what is not there."""
    view = material.view
    unknown = [name for name in wish.only if name not in view.markers]
    if unknown:
        raise UserError(f"There is no moment {unknown[0]!r}.", near_miss(unknown[0], view.markers), _SEE)
    markers = chosen(view.markers.values(), wish.marked, wish.only, wish.private)
    found = drafts(markers, material.film, material.time, preset_of(wish.preset), families(view.vocabulary))
    is_ranked = any(clip.rank is not None for clip in found.clips)
    usual = "own" if is_ranked else "proposed" if wish.reel else "time"
    clips = in_order(found.clips, wish.order.strip() or usual)
    return Choice(tuple(clips), found.without, not wish.order.strip() and usual == "proposed")


_SEE = "To see which there are: vig-capture clips SESSION --list --json"


def preset_of(name: str) -> Preset:
    """The preset with this name. Raises UserError."""
    found = next((preset for preset in PRESETS if preset == name.strip().lower().replace("_", "-")), None)
    if found is None:
        raise UserError(f"There is no preset {name!r}.", "", near_miss(name, PRESETS))
    return found


def in_order(clips: Sequence[Draft], order: str) -> list[Draft]:
    """The clips in an order that was asked for. Raises UserError for one that there is not."""
    match order:
        case "time":
            return list(clips)
        case "proposed":
            return sorted(clips, key=lambda clip: clip.proposed)
        case "own":
            return sorted(clips, key=lambda clip: (clip.rank is None, clip.rank or 0))
    named = {marker.id: clip for clip in clips for marker in clip.markers}
    wanted = [name.strip() for name in order.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in named]
    if unknown:
        do = f"{near_miss(unknown[0], [*named, *ORDERS])} {_SEE}"
        raise UserError(f"No clip shows the moment {unknown[0]!r}.", "The order names it.", do)
    first = list(dict.fromkeys(id(named[name]) for name in wanted))
    return sorted(clips, key=lambda clip: first.index(id(clip)) if id(clip) in first else len(first))


# Telling -----------------------------------------------------------------------------------------------------------


def title(material: Material, clip: Draft) -> str:
    """What a clip shows: the label and who did it."""
    first = clip.markers[0]
    return f"{first.label or first.key} ({material.person(first)})"


def times(clip: Draft) -> str:
    """From when to when, in session time."""
    return f"{clock_text(clip.window.start_ns)} to {clock_text(clip.window.end_ns)}"


def goal(material: Material, clip: Draft) -> str:
    """The goals that its moments belong to."""
    return ", ".join(filter(None, dict.fromkeys(material.goal(marker) for marker in clip.markers)))


def clip_map(material: Material, clip: Draft) -> dict[str, Any]:
    """For programs: markers (their ids), title, goal, start_ns, end_ns (session time), film_start_ns, why, proposed."""
    return {
        "markers": [marker.id for marker in clip.markers],
        "title": title(material, clip),
        "goal": goal(material, clip),
        "start_ns": clip.window.start_ns,
        "end_ns": clip.window.end_ns,
        "film_start_ns": material.time.film_ns(clip.window.start_ns),
        "why": list(clip.why),
        "proposed": clip.proposed,
    }


def without_map(each: NoClip) -> dict[str, Any]:
    """For programs: marker (its id), label, t_ns, why."""
    return {"marker": each.marker.id, "label": each.marker.label, "t_ns": each.marker.t_ns, "why": each.why}


def without_lines(without: Sequence[NoClip]) -> list[str]:
    """The moments that have no clip, for people."""
    lines = [f"  {clock_text(each.marker.t_ns)}  {each.marker.label}: {each.why}" for each in without]
    return ["No clip could be made of:", *lines] if lines else []


def listed_map(material: Material, choice: Choice) -> dict[str, Any]:
    """For programs: session, clips (as `clip_map`), without (as `without_map`), lacks."""
    return {
        "session": material.view.id,
        "clips": [clip_map(material, clip) for clip in choice.clips],
        "without": [without_map(each) for each in choice.without],
        "lacks": list(material.lacks),
    }


def listed_text(material: Material, choice: Choice) -> str:
    """What would be made, in plain lines."""
    lines = []
    for number, clip in enumerate(choice.clips, 1):
        seconds = round(clip.window.length_ns / SECOND_NS)
        lines.append(f"{number:2}  {times(clip)} ({seconds} s)  {title(material, clip)}  proposed as {clip.proposed}")
        lines += [f"    {each}" for each in clip.why]
    lines = lines or ["No moment was chosen." if not choice.without else "There is nothing to be made."]
    return "\n".join([*lines, *without_lines(choice.without), *lacks_lines(material.lacks)])


def lacks_lines(lacks: Sequence[str]) -> list[str]:
    """What a session lacks, for people."""
    return ["This session lacks something:", *(f"  {each}" for each in lacks)] if lacks else []
