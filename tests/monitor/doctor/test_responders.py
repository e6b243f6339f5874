"""Where something cannot be connected to is told before an account is to be switched off there."""

from typing import Any

from alerts.egress.outbound import Outbound
from monitor.doctor.check import Check
from monitor.doctor.responders import look
from monitor.settings import Settings

SCIM = {"kind": "scim", "url": "https://localhost:8443/scim", "token": "canary"}


def checked(allow: tuple[str, ...] = (), **responders: dict[str, Any]) -> list[Check]:
    return list(look(Settings(responders=responders, outbound=Outbound(allow=allow))))


def test_without_responders_there_is_nothing_to_see() -> None:
    assert checked() == []


def test_a_place_that_the_wall_refuses_is_told_with_what_to_allow() -> None:
    (check,) = checked(people=SCIM)
    assert not check.good
    assert "127.0.0.1 is not allowed (this machine)" in check.seen
    assert "outbound.allow" in check.remedy
    assert "canary" not in str(check)


def test_a_place_that_is_allowed_is_in_order() -> None:
    (check,) = checked(("localhost:8443",), people=SCIM)
    assert (check.name, check.good, check.seen) == ("responder people", True, "localhost")


def test_every_place_is_looked_at() -> None:
    client = {"token_url": "https://no-such-host.invalid/t", "client_id": "c", "client_secret": "s"}
    checks = checked(("127.0.0.0/8", "::1"), people={"kind": "scim", "url": SCIM["url"]} | client)
    assert [check.good for check in checks] == [True, False]
    assert "not known" in checks[1].seen


def test_one_that_is_asked_for_nothing_is_a_note() -> None:
    (check,) = checked(people=SCIM | {"enabled": False})
    assert check.noted


def test_what_apprise_knows_alone_is_passed_over() -> None:
    assert checked(team={"kind": "apprise", "url": "json://localhost:1"}) == []


def test_mail_goes_by_the_port_of_its_security() -> None:
    post = {"kind": "mail", "host": "localhost", "sender": "v@acme.example", "actions": ["notify"]}
    assert checked(("localhost:587",), post=post)[0].good
    assert not checked(("localhost:465",), post=post)[0].good
