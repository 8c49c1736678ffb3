"""THE table: in which state which event does what. Every transition of a session lives here.

Rule 1: the control stage asks this table and nothing else whether a command may be carried out.
Rule 2: *refuse* is never silent: the client is told why.
Rule 3: device events are legal in every state and change only their own stream, so they are not in the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["idle", "arming", "recording", "paused", "stopping", "closed"]
Event = Literal["start", "mark", "still", "later", "trouble", "pause", "resume", "stop", "ready", "finished"]
Effect = Literal["refuse", "append", "warn", "arm", "record", "hold", "go_on", "finish", "close", "fall_back", "said"]

STATES: tuple[State, ...] = ("idle", "arming", "recording", "paused", "stopping", "closed")
EVENTS: tuple[Event, ...] = ("start", "mark", "still", "later", "trouble", "pause", "resume", "stop")
"""What a guider, a client or a disk can do: `mark` is whatever is written down of the film, `still` takes a still
picture, `later` moves the latest end. `ready` and `finished` are the session's own steps."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The state that follows, what is done, and what the client is told."""

    next: State
    effect: Effect
    why: str = ""


_NOT_YET = "No film has been started yet."
_OVER = "This film is closed."
_ENDING = "The film is being finished."

TABLE: dict[State, dict[Event, Rule]] = {
    "idle": {
        "start": Rule("arming", "arm"),
        "mark": Rule("idle", "refuse", _NOT_YET),
        "still": Rule("idle", "refuse", _NOT_YET),
        "later": Rule("idle", "refuse", _NOT_YET),
        "trouble": Rule("idle", "warn"),
        "pause": Rule("idle", "refuse", _NOT_YET),
        "resume": Rule("idle", "refuse", _NOT_YET),
        "stop": Rule("idle", "refuse", _NOT_YET),
    },
    "arming": {
        "start": Rule("arming", "refuse", "The film is about to start."),
        "mark": Rule("arming", "append", "no picture yet"),
        "still": Rule("arming", "refuse", "There is no picture yet."),
        "later": Rule("arming", "append"),
        "trouble": Rule("arming", "warn"),
        "pause": Rule("paused", "hold"),
        "resume": Rule("arming", "refuse", "The film is about to start; it was not paused."),
        "stop": Rule("closed", "close"),
        "ready": Rule("recording", "record"),
    },
    "recording": {
        "start": Rule("recording", "refuse", "The film is already running."),
        "mark": Rule("recording", "append"),
        "still": Rule("recording", "append"),
        "later": Rule("recording", "append"),
        "trouble": Rule("recording", "fall_back"),
        "pause": Rule("paused", "hold"),
        "resume": Rule("recording", "refuse", "The film is running; it was not paused."),
        "stop": Rule("stopping", "finish"),
    },
    "paused": {
        "start": Rule("paused", "refuse", "The film is paused; resume it instead."),
        "mark": Rule("paused", "append", "paused: no picture"),
        "still": Rule("paused", "refuse", "In a pause no picture is kept."),
        "later": Rule("paused", "append"),
        "trouble": Rule("paused", "warn"),
        "pause": Rule("paused", "said", "It was paused already."),
        "resume": Rule("recording", "go_on"),
        "stop": Rule("stopping", "finish"),
    },
    "stopping": {
        "start": Rule("stopping", "refuse", _ENDING),
        "mark": Rule("stopping", "append"),
        "still": Rule("stopping", "refuse", _ENDING),
        "later": Rule("stopping", "refuse", _ENDING),
        "trouble": Rule("stopping", "warn"),
        "pause": Rule("stopping", "refuse", _ENDING),
        "resume": Rule("stopping", "refuse", _ENDING),
        "stop": Rule("stopping", "said", "It is being finished already."),
        "finished": Rule("closed", "close"),
    },
    "closed": {
        "start": Rule("closed", "refuse", _OVER),
        "mark": Rule("closed", "append", "after the film"),
        "still": Rule("closed", "refuse", _OVER),
        "later": Rule("closed", "refuse", _OVER),
        "trouble": Rule("closed", "warn"),
        "pause": Rule("closed", "refuse", _OVER),
        "resume": Rule("closed", "refuse", _OVER),
        "stop": Rule("closed", "refuse", _OVER),
    },
}


def rule(state: State, event: Event) -> Rule:
    """What `event` does in `state`. Raises KeyError for a step that the engine must never ask for."""
    return TABLE[state][event]
