"""The context: what the directory says, and what holds when it says nothing."""

from detectors.core.context import AccountKind, Context
from detectors.core.identity import Subject, SubjectKind
from detectors.core.population import SHIPPED

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def test_an_account_is_a_persons_unless_the_directory_says_otherwise() -> None:
    assert Context().kind(ALICE) is AccountKind.PERSON
    assert Context(kinds={ALICE: AccountKind.KIOSK}).kind(ALICE) is AccountKind.KIOSK


def test_a_tenant_that_counted_nothing_has_the_shipped_population() -> None:
    own = SHIPPED.counted_in("acme-1", 1_000.0, {})
    assert Context().population("acme") is SHIPPED
    assert Context(populations={"acme": own}).population("acme") is own
    assert Context(populations={"acme": own}).population("other") is SHIPPED
