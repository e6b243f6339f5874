"""Sessions that go on after somebody signed off from them, and those that do not really end."""

from collections.abc import Sequence

import pytest
from msgspec import Struct, field

from detectors.core.event import SignIn
from detectors.core.place import Device
from detectors.core.profile import Profile, Session
from detectors.takeover.ending import MAXIMUM_ENDED, Ended, note_end, outlived
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LYON,
    LYON_HOME,
    MADRID,
    NOWHERE,
    PARIS,
    SERVER,
    VPN,
    Story,
    Where,
)


class Endings(Struct):
    """What remembers sign-offs."""

    ended: dict[str, Ended] = field(default_factory=dict)
    late: int = 0
    outlives: int = 0


def over(
    story: Story, state: Endings | None = None, own: Sequence[str | None] = (LYON.ip,)
) -> list[Session]:
    """The sessions that went on elsewhere, as they were signed off from; `own` are addresses that
    somebody signed on at."""
    state, profile = state or Endings(), Profile()
    found = []
    for event in story.sorted():
        assert isinstance(event, SignIn)
        before = profile.sessions.get(event.session or "")
        is_own = event.ip in own
        note_end(state, event, before, is_own=is_own)
        one = outlived(state, event, before, is_own=is_own)
        if one is not None:
            found.append(one)
        profile.learn(event, ())
    return found


def signed_off(at: Where = LYON, device: Device | None = CHROME) -> Story:
    """Work in a session in Lyon until noon, and its sign-off."""
    story = Story().sign_on(0, 480, LYON, device, "s").use(0, 600, LYON, device, "s")
    return story.use(0, 700, VPN, device, "s").sign_off(0, 720, at, device or CHROME, "s")


@pytest.mark.parametrize("device", [CHROME, None])
def test_a_session_goes_on_elsewhere_after_its_sign_off(device: Device | None) -> None:
    """Also at an address where it was already while both held it."""
    [session] = over(signed_off(device=device).use(0, 724, VPN, device, "s"))
    assert (session.ip, session.network, session.place) == (LYON.ip, LYON.network, LYON.place)


def test_last_requests_another_day_and_a_new_sign_on_are_nothing() -> None:
    assert not over(signed_off().use(0, 720.2, VPN, CHROME, "s"))
    assert not over(signed_off().use(1, 480, VPN, CHROME, "s"))
    assert not over(signed_off().sign_on(0, 724, VPN, CHROME, "s").use(0, 730, VPN, CHROME, "s"))


def test_a_session_that_a_server_closed_was_signed_off_from_by_nobody() -> None:
    assert not over(signed_off(NOWHERE).use(0, 724, VPN, CHROME, "s"))


@pytest.mark.parametrize("own", [(), (LYON.ip,)])
def test_a_session_that_its_application_signs_off_from_at_the_server(own: Sequence[str]) -> None:
    """It tells its own address, be it twice; the owner goes on at the desk."""
    story = Story().sign_on(0, 480, LYON, CHROME, "s").use(0, 600, LYON, CHROME, "s")
    story.sign_off(0, 720, SERVER, CHROME, "s").use(0, 722, LYON, CHROME, "s")
    assert not over(story, own=own)
    story.sign_off(0, 730, SERVER, CHROME, "s").sign_off(0, 731, SERVER, CHROME, "s")
    assert not over(story.use(0, 733, LYON, CHROME, "s"))


def test_a_session_is_signed_off_from_on_its_own_line() -> None:
    """At the address that it was used from just before, or another one of that line."""
    for at in (LYON_HOME, LYON_HOME.leased("192.0.2.99")):
        story = Story().sign_on(0, 480, LYON, CHROME, "s").use(0, 700, LYON_HOME, CHROME, "s")
        story.sign_off(0, 720, at, CHROME, "s").use(0, 724, VPN, CHROME, "s")
        assert len(over(story)) == 1
        assert not over(story, own=(LYON.ip, VPN.ip)), "where somebody signed on is the owner"


def test_a_telephone_signs_off_by_whichever_line_it_has() -> None:
    assert not over(signed_off(device=IPHONE).use(0, 724, VPN, IPHONE, "s"))


def test_a_machine_that_is_on_ipv4_and_ipv6() -> None:
    assert not over(signed_off().use(0, 724, PARIS.leased("2001:db8::1"), CHROME, "s"))
    assert over(signed_off().use(0, 724, MADRID.leased("2001:db8::1"), CHROME, "s"))


def test_where_sign_offs_end_nothing_they_tell_nothing() -> None:
    """An id of the device: it went on at the desk as well."""
    story = signed_off().use(0, 760, LYON, CHROME, "s")
    story.sign_off(0, 800, LYON, CHROME, "s").use(0, 830, VPN, CHROME, "s")
    assert not over(story)


def late(days: Sequence[int], after: float = 1) -> Story:
    """A line so many minutes after the sign-off on some days; on the 20th it goes on elsewhere."""
    story = Story()
    for day in days:
        story.sign_on(day, 480, LYON, CHROME, f"s{day}").sign_off(day, 720, LYON, CHROME, f"s{day}")
        story.use(day, 720 + after, LYON, CHROME, f"s{day}")
        story.use(day, 720 + after + 1, LYON, CHROME, f"s{day}")
    story.sign_on(20, 480, LYON, CHROME, "s").sign_off(20, 720, LYON, CHROME, "s")
    return story.use(20, 724, VPN, CHROME, "s")


def test_one_late_line_is_the_logs_and_two_occasions_or_a_longer_while_are_not() -> None:
    assert over(late([17]))
    assert not over(late([16, 17]))
    assert not over(late([17], after=11))


def test_that_a_session_went_on_is_forgotten_after_two_weeks() -> None:
    assert not over(late([7], after=11))
    assert over(late([5], after=11))
    assert over(late([2, 3]))
    assert over(late([2, 18]))


def test_what_is_remembered_is_bounded() -> None:
    state, story = Endings(), Story()
    for number in range(3 * MAXIMUM_ENDED):
        story.sign_off(0, 480 + number, LYON, CHROME, f"s{number}")
    assert not over(story, state)
    assert len(state.ended) == MAXIMUM_ENDED
