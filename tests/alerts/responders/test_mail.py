"""Mail goes over a TLS that is verified; a server's no is told from its not yet."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall
from alerts.ports import Action, Order, RefusedError, RetryError, Target
from alerts.responders.kind import TermsError, read_terms
from alerts.responders.mail import Mail, Terms, mailbox, open_responder
from alerts.responders.surroundings import Surroundings
from tests.alerts.responders.mailserver import PASSWORD, USER, MailServer, mail_server

NOON = 1782907200000
HERE = Outbound(allow=("127.0.0.1", "::1"))


def order(action: Action = Action.TELL, **kwargs: Any) -> Order:
    given: dict[str, Any] = {"template": "incident", "ticket": 4, "tenant": "acme", "key": "k1"}
    return Order(action=action, issued=NOON, **(given | kwargs))


def user(email: str | None = "bob@acme.example", language: str = "fr") -> Target:
    return Target(tenant="acme", account="u1", names=("bob",), email=email, language=language)


def mail(port: int, outbound: Outbound = HERE, **kwargs: Any) -> Mail:
    given: dict[str, Any] = {
        "host": "localhost",
        "security": "none",
        "sender": "Vigie <vigie@acme.example>",
        "to": ("security@acme.example",),
        "timeout_seconds": 5,
    }
    terms = Terms(kind="mail", port=port, **(given | kwargs))
    return open_responder("mail", terms, Surroundings(now=lambda: NOON, wall=Wall(outbound)))


@pytest.fixture(scope="module")
def shared() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def plain(shared: MailServer) -> MailServer:
    shared.messages.clear()
    shared.envelopes.clear()
    shared.recipient_answers.clear()
    shared.data_answers.clear()
    return shared


def parts(message: EmailMessage) -> dict[str, str]:
    return {part.get_content_type(): str(part.get_content()) for part in message.iter_parts()}


@pytest.mark.parametrize("security", ["starttls", "implicit"])
def test_the_team_is_told_over_tls_after_signing_in(security: str) -> None:
    with mail_server(security, signs_in=True) as server:
        own: dict[str, Any] = {"username": USER, "password": PASSWORD, "ca": server.ca}
        receipt = mail(server.port, security=security, **own).deliver(
            order(values={"category": "brute_force", "severity": "high"})
        )
    assert server.signed_in == [True]
    (message,) = server.messages
    assert message["Message-ID"] == receipt.reference
    assert message["From"] == "Vigie <vigie@acme.example>"
    assert message["To"] == "security@acme.example"
    assert message["Subject"] == "Incident: Brute force (high), acme"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["References"] == "<ticket-4@acme.example>"
    assert set(parts(message)) == {"text/plain", "text/html"}


def test_a_user_is_written_to_in_their_language(plain: MailServer) -> None:
    one = order(Action.NOTIFY, template="suspend", target=user(), until=NOON, reason="Partagé")
    mail(plain.port, reply_to="aide@acme.example", zone="Europe/Paris").deliver(one)
    (message,) = plain.messages
    assert plain.envelopes[0].rcpt_tos == ["bob@acme.example"]
    assert plain.envelopes[0].mail_from == "vigie@acme.example"
    assert message["Reply-To"] == "aide@acme.example"
    assert "Votre compte est suspendu" in message["Subject"]
    assert "mercredi 1 juillet 2026 à 14:00" in parts(message)["text/plain"]
    assert '<html lang="fr">' in parts(message)["text/html"]
    assert "References" not in message


@pytest.mark.parametrize("security", ["starttls", "implicit"])
def test_a_certificate_of_nobodys_gets_nothing(security: str) -> None:
    with (
        mail_server(security) as server,
        pytest.raises(RetryError, match="certificate is not valid"),
    ):
        mail(server.port, security=security).deliver(order())
    assert not server.messages


def test_a_server_without_tls_gets_nothing_where_tls_is_asked_for(plain: MailServer) -> None:
    with pytest.raises(RetryError, match="STARTTLS"):
        mail(plain.port, security="starttls").deliver(order())
    assert not plain.messages


def test_a_wrong_password_may_be_corrected_and_is_never_told() -> None:
    with mail_server("starttls", signs_in=True) as server:
        own: dict[str, Any] = {"username": USER, "password": "wr0ng-secret", "ca": server.ca}
        with pytest.raises(RetryError, match="does not accept username and password") as caught:
            mail(server.port, security="starttls", **own).deliver(order())
    assert "wr0ng" not in str(caught.value)
    assert not server.messages


def test_greylisting_is_waited_out_and_the_message_stays_the_same(plain: MailServer) -> None:
    plain.recipient_answers["security@acme.example"] = ["450 4.2.0 Greylisted, try later"]
    writer = mail(plain.port)
    with pytest.raises(RetryError, match=r"450.*Greylisted"):
        writer.deliver(order())
    assert not plain.messages
    first = writer.deliver(order())
    again = writer.deliver(order())
    assert first.reference == again.reference
    assert len({str(message["Message-ID"]) for message in plain.messages}) == 1
    assert writer.deliver(order(key="k2")).reference != first.reference


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("550 5.1.1 no such user", RefusedError),
        ("553 5.7.1 not here", RefusedError),
        ("451 4.3.0 later", RetryError),
        ("421 4.3.2 closing", RetryError),
    ],
)
def test_a_recipient_that_is_refused_is_told_from_one_that_is_put_off(
    plain: MailServer, answer: str, error: type[Exception]
) -> None:
    plain.recipient_answers["bob@acme.example"] = [answer]
    with pytest.raises(error, match=answer[:3]):
        mail(plain.port).deliver(order(Action.NOTIFY, target=user()))
    assert not plain.messages


@pytest.mark.parametrize(
    ("answer", "error"), [("554 5.7.1 spam", RefusedError), ("452 4.3.1 full", RetryError)]
)
def test_a_message_that_is_refused_is_told_from_one_that_is_put_off(
    plain: MailServer, answer: str, error: type[Exception]
) -> None:
    plain.data_answers = [answer]
    with pytest.raises(error, match=answer[:3]):
        mail(plain.port).deliver(order())
    assert not plain.messages


def test_one_of_several_recipients_that_is_refused_is_told(plain: MailServer) -> None:
    plain.recipient_answers["b@acme.example"] = ["550 no"]
    receipt = mail(plain.port, to=("a@acme.example", "b@acme.example")).deliver(order())
    assert "not for 1 of the recipients" in receipt.detail
    assert plain.envelopes[0].rcpt_tos == ["a@acme.example"]


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "bob",
        "bob@",
        "bob@a.example\r\nRCPT TO:<x@evil.example>",
        "bob@a.example, eve@evil.example",
        "bob@a.example eve@evil.example",
        "<bob@a.example>, <eve@evil.example>",
        "bob@a..example",
        "bob@" + "a" * 300,
    ],
)
def test_an_account_without_an_address_that_can_be_is_left_to_people(
    plain: MailServer, email: str | None
) -> None:
    with pytest.raises(RefusedError, match="directory"):
        mail(plain.port).deliver(order(Action.NOTIFY, target=user(email)))
    assert not plain.messages


def test_an_address_in_another_script_needs_a_server_that_takes_it(plain: MailServer) -> None:
    mail(plain.port).deliver(order(Action.NOTIFY, target=user("rené@café.example")))
    assert plain.envelopes[0].rcpt_tos == ["rené@xn--caf-dma.example"]


@given(st.text(max_size=60), st.text(max_size=200))
@settings(max_examples=10, deadline=None)
def test_no_name_adds_a_header_or_a_recipient(shared: MailServer, name: str, text: str) -> None:
    shared.messages.clear()
    shared.envelopes.clear()
    target = Target(tenant=name, account=name, names=(name,), email="bob@acme.example")
    values = {"title": text, "account": name, "grounds": text}
    mail(shared.port).deliver(order(Action.NOTIFY, template="due", target=target, values=values))
    (message,) = shared.messages
    assert shared.envelopes[0].rcpt_tos == ["bob@acme.example"]
    known = {"subject", "from", "to", "date", "message-id", "auto-submitted"}
    known |= {"x-auto-response-suppress", "mime-version", "content-type", "x-peer"}
    known |= {"x-mailfrom", "x-rcptto"}
    assert {header.lower() for header in message} <= known


def test_the_wall_stands_before_mail_too(plain: MailServer) -> None:
    with pytest.raises(RefusedError, match=r"name it in outbound\.allow"):
        mail(plain.port, Outbound()).deliver(order())
    assert not plain.messages


def test_a_server_that_is_not_there_or_says_nothing_is_tried_again() -> None:
    with listening() as port, pytest.raises(RetryError, match="does not answer in time"):
        mail(port, timeout_seconds=0.3).deliver(order())
    with pytest.raises(RetryError, match="cannot be reached"):
        mail(port).deliver(order())


@contextmanager
def listening() -> Iterator[int]:
    """A socket that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_mail_knows_no_accounts(plain: MailServer) -> None:
    writer = mail(plain.port)
    assert writer.state(user()) is None
    writer.close()


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"sender": "nobody"}, "sender"),
        ({"sender": "v@a.example\nBcc: x@y.example"}, "sender"),
        ({"to": ["x@a.example", "y"]}, "to: expected"),
        ({"to": []}, "name the addresses of the team"),
        ({"username": "x"}, "belong together"),
        ({"username": "x", "password": "s3cret", "security": "none"}, "unencrypted"),
        ({"security": "ssl"}, "Invalid enum value"),
        ({"port": 0}, "Expected `int` >= 1"),
        ({"ca": "nonsense"}, "PEM"),
        ({"hosts": "a"}, "did you mean host"),
        ({"actions": ["disable"]}, "mail cannot disable"),
    ],
)
def test_terms_that_cannot_be_are_told_when_settings_are_read(
    terms: dict[str, Any], why: str
) -> None:
    table = {"kind": "mail", "host": "h", "sender": "v@a.example", "to": ["s@a.example"]}
    with pytest.raises(TermsError, match=why) as caught:
        read_terms(table | terms)
    assert "s3cret" not in str(caught.value)
    read_terms(table)


def test_an_address_may_have_a_name() -> None:
    box = mailbox('"Vigie, sécurité" <vigie@acme.example>')
    assert box is not None
    assert (box.display_name, box.addr_spec) == ("Vigie, sécurité", "vigie@acme.example")
    assert mailbox("Vigie\n <v@acme.example>") is None
    assert mailbox("<a@acme.example>, <v@acme.example>") is None


@given(st.text(max_size=80), st.text(alphabet="ab<>@,.\"' \n\r;:", max_size=40))
@settings(max_examples=60, deadline=None)
def test_whatever_is_no_address_is_none(text: str, odd: str) -> None:
    for one in (text, odd, f"{text} <{odd}>", f"a@{odd}"):
        box = mailbox(one)
        if box is not None:
            assert box.addr_spec.count("@") == 1
            assert not set(box.addr_spec + box.display_name) & set("\r\n\0")
            assert not set(box.addr_spec) & set("<>, ")
