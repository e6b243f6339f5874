"""What a tracker is told and believed of is said in the settings, and nothing else is."""

import pytest

from alerts.responders.jira import Terms
from alerts.responders.keeping import Keeping
from alerts.ticket import Disposition
from detectors.core.finding import Severity


def test_from_which_severity_up_tickets_are_kept() -> None:
    assert Keeping(kind="x").severity is Severity.MEDIUM
    assert Keeping(kind="x", least="critical").severity is Severity.CRITICAL


def test_each_tracker_says_where_a_person_finds_a_ticket() -> None:
    terms = Terms(
        kind="jira",
        url="https://jira.example/",
        edition="datacenter",
        token="t",
        project="SEC",
        dispositions={"Won't Do": Disposition.FALSE_POSITIVE},
    )
    assert terms.address_of("SEC-4") == "https://jira.example/browse/SEC-4"
    with pytest.raises(NotImplementedError):
        Keeping(kind="x").address_of("1")
