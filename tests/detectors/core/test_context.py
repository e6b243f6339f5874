"""The context: what the directory says, and what holds when it says nothing."""

from detectors.core.context import AccountKind, Context
from detectors.core.identity import Subject, SubjectKind

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def test_an_account_is_a_persons_unless_the_directory_says_otherwise() -> None:
    assert Context().kind(ALICE) is AccountKind.PERSON
    assert Context(kinds={ALICE: AccountKind.KIOSK}).kind(ALICE) is AccountKind.KIOSK
