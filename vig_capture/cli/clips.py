"""`vig-capture clips`: the moments as files that any player plays, with a playlist, a contact sheet and a reel.

Rule 1: without a recorded yes to the purpose nothing is begun, and all files get their names together, once that is
        noted.
Rule 2: what cannot be made is told with its reason, and the others are made.
Rule 3: no file's name tells who is in it or what is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vig_capture.archive.placed import check_free
from vig_capture.archive.reader import inside, read_session
from vig_capture.archive.show import clock_text
from vig_capture.archive.together import Together
from vig_capture.cli.choosing import (
    Choice,
    Wish,
    choose,
    clip_map,
    goal,
    lacks_lines,
    times,
    title,
    without_lines,
    without_map,
)
from vig_capture.cli.consent import HANDOFF, note_made, permit
from vig_capture.cli.material import Material, check_filmed, refuse_private
from vig_capture.cli.progress import Doing
from vig_capture.core.clips import Part
from vig_capture.core.consent import DEFAULT
from vig_capture.core.errors import UserError, VigError
from vig_capture.core.questions import Questions
from vig_capture.core.sheet import Purpose
from vig_capture.core.time import SECOND_NS
from vig_capture.core.windows import Draft
from vig_capture.devices.folder_advice import cloud_service
from vig_capture.devices.settings_files import load_questions
from vig_capture.handoff.contact_sheet import Card, contact_sheet
from vig_capture.handoff.playlist import playlist
from vig_capture.media.clip import picture_file
from vig_capture.media.join import Chapter, How, Joined, join
from vig_capture.media.pieces import Piece

CLIPS = "clips"
SHEET, REEL, PLAYLIST = "contact-sheet.html", "reel.mp4", "clips.m3u8"
REEL_CLIPS = (3, 5)
"""A reel shows so many (practice of services)."""
EARLY_TOLD_S = 1.05
"""A clip that begins earlier than this says so: then it is not our film's own rhythm of keyframes."""
_PICTURE = 480, 270


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that was made."""

    number: int
    draft: Draft
    file: Path
    joined: Joined

    @property
    def early(self) -> str:
        """What is to be said of its beginning."""
        if abs(self.joined.early_s) <= EARLY_TOLD_S:
            return ""
        how = "earlier" if self.joined.early_s > 0 else "later"
        seconds = f"It begins {abs(self.joined.early_s):.0f} s {how}"
        return (
            f"{seconds}: this camera seldom sends a picture that can stand alone. With --exact it begins on the spot."
        )


@dataclass(slots=True)
class Made:
    """What was made, and what is to be known of it."""

    material: Material
    purpose: Purpose
    folder: Path
    clips: list[Clip] = field(default_factory=list)
    failed: list[tuple[Draft, VigError]] = field(default_factory=list)
    choice: Choice = field(default_factory=Choice)
    also: dict[str, Path] = field(default_factory=dict)
    """playlist, sheet, reel: as far as they were made."""
    warnings: list[str] = field(default_factory=list)

    def as_map(self) -> dict[str, Any]:
        """For programs: session, purpose, folder; clips (file, length_s, early_s, and as choosing.clip_map); without;
        failed (markers, what, why, do); playlist, sheet, reel (files, "" where not made); lacks, warnings."""
        clips = [
            {"file": str(each.file), "length_s": each.joined.length_s, "early_s": each.joined.early_s}
            | clip_map(self.material, each.draft)
            for each in self.clips
        ]
        failed = [{"markers": [marker.id for marker in draft.markers]} | error.as_map() for draft, error in self.failed]
        return {
            "session": self.material.view.id,
            "purpose": self.purpose,
            "folder": str(self.folder),
            "clips": clips,
            "without": [without_map(each) for each in self.choice.without],
            "failed": failed,
            **{name: str(self.also.get(name, "")) for name in ("playlist", "sheet", "reel")},
            "lacks": list(self.material.lacks),
            "warnings": self.warnings,
        }

    def as_text(self) -> str:
        """The same in plain lines."""
        lines = [f"Made in {self.folder}:"]
        for each in self.clips:
            lines.append(f"  {each.file.name}  {times(each.draft)}  {title(self.material, each.draft)}")
            lines += [f"      {said}" for said in (*each.draft.why, each.early) if said]
        lines += [f"  {path.name}" for path in self.also.values()]
        for draft, error in self.failed:
            lines += [f"Not made: {times(draft)}  {title(self.material, draft)}: {error.what} {error.why}"]
        return "\n".join(
            [*lines, *without_lines(self.choice.without), *lacks_lines(self.material.lacks), *self.warnings]
        )


def make_clips(folder: Path, wish: Wish, doing: Doing) -> Made:
    """Make the clips of a session, by default in its hand-off folder.

    Raises UserError where nothing may be made for the purpose, nothing was chosen or filmed, or a name is taken;
    StorageError; and what `read_session` raises."""
    read = read_session(folder)
    purpose = permit(read.view, wish.purpose)
    named = [marker for marker in read.view.markers.values() if marker.id in wish.only]
    refuse_private(purpose, wish.private or any(marker.private for marker in named))
    material = Material.read(read)
    check_filmed(material)
    choice = choose(material, wish)
    _check_count(choice, wish)
    questions = load_questions() if wish.reel else None
    made = Made(material, purpose, wish.out or folder / HANDOFF / _folder_name(purpose), choice=choice)
    names = [_name(material, number, clip) for number, clip in enumerate(choice.clips, 1)]
    also = [PLAYLIST, *[SHEET] * wish.sheet, *[REEL] * wish.reel]
    for name in (*names, *also):
        check_free(made.folder / name, wish.replace)
    with Together(wish.replace) as files:
        _cut(made, files, names, wish, doing)
        _write(files, made, "playlist", made.folder / PLAYLIST, _playlist(made).encode())
        if wish.sheet:
            _write(files, made, "sheet", made.folder / SHEET, _sheet(made).encode())
        if questions is not None:
            _reel(made, files, questions, doing)
        form = " ".join(name for name, asked in (("exact", wish.exact), ("reel", wish.reel)) if asked)
        made.warnings += filter(None, [note_made(folder, purpose, "clips", files.paths, form)])
        files.place()
    cloud = cloud_service(made.folder)
    made.warnings += [f"{cloud} seems to copy this folder to other computers."] if cloud else []
    return made


def _check_count(choice: Choice, wish: Wish) -> None:
    if not choice.clips:
        why = " ".join(dict.fromkeys(each.why for each in choice.without)) or "No moment was chosen."
        raise UserError("There is nothing to make clips of.", why, "To see the moments: vig-capture show SESSION")
    most = REEL_CLIPS[1]
    if wish.reel and len(choice.clips) > most:
        why = f"A reel shows {REEL_CLIPS[0]} to {most} clips, and these are {len(choice.clips)}."
        raise UserError("The reel was not made.", why, "Choose with --shortlist, --starred or --only.")


def _folder_name(purpose: Purpose) -> str:
    """Each purpose has a folder of its own, so that what a withdrawal is about can be deleted by itself."""
    return CLIPS if purpose == DEFAULT else f"{CLIPS}-{purpose.replace('_', '-')}"


def _name(material: Material, number: int, clip: Draft) -> str:
    at = clock_text(clip.window.start_ns).replace(":", "-")
    return f"{number:02}-at-{at}.{'mp4' if material.has_picture(clip.window) else 'm4a'}"


# Making --------------------------------------------------------------------------------------------------------------


def _cut(made: Made, files: Together, names: Sequence[str], wish: Wish, doing: Doing) -> None:
    """The clips themselves. Raises the error of the last one where none could be made."""
    material, all_clips = made.material, made.choice.clips
    how: How = "exact" if wish.exact else "quick"
    for number, (draft, name) in enumerate(zip(all_clips, names, strict=True), 1):
        path = made.folder / name
        told = doing(f"Clip {number} of {len(all_clips)}: {title(material, draft)}")
        try:
            with files.file(path) as file:
                joined = join(material.pieces(draft.window), file, how, settings=material.settings, progress=told)
        except VigError as error:
            made.failed.append((draft, error))
            continue
        made.clips.append(Clip(number, draft, path, joined))
    if not made.clips:
        raise made.failed[-1][1]
    unread = dict.fromkeys(path.name for each in made.clips for path in each.joined.missing)
    made.warnings += [f"{name} could not be read: what was filmed there is missing." for name in unread]


def _write(files: Together, made: Made, what: str, path: Path, data: bytes) -> None:
    with files.file(path) as file:
        file.write(data)
    made.also[what] = path


def _playlist(made: Made) -> str:
    return playlist((each.file.name, each.joined.length_s, title(made.material, each.draft)) for each in made.clips)


def _sheet(made: Made) -> str:
    """The page, each picture from the moment of the press, or from as near to it as the clip has one."""
    material, cards = made.material, []
    for each in made.clips:
        window = each.draft.window
        t_ns = min(max(each.draft.markers[0].t_ns, window.start_ns), window.end_ns - 1)
        part = material.film.at(t_ns)
        jpeg = _picture(made, part) if part is not None else None
        cards.append(
            Card(each.number, title(material, each.draft), times(each.draft), goal(material, each.draft), jpeg)
        )
    return contact_sheet(f"Moments of the film of {material.view.created_utc[:10]}", cards)


def _picture(made: Made, part: Part) -> bytes | None:
    path = inside(made.material.folder, part.file)
    if path is None:
        return None
    return picture_file(path, part.offset_ns / SECOND_NS, *_PICTURE, part.earliest_ns / SECOND_NS)


def _reel(made: Made, files: Together, questions: Questions, doing: Doing) -> None:
    """One film of the clips in their order: each is a chapter, and behind each its last picture stays for a while: that
    is a chapter as well, called by the question that may be asked there."""
    path = made.folder / REEL
    pieces, chapters, at_s = [], [], 0.0
    for place, each in enumerate(made.clips):
        length_s = each.joined.length_s
        pieces.append(Piece(files.aside(each.file), 0.0, length_s, 0.0, at_s))
        chapters.append(Chapter(at_s, f"{place + 1}. {title(made.material, each.draft)}"))
        chapters.append(Chapter(at_s + length_s, f"Pause: {questions.behind(place, len(made.clips))}"))
        at_s += length_s + questions.pause_s
    try:
        with files.file(path) as file:
            join(
                pieces, file, "film", chapters=chapters, hold_s=questions.pause_s, progress=doing("The reel"),
                settings=made.material.settings,
            )  # fmt: skip
    except VigError as error:
        made.warnings.append(f"The reel was not made. {error.what} {error.why}")
        return
    made.also["reel"] = path
    if made.choice.is_proposed:
        made.warnings.append("The reel goes from simple to complex, as proposed. For another order: --order")
    if len(made.clips) < REEL_CLIPS[0]:
        made.warnings.append(f"A reel usually shows {REEL_CLIPS[0]} to {REEL_CLIPS[1]} clips.")
