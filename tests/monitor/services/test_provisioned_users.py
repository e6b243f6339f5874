"""Identifiers, versions and bodies of pushed users are what they say."""

import pytest
from sqlalchemy import Engine

from detectors.core.detector import Text
from monitor.directory.refusal import DirectoryError
from monitor.scim.exchange import created
from monitor.scim.resources import Person
from monitor.scim.rules import PushRules
from monitor.services import provisioned_users
from monitor.services.provisioned_users import (
    Asking,
    ProvisionedUsers,
    meta_of,
    read_body,
    read_id,
)
from monitor.store.provisioning import MemberTable, Provisioned
from tests.monitor.services.people import program

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ASKING = Asking(program("directory:provision", tenant="acme"), "acme", PushRules(), 1_800_000)


@pytest.mark.parametrize("text", ["", "x", "0" * 31, "g" * 32, "0" * 34, "é" * 32, "\0" * 32])
def test_what_is_no_identifier_is_nobodys(text: str) -> None:
    assert read_id(text) == b""


def test_an_identifier_is_read_as_it_is_told() -> None:
    assert read_id(bytes(range(16)).hex()) == bytes(range(16))


def test_the_version_tells_of_the_user_and_of_its_account() -> None:
    row = Provisioned(
        id=bytes(16),
        tenant="acme",
        name="ann",
        external_id=None,
        version=3,
        created=1_000,
        updated=2_000,
        body=b"{}",
    )
    meta = meta_of("User", row, 7, 5_000)
    assert meta.version == 'W/"3.7"'
    assert meta.last_modified is not None
    assert meta.last_modified.isoformat() == "1970-01-01T00:00:05+00:00"


def test_only_what_the_provider_says_is_kept(database: Engine) -> None:
    told = {"userName": "ann", "schemas": [CORE, "urn:x:unknown"], "password": "1mz050nq"}
    with database.begin() as connection:
        users = ProvisionedUsers(connection, ASKING)
        made = users.create(created(Person, told))
        row = users._rows.by_name("ann")
        assert row is not None
        assert b"1mz050nq" not in row.body
        assert b"unknown" not in row.body
        assert read_body(row.body).id is None
        assert users.looked_up("id", made.id or "") == [made]
        assert users.looked_up("displayName", "ann") is None


def test_an_account_that_takes_nothing_new_keeps_nobody_back(
    database: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with database.begin() as connection:
        users = ProvisionedUsers(connection, ASKING)
        ids = [read_id(str(users.create(created(Person, {"userName": n})).id)) for n in "ab"]
        MemberTable(connection, "acme").set_due(ids, is_due=True)

        def refuse(*_given: object) -> None:
            raise DirectoryError("roles", Text("no", "non"))

        monkeypatch.setattr(provisioned_users, "changes", refuse)
        assert users.settle(9) == 2
        assert MemberTable(connection, "acme").due(9) == []
    assert caplog.text.count("keeps its roles") == 2
