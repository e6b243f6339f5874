"""Columns are understood by their headings in both languages, or as somebody maps them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.columns import (
    FIELDS,
    columns_of,
    is_separator_line,
    plain,
)


@pytest.mark.parametrize(
    ("first", "delimiter", "fields"),
    [
        ("uid,display_name,e-mail\r\n", ",", ("uid", "display_name", "email")),
        (
            "Identifiant;Prénom;NOM;Date d'entrée;Statut\r\n",
            ";",
            ("uid", "first_name", "last_name", "started", "state"),
        ),
        ('"Compte"\t"Société"\t"Rôles"\n', "\t", ("uid", "tenant", "roles")),
        ("Nom d’utilisateur|Courriel|Divers", "|", ("uid", "email", None)),
        (
            "id,login,external_id,external.Okta",
            ",",
            ("uid", "login", "external.hr", "external.Okta"),
        ),
        ("\ufeffuid,Kind", ",", ("uid", "kind")),
        ("matricule", ",", ("uid",)),
    ],
)
def test_headings(first: str, delimiter: str, fields: tuple[str | None, ...]) -> None:
    found = columns_of(first, {})
    assert (found.delimiter, found.fields) == (delimiter, fields)


def test_what_says_nothing_is_told() -> None:
    found = columns_of("uid;Couleur;Pointure;", {})
    assert found.ignored == ("Couleur", "Pointure")
    assert found.told == {"uid": "uid"}


def test_somebody_says_what_a_column_means() -> None:
    found = columns_of(
        "N° agent;Nom;Statut", {"n agent": "uid", "Nom": "display_name", "Statut": ""}
    )
    assert found.fields == ("uid", "display_name", None)


def test_a_login_names_the_account_where_nothing_else_does() -> None:
    assert columns_of("login,email", {}).fields == ("uid", "email")


@pytest.mark.parametrize(
    ("first", "mapping", "told"),
    [
        ("a,b", {}, "no column names the account"),
        ("uid,e-mail,courriel", {}, "two columns say email"),
        ("uid,a", {"a": "colour"}, "there is no field colour"),
        ("uid,a", {"b": "email"}, "no column is called b"),
        ("", {}, "no column names the account"),
    ],
)
def test_what_cannot_be_understood_is_refused(
    first: str, mapping: dict[str, str], told: str
) -> None:
    with pytest.raises(DirectoryError, match=told):
        columns_of(first, mapping)


def test_a_separator_may_be_announced() -> None:
    assert is_separator_line("sep=;\r\n") == ";"
    assert is_separator_line("\ufeffSEP=\t\n") == "\t"
    assert is_separator_line("sep;a") is None
    assert columns_of("uid;a,b", {}, ";").fields == ("uid", None)


@pytest.mark.parametrize("field", [f for f in FIELDS if not f.startswith("external")])
def test_every_field_is_understood_by_its_own_name(field: str) -> None:
    assert field in columns_of(f"uid,{field}" if field != "uid" else "uid", {}).fields


@given(st.text(max_size=40))
def test_any_first_line_is_understood_or_refused(first: str) -> None:
    with suppress(DirectoryError):
        assert "uid" in columns_of(first, {}).fields


def test_headings_are_compared_without_accents_case_and_signs() -> None:
    assert plain(" Date_d'ENTRÉE* ") == "date d entree"
