"""A part of a screen that is drawn again only when it looks different."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Panel(Static):
    """Text in a place of its own."""

    def __init__(self, name: str) -> None:
        super().__init__("", id=name, markup=False)
        self._drawn: tuple[str, object] = ("", ())

    def draw_content(self, content: Content | str) -> bool:
        """Show this, with as little work as it takes. Returns whether it has another number of lines than before."""
        content = Content(content) if isinstance(content, str) else content
        look = (content.plain, tuple(content.spans))
        moved = content.plain.count("\n") != self._drawn[0].count("\n")
        if look != self._drawn:
            self._drawn = look
            self.update(content, layout=moved or self.has_class("wrapped"))
        return moved
