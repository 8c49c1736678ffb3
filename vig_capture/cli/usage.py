"""What Typer says of a faulty command line, as the three lines that every other error has."""

from __future__ import annotations

import re
from typing import Any

import typer

from vig_capture.core.errors import UserError
from vig_capture.core.text import near_miss

Faulty: type[Exception] = typer.BadParameter.__mro__[2]
"""The class of all that Typer says of a command line. It has no public name that every version of Typer shares."""


def plain(error: Any) -> UserError:
    """The same fault in plain words. `error` is a `Faulty`."""
    context = getattr(error, "ctx", None)
    path = _path(context)
    help_ = f"See: {path} -h"
    parameter = getattr(error, "param", None)
    said = str(error.format_message()).replace("\n", " ")
    if parameter is not None:
        return _of_parameter(parameter, said, help_)
    option = getattr(error, "option_name", "")
    if option and "No such option" in said:
        known = [name for other in (context.command.params if context else ()) for name in other.opts]
        return UserError(f"{path} has no option {option}.", _meant(option, known), help_)
    if option:
        needs = "takes nothing after it" if "does not take" in said else "needs something after it"
        return UserError(f"{option} {needs}.", "", help_)
    if command := re.search(r"No such command '(.*?)'", said):
        known = list(getattr(context.command, "commands", {})) if context else []
        return UserError(f"There is no command {command[1]!r}.", _meant(command[1], known), help_)
    if extra := re.search(r"unexpected extra arguments?(?:\(s\))? \((.*)\)", said):
        return UserError(f"{path} does not know what to do with {extra[1]}.", "It takes less.", help_)
    return UserError("The command line is not understood.", said, help_)


def _of_parameter(parameter: Any, said: str, help_: str) -> UserError:
    argument = parameter.param_type_name == "argument"
    name = str(parameter.name).upper() if argument else str(parameter.opts[0])
    if said.startswith("Missing"):
        return UserError(f"{name} is missing.", str(parameter.help or ""), help_)
    if "number" in said or "float" in said or "integer" in said:
        return UserError(f"{name} takes a number.", str(parameter.help or ""), help_)
    return UserError(f"{name} cannot be used as it was given.", said, help_)


def _meant(name: str, known: list[str]) -> str:
    """What was probably meant; "" where nothing is like it: the help lists them better."""
    said = near_miss(name, known)
    return said if said.startswith("Did you mean") else ""


def _path(context: Any) -> str:
    """The command as it is typed, such as `vig-capture record`."""
    if context is None:
        return "vig-capture"
    names: list[str] = []
    while context.parent is not None:
        names.insert(0, str(context.info_name))
        context = context.parent
    return " ".join(["vig-capture", *names])
