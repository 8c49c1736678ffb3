"""Every error that a person may meet, and who has to act.

VigError
├── UserError      the settings or the command line: the guider fixes it (exit code 2)
├── DeviceError    a camera or microphone is absent, busy or lost: retried, a gap in the journal
│   └── EndOfFilm  a film file has been played to its end: the session ends
├── StorageError   a disk is full, gone or failing
├── JournalError   a journal that cannot be continued: it is kept aside, never rewritten
└── PluginError    somebody else's code failed: it is muted

Each says three things in words that a health visitor understands: what happened, why, and what to do.
"""

from __future__ import annotations


class VigError(Exception):
    """What happened, why, and what to do: the three lines that the guider sees."""

    exit_code = 1

    def __init__(self, what: str, why: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.do = do

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.why, self.do) if part)

    def as_map(self) -> dict[str, str]:
        """The three lines as a message for a client."""
        return {"error": type(self).__name__, "what": self.what, "why": self.why, "do": self.do}


class UserError(VigError):
    """A setting, an argument or a key that cannot be meant; nothing was started."""

    exit_code = 2


class DeviceError(VigError):
    """A camera or microphone that is absent, busy or lost. The engine goes on without it and tries again."""


class EndOfFilm(DeviceError):
    """A film file has been played to its end."""


class StorageError(VigError):
    """A disk that is full, gone, read-only or failing."""


class JournalError(VigError):
    """A journal that this version cannot read or continue."""


class PluginError(VigError):
    """A plug-in that failed; it is not called again in this session."""


def from_map(message: dict[str, str]) -> VigError:
    """The error that `as_map` described, for the client that received it."""
    kinds = {kind.__name__: kind for kind in (UserError, DeviceError, StorageError, JournalError, PluginError)}
    kind = kinds.get(message.get("error", ""), VigError)
    return kind(message.get("what", ""), message.get("why", ""), message.get("do", ""))
