"""`record --no-tui` in a terminal: what each key sends and the one line that is said of it."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from tests.cli.terminals import Terminal, posix
from tests.clocks import HandClock
from tests.tui.made_up import CLOCK, KEYS, FakeLink, snapshot
from vig_capture.archive.reader import read_session
from vig_capture.cli import front
from vig_capture.cli.front import Front
from vig_capture.cli.plain import Heard, Plain
from vig_capture.cli.plain_keys import Key
from vig_capture.cli.request import Request
from vig_capture.cli.start import Started
from vig_capture.core.time import SECOND_NS

MINUTE_NS = 60 * SECOND_NS


class Lines:
    """Plain lines over a link that is made up: keys and answers go in, lines come out."""

    def __init__(self) -> None:
        self.link, self.clock = FakeLink(), HandClock(CLOCK.now_ns)
        self.said: list[str] = []
        self.stopped: list[int] = []
        self.left = 0
        self._queue: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self.plain = Plain(self.link, self, now_ns=self.clock.mono_ns)
        self.plain.listen(self._queue.put)
        self.hear({"back": True}, snapshot(mono_ns=self.clock.now_ns))
        self.new()

    def say(self, line: str) -> None:
        assert line.isprintable()
        self.said.append(line)

    def show(self, snapshot: dict[str, Any]) -> None:
        assert snapshot["state"]

    def stop(self, mono_ns: int) -> None:
        self.stopped.append(mono_ns)

    def leave(self) -> None:
        self.left += 1

    def new(self) -> list[str]:
        """What was said since this was last asked."""
        said, self.said = self.said, []
        return said

    def sent(self) -> list[dict[str, Any]]:
        """What was sent since this was last asked, but for what asks for snapshots."""
        sent, self.link.sent = [each for each in self.link.sent if each["do"] != "watch"], []
        return sent

    def hear(self, *messages: dict[str, Any]) -> None:
        """The recorder says something."""
        self.link.say(*messages)
        while not self._queue.empty():
            self.plain.hear(self._queue.get())
        self.plain.tick()

    def done(self) -> list[str]:
        """What was asked of the recorder since `sent` was last asked."""
        return [each["do"] for each in self.link.sent if each["do"] != "watch"]

    def pass_s(self, seconds: float) -> None:
        """Time passes, in which the recorder is heard."""
        self.clock.wait(seconds)
        self.plain.film.heard_ns = self.clock.now_ns
        self.plain.tick()

    def press(self, *names: str) -> None:
        """Keys, a second apart."""
        for name in names:
            self.clock.wait(1)
            self.plain.film.heard_ns = self.clock.now_ns
            self.plain.press(Key(name, self.clock.now_ns))

    def answer(self, **result: Any) -> None:
        """What was sent is done."""
        for command in self.sent():
            if command["do"] == "mark":
                label = next(key["label"] for key in KEYS if key["key"] == command["key"])
                marker = {"id": command["id"], "label": label, "who": command["who"], "t_ns": 61 * SECOND_NS}
                self.hear({"ack": command["id"], "ok": True, "result": {"act": "marker", "marker": marker} | result})
            else:
                self.hear({"ack": command["id"], "ok": True, "result": result})


def test_a_moment_is_said_once_when_it_is_saved() -> None:
    """Nothing at the press, one line when it is on the disk, with the other person where Shift was; a held key is one
    line; a refused one says why, and one that waits says so."""
    lines = Lines()
    lines.press("i")
    assert lines.new() == []
    lines.answer()
    assert lines.new() == ["● Initiative: saved"]
    lines.press("I")
    lines.answer()
    assert lines.new() == ["● Initiative, the child: saved"]
    lines.pass_s(2)
    for _ in range(20):
        lines.clock.wait(0.05)
        lines.plain.press(Key("i", lines.clock.now_ns))
    first = lines.link.all("mark")[0]["id"]
    for command in lines.sent():
        marker = {"id": first, "label": "Initiative", "who": "self"}
        lines.hear({"ack": command["id"], "ok": True, "result": {"act": "marker", "marker": marker}})
    assert lines.new() == ["● Initiative: saved"]
    lines.press("r")
    lines.link.refuse(lines.sent()[0], "The disk is full.")
    lines.hear()
    assert lines.new() == ["× NOT SAVED: No. The disk is full."]
    lines.press("pagedown")
    lines.hear(snapshot(mono_ns=lines.clock.now_ns))
    lines.pass_s(2.5)
    lines.pass_s(0.5)
    assert lines.new() == ["○ Moment: not saved yet …"]
    lines.answer()
    assert lines.new() == ["● Moment: saved"]


def test_what_is_answered_at_once_is_one_line() -> None:
    """Each command sends what it sends on the screen; ○ is said only where the answer takes long."""
    lines = Lines()
    lines.press("i")
    lines.answer()
    lines.new()
    for name, do, line in (
        (".", "star", "● Initiative has a star."),
        ("tab", "edit", "● Initiative: the child"),
        ("-", "stretch", "● A stretch: saved."),
        ("s", "still", "● A still picture is saved."),
        ("+", "later", "● The film now ends by itself 10 minutes later."),
        ("backspace", "undo", "● The last act is taken back."),
        ("ctrl+y", "redo", "● What was taken back is there again."),
    ):
        lines.press(name)
        assert lines.done() == [do]
        lines.answer()
        assert lines.new() == [line]
    lines.press("s")
    lines.pass_s(0.2)
    assert lines.new() == []
    lines.pass_s(0.2)
    assert lines.new() == ["○ Taking a still picture …"]
    lines.answer()
    assert lines.new() == ["● A still picture is saved."]


def test_a_second_backspace_waits_a_moment_only() -> None:
    """Whether it is a key that is held is known after 120 ms, and the loop is told when."""
    lines = Lines()
    lines.press("backspace")
    lines.clock.wait(0.4)
    lines.plain.press(Key("backspace", lines.clock.now_ns))
    assert len(lines.link.all("undo")) == 1
    lines.clock.wait(0.1)
    assert lines.plain.wait_s() == pytest.approx(0.02)
    lines.pass_s(0.02)
    assert len(lines.link.all("undo")) == 2


def test_a_note_is_said_when_it_is_kept_or_dropped() -> None:
    """Letters are typed and mark nothing, none of them is said; Page Down marks all the same; then the line is said."""
    lines = Lines()
    lines.press("i")
    lines.answer()
    lines.new()
    lines.press("enter")
    assert lines.new() == ["A note on Initiative: type it. Letters do not mark now. Enter keeps it, Esc drops it."]
    lines.press("i", "x", "backspace", "space", "é", "pagedown")
    assert lines.done() == ["mark"]
    lines.answer()
    assert lines.new() == ["● Moment: saved"]
    lines.press("enter")
    assert [each["note"] for each in lines.link.all("note")] == ["i é"]
    lines.answer()
    assert lines.new() == ["● Note on Initiative: i é, saved"]
    lines.press("enter", "w", "escape")
    assert lines.new()[1:] == ["Note on Moment: w, dropped"]
    lines.press("enter", "q")
    lines.new()
    lines.pass_s(11)
    lines.answer()
    assert lines.new() == ["● Note on Moment: q, saved"]


def test_the_end_is_asked_in_one_line_after_pausing() -> None:
    """Ctrl+X pauses at once and asks; Esc films again; Enter ends, and nothing that follows from it is news."""
    lines = Lines()
    lines.press("ctrl+x")
    assert lines.done() == ["pause"]
    assert lines.new() == ["End, or go on? Enter ends, Esc goes on. Nothing is being filmed meanwhile."]
    lines.hear(snapshot(state="paused", mono_ns=lines.clock.now_ns))
    lines.answer(state="paused")
    assert lines.new() == ["● Paused. Nothing is being filmed."]
    lines.press("escape")
    assert lines.done() == ["resume"]
    lines.answer(state="recording")
    assert lines.new() == ["● FILMING AGAIN."]
    lines.press("p")
    lines.answer(state="paused")
    lines.press("ctrl+q", "escape")
    assert lines.new()[1:] == ["End, or go on? Enter ends, Esc leaves it as it is.", "It is left as it is."]
    lines.press("ctrl+x", "enter")
    lines.new()
    assert lines.stopped == [lines.clock.now_ns]
    assert lines.done() == ["stop"]
    lines.hear(snapshot(state="stopping", mono_ns=lines.clock.now_ns))
    lines.answer(state="closed")
    lines.hear({"lost": True})
    assert lines.new() == []


def test_a_lost_recorder_is_said_and_gets_everything_when_it_is_back() -> None:
    """What is pressed meanwhile is sent, in its order, once it is found; Enter leaves one that does not answer."""
    lines = Lines()
    lines.hear({"lost": True})
    (line,) = lines.new()
    assert line.startswith("? NO CONNECTION: ")
    lines.press("i", "r")
    assert lines.sent() == []
    lines.hear({"back": True})
    assert [each["key"] for each in lines.link.all("mark")] == ["i", "r"]
    assert lines.new() == ["● RECORDING"]
    lines.answer()
    assert lines.new() == ["● Initiative: saved", "● [Reception]: saved"]
    lines.hear({"lost": True})
    lines.new()
    lines.press("ctrl+x", "enter")
    assert lines.new() == ["The recorder does not answer. Enter leaves the film as it is and closes this, Esc stays."]
    assert lines.left == 1
    assert lines.sent() == []


def test_states_and_the_latest_end_are_said_once() -> None:
    """A change of state is a line; five minutes and one minute before the latest end another one, however many
    snapshots come; in between nothing."""
    lines = Lines()
    for left_ns in (6 * MINUTE_NS, 4 * MINUTE_NS, 3 * MINUTE_NS, MINUTE_NS // 2, MINUTE_NS // 3):
        lines.hear(snapshot(latest_end_ns=60 * SECOND_NS + left_ns, mono_ns=lines.clock.now_ns))
        lines.pass_s(1)
    near, nearer = lines.new()
    assert near == "! The film ends by itself in 4 min: + gives 10 more minutes."
    assert "less than a minute" in nearer
    for state in ("paused", "paused", "recording"):
        lines.hear(snapshot(state=state, mono_ns=lines.clock.now_ns))
    assert lines.new() == ["‖ PAUSED: Nothing is being filmed.  Ctrl+R films again.", "● RECORDING"]


def test_help_is_lines_and_the_picture_is_none() -> None:
    """? tells every key of the vocabulary and of the table; the keys of picture and darkness say that there is none."""
    lines = Lines()
    lines.press("?")
    told = lines.new()
    for line in ("i: Initiative", "Space: Moment", "Ctrl+X: pauses and asks to end", "p: pauses, and only pauses"):
        assert line in told
    assert not any("dark" in line or "picture for" in line for line in told)
    for name in ("f3", "up", "f2"):
        lines.press(name)
        assert [line.split(",")[0] for line in lines.new()] == ["There is no picture here"]
    lines.press("z")
    assert lines.new() == ["z marks nothing. ? shows the keys."]
    assert lines.sent() == []


# --- in the command's loop --------------------------------------------------------------------------------------------


class Keys:
    """A terminal in which these keys are pressed as soon as it is listened to."""

    def __init__(self, *names: str) -> None:
        self.names, self.open = names, False

    def __enter__(self) -> None:
        self.open = True

    def __exit__(self, *_: object) -> None:
        self.open = False

    def listen(self, put: Any) -> None:
        assert self.open
        for number, name in enumerate(self.names):
            put(Key(name, number * SECOND_NS))


class Recorder(FakeLink):
    """Marks, pauses and stops as it is told to, and then is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.pid, self.code, self.told = 4711, cast("int | None", None), list[str]()

    def poll(self) -> int | None:
        return self.code

    def listen(self, callback: Any) -> None:
        super().listen(callback)
        self.say({"back": True}, snapshot(notices=[], streams=[]))

    def send(self, command: dict[str, Any]) -> None:
        self.told.append(command["do"])
        if command["do"] == "mark":
            self.accept(command)
        else:
            state = {"pause": "paused", "resume": "recording", "stop": "closed"}.get(command["do"], "")
            self.done(command, state=state)
        if command["do"] == "stop":
            self.code = 0


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_takes_keys_where_somebody_presses_them(
    as_json: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the press to the end of the film, which then is an ordinary end; with --json no key is read."""
    recorder, keys = Recorder(), Keys("i", "ctrl+x", "enter")
    started = Started(cast("subprocess.Popen[bytes]", recorder), tmp_path)
    monkeypatch.setattr(front, "start_recorder", lambda _: started)
    monkeypatch.setattr(front, "ReconnectingLink", lambda _: recorder)
    monkeypatch.setattr(front, "keyboard", lambda: keys)
    monkeypatch.setattr(front, "_closed", lambda _: "as the guider wished")
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    recorder.code = 0 if as_json else None
    assert Front(Request(cameras=("demo",), mics=("none",), out=""), as_json).run() == 0
    told = capsys.readouterr().out
    if as_json:
        assert "Keys" not in told
        assert not recorder.told
    else:
        assert [do for do in recorder.told if do != "watch"] == ["mark", "pause", "stop"]
        assert told.splitlines()[-4:] == [
            "End, or go on? Enter ends, Esc goes on. Nothing is being filmed meanwhile.",
            "● Initiative: saved",
            "● Paused. Nothing is being filmed.",
            "The film is closed.",
        ]
    assert not keys.open


def test_plain_lines_load_no_screen() -> None:
    """Neither Textual nor what draws with it is needed for them."""
    code = "import sys, vig_capture.cli.front; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "vig_capture.tui.film.presses" in done.stdout.split()
    assert not {"textual", "av", "cv2"} & set(done.stdout.split())


@posix
def test_a_film_by_keys_in_a_terminal(root: Path) -> None:
    """Mark, mark for the other, take back, pause, film again, end: the journal holds exactly that, each is one plain
    line, no key is shown, and the terminal is as it was. Two seconds of film."""
    import termios

    terminal = Terminal(root, *Terminal.record, f"{root}/out", "--no-tui")
    try:
        terminal.wait_for("● RECORDING")
        for key, line in (
            ("a", "● Tuned in: saved"),
            ("E", "● Inviting, child: saved"),
            ("\x7f", "● The last moment is taken back."),
            ("p", "● Paused. Nothing is being filmed."),
            ("\x12", "● FILMING AGAIN."),
            ("\x18", "● Paused. Nothing is being filmed."),
        ):
            since = terminal.said()
            terminal.press(key)
            terminal.wait_for(f"{line}\r\n", since)
        terminal.press("\r")
        assert terminal.process.wait(timeout=20) == 0
        terminal.wait_for("The film is closed.")
        assert termios.tcgetattr(terminal.far) == terminal.settings
    finally:
        terminal.close()
    (folder,) = (root / "out").iterdir()
    session = read_session(folder)
    assert [(marker.key, marker.who) for marker in session.view.markers.values()] == [("a", "self")]
    kinds = ("marker", "undo", "pause", "resume", "note", "star", "edit", "extend", "closed")
    done = [record["kind"] for record in session.records if record["kind"] in kinds]
    assert done == ["marker", "marker", "undo", "pause", "resume", "pause", "closed"]
    lines = terminal.text().splitlines()
    assert all(line.isprintable() for line in lines)
    assert [line for line in lines[lines.index("● RECORDING") + 1 :] if not line.startswith("cam1")] == [
        "● Tuned in: saved",
        "● Inviting, child: saved",
        "● The last moment is taken back.",
        "● Paused. Nothing is being filmed.",
        "● FILMING AGAIN.",
        "End, or go on? Enter ends, Esc goes on. Nothing is being filmed meanwhile.",
        "● Paused. Nothing is being filmed.",
        "The film is closed.",
    ]


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(number: signal.Signals, root: Path) -> None:
    """SIGTERM and Ctrl-C end the film; a hang-up leaves it running; after each of them the keys are shown again."""
    import termios

    terminal = Terminal(root, *Terminal.record, f"{root}/out", "--no-tui")
    try:
        terminal.wait_for("● RECORDING")
        assert termios.tcgetattr(terminal.far) != terminal.settings
        os.kill(terminal.process.pid, number)
        code = terminal.process.wait(timeout=20)
        assert termios.tcgetattr(terminal.far) == terminal.settings
    finally:
        terminal.close()
    (folder,) = (root / "out").iterdir()
    hung_up = number == signal.SIGHUP
    assert code == (-number if hung_up else 0)
    assert read_session(folder).view.closed != hung_up
