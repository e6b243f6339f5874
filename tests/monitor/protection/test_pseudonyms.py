"""A made-up name takes a person's place, and no sum changes."""

from msgspec.structs import replace

from detectors.core.campaign import CampaignParameters
from detectors.core.census import Arrivals, Census, Tally
from detectors.core.context import Context
from detectors.core.event import (
    DAY,
    AccountChange,
    Answer,
    Change,
    FailureReason,
    Feedback,
    Outcome,
)
from detectors.core.identity import Subject, SubjectKind, timed_id
from detectors.core.ledger import Ledger, TenantLedger, digest32, suspicion
from detectors.core.standing import Campaigns
from detectors.credential_stuffing import CredentialStuffing
from detectors.password_spraying import PasswordSpraying
from detectors.sharing.leaning import Leaning
from monitor.protection.pseudonyms import PREFIX, Digests, Disguise, draw
from tests.detectors.core.test_census import at_server, sign_on
from tests.monitor.test_engine import START, sign_in

WHO = Disguise(
    tenant="t", account="zoe", names=frozenset(("Zoe Martin",)), pseudonym="erased:00112233"
)


def test_a_pseudonym_is_nobodys_and_never_the_same() -> None:
    assert draw().startswith(PREFIX)
    assert len({draw() for _ in range(100)}) == 100


def test_an_event_of_the_person_is_somebodys() -> None:
    event = sign_in(START, "zoe", account_name="Zoe Martin", user_agent="A", uid="zoe-1")
    kept = WHO.event(event)
    assert (kept.account, kept.account_name, kept.uid) == (WHO.pseudonym, None, None)
    assert "zoe" not in repr(kept).lower().replace(WHO.pseudonym, "")
    assert (kept.id, kept.time, kept.ip) == (event.id, event.time, event.ip)


def test_another_tenants_account_of_that_name_is_another() -> None:
    event = sign_in(START, "zoe", tenant="u")
    assert WHO.event(event) == event


def test_who_changed_somebody_is_nobody_any_more() -> None:
    changed = AccountChange(
        id=timed_id(START, "c"),
        time=START,
        tenant="t",
        account="bob",
        change=Change.ROLE,
        actor="Zoe Martin",
    )
    assert WHO.event(changed).actor == WHO.pseudonym
    assert WHO.event(changed).account == "bob"


def test_a_ledger_knows_as_many_as_before_and_not_whom() -> None:
    ledger = Ledger()
    for number, account in enumerate(("zoe", "bob", "eve")):
        ledger.observe(sign_in(START + number, account, account_name=None))
        failed = sign_in(
            START + 10 + number,
            account,
            outcome=Outcome.FAILURE,
            failure_reason=FailureReason.BAD_PASSWORD,
        )
        ledger.observe(failed)
    digests = Digests(WHO)
    assert digests.of_source(ledger)
    known = digest32("zoe")
    assert known not in ledger.users
    [day] = ledger.days.values()
    assert known not in day.tries
    assert known not in day.entries
    assert {entry.account for entry in day.entries.values()} == {WHO.pseudonym, "bob", "eve"}
    assert len(ledger.users) == len(day.tries) == 3
    assert not digests.of_source(ledger)  # there is nothing left to change


def test_what_is_thinned_out_stays_so() -> None:
    # A ledger keeps the accounts whose digests are smallest: the upper bits decide.
    instead = Digests(WHO)._instead
    assert instead
    assert all(old >> 20 == new >> 20 and old != new for old, new in instead.items())
    assert Digests(WHO)._instead == instead


def test_what_stands_of_a_campaign_stands_all_the_same() -> None:
    detectors = (
        PasswordSpraying(CampaignParameters(names=3, sources=3)),
        CredentialStuffing(CampaignParameters(names=3, sources=3)),
    )
    events = [
        sign_in(
            START + n,
            f"u{n}" if n % 5 else "zoe",
            f"198.51.100.{n % 7}",
            n,
            outcome=Outcome.FAILURE if n % 6 else Outcome.SUCCESS,
            failure_reason=FailureReason.BAD_PASSWORD if n % 6 else None,
        )
        for n in range(120)
    ]

    def judged(disguised: bool) -> set[bytes]:
        campaigns = Campaigns(detectors, Context())
        campaigns.fold(events[:110])
        if disguised:
            digests = Digests(WHO)
            for ledger in campaigns.sources.values():
                digests.of_source(ledger)
            for tenant in campaigns.tenants.values():
                digests.of_tenant(tenant)
        standing = campaigns.fold(events[110:])
        return {f.id for f in standing.put if f.subject.kind is not SubjectKind.ACCOUNT}

    assert judged(disguised=True) >= judged(disguised=False)


def test_suspects_name_nobody() -> None:
    ledger = Ledger()
    for n in range(4):
        ledger.observe(
            sign_in(
                START + n,
                "zoe" if n == 0 else f"u{n}",
                number=n,
                outcome=Outcome.FAILURE,
                failure_reason=FailureReason.BAD_PASSWORD,
            )
        )
    tenant = TenantLedger()
    tenant.suspect("192.0.2.1", suspicion(ledger))
    [suspect] = tenant.suspects.values()
    named = digest32("zoe") in suspect.accounts
    assert Digests(WHO).of_tenant(tenant) is named
    assert digest32("zoe") not in suspect.accounts
    assert suspect.accounts == sorted(suspect.accounts)


def test_a_day_that_goes_on_asks_as_many() -> None:
    census = Census()
    event = replace(sign_on(0, START // DAY), account="zoe")
    census.pass_to(event.time // DAY, 2)
    assert census.count(event, 2)
    assert Digests(WHO).of_census(census)
    [day] = census.days.values()
    assert digest32("zoe") not in day.asked
    assert len(day.asked) == 1


def test_who_came_to_a_server_came_under_another_name() -> None:
    census, day = Census(), START // DAY
    census.pass_to(day, 2)
    for n, account in enumerate(("zoe", "bob", "eve")):
        event = replace(at_server(n, day), account=account)
        assert census.arrive(event, 2)
    assert Digests(WHO).of_census(census)
    arrivals = next(iter(census.days[day].arrivals.values()))
    assert digest32("zoe") not in arrivals.signed_on
    assert len(arrivals.signed_on) == 3
    tally = Tally(arrivals={1: Arrivals({digest32("zoe"): 5, digest32("bob"): 6})})
    assert Digests(WHO).of_tally(tally)
    assert sorted(tally.arrivals[1].signed_on.values()) == [5, 6]
    assert digest32("zoe") not in tally.arrivals[1].signed_on
    assert not Digests(WHO).of_tally(tally)


def test_what_was_said_of_the_person_was_said_of_somebody() -> None:
    leaning = Leaning()
    for account in ("zoe", "bob"):
        leaning.say(account, START, 1.5)
    assert Digests(WHO).of_leaning(leaning)
    assert digest32("zoe") not in leaning.said
    assert digest32("bob") in leaning.said
    assert [*leaning.said.values()] == [[(START, 1.5)]] * 2
    assert not Digests(WHO).of_leaning(leaning)


def test_facts_that_name_the_person_do_not() -> None:
    from detectors.core.finding import Evidence, Severity, Weights, finding

    made = finding(
        "x",
        Subject(SubjectKind.SOURCE, "t", "192.0.2.1"),
        START,
        Severity.HIGH,
        Evidence("x", Weights(attack=1.0), {"who": "Zoe Martin", "count": 3}),
        (bytes(16),),
        involved=(WHO.subject,),
    )
    kept = WHO.finding(made)
    assert kept.involved == (WHO.instead,)
    assert kept.evidence.facts == {"who": WHO.pseudonym, "count": 3}
    assert kept.id == made.id


def test_an_answer_tells_no_device_of_the_person() -> None:
    said = Feedback(
        id=timed_id(START, "f"),
        time=START,
        tenant="t",
        account="zoe",
        answer=Answer.TRUE_POSITIVE,
        session="s",
        shown=("FR:48.9:2.4",),
    )
    kept = WHO.event(said)
    assert isinstance(kept, Feedback)
    assert (kept.account, kept.session, kept.shown) == (WHO.pseudonym, None, ())
