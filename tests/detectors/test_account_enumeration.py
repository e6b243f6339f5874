"""Account enumeration: names that do not exist; and the people who mistype theirs."""

import pytest

from detectors.account_enumeration import AccountEnumeration
from detectors.core.campaign import CampaignParameters
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.identity import SubjectKind
from tests.detectors.crowd import (
    UNKNOWN,
    attempt,
    judged,
    names,
    office,
    on,
)
from tests.detectors.story import (
    CHROME,
    LYON_HOME,
    MOSCOW,
    SCRIPT,
    SERVER,
    loud,
)


def found(events: list, parameters: CampaignParameters | None = None) -> list[Finding]:
    """What stands in the end."""
    return judged([AccountEnumeration(parameters)], sorted(events, key=lambda event: event.id))


def dictionary() -> list[Event]:
    """A hundred names within four minutes, of which one exists."""
    return list(names(SERVER, 100, on(1, 2), 2.5, existing=[40]))


def patient() -> list[Event]:
    """A name every two minutes, for hours."""
    return list(names(MOSCOW, 150, on(1, 14), 120, existing=[40]))


HOSTILE = (dictionary, patient)


@pytest.mark.parametrize("history", HOSTILE)
def test_names_one_after_the_other(history) -> None:
    findings = found(history())
    assert loud(findings)
    assert all(f.subject.kind is SubjectKind.SOURCE for f in findings)
    assert len({f.id for f in findings if f.time < on(2)}) == 1
    assert findings[0].time < history()[12].time


def test_a_search_that_gets_in_is_a_list_from_elsewhere() -> None:
    assert not found([*dictionary(), attempt(on(1, 3), "user-40", SERVER, SCRIPT)])


def test_a_list_of_which_some_exist_is_from_elsewhere() -> None:
    assert not found(list(names(SERVER, 150, on(1), 2, existing=range(0, 150, 15))))


def test_an_office_that_mistypes_its_names() -> None:
    """Three hundred people: fifty names a day that there are none of."""
    assert not found(office(range(5), 300, failing=0.4))


def test_a_family_that_mistypes_its_names() -> None:
    events = [attempt(on(0, 8 + n / 20), f"typo-{n}", LYON_HOME, CHROME, UNKNOWN) for n in range(7)]
    events += [attempt(on(0, 9), "alice", LYON_HOME), attempt(on(0, 9.2), "bob", LYON_HOME)]
    assert not found(list(events))


def test_an_account_that_was_removed_and_a_program_that_does_not_know() -> None:
    """One name, a thousand times."""
    events = [attempt(on(0, n / 60), "gone", SERVER, SCRIPT, UNKNOWN) for n in range(1_000)]
    assert not found(list(events))


def test_limits_are_parameters() -> None:
    few = names(MOSCOW, 8, on(1), 60)
    assert found(list(few), CampaignParameters(names=8))
    assert not found(list(few), CampaignParameters(names=30))
