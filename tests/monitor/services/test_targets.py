"""Who is written to is whom the directory knows: a name in a log is anybody's invention."""

import pytest
from sqlalchemy import Engine

from alerts.ports import Target
from detectors.core.identity import Subject, SubjectKind
from monitor.services.targets import language_of, target_of
from tests.monitor.services.measured import ACCOUNT, TENANT, WHO, known_account


def test_an_account_is_what_the_directory_says(database: Engine) -> None:
    known_account(database, external={"scim": "2819c223"})
    with database.connect() as connection:
        told = target_of(connection, WHO)
    assert told == Target(
        tenant=TENANT,
        account=ACCOUNT,
        names=("ann",),
        email="ann@acme.example",
        language="en",
        ids={"scim": "2819c223"},
    )


def test_nobody_is_written_to_because_of_a_name_in_a_log(database: Engine) -> None:
    stranger = Subject(SubjectKind.ACCOUNT, TENANT, "victim@elsewhere.example")
    with database.connect() as connection:
        told = target_of(connection, stranger)
    assert (told.account, told.email, told.language) == ("victim@elsewhere.example", None, "fr")


@pytest.mark.parametrize(
    ("locale", "language"), [("", "fr"), ("fr-CA", "fr"), ("en-GB", "en"), ("de", "en")]
)
def test_people_are_written_to_in_french_or_in_english(locale: str, language: str) -> None:
    assert language_of(locale) == language
