"""What makes no sense is refused with its field, in both languages."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.context import AccountKind
from detectors.core.event import DAY
from monitor.directory.account import AccountChanges
from monitor.directory.refusal import DirectoryError
from monitor.directory.tenant import Contact, Tenant, TenantChanges
from monitor.directory.validity import read_changes, settled, settled_tenant
from tests.monitor.directory.entries import NOW, account, sharing


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"kind": "robot"}, "kind"),
        ({"privileged": "yes"}, "privileged"),
        ({"roles": ["a"] * 65}, "roles"),
        ({"display_name": "a\x1b[31mb"}, "display_name"),
        ({"display_name": "a" * 1_001}, "display_name"),
        ({"aliases": [""]}, "aliases"),
        ({"started": "31/12/2024"}, "started"),
        ({"sharing": {"owner": "a"}}, "sharing.owner"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_field(
    told: dict[str, Any], field: str
) -> None:
    with pytest.raises(DirectoryError) as refused:
        read_changes(AccountChanges, told)
    assert field.startswith(refused.value.field.partition(".")[0])
    assert refused.value.why.en
    assert refused.value.why.fr


def test_what_is_right_is_read() -> None:
    told = {"kind": "service", "started": "2024-02-29", "external": {"okta": None}, "ended": None}
    read = read_changes(AccountChanges, told)
    assert read.kind is AccountKind.SERVICE
    assert read.started == date(2024, 2, 29)
    assert read.external == {"okta": None}
    assert read_changes(TenantChanges, {"seats": 3}) == TenantChanges(seats=3)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates()
TOLD = st.recursive(
    SCALARS | st.datetimes() | st.times() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
"""What JSON, TOML or a table can hold."""


@given(st.dictionaries(st.sampled_from(AccountChanges.__struct_fields__), TOLD))
def test_anything_is_read_or_refused(told: dict[str, Any]) -> None:
    refused = ""
    try:
        read_changes(AccountChanges, told)
    except DirectoryError as error:
        refused = error.field
    assert refused or all(name in AccountChanges.__struct_fields__ for name in told)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": AccountKind.SHARED}, "sharing"),
        ({"kind": AccountKind.SHARED, "sharing": sharing(until=NOW)}, "sharing"),
        ({"kind": AccountKind.SHARED, "sharing": sharing(until=NOW + 400 * DAY)}, "sharing"),
        ({"email": "nobody"}, "email"),
        ({"locale": "français"}, "locale"),
        ({"started": date(2024, 1, 2), "ended": date(2024, 1, 1)}, "ended"),
        ({"started": date(1024, 1, 2)}, "started"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(values: dict[str, Any], field: str) -> None:
    with pytest.raises(DirectoryError) as refused:
        settled(account(**values))
    assert refused.value.field == field


def test_sharing_goes_with_its_kind_and_names_are_told_once() -> None:
    made = settled(account("ann", sharing=sharing(), aliases=("Ann ", "ANN", "ann", "lee")))
    assert made.sharing is None
    assert made.aliases == ("Ann", "lee")
    shared = account(kind=AccountKind.SHARED, sharing=sharing())
    assert settled(shared) == shared


@pytest.mark.parametrize(
    ("tenant", "field"),
    [
        (Tenant(uid="a", zone="Europe/Atlantis"), "zone"),
        (Tenant(uid="a", zone="../../etc/passwd"), "zone"),
        (Tenant(uid="a", language="?"), "language"),
        (Tenant(uid="a", contacts=(Contact(name="b", email="c"),)), "contacts"),
    ],
)
def test_a_tenant_that_makes_no_sense_is_refused(tenant: Tenant, field: str) -> None:
    with pytest.raises(DirectoryError) as refused:
        settled_tenant(tenant)
    assert refused.value.field == field


def test_countries_are_told_once_and_in_order() -> None:
    made = settled_tenant(Tenant(uid="a", zone="Europe/Paris", countries=("FR", "BE", "FR")))
    assert made.countries == ("BE", "FR")
