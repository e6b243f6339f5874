"""What is done with personal data is told with the article that allows it."""

from detectors.core.detector import Text
from monitor.protection.activities import (
    auditing,
    directory,
    measures,
    requests,
    reviewers,
    watching,
)
from tests.monitor.protection.test_register import FACTS


def test_every_activity_has_a_ground() -> None:
    for entry in (
        watching(FACTS),
        directory(),
        reviewers(FACTS),
        auditing(FACTS),
        requests(),
    ):
        assert any("article" in basis.en for basis in entry.basis), entry.name.en
        assert isinstance(entry.name, Text)


def test_what_encrypts_is_not_claimed() -> None:
    assert any("operator's" in one.en for one in measures(FACTS))
