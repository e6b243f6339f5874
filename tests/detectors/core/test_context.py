"""The context: what the directory says, and what holds when it says nothing."""

from detectors.core.context import AccountKind, Context, Rules
from detectors.core.identity import Subject, SubjectKind
from detectors.core.listing import Listing, Listings, TenantListing
from detectors.core.place import Network, NetworkKind
from detectors.core.population import SHIPPED

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def test_an_account_is_a_persons_unless_the_directory_says_otherwise() -> None:
    assert Context().kind(ALICE, 0) is AccountKind.PERSON
    assert Context(kinds={ALICE: AccountKind.KIOSK}).kind(ALICE, 0) is AccountKind.KIOSK


def test_the_directory_is_judged_at_the_time_of_the_event() -> None:
    told = (Listing(since=10, kind=AccountKind.SERVICE), Listing(since=20, shared_from=20))
    given = Context(directory=Listings({ALICE: told}))
    kinds = [given.kind(ALICE, at) for at in (9, 10, 20)]
    assert kinds == [AccountKind.PERSON, AccountKind.SERVICE, AccountKind.PERSON]
    assert [given.allows_sharing(ALICE, at) for at in (10, 20)] == [False, True]
    assert [given.services("acme", at) for at in (9, 10, 20)] == [set(), {"alice"}, set()]
    assert given.listing(ALICE, 9) is None


def test_the_settings_stand_before_the_directory() -> None:
    told = (Listing(since=0, kind=AccountKind.SERVICE, shared_from=0),)
    given = Context(kinds={ALICE: AccountKind.PERSON}, directory=Listings({ALICE: told}))
    assert given.kind(ALICE, 5) is AccountKind.PERSON
    assert not given.allows_sharing(ALICE, 5)
    assert given.services("acme", 5) == set()
    assert Context(kinds={ALICE: AccountKind.KIOSK}).allows_sharing(ALICE, 5)


def test_rules_of_the_settings_stand_before_the_directory_s_and_those_for_all_behind() -> None:
    told, ours, everybody = Rules(seats=1), Rules(seats=2), Rules(seats=3)
    listings = Listings(tenants={"acme": (TenantListing(since=10, rules=told),)})
    given = Context(rules={"own": ours, "": everybody}, directory=listings)
    assert given.rules_of("own", 10) is ours
    assert given.rules_of("acme", 10) is told
    assert given.rules_of("acme", 9) is given.rules_of("other", 10) is everybody
    assert Context().rules_of("acme", 10) == Rules()
    assert not Context().has_rules


def test_a_tenant_that_counted_nothing_has_the_shipped_population() -> None:
    own = SHIPPED.counted_in("acme-1", 1_000.0, {})
    assert Context().population("acme") is SHIPPED
    assert Context(populations={"acme": own}).population("acme") is own
    assert Context(populations={"acme": own}).population("other") is SHIPPED


class Crowded:
    """People at one address, from event time 10 on."""

    def is_crowded(
        self, subject: Subject, network: Network | None, ip: str, at: int, *, new: bool
    ) -> bool:
        """Whether it is that one, and since then."""
        return (subject, ip) == (ALICE, "192.0.2.1") and at >= 10


def test_where_people_come_to_these_days_is_known_where_it_is_counted() -> None:
    server = Network(64_500, "X", NetworkKind.HOSTING)
    given = Context(crowds=Crowded())
    asked = [(ip, at) for ip in ("192.0.2.1", "192.0.2.2", None) for at in (9, 10)]
    told = [one for one in asked if given.is_crowded(ALICE, server, *one)]
    assert told == [("192.0.2.1", 10)]
    assert not Context().is_crowded(ALICE, server, "192.0.2.1", 10)
