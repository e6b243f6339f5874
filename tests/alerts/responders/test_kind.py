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


def test_what_is_no_kind_is_told_with_those_that_are() -> None:
    for table in ({"kind": "pigeon"}, {"kind": 3}, {}):
        with pytest.raises(UnknownKindError, match="there is no responder"):
            read_terms(table)


def test_a_kind_says_what_it_can_do() -> None:
    for kind in kinds().values():
        assert kind.actions
        assert kind.name == kind.terms(kind=kind.name).kind if kind.built_in else kind.name


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
