"""Kinds are found by being there; what settings say of a responder is read strictly."""

import pytest

from alerts.responders.kind import (
    TermsError,
    UnknownKindError,
    kinds,
    plain_terms,
    read_terms,
    roster,
)
from alerts.responders.terms import Common


def test_what_is_no_kind_is_told_with_those_that_are() -> None:
    for table in ({"kind": "pigeon"}, {"kind": 3}, {}):
        with pytest.raises(UnknownKindError, match="there is no responder"):
            read_terms(table)


def test_a_kind_says_what_it_can_do() -> None:
    assert {"apprise", "gate", "jira", "keycloak", "mail", "scim", "webhook"} <= kinds().keys()
    for name, kind in kinds().items():
        assert kind.actions
        assert kind.name == name
        assert issubclass(kind.terms, Common)


def test_the_roster_needs_nothing_secret_and_leaves_out_what_is_off() -> None:
    table = {"kind": "webhook", "secret": "s3cret", "tenants": ["acme"], "actions": ["tell"]}
    plain = plain_terms(table)
    assert "secret" not in plain
    on = roster({"a": plain, "b": {**plain, "enabled": False}})
    assert [e.name for e in on.entries if e.kind == "webhook"] == ["a"]


def test_terms_that_cannot_be_say_where() -> None:
    with pytest.raises(TermsError) as caught:
        roster({"a": {"kind": "webhook", "actions": ["fly"]}})
    assert caught.value.where.startswith("actions")


def test_what_is_missing_or_misspelt_is_said_by_its_name() -> None:
    for table, where, why in (
        ({"kind": "scim", "token": "t"}, "url", "is missing"),
        ({"kind": "scim", "url": "https://idp.example", "tokn": "t"}, "tokn", "did you mean token"),
    ):
        with pytest.raises(TermsError, match=why) as caught:
            read_terms(table)
        assert caught.value.where == where


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_authorities_that_are_none_are_refused_with_the_settings(kind: str) -> None:
    """Otherwise orders would wait for a day, and be given up."""
    given = {
        "url": "slack://TokenA/TokenB/TokenC/" if kind == "apprise" else "https://h.example",
        "token": "t",
        "secret": f"whsec_{'A' * 44}",
        "actions": ["tell"],
        "host": "h.example",
        "sender": "v@h.example",
        "to": ["t@h.example"],
        "username": "u",
        "project": "SEC",
        "client_id": "c",
        "client_secret": "s",
    }
    terms = kinds()[kind].terms
    if "ca" not in terms.__struct_fields__:
        return
    if kind == "keycloak":
        given["url"] += "/realms/acme"
    table = {name: value for name, value in given.items() if name in terms.__struct_fields__}
    if kind in ("scim", "keycloak", "jira"):
        del table["actions"]
    if kind == "mail":
        del table["username"]
    if kind == "scim":
        del table["client_id"], table["client_secret"]
    assert read_terms({"kind": kind, **table}).kind == kind
    with pytest.raises(TermsError, match="ca: expected certificates"):
        read_terms({"kind": kind, **table, "ca": "none"})
