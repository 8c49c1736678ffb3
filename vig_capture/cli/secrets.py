"""Keeps the passwords of camera addresses out of the list of processes.

What is typed on a command line can be read by every user of the computer for as long as the process lives. So the
command starts itself anew, without them, and hands them on through a pipe.
"""

from __future__ import annotations

import json
import os
import re
import sys

from vig_capture.devices.camera_source import SECRET_QUERY, USERINFO, without_password

PIPE_VARIABLE = "VIG_CAPTURE_SECRETS_FD"
_HIDDEN = "hidden-{}@"
_MARK = re.compile(r"hidden-\d+@")
_secrets: dict[str, str] = {}


def hide_passwords() -> None:
    """Start anew without passwords in the arguments, or take over those of the process that did so."""
    given = os.environ.pop(PIPE_VARIABLE, "")
    if given:
        with os.fdopen(int(given), "rb") as pipe:
            _secrets.update(json.loads(pipe.read()))
        return
    if os.name == "nt" or not any(_has_secret(argument) for argument in sys.argv):
        # Windows shows a process's arguments to its own user and to administrators only.
        return
    found: dict[str, str] = {}

    def hide(match: re.Match[str]) -> str:
        mark = _HIDDEN.format(len(found) + 1)
        found[mark] = match.group(0)
        return mark

    arguments = [
        SECRET_QUERY.sub(hide, USERINFO.sub(hide, argument)) if _has_secret(argument) else argument
        for argument in sys.argv[1:]
    ]
    reading, writing = os.pipe()
    os.write(writing, json.dumps(found).encode())
    os.close(writing)
    os.set_inheritable(reading, True)
    os.environ[PIPE_VARIABLE] = str(reading)
    os.execv(sys.executable, [sys.executable, "-m", "vig_capture", *arguments])


def _has_secret(argument: str) -> bool:
    return "://" in argument and without_password(argument) != argument


def with_passwords(text: str) -> str:
    """A camera's address as it was typed."""
    return _MARK.sub(lambda match: _secrets.get(match.group(0), match.group(0)), text)
