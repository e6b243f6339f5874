"""Whoever did not ask for a recovery stops it by the mail's link: by saying so, not by opening."""

from collections.abc import Iterator

import pytest

from monitor.services.enrolment_keys import Purpose, key_of
from monitor.services.subscriber import Subscriber
from monitor.store import recoveries
from monitor.web.stop_pages import STOP
from tests.monitor.web.asked import Asked, asked_at


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Of a console of its own: people are asked, and say that it was not them."""
    with asked_at(tmp_path_factory.mktemp("asked")) as made:
        yield made


def test_opening_asks_and_saying_so_stops(asked: Asked) -> None:
    whose = asked.known(Subscriber("atlas-appels", "u-lost"))
    asked.own.recoveries.ask(whose)
    with asked.console.stage.engine.connect() as connection:
        found = recoveries.open_of(connection, whose.tenant, whose.account)
    assert found is not None
    key = key_of(asked.own.keyring.enrolment, Purpose.STOP, found.handle)
    client = asked.console.client("fr")
    page = client.post(STOP, data={"key": key})
    assert page.status_code == 200
    assert "u-lost" in page.text
    still = asked.own.recoveries.state_of(whose)
    assert still is not None
    assert still.is_open
    done = client.post(STOP, data={"key": key, "do": "stop"})
    assert "La demande est arrêtée" in done.text
    assert asked.own.recoveries.stoppable(key) is None
    again = client.post(STOP, data={"key": key, "do": "stop"})
    assert again.status_code == 404


@pytest.mark.parametrize("key", ["", "x", "x" * 43])
def test_what_is_no_key_stops_nothing(asked: Asked, key: str) -> None:
    page = asked.console.client().post(STOP, data={"key": key, "do": "stop"})
    assert page.status_code == 404
    assert 'id="enter"' in page.text


def test_the_page_asks_for_the_key(asked: Asked) -> None:
    assert asked.console.client().get(STOP).status_code == 200
