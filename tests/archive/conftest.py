"""Media made once, and sessions made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.tiny import Tiny, film, lossless

SECOND_NS = 1_000_000_000


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Finished and killed files: film (60 pictures), killed film, flac (48,000 samples), killed flac."""
    folder = tmp_path_factory.mktemp("media")
    return {
        "film": film(folder / "a.mp4"),
        "killed film": film(folder / "b.mp4", 90, killed_after=80),
        "flac": lossless(folder / "a.flac"),
        "killed flac": lossless(folder / "b.flac", 60, killed_after=50),
    }


@pytest.fixture
def session(tmp_path: Path, media: dict[str, bytes]) -> Callable[[bool], Tiny]:
    """Makes a session with a closed film and sound, two markers and a gap; closed, or killed with open segments."""

    def make(closed: bool = True) -> Tiny:
        tiny = Tiny(tmp_path / "sessions" / ("closed" if closed else "killed"))
        tiny.say("session", id="7f3a", created_utc="2026-11-22T09:40:00Z", tool="vig-capture", previous="", profile="",
                 vocabulary={"name": "VIG", "version": "1", "language": "en", "keys": []}, settings={})  # fmt: skip
        tiny.say("run", run=1, mono_ns=5, utc_ns=6, origin_mono_ns=5, origin_utc_ns=6, boot_id="b", pid=1)
        tiny.say("stream", stream="cam1", stream_kind="video", source="Kamera")
        tiny.say("stream", stream="mic1", stream_kind="audio", source="Mikrofon")
        tiny.say("state", state="recording")
        tiny.open("cam1", "film/cam1-0001.mp4", media["film"], 0)
        tiny.open("mic1", "sound/mic1-0001.flac", media["flac"], 0)
        tiny.say("marker", SECOND_NS, id="m1", key="a", label="Initiative", who="self", utc="u", private=False, note="")
        tiny.say("marker", SECOND_NS + 5, id="m2", key="b", label="Blick", who="other", utc="u", private=True, note="")
        tiny.say("star", SECOND_NS + 6, id="s1", of="m1", on=True)
        tiny.say(
            "gap",
            SECOND_NS,
            id="g1",
            stream="cam1",
            start_ns=SECOND_NS,
            end_ns=2 * SECOND_NS,
            lost=30,
            cause="unplugged",
        )
        tiny.say("clock", SECOND_NS, mono_ns=7, utc_ns=8, streams={"cam1": {"captured": 60, "written": 60}})
        tiny.close("film/cam1-0001.mp4", 2 * SECOND_NS, frames=60)
        tiny.close("sound/mic1-0001.flac", SECOND_NS, samples=48_000)
        if closed:
            tiny.say("closed", 3 * SECOND_NS, reason="stopped by the guider")
        else:
            tiny.open("cam1", "film/cam1-0002.mp4", media["killed film"], 2 * SECOND_NS)
            tiny.open("mic1", "sound/mic1-0002.flac", media["killed flac"], 2 * SECOND_NS)
        tiny.write()
        return tiny

    return make
