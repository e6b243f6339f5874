"""A subscriber is the account as everything else knows it, and owns factors under that name."""

from detectors.core.identity import Subject, SubjectKind
from monitor.services.subscriber import Subscriber


def test_is_the_account_that_incidents_are_about() -> None:
    assert Subscriber("acme", "ann").subject == Subject(SubjectKind.ACCOUNT, "acme", "ann")
    assert Subscriber("acme", "ann").key == Subject(SubjectKind.ACCOUNT, "acme", "ann").key()


def test_owners_of_two_tenants_differ_whatever_their_names_hold() -> None:
    one, other = Subscriber("a:b", "c").owner, Subscriber("a", "b:c").owner
    assert one.reference != other.reference
    assert one.subject_key != other.subject_key
