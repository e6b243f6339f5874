"""What is done with reports is told with its ground and its end."""

from monitor.protection.reporting import reports
from tests.monitor.protection.test_register import FACTS


def test_reports_have_a_ground_and_an_end() -> None:
    entry = reports(FACTS)
    assert any("article 6(1)(f)" in basis.en for basis in entry.basis)
    assert str(FACTS.incidents) in entry.retention[0].fr
