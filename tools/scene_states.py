"""What a camera may show of the scene with two faces (face_scene.py): as it was put up, changed, or nothing at all."""

from __future__ import annotations

from pathlib import Path

PLAIN, COVERED, DARK, MOVED = STATES = ("plain", "covered", "dark", "moved")
AWAY = "away"


def give_order(order: Path, state: str) -> None:
    """Say in a file which state is to be shown; whoever reads it meanwhile reads the old one or the new one."""
    aside = order.with_suffix(".new")
    aside.write_text(state, encoding="ascii")
    aside.replace(order)


def ordered(order: Path) -> str:
    """The state that is to be shown."""
    return order.read_text(encoding="ascii")
