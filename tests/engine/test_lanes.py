"""Lanes: bounded, never waiting, every drop a number in the right place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vig_capture.engine.lanes import INBOX_BOUND, Dropped, Inbox, Lane


@given(st.lists(st.integers(0, 3), max_size=200), st.integers(2, 10))
def test_nothing_vanishes(moves: list[int], bound: int) -> None:
    """What is put comes out in order, or is counted as dropped where it would have stood."""
    lane: Lane[int] = Lane(bound)
    sent, expected, got = 0, [], []
    for move in moves:
        if move:
            lane.put(sent, move)
            expected.append(sent)
            sent += 1
        elif (item := lane.get()) is not None:
            got.append(item)
    while (item := lane.get()) is not None:
        got.append(item)
    position = 0
    for item in got:
        if isinstance(item, Dropped):
            position += item.count
        else:
            assert item == position
            position += 1
    assert position == sent


def test_the_bound_holds() -> None:
    """A lane never holds more than its bound, but for a single item that is larger than the whole lane."""
    lane: Lane[str] = Lane(10)
    assert lane.put("large", 25)
    assert not lane.put("small", 1)
    assert lane.get() == "large"
    assert lane.get() == Dropped(1)
    assert all(lane.put("small", 1) for _ in range(10))
    assert not lane.put("small", 1)
    assert lane.high_water == 25


def test_putting_wakes_the_consumer() -> None:
    """Whoever drains the lane is woken by what is put."""
    woken: list[int] = []
    lane: Lane[int] = Lane(1, lambda: woken.append(1))
    lane.put(1, 1)
    lane.put(2, 1)
    assert woken == [1]


def test_the_inbox_refuses_clients_never_the_engine() -> None:
    """A flood of commands is refused at the bound; the engine's own events are not."""
    inbox: Inbox[int] = Inbox()
    assert all(inbox.offer(n) for n in range(INBOX_BOUND))
    assert not inbox.offer(-1)
    inbox.post(INBOX_BOUND)
    assert [inbox.get() for _ in range(INBOX_BOUND + 2)] == [*range(INBOX_BOUND + 1), None]
