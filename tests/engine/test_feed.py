"""The whole recorder, as a process, on a live feed: what was sent is what was kept."""

from __future__ import annotations

import sys

import pytest
from decode_back import film_segments
from feed_runs import film, judge, routes
from harness import Place

from vig_capture.core.time import SECOND_NS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="named pipes of this kind are POSIX")


def test_a_feed_through_a_pipe_is_kept_whole() -> None:
    """Over three cuts no frame is lost or doubled, and the sound is exact however its end is read."""
    place = Place("feed")
    try:
        route = next(route for route in routes(place, port=0) if route.name == "mjpeg")
        folder, session, log = film(route, place, seconds=8.5, segment_s=2)
        row = judge(folder, session, log)
    finally:
        place.remove()
    segments = film_segments(session)
    assert row["cuts"] >= 3
    # In session time: on a busy machine the feed comes late, and sends less in the same time.
    assert segments[-1]["end_ns"] - segments[0]["start_ns"] >= 8.4 * SECOND_NS
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
