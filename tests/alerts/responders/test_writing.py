"""Users read their own language, the team the responder's; how often is said in the settings."""

import pytest
from msgspec import structs

from alerts.ports import Action, Order, Target
from alerts.responders.kind import TermsError, read_terms
from alerts.responders.writing import Writing
from detectors.core.finding import Severity


def order(action: Action, language: str) -> Order:
    target = Target(tenant="acme", account="u1", language=language)
    return Order(
        key="k", action=action, issued=0, tenant="acme", target=target, template="suspend", until=0
    )


def test_each_reads_their_own_language_and_the_zone_of_the_settings() -> None:
    terms = Writing(kind="x", language="fr", zone="Europe/Paris", contact="c@acme.example")
    assert "Your account is suspended" in terms.said(order(Action.NOTIFY, "en")).subject
    assert "Votre compte est suspendu" in terms.said(order(Action.TELL, "en")).subject
    said = terms.said(order(Action.NOTIFY, "fr"))
    assert "jeudi 1 janvier 1970 à 01:00 (Europe/Paris)" in said.text
    assert "c@acme.example" in said.text


def test_the_team_finds_its_ticket_by_a_link_and_a_user_does_not() -> None:
    terms = Writing(kind="x")
    at = "https://vigie.example/"
    told = structs.replace(order(Action.TELL, "en"), ticket=4, template="done")
    assert "https://vigie.example/tickets/4" in terms.said(told, at).text
    assert "vigie.example" not in terms.said(told).text
    own = structs.replace(order(Action.NOTIFY, "en"), ticket=4)
    assert "vigie.example" not in terms.said(own, at).text
    seen = structs.replace(own, template="notify")
    assert "It was not me\nhttps://vigie.example/report" in terms.said(seen, at).text
    many = structs.replace(told, template="digest", ticket=None, values={"count": "2"})
    assert "https://vigie.example/tickets\n" in terms.said(many, at).text


def test_how_often_people_are_written_to_is_said_for_each_responder() -> None:
    rhythm = Writing(kind="x", digest_minutes=60, at_once="critical", per_hour=3, per_day=2).rhythm
    assert (rhythm.digest_minutes, rhythm.at_once) == (60, Severity.CRITICAL)
    assert (rhythm.per_hour, rhythm.per_day) == (3, 2)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "", "\0"])
def test_a_zone_that_is_none_is_refused_when_settings_are_read(zone: str) -> None:
    table = {"kind": "mail", "zone": zone, "host": "h", "sender": "v@a.example"}
    with pytest.raises(TermsError, match="is no time zone"):
        read_terms({**table, "actions": ["notify"]})
