"""A line that is being typed: its text and the place in it. Nothing is drawn here."""

from __future__ import annotations

from rich.cells import cell_len


class Line:
    """One line of text with a cursor."""

    def __init__(self, text: str, longest: int) -> None:
        """`longest`: characters that fit in."""
        self.text = text[:longest]
        self.at = len(self.text)
        self._longest = longest

    def type(self, typed: str) -> bool:
        """Put text in at the cursor, on one line; what is too much is left out. False where anything was."""
        shown = "".join(char if char.isprintable() else " " for char in typed)
        fits = shown[: max(self._longest - len(self.text), 0)]
        self.text = self.text[: self.at] + fits + self.text[self.at :]
        self.at += len(fits)
        return len(fits) == len(shown)

    def press(self, name: str) -> bool:
        """Carry out a key that moves or takes away. False for one that does neither."""
        at, text = self.at, self.text
        if name in ("backspace", "ctrl+h"):
            self.text, self.at = text[: max(at - 1, 0)] + text[at:], max(at - 1, 0)
        elif name == "delete":
            self.text = text[:at] + text[at + 1 :]
        elif name in ("left", "right"):
            self.at = min(max(at + (1 if name == "right" else -1), 0), len(text))
        elif name in ("home", "end"):
            self.at = len(text) if name == "end" else 0
        else:
            return False
        return True

    def shown(self, width: int) -> tuple[str, str]:
        """What stands before and after the cursor, as much of it as fits into so many cells with the cursor."""
        before, after = self.text[: self.at], self.text[self.at :]
        room = max(width - 1, 1)
        while cell_len(before) > room:
            before = before[1:]
        while cell_len(before) + cell_len(after) > room:
            after = after[:-1]
        return before, after
