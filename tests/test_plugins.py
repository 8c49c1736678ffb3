"""Plug-ins: naming them imports nothing, loading one imports one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vig_capture.core.errors import PluginError
from vig_capture.plugins import load, names

GROUP = "vig_capture.tests"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two plug-ins of a package that is installed for the length of a test."""
    info = tmp_path / "two-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: two\nVersion: 1\n")
    text = f"[{GROUP}]\nsecond = plugin_two:check\nfirst = plugin_one:check\ngone = plugin_one:nothing\n"
    (info / "entry_points.txt").write_text(text)
    for name in ("plugin_one", "plugin_two"):
        (tmp_path / f"{name}.py").write_text(f"check = '{name}'\n")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("installed")
def test_names_import_nothing() -> None:
    """The names are known without importing anything; of those of another group nothing is said."""
    assert names(GROUP) == ["first", "gone", "second"]
    assert names("vig_capture.nobody") == []
    assert not {"plugin_one", "plugin_two"} & sys.modules.keys()


@pytest.mark.usefixtures("installed")
def test_one_is_loaded() -> None:
    """Loading one imports that one."""
    assert load(GROUP, "first") == "plugin_one"
    assert "plugin_two" not in sys.modules


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["gone", "unknown"])
def test_one_that_is_not_there(name: str) -> None:
    """One that is not installed, or lacks what it promised, is a PluginError in words."""
    with pytest.raises(PluginError) as caught:
        load(GROUP, name)
    assert name in caught.value.what
