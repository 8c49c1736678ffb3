"""The doctor on the keys: do the screen's and every vocabulary's go together?"""

from __future__ import annotations

from vig_capture.cli.doctor_line import Line, of_error
from vig_capture.core.config import Settings
from vig_capture.core.errors import UserError
from vig_capture.devices.settings_files import load_vocabulary, vocabulary_names
from vig_capture.tui import keymap


def keys(settings: Settings) -> list[Line]:
    """The guider's own table of keys, the vocabulary of the settings, and all that can be named."""
    lines: list[Line] = []
    try:
        keymap.load(settings.vocabulary)
    except UserError as error:
        why = f"{error.why} Until then the usual keys are in use."
        lines.append(Line("keys", "look", error.what, why, error.do))
    for name in dict.fromkeys((settings.vocabulary, *vocabulary_names())):
        try:
            load_vocabulary(name)
        except UserError as error:
            # One that is not in use keeps no film from being made.
            lines.append(of_error("vocabulary", error, "bad" if name == settings.vocabulary else "look"))
    if not lines:
        lines.append(Line("keys", "ok", f"No key means two things, in {len(vocabulary_names())} vocabularies."))
    return lines
