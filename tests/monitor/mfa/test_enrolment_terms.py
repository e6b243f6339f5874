"""Without settings, a recovery waits a day and nobody has links that hold for long."""

from detectors.core.event import DAY, HOUR
from monitor.mfa.enrolment_terms import LONGEST, SHORTEST, EnrolmentTerms


def test_what_holds_where_nothing_is_set() -> None:
    terms = EnrolmentTerms()
    assert terms.recovery.waits == DAY
    assert terms.open <= HOUR
    assert SHORTEST * 60_000 <= terms.link <= LONGEST * 60_000
