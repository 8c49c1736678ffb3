"""Whether somebody is there to see and to answer."""

from __future__ import annotations

import sys


def can_see() -> bool:
    """Is standard output a terminal? A program that was started without one has none at all."""
    return sys.stdout is not None and sys.stdout.isatty()


def can_answer() -> bool:
    """Is standard input a terminal?"""
    return sys.stdin is not None and sys.stdin.isatty()
