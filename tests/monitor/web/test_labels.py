"""Whatever value a page can show has a word, and the word a translation."""

from enum import Enum

import pytest

from detectors.core.context import AccountKind
from detectors.core.event import Activity, FailureReason, Outcome
from detectors.core.identity import SubjectKind
from detectors.core.place import Form, NetworkKind
from detectors.core.registry import classes
from monitor.directory.account import FIELDS, Mfa, State
from monitor.directory.importing import ImportState
from monitor.directory.importing import Outcome as Listed
from monitor.directory.origin import Origin
from monitor.directory.sheet import columns
from monitor.directory.tenant import TENANT_FIELDS
from monitor.retention.job import jobs
from monitor.services.detectors import parameters_of
from monitor.web import labels
from monitor.web.language import Wording


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (SubjectKind, labels.SUBJECT),
        (NetworkKind, labels.NETWORK),
        (Activity, labels.ACTIVITY),
        (Outcome, labels.OUTCOME),
        (FailureReason, labels.FAILURE),
        (Form, labels.FORM),
        (AccountKind, labels.ACCOUNT_KINDS),
        (State, labels.ACCOUNT_STATES),
        (Mfa, labels.SECOND_FACTORS),
        (Origin, labels.ORIGINS),
        (Listed, labels.LIST_OUTCOMES),
        (ImportState, labels.IMPORT_STATES),
    ],
)
def test_every_value_has_a_word(kind: type[Enum], words: dict[Enum, str]) -> None:
    assert set(words) == set(kind)
    assert all(words.values())


@pytest.mark.parametrize("words", [labels.OUTCOME, labels.FAILURE, labels.ARTICLES])
def test_words_differ_in_french(words: dict[object, str]) -> None:
    french = Wording("fr")
    assert all(french.text(word) != word for word in words.values())


def test_every_field_of_the_directory_has_a_word() -> None:
    assert {*FIELDS, *columns.FIELDS} <= set(labels.ACCOUNT_FIELDS)
    assert set(TENANT_FIELDS) == set(labels.TENANT_FIELDS)


def test_whatever_is_forgotten_has_a_word() -> None:
    french = Wording("fr")
    for job in jobs():
        assert french.text(labels.KINDS[job.name]) != job.title


def test_units_of_detectors_are_words_or_measures() -> None:
    units = {one.unit for kind in classes().values() for one in parameters_of(kind, {})} - {""}
    assert "days" in units
    assert units - set(labels.UNITS) <= {"ms", "km", "km/h", "nats"}
