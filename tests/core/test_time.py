"""Session time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vig_capture.core.time import SECOND_NS, Anchor, continued

TIMES = st.integers(0, 10**15)


@given(TIMES, TIMES)
def test_there_and_back(origin_ns: int, mono_ns: int) -> None:
    """Session time and the host's clock tell the same moment."""
    anchor = Anchor(origin_ns, 0, "boot")
    assert anchor.mono_ns(anchor.t_ns(mono_ns)) == mono_ns


@given(TIMES, TIMES, st.integers(-(10**15), 10**15))
def test_a_wall_clock_step_changes_nothing(origin_ns: int, later_ns: int, step_ns: int) -> None:
    """Law 3: within one boot the anchor of a further run is the old one, whatever the wall clock says."""
    anchor = Anchor(origin_ns, 10**18, "boot")
    again = continued(anchor, later_ns, origin_ns + later_ns, 10**18 + step_ns, "boot")
    assert again == anchor


@given(TIMES, TIMES, st.integers(0, 10**12), st.integers(-(10**15), 10**15))
def test_after_a_reboot_time_goes_on(last_t_ns: int, mono_ns: int, hole_ns: int, step_ns: int) -> None:
    """After a reboot the hole is as long as UTC says, and never negative."""
    anchor = Anchor(0, 10**18, "boot")
    utc_ns = 10**18 + last_t_ns + hole_ns + step_ns
    again = continued(anchor, last_t_ns, mono_ns, utc_ns, "another boot")
    assert again.t_ns(mono_ns) > last_t_ns
    if step_ns == 0 and hole_ns > 0:
        assert again.t_ns(mono_ns) == last_t_ns + hole_ns
    assert again.t_ns(mono_ns + SECOND_NS) - again.t_ns(mono_ns) == SECOND_NS
