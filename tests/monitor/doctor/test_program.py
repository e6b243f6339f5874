"""The program that runs these tests is one that Vigie can run on, with all that it ships."""

from monitor.doctor.program import look
from monitor.settings import Settings


def test_what_runs_the_tests_is_in_order() -> None:
    checks = {check.name: check for check in look(Settings())}
    assert all(check.good for check in checks.values())
    assert "impossible_travel" in checks["detectors"].seen
    assert "ocsf" in checks["formats"].seen
