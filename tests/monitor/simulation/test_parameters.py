"""Ranges are ranges, and shares are shares."""

import msgspec

from monitor.simulation.misdeeds import behaviours
from monitor.simulation.misdeeds.credential_sharing import RANGES
from monitor.simulation.parameters import Parameters


def test_every_range_goes_up() -> None:
    for ranges in (Parameters(), RANGES):
        for name, value in msgspec.structs.asdict(ranges).items():
            if isinstance(value, tuple) and len(value) == 2:
                low, high = value
                assert low <= high, name


def test_shares_are_between_none_and_all() -> None:
    drawn = Parameters()
    for name in ("mfa_share", "closes", "absent", "slip", "ipv6_share", "vpn_share", "drops"):
        low, high = getattr(drawn, name)
        assert 0 <= low < high <= 1, name


def test_everything_that_is_done_begins_within_the_time_watched() -> None:
    for ways in behaviours().values():
        assert all(0 <= way.begins[0] <= way.begins[1] < 1 for way in ways)
