"""The words to read out before filming: shown, or as a page that any browser prints."""

from __future__ import annotations

import html
import warnings
from pathlib import Path

import platformdirs

from vig_capture.core.errors import UserError
from vig_capture.devices.disk import told
from vig_capture.devices.settings_files import config_folder, shipped_folder

FILE = "card.txt"
PAGE = "Words before filming.html"
_PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Words before filming</title>
<style>
@page {{ margin: 2cm; }}
body {{ font: 20pt/1.5 sans-serif; max-width: 32em; margin: 2em auto; color: #000; background: #fff; }}
p {{ margin: 0 0 1em; break-inside: avoid; }}
</style>
{paragraphs}
</html>
"""


def read_card() -> str:
    """The card: a card.txt of the guider's own beside the settings, or the one that comes with the program.

    Raises UserError where it cannot be read."""
    own = config_folder() / FILE
    path = own if own.is_file() else shipped_folder() / FILE
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        do = f"Save it as UTF-8 in a text editor, or remove {own}."
        raise UserError(f"{path} cannot be read.", f"{error}.", do) from error


def page(text: str) -> str:
    """The card as a page in large letters."""
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    lines = [f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs]
    return _PAGE.format(paragraphs="\n".join(lines))


def print_card(folder: Path | None = None) -> Path:
    """Write the page into a folder, by default the one for documents; returns where it is.

    Raises UserError where the card cannot be read, StorageError where the page cannot be written."""
    if folder is None:
        with warnings.catch_warnings():
            # It warns where the desktop has named no such folder; the usual one is as good.
            warnings.simplefilter("ignore")
            folder = Path(platformdirs.user_documents_path())
    path, text = folder / PAGE, page(read_card())
    with told(path):
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path


def card(folder: Path | None = None, to_print: bool = False) -> int:
    """`vig-capture card`: show the words, or write the page. Returns the exit code."""
    if to_print or folder is not None:
        print(f"The page to print is here: {print_card(folder)}")
    else:
        print(read_card())
    return 0
