"""Accounts and changes for tests, and strategies that draw them."""

from datetime import date

from hypothesis import strategies as st

from detectors.core.context import AccountKind
from monitor.directory.account import Account, AccountChanges, Mfa, Sharing, State
from monitor.directory.origin import Origin, Provenance

NOW = 1_800_000_000_000

names = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text)
"""One line, without blanks at its ends."""
days = st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1))


def account(uid: str = "u-1", origin: Origin = Origin.CSV, **values: object) -> Account:
    """An account of the tenant `acme`, of which `origin` said each of the values."""
    said = {name: Provenance(origin, NOW - 1) for name in ("uid", *values)}
    return Account(tenant="acme", uid=uid, origins=said, **values)  # type: ignore[arg-type]


def changes() -> st.SearchStrategy[AccountChanges]:
    """Any changes that make sense by themselves, of any fields."""
    return st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from([k for k in AccountKind if k is not AccountKind.SHARED]),
            "state": st.sampled_from(State),
            "display_name": names | st.just(""),
            "roles": st.lists(names, max_size=3).map(tuple),
            "privileged": st.booleans(),
            "external": st.dictionaries(st.sampled_from(("okta", "hr")), names | st.none()),
            "aliases": st.lists(names, max_size=3).map(tuple),
            "mfa": st.sampled_from(Mfa),
            "started": days,
            "locale": st.sampled_from(("", "fr", "en-GB")),
        },
    ).map(lambda told: AccountChanges(**told))


def sharing(until: int = NOW + 1_000, since: int = NOW) -> Sharing:
    """An authorisation that makes sense."""
    return Sharing(owner="Ann Lee", reason="one desk", since=since, until=until)
