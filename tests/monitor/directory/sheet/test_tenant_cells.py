"""A tenant is said in words, and its words are read back."""

import pytest

from monitor.directory.merging import merge_tenant
from monitor.directory.origin import Origin
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.tenant_cells import tenant_cells_of, tenant_changes_of
from monitor.directory.tenant import Contact, Tenant, TenantChanges
from tests.monitor.directory.entries import NOW

FULL = Tenant(
    uid="acme",
    name="Acme, SA",
    zone="Europe/Paris",
    language="fr",
    plan="premium",
    seats=2,
    countries=("BE", "FR"),
    mfa_required=True,
    contacts=(Contact(name="Lee, Ann", email="ann@example.com"), Contact(name="Bob")),
)


def test_what_is_written_is_read() -> None:
    changes = tenant_changes_of(tenant_cells_of(FULL))
    made = merge_tenant(Tenant(uid="acme"), changes, Origin.PERSON, NOW).tenant
    for name in changes.__struct_fields__:
        assert getattr(made, name) == getattr(FULL, name)
    assert tenant_cells_of(made) == tenant_cells_of(FULL)


def test_an_empty_cell_takes_away() -> None:
    assert tenant_changes_of({"seats": " ", "plan": "", "contacts": ""}) == TenantChanges(
        seats=None, plan="", contacts=()
    )


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"seats": "many"}, "seats"),
        ({"seats": "0"}, "seats"),
        ({"countries": "FRA"}, "countries"),
        ({"mfa_required": "perhaps"}, "mfa_required"),
        ({"contacts": "a<b<c"}, "contacts"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_refused(cells: dict[str, str], field: str) -> None:
    with pytest.raises(DirectoryError) as refused:
        tenant_changes_of(cells)
    assert refused.value.field == field
