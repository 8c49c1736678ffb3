"""A whole visit in a real terminal: prepare, film, mark, look back; and the journal must be exactly what was done.

    python tools/visit.py [--seconds 120] [--size 120x40] [--json]

Needs tmux. A feed sends numbered frames (640x360 at 30, MJPEG, with sound) through a named pipe. A first family: the
whole sheet is typed; at least 20 moments of all kinds (by either person, with Tab, a bouncing key, an extension, star,
goals, notes, a dropped note, stretches, a digit, Page Down and Page Up, private ones, dim, in a pause), undo, redo, a
still, help, ten minutes more, pause and film again, the end asked for twice; then the list of moments: shortlist, pick,
label, nudge, private note, leave out, delete and undo, the guider's own view. A second visit to the same family: "same
family again" brings back all but the purposes. Then both journals are read: every deed, in order, and nothing else.

Each key is pressed when the words that the last one brings stand on the screen. Exit code 1: something differs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import key_runs
import measure_picture
from screen_abuse import still_on
from terminal import COMMAND, Place, Terminal, place, spread, wait_until
from visit_hand import Hand, differences
from visit_sheet import GOALS, KIND, PICTURE, VOCABULARY, not_asked, prepare, sheet

from vig_capture.archive.reader import Read, journal_files, read_session
from vig_capture.archive.verify import verify
from vig_capture.core.time import SECOND_NS
from vig_capture.devices.clock import mono_ns
from vig_capture.tui import texts

MOMENTS = 20
RATE = 30
"""Pictures a second of the feed."""


def begin(hand: Hand, fields: dict[str, Any]) -> None:
    """Enter: the film begins."""
    hand.see(texts.PREPARE_READY[:7], 30)
    hand.done("sheet", fields=fields)
    hand.do("Enter", texts.STATES["recording"][0])


# The film ------------------------------------------------------------------------------------------------------------


def film(hand: Hand, seconds: float) -> None:
    """20 moments of all kinds, and everything else that may happen, over so many seconds."""
    began_ns = mono_ns()
    for number, part in enumerate(PARTS, 1):
        part(hand)
        wait_until(began_ns + round(seconds * SECOND_NS * number / len(PARTS)))


def _said(name: str, **words: str) -> str:
    return re.escape(texts.SAID_DONE[name].format(**words))


def _first_moments(hand: Hand) -> None:
    hand.see(PICTURE)
    hand.key("Up")
    hand.miss(PICTURE)
    hand.mark("space")
    hand.mark("a", twice=True)
    hand.mark("R")
    given = hand.mark("e")
    hand.do("Tab", _said("edit", label="Inviting", who=hand.vocabulary.other))
    hand.done("edit", of=given, fields={"who": "other"})
    hand.now_of("e", "other")
    hand.extend("d", hand.mark("d"))


def _goals_and_notes(hand: Hand) -> None:
    starred = hand.mark("t")
    hand.do(".", _said("star", label="To and fro"))
    hand.done("star", of=starred, on=True)
    for key, label, times in (("g", "Well-fitted help", 1), ("j", "Shared delight", 2)):
        moment = hand.mark(key)
        for number in range(1, times + 1):
            hand.do(",", _said("goal", label=label, goal=GOALS[number - 1][1]))
            hand.done("goal", of=moment, goal=f"g{number}")
    noted = hand.mark("m")
    hand.do("Enter", re.escape(texts.NOTE_BELOW[:10]))
    hand.type("she waited — eight seconds")
    hand.see("eight seconds▏")
    # (Typed within a note, it marks all the same, and the note stays the other moment's.)
    hand.mark("pagedown")
    hand.type(" aR.p")
    hand.see("eight seconds aR.p▏")
    hand.do("Enter", _said("note", label="Came back"))
    hand.done("note", of=noted, text="she waited — eight seconds aR.p")
    hand.mark("4")
    hand.do("Enter", re.escape(texts.NOTE_BELOW[:10]))
    hand.type("of no use")
    hand.see("of no use▏")
    hand.do("Escape", re.escape(texts.SAID_NOTE_DROPPED))
    hand.mark("l")


def _stretches(hand: Hand) -> None:
    opened = hand.stretch()
    hand.mark("G")
    hand.stretch(opened)


def _others(hand: Hand) -> None:
    for key in "ATJ":
        hand.mark(key)


def _undo_and_redo(hand: Hand) -> None:
    """A star comes, goes, and comes back; a moment goes, and after a new one nothing can bring it back."""
    moment = hand.mark("D")
    hand.do(".", _said("star", label="Deeper talk"))
    star = hand.done("star", of=moment, on=True)
    undone = hand.undo(star)
    taken = hand.undo(moment)
    hand.redo(taken)
    hand.see(hand.last("D"))
    hand.do("C-y", hand.last("D", f" {texts.STAR}"))
    hand.done("undo", of=undone)
    gone = hand.mark("L")
    hand.undo(gone)


def _screen_keys(hand: Hand) -> None:
    hand.do("s", _said("still"))
    hand.done("still", stream="cam1", file="stills/0001.jpg")
    hand.do("+", _said("later", minutes="10"))
    hand.done("limit", more_min=10.0)
    hand.key("F3")
    hand.miss("F3 dim")
    hand.mark("M")
    hand.do("F3", "F3 dim")
    hand.do("?", texts.HELP_TITLE)
    hand.mark("pageup")
    hand.miss(texts.HELP_TITLE)


def _pause(hand: Hand) -> None:
    """The second stretch is open: the pause closes it."""
    opened = hand.stretch()
    hand.do("p", texts.PAUSED_BELOW[:30])
    hand.done("edit", of=opened, by="recorder", fields={"until_ns": "later"})
    hand.done("pause")
    hand.key("p")
    hand.mark("E", state="paused")
    hand.do("C-r", _said("resume"))
    hand.done("resume")
    hand.see(texts.STATES["recording"][0])


def _end_after_all(hand: Hand) -> None:
    """Ctrl+X and Esc: the film goes on."""
    question = texts.ASK_FILMING.partition("  ")[0]
    hand.do("C-x", re.escape(question))
    hand.see(texts.STATES["paused"][0])
    hand.done("pause")
    hand.key("Escape")
    hand.miss(re.escape(question))
    hand.see(texts.STATES["recording"][0])
    hand.done("resume")


PARTS = (
    *(_first_moments, _goals_and_notes, _stretches, _others),
    *(_undo_and_redo, _screen_keys, _pause, _end_after_all),
)


def end(hand: Hand) -> None:
    """Ctrl+X and Enter; the list of moments comes by itself, without the private ones."""
    moments = len(shown(hand))
    hand.do("C-x", re.escape(texts.ASK_FILMING.partition("  ")[0]))
    hand.see(texts.STATES["paused"][0])
    hand.done("pause")
    counted = texts.AFTER_MOMENTS_ONE if moments == 1 else texts.AFTER_MOMENTS.format(count=moments)
    hand.do("Enter", re.escape(texts.AFTER_SAVED.format(moments=counted, losses=texts.AFTER_NOTHING_LOST)))


# After the film ------------------------------------------------------------------------------------------------------


def shown(hand: Hand) -> list[int]:
    """The moments that there are, for everyone to see, in the order of time."""
    taken: set[int] = set()
    for deed in hand.deeds:
        if deed["kind"] == "undo":
            of = deed["of"]
            # The undo of an undo brings back what that one took.
            taken = taken - {hand.deeds[of]["of"]} if hand.deeds[of]["kind"] == "undo" else taken | {of}
    made = enumerate(hand.deeds)
    return [at for at, deed in made if deed["kind"] == "marker" and not deed["private"] and at not in taken]


def choose(hand: Hand, moment: int, label: str = "") -> None:
    """Go to this moment, from the first row on. `label`: where it was given another one."""
    hand.key("Home")
    for _ in range(shown(hand).index(moment)):
        hand.terminal.press("Down")
    hand.see(rf"▸ .*  {re.escape(label or hand.deeds[moment]['label'])}")


def edit(hand: Hand, key: str, moment: int, words: str, **fields: Any) -> None:
    """A key that changes a moment."""
    hand.do(key, re.escape(words))
    hand.done("edit", of=moment, fields=fields)


def after(hand: Hand) -> None:
    """Everything on the list of moments."""
    everyone = shown(hand)
    first, second, third = everyone[1], everyone[4], everyone[8]
    for count, moment in enumerate((first, second, third), 1):
        choose(hand, moment)
        said = texts.AFTER_SAID_SHORT if count == 3 else texts.AFTER_SAID_SHORT_HINT
        edit(hand, "Space", moment, said.format(count=count), shortlist=True)
    label = str(hand.deeds[third]["label"])
    edit(hand, "c", third, texts.AFTER_SAID_PICK.format(label=label), pick=True)
    hand.do("e", re.escape(texts.AFTER_TYPE["edit"]))
    hand.type("\x7f" * len(label) + "She came back to him")
    hand.see("back to him▏")
    new = "She came back to him"
    edit(hand, "Enter", third, texts.AFTER_SAID_LABEL.format(label=new), label=new)
    more_s = hand.deeds[third]["look_ahead_s"] + 1
    hand.do("F6", rf"● {new}: .* s")
    hand.done("edit", of=third, fields={"look_ahead_s": more_s})
    hand.do("v", "only for you")
    hand.type("ask my supervisor")
    hand.see("my supervisor▏")
    said = texts.AFTER_SAID_PRIVATE_NOTE.partition("{own_view}")[0].format(label=new)
    edit(hand, "Enter", third, said.strip(), private_note="ask my supervisor")
    choose(hand, second)
    label = str(hand.deeds[second]["label"])
    hand.do("DC", re.escape(texts.AFTER_SAID_DELETED.partition(".")[0].format(label=label)))
    taken = hand.done("undo", of=second)
    hand.do("BSpace", re.escape(texts.AFTER_SAID_UNDONE["undo"]))
    hand.done("undo", of=taken)
    choose(hand, third, new)
    hand.do("C-l", re.escape(texts.AFTER_SAID_VIEW[True]))
    hand.see("only you: ask my supervisor")
    hand.do("C-l", re.escape(texts.AFTER_SAID_VIEW[False]))
    hand.miss("ask my supervisor")
    _leave_out(hand)


def _leave_out(hand: Hand) -> None:
    """From the first to the second second of the film."""
    hand.do("x", re.escape(texts.AFTER_TYPE["leave_out"].partition("(")[0]))
    hand.type("\x7f" * 40 + "0:01-0:02")
    hand.see("0:01-0:02▏")
    hand.do("Enter", re.escape(texts.AFTER_SAID_LEFT_OUT.partition(".")[0].format(start="0:01", end="0:02")))
    hand.done("leave_out", start_ns=SECOND_NS, end_ns=2 * SECOND_NS)


def close(hand: Hand) -> dict[str, Any]:
    """q: the command ends, and the terminal is as it was."""
    hand.do("q", r"^OVER")
    lines = [line.strip() for line in hand.terminal.text(history=True).splitlines() if line.strip()]
    settings = [line for line in lines if line.count(":") > 5]
    wrong = still_on(hand.terminal.modes())
    wrong += [] if len(settings) == 2 and settings[0] == settings[1] else ["the terminal has other settings"]
    wrong += [] if "RC=0" in lines else ["the command failed"]
    wrong += [] if any("The film is in" in line for line in lines) else ["it does not say where the film is"]
    return {"faults": wrong}


# Both visits ---------------------------------------------------------------------------------------------------------


def first_visit(made: Place, seconds: float, size: tuple[int, int]) -> tuple[Hand, list[str]]:
    hand = Hand(made.terminal, VOCABULARY)
    command = [*COMMAND, "prepare", "--camera", str(made.pipe), "--mic", "camera"]
    made.terminal.start(command, size)
    begin(hand, prepare(hand))
    film(hand, seconds)
    end(hand)
    after(hand)
    return hand, close(hand)["faults"]


def second_visit(made: Place, size: tuple[int, int]) -> tuple[Hand, list[str]]:
    """The command alone: devices, kind and place are as last time, nothing else is; then F5."""
    made.terminal.close()
    # Of its own server: the first one may still be leaving.
    made.terminal = Terminal(f"visit-{os.getpid()}", made.environment)
    hand = Hand(made.terminal, VOCABULARY)
    rows = {row: label for row, (label, _) in texts.PREPARE_ROWS.items()}
    made.terminal.start(COMMAND, size)
    hand.see(texts.PREPARE_READY[:7], 30)
    hand.see(rf"{rows['kind']} +{KIND}")
    hand.see(rf"{rows['place']} +home")
    empty = ("helping_question", "goals", "people", "activity", "cycle", "purposes")
    wrong = [f"prefilled: {row}" for row in empty if not hand.sees(rf"{rows[row]} +{texts.PREPARE_EMPTY}")]
    hand.do("F5", texts.PREPARE_AGAIN_FACES.partition("{")[0])
    hand.see(rf"{rows['goals']} +meals, pauses")
    hand.see(rf"{rows['purposes']} +{texts.PREPARE_EMPTY}")
    begin(hand, sheet() | {"purposes": not_asked()})
    moment = hand.mark("a")
    hand.do(",", _said("goal", label="Tuned in", goal=GOALS[0][1]))
    hand.done("goal", of=moment, goal="g1")
    end(hand)
    return hand, wrong + close(hand)["faults"]


def paused_s(read: Read) -> float:
    """How long it was paused between two parts of the film."""
    marks = [(each["kind"], int(each["t_ns"])) for each in read.records if each["kind"] in ("pause", "resume")]
    return sum(to_ns - from_ns for (kind, from_ns), (_, to_ns) in pairwise(marks) if kind == "pause") / SECOND_NS


def judged(hand: Hand, read: Read) -> dict[str, Any]:
    """The journal against what was done, the files against the journal, the film against the feed's numbers."""
    origin_ns = next(record["origin_mono_ns"] for record in read.records if record["kind"] == "run")
    stamps = [record["t_ns"] + origin_ns for record in read.records if record["kind"] == "marker"]
    late_ms = [(ns - press.mono_ns) / 1e6 for ns, (_, press) in zip(stamps, hand.presses, strict=False)]
    films = [measure_picture.read_film(read.folder, asdict(each)) for each in read.view.segments]
    numbers = key_runs.film_of(films)
    checked = verify(read.folder)
    wrong = differences(hand.deeds, read)
    wrong += [f"{line.file}: {line.what}" for line in checked.lines if not line.ok]
    wrong += [f"{name}: {numbers[name]}" for name in ("lost_inside", "doubled", "unreadable") if numbers[name]]
    paused_frames = paused_s(read) * RATE
    wrong += ["more is missing than the pauses"] if numbers["lost_at_seams"] > paused_frames + 2 else []
    wrong += [] if read.view.closed else ["it is not closed"]
    kinds = [deed["kind"] for deed in hand.deeds]
    return {
        "records": len(read.records),
        "deeds": {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)},
        "moments_in_the_end": len(read.view.markers),
        "recorded_s": round(read.view.recorded_ns(read.view.last_t_ns) / SECOND_NS, 1),
        "marker_after_press_ms": spread(late_ms),
        "paused_s": round(paused_s(read), 2),
        "stills": [f"{still.file}, {still.size_bytes} bytes" for still in read.view.stills.values()],
        "film": numbers,
        "faults": wrong,
    }


def run(seconds: float, size: tuple[int, int]) -> dict[str, Any]:
    """Both visits, and what their journals hold."""
    with place(None, "--sound", "sine") as made:
        hands = [first_visit(made, seconds, size), second_visit(made, size)]
        folders = sorted(path.parent for path in made.root.glob("data/**/journal.msgpack"))
        found: dict[str, Any] = {"faults": [fault for _, faults in hands for fault in faults]}
        if len(folders) != len(hands):
            found["faults"].append(f"{len(folders)} sessions")
        for name, (hand, _), folder in zip(("first visit", "same family again"), hands, folders, strict=False):
            found[name] = judged(hand, read_session(folder)) | {"journals": len(journal_files(folder))}
            found["faults"] += [f"{name}: {fault}" for fault in found[name].pop("faults")]
        count = found["first visit"]["moments_in_the_end"]
        found["faults"] += [] if count >= MOMENTS else [f"only {count} moments"]
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120, help="of the first film, at least")
    parser.add_argument("--size", default="120x40", help="of the terminal")
    parser.add_argument("--json", action="store_true", help="one line")
    options = parser.parse_args(arguments)
    width, height = map(int, options.size.split("x"))
    found = run(options.seconds, (width, height))
    print(json.dumps(found, indent=None if options.json else 2, ensure_ascii=False))
    return 1 if found["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
