"""The laws, as assertions over what truly happened and what is in the folder."""

from __future__ import annotations

from vig_capture.sim.room import Room, SessionTruth


def after_life(room: Room, truth: SessionTruth) -> None: ...
def after_session(room: Room, truth: SessionTruth) -> None: ...
