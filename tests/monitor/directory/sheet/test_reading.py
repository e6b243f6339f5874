"""A list says of each account what its line says, and what Vigie writes is read back exactly."""

import io
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from detectors.core.context import AccountKind
from detectors.core.event import DAY
from monitor.directory.account import Account, AccountChanges, Mfa, State, midnight
from monitor.directory.account import given as said
from monitor.directory.merging import merge
from monitor.directory.origin import Origin
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.reading import (
    HEADINGS,
    Line,
    Reading,
    Sheet,
    cells_of,
    changes_of,
)
from monitor.directory.validity import settled
from monitor.export.csv import document
from tests.monitor.directory.entries import NOW, account, changes, sharing

ACME = Reading(tenant="acme", at=NOW)


def read(text: str | bytes, reading: Reading = ACME) -> list[Line]:
    saved = text.encode() if isinstance(text, str) else text
    return list(Sheet(io.BytesIO(saved), reading).lines())


def test_a_french_list() -> None:
    (line,) = read(
        "Identifiant;Prénom;Nom;Courriel;Profils;Admin;Date d'entrée;Date de sortie;Statut;2FA\r\n"
        "u-1;Zoé;Le Goff;zoe@example.com;agent, superviseur;oui;01/02/2024;;actif;SMS\r\n"
    )
    assert (line.number, line.tenant, line.uid, line.why) == (2, "acme", "u-1", None)
    assert said(line.changes) == {
        "display_name": "Zoé Le Goff",
        "email": "zoe@example.com",
        "roles": ("agent", "superviseur"),
        "privileged": True,
        "started": date(2024, 2, 1),
        "state": State.ACTIVE,
        "mfa": Mfa.WEAK,
    }


def test_an_empty_cell_says_nothing_or_takes_away_as_it_is_asked() -> None:
    text = "uid,email,roles,started,state,external.okta\nu-1,,,,,\n"
    assert said(read(text)[0].changes) == {}
    cleared = said(read(text, Reading(tenant="acme", clears=True))[0].changes)
    assert cleared == {"email": "", "roles": (), "started": None, "external": {"okta": None}}


def test_lines_that_cannot_be_are_refused_with_their_number_and_the_rest_is_read() -> None:
    lines = read(
        "uid,kind,started,more\n"
        "u-1,martian,,\n"
        "u-2,person,31/31/2024,\n"
        ",person,,\n"
        "u-4,person,,x,y\n"
        '"u-5,person,,\n'
        "u-6,person,,\n"
        "u-7,shared,,\n"
    )
    refused = [(one.number, one.uid, one.why.en.partition(" ")[0]) for one in lines if one.why]
    assert refused == [
        (2, "u-1", "kind:"),
        (3, "u-2", "started:"),
        (4, "", "uid:"),
        (5, "", "more"),
        (6, "", "a"),
        (8, "u-7", "sharing:"),
    ]
    assert [one.uid for one in lines if one.why is None] == ["u-6"]


def test_tenants_are_the_lines_own_or_all_the_same() -> None:
    text = "uid,client\nu-1,acme\nu-2,other\nu-3,\n"
    assert [one.why is None for one in read(text)] == [True, False, True]
    lines = read(text, Reading())
    assert [(one.tenant, one.why is None) for one in lines] == [
        ("acme", True),
        ("other", True),
        ("", False),
    ]


def test_a_login_beside_a_uid_is_another_name() -> None:
    (line,) = read("id,login,alias\nu-1,zoe,zlegoff|z\n")
    assert line.changes.aliases == ("zoe", "zlegoff", "z")


def test_sharing_is_told_with_all_that_it_needs_and_ends_with_its_last_day() -> None:
    (line,) = read(
        "uid,type,responsable,motif,fin du partage\nu-1,partagé,Ann,accueil,31/01/2027\n"
    )
    told = line.changes.sharing
    assert told is not None
    assert told is not said
    until = midnight(date(2027, 2, 1))
    assert (told.owner, told.reason, told.since, told.until) == ("Ann", "accueil", NOW, until)  # type: ignore[union-attr]


def test_formulas_of_an_export_are_what_they_were() -> None:
    (line,) = read("uid,nom complet\n'+33,'=1+1\n")
    assert (line.uid, line.changes.display_name) == ("+33", "=1+1")


def test_the_separator_line_of_spreadsheets_counts_as_a_line() -> None:
    (line,) = read("sep=;\r\nuid;langue\r\nu-1;fr\r\n")
    assert (line.number, line.changes.locale) == (3, "fr")


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.directory.sheet.reading.MOST_ROWS", 3)
    assert len(read("uid\na\nb\nc\n")) == 3
    with pytest.raises(DirectoryError, match="in parts"):
        read("uid\na\nb\nc\nd\n")


def test_a_first_line_without_end_is_refused() -> None:
    with pytest.raises(DirectoryError, match="no end"):
        read("x" * 100_000)


def written(*accounts: Account) -> bytes:
    providers = sorted({provider for one in accounts for provider in one.external})
    heading = [*HEADINGS, *(f"external.{provider}" for provider in providers)]
    return b"".join(document([heading, *(cells_of(one, providers) for one in accounts)]))


def applied(before: Account, saved: bytes) -> Account:
    (line,) = read(saved, Reading(clears=True, at=NOW))
    assert line.why is None, line.why
    return settled(merge(before, line.changes, Origin.CSV, NOW).account)


@given(changes(), changes())
def test_a_written_list_makes_of_any_account_what_was_written(
    first: AccountChanges, second: AccountChanges
) -> None:
    before = settled(merge(account(), first, Origin.CSV, NOW).account)
    wanted = settled(merge(account(), second, Origin.CSV, NOW).account)
    made = applied(before, written(wanted))
    # An id at a provider of which the list has no column stays.
    external = {**before.external, **wanted.external}
    assert made == structs.replace(wanted, origins=made.origins, external=external)
    assert applied(made, written(made)) == made


def test_sharing_is_read_as_it_was_written() -> None:
    day = structs.replace(sharing(), until=NOW // DAY * DAY + 9 * DAY)
    for one in (day, sharing()):
        shared = account(kind=AccountKind.SHARED, sharing=one)
        assert applied(account(), written(shared)).sharing == one


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(saved: bytes) -> None:
    for start in (b"", b"uid,kind,started,roles,tenant\n", b"\xff\xfeu\x00i\x00d\x00\n\x00"):
        with suppress(DirectoryError):
            for line in Sheet(io.BytesIO(start + saved), Reading()).lines():
                assert line.why is not None or (line.uid and line.tenant)


@given(st.dictionaries(st.sampled_from(HEADINGS), st.text(max_size=20), max_size=6))
def test_any_cells_are_changes_or_refused(cells: dict[str, str]) -> None:
    with suppress(DirectoryError):
        assert isinstance(changes_of(cells, ACME), AccountChanges)
