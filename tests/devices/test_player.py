"""The computer's own player is started, detached and silent; where there is none it says so with the path."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from vig_capture.core.errors import UserError
from vig_capture.devices.player import Player

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the made-up players are shell scripts")
PATIENCE_S = 10


class Desktop:
    """A computer with made-up players: scripts that write down with what they were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.film = folder / "a moment's film.mp4"
        self.film.write_bytes(b"film")

    def has(self, name: str, then: str = "exit 0") -> None:
        path = self.folder / name
        path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{self.folder}/called.{name}"\necho noise\n{then}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def player(self, platform: str = "linux", **environ: str) -> Player:
        def which(name: str) -> str | None:
            return str(self.folder / name) if (self.folder / name).exists() else None

        return Player(platform, environ or {"DISPLAY": ":0"}, which)

    def called(self, name: str) -> list[str]:
        path = self.folder / f"called.{name}"
        for _ in range(PATIENCE_S * 100):
            if path.exists() and path.read_text():
                break
            time.sleep(0.01)
        return path.read_text().splitlines()


@pytest.fixture
def desktop(tmp_path: Path) -> Desktop:
    return Desktop(tmp_path)


def test_the_desktops_own_choice_comes_first(desktop: Desktop, capfd: pytest.CaptureFixture[str]) -> None:
    """xdg-open gets the path as one argument, and nothing of what it says reaches our terminal."""
    desktop.has("xdg-open")
    desktop.has("mpv")
    desktop.player().open_file(desktop.film)
    assert desktop.called("xdg-open") == [str(desktop.film)]
    assert not (desktop.folder / "called.mpv").exists()
    assert capfd.readouterr() == ("", "")


def test_another_player_where_the_desktop_has_none(desktop: Desktop) -> None:
    """xdg-open without a program for films fails; the next player that is there gets the film."""
    desktop.has("xdg-open", "exit 3")
    desktop.has("vlc", "exec sleep 1")
    desktop.player(WAYLAND_DISPLAY="wayland-0").open_file(desktop.film)
    assert desktop.called("vlc")[-1] == str(desktop.film)


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_no_player_at_all_is_told_with_the_path(desktop: Desktop, platform: str) -> None:
    """None is installed, or each fails: the guider learns where the film is."""
    for _ in range(2):
        with pytest.raises(UserError) as caught:
            desktop.player(platform).open_file(desktop.film)
        assert str(desktop.film) in str(caught.value)
        desktop.has("open", "exit 1")
        desktop.has("ffplay", "exit 1")


def test_macos_opens(desktop: Desktop) -> None:
    """On a Mac `open` is asked, display or not."""
    desktop.has("open")
    desktop.player("darwin", HOME="/").open_file(desktop.film)
    assert desktop.called("open") == [str(desktop.film)]


def test_windows_starts_the_file(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows is asked for the file's own program; its refusal is a sentence."""
    asked: list[str] = []
    monkeypatch.setattr(os, "startfile", asked.append, raising=False)
    desktop.player("win32").open_file(desktop.film)
    assert asked == [str(desktop.film)]

    def refuse(path: str) -> None:
        raise OSError("no application is associated")

    monkeypatch.setattr(os, "startfile", refuse, raising=False)
    with pytest.raises(UserError, match="No player"):
        desktop.player("win32").open_file(desktop.film)


def test_without_a_desktop_no_text_browser_is_started(desktop: Desktop) -> None:
    """Over a bare connection xdg-open would take the terminal: it is not called."""
    desktop.has("xdg-open")
    with pytest.raises(UserError, match="no desktop"):
        desktop.player(HOME="/").open_file(desktop.film)
    assert not (desktop.folder / "called.xdg-open").exists()


def test_a_file_that_is_gone_is_told(desktop: Desktop) -> None:
    """No player is started for nothing."""
    with pytest.raises(UserError, match="nothing to play"):
        desktop.player().open_file(desktop.folder / "gone.mp4")
