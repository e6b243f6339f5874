"""What may pass is tried again, what cannot is shown to people, what may be done is looked at."""

import pytest

from alerts.egress.client import Answer, Client
from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall
from alerts.ports import RefusedError, RetryError
from alerts.responders.refusal import UnsureError, asked, refusal
from tests.alerts.responders.farside import Answer as Told
from tests.alerts.responders.farside import far_side


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 501, 301])
def test_what_stays_so_is_refused(status: int) -> None:
    assert type(refusal("https://a", Answer(status, {}, b""), "to act")) is RefusedError


@pytest.mark.parametrize("status", [408, 409, 412, 423, 425, 429])
def test_what_passes_is_tried_again(status: int) -> None:
    error = refusal("https://a", Answer(status, {"retry-after": "9"}, b""), "to act")
    assert type(error) is RetryError
    assert error.after_s == 9.0


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_after_a_failure_nobody_knows(status: int) -> None:
    assert type(refusal("https://a", Answer(status, {}, b""), "to act")) is UnsureError


def test_what_was_sent_is_not_repeated() -> None:
    error = refusal("https://a", Answer(500, {"x": "secret"}, b"secret"), "to act")
    assert "secret" not in str(error)


def test_a_connection_that_breaks_off_leaves_a_doubt_only_where_something_was_to_change() -> None:
    with far_side() as far:
        far.behave = lambda _: Told(cuts=True)
        client = Client(Wall(Outbound(allow=("127.0.0.1",))), far.address)
        with pytest.raises(UnsureError):
            asked(client, "POST", "/")
        with pytest.raises(RetryError) as caught:
            asked(client, "GET", "/")
        assert not isinstance(caught.value, UnsureError)


def test_what_the_wall_refuses_is_not_tried_again() -> None:
    with far_side() as far, pytest.raises(RefusedError):
        asked(Client(Wall(Outbound()), far.address), "POST", "/")
