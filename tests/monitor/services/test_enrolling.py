"""A link says how far it is, whatever it is asked for."""

import pytest
from msgspec import structs

from monitor.services.enrolling import EnrolmentError, LinkState, link_view
from tests.monitor.services.enrolled import NOW
from tests.monitor.store.test_enrolments import LINK


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({}, LinkState.WAITING),
        ({"opened": NOW}, LinkState.OPENED),
        ({"opened": NOW, "used": NOW, "expires": NOW}, LinkState.USED),
        ({"expires": NOW}, LinkState.OVER),
    ],
)
def test_how_far_a_link_is(told: dict[str, int], state: LinkState) -> None:
    shown = link_view(structs.replace(LINK, **told), NOW)
    assert shown.state is state
    assert not hasattr(shown, "digest")


def test_whoever_is_told_why_reads_their_own_language() -> None:
    error = EnrolmentError("no", "non")
    assert (error.text.en, error.text.fr, str(error)) == ("no", "non", "no")
