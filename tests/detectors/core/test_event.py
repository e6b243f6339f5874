"""Events: what counts as an attempt and as use, and that they are kept as they are."""

import msgspec
import pytest
from msgspec import structs

from detectors.core.event import (
    AccountChange,
    Activity,
    Answer,
    Change,
    Event,
    Feedback,
    Outcome,
    SignIn,
    is_attempt,
    is_use,
)
from tests.detectors.story import CHROME, LYON, Story

SIGN_ON = Story().sign_on(0, 1, LYON, CHROME, "s").events[0]


@pytest.mark.parametrize("activity", Activity)
@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("corroborating", [False, True])
def test_attempts_and_use(activity: Activity, outcome: Outcome, corroborating: bool) -> None:
    assert isinstance(SIGN_ON, SignIn)
    event = structs.replace(
        SIGN_ON, activity=activity, outcome=outcome, corroborating=corroborating
    )
    # Who only asks, or waits for a further factor, has not tried yet.
    is_over = outcome is not Outcome.PENDING
    assert is_attempt(event) is (activity is Activity.LOGON and is_over and not corroborating)
    assert is_use(event) is (
        outcome is Outcome.SUCCESS and activity is not Activity.LOGOFF and not corroborating
    )


@pytest.mark.parametrize(
    "event",
    [
        SIGN_ON,
        AccountChange(id=bytes(16), time=1, tenant="t", account="a", change=Change.PASSWORD),
        Feedback(id=bytes(16), time=1, tenant="t", account="a", answer=Answer.NOT_ME, about=b"x"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_every_event_goes_to_message_pack_and_back(event: Event) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=Event) == event
    with pytest.raises(AttributeError):
        event.time = 2  # type: ignore[misc]
