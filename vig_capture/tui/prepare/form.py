"""The session sheet as rows that can be changed one by one, and the choice of devices beside it. Draws nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Literal, cast

from vig_capture.core import sheet as sheets
from vig_capture.core.sheet import ANSWERS, PURPOSES, KindOfFilm, Purpose, Sheet, clean
from vig_capture.devices.camera_source import without_password
from vig_capture.tui import texts
from vig_capture.tui.prepare.ports import CAMERA, DEMO, NONE, Choice, Device, Keys

FILM = "film"
"""In the list of cameras: a film file, whose path is still to be typed."""
_FILMS = (".mp4", ".mkv", ".mov", ".avi", ".m4v", ".webm", ".ts", ".mts", ".mpg", ".wmv")
Page = Literal["sheet", "goals", "purposes"]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the form: `choice` has ready-made values, `text` is typed, `both` has either, `open` leads on."""

    id: str
    label: str
    value: str
    how: Literal["choice", "text", "both", "open"]
    faint: bool = False
    """Its value is only what goes without saying."""


class Form:
    """The sheet and the choice, and what may be put in."""

    def __init__(self, choice: Choice, today: str) -> None:
        """`today`: an ISO date."""
        self.sheet = Sheet(kind=choice.kind, vocabulary=choice.vocabulary)
        self.active = choice
        """What the recorder has open, or is opening."""
        self.film_wanted = False
        """The list of cameras stands at "a film file", and no path has been typed."""
        self.cameras: Sequence[Device] = ()
        self.mics: Sequence[Device] = ()
        self.kinds: Sequence[KindOfFilm] = ()
        self.vocabularies: Sequence[Keys] = ()
        self._today, self._first = today, choice
        self._camera, self._mic = choice.camera, choice.mic
        self._real_mic = choice.mic if choice.mic not in (DEMO, CAMERA) else NONE
        self._by = ""
        self._own: Sheet | None = None
        self._brought: Sheet | None = None
        self._brought_at = -1

    # What is chosen ----------------------------------------------------------------------------------------------

    @property
    def kind(self) -> KindOfFilm | None:
        """The kind of film, where it is a known one."""
        return next((kind for kind in self.kinds if kind.name == self.sheet.kind), None)

    @property
    def choice(self) -> Choice:
        """What the recorder is to open. A kind of film without a picture has none, whatever camera there is."""
        kind = self.kind
        camera = NONE if kind is not None and kind.camera == NONE else self._camera
        mic = NONE if kind is not None and kind.mic == NONE else self._mic
        return Choice(camera, mic, self.sheet.kind, self.sheet.vocabulary)

    @property
    def practises(self) -> bool:
        """Whether the picture is the drawn one or a film file."""
        return self.choice.camera == DEMO or _is_film(self.choice.camera)

    def fill(self, kinds: Sequence[KindOfFilm], remembered: Mapping[str, Any]) -> None:
        """The kinds of film and what was remembered are known: the sheet starts with them; what was typed stays."""
        self.kinds = kinds
        typed, start = self.sheet, sheets.fresh({**remembered, **_named(self.active)}, kinds)
        self.sheet = replace(typed.as_kind_of(start), place=typed.place or start.place)
        kind, vocabulary = self.active.kind or start.kind, self.active.vocabulary or start.vocabulary
        self.active = replace(self.active, kind=kind, vocabulary=vocabulary)

    def go_back(self) -> None:
        """What was chosen cannot be used: the choice before it."""
        active = self.active
        self._camera, self._mic, self.film_wanted = active.camera, active.mic, False
        kind = next((each for each in self.kinds if each.name == active.kind), None)
        if kind is not None:
            self.sheet = self.sheet.of_kind(kind)
        self.sheet = replace(self.sheet, vocabulary=active.vocabulary)

    def bring_back(self, previous: Sequence[tuple[str, dict[str, Any]]]) -> str:
        """The sheet of the last film without its purposes; each time the one before it, and at last what was here.

        Returns what to say."""
        if not previous:
            return texts.PREPARE_AGAIN_NONE
        if self._own is None or self.sheet != self._brought:
            self._own, self._brought_at = self.sheet, -1
        self._brought_at += 1
        if self._brought_at >= len(previous):
            self.sheet, self._brought, self._own = self._own, None, None
            return texts.PREPARE_AGAIN_OWN
        day, fields = previous[self._brought_at]
        brought = sheets.again(sheets.from_fields(fields))
        kind = next((each for each in self.kinds if each.name == brought.kind), None)
        # How long such a film is, and which keys go with it, may have been changed since.
        now = brought.of_kind(kind) if kind is not None else brought.as_kind_of(self.sheet)
        known = brought.vocabulary in {keys.use for keys in self.vocabularies}
        brought = replace(now, vocabulary=brought.vocabulary) if known else now
        self.sheet = self._brought = brought
        said = texts.PREPARE_AGAIN_FACES if brought.faces or brought.edges else texts.PREPARE_AGAIN
        return said.format(day=day, number=self._brought_at + 1, count=len(previous))

    # The rows ----------------------------------------------------------------------------------------------------

    def rows(self, page: Page) -> list[Row]:
        """The rows of a page."""
        if page == "goals":
            return self._goal_rows()
        if page == "purposes":
            return [self._purpose_row(purpose) for purpose in PURPOSES]
        sheet, choice = self.sheet, self.choice
        rows = [
            ("kind", texts.PREPARE_KINDS.get(sheet.kind, (sheet.kind, ""))[0], "choice"),
            ("camera", self._camera_name(), "choice"),
            ("mic", self._name(choice.mic, self.mics, texts.PREPARE_MICS), "choice"),
            ("vocabulary", self._vocabulary_name(), "choice"),
            ("helping_question", sheet.helping_question, "text"),
            ("goals", ", ".join(goal.shown for goal in sheet.goals), "open"),
            ("people", sheets.people_line(sheet.people), "text"),
            ("place", texts.PREPARE_PLACES.get(sheet.place, sheet.place), "both"),
            ("activity", texts.PREPARE_ACTIVITIES.get(sheet.activity, sheet.activity), "both"),
            ("cycle", sheet.cycle, "text"),
            ("purposes", self._purposes_line(), "open"),
            ("faces", self._faces_line(), "open"),
        ]
        return [Row(name, texts.PREPARE_ROWS[name][0], value, cast("Any", how)) for name, value, how in rows]

    def _goal_rows(self) -> list[Row]:
        rows = []
        for number, goal in enumerate(self.sheet.goals, 1):
            rows.append(Row(f"goal:{goal.id}", texts.PREPARE_GOAL.format(number=number), goal.text, "text"))
            rows.append(Row(f"label:{goal.id}", texts.PREPARE_LABEL, goal.shown, "text", not goal.label))
        if len(self.sheet.goals) < sheets.GOALS_MAX:
            rows.append(Row("goal:", texts.PREPARE_GOAL_NEW, "", "text"))
        return rows

    def _purpose_row(self, purpose: Purpose) -> Row:
        said = self.sheet.purposes[PURPOSES.index(purpose)]
        parts = [texts.PREPARE_ANSWERS[said.answer], said.by, said.when]
        value = "  ".join(part for part in parts if part)
        asked = said.answer != "not asked"
        return Row(f"purpose:{purpose}", texts.PREPARE_PURPOSES[purpose][0], value, "both", not asked)

    def _purposes_line(self) -> str:
        counts = [(answer, sum(said.answer == answer for said in self.sheet.purposes)) for answer in ANSWERS]
        if counts[-1][1] == len(PURPOSES):
            return ""
        return ", ".join(f"{count} {texts.PREPARE_ANSWERS[answer]}" for answer, count in counts if count)

    def _faces_line(self) -> str:
        count = len(self.sheet.faces)
        parts = [texts.PREPARE_FACES_ONE if count == 1 else texts.PREPARE_FACES.format(count=count)] if count else []
        return ", ".join([*parts, *([texts.PREPARE_EDGES] if self.sheet.edges else [])])

    def _camera_name(self) -> str:
        if self.film_wanted:
            return texts.PREPARE_CAMERAS[FILM]
        return self._name(self.choice.camera, self.cameras, texts.PREPARE_CAMERAS)

    def _name(self, use: str, devices: Sequence[Device], ours: Mapping[str, str]) -> str:
        """A device by its own name."""
        if use in ours:
            return ours[use]
        found = next((device for device in devices if device.use == use), None)
        if found is not None:
            return found.name
        if _is_film(use):
            return texts.PREPARE_FILM.format(name=PurePath(use).name)
        # An address is never among this computer's devices.
        return without_password(use) if "://" in use or not devices else texts.PREPARE_NOT_THERE.format(name=use)

    def _vocabulary_name(self) -> str:
        use = self.sheet.vocabulary
        return next((keys.name for keys in self.vocabularies if keys.use == use), use)

    # Ready-made values -------------------------------------------------------------------------------------------

    def cycle(self, row: str, step: int) -> str:
        """The next or the last ready-made value of a row. Returns what to say, or ""."""
        sheet, kind = self.sheet, self.kind
        if row == "kind":
            name = _next([each.name for each in self.kinds], sheet.kind, step)
            self.sheet = next((sheet.of_kind(each) for each in self.kinds if each.name == name), sheet)
        elif row == "camera":
            if kind is not None and kind.camera == NONE:
                return texts.PREPARE_NO_CAMERA_KIND
            self._choose_camera(_next(self._camera_uses(), FILM if self.film_wanted else self._camera, step))
        elif row == "mic":
            if kind is not None and kind.mic == NONE:
                return texts.PREPARE_NO_MIC_KIND
            self._mic = _next(self._mic_uses(), self._mic, step)
            self._real_mic = self._mic if self._mic not in (DEMO, CAMERA) else self._real_mic
        elif row == "vocabulary":
            self.sheet = replace(
                sheet, vocabulary=_next([keys.use for keys in self.vocabularies], sheet.vocabulary, step)
            )
        elif row == "place":
            self.sheet = replace(sheet, place=_next(["", *sheets.PLACES], sheet.place, step))
        elif row == "activity":
            self.sheet = replace(sheet, activity=_next(["", *sheets.ACTIVITIES], sheet.activity, step))
        elif row.startswith("purpose:"):
            self._cycle_purpose(cast("Purpose", row.partition(":")[2]), step)
        return ""

    def _camera_uses(self) -> list[str]:
        uses = [device.use for device in self.cameras]
        others = [use for use in dict.fromkeys((self._first.camera, self._camera)) if use not in (*uses, DEMO, NONE)]
        return [*uses, *others, DEMO, FILM, NONE]

    def _mic_uses(self) -> list[str]:
        uses = [device.use for device in self.mics]
        ours = [DEMO, CAMERA, NONE] if _is_film(self._camera) or "://" in self._camera else [DEMO, NONE]
        others = [use for use in dict.fromkeys((self._first.mic, self._mic)) if use not in (*uses, *ours, CAMERA)]
        return [*uses, *others, *ours]

    def _choose_camera(self, use: str) -> None:
        """A camera; the microphone goes with it where it has to."""
        self.film_wanted = use == FILM
        if self.film_wanted:
            return
        self._camera = use
        if use == DEMO:
            self._mic = DEMO
        elif _is_film(use):
            self._mic = CAMERA
        elif self._mic in (DEMO, CAMERA):
            self._mic = self._real_mic

    def _cycle_purpose(self, purpose: Purpose, step: int) -> None:
        said = self.sheet.purposes[PURPOSES.index(purpose)]
        answer = _next(["not asked", "yes", "no"], said.answer, step)
        if answer == "not asked":
            consent = sheets.Consent()
        else:
            consent = sheets.Consent(cast("sheets.Answer", answer), said.by or self._by, self._today)
        self.sheet = self.sheet.consent(purpose, consent)

    # Typed values ------------------------------------------------------------------------------------------------

    def typed(self, row: str) -> tuple[str, int]:
        """The text of a row as it is typed, and how long it may become."""
        kind, _, name = row.partition(":")
        sheet = self.sheet
        if kind == "purpose":
            return sheet.purposes[PURPOSES.index(cast("Purpose", name))].by, sheets.SHORT_MAX
        if kind in ("goal", "label"):
            goal = next((each for each in sheet.goals if each.id == name), sheets.Goal("", ""))
            return (goal.text, sheets.TEXT_MAX) if kind == "goal" else (goal.shown, sheets.LABEL_MAX)
        if row == "camera":
            return (self._camera if _is_film(self._camera) else "", 4 * sheets.TEXT_MAX)
        value = next((each.value for each in self.rows("sheet") if each.id == row), "")
        return value, sheets.TEXT_MAX if row in ("helping_question", "people") else sheets.SHORT_MAX

    def type(self, row: str, text: str) -> str:
        """Put a typed text into its row. Returns what to say, or ""."""
        kind, _, name = row.partition(":")
        text = clean(text, 4 * sheets.TEXT_MAX)
        if kind == "purpose":
            self._type_by(cast("Purpose", name), text)
        elif kind in ("goal", "label"):
            self._type_goal(kind, name, text)
        elif row == "camera":
            if text:
                self._choose_camera(text)
        elif row == "people":
            self.sheet = replace(self.sheet, people=sheets.people_of(text))
        elif row in ("place", "activity"):
            ours = texts.PREPARE_PLACES if row == "place" else texts.PREPARE_ACTIVITIES
            ready = {words.lower(): value for value, words in ours.items()}
            self.sheet = replace(self.sheet, **{row: ready.get(text.lower(), text)})  # type: ignore[arg-type]
        else:
            self.sheet = replace(self.sheet, **{row: text})  # type: ignore[arg-type]
        name = sheets.looks_like_name(text) if row == "people" or kind == "purpose" else ""
        return texts.PREPARE_NAME.format(name=name) if name else ""

    def _type_by(self, purpose: Purpose, text: str) -> None:
        said = self.sheet.purposes[PURPOSES.index(purpose)]
        self._by = text or self._by
        when = said.when or (self._today if text else "")
        self.sheet = self.sheet.consent(purpose, replace(said, by=text, when=when))

    def _type_goal(self, what: str, name: str, text: str) -> None:
        """An empty text takes the goal away."""
        goals = self.sheet.goals
        if what == "label":
            own = {goal.id: "" if text == sheets.short(goal.text) else text for goal in goals}
            goals = tuple(replace(goal, label=own[goal.id]) if goal.id == name else goal for goal in goals)
        elif not name:
            goals = (*goals, sheets.new_goal(goals, text)) if text else goals
        else:
            goals = tuple(replace(goal, text=text) if goal.id == name else goal for goal in goals)
            goals = tuple(goal for goal in goals if goal.text)
        self.sheet = replace(self.sheet, goals=goals)


def _named(choice: Choice) -> dict[str, str]:
    """The kind and the vocabulary that the command line named win over what was remembered."""
    named = {"kind": choice.kind, "vocabulary": choice.vocabulary}
    return {name: value for name, value in named.items() if value}


def _next(values: Sequence[str], value: str, step: int) -> str:
    """The value after or before this one; round and round."""
    if not values:
        return value
    if value not in values:
        return values[0 if step > 0 else -1]
    return values[(values.index(value) + step) % len(values)]


def _is_film(use: str) -> bool:
    return "://" not in use and use.lower().endswith(_FILMS)
