"""Answers to commands. A command that is sent again is not carried out again: it gets the answer that it had."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

from vig_capture.core.errors import VigError

Reply = Callable[[dict[str, Any]], None]
KEPT_MAX = 4096


def ack(command_id: str, error: VigError | None, result: dict[str, Any]) -> dict[str, Any]:
    """The message that acknowledges a command."""
    if error is None:
        return {"ack": command_id, "ok": True, "result": result}
    return {"ack": command_id, "ok": False, **error.as_map()}


class Answers:
    """The last answers, by command. Given in control's thread and in the journal's."""

    def __init__(self) -> None:
        self._given: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = Lock()

    def again(self, command_id: str, reply: Reply) -> bool:
        """Answer a command that was answered before."""
        with self._lock:
            message = self._given.get(command_id)
        if message is None:
            return False
        reply(message)
        return True

    def give(self, command_id: str, reply: Reply, error: VigError | None, result: dict[str, Any]) -> None:
        """Answer, and keep the answer."""
        message = ack(command_id, error, result)
        with self._lock:
            self._given[command_id] = message
            while len(self._given) > KEPT_MAX:
                self._given.popitem(last=False)
        reply(message)
