"""A playlist of the clips, for any player: M3U8, the extended M3U in UTF-8."""

from __future__ import annotations

from collections.abc import Iterable


def playlist(entries: Iterable[tuple[str, float, str]]) -> str:
    """File (its name beside the playlist), length in seconds and title of each, in the order in which they play."""
    lines = ["#EXTM3U"]
    for file, length_s, title in entries:
        lines += [f"#EXTINF:{length_s:.3f},{' '.join(title.split())}", file]
    return "\n".join(lines) + "\n"
