"""Whoever says something of an account: what stands, what is held, and who said it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from monitor.directory.account import FIELDS, AccountChanges, Mfa, State
from monitor.directory.account import given as told
from monitor.directory.merging import join, merge, merge_tenant, release
from monitor.directory.origin import Origin, Provenance
from monitor.directory.tenant import Tenant, TenantChanges
from tests.monitor.directory.entries import NOW, account, changes

origins = st.sampled_from(Origin)


@given(changes(), origins)
def test_what_is_said_of_a_new_account_is_there(drawn: AccountChanges, origin: Origin) -> None:
    made = merge(account(), drawn, origin, NOW)
    for name, value in told(drawn).items():
        if name == "external":
            assert made.account.external == {k: v for k, v in value.items() if v is not None}  # type: ignore[attr-defined]
        else:
            assert getattr(made.account, name) == value
    assert made.held == ()


@given(changes(), origins)
def test_saying_it_again_changes_nothing(drawn: AccountChanges, origin: Origin) -> None:
    once = merge(account(), drawn, origin, NOW).account
    again = merge(once, drawn, origin, NOW + 5)
    assert again.account == once
    assert again.changed == again.held == ()


@given(changes(), changes(), origins, origins)
def test_the_weaker_never_undoes_the_stronger(
    first: AccountChanges, second: AccountChanges, one: Origin, other: Origin
) -> None:
    weaker, stronger = sorted((one, other), key=list(Origin).index)
    said = merge(account(), first, stronger, NOW).account
    after = merge(said, second, weaker, NOW + 1)
    if weaker is stronger:
        assert after.held == ()
        return
    for name in told(first):
        closes = name == "state" and weaker in (Origin.SCIM, Origin.KEYCLOAK)
        if name != "external" and not closes:
            assert getattr(after.account, name) == getattr(said, name)
    for provider, value in said.external.items():
        assert after.account.external[provider] == value


@given(changes(), changes(), origins)
def test_differences_are_all_there_is_between_before_and_after(
    first: AccountChanges, second: AccountChanges, origin: Origin
) -> None:
    before = merge(account(), first, Origin.CSV, NOW).account
    after = merge(before, second, origin, NOW + 1)
    fields = {one.field for one in after.changed}
    for name in FIELDS:
        if name == "external":
            for provider in {*before.external, *after.account.external}:
                same = before.external.get(provider) == after.account.external.get(provider)
                assert same is (f"external.{provider}" not in fields)
        else:
            same = getattr(before, name) == getattr(after.account, name)
            assert same is (name not in fields)


def test_a_stronger_origin_that_agrees_takes_the_value_over() -> None:
    known = account(locale="fr", state=State.ACTIVE)
    made = merge(known, AccountChanges(locale="fr"), Origin.SCIM, NOW)
    assert made.changed == ()
    assert made.account.origins["locale"] == Provenance(Origin.SCIM, NOW)
    held = merge(made.account, AccountChanges(locale="en"), Origin.CSV, NOW + 1)
    assert [(one.field, one.before, one.after) for one in held.held] == [("locale", "fr", "en")]


@pytest.mark.parametrize("origin", [Origin.SCIM, Origin.KEYCLOAK])
def test_a_provider_may_close_what_a_person_opened_but_not_open_it(origin: Origin) -> None:
    active = account(origin=Origin.PERSON, state=State.ACTIVE)
    closed = merge(active, AccountChanges(state=State.SUSPENDED), origin, NOW).account
    assert closed.state is State.SUSPENDED
    gone = account(origin=Origin.PERSON, state=State.OFFBOARDED)
    again = merge(gone, AccountChanges(state=State.ACTIVE), origin, NOW)
    assert (again.account.state, len(again.held)) == (State.OFFBOARDED, 1)
    listed = merge(active, AccountChanges(state=State.OFFBOARDED), Origin.CSV, NOW)
    assert listed.account.state is State.ACTIVE


def test_whoever_comes_back_has_no_end_behind_them() -> None:
    left = account(origin=Origin.SCIM, state=State.OFFBOARDED, ended=date(2020, 1, 31))
    back = AccountChanges(state=State.ACTIVE)
    assert merge(left, back, Origin.SCIM, NOW).account.ended is None
    assert merge(left, back, Origin.PERSON, NOW).account.ended is None
    ahead = structs.replace(left, ended=date(2150, 1, 1))
    assert merge(ahead, back, Origin.PERSON, NOW).account.ended == ahead.ended
    named = AccountChanges(state=State.ACTIVE, ended=date(2020, 2, 1))
    assert merge(left, named, Origin.PERSON, NOW).account.ended == date(2020, 2, 1)
    by_person = structs.replace(
        left, origins={**left.origins, "ended": Provenance(Origin.PERSON, NOW)}
    )
    assert merge(by_person, back, Origin.SCIM, NOW).account.ended == left.ended
    # Still open at the provider, and never said to be over there: the day stands.
    open_ = account(origin=Origin.SCIM, state=State.ACTIVE, ended=date(2020, 1, 31))
    assert merge(open_, back, Origin.SCIM, NOW).account.ended == open_.ended


def test_whoever_speaks_of_a_provisional_account_makes_it_known_and_a_log_does_not() -> None:
    seen = account(origin=Origin.LOG)
    assert merge(seen, AccountChanges(), Origin.LOG, NOW).account.state is State.PROVISIONAL
    known = merge(seen, AccountChanges(locale="fr"), Origin.PERSON, NOW).account
    assert known.state is State.ACTIVE
    # A person who wrote down a language did not vouch for the state.
    gone = merge(known, AccountChanges(state=State.OFFBOARDED), Origin.CSV, NOW)
    assert gone.account.state is State.OFFBOARDED


def test_what_a_person_takes_back_is_the_next_ones_to_say() -> None:
    said = account(origin=Origin.PERSON, locale="fr", email="a@example.com")
    free = release(said, ("locale",))
    after = merge(free, AccountChanges(locale="en", email="b@example.com"), Origin.CSV, NOW)
    assert (after.account.locale, after.account.email) == ("en", "a@example.com")


def test_an_id_elsewhere_is_taken_away_by_none_and_others_stay() -> None:
    two = merge(account(), AccountChanges(external={"okta": "1", "hr": "2"}), Origin.SCIM, NOW)
    one = merge(two.account, AccountChanges(external={"okta": None}), Origin.SCIM, NOW)
    assert one.account.external == {"hr": "2"}
    assert [(d.field, d.before, d.after) for d in one.changed] == [("external.okta", "1", None)]


def test_two_that_are_one_keep_what_either_says_and_no_name_is_lost() -> None:
    kept = account("u-1", display_name="Ann", mfa=Mfa.STRONG, aliases=("ann",))
    other = account(
        "u-2",
        display_name="A. Lee",
        mfa=Mfa.NONE,
        privileged=True,
        aliases=("alee",),
        external={"okta": "7"},
        started=date(2024, 1, 1),
    )
    made = join(kept, other, NOW)
    assert (made.uid, made.display_name, made.started) == ("u-1", "Ann", date(2024, 1, 1))
    assert made.aliases == ("ann", "u-2", "alee")
    assert (made.mfa, made.privileged, made.external) == (Mfa.NONE, True, {"okta": "7"})


def test_of_a_tenant_the_same_holds() -> None:
    tenant = Tenant(uid="acme")
    said = merge_tenant(tenant, TenantChanges(zone="Europe/Paris"), Origin.PERSON, NOW)
    assert [one.field for one in said.changed] == ["zone"]
    held = merge_tenant(said.tenant, TenantChanges(zone="UTC", plan="a"), Origin.SCIM, NOW)
    assert (held.tenant.zone, held.tenant.plan) == ("Europe/Paris", "a")
    assert [one.field for one in held.held] == ["zone"]
