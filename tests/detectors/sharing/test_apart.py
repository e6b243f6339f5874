"""What tells two ends apart, line by line."""

import pytest

from detectors.core.event import SignIn
from detectors.core.place import Device
from detectors.sharing.apart import (
    BROWSERS,
    DESK,
    FAR,
    LINES,
    MASKED,
    TWINS,
    is_computer,
    machine,
    told_apart,
)
from tests.detectors.story import (
    CHROME,
    FIREFOX,
    IPHONE,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    PARIS,
    PARIS_MOBILE,
    VPN,
    Story,
    Where,
)


def end(at: Where, device: Device | None) -> SignIn:
    event = Story().sign_on(0, 480, at, device, "s").events[0]
    assert isinstance(event, SignIn)
    return event


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ((LYON, CHROME), (PARIS, CHROME), FAR),
        ((LYON, CHROME), (LYON_HOME, MAC), LINES),
        ((LYON, CHROME), (VPN, MAC), MASKED),
        ((LYON, CHROME), (PARIS_MOBILE, MAC), MASKED),
        ((MADRID, CHROME), (PARIS_MOBILE, MAC), FAR),
        ((LYON, MAC), (PARIS_MOBILE, MAC), TWINS),
        ((LYON, CHROME), (LYON, MAC), DESK),
        ((LYON, CHROME), (LYON, FIREFOX), BROWSERS),
        ((LYON, CHROME), (LYON, CHROME), TWINS),
        ((LYON, CHROME), (PARIS, IPHONE), None),
        (
            (LYON_HOME, CHROME),
            (PARIS._replace(ip="2001:db8::1", network=LYON_HOME.network), MAC),
            DESK,
        ),
    ],
)
def test_pairs(first: tuple[Where, Device], second: tuple[Where, Device], what: str | None) -> None:
    """A telephone is no computer; IPv4 and IPv6 of one provider may be one line."""
    one, other = end(*first), end(*second)
    assert told_apart(one, other, logged=True) == what
    assert told_apart(other, one, logged=True) == what


def test_two_of_one_browser_are_two_only_where_the_log_tells_sessions_apart() -> None:
    assert told_apart(end(LYON, CHROME), end(LYON, CHROME), logged=False) is None


def test_where_the_log_names_no_device_a_fixed_line_may_be_a_computers() -> None:
    assert is_computer(end(LYON, None))
    assert not is_computer(end(PARIS_MOBILE, None))


def test_a_lease_does_not_make_another_machine() -> None:
    assert machine(end(LYON_HOME, MAC)) == machine(end(LYON_HOME.leased("192.0.2.200"), MAC))
