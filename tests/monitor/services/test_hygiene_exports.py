"""Hygiene as tables: read back as meant, veiled as on the page, formulas made harmless."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pytest

from detectors.core.event import DAY
from monitor.directory.account import Account, account_id
from monitor.hygiene.facts import Fact, mask_of
from monitor.hygiene.kept import Kept, Said, encode
from monitor.services.actor import Role
from monitor.services.hygiene import Hygiene
from monitor.services.hygiene_exports import ACCOUNTS, DAYS, HygieneExports, Wish
from monitor.services.refusal import NotThereError
from monitor.store.connection import connect
from monitor.store.directory import DirectoryTable
from monitor.store.hygiene import HygieneRow, HygieneTable
from tests.databases import placed
from tests.monitor.services.hygienic import NOW, OTHER, T, fill
from tests.monitor.services.people import person

ANALYST = person(Role.ANALYST)
MANY = 450


@pytest.fixture
def exports(tmp_path: Path) -> HygieneExports:
    """More accounts than are on a page, one of which is called like a formula."""
    database = connect(placed(tmp_path / "vigie.db"))
    fill(database)
    names = ['=HYPERLINK("http://a.example")', *(f"u{n:03}" for n in range(MANY - 1))]
    said = (Said(Fact.DORMANT, NOW - DAY, {"days": 60}), Said(Fact.NO_MFA, NOW, {"said_by": "log"}))
    body, facts = encode(Kept(said=said)), mask_of({Fact.DORMANT: 0, Fact.NO_MFA: 0})
    with database.begin() as connection:
        DirectoryTable(connection).put([(None, Account(tenant=T, uid=name)) for name in names], 1)
        HygieneTable(connection).put(
            HygieneRow(account_id(T, name), T, name, facts, NOW - 60 * DAY, body) for name in names
        )
    return HygieneExports(Hygiene(database, lambda: NOW))


def read(pieces: Iterable[bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))


def test_a_line_for_each_thing_that_is_said(exports: HygieneExports) -> None:
    rows = read(exports.accounts(ANALYST, Wish()))
    assert len(rows) == 2 * MANY
    assert tuple(rows[0]) == ACCOUNTS
    # No spreadsheet calls somewhere when it is opened.
    assert rows[0]["uid"] == '\'=HYPERLINK("http://a.example")'
    assert rows[2]["last_seen"] == "2026-09-02T09:00:00Z"
    assert rows[2]["to_do"] == "Close it, or ask whether it is still needed."
    only = read(exports.accounts(ANALYST, Wish(tenant=T, fact=Fact.NO_MFA, language="fr")))
    assert {one["fact"] for one in only} == {"no_mfa"}
    assert only[0]["to_do"] == "Enrôler un second facteur."


def test_names_are_for_who_may_look(exports: HygieneExports) -> None:
    told = b"".join(exports.accounts(person(Role.VIEWER), Wish(tenant=T))).decode()
    assert "u001" not in told


def test_days_with_every_part(exports: HygieneExports) -> None:
    rows = read(exports.days(ANALYST, Wish(tenant=T), 90))
    assert tuple(rows[0]) == DAYS
    assert [one["dormant_said"] for one in rows] == ["6", "5", "4"]
    assert rows[-1]["weak_factor_considered"] == "4"
    assert rows[-1]["offboarded_active_said"] == ""


def test_nobody_elses(exports: HygieneExports) -> None:
    contact = person(Role.TENANT_CONTACT, tenant=T)
    with pytest.raises(NotThereError):
        exports.accounts(contact, Wish(tenant=OTHER))
    with pytest.raises(NotThereError):
        exports.days(contact, Wish(tenant=OTHER), 9)
