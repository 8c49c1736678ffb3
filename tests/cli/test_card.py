"""The card of words to read out: a service's own wins, and the page to print holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vig_capture.cli import card
from vig_capture.cli.app import carry_out
from vig_capture.core.errors import StorageError, UserError


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of settings of its own."""
    monkeypatch.setattr(card, "config_folder", lambda: tmp_path)
    return tmp_path


def test_shipped_card() -> None:
    """The card that comes with the program fits on a screen of 80 x 24, line by line."""
    lines = card.read_card().splitlines()
    assert len(lines) <= 18
    assert max(map(len, lines)) <= 76


def test_own_card(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A card of the service's own is read out instead, and its signs stay what they are on the page."""
    (config / card.FILE).write_text("Wir filmen <jetzt>.\nRuhig & kurz.\n\nIst das recht?\n", encoding="utf-8-sig")
    assert card.card() == 0
    assert capsys.readouterr().out.startswith("Wir filmen <jetzt>.")
    path = card.print_card(config / "new")
    text = path.read_text(encoding="utf-8")
    assert "<p>Wir filmen &lt;jetzt&gt;.<br>Ruhig &amp; kurz.</p>\n<p>Ist das recht?</p>" in text


def test_the_command(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`vig-capture card` shows the words, and with a folder makes the page there."""
    assert carry_out(["card"]) == 0
    assert capsys.readouterr().out.strip() == card.read_card()
    assert carry_out(["card", "--print", str(config / "new")]) == 0
    assert str(config / "new" / card.PAGE) in capsys.readouterr().out.replace("\n", "")


def test_what_goes_wrong(config: Path) -> None:
    """A card that is no text, and a folder that takes no file, are said in words."""
    (config / "file").write_bytes(b"")
    with pytest.raises(StorageError):
        card.print_card(config / "file")
    (config / card.FILE).write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UserError):
        card.read_card()
