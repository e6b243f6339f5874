"""Events judged in memory come to the incidents that the whole chain has of them."""

from msgspec import structs

from alerts.correlation import CorrelationParameters
from alerts.incident import Category
from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import Activity, FailureReason, Outcome, SignIn
from detectors.core.finding import Severity
from detectors.core.identity import timed_id
from monitor.judging import Judging

NOON = 1_778_666_400_000


def guesses(many: int, account: str = "u-1") -> list[SignIn]:
    """Wrong passwords, one a second."""
    return [
        SignIn(
            id=timed_id(NOON + 1_000 * n, account),
            time=NOON + 1_000 * n,
            tenant="acme",
            account=account,
            activity=Activity.LOGON,
            outcome=Outcome.FAILURE,
            failure_reason=FailureReason.BAD_PASSWORD,
            ip="192.0.2.7",
            source="idp",
        )
        for n in range(many)
    ]


def judging() -> Judging:
    return Judging(registry.load({}), Context(), CorrelationParameters())


def test_guessing_is_found_while_it_goes_on_and_comes_to_an_incident() -> None:
    one = judging()
    found = [finding for event in guesses(60) for finding in one.take(event)]
    assert {finding.detector for finding in found} >= {"brute_force"}
    told = [incident for incident, _ in one.incidents() if incident.severity >= Severity.LOW]
    assert Category.BRUTE_FORCE in {incident.category for incident in told}


def test_a_single_wrong_password_comes_to_nothing() -> None:
    one = judging()
    assert [finding for event in guesses(1) for finding in one.take(event)] == []
    assert list(one.incidents()) == []


def test_an_account_that_nobody_has_is_judged_with_its_source_alone() -> None:
    one = judging()
    nameless = [structs.replace(event, account="") for event in guesses(3)]
    assert [finding for event in nameless for finding in one.take(event)] == []
