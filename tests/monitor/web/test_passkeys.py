"""A page asks for passkeys only where browsers allow it, and what it is sent is JSON."""

import json

import pytest
from starlette.requests import Request

from detectors.core.detector import Text
from monitor.mfa.party import RelyingParty
from monitor.services.factors import FactorError, Offer
from monitor.web.passkeys import offered, shown_in, usable

PARTY = RelyingParty("example.com", "Example", ("https://vigie.example.com",))


@pytest.mark.parametrize(
    ("host", "can"),
    [("vigie.example.com", True), ("127.0.0.1:8320", False), ("badexample.com", False)],
)
def test_only_the_relying_party_s_own_pages_ask(host: str, *, can: bool) -> None:
    scope = {"type": "http", "path": "/", "headers": [(b"host", host.encode())], "scheme": "https"}
    request = Request({**scope, "query_string": b"", "server": ("x", 443)})
    assert usable(request, PARTY) is can
    assert not usable(request, None)


def test_an_offer_is_what_a_script_reads() -> None:
    answer = offered(lambda: Offer('{"challenge":"c"}', "s"))
    assert json.loads(bytes(answer.body)) == {"options": {"challenge": "c"}, "state": "s"}

    def none() -> Offer:
        raise FactorError(Text("no", "non"))

    assert offered(none).status_code == 404


def test_what_a_page_does_not_send_is_empty() -> None:
    assert shown_in({}).passkey == shown_in({}).state == ""
