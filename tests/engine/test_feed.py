"""The whole recorder, as a process, on a live feed: what was sent is what was kept."""

from __future__ import annotations

import sys

import pytest
from feed_runs import film, judge, routes
from harness import Place

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="named pipes of this kind are POSIX")


def test_a_feed_through_a_pipe_is_kept_whole() -> None:
    """Over three cuts no frame is lost or doubled, and the sound is exact however its end is read."""
    place = Place("feed")
    try:
        route = next(route for route in routes(place, port=0) if route.name == "mjpeg")
        row = judge(*film(route, place, seconds=6.5, segment_s=2))
    finally:
        place.remove()
    assert row["cuts"] >= 3
    assert row["frames"] >= 6.5 * 30
    wrong = (
        "lost",
        "doubled",
        "unreadable",
        "gaps",
        "seams off",
        "samples off",
        "seams off naive",
        "samples off naive",
    )
    assert {name: row[name] for name in wrong} == dict.fromkeys(wrong, 0)
