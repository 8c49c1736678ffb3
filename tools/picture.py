"""The README's picture of the film screen: python tools/picture.py [FILE.svg]

The real screen is drawn without a terminal, over a connection that tells of a made-up film.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vig_capture.core.model import Snapshot
from vig_capture.core.time import SECOND_NS
from vig_capture.core.vocabulary import Vocabulary
from vig_capture.devices.settings_files import load_vocabulary
from vig_capture.tui.app import VigApp

SIZE = (96, 24)
MINUTE_NS = 60 * SECOND_NS
NOW_NS = 100 * MINUTE_NS
"""The made-up host's monotonic clock."""
T_NS = 12 * MINUTE_NS + 34 * SECOND_NS
MOMENTS = [("space", "self", 171), ("e", "self", 302), ("r", "other", 318), ("t", "self", 540), ("a", "self", 702)]
"""Key, person, second of the film."""


class Film:
    """A recorder that says one thing, and takes a press without answering it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def send(self, command: dict[str, Any]) -> None:
        """Nothing is answered: the last moment stays on its way."""

    def listen(self, callback: Callable[[dict[str, Any]], None]) -> None:
        callback({"back": True})
        callback({"snapshot": self._snapshot()})

    def close(self) -> None:
        """Nothing is held."""

    def _snapshot(self) -> dict[str, Any]:
        markers = [self._marker(number, *moment) for number, moment in enumerate(MOMENTS)]
        markers[1]["star"] = True
        snapshot = Snapshot(
            state="recording",
            session="2026-11-22T0940-7f3a",
            folder="",
            t_ns=T_NS,
            mono_ns=NOW_NS,
            recorded_ns=T_NS,
            latest_end_ns=180 * MINUTE_NS,
            streams=[
                {
                    "id": "cam1",
                    "kind": "video",
                    "source": "HD Webcam",
                    "state": "live",
                    "mode": "1280×720 at 30 a second",
                },
                {"id": "mic1", "kind": "audio", "source": "Table microphone", "state": "live", "peak_dbfs": -17.0},
            ],
            minutes_left=1900.0,
            markers=markers,
            marker_count=len(markers),
            vocabulary=self._vocabulary.as_map(),
        )
        return asdict(snapshot)

    def _marker(self, number: int, name: str, who: str, second: int) -> dict[str, Any]:
        key, _ = self._vocabulary.find(name)
        t_ns = second * SECOND_NS
        return {"id": f"m{number}", "key": name, "label": key.label, "who": who, "t_ns": t_ns, "saved": True}


async def draw() -> str:
    """The screen as SVG, right after a press."""
    app = VigApp(Film(load_vocabulary("vig-core")), lambda: NOW_NS)
    async with app.run_test(size=SIZE) as pilot:
        for _ in range(3):
            await pilot.pause(0.3)
        command = app.film.mark("j", NOW_NS + SECOND_NS // 2)
        assert command is not None
        await pilot.pause(0.6)
        picture = app.export_screenshot(title="vig-capture record", simplify=True)
    return self_contained(picture)


def self_contained(svg: str) -> str:
    """A picture that fetches nothing (Textual's names a font on a server) and keeps its spaces in every viewer."""
    svg = re.sub(r"@font-face \{.*?\}\n?", "", svg, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


def main() -> int:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("screen.svg")
    path.write_text(asyncio.run(draw()), encoding="utf-8")
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
