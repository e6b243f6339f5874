"""Keys are kept by digest, with what they are for, and what becomes of them."""

from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from monitor.store.api_keys import ApiKeyTable

NOW = 1_790_000_000_000


class Kept:
    """The table, with a transaction for each change."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._table = ApiKeyTable(database)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._table, name)
        if name not in ("add", "replace", "revoke", "remove"):
            return method

        def changed(*values: Any, **named: Any) -> Any:
            with self._database.begin() as connection:
                return method(connection, *values, **named)

        return changed


@pytest.fixture
def table(database: Engine) -> Kept:
    return Kept(database)


def test_a_key_is_found_by_its_digest_and_its_name_as_it_was_given(table: Kept) -> None:
    table.add("crm", b"d" * 32, {"b:x", "a:y"}, NOW, tenant="acme", source="s", expires=NOW + 9)
    row = table.by_digest(b"d" * 32)
    assert row is not None
    assert row == table.by_name("crm")
    assert row.scopes == {"a:y", "b:x"}
    assert (row.tenant, row.source, row.created, row.expires) == ("acme", "s", NOW, NOW + 9)
    assert (row.last_used, row.revoked) == (None, None)
    assert table.by_digest(b"e" * 32) is None
    assert table.by_name("other") is None


def test_a_name_is_given_once(table: Kept) -> None:
    table.add("crm", b"1" * 32, {"a"}, NOW)
    with pytest.raises(IntegrityError):
        table.add("crm", b"2" * 32, {"a"}, NOW)
    assert table.by_digest(b"2" * 32) is None


def test_a_key_is_revoked_once(table: Kept) -> None:
    table.add("crm", b"1" * 32, {"a"}, NOW)
    assert table.revoke("crm", NOW + 1)
    assert not table.revoke("crm", NOW + 2)
    assert not table.revoke("other", NOW)
    row = table.by_name("crm")
    assert row is not None
    assert row.revoked == NOW + 1


def test_a_replaced_key_goes_on_under_another_name_until_its_end(table: Kept) -> None:
    table.add("crm", b"1" * 32, {"a"}, NOW, tenant="acme", expires=NOW + 100)
    row = table.by_name("crm")
    assert row is not None
    table.replace(row, "crm~1", b"2" * 32, NOW + 5, NOW + 10)
    former, fresh = table.by_digest(b"1" * 32), table.by_digest(b"2" * 32)
    assert former == structs.replace(row, name="crm~1", expires=NOW + 10)
    assert fresh == structs.replace(
        row, id=fresh.id if fresh else 0, digest=b"2" * 32, created=NOW + 5
    )


def test_use_is_noted_by_key(table: Kept) -> None:
    for name in ("a", "b", "c"):
        table.add(name, name.encode() * 32, {"s"}, NOW)
    first, second, third = table.all()
    table.note_used({first.id: NOW + 1, third.id: NOW + 2})
    assert [row.last_used for row in table.all()] == [NOW + 1, None, NOW + 2]
    assert [row.name for row in table.all()] == ["a", "b", "c"]
    assert second.last_used is None


def test_a_removed_key_is_gone(table: Kept) -> None:
    table.add("crm", b"1" * 32, {"a"}, NOW)
    assert table.remove("crm")
    assert not table.remove("crm")
    assert table.all() == []
