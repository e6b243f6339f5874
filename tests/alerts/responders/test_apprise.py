"""A channel gets the team's messages as words; what it answers says whether to try again."""

import json
import logging
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from apprise.plugins.slack import NotifySlack

from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall
from alerts.ports import Action, Order, RefusedError, RetryError, Target
from alerts.responders.apprise import Terms, Written, open_responder
from alerts.responders.kind import TermsError, read_terms
from alerts.responders.surroundings import Surroundings
from tests.alerts.responders.farside import Answer, FarSide, far_side
from tests.alerts.responders.mailserver import PASSWORD, USER, mail_server

TOKEN = "s3crettokens3crettokens3cr"
HERE = Outbound(allow=("127.0.0.1", "::1"))


@pytest.fixture
def side() -> Iterator[FarSide]:
    with far_side() as made:
        yield made


def channel(url: str, outbound: Outbound = HERE, **kwargs: Any) -> Written:
    terms = Terms(kind="apprise", url=url, **kwargs)
    return open_responder("chat", terms, Surroundings(now=lambda: 0, wall=Wall(outbound)))


def mattermost(side: FarSide) -> str:
    return f"mmost://{side.address.removeprefix('http://')}/{TOKEN}"


def order(**kwargs: Any) -> Order:
    given: dict[str, Any] = {"key": "k", "template": "incident", "tenant": "acme", "ticket": 4}
    return Order(action=Action.TELL, issued=0, **(given | kwargs))


def test_a_message_is_written_with_all_that_the_team_needs(side: FarSide) -> None:
    values = {"category": "brute_force", "severity": "high", "link": "https://v.example/t/4"}
    receipt = channel(mattermost(side), language="fr").deliver(order(values=values))
    (request,) = side.requests
    text = json.loads(request.body)["text"]
    assert "Incident : Force brute (élevée), acme" in text
    assert "https://v.example/t/4" in text
    assert receipt.detail == "taken by Mattermost"


def test_what_strangers_wrote_is_words_in_a_channel(side: FarSide) -> None:
    evil = "@channel [win](https://evil.example) <!channel> ![x](//evil.example/x.png)"
    channel(mattermost(side)).deliver(order(values={"grounds": evil, "account": evil}))
    text = json.loads(side.requests[0].body)["text"]
    assert "@channel" not in text
    assert "https://evil" not in text
    assert "](" not in text


def test_slack_gets_its_own_marks_escaped(side: FarSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NotifySlack, "webhook_url", side.address)
    side.behave = lambda _: Answer(200, b"ok")
    url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"
    channel(url).deliver(order(values={"grounds": "<!channel> & <@U1>"}))
    body = side.requests[0].body.decode()
    assert "<!channel>" not in body
    assert "&lt;!channel&gt;" in body


def test_what_belongs_to_one_ticket_is_one_alarm_for_who_is_on_call(
    side: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "apprise.plugins.pagerduty.PAGERDUTY_API_LOOKUP", {"us": side.address + "/enqueue"}
    )
    side.behave = lambda _: Answer(202)
    url = "pagerduty://abcdefghijklmnopqrstuvwxyzabcdef@abcdefghijklmnopqrst"
    on_call = channel(url)
    for key in ("a", "b"):
        on_call.deliver(order(key=key, values={"severity": "critical"}))
    told = [json.loads(request.body) for request in side.requests]
    assert {one["dedup_key"] for one in told} == {"vigie-ticket-4"}
    assert told[0]["payload"]["severity"] == "critical"


def test_teams_get_a_card_over_a_tls_that_is_verified(side: FarSide) -> None:
    own = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.issue_cert("localhost").configure_cert(tls)
    side._server.socket = tls.wrap_socket(
        side._server.socket, server_side=True, do_handshake_on_connect=False
    )
    side.behave = lambda _: Answer(202)
    url = f"workflows://localhost:{side.address.rpartition(':')[2]}/{'a' * 32}/{TOKEN}"
    values = {"grounds": "[win](https://evil.example) @all"}
    with pytest.raises(RetryError, match="SSLError"):
        channel(url).deliver(order(values=values))
    channel(url, ca=own.cert_pem.bytes().decode()).deliver(order(values=values))
    (request,) = side.requests
    body = request.body.decode()
    assert "AdaptiveCard" in body
    assert "https://evil" not in body
    assert "@all" not in body


def test_mail_of_apprise_goes_only_where_the_certificate_is_somebodys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with mail_server("starttls", signs_in=True) as server:
        given = f"{USER}:{PASSWORD}@localhost:{server.port}"
        url = f"mailtos://{given}?from=v@acme.example&to=soc@acme.example&mode=starttls"
        with pytest.raises(RetryError):
            channel(url).deliver(order())
        assert not server.messages
        # Apprise trusts the system's authorities.
        (tmp_path / "ca.pem").write_text(server.ca)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        channel(url).deliver(order())
    assert server.signed_in == [True]
    assert [one["To"] for one in server.messages] == ["soc@acme.example"]


@pytest.mark.parametrize(
    ("answer", "error", "after_s"),
    [
        (Answer(429, b"{}", (("Retry-After", "30"),)), RetryError, 30),
        (Answer(500), RetryError, None),
        (Answer(503, b"{}", (("Retry-After", "5"),)), RetryError, 5),
        (Answer(401), RetryError, None),
        (Answer(400), RefusedError, None),
        (Answer(404), RefusedError, None),
        (Answer(302, b"", (("Location", "http://127.0.0.1:9/"),)), RefusedError, None),
        (Answer(cuts=True), RetryError, None),
    ],
)
def test_what_is_answered_says_whether_to_try_again(
    side: FarSide, answer: Answer, error: type[Exception], after_s: float | None
) -> None:
    side.behave = lambda _: answer
    with pytest.raises(error) as caught:
        channel(mattermost(side)).deliver(order())
    assert len(side.requests) == 1
    assert getattr(caught.value, "after_s", None) == after_s
    assert TOKEN not in str(caught.value)


def test_a_service_that_says_nothing_is_left_in_time(side: FarSide) -> None:
    side.behave = lambda _: Answer(stalls=True)
    with pytest.raises(RetryError, match="in time"):
        channel(mattermost(side), timeout_seconds=0.3).deliver(order())


def test_the_wall_stands_before_a_channel(side: FarSide) -> None:
    with pytest.raises(RefusedError, match=r"outbound\.allow"):
        channel(mattermost(side), Outbound()).deliver(order())
    assert not side.requests


def test_nothing_goes_unencrypted_to_another_machine() -> None:
    far = Outbound(allow=("192.0.2.0/24",))
    with pytest.raises(RefusedError, match="unencrypted"):
        channel(f"mmost://192.0.2.1/{TOKEN}", far).deliver(order())


def test_no_log_tells_the_address(
    side: FarSide, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    side.behave = lambda _: Answer(404, b"no such hook")
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "urllib3"):
        for _ in range(2):
            with pytest.raises(RefusedError):
                channel(mattermost(side)).deliver(order(values={"account": "bob"}))
            logging.getLogger("urllib3").setLevel(logging.DEBUG)  # as logging set up anew does
    out = capsys.readouterr()
    assert TOKEN not in caplog.text + out.out + out.err


def test_a_channel_knows_no_accounts(side: FarSide) -> None:
    written = channel(mattermost(side))
    assert written.state(Target(tenant="acme", account="u1")) is None
    written.close()


def test_an_address_that_cannot_be_used_is_told_when_settings_are_read() -> None:
    with pytest.raises(TermsError, match="url: expected an address of Apprise") as caught:
        read_terms({"kind": "apprise", "url": "slack://s3cret"})
    assert "s3cret" not in str(caught.value)
    with pytest.raises(TermsError, match="apprise cannot notify"):
        read_terms({"kind": "apprise", "url": "json://localhost", "actions": ["notify"]})
